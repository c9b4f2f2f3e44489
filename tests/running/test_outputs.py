"""Saved outputs: the files, what finds them, what removes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polybook.book import read_book
from polybook.config import read_config
from polybook.running.outputs import CellOutputs, OutputStore
from polybook.running.programs import Program, Programmer
from tests.conftest import MakeBook

CONFIG = """
    [languages]
    tr = Türkçe
    ja = 日本語
    fr = Français
    [build]
    tabs = one, two
    notebooks = *.md
    [framework-two]
    environ = TAB=two
"""
PAGE = """
    ```{.python .input}
    %%tab one, two
    print('ü')
    ```

    ```{.python .input tags="raises-exception"}
    %%tab one, two
    1 / 0
    ```
"""
OTHER_PAGE = PAGE.replace("print('ü')", "print('ö')")

Find = Callable[..., Program]

STREAM = {"output_type": "stream", "name": "stdout", "text": "first\nsecond\n"}
RESULT = {
    "output_type": "execute_result",
    "metadata": {},
    "execution_count": 77,
    "data": {
        "text/plain": "<x>",
        "text/html": "<table>\n</table>",
        "image/png": "iVBORw0KGgo=",
        "image/svg+xml": "<svg>\n</svg>",
        "application/json": {"list": [1, 2]},
        "application/vnd.example+json": [1, "two"],
    },
}
ERROR = {
    "output_type": "error",
    "ename": "ZeroDivisionError",
    "evalue": "division by zero",
    "traceback": ["line\nline", "line"],
}
OUTPUTS: tuple[CellOutputs, ...] = ((STREAM, RESULT), (ERROR,))


@pytest.fixture
def book(make_book: MakeBook) -> Path:
    """A book whose page `page` has other code in French than in Turkish and Japanese."""
    return make_book(
        {"config.ini": CONFIG, "page.tr.md": PAGE, "page.ja.md": PAGE, "page.fr.md": OTHER_PAGE}
    )


def programs(book: Path) -> dict[tuple[str, str], Program]:
    config = read_config(book)
    read = read_book(config)
    programmer = Programmer(read)
    return {
        (language.code, tab): program
        for language in config.languages
        for tab, program in programmer.programs(read.pages["page"], language.code).items()
    }


def files(book: Path) -> list[str]:
    return sorted(path.relative_to(book).as_posix() for path in (book / "outputs").rglob("*.*"))


# ---------------------------------------------------------------- the file


def test_file_is_a_valid_notebook_that_jupyter_would_write_alike(book: Path) -> None:
    program = programs(book)["tr", "one"]
    path = OutputStore(book).save(program, OUTPUTS, "tr")
    assert path == book / "outputs" / "page" / "one.ipynb"
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    nbformat.validate(notebook)
    assert [cell.source for cell in notebook.cells] == ["print('ü')", "1 / 0"]
    assert [cell.execution_count for cell in notebook.cells] == [1, 2]
    assert [cell.metadata.get("tags") for cell in notebook.cells] == [None, ["raises-exception"]]
    assert notebook.cells[0].outputs[1].execution_count == 1
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.language_info.name == "python"
    saved = path.read_text(encoding="utf-8")
    assert nbformat.writes(notebook) == saved.rstrip("\n")  # type: ignore[no-untyped-call]
    assert "ü" in saved


def test_metadata_tell_where_the_outputs_come_from(make_book: MakeBook) -> None:
    book = make_book(
        {
            "config.ini": CONFIG + "[framework-one]\nenviron = LEVEL=2\nrequirements = one.txt\n",
            "one.txt": "example==1.0  # why\n",
            "page.tr.md": PAGE.replace("print(", "import library\n    print("),
            "library.py": "",
        }
    )
    program = programs(book)["tr", "one"]
    path = OutputStore(book).save(program, OUTPUTS, "tr")
    origin = json.loads(path.read_bytes())["metadata"]["polybook"]
    assert origin["program"] == program.key
    assert origin["tab"] == "one"
    assert origin["environment"]["key"] == program.environment.key
    assert origin["environment"]["environ"] == {"LEVEL": "2"}
    assert origin["environment"]["requirements"][0] == "example==1.0"
    assert list(origin["library"]) == ["library.py"]
    assert str(book) not in path.read_text()


def test_same_outputs_are_the_same_bytes_and_are_not_written_again(book: Path) -> None:
    program = programs(book)["tr", "one"]
    path = OutputStore(book).save(program, OUTPUTS, "tr")
    before = path.read_bytes(), path.stat().st_mtime_ns
    OutputStore(book).save(programs(book)["tr", "one"], OUTPUTS, "tr")
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_languages_whose_code_differs_have_files_of_their_own(book: Path) -> None:
    store = OutputStore(book)
    for program in programs(book).values():
        store.save(program, OUTPUTS, "tr")
    # The last one that is saved stands for all that share the program; a run saves the first.
    assert files(book) == [
        "outputs/page/one.fr.ipynb",
        "outputs/page/one.ja.ipynb",
        "outputs/page/two.fr.ipynb",
        "outputs/page/two.ja.ipynb",
    ]


# ---------------------------------------------------------------- finding


def test_what_is_saved_is_found_as_it_was_put_out(book: Path) -> None:
    program = programs(book)["tr", "one"]
    OutputStore(book).save(program, OUTPUTS, "tr")
    found = OutputStore(book).find(program)
    assert found
    (stream, result), (error,) = found.cells
    assert stream == STREAM
    assert result == {**RESULT, "execution_count": 1}
    assert error == ERROR


def test_what_is_saved_is_found_by_the_store_that_saved_it(book: Path) -> None:
    store, program = OutputStore(book), programs(book)["tr", "one"]
    assert store.find(program) is None
    store.save(program, OUTPUTS, "tr")
    first = store.find(program)
    store.save(program, ((STREAM,), (ERROR,)), "tr")
    second = store.find(program)
    assert first
    assert second
    assert first.digest != second.digest
    assert len(second.cells[0]) == 1


def test_program_that_languages_share_is_found_for_each(book: Path) -> None:
    found = programs(book)
    OutputStore(book).save(found["tr", "one"], OUTPUTS, "tr")
    store = OutputStore(book)
    places = [place for place, program in found.items() if store.find(program)]
    assert places == [("tr", "one"), ("ja", "one")]


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: "",
        lambda text: text[: len(text) // 2],
        lambda text: "<<<<<<< HEAD\n" + text,
        lambda _: "[]",
        lambda _: '{"metadata": 1}',
        lambda text: text.replace('"outputs"', '"other"'),
        lambda text: text.replace('"cells"', '"other"'),
        lambda text: text.replace('"output_type"', '"other"'),
        lambda text: text.replace('"stream"', '"error"'),
        lambda text: text.replace('"text": [', '"other": ['),
        lambda text: text.replace('"data"', '"other"'),
        lambda text: text.replace('"program"', '"other"'),
        lambda text: text.replace('"program": "', '"program": "x'),
        lambda text: json.dumps({**json.loads(text), "cells": json.loads(text)["cells"][:1]}),
        lambda text: json.dumps({**json.loads(text), "cells": [1, 2]}),
        lambda text: json.dumps({**json.loads(text), "cells": {"outputs": 1}}),
        lambda _: "[" * 100_000,
    ],
)
def test_damaged_file_counts_as_missing(book: Path, damage: Callable[[str], str]) -> None:
    program = programs(book)["tr", "one"]
    path = OutputStore(book).save(program, OUTPUTS, "tr")
    damaged = damage(path.read_text(encoding="utf-8"))
    assert damaged != path.read_text(encoding="utf-8")
    path.write_text(damaged, encoding="utf-8")
    store = OutputStore(book)
    assert store.find(program) is None
    store.save(program, OUTPUTS, "tr")
    assert OutputStore(book).find(program)


def test_file_of_another_encoding_and_foreign_notebooks_count_as_missing(book: Path) -> None:
    program = programs(book)["tr", "one"]
    path = OutputStore(book).save(program, OUTPUTS, "tr")
    path.write_bytes(path.read_bytes().replace("ü".encode(), b"\xfc"))
    foreign = path.with_name("notes.ipynb")
    foreign.write_text(json.dumps({"cells": [], "metadata": {}, "nbformat": 4}))
    store = OutputStore(book)
    assert store.find(program) is None
    store.prune(programs(book).values(), ["page"])
    assert foreign.exists()


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=5,
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
MIMES = st.sampled_from(["text/plain", "text/html", "image/svg+xml", "image/png", "text/x-y"])
JSON_MIMES = st.sampled_from(["application/json", "application/vnd.x+json"])
ONE_OUTPUT: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(
        lambda name, text: {"output_type": "stream", "name": name, "text": text},
        st.sampled_from(["stdout", "stderr"]),
        TEXTS,
    ),
    st.builds(
        lambda texts, values: {
            "output_type": "display_data",
            "metadata": {},
            "data": {**texts, **values},
        },
        st.dictionaries(MIMES, TEXTS, max_size=3),
        st.dictionaries(JSON_MIMES, JSON_VALUES, max_size=2),
    ),
    st.builds(
        lambda name, lines: {
            "output_type": "error",
            "ename": name,
            "evalue": name,
            "traceback": lines,
        },
        TEXTS,
        st.lists(TEXTS, max_size=3),
    ),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ONE_OUTPUT, max_size=4))
def test_all_outputs_survive_saving(book: Path, outputs: list[dict[str, Any]]) -> None:
    program = programs(book)["tr", "one"]
    path = OutputStore(book).save(program, (tuple(outputs), ()), "tr")
    nbformat.validate(nbformat.read(path, as_version=4))  # type: ignore[no-untyped-call]
    found = OutputStore(book).find(program)
    assert found
    assert list(found.cells[0]) == outputs


# ---------------------------------------------------------------- replacing and removing


def test_outputs_saved_anew_are_not_hidden_by_those_of_another_name(book: Path) -> None:
    """A language's code became that of the reference language, and the program was run again."""
    program = programs(book)["tr", "one"]
    store = OutputStore(book)
    store.save(replace(program, language="ja"), OUTPUTS, "tr")
    store.save(program, ((), ()), "tr")
    assert files(book) == ["outputs/page/one.ipynb"]
    found = OutputStore(book).find(program)
    assert found
    assert found.cells == ((), ())


def test_pruning_removes_what_no_program_of_the_page_has(book: Path) -> None:
    store = OutputStore(book)
    for program in programs(book).values():
        store.save(program, OUTPUTS, "tr")
    (book / "page.fr.md").write_text((book / "page.tr.md").read_text())
    (book / "outputs" / "page" / ".polybook-half").touch()
    removed = store.prune(programs(book).values(), ["page"])
    assert sorted(path.name for path in removed) == ["one.fr.ipynb", "two.fr.ipynb"]
    assert files(book) == ["outputs/page/one.ja.ipynb", "outputs/page/two.ja.ipynb"]


def test_pruning_keeps_what_a_stale_program_had(book: Path) -> None:
    store = OutputStore(book)
    for place in (("tr", "one"), ("fr", "one")):
        store.save(programs(book)[place], OUTPUTS, "tr")
    for language in ("tr", "ja", "fr"):
        page = book / f"page.{language}.md"
        page.write_text(page.read_text().replace("1 / 0", "2 / 0"))
    assert store.prune(programs(book).values(), ["page"]) == []
    assert files(book) == ["outputs/page/one.fr.ipynb", "outputs/page/one.ipynb"]


def test_pruning_leaves_other_pages_alone(book: Path) -> None:
    store = OutputStore(book)
    program = programs(book)["tr", "one"]
    store.save(replace(program, page="other"), OUTPUTS, "tr")
    store.save(program, OUTPUTS, "tr")
    assert store.prune(programs(book).values(), ["page"]) == []
    assert files(book) == ["outputs/other/one.ipynb", "outputs/page/one.ipynb"]


def test_language_whose_code_changed_leaves_its_file_to_those_that_still_have_the_code(
    book: Path,
) -> None:
    (book / "page.ja.md").write_text((book / "page.tr.md").read_text())
    shared = programs(book)["ja", "one"]
    store = OutputStore(book)
    store.save(programs(book)["tr", "one"], OUTPUTS, "tr")
    page = book / "page.tr.md"
    page.write_text(page.read_text().replace("1 / 0", "2 / 0"))
    store.settle(programs(book).values(), "tr")
    assert files(book) == ["outputs/page/one.ja.ipynb"]
    store.save(programs(book)["tr", "one"], ((), ()), "tr")
    assert files(book) == ["outputs/page/one.ipynb", "outputs/page/one.ja.ipynb"]
    assert store.find(shared)


def test_page_and_folder_of_the_same_name_do_not_mix(book: Path) -> None:
    store = OutputStore(book)
    program = programs(book)["tr", "one"]
    store.save(replace(program, page="page/part"), OUTPUTS, "tr")
    assert store.find(program) is None
    store.prune(programs(book).values(), ["page"])
    assert files(book) == ["outputs/page/part/one.ipynb"]


def test_outputs_that_cannot_be_written_are_an_error_that_names_the_place(book: Path) -> None:
    (book / "outputs").write_text("a file where the folder should be")
    with pytest.raises(OSError, match="outputs"):
        OutputStore(book).save(programs(book)["tr", "one"], OUTPUTS, "tr")
    assert OutputStore(book).find(programs(book)["tr", "one"]) is None
