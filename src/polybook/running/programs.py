"""Programs: all code cells of one page for one tab, in order, and what decides their outputs."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from polybook.book import Book, Page, source_files
from polybook.cache import ContentCache, code_digest, digest
from polybook.config import Config
from polybook.copies import share
from polybook.dialect import Cell, PageText
from polybook.dialect.aliases import Aliases, parse_aliases, rewrite_aliases
from polybook.dialect.branches import parseable, resolve_branches
from polybook.dialect.tabs import ALL
from polybook.running.environments import EnvironmentSpec, environment_specs
from polybook.running.needs import NOTHING, Needs, gpus_in, needs_of

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
    """What is run: cells, the environment, and the book's own files that they depend on."""

    page: str
    tab: str
    cells: tuple[ProgramCell, ...]
    environment: EnvironmentSpec
    library: Mapping[str, str]
    path: Path
    language: str
    needs: Needs = NOTHING

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
    """Reads programs out of a book's pages, and keeps what it has read in the build folder."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._cache = ContentCache(book.config.output / ".cache" / "programs", ".json")
        self._readers: dict[Path | None, _Reader] = {}

    def programs(self, page: Page, language: str) -> dict[str, Program]:
        """Return a page's programs in one language, by tab; a tab without code has none.

        Raises:
            ConfigError: a framework's requirements cannot be read.

        """
        path, language = self._book.source(page, language)
        reader = self._reader(language)
        return {
            tab: Program(
                page=page.name,
                tab=tab,
                cells=tuple(
                    ProgramCell(index, line, code, tuple(tags)) for index, line, code, tags in cells
                ),
                environment=reader.environments[tab],
                library=reader.dependencies | reader.library.files(imports),
                path=path,
                language=language,
                needs=needs_of(self._book.config, page.name, tab, gpus),
            )
            for tab, (cells, imports, gpus) in reader.read(self._book.text(path)).items()
            if tab in reader.environments
        }

    def read_ahead(self, pages: Iterable[tuple[Page, str]]) -> None:
        """Read, on all cores, the code of pages of which none is kept."""
        new = [each for each in pages if not self._is_kept(*each)]
        share(lambda some, _: self._read(some), new)

    def _read(self, pages: Iterable[tuple[Page, str]]) -> None:
        for page, language in pages:
            self.programs(page, language)

    def _is_kept(self, page: Page, language: str) -> bool:
        path, language = self._book.source(page, language)
        return self._cache.has(self._reader(language).key(self._book.text(path)))

    def _reader(self, language: str) -> _Reader:
        """Return what reads a language's pages; those without a folder of their own share it."""
        config = self._book.config
        home = config.home(language)
        if home not in self._readers:
            self._readers[home] = _Reader(config, language, self._cache)
        return self._readers[home]

    def forget_others(self) -> None:
        """Remove what is kept of texts that the book no longer has."""
        self._cache.forget_others()


class _Reader:
    """Reads the code of a language's pages: what they are written for, what they can import."""

    def __init__(self, book: Config, language: str, cache: ContentCache) -> None:
        config = book.localised(language)
        self._tabs = config.written_tabs
        self._libraries = config.libraries
        self._aliases = {
            name.removeprefix("library-"): parse_aliases(section)
            for name, section in config.libraries.items()
        }
        self._cache = cache
        self.environments = environment_specs(config, book.tabs)
        self.library = Library(config.roots(language), cache)
        #: The files that all programs depend on.
        self.dependencies = self.library.digests(source_files(config, config.build.dependencies))

    def read(self, text: PageText) -> Any:
        """Return, by tab, a page's cells, what they import and how many GPUs they use, as JSON."""
        return self._cache.remember(self.key(text), lambda: dict(self._tabs_of(text)))

    def key(self, text: PageText) -> str:
        """Name what is read of a page by all that it depends on."""
        return digest(
            code_digest(), text.text, self._tabs, self._libraries, sorted(self.library.modules)
        )

    def _tabs_of(self, text: PageText) -> Iterator[tuple[str, tuple[list[Any], list[Any], int]]]:
        said = [each.setup.required_gpus for each in text.cells if each.setup]
        for tab in text.tabs(self._tabs):
            if cells := list(tab_cells(text, tab, self._tabs[0], self._aliases.get(tab))):
                imports = self.library.imports(cell.code for cell in cells)
                asked = [each for each in said if each is not None]
                gpus = max(asked) if asked else gpus_in(cell.code for cell in cells)
                yield tab, ([astuple(cell) for cell in cells], imports, gpus)


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
    """The book's own modules, `d2l/torch.py` and the like, in the folders that code imports from.

    `modules` are the names of those right below these. An import is a list of three: how many dots
    it begins with, the module, and the names that are taken from it.
    """

    def __init__(self, roots: Sequence[Path], cache: ContentCache) -> None:
        self._roots = {root: set(_modules_in(root)) for root in roots}
        self._cache = cache
        self.modules = {name for names in self._roots.values() for name in names}
        # Most code imports nothing of the book's own, and need not be parsed.
        self._candidates = re.compile(rf"\b(?:{'|'.join(sorted(self.modules)) or '(?!)'})\b")
        self._reached: dict[Path, frozenset[Path]] = {}
        self._digests: dict[Path, str] = {}

    def imports(self, codes: Iterable[str]) -> list[Any]:
        """Return what code imports that may be the book's own."""
        return [
            each
            for code in codes
            if "import" in code and self._candidates.search(code)
            for each in _imports(code)
        ]

    def files(self, imports: Iterable[Any]) -> dict[str, str]:
        """Return the files that imports reach, however indirectly, with the digest of each."""
        found: set[Path] = set()
        waiting = set(self._modules(imports))
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                waiting.update(self._imports_of(path))
        return self.digests(found)

    def digests(self, paths: Iterable[Path]) -> dict[str, str]:
        """Return the digest of each file, by its path below the folder that has it for a root.

        Such a path has forward slashes.
        """
        return {self._name(path): self._digest(path) for path in paths}

    def _name(self, path: Path) -> str:
        root = next(root for root in self._roots if path.is_relative_to(root))
        return path.relative_to(root).as_posix()

    def _imports_of(self, path: Path) -> frozenset[Path]:
        if path not in self._reached:
            code = path.read_text(encoding="utf-8", errors="replace")
            key = digest(code_digest(), code)
            imports = self._cache.remember(key, lambda: list(_imports(code)))
            self._reached[path] = frozenset(self._modules(imports, path.parent))
        return self._reached[path]

    def _digest(self, path: Path) -> str:
        if path not in self._digests:
            content = path.read_bytes().replace(b"\r\n", b"\n")
            self._digests[path] = hashlib.sha256(content).hexdigest()
        return self._digests[path]

    def _modules(self, imports: Iterable[Any], folder: Path | None = None) -> Iterator[Path]:
        for dots, module, names in imports:
            start = folder if dots else self._root_of(module)
            for _ in range(dots - 1):
                start = start and start.parent
            if start and any(start.is_relative_to(root) for root in self._roots):
                yield from _files(start, module)
                for name in names:
                    yield from _files(start, f"{module}.{name}")

    def _root_of(self, module: str) -> Path | None:
        """Return the first folder that has a module, as Python does."""
        name = module.partition(".")[0]
        return next((root for root, names in self._roots.items() if name in names), None)


def _modules_in(root: Path) -> Iterator[str]:
    for path in root.iterdir():
        if path.stem.isidentifier() and (path.suffix == ".py" or path.is_dir()):
            yield path.stem


def _files(start: Path, module: str) -> Iterator[Path]:
    """Yield the files that importing a dotted name from a folder reads."""
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


def _imports(code: str) -> Iterator[list[Any]]:
    """Yield the imports in code; in what is not quite Python, those that have a line each."""
    if tree := parseable(code):
        trees: Iterable[ast.AST] = [tree]
    else:
        trees = filter(None, map(parseable, _IMPORT_LINE.findall(code)))
    for each in trees:
        for node in ast.walk(each):
            if isinstance(node, ast.Import):
                yield from ([0, alias.name, []] for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield [node.level, node.module or "", [alias.name for alias in node.names]]
