"""Programs: what is one and the same, and what makes saved outputs stale."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from polybook.book import read_book
from polybook.cache import ContentCache
from polybook.config import read_config
from polybook.running import distinct
from polybook.running.programs import Library, Program, Programmer
from tests.conftest import MakeBook

CONFIG = """
    [languages]
    tr = Türkçe
    fr = Français
    ja = 日本語

    [build]
    tabs = one, two
    output_dir = build
"""

PAGE = """
    # Başlık

    Bir paragraf.

    ```{.python .input}
    %%tab one, two
    import library
    x = 1
    ```

    ```{.python .input}
    %%tab one
    print(x)
    ```
"""

LIBRARY = {
    "library/__init__.py": "from library import first\n",
    "library/first.py": "from . import second\n",
    "library/second.py": "from .deep.third import value\n",
    "library/deep/third.py": "import os, helper\nvalue = 1\n",
    "library/unused.py": "value = 2\n",
    "helper.py": "value = 3\n",
}

Programs = dict[tuple[str, str], Program]


def programs_of(root: Path) -> Programs:
    """Return all programs of the book's page `page`, by language and tab."""
    config = read_config(root)
    book = read_book(config)
    programmer = Programmer(book)
    return {
        (language.code, tab): program
        for language in config.languages
        for tab, program in programmer.programs(book.pages["page"], language.code).items()
    }


def imported(root: Path, code: str) -> dict[str, str]:
    """Return the book's own files that code imports."""
    library = Library([root], ContentCache(root / "cache", ".json"))
    return library.files(library.imports([code]))


def keys(root: Path) -> dict[tuple[str, str], str]:
    return {place: program.key for place, program in programs_of(root).items()}


def edit(root: Path, name: str, change: Callable[[str], str]) -> None:
    path = root / name
    path.write_bytes(change(path.read_bytes().decode()).encode())


@pytest.fixture
def root(make_book: MakeBook) -> Path:
    pages = {f"page.{language}.md": PAGE for language in ("tr", "fr", "ja")}
    return make_book({"config.ini": CONFIG, **pages, **LIBRARY})


def test_the_same_cells_in_several_languages_are_one_program(root: Path) -> None:
    found = programs_of(root)
    assert len(found) == 6
    once = distinct(found.values())
    assert [(program.language, program.tab) for program in once] == [("tr", "one"), ("tr", "two")]


def test_page_that_a_language_lacks_has_the_programs_of_the_first_that_has_it(root: Path) -> None:
    (root / "page.tr.md").unlink()
    found = programs_of(root)
    assert found["tr", "one"].key == found["fr", "one"].key
    assert found["tr", "one"].path == root / "page.fr.md"
    assert found["tr", "one"].language == "fr"


def test_program_knows_the_lines_of_its_cells(root: Path) -> None:
    (first, second) = programs_of(root)["fr", "one"].cells
    lines = (root / "page.fr.md").read_text().splitlines()
    assert first.code == "import library\nx = 1"
    assert lines[second.line - 1] == "print(x)"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("Bir paragraf.", "Başka bir paragraf, [**işaretli**]."),
        lambda text: text.replace("# Başlık", "# Başka başlık\n:label:`x`"),
        lambda text: text.replace("\n\n", "\n\n\n\n"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text + "\n```python\nnot_run()\n```\n",
        lambda text: text + "\n```{.python .input}\n%%tab one\n\n```\n",
        lambda text: text + "\n```{.python .input}\n%%tab one\n   \n```\n",
        lambda text: (
            "```{.python .input}\n%load_ext d2lbook.tab\n"
            "tab.interact_select('one', 'two')\n```\n" + text
        ),
        lambda text: text.replace("%%tab one\n", "#@tab one\n"),
        lambda text: text.replace("{.python .input}", "{.python .input  n=7 #name}"),
        lambda text: text.replace("{.python .input}", "{.python .input tags='hide-input'}"),
        lambda text: text.replace("%%tab one, two", "%%tab two, one"),
    ],
    ids=[
        "prose",
        "heading",
        "blank lines",
        "line ends",
        "code that is not run",
        "empty cell",
        "blank cell",
        "set-up cell",
        "other marker",
        "number and name of a cell",
        "tag that decides nothing",
        "order of tabs",
    ],
)
def test_what_decides_no_output_does_not_change_the_key(
    root: Path, change: Callable[[str], str]
) -> None:
    before = keys(root)
    edit(root, "page.fr.md", change)
    assert keys(root) == before


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (lambda text: text.replace("x = 1", "x = 2"), {"one", "two"}),
        (lambda text: text.replace("print(x)", "print( x)"), {"one"}),
        (lambda text: text.replace("print(x)", "# a comment\nprint(x)"), {"one"}),
        (lambda text: text.replace("%%tab one\n", "%%tab one, two\n"), {"two"}),
        (lambda text: text.replace("%%tab one\n", "%%tab all\n"), {"two"}),
        (
            lambda text: text.replace("print(x)", "print(x)\n```\n\n```{.python .input}\nprint(x)"),
            {"one"},
        ),
        (
            lambda text: text.replace(
                "{.python .input}\n%%tab one\n", '{.python .input tags="raises-exception"}\n'
            ),
            {"one"},
        ),
        (
            lambda text: text.replace(
                "{.python .input}\n%%tab one\n", '{.python .input tags="a, skip-execution"}\n'
            ),
            {"one"},
        ),
    ],
    ids=["cell", "blank", "comment", "tabs", "all tabs", "cells", "raises-exception", "skipped"],
)
def test_what_decides_an_output_changes_the_key_of_its_programs_alone(
    root: Path, change: Callable[[str], str], changed: set[str]
) -> None:
    before = keys(root)
    edit(root, "page.fr.md", change)
    after = keys(root)
    assert {place for place in after if before[place] != after[place]} == {
        ("fr", tab) for tab in changed
    }


@pytest.mark.parametrize(
    "settings", ["requirements = one.txt", "environ = LEVEL=1", "python = python3.99"]
)
def test_environment_is_part_of_the_key(root: Path, settings: str) -> None:
    (root / "one.txt").write_text("example==1.0\n")
    before = keys(root)
    edit(root, "config.ini", lambda text: f"{text}\n[framework-one]\n{settings}\n")
    after = keys(root)
    assert {tab for _, tab in after if before["tr", tab] != after["tr", tab]} == {"one"}


@pytest.mark.parametrize("settings", ["title = One", "memory = 3 GB"])
def test_title_and_memory_are_no_part_of_the_key(root: Path, settings: str) -> None:
    before = keys(root)
    edit(root, "config.ini", lambda text: f"{text}\n[framework-one]\n{settings}\n")
    assert keys(root) == before


# ---------------------------------------------------------------- the book's own library


REACHED = [name for name in LIBRARY if name != "library/unused.py"]


def test_library_files_are_those_that_are_reached(root: Path) -> None:
    assert sorted(programs_of(root)["tr", "two"].library) == sorted(REACHED)


@pytest.mark.parametrize("name", REACHED)
def test_library_file_that_is_reached_is_part_of_the_key(root: Path, name: str) -> None:
    before = keys(root)
    edit(root, name, lambda text: text + "# changed\n")
    assert all(before[place] != key for place, key in keys(root).items())


def test_library_file_that_is_not_reached_is_no_part_of_the_key(root: Path) -> None:
    before = keys(root)
    edit(root, "library/unused.py", lambda text: text + "# changed\n")
    (root / "library" / "new.py").write_text("")
    (root / "other.py").write_text("import library.unused\n")
    assert keys(root) == before


def test_dependencies_that_the_book_names_are_part_of_every_key(root: Path) -> None:
    for name in ("data/a.csv", "data/deep/b.csv", "c.txt", "build/c.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("1\n")
    edit(root, "config.ini", lambda text: f"{text}\ndependencies = data/ **/c.txt none\n")
    before = keys(root)
    for name in ("data/deep/b.csv", "c.txt"):
        edit(root, name, lambda text: text + "2\n")
        after = keys(root)
        assert all(before[place] != key for place, key in after.items())
        before = after
    edit(root, "build/c.txt", lambda text: text + "2\n")
    assert keys(root) == before
    assert set(programs_of(root)["tr", "two"].library) >= {"c.txt", "data/a.csv"}


def test_line_ends_of_library_files_are_no_part_of_the_key(root: Path) -> None:
    before = keys(root)
    for name in LIBRARY:
        edit(root, name, lambda text: text.replace("\n", "\r\n"))
    assert keys(root) == before


@pytest.mark.parametrize(
    "code",
    [
        "import library.deep.third",
        "import os, library.deep.third as third",
        "from library.deep import third",
        "from library.deep.third import value",
        "from library.deep.third import *",
        "from library.deep import (\n    third,\n)",
        "def f():\n    from library.deep import third",
        "try: import library.deep.third\nexcept ImportError: pass",
        "x = 1; import library.deep.third",
        "%matplotlib inline\nimport library.deep.third",
        "%%time\nimport library.deep.third",
        "!ls\nimport library.deep.third\n?print",
        "files = !ls\nimport library.deep.third",
        "this is no python\nfrom library.deep import (\n    third,\n)",
    ],
)
def test_every_way_to_import_is_seen(root: Path, code: str) -> None:
    assert "library/deep/third.py" in imported(root, code)


@pytest.mark.parametrize(
    "code",
    [
        "import os",
        "x = 'import library'",
        "# import library",
        "from library2 import first",
        "import os.library",
        "from .. import library",
        "from ... import library",
        "this is no python",
        "library = 1",
    ],
)
def test_what_imports_nothing_of_the_book_has_no_library(root: Path, code: str) -> None:
    (root.parent / "library.py").write_text("outside of the book\n")
    assert imported(root, code) == {}


def test_modules_that_import_each_other_are_found_once(make_book: MakeBook) -> None:
    root = make_book({"one.py": "import two\n", "two.py": "import one\n"})
    assert sorted(imported(root, "import one")) == ["one.py", "two.py"]


def test_library_file_that_is_no_python_counts_by_its_bytes(make_book: MakeBook) -> None:
    root = make_book({"one.py": "x = (\nimport two\n", "two.py": ""})
    (root / "two.py").write_bytes(b"\xff\x00")
    assert sorted(imported(root, "import one")) == ["one.py", "two.py"]


def test_relative_import_that_leaves_the_book_is_not_followed(make_book: MakeBook) -> None:
    root = make_book({"library/one.py": "from .... import away\nfrom ...book import two\n"})
    (root.parent / "away.py").write_text("")
    assert sorted(imported(root, "import library.one")) == ["library/one.py"]
