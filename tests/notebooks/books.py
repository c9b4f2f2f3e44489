"""Books for the tests of notebooks, built by the real tool from what is saved for them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat

from polybook.build import Build
from polybook.config import read_config
from polybook.notebooks import NotebooksReport

Notebook = Mapping[str, Any]

_LINK = re.compile(r"\]\((?P<markdown>[^)\s]+)\)|src=\"(?P<html>[^\"]+)\"")


def build(root: Path, languages: Sequence[str] = (), tabs: Sequence[str] = ()) -> NotebooksReport:
    """Build a book's notebooks from what is saved."""
    return Build(read_config(root), languages, tabs).notebooks()[0]


def read(path: Path) -> Notebook:
    """Read a notebook, which must be valid."""
    notebook: Notebook = json.loads(path.read_text(encoding="utf-8"))
    nbformat.validate(notebook)
    return notebook


def rewritten(text: str) -> str:
    """Return a notebook's file as Jupyter would write it."""
    return f"{nbformat.writes(nbformat.reads(text, as_version=4))}\n"  # type: ignore[no-untyped-call]


def notebook(root: Path, name: str) -> Notebook:
    """Read one of the notebooks that were built."""
    return read(root / "build" / "notebooks" / f"{name}.ipynb")


def cells(notebook: Notebook) -> list[tuple[str, str]]:
    """Return the kind and the source of each cell."""
    return [(cell["cell_type"], "".join(cell["source"])) for cell in notebook["cells"]]


def texts(notebook: Notebook) -> str:
    """Return all Markdown of a notebook."""
    return "\n".join(source for kind, source in cells(notebook) if kind == "markdown")


def code(notebook: Notebook) -> list[str]:
    """Return the source of each code cell."""
    return [source for kind, source in cells(notebook) if kind == "code"]


def outputs(notebook: Notebook) -> list[list[dict[str, Any]]]:
    """Return the outputs of each code cell."""
    return [cell["outputs"] for cell in notebook["cells"] if cell["cell_type"] == "code"]


def written(folder: Path) -> dict[str, bytes]:
    """Return all files below a folder by their paths."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@dataclass(frozen=True)
class Link:
    """A link or an image of a notebook: the file that it is in, and its address."""

    source: Path
    address: str

    @property
    def file(self) -> Path:
        """The file that it leads to."""
        path = unquote(self.address.partition("#")[0])
        return (self.source.parent / path).resolve() if path else self.source.resolve()

    @property
    def anchor(self) -> str:
        """What follows the number sign."""
        return unquote(self.address.partition("#")[2])


def links(folder: Path) -> Iterator[Link]:
    """Yield the links and images of all notebooks below a folder that lead to files."""
    for path in sorted(folder.rglob("*.ipynb")):
        for found in _LINK.finditer(texts(read(path))):
            address = found["markdown"] or found["html"]
            if "://" not in address:
                yield Link(path, address)
