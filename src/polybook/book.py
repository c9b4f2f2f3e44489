"""The book: which pages there are, in which languages, and in what order they are read."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

from polybook.cache import ContentCache, code_digest, digest
from polybook.config import SHIPPED, Build, Config
from polybook.dialect import PageText, TabText, parse_page
from polybook.dialect.branches import asked_tabs
from polybook.dialect.tabs import ALL
from polybook.errors import BookError, Diagnostic, Location, Severity, nearest
from polybook.files import matching_files

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

    `numbered` counts for the chapters alone: what is below a chapter follows it. `toc` tells which
    table of contents of the page above lists it, from 0 on; None if none does.
    """

    page: Page
    children: tuple[Entry, ...] = ()
    numbered: bool = True
    toc: int | None = None

    def walk(self) -> Iterator[Entry]:
        """Yield this entry and all below it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class _Edition:
    """The book in one language, or in several that share their pages."""

    pages: Mapping[str, Page]
    contents: tuple[Entry, ...]


@dataclass(frozen=True)
class Book:
    """A folder with a `config.ini`, read; `diagnostics` are of its files, not of their texts.

    `pages` are those of all languages; `pages_in` tells which of them a language has.
    """

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

    def name_of(self, path: Path) -> str:
        """Return the path of a file of the book from its root on."""
        return Path(os.path.relpath(path, self.root)).as_posix()

    def trusts(self, path: Path) -> bool:
        """Tell whether the maintainer lets all HTML of a file pass, as `[html] raw_html` has it."""
        patterns = self.config.html.raw_html
        name = self.name_of(path) if patterns else ""
        return any(fnmatchcase(name, pattern) for pattern in patterns)

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

    def with_texts(self, change: Callable[[PageText], PageText]) -> Book:
        """Return the book as it would be if its pages had other texts."""
        paths = {path for page in self.pages.values() for path in page.sources.values()}
        return replace(self, _texts={path: change(self.text(path)) for path in paths})

    def pages_in(self, language: str) -> Mapping[str, Page]:
        """Return the pages of a language, translated or not, by name.

        Those are all pages of the book, unless the language stands alone: then they are its own,
        and those that its table of contents lists though others have written them.
        """
        return self._editions[language].pages

    def contents(self, language: str) -> tuple[Entry, ...]:
        """Return the table of contents: the root page's, or else one entry per chapter.

        The root page itself is not part of it.
        """
        return self._editions[language].contents

    def order(self, language: str) -> tuple[Page, ...]:
        """Return the pages in reading order: the root page, then the table of contents."""
        index = self.pages_in(language).get(self.config.localised(language).build.index)
        listed = (entry.page for root in self.contents(language) for entry in root.walk())
        return (*([index] if index else []), *listed)

    def bibliography(self, language: str) -> Path | None:
        """Return the BibTeX file of the works that a language cites, if it names one."""
        name = self.config.localised(language).pdf.bibfile
        return self.root / name if name else None

    def lacks_bibliography(self, language: str) -> bool:
        """Tell whether the file that a language names does not exist."""
        file = self.bibliography(language)
        return file is not None and not file.is_file()

    def stands_alone(self, language: str) -> bool:
        """Tell whether a language's folder is a book of its own, which may differ in its pages.

        It has its own `config.ini`, or its own root page with a table of contents.
        """
        if self.config.home(language) is None:
            return False
        config = self.config.localised(language)
        index = self.pages.get(config.build.index)
        own = index.sources.get(language) if index else None
        listed = own is not None and any(toc.entries for toc in self.text(own).tocs)
        return config.folder_path is not None or listed

    @cached_property
    def _editions(self) -> Mapping[str, _Edition]:
        codes = [language.code for language in self.config.languages]
        alone = [code for code in codes if self.stands_alone(code)]
        editions = {
            code: self._edition(
                code, {name: page for name, page in self.pages.items() if code in page.sources}
            )
            for code in alone
        }
        together = [code for code in codes if code not in alone]
        if together:
            # They share one list of pages, the reference's included.
            reference = self.config.reference.code
            listed = editions[reference].pages if reference in alone else {}
            shared = self._edition(
                reference,
                {
                    name: page
                    for name, page in self.pages.items()
                    if name in listed or not page.sources.keys().isdisjoint(together)
                },
            )
            editions |= dict.fromkeys(together, shared)
        return editions

    def _edition(self, language: str, own: Mapping[str, Page]) -> _Edition:
        contents = _Outline(self, language, own).entries()
        listed = {entry.page.name for root in contents for entry in root.walk()}
        pages = {name: page for name, page in self.pages.items() if name in own or name in listed}
        return _Edition(pages, contents)

    @staticmethod
    def listed_page(page: Page, entry: str) -> str:
        """Return the name of the page that an entry of a page's table of contents means."""
        return posixpath.normpath(posixpath.join(page.folder, entry))

    def missing(self) -> Iterator[Diagnostic]:
        """Yield what the settings of a language name and the book does not have."""
        for code in [language.code for language in self.config.languages]:
            config = self.config.localised(code)
            place = Location(config.folder_path or config.path)
            if self.lacks_bibliography(code):
                message = f"[pdf] bibfile: there is no file “{config.pdf.bibfile}”."
                hint = "Until there is, citations are shown as their keys."
                yield Diagnostic(Severity.ERROR, place, message, hint)
            for pattern, found in self._resources(config):
                if found == []:
                    message = f"[build] resources: there is no “{pattern}”."
                    hint = f"What it names lies below {config.source}."
                    yield Diagnostic(Severity.WARNING, place, message, hint)
            if not self.pages_in(code):
                patterns = " ".join(config.build.notebooks)
                message = f"No page in {config.pages(code)} matches “{patterns}”."
                hint = f"The files of its pages are {config.page_layout}, below {config.source}."
                yield Diagnostic(Severity.ERROR, place, message, hint)

    def resources(self, language: str) -> Iterator[tuple[Path, str]]:
        """Yield what programs see beside them, each with its place, which is the one in the book.

        As in d2lbook, `resources` are patterns, relative to the folder of the pages. What lies in
        the folder of the language's own pages has its place as if these were a book of their own.

        Raises:
            BookError: one of them lies outside of the book.

        """
        config = self.config.localised(language)
        made = {folder.resolve() for folder in config.made}
        for pattern, found in self._resources(config):
            if found is None:
                raise BookError(
                    f"The resource “{pattern}” lies outside of the book.",
                    hint="[build] resources names files and folders below the folder of the pages.",
                    location=Location(config.folder_path or config.path),
                )
            for path in found:
                if path.resolve() not in made:
                    pages = config.pages(language)
                    start = pages if path.is_relative_to(pages) else config.source
                    yield path, path.relative_to(start).as_posix()

    @staticmethod
    def _resources(config: Config) -> Iterator[tuple[str, list[Path] | None]]:
        """Yield each of the patterns with what it names, None where that lies outside."""
        for pattern in config.build.resources:
            place = posixpath.normpath(pattern)
            outside = place.startswith(("/", "../")) or place == ".."
            wanted = "[!.]*" if place == "." else place
            yield pattern, None if outside else sorted(config.source.glob(wanted))

    def companions(self, language: str) -> Iterator[tuple[Path, str]]:
        """Yield the Markdown files that go beside a language's notebooks, with their places."""
        config = self.config.localised(language)
        folder = config.pages(language)
        if config.build.non_notebooks and folder.is_dir():
            for path in _markdown_files(folder, config):
                place = path.relative_to(folder).as_posix()
                if _matches_any(place, config.build.non_notebooks) and not _matches_any(
                    place, config.build.exclusions
                ):
                    yield path, place

    def diagnose(self, page: Page, language: str) -> Iterator[Diagnostic]:
        """Yield what is wrong with one language's file of a page."""
        path = page.sources[language]
        for line, severity, message, hint in self._found(path)["slips"]:
            yield Diagnostic(Severity(severity), Location(path, line), message, hint)
        # What Polybook ships but the book leaves out is left out on purpose.
        yield from self.unknown_tabs(page, language, SHIPPED if self.config.build.tabs else ())

    def unknown_tabs(
        self, page: Page, language: str, passed: Iterable[str] = ()
    ) -> Iterator[Diagnostic]:
        """Yield the tabs that one language's file of a page names and the book has not.

        Args:
            page: the page.
            language: the language.
            passed: tabs that are no mistake.

        """
        path = page.sources[language]
        known = {*self.config.localised(language).written_tabs, ALL}
        passed = {*known, *passed}
        for line, name in self._found(path)["tabs"]:
            if name not in passed:
                message = f"The tab “{name}” is not one of the book's."
                hint = nearest(name, known)
                yield Diagnostic(Severity.ERROR, Location(path, line), message, hint)

    def _found(self, path: Path) -> Any:
        """Return what is wrong with a page by its text alone, which is kept."""
        text = self.text(path)
        return self._findings.remember(digest(code_digest(), text.text), lambda: _findings(text))

    @cached_property
    def _findings(self) -> ContentCache:
        return ContentCache(self.config.output / ".cache" / "findings", ".json")

    def forget_others(self) -> None:
        """Remove what is kept of texts that have not been diagnosed."""
        self._findings.forget_others()


class _Outline:
    """Makes the table of contents of one language.

    Args:
        book: the book.
        language: whose texts and whose order count.
        own: the pages that the language has even if nothing lists them.

    """

    def __init__(self, book: Book, language: str, own: Mapping[str, Page]) -> None:
        self._book = book
        self._language = language
        self._build = book.config.localised(language).build
        self._own = self._in_order(own.values())
        self._placed: set[str] = set()
        self._claimed: set[str] = set()  # listed by pages that have been read

    def entries(self) -> tuple[Entry, ...]:
        """Return what the root page lists, or else one entry per chapter."""
        index = next((page for page in self._own if page.name == self._build.index), None)
        if index:
            self._placed.add(index.name)
            if entries := self._below(index):
                return entries
        roots = []
        for page in self._own:
            if page.name not in self._placed:
                self._placed.add(page.name)
                roots.append(Entry(page, self._below(page)))
        return tuple(roots)

    def _in_order(self, pages: Iterable[Page]) -> Sequence[Page]:
        """Return pages in the order of the patterns, the index first in each folder."""
        patterns = self._build.notebooks

        def place(page: Page) -> tuple[object, ...]:
            path = f"{page.name}.md"
            rank = next((n for n, each in enumerate(patterns) if matches(path, each)), 0)
            return rank, page.folder, not page.is_index, page.name

        return sorted(pages, key=place)

    def _below(self, page: Page) -> tuple[Entry, ...]:
        entries = []
        listed = self._listed(page)
        self._claimed.update(name for name, *_ in listed)
        for name, numbered, toc in listed:
            if name in self._book.pages and name not in self._placed:
                self._placed.add(name)
                child = self._book.pages[name]
                entries.append(Entry(child, self._below(child), numbered, toc))
        if page.is_index and page.folder and not entries:
            # A chapter without a table of contents has all the pages of its folder, but those that
            # have a place of their own in the book's.
            for other in self._own:
                taken = other.name in self._placed or other.name in self._claimed
                if other.folder == page.folder and not taken:
                    self._placed.add(other.name)
                    entries.append(Entry(other))
        return tuple(entries)

    def _listed(self, page: Page) -> list[tuple[str, bool, int]]:
        path, _ = self._book.source(page, self._language)
        return [
            (self._book.listed_page(page, entry), toc.numbered, number)
            for number, toc in enumerate(self._book.text(path).tocs)
            for entry in toc.entries
        ]


def _findings(text: PageText) -> dict[str, Any]:
    """Return what can be said of a page by its text alone, as JSON holds it."""
    return {
        "slips": [
            [slip.line, slip.severity, slip.message, slip.hint]
            for slip in (*text.slips, *text.inline_slips)
        ],
        "tabs": sorted(_named_tabs(text)),
    }


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
    source = config.source
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
    diagnostics += _unread(config)
    return _without_unreadable(Book(config, pages, tuple(diagnostics)))


def page_of(config: Config, path: Path) -> tuple[str, str] | None:
    """Return the page and the language that a file of a book is; None if it is no page.

    The file need not be there.
    """
    try:
        parts = path.relative_to(config.source).parts
    except ValueError:
        return None
    real = path.resolve()
    if any(part.startswith(".") or part in _SKIPPED for part in parts) or any(
        real.is_relative_to(folder.resolve()) for folder in config.made
    ):
        return None
    found = _Places(config).of("/".join(parts))
    return found if found and found[1] in config.overrides else None


def source_files(config: Config, patterns: Iterable[str]) -> list[Path]:
    """Return the files of a book that patterns find, from the folder of the pages on."""
    source = config.source
    found = {source / name for pattern in patterns for name in matching_files(source, pattern)}
    made = [folder.resolve() for folder in config.made]
    return [
        path
        for path in sorted(found)
        if not any(path.resolve().is_relative_to(folder) for folder in made)
    ]


def _unread(config: Config) -> Iterator[Diagnostic]:
    """Warn of each page in reStructuredText, which d2lbook would have copied into its site."""
    message = "A page in reStructuredText is not read."
    hint = "Write it in Markdown; `pandoc -f rst -t markdown` makes a beginning."
    builds = [config.build, *(config.localised(code).build for code in config.overrides)]
    for path in source_files(config, {each for build in builds for each in build.rsts}):
        yield Diagnostic(Severity.WARNING, Location(path), message, hint)


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
    made = {folder.resolve() for folder in config.made}
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
        self._config = config
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
            if found := layout.fullmatch(path):
                language = found.groupdict().get("lang") or self._single
                if self._is_page(found["page"], language, path):
                    return found["page"], language
        return None

    def _is_page(self, name: str, language: str, path: str) -> bool:
        """Tell whether a file is a page, for the whole book and for its language's own folder."""
        whole = self._config.build
        builds = {whole}
        if language in self._config.overrides:
            builds.add(self._config.localised(language).build)
        return not _matches_any(path, _left_out(whole)) and all(
            _matches_any(f"{name}.md", build.notebooks)
            and not _matches_any(f"{name}.md", _left_out(build))
            for build in builds
        )


def _left_out(build: Build) -> tuple[str, ...]:
    return (*build.exclusions, *build.non_notebooks)


def _matches_any(path: str, patterns: Iterable[str]) -> bool:
    """Tell whether a pattern stands for a path, or is a folder that it lies in."""
    return any(
        matches(path, pattern) or path.startswith(f"{posixpath.normpath(pattern)}/")
        for pattern in patterns
    )
