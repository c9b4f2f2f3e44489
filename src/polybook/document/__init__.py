"""Documents: one page in one language, every mark resolved, as pandoc's AST.

All formats are written from the same documents, so a figure has the same number in each of them.
What pandoc made of a page's text is kept in the build folder under the digest of that text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, astuple, dataclass
from itertools import tee
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from polybook.book import Book, Entry, Page
from polybook.cache import ContentCache, code_digest, digest
from polybook.copies import share
from polybook.dialect import PageText, Prose, TabText
from polybook.dialect.comments import hidden_cells, without_hide_marks
from polybook.dialect.protected import find_unprotected
from polybook.dialect.roles import ROLES, find_roles, split_keys
from polybook.dialect.tabs import ALL
from polybook.dialect.toc import Toc, parse_toc
from polybook.document.assemble import DOCUMENTED, RAW_FILE, RST, TAB_TEXT, TOC, assemble
from polybook.document.ast import (
    Element,
    Elements,
    attributes_of,
    block_lists,
    classes_of,
    div,
    pairs_of,
    paragraph,
    text,
    walk,
)
from polybook.document.author_html import make_safe, placed_in, unsafe_html
from polybook.document.cells import CellContent, PageCells, place_cells, placed_cells
from polybook.document.citations import (
    NONE,
    Citations,
    Group,
    Work,
    read_citations,
    set_citations,
    split_works,
)
from polybook.document.contents import Item, contents_list
from polybook.document.documented import Documentation
from polybook.document.library import Library, Request
from polybook.document.losses import lost_words
from polybook.document.numbering import (
    Heading,
    Numbers,
    Skeleton,
    Thing,
    anchors,
    number_book,
    skeleton,
    title_anchors,
    write_numbers,
)
from polybook.document.pandoc import blocks_of, pandoc_version, read_as_json, read_markdown
from polybook.document.quotes import marks_of, set_quotes
from polybook.document.raw_files import RawFile, RawText, raw_blocks, read_raw_file
from polybook.document.references import (
    BIBLIOGRAPHY,
    CITATIONS,
    LIBRARY,
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
    is_web,
    page_link,
    resolve_resources,
    split_target,
)
from polybook.document.safe_html import Unsafe
from polybook.document.structure import EQUATION, NOTICE, SIZE, SIZES, TEX, role_of, structure
from polybook.errors import Diagnostic, Location, Severity, nearest, quoted
from polybook.running.outputs import SavedProgram
from polybook.running.programs import Program
from polybook.words import NOTICES, Words, words

if TYPE_CHECKING:
    from polybook.document.rst import Reading

__all__ = ["Document", "DocumentHeading", "Documents", "Fresh"]

#: What a page's programs left, by tab; None where nothing fresh is saved.
Fresh = Mapping[str, tuple[Program, SavedProgram | None]]


@dataclass(frozen=True, slots=True)
class DocumentHeading:
    """A heading: where it is, its number (empty if it has none), its words.

    `title_anchor` is a second anchor, made of its title, where the first is its label.
    """

    level: int
    anchor: str
    number: str
    text: str
    title_anchor: str = ""


@dataclass(frozen=True)
class Document:
    """One page in one language, as pandoc's AST, for a writer to change and write.

    Headings, figures, tables and equations carry their number in the attribute `number`; what cells
    and tab groups are, `cells` says; targets of links are those of `resources`. `text_language`
    differs where the page is not yet translated. `required_libs` are what its set-up cells name
    for pip to install. `trusted` tells whether it may hold HTML that the maintainer lets pass.
    `formats` are the book's own words for kinds of things, with `%s` for the number.
    """

    page: Page
    language: str
    text_language: str
    blocks: Elements
    headings: tuple[DocumentHeading, ...]
    tabs: tuple[str, ...]
    stale_tabs: tuple[str, ...]
    files: tuple[str, ...]
    required_libs: tuple[str, ...] = ()
    trusted: bool = False
    formats: tuple[tuple[str, str], ...] = ()

    @property
    def text_words(self) -> Words:
        """The words of the text's language, with the book's own for what is numbered."""
        return words(self.text_language).calling(dict(self.formats))

    @property
    def title(self) -> str:
        """The words of its first heading, or its name."""
        return self.headings[0].text if self.headings else self.page.name


@dataclass(frozen=True)
class _Content:
    """What is known of a page's text without its blocks.

    `roles` are all of its marks of that form, each with its line; `anchors` are those that its
    author gave to anything else than headings and labelled things; `tab_anchors` are those of text
    for some tabs, with their tabs; `stray` are marks that belong to nothing; `tex` is TeX outside
    of formulas; `lost` are words that nothing shows, by line; `unsafe` is what of its HTML is left
    out, by line. Of reStructuredText: `slips` are what
    is wrong with it, `modules` those that it makes current, for which tabs, with the line;
    `requests` and `raw_files` are what it asks of the library, and for files, as it stands in their
    places.
    """

    skeleton: Skeleton
    slips: tuple[tuple[int, str, str], ...]
    modules: tuple[tuple[str, tuple[str, ...], int], ...]
    requests: tuple[str, ...]
    raw_files: tuple[str, ...]
    roles: tuple[tuple[str, str, int], ...]
    addresses: tuple[str, ...]
    anchors: tuple[str, ...]
    tab_anchors: tuple[tuple[str, str], ...]
    stray: tuple[tuple[str, str], ...]
    citations: tuple[Group, ...]
    bibliography: bool
    cells: tuple[int, ...]
    tex: tuple[str, ...]
    lost: tuple[tuple[int, str], ...]
    unsafe: tuple[tuple[int, Unsafe], ...]


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
        self._text_languages: dict[Path, str] = {}
        self._citing = ContentCache(cache / "citations", ".json")
        self._citations: dict[str, tuple[str, Future[Citations]]] = {}
        self._pool = ThreadPoolExecutor()
        self._cites: dict[str, Citing] = {}
        self._numbers: dict[str, Numbers] = {}
        self._anchors: dict[tuple[str, str], tuple[str, ...]] = {}
        self._title_anchors: dict[tuple[str, str], dict[str, str]] = {}
        self._led: dict[tuple[str, str], dict[str, str | None]] = {}
        self._digests: dict[str, str] = {}
        self._entries: dict[str, dict[str, Entry]] = {}
        self._library = ContentCache(cache / "library", ".json")
        self._documentations: dict[str, Documentation] = {}
        self._raw: dict[tuple[str, str], dict[str, tuple[RawFile, RawText | None]]] = {}

    def parse(self, languages: Iterable[str]) -> None:
        """Have pandoc read what it has not read yet, all in one batch.

        Raises:
            PandocError: pandoc refuses a page.
            BookError: a page cannot be read.

        """
        wanted = dict(
            self.book.source(page, each)
            for language in languages
            for page in self.book.pages_in(language).values()
            for each in (self.book.config.reference.code, language)
        )
        self._text_languages |= wanted
        texts = {path: self.book.text(path) for path in sorted(set(wanted) - set(self._parsed))}
        keys = {
            path: digest(code_digest(), pandoc_version(), page.text, marks_of(wanted[path]))
            for path, page in texts.items()
        }
        new = []
        for path, key in keys.items():
            if kept := self._contents.get(key):
                self._parsed[path] = _Parsed(key, _from_json(kept))
            else:
                new.append(path)
        share(lambda paths, cores: self._read({path: keys[path] for path in paths}, cores), new)
        for path in new:
            kept = self._contents.get(keys[path]) or b"{}"
            self._parsed[path] = _Parsed(keys[path], _from_json(kept))

    def _read(self, keys: Mapping[Path, str], cores: int) -> None:
        """Have pandoc read some files, and keep what it makes of them under their keys."""
        texts = [self.book.text(path) for path in keys]
        markdown, ahead = tee(map(assemble, texts))
        answers = read_as_json(ahead, cores)
        pages = zip(keys.items(), texts, markdown, answers, strict=True)
        for (path, key), page, given, answer in pages:
            readings = _read_rst(page)
            structured = self._structured(path, blocks_of(answer), readings)
            content = _content(structured, page, readings, lost_words(page, given, answer))
            self._blocks.put(key, json.dumps(structured).encode())
            self._contents.put(key, _to_json(content))

    def forget_others(self) -> None:
        """Remove what was kept for texts that the book no longer has."""
        keys = [parsed.key for parsed in self._parsed.values()]
        self._blocks.forget_others(keys)
        self._contents.forget_others(keys)
        kept = [key for each in self._documentations.values() for key in each.kept()]
        self._library.forget_others(kept)
        wait(citations for _, citations in self._citations.values())  # they are being kept
        self._citing.forget_others([key for key, _ in self._citations.values()])

    def _page(self, page: Page, language: str) -> _Parsed:
        return self._parsed[self.book.source(page, language)[0]]

    def _skeleton(self, page: Page, language: str) -> Skeleton:
        return self._page(page, language).content.skeleton

    def anchors(self, page: Page, language: str) -> tuple[str, ...]:
        """Return the anchor of each heading of a page."""
        if (page.name, language) not in self._anchors:
            own = self._skeleton(page, language)
            reference = self._skeleton(page, self.book.config.reference.code)
            self._anchors[page.name, language] = anchors(own, reference)
        return self._anchors[page.name, language]

    def title_anchors(self, page: Page, language: str) -> dict[str, str]:
        """Return the anchors that titles make on a page, each with the label that is used."""
        if (page.name, language) not in self._title_anchors:
            own = self._skeleton(page, language)
            reference = self._skeleton(page, self.book.config.reference.code)
            found = title_anchors(own, reference, self.anchors(page, language))
            given = self._page(page, language).content.anchors
            self._title_anchors[page.name, language] = {
                title: anchor for title, anchor in found.items() if title not in given
            }
        return self._title_anchors[page.name, language]

    def tab_anchors(self, page: Page, language: str) -> dict[str, list[str]]:
        """Return the anchors within a page's text for some tabs, with the tabs that are named."""
        found: dict[str, list[str]] = {}
        for anchor, tab in self._page(page, language).content.tab_anchors:
            found.setdefault(anchor, []).append(tab)
        return found

    def numbers(self, language: str) -> Numbers:
        """Return all numbers and labels of the book in a language."""
        if language not in self._numbers:
            pages = self.book.pages_in(language)
            self._numbers[language] = number_book(
                self.book.contents(language),
                {name: self._skeleton(page, language) for name, page in pages.items()},
                {name: self.anchors(page, language) for name, page in pages.items()},
            )
        return self._numbers[language]

    def begin_citations(self, languages: Iterable[str]) -> None:
        """Have pandoc set the citations of some languages while there is other work to do."""
        for language in languages:
            self._citing_of(language)

    def finish_citations(self) -> None:
        """Wait until pandoc has set them. What it cannot set is told where it is asked for."""
        self._pool.shutdown()
        self._pool = ThreadPoolExecutor()

    def _citing_of(self, language: str) -> tuple[str, Future[Citations]]:
        """Return the key that a language's citations are kept under, and what becomes of them."""
        if language not in self._citations:
            pages = self.book.pages_in(language).values()
            cited = (
                group for page in pages for group in self._page(page, language).content.citations
            )
            groups = tuple(dict.fromkeys(cited))
            works = [work for _, work in self._works(language)]
            texts = [work.text for work in works]
            named = [[each.textual, *each.keys] for each in groups]
            key = digest(code_digest(), pandoc_version(), texts, named, language)
            citations = self._pool.submit(self._set_citations, key, works, groups, language)
            self._citations[language] = key, citations
        return self._citations[language]

    def _set_citations(
        self, key: str, works: Sequence[Work], groups: Sequence[Group], language: str
    ) -> Citations:
        answer = self._citing.get(key)
        if answer is None and groups:
            answer = set_citations(works, groups, language)
            self._citing.put(key, answer)
        return read_citations(answer, groups) if answer else NONE

    def _cited(self, language: str) -> Citations:
        """Return the book's citations in a language."""
        return self._citing_of(language)[1].result()

    def _works(self, language: str) -> list[tuple[Path, Work]]:
        """Return the works that a language may cite, with their files; its own file comes last.

        The last entry of a key counts. The others are for pages that it has from other books.
        """
        pages = self.book.pages_in(language).values()
        writers = dict.fromkeys(self.book.source(page, language)[1] for page in pages)
        codes = [*(each for each in writers if each != language), language]
        files = dict.fromkeys(
            self.book.bibliography(code) for code in codes if not self.book.lacks_bibliography(code)
        )
        return [
            (file, work)
            for file in filter(None, files)
            for work in split_works(file.read_text(encoding="utf-8", errors="replace") + "\n")
        ]

    def _cite(self, language: str) -> Citing:
        """Return what gives a citation its words, with links to the bibliography's page."""
        if language not in self._cites:
            citations = self._cited(language)
            pages = self.book.pages_in(language).values()
            places = (each for each in pages if self._page(each, language).content.bibliography)
            target = next((page_link(page.name) for page in places), None)
            self._cites[language] = lambda group: citations.text(group, target)
        return self._cites[language]

    def _documentation(self, language: str) -> Documentation:
        """Return the documentation of the book's own library in a language."""
        if language not in self._documentations:
            pages = self.book.pages_in(language)
            roots = self.book.contents(language)
            listed = (each.page.name for entry in roots for each in entry.walk())
            requests = {
                name: [Request.read(each) for each in content.requests]
                for name in dict.fromkeys([*listed, *pages])
                if (content := self._page(pages[name], language).content).requests
            }
            library = Library(self.book, language, self._library)
            self._documentations[language] = Documentation(library, requests, self._library)
        return self._documentations[language]

    def _raw_files(self, page: Page, language: str) -> Mapping[str, tuple[RawFile, RawText | None]]:
        """Return the files that a page puts in as they are, by what stands in their places."""
        if (page.name, language) not in self._raw:
            self._raw[page.name, language] = {
                each: (asked, read_raw_file(asked, self.book, page, language, self._library))
                for each in self._page(page, language).content.raw_files
                if (asked := RawFile.read(each))
            }
        return self._raw[page.name, language]

    def title(self, page: Page, language: str) -> str:
        """Return a page's title, or its name if it has none."""
        return self._skeleton(page, language).title or page.name

    def book_title(self, language: str) -> str:
        """Return the book's title: the configuration's, or else its first page's."""
        project = self.book.config.localised(language).project
        if project.title:
            return project.title
        first = next(iter(self.book.order(language)), None)
        return self.title(first, language) if first else project.name

    def fingerprint(self, page: Page, language: str, fresh: Fresh, tabs: Sequence[str]) -> Any:
        """Return all that a document is made of, as something to be hashed."""
        if language not in self._digests:
            self._digests[language] = digest(
                sorted((name, str(each)) for name, each in self.numbers(language).targets.items()),
                self.numbers(language).pages,
                self.numbers(language).sections,
            )
        content = self._page(page, language).content
        return [
            page.name,
            self._page(page, language).key,
            self.book.source(page, language)[1],
            self._formats(page, language),
            self.anchors(page, language),
            self.tabs(page, language, fresh, tabs),
            [[program.key, saved and saved.digest] for program, saved in fresh.values()],
            self._targets(page, language),
            [self._listed(page, toc, language) for toc in self._tocs(page, language)],
            self._digests[language],
            [self._citing_of(language)[0]] if content.citations or content.bibliography else [],
            [self._documentation(language).key] if _uses_library(content) else [],
            [
                found and [*astuple(found), self.book.trusts(found.path)]
                for _, found in self._raw_files(page, language).values()
            ],
            self.book.trusts(self.book.source(page, language)[0]),
            self.book.config.html.hosts,
        ]

    def document(
        self,
        page: Page,
        language: str,
        fresh: Fresh,
        tabs: Sequence[str] = (),
        *,
        numbered_cells: bool = False,
    ) -> Document:
        """Make the document of a page in a language.

        Args:
            page: the page.
            language: the language.
            fresh: what the page's programs left.
            tabs: the tabs to show; all of the book's if empty.
            numbered_cells: whether cells, hidden ones too, are there by their numbers alone.

        """
        path, text_language = self.book.source(page, language)
        source = self.book.text(path)
        shown = self.tabs(page, language, fresh, tabs)
        blocks = self._kept_blocks(path)
        numbers = self.numbers(language)
        own = self._skeleton(page, language)
        own_numbers = numbers.of(page.name, own)
        places = self.anchors(page, language)
        titles = {anchor: title for title, anchor in self.title_anchors(page, language).items()}
        write_numbers(blocks, places, own_numbers)
        trusted = self.book.trusts(path)
        if not trusted:
            make_safe(blocks, self.book.config.html.hosts)
        targets = self._targets(page, language)
        resolve_resources(blocks, targets)
        blocks = self._with_bibliography(blocks, language)
        formats = self._formats(page, language)
        texts = words(text_language).calling(dict(formats))
        self._fill_places(blocks, page, language, texts)
        documented = self._documentation(language).target
        cite = self._cite(language)
        resolve_references(blocks, numbers.targets, texts.reference, cite, documented)
        cells = _numbered_cells(fresh) if numbered_cells else _cells(fresh)
        blocks = place_cells(blocks, cells, shown)
        blocks = list(self._tables_of_contents(blocks, page, language))
        raw = [text for _, text in self._raw_files(page, language).values() if text]
        leads = [
            target
            for each in (targets, *(text.targets for text in raw))
            for target in each.values()
        ]
        found = [each for each in leads if each and each.startswith(FILE)]
        return Document(
            page=page,
            language=language,
            text_language=text_language,
            blocks=blocks,
            headings=tuple(
                DocumentHeading(heading.level, anchor, number, heading.text, titles.get(anchor, ""))
                for heading, anchor, number in zip(
                    own.headings, places, own_numbers.sections, strict=True
                )
            ),
            tabs=shown,
            stale_tabs=tuple(tab for tab in shown if tab in fresh and fresh[tab][1] is None),
            files=tuple(dict.fromkeys(split_target(each)[0] for each in found)),
            formats=formats,
            required_libs=tuple(
                dict.fromkeys(
                    name for cell in source.cells if cell.setup for name in cell.setup.required_libs
                )
            ),
            trusted=trusted or any(self.book.trusts(text.path) for text in raw),
        )

    def _formats(self, page: Page, language: str) -> tuple[tuple[str, str], ...]:
        """Return the book's own words for what is numbered, in the language of a page's text."""
        text_language = self.book.source(page, language)[1]
        return self.book.config.localised(text_language).build.sphinx_configs

    def _kept_blocks(self, path: Path) -> Elements:
        """Return what pandoc made of a file; it is asked again where that was removed since."""
        if kept := self._blocks.get(self._parsed[path].key):
            blocks: Elements = json.loads(kept)
            return blocks
        text = self.book.text(path)
        return self._structured(path, next(read_markdown([assemble(text)])), _read_rst(text))

    def _structured(self, path: Path, blocks: Elements, readings: Sequence[Reading]) -> Elements:
        """Return a file's blocks as pandoc has read them, in their final structure."""
        structured = structure(_with_rst(blocks, readings))
        set_quotes(structured, self._text_languages[path])
        return structured

    def tabs(
        self, page: Page, language: str, fresh: Fresh, tabs: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """Return the tabs that a page has code or text for, in the language's order.

        Texts on a page without code are for the book's readers, whichever tab they have; if all of
        them are for one tab, nobody has a choice, and every reader sees them.
        """
        config = self.book.config.localised(language)
        known = tuple(tab for tab in config.tabs if not tabs or tab in tabs)
        blocks = self.book.text(self.book.source(page, language)[0]).blocks
        named = {name for block in blocks if isinstance(block, TabText) for name in block.names}
        requests = self._page(page, language).content.requests
        if not fresh and (len(named) > 1 or ALL in named or requests):
            return known
        return tuple(tab for tab in known if tab in named or tab in fresh)

    def _targets(self, page: Page, language: str) -> Mapping[str, str | None]:
        """Return where the relative addresses on a page lead; to a heading by its label."""
        if (page.name, language) not in self._led:
            self._led[page.name, language] = self._find_targets(page, language)
        return self._led[page.name, language]

    def _find_targets(self, page: Page, language: str) -> dict[str, str | None]:
        found = self._page(page, language).content.addresses
        targets = find_targets(iter(found), self.book, page, language)
        for address in found:
            here = address.startswith("#")
            target = page_link(page.name, address[1:]) if here else targets.get(address) or ""
            name, anchor = split_target(target)
            if target.startswith(PAGE) and anchor:
                titles = self.title_anchors(self.book.pages[name], language)
                if label := titles.get(unquote(anchor)):
                    targets[address] = f"#{label}" if here else page_link(name, label)
        return targets

    # ------------------------------------------------------------ places

    def _fill_places(self, blocks: Elements, page: Page, language: str, texts: Words) -> None:
        """Fill, in place, what reStructuredText leaves open: a library's things, files, heads."""
        if not self.book.text(self.book.source(page, language)[0]).rst:
            return
        taken = set(self._anchors_of(page, language))

        def filled(block: Element) -> Elements:
            if DOCUMENTED in classes_of(block):
                request = Request.read(block["c"][1])
                things = self._documentation(language).blocks(page.name, request, texts, taken)
                make_safe(things, self.book.config.html.hosts)
                return things
            if RAW_FILE in classes_of(block):
                return self._raw_file(page, language, block["c"][1])
            if NOTICE in classes_of(block) and (head := NOTICES.get(pairs_of(block)["kind"])):
                block["c"][1][:0] = [paragraph({"t": "Strong", "c": [text(texts(head))]})]
            return [block]

        for each in list(block_lists(blocks)):
            each[:] = [new for block in each for new in filled(block)]

    def _raw_file(self, page: Page, language: str, place: str) -> Elements:
        asked, found = self._raw_files(page, language)[place]
        blocks = raw_blocks(asked, found)
        if found and not self.book.trusts(found.path):
            make_safe(blocks, self.book.config.html.hosts)
        return blocks

    def _tables_of_contents(self, blocks: Elements, page: Page, language: str) -> Iterator[Element]:
        """Fill the places of tables of contents."""
        for block in blocks:
            if TOC in classes_of(block):
                if items := self._listed(page, parse_toc(block["c"][1]), language):
                    yield contents_list(items)
            else:
                if block["t"] == "Div":
                    inner = self._tables_of_contents(block["c"][1], page, language)
                    block["c"][1] = list(inner)
                yield block

    def _with_bibliography(self, blocks: Elements, language: str) -> Elements:
        """Put the bibliography in the place of a paragraph that asks for it."""
        result: Elements = []
        for block in blocks:
            roles = [role_of(each) for each in block["c"]] if block["t"] == "Para" else []
            if any(role and role[0] == BIBLIOGRAPHY for role in roles):
                entries = self._cited(language).entries
                make_safe(entries, self.book.config.html.hosts)
                result.append(div(entries, "bibliography"))
            else:
                result.append(block)
        return result

    def _tocs(self, page: Page, language: str) -> tuple[Toc, ...]:
        return self.book.text(self.book.source(page, language)[0]).tocs

    def _listed(self, page: Page, toc: Toc, language: str) -> list[Item]:
        """Return what a table of contents on a page lists."""
        names = [self.book.listed_page(page, entry) for entry in toc.entries]
        places = self._places(language)
        return [
            item
            for name in names
            if name in places
            for item in self._items(places[name], language, 1, toc.max_depth)
        ]

    def _places(self, language: str) -> dict[str, Entry]:
        """Return the place of each page of a language in its table of contents."""
        if language not in self._entries:
            alone = {name: Entry(page) for name, page in self.book.pages_in(language).items()}
            roots = self.book.contents(language)
            placed = {each.page.name: each for entry in roots for each in entry.walk()}
            self._entries[language] = alone | placed
        return self._entries[language]

    def _items(self, entry: Entry, language: str, depth: int, limit: int) -> Iterator[Item]:
        """Yield a page and, down to a depth, its sections and the pages below it."""
        page = entry.page
        own = self._skeleton(page, language)
        numbers = self.numbers(language).of(page.name, own)
        yield Item(depth, numbers.page, self.title(page, language), page_link(page.name))
        sections = zip(own.headings, numbers.sections, self.anchors(page, language), strict=True)
        for heading, section, anchor in list(sections)[1:]:
            if (below := depth + max(heading.level - 1, 1)) <= limit:
                yield Item(below, section, heading.text, page_link(page.name, anchor))
        for child in entry.children if depth < limit else ():
            yield from self._items(child, language, depth + 1, limit)

    # ------------------------------------------------------------ findings

    def diagnose(self, page: Page, language: str) -> Iterator[Diagnostic]:
        """Yield what is wrong with the marks, the links and the images of a page's own file."""
        path = page.sources[language]
        source = self.book.text(path)
        content = self._page(page, language).content
        found = [
            *content.slips,
            *self._wrong_library(page, content, language),
            *self._wrong_raw_files(page, language),
            *self._wrong_links(page, language, source, content),
            *self._wrong_roles(source, content, language),
            *self._duplicates(page, content, language),
            *self._wrong_places(source, content),
            *_stray_tex(source, content),
            *((line, f"{quoted(words)} is not shown.", _LOST) for line, words in content.lost),
        ]
        for line, message, hint in sorted(found, key=itemgetter(0)):
            yield Diagnostic(Severity.WARNING, Location(path, line), message, hint)
        yield from self._wrong_docstrings(page, language)

    def diagnose_html(self, page: Page, language: str) -> Iterator[Diagnostic]:
        """Yield what of the HTML of a page's own file is left out, and of files that it puts in."""
        path = page.sources[language]
        yield from self._unsafe(path, self._page(page, language).content.unsafe)
        for _, raw in self._raw_files(page, language).values():
            if raw:
                yield from self._unsafe(raw.path, raw.unsafe)

    def _unsafe(self, path: Path, unsafe: Iterable[tuple[int, Unsafe]]) -> Iterator[Diagnostic]:
        """Yield what of a file's HTML is left out, unless the maintainer lets it pass."""
        if self.book.trusts(path):
            return
        name = self.book.name_of(path)
        for line, each in unsafe:
            if each.host and each.host in self.book.config.html.hosts:
                continue
            hint = f"Use Markdown, or let the file's HTML pass: [html] raw_html = {name}"
            if each.host:
                hint = f"Put it beside the page, or let it be loaded: [html] hosts = {each.host}"
            yield Diagnostic(Severity.WARNING, Location(path, line), each.message, hint)

    def diagnose_bibliography(self, language: str) -> Iterator[Diagnostic]:
        """Yield what is wrong with the files of the works that a language cites."""
        works = self._works(language)
        for place in self._cited(language).broken:
            file, work = works[place]
            message = f"{quoted(work.key or work.text)} cannot be read, and is left out."
            hint = "Look for a brace, a quotation mark or a comma that is missing."
            yield Diagnostic(Severity.ERROR, Location(file, work.line), message, hint)
        lines: dict[str, int] = {}
        own = self.book.bibliography(language)
        for file, work in works:
            first = lines.setdefault(work.key, work.line) if file == own else work.line
            if work.key and first != work.line:
                message = f"“{work.key}” is given twice; it is on line {first} already."
                hint = "The last one counts; give one of them another key."
                yield Diagnostic(Severity.WARNING, Location(file, work.line), message, hint)

    def diagnose_links(self, page: Page, language: str) -> Iterator[Diagnostic]:
        """Yield, as errors, the links of a page's own file to what the book does not have."""
        path = page.sources[language]
        content = self._page(page, language).content
        for line, message, hint in self._wrong_links(page, language, self.book.text(path), content):
            yield Diagnostic(Severity.ERROR, Location(path, line), message, hint)

    def web_links(self, page: Page, language: str) -> Iterator[tuple[str, Location]]:
        """Yield the addresses of the web in a page's own file, each with its first place."""
        path = page.sources[language]
        source = self.book.text(path)
        for address in dict.fromkeys(self._page(page, language).content.addresses):
            if is_web(address):
                forms = (f"]({address})", f"<{address}>", f"]({address}", address)
                yield address, Location(path, _line_of(source.text, *forms))

    def bibliography_links(self, language: str) -> Iterator[tuple[str, Location]]:
        """Yield the addresses of the web in the bibliography, each with its first place."""
        path = self.book.bibliography(language)
        text = path.read_text(encoding="utf-8") if path else ""
        for address in dict.fromkeys(addresses(self._cited(language).entries)):
            if path and is_web(address):
                line = _line_of(text, address, address.split("doi.org/")[-1])
                yield address, Location(path, line)

    def _wrong_links(
        self, page: Page, language: str, source: PageText, content: _Content
    ) -> Iterator[tuple[int, str, str]]:
        targets = self.numbers(language).targets
        pages = self.book.pages_in(language)
        for name, argument, line in content.roles:
            if name in REFERENCES and argument not in targets:
                yield line, *_no_label(argument, targets)
            elif name == "eqref" and targets[argument].kind != EQUATION:
                yield line, f"“{argument}” is no formula.", f"Write “:numref:`{argument}`”."
        for line, toc in source.placed_tocs:
            for entry in toc.entries:
                if self.book.listed_page(page, entry) not in pages:
                    message = f"The table of contents lists “{entry}”, which is no page."
                    yield line, message, nearest(entry, pages)
        yield from self._wrong_addresses(page, language, source, content)

    def _wrong_roles(
        self, source: PageText, content: _Content, language: str
    ) -> Iterator[tuple[int, str, str]]:
        for name, argument, line in content.roles:
            if name not in ROLES:
                yield line, f"Unknown role “:{name}:”.", nearest(name, ROLES)
            elif name in CITATIONS:
                known = self._cited(language).known
                for key in split_keys(argument):
                    if key not in known and not self.book.lacks_bibliography(language):
                        yield line, f"The bibliography has no “{key}”.", nearest(key, known)
            elif name in SIZES and not SIZE.fullmatch(argument):
                yield line, f"“{argument}” is no size.", "Write one such as 400px, 12cm or 80%."
            elif (name, argument) in content.stray:
                yield line, f"“:{name}:`{argument}`” belongs to nothing here.", _WHERE[name]
        # What pandoc alone takes for one, such as code in more backticks than a mark has.
        written = {(name, argument) for name, argument, _ in content.roles}
        for name, argument in dict.fromkeys(content.stray):
            if (name, argument) not in written:
                line = _line_of(source.text, f":{name}:`")
                yield line, f"{quoted(f':{name}:`{argument}`')} is no mark.", _WHERE[name]

    def _wrong_library(
        self, page: Page, content: _Content, language: str
    ) -> Iterator[tuple[int, str, str]]:
        if not content.modules and not content.requests:
            return
        library = self._documentation(language).library
        for name, tabs, line in content.modules:
            if library.file(name) is None:
                yield line, *library.unknown_module(name)
                continue
            for tab in tabs:
                if (own := library.module_for(tab, name)) != name:
                    message = f"“{name}” is the module of another tab than “{tab}”."
                    yield line, message, f"“{own}” is shown; write “.. currentmodule:: {own}”."
        yield from self._documentation(language).findings(page.name).wrong

    def _wrong_docstrings(self, page: Page, language: str) -> Iterator[Diagnostic]:
        if not self._page(page, language).content.requests:
            return
        found = self._documentation(language).findings(page.name)
        targets = self.numbers(language).targets
        labels = (
            (file, line, *_no_label(argument, targets))
            for file, name, argument, line in found.roles
            if name in REFERENCES and argument not in targets
        )
        for file, line, message, hint in (*found.docstrings, *labels):
            yield Diagnostic(Severity.WARNING, Location(Path(file), line), message, hint)

    def _wrong_raw_files(self, page: Page, language: str) -> Iterator[tuple[int, str, str]]:
        for asked, found in self._raw_files(page, language).values():
            if found is None:
                message = f"There is no file “{asked.file}”."
                yield asked.line, message, "Its path is relative to the page or to the book's root."
                continue
            for address, target in found.targets.items():
                if target is None:
                    message = f"“{address}” in {asked.file} leads to no page and no file."
                    yield asked.line, message, "A path is relative to the page or to that file."

    def _duplicates(
        self, page: Page, content: _Content, language: str
    ) -> Iterator[tuple[int, str, str]]:
        hint = "References lead to the first; give this one another name."
        for label, name, first in self.numbers(language).duplicates:
            if name == page.name:
                lines = [line for _, argument, line in content.roles if argument == label]
                where = "on this page" if first == name else f"on the page {first}"
                yield (
                    lines[-1] if lines else 0,
                    f"The label “{label}” is given twice; it is {where} already.",
                    hint,
                )

    def _wrong_places(self, source: PageText, content: _Content) -> Iterator[tuple[int, str, str]]:
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
                yield _line_of(source.text, *_written(address)), message, hint
        for address in dict.fromkeys(content.addresses):
            target = targets.get(address) or ""
            if address.startswith("#") and len(address) > 1:
                target = page_link(page.name, unquote(address[1:]))
            name, anchor = split_target(target)
            if target.startswith(PAGE) and anchor:
                known = self._anchors_on(self.book.pages[name], language)
                if anchor not in known:
                    message = f"The page {name} has no anchor “{anchor}”."
                    yield _line_of(source.text, *_written(address)), message, nearest(anchor, known)

    def _anchors_of(self, page: Page, language: str) -> list[str]:
        content = self._page(page, language).content
        labels = [thing.label for thing in content.skeleton.things]
        titles = self.title_anchors(page, language)
        return [*self.anchors(page, language), *titles, *labels, *content.anchors]

    def _anchors_on(self, page: Page, language: str) -> list[str]:
        """Return all anchors of a page, those of the things that it documents included."""
        documented: Sequence[str] = ()
        if self._page(page, language).content.requests:
            owners = self._documentation(language).owners
            documented = [path for path, owner in owners.items() if owner == page.name]
        return [*self._anchors_of(page, language), *documented]


_LOST = (
    "Footnotes need one reference and a name of their own, table rows as many cells as their head."
)

#: Where each of the marks belongs.
_WHERE: Mapping[str, str] = {
    "eqlabel": "Put it behind a formula of its own line, “$$…$$”.",
    "width": "Put it behind an image.",
    "height": "Put it behind an image.",
}


def _no_label(name: str, known: Iterable[str]) -> tuple[str, str]:
    return f"The label “{name}” does not exist.", nearest(name, known)


def _read_rst(page: PageText) -> list[Reading]:
    if not page.rst:
        return []
    from polybook.document.rst import read_page_rst  # noqa: PLC0415 (imports docutils)

    return read_page_rst(page)


def _with_rst(blocks: Elements, readings: Sequence[Reading]) -> Elements:
    """Put what reStructuredText became in its places, in place."""
    for each in list(block_lists(blocks)) if readings else ():
        each[:] = [
            new
            for block in each
            for new in (
                readings[int(pairs_of(block)["n"])].blocks if RST in classes_of(block) else [block]
            )
        ]
    return blocks


def _uses_library(content: _Content) -> bool:
    return bool(content.requests) or any(name in LIBRARY for name, _, _ in content.roles)


def _roles(source: PageText) -> Iterator[tuple[str, str, int]]:
    for block in source.blocks:
        if isinstance(block, Prose | TabText):
            for role in find_roles(block.text):
                line = block.line + block.text.count("\n", 0, role.start)
                yield role.name, role.argument, line


def _line_of(text: str, *wanted: str) -> int:
    """Return the line on which the first of some pieces stands that a text has; else 0."""
    for each in wanted:
        if each and (start := text.find(each)) >= 0:
            return text.count("\n", 0, start) + 1
    return 0


def _stray_tex(source: PageText, content: _Content) -> Iterator[tuple[int, str, str]]:
    for tex in content.tex:
        start = find_unprotected(source.text, tex)
        line = source.text.count("\n", 0, start) + 1 if start >= 0 else 0
        first = tex.partition("\n")[0]
        hint = "Put formulas between dollars, “$…$”."
        yield line, f"“{first}” is in no formula, and shown as TeX.", hint


def _written(address: str) -> tuple[str, ...]:
    """Return what an address may look like in the text, which pandoc has percent-encoded."""
    return f"]({address}", f"]({unquote(address)}", address, unquote(address)


def _cells(fresh: Fresh) -> PageCells:
    cells: dict[int, dict[str, CellContent]] = {}
    for tab, (program, saved) in fresh.items():
        hidden = hidden_cells(cell.code for cell in program.cells)
        for number, (cell, hides) in enumerate(zip(program.cells, hidden, strict=True)):
            code = "" if hides.code else without_hide_marks(cell.code)
            outputs = saved.cells[number] if saved and not hides.output else ()
            cells.setdefault(cell.index, {})[tab] = CellContent(code, outputs)
    return cells


def _numbered_cells(fresh: Fresh) -> PageCells:
    cells: dict[int, dict[str, CellContent]] = {}
    for tab, (program, _) in fresh.items():
        for cell in program.cells:
            cells.setdefault(cell.index, {})[tab] = CellContent(number=str(cell.index))
    return cells


def _content(
    blocks: Elements,
    source: PageText,
    readings: Sequence[Reading],
    lost: tuple[tuple[int, str], ...],
) -> _Content:
    given, stray, tex, cited = [], [], [], []
    bibliography = False
    elements = list(walk(blocks))
    places = [element for element in elements if element["t"] == "CodeBlock"]
    for element in elements:
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
        if TEX in classes_of(element):
            tex.append(element["c"][1])
    return _Content(
        skeleton(blocks),
        tuple(slip for reading in readings for slip in reading.findings),
        tuple(module for reading in readings for module in reading.modules),
        tuple(element["c"][1] for element in places if DOCUMENTED in classes_of(element)),
        tuple(element["c"][1] for element in places if RAW_FILE in classes_of(element)),
        (*_roles(source), *(role for reading in readings for role in reading.roles)),
        tuple(addresses(blocks)),
        tuple(given),
        tuple(_tab_anchors(blocks)),
        tuple(stray),
        tuple(cited),
        bibliography,
        tuple(placed_cells(blocks)),
        tuple(tex),
        lost,
        tuple(placed_in(source.text, unsafe_html(blocks))),
    )


def _tab_anchors(blocks: Elements) -> Iterator[tuple[str, str]]:
    """Yield the identifiers within text for some tabs, with each of the tabs."""
    for block in walk(blocks):
        if TAB_TEXT in classes_of(block):
            for element in walk(block["c"][1]):
                if (attributes := attributes_of(element)) and attributes[0]:
                    for tab in pairs_of(block)["tabs"].split():
                        yield attributes[0], tab


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
            tuple(bones["tocs"]),
        ),
        tuple((line, message, hint) for line, message, hint in read["slips"]),
        tuple((name, tuple(tabs), line) for name, tabs, line in read["modules"]),
        tuple(read["requests"]),
        tuple(read["raw_files"]),
        tuple((name, argument, line) for name, argument, line in read["roles"]),
        tuple(read["addresses"]),
        tuple(read["anchors"]),
        tuple((anchor, tab) for anchor, tab in read["tab_anchors"]),
        tuple((name, argument) for name, argument in read["stray"]),
        tuple(Group(tuple(each["keys"]), each["textual"]) for each in read["citations"]),
        read["bibliography"],
        tuple(read["cells"]),
        tuple(read["tex"]),
        tuple((line, words) for line, words in read["lost"]),
        tuple((line, Unsafe.read(each)) for line, each in read["unsafe"]),
    )
