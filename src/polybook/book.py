"""The book: which pages there are, in which languages, and in what order they are read."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from polybook.config import Config
from polybook.dialect import PageText, TabText, parse_page
from polybook.dialect.tabs import ALL
from polybook.errors import BookError, Diagnostic, Location, Severity, nearest

#: Folders that hold no pages, whatever their names match.
_SKIPPED = frozenset({"node_modules", "__pycache__"})


@dataclass(frozen=True)
class Page:
    """One section of a chapter, in the languages that it is written in.

    `name` is its path without language and suffix, such as `chapter_file_io/tensors`.
    """

    name: str
    sources: Mapping[str, Path]

    @property
    def folder(self) -> str:
        """The chapter's folder; empty for a page of the root."""
        return posixpath.dirname(self.name)

    @property
    def is_index(self) -> bool:
        """Whether it is its chapter's first page."""
        return posixpath.basename(self.name) == "index"


@dataclass(frozen=True)
class Entry:
    """A page's place in the table of contents, with the pages below it.

    `numbered` counts for the chapters alone: what is below a chapter follows it.
    """

    page: Page
    children: tuple[Entry, ...] = ()
    numbered: bool = True

    def walk(self) -> Iterator[Entry]:
        """Yield this entry and all below it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Book:
    """A folder with a `config.ini`, read."""

    config: Config
    pages: Mapping[str, Page]
    _texts: dict[Path, PageText] = field(default_factory=dict, repr=False)

    @property
    def root(self) -> Path:
        """The folder of `config.ini`."""
        return self.config.root

    def source(self, page: Page, language: str) -> tuple[Path, str]:
        """Return the file that a page is built from in a language, and the language it is in.

        A page that the language lacks is built from the first language that has it, which is the
        reference language wherever that one has the page.
        """
        if language not in page.sources:
            language = next(iter(page.sources))
        return page.sources[language], language

    def text(self, path: Path) -> PageText:
        """Return a page's text, read once.

        Raises:
            BookError: the file cannot be read, or is not UTF-8.

        """
        if path not in self._texts:
            try:
                text = path.read_bytes().decode("utf-8")
            except UnicodeDecodeError as error:
                raise BookError(
                    f"The page is not UTF-8: {error.reason} at byte {error.start}.",
                    hint="Save it as UTF-8.",
                    location=Location(path),
                ) from None
            except OSError as error:
                raise BookError(
                    f"Cannot be read: {error.strerror}.", location=Location(path)
                ) from None
            self._texts[path] = parse_page(text)
        return self._texts[path]

    @cached_property
    def contents(self) -> tuple[Entry, ...]:
        """The table of contents: the root page's, or else one entry per chapter."""
        placed: set[str] = set()
        if index := self.pages.get(self.config.build.index):
            placed.add(index.name)
            return self._children(index, placed)
        roots = []
        for page in self._in_order():
            if page.name not in placed:
                placed.add(page.name)
                roots.append(Entry(page, self._children(page, placed)))
        return tuple(roots)

    def _in_order(self) -> Sequence[Page]:
        """Return all pages in the order of the patterns, the index first in each folder."""
        patterns = [translate(pattern) for pattern in self.config.build.notebooks]

        def place(page: Page) -> tuple[object, ...]:
            path = f"{page.name}.md"
            rank = next((n for n, each in enumerate(patterns) if each.fullmatch(path)), 0)
            return rank, page.folder, not page.is_index, page.name

        return sorted(self.pages.values(), key=place)

    def _children(self, page: Page, placed: set[str]) -> tuple[Entry, ...]:
        entries = []
        for name, numbered in self._listed(page):
            if name in self.pages and name not in placed:
                placed.add(name)
                below = self._children(self.pages[name], placed)
                entries.append(Entry(self.pages[name], below, numbered))
        if page.is_index and page.folder and not entries:
            # A chapter without a table of contents has all the pages of its folder.
            for other in self._in_order():
                if other.folder == page.folder and other.name not in placed:
                    placed.add(other.name)
                    entries.append(Entry(other))
        return tuple(entries)

    def _listed(self, page: Page) -> list[tuple[str, bool]]:
        path, _ = self.source(page, self.config.reference.code)
        return [
            (self.listed_page(page, entry), toc.numbered)
            for toc in self.text(path).tocs
            for entry in toc.entries
        ]

    @staticmethod
    def listed_page(page: Page, entry: str) -> str:
        """Return the name of the page that an entry of a page's table of contents means."""
        return posixpath.normpath(posixpath.join(page.folder, entry))

    def diagnose(self, page: Page, language: str) -> Iterator[Diagnostic]:
        """Yield what is wrong with one language's file of a page."""
        path = page.sources[language]
        try:
            text = self.text(path)
        except BookError as error:
            yield Diagnostic(Severity.ERROR, Location(path), error.message, error.hint)
            return
        for slip in (*text.slips, *text.inline_slips):
            yield Diagnostic(slip.severity, Location(path, slip.line), slip.message, slip.hint)
        yield from self._unknown_tabs(path, text)

    def _unknown_tabs(self, path: Path, text: PageText) -> Iterator[Diagnostic]:
        known = {*self.config.tabs, ALL}
        marked = [(cell.line, cell.marker.names) for cell in text.cells if cell.marker]
        marked += [(block.line, block.names) for block in text.blocks if isinstance(block, TabText)]
        for line, names in sorted(marked):
            for name in names:
                if name not in known:
                    yield Diagnostic(
                        Severity.ERROR,
                        Location(path, line),
                        f"The tab “{name}” is not one of the book's.",
                        nearest(name, known),
                    )


def translate(pattern: str) -> re.Pattern[str]:
    """Translate a glob pattern for whole paths; `**` stands for any number of folders."""
    parts = []
    for found in re.finditer(r"\*\*/|\*\*|\*|\?|\[[^\]]+\]|.", pattern):
        match found[0]:
            case "**/":
                parts.append(r"(?:[^/]+/)*")
            case "**":
                parts.append(r".*")
            case "*":
                parts.append(r"[^/]*")
            case "?":
                parts.append(r"[^/]")
            case bracket if len(bracket) > 1:
                parts.append("[" + bracket[1:-1].replace("\\", r"\\").replace("!", "^", 1) + "]")
            case letter:
                parts.append(re.escape(letter))
    return re.compile("".join(parts))


def read_book(config: Config) -> Book:
    """Find the pages of a book.

    Raises:
        BookError: there is not one page, or the folder of the pages does not exist.

    """
    source = config.root / config.build.source_dir
    if not source.is_dir():
        raise BookError(f"There is no folder {source}.", hint="[build] source_dir names it.")
    sources: dict[str, dict[str, Path]] = {}
    for path in _markdown_files(source, config):
        if place := _place(path.relative_to(source).as_posix(), config):
            sources.setdefault(place[0], {})[place[1]] = path
    if not sources:
        raise BookError(
            f"No page in {source} matches “{' '.join(config.build.notebooks)}”.",
            hint=f"[build] notebooks names the pages; their files are {config.page_layout}.",
            location=Location(config.path),
        )
    order = [language.code for language in config.languages]
    pages = {
        name: Page(name, {code: found[code] for code in order if code in found})
        for name, found in sorted(sources.items())
    }
    return Book(config, pages)


def _markdown_files(source: Path, config: Config) -> Iterator[Path]:
    made = {config.output.resolve(), (config.root / "outputs").resolve()}
    for folder, folders, files in os.walk(source):
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _SKIPPED
            and (Path(folder) / name).resolve() not in made
        )
        yield from (Path(folder) / name for name in sorted(files) if name.endswith(".md"))


def _place(path: str, config: Config) -> tuple[str, str] | None:
    """Return the page and the language that a file is, if it is a page at all."""
    codes = "|".join(re.escape(language.code) for language in config.languages)
    layout = re.escape(config.page_layout)
    layout = layout.replace(re.escape("{page}"), "(?P<page>.+)")
    layout = layout.replace(re.escape("{lang}"), f"(?P<lang>{codes})")
    found = re.fullmatch(layout, path)
    if not found:
        return None
    name = found["page"]
    if not _matches(f"{name}.md", config.build.notebooks):
        return None
    left_out = (*config.build.exclusions, *config.build.non_notebooks)
    if _matches(f"{name}.md", left_out) or _matches(path, left_out):
        return None
    return name, found.groupdict().get("lang") or config.reference.code


def _matches(path: str, patterns: Sequence[str]) -> bool:
    return any(translate(pattern).fullmatch(path) for pattern in patterns)
