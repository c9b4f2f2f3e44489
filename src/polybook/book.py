"""The book: which pages there are, in which languages, and in what order they are read."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path

from polybook.config import SHIPPED, Config
from polybook.dialect import PageText, TabText, parse_page
from polybook.dialect.branches import asked_tabs
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
    """A folder with a `config.ini`, read; `diagnostics` are of its files, not of their texts."""

    config: Config
    pages: Mapping[str, Page]
    diagnostics: tuple[Diagnostic, ...] = ()
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
        """The table of contents: the root page's, or else one entry per chapter.

        The root page itself is not part of it.
        """
        placed: set[str] = set()
        if index := self.pages.get(self.config.build.index):
            placed.add(index.name)
            if entries := self._children(index, placed):
                return entries
        roots = []
        for page in self._in_order():
            if page.name not in placed:
                placed.add(page.name)
                roots.append(Entry(page, self._children(page, placed)))
        return tuple(roots)

    def _in_order(self) -> Sequence[Page]:
        """Return all pages in the order of the patterns, the index first in each folder."""
        patterns = self.config.build.notebooks

        def place(page: Page) -> tuple[object, ...]:
            path = f"{page.name}.md"
            rank = next((n for n, each in enumerate(patterns) if matches(path, each)), 0)
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
        text = self.text(path)
        for slip in (*text.slips, *text.inline_slips):
            yield Diagnostic(slip.severity, Location(path, slip.line), slip.message, slip.hint)
        yield from self._unknown_tabs(path, text)

    def _unknown_tabs(self, path: Path, text: PageText) -> Iterator[Diagnostic]:
        known = {*self.config.tabs, ALL}
        # What Polybook ships but the book leaves out is left out on purpose.
        passed = {*known, *SHIPPED} if self.config.build.tabs else known
        for line, name in sorted(_named_tabs(text)):
            if name not in passed:
                yield Diagnostic(
                    Severity.ERROR,
                    Location(path, line),
                    f"The tab “{name}” is not one of the book's.",
                    nearest(name, known),
                )


def _named_tabs(text: PageText) -> Iterator[tuple[int, str]]:
    """Yield each tab that a page names, with the line."""
    for block in text.blocks:
        if isinstance(block, TabText):
            for name in block.names:
                yield block.line, name
    for cell in text.cells:
        for name in cell.setup.tabs if cell.setup else ():
            yield cell.line, name
        for marker in cell.markers:
            for name in marker.names:
                yield cell.line + 1 + marker.line, name
        for name, line in asked_tabs(cell.code):
            yield cell.page_line(line), name


def matches(path: str, pattern: str) -> bool:
    """Tell whether `glob` finds a path by a pattern; `**` stands for any number of folders."""
    wanted = posixpath.normpath(pattern).split("/")
    reached = {0}  # how many parts of the pattern the parts of the path so far may have used up
    for part in path.split("/"):
        reached = {
            after
            for at in _skipping(reached, wanted)
            if at < len(wanted) and _matches_part(part, wanted[at])
            for after in ([at] if wanted[at] == "**" else [at + 1])
        }
    return len(wanted) in _skipping(reached, wanted)


def _skipping(reached: set[int], wanted: Sequence[str]) -> set[int]:
    """Add the places behind each `**`, which may also stand for nothing."""
    everywhere = set(reached)
    for at in range(min(reached, default=len(wanted)), len(wanted)):
        if at in everywhere and wanted[at] == "**":
            everywhere.add(at + 1)
    return everywhere


def _matches_part(part: str, wanted: str) -> bool:
    """Match the name of a file or folder; a hidden one only by a pattern that says so."""
    if part.startswith(".") and not wanted.startswith("."):
        return False
    return wanted == "**" or fnmatchcase(part, wanted)


def read_book(config: Config) -> Book:
    """Find the pages of a book.

    Raises:
        BookError: there is not one page, or the folder of the pages does not exist.

    """
    source = config.root / config.build.source_dir
    if not source.is_dir():
        raise BookError(
            f"There is no folder {source}.",
            hint="[build] source_dir names it.",
            location=Location(config.path),
        )
    place = _Places(config)
    sources: dict[str, dict[str, Path]] = {}
    foreign: list[tuple[str, str, Path]] = []
    for path in _markdown_files(source, config):
        if found := place.of(path.relative_to(source).as_posix()):
            name, language = found
            if language in config.overrides:
                sources.setdefault(name, {})[language] = path
            else:
                foreign.append((name, language, path))
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
    diagnostics = [
        Diagnostic(
            Severity.WARNING,
            Location(path),
            f"“{language}” is not one of the book's languages, so this file is no page.",
            nearest(language, order),
        )
        for name, language, path in foreign
        if name in pages
    ]
    return _without_unreadable(Book(config, pages, tuple(diagnostics)))


def _without_unreadable(book: Book) -> Book:
    """Leave out the files that cannot be read, with a finding for each.

    Raises:
        BookError: there is none that can be read.

    """
    pages = {}
    errors = []
    for name, page in book.pages.items():
        readable = {}
        for language, path in page.sources.items():
            try:
                book.text(path)
            except BookError as error:
                errors.append(error)
            else:
                readable[language] = path
        if readable:
            pages[name] = Page(name, readable)
    if errors and not pages:
        raise errors[0]
    found = [
        Diagnostic(Severity.ERROR, error.location or Location(book.root), error.message, error.hint)
        for error in errors
    ]
    return replace(book, pages=pages, diagnostics=(*book.diagnostics, *found))


def _markdown_files(source: Path, config: Config) -> Iterator[Path]:
    made = {config.output.resolve(), (config.root / "outputs").resolve()}
    waiting = [(source, frozenset([source.resolve()]))]
    while waiting:
        folder, above = waiting.pop()
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            if entry.name.startswith(".") or entry.name in _SKIPPED:
                continue
            path = folder / entry.name
            # Links to folders are followed, as `glob` does.
            if entry.is_dir(follow_symlinks=False) or (entry.is_symlink() and path.is_dir()):
                real = path.resolve()
                if real not in made and real not in above:
                    waiting.append((path, above | {real}))
            elif entry.name.endswith(".md"):
                yield _nameable(path)


def _nameable(path: Path) -> Path:
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise BookError(
            f"The name of the file {path.name!a} is not UTF-8.",
            hint="Rename it.",
            location=Location(path.parent),
        ) from None
    return path


class _Places:
    """Tells which page, in which language, a file is."""

    def __init__(self, config: Config) -> None:
        self._build = config.build
        self._single = config.reference.code
        layout = re.escape(config.page_layout)
        layout = layout.replace(re.escape("{page}"), "(?P<page>.+)")
        codes = "|".join(re.escape(language.code) for language in config.languages)
        self._layouts = [
            re.compile(layout.replace(re.escape("{lang}"), f"(?P<lang>{code})"))
            for code in (codes, r"[A-Za-z]{2,3}(?:[-_]\w{2,8})*")
        ]

    def of(self, path: str) -> tuple[str, str] | None:
        """Return the page and the language that a file is, if it is a page at all.

        The language may be one that the book does not have.
        """
        for layout in self._layouts:
            found = layout.fullmatch(path)
            if found and self._is_page(found["page"], path):
                return found["page"], found.groupdict().get("lang") or self._single
        return None

    def _is_page(self, name: str, path: str) -> bool:
        left_out = (*self._build.exclusions, *self._build.non_notebooks)
        return (
            _matches_any(f"{name}.md", self._build.notebooks)
            and not _matches_any(f"{name}.md", left_out)
            and not _matches_any(path, left_out)
        )


def _matches_any(path: str, patterns: Iterable[str]) -> bool:
    """Tell whether a pattern stands for a path, or is a folder that it lies in."""
    return any(
        matches(path, pattern) or path.startswith(f"{posixpath.normpath(pattern)}/")
        for pattern in patterns
    )
