"""Documents: one page in one language, every mark resolved, as pandoc's AST.

All formats are written from the same documents, so a figure has the same number in each of them.
What pandoc made of a page's text is kept in the build folder under the digest of that text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polybook.book import Book, Page
from polybook.cache import ContentCache, code_digest, digest
from polybook.dialect import PageText, Prose, RstBlock, TabText, TocBlock
from polybook.dialect.roles import ROLES, Role, find_roles
from polybook.document.assemble import RST, TOC, assemble
from polybook.document.ast import (
    Element,
    Elements,
    classes_of,
    code_block,
    link,
    pairs_of,
    text,
    walk,
)
from polybook.document.cells import CellContent, PageCells, place_cells
from polybook.document.numbering import (
    Heading,
    Numbers,
    Skeleton,
    anchors,
    number_book,
    section_numbers,
    skeleton,
)
from polybook.document.pandoc import pandoc_version, read_markdown
from polybook.document.references import REFERENCES, page_link, resolve_references
from polybook.document.resources import resolve_resources
from polybook.document.structure import structure
from polybook.errors import Diagnostic, Location, Severity, nearest
from polybook.running.outputs import SavedProgram
from polybook.running.programs import Program
from polybook.words import words

__all__ = ["Document", "DocumentHeading", "Documents", "Fresh"]

#: What a page's programs left, by tab; None where nothing fresh is saved.
Fresh = Mapping[str, tuple[Program, SavedProgram | None]]


@dataclass(frozen=True, slots=True)
class DocumentHeading:
    """A heading: where it is, its number (empty if it has none), its words."""

    level: int
    anchor: str
    number: str
    text: str


@dataclass(frozen=True)
class Document:
    """One page in one language. `text_language` differs where the page is not yet translated."""

    page: Page
    language: str
    text_language: str
    blocks: Elements
    headings: tuple[DocumentHeading, ...]
    tabs: tuple[str, ...]
    stale_tabs: tuple[str, ...]
    files: tuple[str, ...]
    missing_files: tuple[str, ...]

    @property
    def title(self) -> str:
        """The words of its first heading, or its name."""
        return self.headings[0].text if self.headings else self.page.name


@dataclass(frozen=True)
class _Parsed:
    """What pandoc made of a page's text: the key of its blocks, and its skeleton."""

    key: str
    skeleton: Skeleton


class Documents:
    """All documents of a book.

    Args:
        book: the book.
        cache: the folder in which what pandoc made is kept.

    """

    def __init__(self, book: Book, cache: Path) -> None:
        self.book = book
        self._blocks = ContentCache(cache / "blocks", ".json")
        self._skeletons = ContentCache(cache / "skeletons", ".json")
        self._parsed: dict[Path, _Parsed] = {}
        self._numbers: dict[str, Numbers] = {}

    def parse(self, languages: Iterable[str]) -> None:
        """Have pandoc read what it has not read yet, all in one batch.

        Raises:
            PandocError: pandoc refuses a page.
            BookError: a page cannot be read.

        """
        wanted = {
            self.book.source(page, language)[0]
            for page in self.book.pages.values()
            for language in (self.book.config.reference.code, *languages)
        }
        texts = {
            path: assemble(self.book.text(path)) for path in sorted(wanted - set(self._parsed))
        }
        keys = {path: digest(code_digest(), pandoc_version(), text) for path, text in texts.items()}
        kept = {path: self._skeletons.get(key) for path, key in keys.items()}
        new = [path for path, bones in kept.items() if bones is None]
        for path, blocks in zip(new, read_markdown([texts[path] for path in new]), strict=True):
            structured = structure(blocks)
            self._blocks.put(keys[path], json.dumps(structured).encode())
            kept[path] = json.dumps(_to_json(skeleton(structured))).encode()
            self._skeletons.put(keys[path], kept[path] or b"")
        for path, bones in kept.items():
            self._parsed[path] = _Parsed(keys[path], _from_json(json.loads(bones or b"")))

    def forget_others(self) -> None:
        """Remove what was kept for texts that the book no longer has."""
        keys = [parsed.key for parsed in self._parsed.values()]
        self._blocks.forget_others(keys)
        self._skeletons.forget_others(keys)

    def _page(self, page: Page, language: str) -> _Parsed:
        return self._parsed[self.book.source(page, language)[0]]

    def anchors(self, page: Page, language: str) -> tuple[str, ...]:
        """Return the anchor of each heading of a page."""
        reference = self._page(page, self.book.config.reference.code)
        return anchors(self._page(page, language).skeleton, reference.skeleton)

    def numbers(self, language: str) -> Numbers:
        """Return all numbers and labels of the book in a language."""
        if language not in self._numbers:
            pages = self.book.pages
            self._numbers[language] = number_book(
                self.book.contents,
                {name: self._page(page, language).skeleton for name, page in pages.items()},
                {name: self.anchors(page, language) for name, page in pages.items()},
            )
        return self._numbers[language]

    def title(self, page: Page, language: str) -> str:
        """Return a page's title, or its name if it has none."""
        return self._page(page, language).skeleton.title or page.name

    def fingerprint(self, page: Page, language: str, fresh: Fresh) -> list[Any]:
        """Return all that a document is made of, as something to be hashed."""
        numbers = self.numbers(language)
        return [
            self._page(page, language).key,
            self.anchors(page, language),
            [[program.key, saved and saved.digest] for program, saved in fresh.values()],
            numbers.pages.get(page.name, ""),
            sorted((name, str(target)) for name, target in numbers.targets.items()),
        ]

    def document(self, page: Page, language: str, fresh: Fresh) -> Document:
        """Make the document of a page in a language."""
        path, text_language = self.book.source(page, language)
        source = self.book.text(path)
        tabs = tuple(tab for tab in self.book.config.localised(language).tabs if tab in fresh)
        blocks: Elements = json.loads(self._blocks.get(self._page(page, language).key) or b"[]")
        headings = self._headings(blocks, page, language)
        blocks = place_cells(blocks, _cells(fresh), tabs)
        blocks = list(self._other_places(blocks, page, language, source))
        numbers = self.numbers(language)
        resolve_references(blocks, numbers.targets, words(language).reference)
        files, missing = resolve_resources(blocks, self.book, page, language)
        return Document(
            page=page,
            language=language,
            text_language=text_language,
            blocks=blocks,
            headings=headings,
            tabs=tabs,
            stale_tabs=tuple(tab for tab in tabs if fresh[tab][1] is None),
            files=tuple(files),
            missing_files=tuple(missing),
        )

    def _headings(self, blocks: Elements, page: Page, language: str) -> tuple[DocumentHeading, ...]:
        """Give the headings their anchors, in place, and list them."""
        bones = self._page(page, language).skeleton
        page_number = self.numbers(language).pages.get(page.name, "")
        found = []
        places = zip(
            self.anchors(page, language),
            section_numbers(bones, page_number),
            bones.headings,
            _headers(blocks),
            strict=True,
        )
        for anchor, number, heading, element in places:
            element["c"][1][0] = anchor
            found.append(DocumentHeading(heading.level, anchor, number, heading.text))
        return tuple(found)

    def _other_places(
        self, blocks: Elements, page: Page, language: str, source: PageText
    ) -> Iterator[Element]:
        """Fill the places of tables of contents and of reStructuredText."""
        for block in blocks:
            if TOC in classes_of(block):
                place = source.blocks[int(pairs_of(block)["n"])]
                assert isinstance(place, TocBlock)
                names = [self.book.listed_page(page, entry) for entry in place.toc.entries]
                if items := [
                    [{"t": "Plain", "c": [self._entry(self.book.pages[name], language)]}]
                    for name in names
                    if name in self.book.pages
                ]:
                    yield {"t": "BulletList", "c": items}
            elif RST in classes_of(block):
                place = source.blocks[int(pairs_of(block)["n"])]
                yield code_block(place.text.strip(), "rst")
            else:
                yield block

    def _entry(self, page: Page, language: str) -> Element:
        number = self.numbers(language).pages.get(page.name, "")
        title = self.title(page, language)
        return link([text(f"{number}. {title}" if number else title)], page_link(page.name))

    def diagnose(self, page: Page, language: str) -> Iterator[Diagnostic]:
        """Yield what is wrong with the marks in one language's file of a page."""
        path = page.sources[language]
        targets = self.numbers(language).targets
        for role, line in _roles(self.book.text(path)):
            if role.name not in ROLES:
                yield _warning(
                    path, line, f"Unknown role “:{role.name}:”.", nearest(role.name, ROLES)
                )
            elif role.name in REFERENCES and role.argument not in targets:
                message = f"The label “{role.argument}” does not exist."
                yield _warning(path, line, message, nearest(role.argument, targets))
        for label, name in self.numbers(language).duplicates:
            if name == page.name:
                yield _warning(path, 0, f"The label “{label}” is given twice.", "")
        for block in self.book.text(path).blocks:
            if isinstance(block, TocBlock):
                for entry in block.toc.entries:
                    if self.book.listed_page(page, entry) not in self.book.pages:
                        message = f"The table of contents lists “{entry}”, which is no page."
                        yield _warning(path, block.line, message, nearest(entry, self.book.pages))
            elif isinstance(block, RstBlock):
                message = "reStructuredText is shown as it stands."
                yield _warning(path, block.line, message, "Write it in Markdown.")


def _warning(path: Path, line: int, message: str, hint: str) -> Diagnostic:
    return Diagnostic(Severity.WARNING, Location(path, line), message, hint)


def _roles(source: PageText) -> Iterator[tuple[Role, int]]:
    for block in source.blocks:
        if isinstance(block, Prose | TabText):
            for role in find_roles(block.text):
                yield role, block.line + block.text.count("\n", 0, role.start)


def _headers(blocks: Elements) -> list[Element]:
    return [element for element in walk(blocks) if element["t"] == "Header"]


def _cells(fresh: Fresh) -> PageCells:
    cells: dict[int, dict[str, CellContent]] = {}
    for tab, (program, saved) in fresh.items():
        for number, cell in enumerate(program.cells):
            outputs = saved.cells[number] if saved else ()
            cells.setdefault(cell.index, {})[tab] = CellContent(cell.code, outputs)
    return cells


def _to_json(bones: Skeleton) -> dict[str, Any]:
    return {
        "headings": [[h.level, h.identifier, list(h.inlines)] for h in bones.headings],
        "things": bones.things,
    }


def _from_json(content: dict[str, Any]) -> Skeleton:
    return Skeleton(
        tuple(Heading(level, name, tuple(inlines)) for level, name, inlines in content["headings"]),
        tuple((kind, label) for kind, label in content["things"]),
    )
