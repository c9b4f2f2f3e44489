"""Documents: one page in one language, every mark resolved, as pandoc's AST.

All formats are written from the same documents, so a figure has the same number in each of them.
What pandoc made of a page's text is kept in the build folder under the digest of that text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from polybook.book import Book, Page
from polybook.cache import ContentCache, code_digest, digest
from polybook.dialect import PageText, Prose, RstBlock, TabText, TocBlock
from polybook.dialect.comments import hidden_cells, without_hide_marks
from polybook.dialect.roles import ROLES, Role, find_roles
from polybook.document.assemble import RST, TOC, assemble
from polybook.document.ast import (
    Element,
    Elements,
    attributes_of,
    classes_of,
    code_block,
    div,
    link,
    pairs_of,
    text,
    walk,
)
from polybook.document.cells import CellContent, PageCells, place_cells, placed_cells
from polybook.document.citations import (
    NONE,
    Citations,
    Group,
    read_citations,
    set_citations,
)
from polybook.document.numbering import (
    Heading,
    Numbers,
    Skeleton,
    Thing,
    anchors,
    number_book,
    section_numbers,
    skeleton,
    write_numbers,
)
from polybook.document.pandoc import pandoc_version, read_markdown
from polybook.document.references import (
    BIBLIOGRAPHY,
    CITATIONS,
    MARKS,
    REFERENCES,
    Citing,
    group_of,
    resolve_references,
)
from polybook.document.resources import (
    FILE,
    PAGE,
    addresses,
    find_targets,
    page_link,
    resolve_resources,
    split_target,
)
from polybook.document.structure import role_of, structure
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
    """One page in one language, as pandoc's AST, for a writer to change and write.

    Headings, figures, tables and equations carry their number in the attribute `number`; what cells
    and tab groups are, `cells` says; targets of links are those of `resources`. `text_language`
    differs where the page is not yet translated.
    """

    page: Page
    language: str
    text_language: str
    blocks: Elements
    headings: tuple[DocumentHeading, ...]
    tabs: tuple[str, ...]
    stale_tabs: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def title(self) -> str:
        """The words of its first heading, or its name."""
        return self.headings[0].text if self.headings else self.page.name


@dataclass(frozen=True)
class _Content:
    """What is known of a page's text without its blocks.

    `anchors` are those that its author gave to anything else than headings and labelled things;
    `stray` are marks that belong to nothing; `tex` is TeX outside of formulas.
    """

    skeleton: Skeleton
    addresses: tuple[str, ...]
    anchors: tuple[str, ...]
    stray: tuple[tuple[str, str], ...]
    citations: tuple[Group, ...]
    bibliography: bool
    cells: tuple[int, ...]
    tex: tuple[str, ...]


@dataclass(frozen=True)
class _Parsed:
    """What pandoc made of a page's text: the key of its blocks, and what is known of them."""

    key: str
    content: _Content


class Documents:
    """All documents of a book.

    Args:
        book: the book.
        cache: the folder in which what pandoc made is kept.

    """

    def __init__(self, book: Book, cache: Path) -> None:
        self.book = book
        self._blocks = ContentCache(cache / "blocks", ".json")
        self._contents = ContentCache(cache / "contents", ".json")
        self._parsed: dict[Path, _Parsed] = {}
        self._citing = ContentCache(cache / "citations", ".json")
        self._citations: dict[str, tuple[str, Citations]] = {}
        self._cites: dict[str, Citing] = {}
        self._numbers: dict[str, Numbers] = {}
        self._digests: dict[str, str] = {}

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
        new = []
        for path, key in keys.items():
            if kept := self._contents.get(key):
                self._parsed[path] = _Parsed(key, _from_json(kept))
            else:
                new.append(path)
        for path, blocks in zip(new, read_markdown([texts[path] for path in new]), strict=True):
            structured = structure(blocks)
            content = _content(structured)
            self._blocks.put(keys[path], json.dumps(structured).encode())
            self._contents.put(keys[path], _to_json(content))
            self._parsed[path] = _Parsed(keys[path], content)

    def forget_others(self) -> None:
        """Remove what was kept for texts that the book no longer has."""
        keys = [parsed.key for parsed in self._parsed.values()]
        self._blocks.forget_others(keys)
        self._contents.forget_others(keys)
        self._citing.forget_others([key for key, _ in self._citations.values()])

    def _page(self, page: Page, language: str) -> _Parsed:
        return self._parsed[self.book.source(page, language)[0]]

    def _skeleton(self, page: Page, language: str) -> Skeleton:
        return self._page(page, language).content.skeleton

    def anchors(self, page: Page, language: str) -> tuple[str, ...]:
        """Return the anchor of each heading of a page."""
        reference = self._skeleton(page, self.book.config.reference.code)
        return anchors(self._skeleton(page, language), reference)

    def numbers(self, language: str) -> Numbers:
        """Return all numbers and labels of the book in a language."""
        if language not in self._numbers:
            pages = self.book.pages
            self._numbers[language] = number_book(
                self.book.contents,
                {name: self._skeleton(page, language) for name, page in pages.items()},
                {name: self.anchors(page, language) for name, page in pages.items()},
            )
        return self._numbers[language]

    def _cited(self, language: str) -> tuple[str, Citations]:
        """Return the book's citations in a language, and the key that they are kept under."""
        if language not in self._citations:
            pages = [self._page(page, language) for page in self.book.pages.values()]
            cited = (group for page in pages for group in page.content.citations)
            groups = tuple(dict.fromkeys(cited))
            file = self.book.root / self.book.config.pdf.bibfile
            text = file.read_text(encoding="utf-8") if self.book.config.pdf.bibfile else ""
            named = [[each.textual, *each.keys] for each in groups]
            key = digest(code_digest(), pandoc_version(), text, named, language)
            answer = self._citing.get(key)
            if answer is None and groups:
                answer = set_citations(text, groups, language)
                self._citing.put(key, answer)
            self._citations[language] = key, read_citations(answer, groups) if answer else NONE
        return self._citations[language]

    def _cite(self, language: str) -> Citing:
        """Return what gives a citation its words, with links to the bibliography's page."""
        if language not in self._cites:
            citations = self._cited(language)[1]
            pages = self.book.pages.values()
            places = (each for each in pages if self._page(each, language).content.bibliography)
            target = next((page_link(page.name) for page in places), None)
            self._cites[language] = lambda group: citations.text(group, target)
        return self._cites[language]

    def title(self, page: Page, language: str) -> str:
        """Return a page's title, or its name if it has none."""
        return self._skeleton(page, language).title or page.name

    def fingerprint(self, page: Page, language: str, fresh: Fresh, tabs: Sequence[str]) -> Any:
        """Return all that a document is made of, as something to be hashed."""
        if language not in self._digests:
            self._digests[language] = digest(
                sorted((name, str(each)) for name, each in self.numbers(language).targets.items()),
                self.numbers(language).pages,
            )
        content = self._page(page, language).content
        return [
            page.name,
            self._page(page, language).key,
            self.book.source(page, language)[1],
            self.anchors(page, language),
            self._tabs(page, language, fresh, tabs),
            [[program.key, saved and saved.digest] for program, saved in fresh.values()],
            self._targets(page, language),
            [self.title(each, language) for each in self._listed(page, language)],
            self._digests[language],
            [self._cited(language)[0]] if content.citations or content.bibliography else [],
        ]

    def document(
        self, page: Page, language: str, fresh: Fresh, tabs: Sequence[str] = ()
    ) -> Document:
        """Make the document of a page in a language.

        Args:
            page: the page.
            language: the language.
            fresh: what the page's programs left.
            tabs: the tabs to show; all of the book's if empty.

        """
        path, text_language = self.book.source(page, language)
        source = self.book.text(path)
        shown = self._tabs(page, language, fresh, tabs)
        blocks = self._kept_blocks(path)
        numbers = self.numbers(language)
        own = self._skeleton(page, language)
        page_number = numbers.pages.get(page.name, "")
        places = self.anchors(page, language)
        write_numbers(blocks, own, places, page_number)
        targets = self._targets(page, language)
        resolve_resources(blocks, targets)
        blocks = self._with_bibliography(blocks, language)
        cite = self._cite(language)
        resolve_references(blocks, numbers.targets, words(text_language).reference, cite)
        blocks = place_cells(blocks, _cells(fresh), shown)
        blocks = list(self._other_places(blocks, page, language, source))
        found = [each for each in targets.values() if each and each.startswith(FILE)]
        return Document(
            page=page,
            language=language,
            text_language=text_language,
            blocks=blocks,
            headings=tuple(
                DocumentHeading(heading.level, anchor, number, heading.text)
                for heading, anchor, number in zip(
                    own.headings, places, section_numbers(own, page_number), strict=True
                )
            ),
            tabs=shown,
            stale_tabs=tuple(tab for tab in shown if tab in fresh and fresh[tab][1] is None),
            files=tuple(dict.fromkeys(split_target(each)[0] for each in found)),
        )

    def _kept_blocks(self, path: Path) -> Elements:
        """Return what pandoc made of a file; it is asked again where that was removed since."""
        if kept := self._blocks.get(self._parsed[path].key):
            blocks: Elements = json.loads(kept)
            return blocks
        return structure(read_markdown([assemble(self.book.text(path))])[0])

    def _tabs(
        self, page: Page, language: str, fresh: Fresh, tabs: Sequence[str]
    ) -> tuple[str, ...]:
        """Return the tabs that a page has code or text for, in the language's order.

        Text on a page without code is for the book's readers, whichever tab they have.
        """
        config = self.book.config.localised(language)
        known = tuple(tab for tab in config.tabs if not tabs or tab in tabs)
        blocks = self.book.text(self.book.source(page, language)[0]).blocks
        named = {name for block in blocks if isinstance(block, TabText) for name in block.names}
        if named and not fresh:
            return known
        return tuple(tab for tab in known if tab in named or tab in fresh)

    def _targets(self, page: Page, language: str) -> dict[str, str | None]:
        """Return where the relative addresses on a page lead."""
        found = self._page(page, language).content.addresses
        return find_targets(iter(found), self.book, page, language)

    # ------------------------------------------------------------ places

    def _other_places(
        self, blocks: Elements, page: Page, language: str, source: PageText
    ) -> Iterator[Element]:
        """Fill the places of tables of contents and of reStructuredText."""
        for block in blocks:
            if TOC in classes_of(block):
                place = source.blocks[int(pairs_of(block)["n"])]
                assert isinstance(place, TocBlock)
                if items := [
                    [{"t": "Plain", "c": [self._entry(self.book.pages[name], language)]}]
                    for entry in place.toc.entries
                    if (name := self.book.listed_page(page, entry)) in self.book.pages
                ]:
                    yield {"t": "BulletList", "c": items}
            elif RST in classes_of(block):
                place = source.blocks[int(pairs_of(block)["n"])]
                yield code_block(place.text.strip(), "rst")
            else:
                if block["t"] == "Div":
                    inner = self._other_places(block["c"][1], page, language, source)
                    block["c"][1] = list(inner)
                yield block

    def _with_bibliography(self, blocks: Elements, language: str) -> Elements:
        """Put the bibliography in the place of a paragraph that asks for it."""
        result: Elements = []
        for block in blocks:
            roles = [role_of(each) for each in block["c"]] if block["t"] == "Para" else []
            if any(role and role[0] == BIBLIOGRAPHY for role in roles):
                result.append(div(self._cited(language)[1].entries, "bibliography"))
            else:
                result.append(block)
        return result

    def _listed(self, page: Page, language: str) -> Iterator[Page]:
        """Yield the pages that a page's tables of contents list."""
        for toc in self.book.text(self.book.source(page, language)[0]).tocs:
            for entry in toc.entries:
                name = self.book.listed_page(page, entry)
                if name in self.book.pages:
                    yield self.book.pages[name]

    def _entry(self, page: Page, language: str) -> Element:
        number = self.numbers(language).pages.get(page.name, "")
        title = self.title(page, language)
        return link([text(f"{number}. {title}" if number else title)], page_link(page.name))

    # ------------------------------------------------------------ findings

    def diagnose(self, page: Page, language: str) -> Iterator[Diagnostic]:
        """Yield what is wrong with the marks, the links and the images of a page's own file."""
        path = page.sources[language]
        source = self.book.text(path)
        content = self._page(page, language).content
        for line, message, hint in (
            *self._wrong_roles(source, content, language),
            *self._duplicates(page, source, language),
            *self._wrong_places(page, source, content),
            *self._wrong_addresses(page, language, source, content),
            *(
                (_line_of(source, tex), f"TeX outside of a formula is not shown: “{tex}”.", "")
                for tex in content.tex
            ),
        ):
            yield Diagnostic(Severity.WARNING, Location(path, line), message, hint)

    def _wrong_roles(
        self, source: PageText, content: _Content, language: str
    ) -> Iterator[tuple[int, str, str]]:
        targets = self.numbers(language).targets
        for role, line in _roles(source):
            if role.name not in ROLES:
                yield line, f"Unknown role “:{role.name}:”.", nearest(role.name, ROLES)
            elif role.name in REFERENCES and role.argument not in targets:
                message = f"The label “{role.argument}” does not exist."
                yield line, message, nearest(role.argument, targets)
            elif role.name in CITATIONS:
                known = self._cited(language)[1].known
                for key in role.keys:
                    if key not in known:
                        yield line, f"The bibliography has no “{key}”.", nearest(key, known)
            elif (role.name, role.argument) in content.stray:
                message = f"“:{role.name}:`{role.argument}`” belongs to nothing here."
                yield line, message, _WHERE[role.name]

    def _duplicates(
        self, page: Page, source: PageText, language: str
    ) -> Iterator[tuple[int, str, str]]:
        hint = "References lead to the first; give this one another name."
        for label, name, first in self.numbers(language).duplicates:
            if name == page.name:
                lines = [line for role, line in _roles(source) if role.argument == label]
                where = "on this page" if first == name else f"on the page {first}"
                yield (
                    lines[-1] if lines else 0,
                    f"The label “{label}” is given twice; it is {where} already.",
                    hint,
                )

    def _wrong_places(
        self, page: Page, source: PageText, content: _Content
    ) -> Iterator[tuple[int, str, str]]:
        for block in source.blocks:
            if isinstance(block, TocBlock):
                for entry in block.toc.entries:
                    if self.book.listed_page(page, entry) not in self.book.pages:
                        message = f"The table of contents lists “{entry}”, which is no page."
                        yield block.line, message, nearest(entry, self.book.pages)
            elif isinstance(block, RstBlock):
                message = "reStructuredText is shown as it stands."
                yield block.line, message, "Write it in Markdown."
        for number, cell in enumerate(source.cells):
            if cell.setup is None and number not in content.cells:
                message = "The cell is run, but not shown: it stands inside of other markup."
                yield cell.line, message, "Close what is open before it, such as “<pre>”."

    def _wrong_addresses(
        self, page: Page, language: str, source: PageText, content: _Content
    ) -> Iterator[tuple[int, str, str]]:
        targets = self._targets(page, language)
        for address, found in targets.items():
            if found is None:
                message = f"“{address}” leads to no page and no file."
                hint = "A path is relative to the page; a page is named without its language."
                yield _line_of(source, f"]({address}", address), message, hint
        for address in dict.fromkeys(content.addresses):
            target = targets.get(address) or ""
            if address.startswith("#") and len(address) > 1:
                target = page_link(page.name, unquote(address[1:]))
            name, anchor = split_target(target)
            if target.startswith(PAGE) and anchor:
                known = self._anchors_of(self.book.pages[name], language)
                if anchor not in known:
                    message = f"The page {name} has no anchor “{anchor}”."
                    line = _line_of(source, f"]({address}", address)
                    yield line, message, nearest(anchor, known)

    def _anchors_of(self, page: Page, language: str) -> list[str]:
        content = self._page(page, language).content
        labels = [thing.label for thing in content.skeleton.things]
        return [*self.anchors(page, language), *labels, *content.anchors]


#: Where each of the marks belongs.
_WHERE: Mapping[str, str] = {
    "eqlabel": "Put it behind a formula of its own line, “$$…$$”.",
    "width": "Put it behind an image.",
    "height": "Put it behind an image.",
}


def _roles(source: PageText) -> Iterator[tuple[Role, int]]:
    for block in source.blocks:
        if isinstance(block, Prose | TabText):
            for role in find_roles(block.text):
                yield role, block.line + block.text.count("\n", 0, role.start)


def _line_of(source: PageText, *wanted: str) -> int:
    """Return the line on which the first of some texts stands that the page has; else 0."""
    page = source.text
    for each in wanted:
        if (start := page.find(each)) >= 0:
            return page.count("\n", 0, start) + 1
    return 0


def _cells(fresh: Fresh) -> PageCells:
    cells: dict[int, dict[str, CellContent]] = {}
    for tab, (program, saved) in fresh.items():
        hidden = hidden_cells(cell.code for cell in program.cells)
        for number, (cell, hides) in enumerate(zip(program.cells, hidden, strict=True)):
            code = "" if hides.code else without_hide_marks(cell.code)
            outputs = saved.cells[number] if saved and not hides.output else ()
            cells.setdefault(cell.index, {})[tab] = CellContent(code, outputs)
    return cells


def _content(blocks: Elements) -> _Content:
    given, stray, tex, cited = [], [], [], []
    bibliography = False
    for element in walk(blocks):
        attributes = attributes_of(element)
        if attributes and attributes[0]:
            given.append(attributes[0])
        role = role_of(element)
        if role and role[0] in MARKS:
            stray.append(role)
        elif role and role[0] in CITATIONS:
            cited.append(group_of(*role))
        elif role and role[0] == BIBLIOGRAPHY:
            bibliography = True
        match element:
            case {"t": "RawInline" | "RawBlock", "c": ["tex" | "latex", content]}:
                tex.append(content.strip())
    return _Content(
        skeleton(blocks),
        tuple(addresses(blocks)),
        tuple(given),
        tuple(stray),
        tuple(cited),
        bibliography,
        tuple(placed_cells(blocks)),
        tuple(tex),
    )


def _to_json(content: _Content) -> bytes:
    return json.dumps(asdict(content)).encode()


def _from_json(kept: bytes) -> _Content:
    read = json.loads(kept)
    bones = read["skeleton"]
    return _Content(
        Skeleton(
            tuple(
                Heading(**{**heading, "inlines": tuple(heading["inlines"])})
                for heading in bones["headings"]
            ),
            tuple(Thing(**thing) for thing in bones["things"]),
        ),
        tuple(read["addresses"]),
        tuple(read["anchors"]),
        tuple((name, argument) for name, argument in read["stray"]),
        tuple(Group(tuple(each["keys"]), each["textual"]) for each in read["citations"]),
        read["bibliography"],
        tuple(read["cells"]),
        tuple(read["tex"]),
    )
