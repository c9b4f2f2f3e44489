"""Library files are made from the pages; what was written by hand is kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from polybook.book import read_book
from polybook.config import read_config
from polybook.errors import BookError
from polybook.library import WARNING, library_files, write_library
from tests.conftest import MakeBook

CONFIG = """
    [project]
    release = 2.5

    [build]
    tabs = sail, oar

    [library]
    version_file = d2l/__init__.py

    [library-sail]
    lib_file = d2l/sail.py
    lib_name = math
    simple_alias = root -> sqrt
    alias =
        knot = 1852

    [library-oar]
    lib_name = np
    """
PAGE = """
    # Boats
    :label:`sec_boats`

    ```{.python .input}
    #@save
    import sys
    d2l = sys.modules[__name__]

    def add_to_class(owner):  #@save
        return lambda method: setattr(owner, method.__name__, method)
    ```

    ```{.python .input}
    class Boat:  #@save
        oars = 2
    ```

    Text.

    ```{.python .input}
    @d2l.add_to_class(Boat)  #@save
    def row(self):
        return d2l.root(self.oars * 8)
    ```
    """
INIT = '"""Boats."""\n\n__version__ = "1.0"  # of the book\nx = "__version__ = 1"\n'


@pytest.fixture
def root(make_book: MakeBook) -> Path:
    return make_book({"config.ini": CONFIG, "boats.md": PAGE, "d2l/__init__.py": INIT})


def made(root: Path) -> dict[str, str]:
    return {
        path.relative_to(root).as_posix(): text
        for path, text in library_files(read_book(read_config(root))).items()
    }


def written(root: Path) -> list[str]:
    paths = write_library(read_book(read_config(root)))
    return [path.relative_to(root).as_posix() for path in paths]


def test_files_are_those_of_the_tabs_that_have_one(root: Path) -> None:
    assert set(made(root)) == {"d2l/sail.py", "d2l/__init__.py"}


def test_library_can_be_used(root: Path) -> None:
    with (root / "d2l/sail.py").open("w", encoding="utf-8") as file:
        file.write(f"import math\n\n{WARNING}\nold = 1\n")
    assert written(root) == ["d2l/sail.py", "d2l/__init__.py"]
    check = "import d2l, d2l.sail as s; print(d2l.__version__, s.Boat().row(), s.knot)"
    result = subprocess.run(
        [sys.executable, "-c", check], cwd=root, capture_output=True, text=True, check=True
    )
    assert result.stdout == "2.5 4.0 1852\n"


def test_file_is_made_of_header_blocks_and_aliases(root: Path) -> None:
    text = made(root)["d2l/sail.py"]
    header, _, code = text.partition("\n\n")
    assert header.splitlines()[0] == WARNING
    assert all(line.startswith("#") for line in header.splitlines())
    assert code.startswith("import sys\n\nd2l = sys.modules[__name__]\n")
    assert code.endswith("\n# Alias defined in config.ini\nknot = 1852\n\nroot = math.sqrt\n\n")


def test_second_time_nothing_is_touched(root: Path) -> None:
    assert written(root) == ["d2l/sail.py", "d2l/__init__.py"]
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*.py")}
    assert written(root) == []
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*.py")} == before


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_stands_above_the_warning_is_kept_and_the_warning_too(root: Path, end: str) -> None:
    kept = end.join(["import math", "", "# By hand.", "", WARNING, "# made by d2lbook", ""])
    (root / "d2l/sail.py").write_bytes(f"{kept}{end}old = 1{end}".encode())
    text = made(root)["d2l/sail.py"]
    assert text.startswith(f"{kept}\nimport sys\n")
    assert "old" not in text


def test_file_that_was_not_generated_is_not_overwritten(root: Path) -> None:
    (root / "d2l/sail.py").write_text("mine = 1\n", encoding="utf-8")
    with pytest.raises(BookError, match="was not made from the book"):
        written(root)
    assert (root / "d2l/sail.py").read_text(encoding="utf-8") == "mine = 1\n"
    assert (root / "d2l/__init__.py").read_text(encoding="utf-8") == INIT


def test_file_of_an_older_d2lbook_was_generated_as_a_whole(root: Path) -> None:
    older = "# This file is generated automatically through:\n#    d2lbook build lib\n# Hands off\n"
    (root / "d2l/sail.py").write_text(f"{older}\nold = 1\n", encoding="utf-8")
    text = made(root)["d2l/sail.py"]
    assert text.startswith(WARNING)
    assert "old" not in text


def test_version_is_the_release_of_the_book(root: Path) -> None:
    assert made(root)["d2l/__init__.py"] == INIT.replace('"1.0"  # of the book', '"2.5"')


def test_version_file_that_is_missing_is_named(root: Path) -> None:
    (root / "d2l/__init__.py").unlink()
    with pytest.raises(BookError, match=r"__init__\.py: Cannot be read"):
        made(root)


def test_root_dir_has_a_file_for_each_page_that_saves_something(make_book: MakeBook) -> None:
    files = made(
        make_book(
            {
                "config.ini": "[build]\ntabs = sail, oar\n[library]\nroot_dir = lib\n",
                "a/boats.md": "# A\n```{.python .input}\nx = 1  #@save\n```\n",
                "a/oars.md": "# B\n```{.python .input}\n#@tab oar\nx = 2  #@save\n```\n",
                "a/text.md": "# C\n",
            }
        )
    )
    assert list(files) == ["lib/a/boats.py"]
    assert files["lib/a/boats.py"].endswith("\n\nx = 1\n")


def test_book_without_a_library_has_no_files(make_book: MakeBook) -> None:
    assert made(make_book({"config.ini": "[build]\n", "a.md": "# A\n"})) == {}
