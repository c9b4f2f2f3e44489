"""Cells that are run and not shown, and names that each framework has its own for."""

from __future__ import annotations

from polybook.document.ast import walk
from tests.conftest import MakeBook
from tests.document.books import Documented, config

ALIASES = """
[library-pytorch]
lib_name = torch
simple_alias = ones, concat -> cat
[library-jax]
lib_name = jnp
simple_alias = ones, concat -> concatenate
"""


def code(make_book: MakeBook, page: str, more: str = "") -> list[str]:
    book = Documented(make_book({"config.ini": config(more=more), "index.md": page}))
    blocks = walk(book.document("index").blocks)
    return [element["c"][1] for element in blocks if element["t"] == "CodeBlock"]


def test_hidden_cell_is_not_on_the_page(make_book: MakeBook) -> None:
    page = "# A\n\n```{.python .input}\n#@hide\nx = 1\n```\n\n```{.python .input}\nx\n```\n"
    assert code(make_book, page) == ["x"]


def test_hidden_cell_is_run_all_the_same(make_book: MakeBook) -> None:
    page = "# A\n\n```{.python .input}\n#@hide_code\nx = 1\n```\n"
    book = Documented(make_book({"config.ini": config(), "index.md": page}))
    assert [cell.code for program in book.build.programs() for cell in program.cells] == [
        "#@hide_code\nx = 1"
    ]


def test_alias_is_each_frameworks_own_name(make_book: MakeBook) -> None:
    page = "# A\n\n```{.python .input}\n%%tab all\nd2l.concat([d2l.ones(2)])  # d2l.ones\n```\n"
    assert code(make_book, page, ALIASES) == [
        "torch.cat([torch.ones(2)])  # d2l.ones",
        "jnp.concatenate([jnp.ones(2)])  # d2l.ones",
    ]
