"""Programs: all code cells of one page for one tab, in order, and what decides their outputs."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from polybook.book import Book, Page
from polybook.dialect import Cell, PageText
from polybook.dialect.aliases import Aliases, parse_aliases, rewrite_aliases
from polybook.dialect.branches import parseable, resolve_branches
from polybook.dialect.tabs import ALL
from polybook.running.environments import EnvironmentSpec

#: Jupyter's own tags for a cell that is expected to raise, and for one that is not run.
_DECISIVE_TAGS = frozenset({"raises-exception", "skip-execution"})

#: Part of every key: raise it when the same program would be run, or its outputs saved, otherwise.
FORMAT = 1

_IMPORT_LINE = re.compile(r"^[ \t]*((?:from|import)\b[^\n(]*(?:\([^)]*\))?)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ProgramCell:
    """One cell as it runs: `index` is its place among all cells of the page, `line` its first.

    `tags` are those that decide how it runs.
    """

    index: int
    line: int
    code: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Program:
    """What is run: cells, the environment, and the book's own files that they import."""

    page: str
    tab: str
    cells: tuple[ProgramCell, ...]
    environment: EnvironmentSpec
    library: Mapping[str, str]
    path: Path
    language: str

    @cached_property
    def key(self) -> str:
        """Name the program by what decides its outputs, as a SHA-256 in hexadecimal.

        Neither the prose around the cells nor the language nor the machine is part of it.
        """
        content = {
            "format": FORMAT,
            "cells": [[cell.code, sorted(cell.tags)] for cell in self.cells],
            "environment": self.environment.key,
            "library": dict(sorted(self.library.items())),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    @property
    def name(self) -> str:
        """What it is called in reports: page and tab."""
        return f"{self.page} [{self.tab}]"


class Programmer:
    """Reads programs out of a book's pages; remembers what the book's own files import."""

    def __init__(self, book: Book, environments: Mapping[str, EnvironmentSpec]) -> None:
        self._book = book
        self._environments = environments
        self._library = Library(book.root)
        self._aliases = {
            name.removeprefix("library-"): parse_aliases(section)
            for name, section in book.config.libraries.items()
        }

    def programs(self, page: Page, language: str) -> dict[str, Program]:
        """Return a page's programs in one language, by tab; a tab without code has none."""
        path, language = self._book.source(page, language)
        text = self._book.text(path)
        programs = {}
        for tab in text.tabs(self._book.config.tabs):
            default = self._book.config.tabs[0]
            cells = tuple(tab_cells(text, tab, default, self._aliases.get(tab)))
            if cells and tab in self._environments:
                programs[tab] = Program(
                    page=page.name,
                    tab=tab,
                    cells=cells,
                    environment=self._environments[tab],
                    library=self._library.imported(cell.code for cell in cells),
                    path=path,
                    language=language,
                )
        return programs


def tab_cells(
    text: PageText, tab: str, default_tab: str, aliases: Aliases | None = None
) -> Iterator[ProgramCell]:
    """Yield the cells of a page that a tab runs, markers, branches and aliases resolved.

    Set-up cells, and cells of which nothing is left for the tab, are no part of it.
    """
    for index, cell in enumerate(text.cells):
        if cell.setup is None and is_for(cell, tab, default_tab):
            # A line ends alike on every machine, however git has checked out the page.
            code = resolve_branches(cell.code.replace("\r\n", "\n"), tab)
            if aliases:
                code = rewrite_aliases(code, aliases)
            if code.strip():
                yield ProgramCell(index, cell.code_line, code, _tags(cell))


def is_for(cell: Cell, tab: str, default_tab: str) -> bool:
    """Tell whether a cell is marked for a tab; one without a marker is the default tab's."""
    if cell.marker is None:
        return tab == default_tab
    return tab in cell.marker.names or ALL in cell.marker.names


def _tags(cell: Cell) -> tuple[str, ...]:
    given = re.split(r"[\s,]+", cell.attributes.get("tags"))
    return tuple(sorted(_DECISIVE_TAGS.intersection(given)))


class Library:
    """The book's own modules, `d2l/torch.py` and the like, found beside `config.ini`."""

    def __init__(self, root: Path) -> None:
        self._root = root
        own = {
            path.stem
            for path in root.iterdir()
            if path.stem.isidentifier() and (path.suffix == ".py" or path.is_dir())
        }
        # Most code imports nothing of the book's own, and need not be parsed.
        self._candidates = re.compile(rf"\b(?:{'|'.join(sorted(own)) or '(?!)'})\b")
        self._reached: dict[Path, frozenset[Path]] = {}
        self._digests: dict[Path, str] = {}

    def imported(self, codes: Iterable[str]) -> dict[str, str]:
        """Return the files that code imports, however indirectly, with the digest of each.

        Paths are relative to the book's root, with forward slashes.
        """
        found: set[Path] = set()
        waiting: set[Path] = set()
        for code in codes:
            if "import" in code and self._candidates.search(code):
                waiting.update(self._modules(_imports(code), self._root))
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting.update(self._imports_of(path))
        return {path.relative_to(self._root).as_posix(): self._digest(path) for path in found}

    def _imports_of(self, path: Path) -> frozenset[Path]:
        if path not in self._reached:
            code = path.read_text(encoding="utf-8", errors="replace")
            self._reached[path] = frozenset(self._modules(_imports(code), path.parent))
        return self._reached[path]

    def _digest(self, path: Path) -> str:
        if path not in self._digests:
            content = path.read_bytes().replace(b"\r\n", b"\n")
            self._digests[path] = hashlib.sha256(content).hexdigest()
        return self._digests[path]

    def _modules(
        self, imports: Iterable[ast.Import | ast.ImportFrom], folder: Path
    ) -> Iterator[Path]:
        for node in imports:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield from self._files(self._root, alias.name)
                continue
            start = folder if node.level else self._root
            for _ in range(node.level - 1):
                start = start.parent
            yield from self._files(start, node.module or "")
            for alias in node.names:
                yield from self._files(start, ".".join(filter(None, [node.module, alias.name])))

    def _files(self, start: Path, module: str) -> Iterator[Path]:
        """Yield the files that importing a dotted name reads, as far as they are the book's."""
        if not start.is_relative_to(self._root):
            return
        path = start
        for part in filter(None, module.split(".")):
            path = path / part
            if (package := path / "__init__.py").is_file():
                yield package
            elif (file := path.with_name(f"{part}.py")).is_file():
                yield file
                return
            elif not path.is_dir():
                return


def _imports(code: str) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports in code; in what is not quite Python, those that have a line each."""
    if tree := parseable(code):
        trees: Iterable[ast.AST] = [tree]
    else:
        trees = filter(None, map(parseable, _IMPORT_LINE.findall(code)))
    for each in trees:
        for node in ast.walk(each):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield node
