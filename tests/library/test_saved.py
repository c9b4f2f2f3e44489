"""What #@save marks is saved: whole statements, in the order of the book, with their section."""

from __future__ import annotations

from pathlib import Path

import pytest

from polybook.book import Book, read_book
from polybook.config import read_config
from polybook.errors import BookError, Location
from polybook.library.saved import saved_code, saved_in_book
from tests.conftest import MakeBook

HERE = Location(Path("page.md"), 7)


def saved(code: str) -> str:
    return saved_code(code.lstrip("\n"), HERE)


# ---------------------------------------------------------------- one cell


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = 1", ""),
        ("#@save", ""),
        ("x = 1  #@save\ny = 2", "x = 1\ny = 2"),
        ("x = 1  #@save\n\ny = 2", "x = 1"),
        ("y = 2\nx = 1  # @save", "x = 1"),
        ("x = '#@save'\ny = 2", ""),
        ("def f():  #@save\n    return 1\nf()", "def f():\n    return 1"),
        ("#@save\n@cached\ndef f():\n    return 1\nf()", "@cached\ndef f():\n    return 1"),
        (
            "@cached  #@save\n@fast\ndef f():\n    return 1\n",
            "@cached\n@fast\ndef f():\n    return 1",
        ),
        (
            "def f():  #@save\n    return 1\n\n\n    # end\nf()",
            "def f():\n    return 1\n\n\n    # end",
        ),
        ("x = 1  #@save\ny = 2  #@save\n", "x = 1\ny = 2"),
        ("x = 1  #@save\n\nz = 0\ny = 2  #@save\n", "x = 1\n\ny = 2"),
        ("x = 1  #@save   \ny = 2\t \n", "x = 1\ny = 2"),
    ],
)
def test_mark_saves_what_it_stands_at(code: str, expected: str) -> None:
    assert saved(code) == expected


@pytest.mark.parametrize(
    "statement",
    [
        "tides = dict(  #@save\n    low=1,\n)",
        'text = """  high  \n\ntide\n"""  #@save',
        "def f():  #@save\n    '''Rises\n\nand falls.\n    '''\n    return 1",
        "if high:  #@save\n    x = 1\nelse:\n    x = 2",
        "def f():\n    x = 1  #@save\n    return x",
        "def f(a,\n      b):  #@save\n    return a",
        "class A:\n    x = 1\n\n    #@save\n    y = 2",
    ],
)
def test_lines_of_a_statement_stay_together(statement: str) -> None:
    expected = statement.replace("    #@save\n", "").replace("  #@save", "")
    assert saved(f"before()\n{statement}\nbehind()") == expected


def test_imports_are_sorted_and_end_with_a_blank_line() -> None:
    code = """
#@save
from zebra import stripes
import os
from Antelope import horns
import numpy as np
from abc import ABC
import aardvark
x = 1
"""
    assert saved(code).splitlines() == [
        "import os",
        "from abc import ABC",
        "import aardvark",
        "import numpy as np",
        "from Antelope import horns",
        "from zebra import stripes",
        "",
        "x = 1",
    ]


def test_magics_elsewhere_in_the_cell_do_not_matter() -> None:
    assert saved("%matplotlib inline\nx = 1  #@save\n\n!ls") == "x = 1"


@pytest.mark.parametrize("code", ["#@save\n!ls\n", "#@save\ndef f(:\n    pass", "%time f() #@save"])
def test_what_is_not_python_is_refused(code: str) -> None:
    with pytest.raises(BookError) as caught:
        saved(code)
    assert str(caught.value).startswith("page.md:7: ")


# ---------------------------------------------------------------- the book

CONFIG = """
    [build]
    notebooks = *.md */*.md
    tabs = sail, oar
    """


def cell(code: str, tab: str = "all") -> str:
    return f"```{{.python .input}}\n#@tab {tab}\n{code}\n```\n"


def book(make_book: MakeBook, **pages: str) -> Book:
    root = make_book({"config.ini": CONFIG, **{f"{name}.md": text for name, text in pages.items()}})
    return read_book(read_config(root))


def codes(found: Book, tab: str) -> list[str]:
    reference = found.config.reference.code
    return [block.code for block in saved_in_book(found, reference, tab)]


def test_pages_are_read_in_the_order_of_the_contents(make_book: MakeBook) -> None:
    found = book(
        make_book,
        index="# Book\n\n```toc\nwind\nanchor\n```\n" + cell("root = 1  #@save", "sail"),
        anchor="# Anchor\n\n" + cell("anchor = 1  #@save", "sail"),
        wind="# Wind\n\n" + cell("wind = 1  #@save", "sail"),
        unlisted="# Unlisted\n\n" + cell("unlisted = 1  #@save", "sail"),
    )
    assert codes(found, "sail") == ["root = 1", "wind = 1", "anchor = 1"]


def test_each_tab_saves_its_own_cells_and_branches(make_book: MakeBook) -> None:
    branches = "#@save\ndef crew():\n    if tab.selected('sail'):\n        return 2\n"
    branches += "    if tab.selected('oar'):\n        return 8"
    found = book(
        make_book,
        a="# A\n" + cell(branches, "sail, oar") + cell("x = 1  #@save", "oar"),
        b="# B\n" + cell("y = 1  #@save", "sail") + cell("z = 1  #@save"),
    )
    assert codes(found, "sail") == ["def crew():\n    return 2", "y = 1", "z = 1"]
    assert codes(found, "oar") == ["def crew():\n    return 8", "x = 1"]


def test_label_is_the_last_one_that_does_not_stand_directly_before(make_book: MakeBook) -> None:
    text = "# A\n:label:`sec_first`\n\n" + cell("a = 1  #@save", "sail")
    text += cell("b = 1  #@save", "sail")
    text += "\n## B\n:label:`subsec_second`\n:label:`fig_no`\n\n" + cell("c = 1  #@save", "sail")
    text += cell("d = 1  #@save", "oar") + "\nText.\n" + cell("e = 1  #@save", "sail")
    found = [
        (each.code[0], each.label) for each in saved_in_book(book(make_book, a=text), "en", "sail")
    ]
    assert found == [("a", ""), ("b", "sec_first"), ("c", "sec_first"), ("e", "subsec_second")]


def test_location_is_where_the_cell_begins(make_book: MakeBook) -> None:
    found = book(make_book, a="# A\n\n" + cell("a = 1  #@save", "sail"))
    (block,) = saved_in_book(found, "en", "sail")
    assert (block.location.path.name, block.location.line) == ("a.md", 5)


def test_book_of_several_languages_saves_the_reference_pages(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": "[languages]\ntr = Türkçe\nvi = Tiếng Việt\n[build]\ntabs = sail\n",
            "a.tr.md": "# A\n" + cell("a = 'tr'  #@save", "sail"),
            "a.vi.md": "# A\n" + cell("a = 'vi'  #@save", "sail"),
        }
    )
    assert codes(read_book(read_config(root)), "sail") == ["a = 'tr'"]
