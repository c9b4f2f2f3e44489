"""Renders documents as notebooks, one for each tab that a page has, and keeps them."""

from __future__ import annotations

import json
import posixpath
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from functools import cached_property
from urllib.parse import quote, unquote

from polybook.book import Book, Entry, Page
from polybook.cache import ContentCache, code_digest, digest
from polybook.dialect.tabs import ALL
from polybook.document import Document, DocumentHeading, Documents, Fresh
from polybook.document.ast import Element, Elements, attr, text
from polybook.document.contents import Item, contents_list
from polybook.document.only import HTML, for_format
from polybook.document.pandoc import write_blocks
from polybook.document.resources import FILE, PAGE, page_link, split_target
from polybook.ipynb import Node, markdown_cell, notebook, to_text, with_ids
from polybook.notebooks.cells import Cut, Cutter, TextKey
from polybook.notebooks.code import code_cells
from polybook.notebooks.markdown import FORMAT, OPTIONS, jupyter_blocks
from polybook.notebooks.needs import needs_cell
from polybook.running.programs import Program
from polybook.words import words

#: Stands between the texts of two cells, so that pandoc writes all those of a page at once. No text
#: holds it: its letter is in no font.
_BETWEEN = "<!-- \ue000 -->"


@dataclass(frozen=True)
class PageNotebooks:
    """The notebooks of a page in one language, by tab: the content of their files.

    `bare` are those without outputs. `files` are the book's own that the page shows or links to, by
    the place beside the notebooks that it expects them at, and `modules`, by tab, those that its
    code imports; `libraries` are what its set-up cells have pip install. `key` stands for all that
    the notebooks are made of.
    """

    name: str
    key: str
    full: Mapping[str, str]
    bare: Mapping[str, str]
    files: Mapping[str, str]
    modules: Mapping[str, Mapping[str, str]]
    libraries: Sequence[str]


@dataclass
class _Begun:
    """A page that pandoc is asked for: its cells by tab, its texts in the order of asking."""

    key: str
    document: Document
    files: dict[str, str] = field(default_factory=dict)
    cells: dict[str, list[Cut]] = field(default_factory=dict)
    texts: list[TextKey] = field(default_factory=list)


class Rendering:
    """The notebooks of a book.

    All tabs are rendered, whichever are asked for: most of the work is the same.

    Args:
        book: the book.
        documents: its documents, parsed for `languages`.
        fresh: what the programs of each page have left, by page and language.
        languages: the languages that are asked for.

    """

    def __init__(
        self,
        book: Book,
        documents: Documents,
        fresh: Mapping[tuple[str, str], Fresh],
        languages: Sequence[str],
    ) -> None:
        self._book = book
        self._documents = documents
        self._fresh = fresh
        self._languages = languages
        self._cache = ContentCache(book.config.output / ".cache" / "notebooks", ".json")

    def render(self) -> dict[tuple[str, str], PageNotebooks]:
        """Return the notebooks of each page, by page and language.

        Raises:
            PandocError: pandoc refuses a page.

        """
        keys = {
            (page.name, language): self._key(page, language)
            for language in self._languages
            for page in self._pages(language)
        }
        missing = [place for place, key in keys.items() if self._cache.get(key) is None]
        begun: deque[_Begun] = deque()

        def blocks() -> Iterator[Elements]:
            for place in missing:
                begun.append(_Begun(keys[place], self._document(*place)))
                yield self._cut(begun[-1])

        for written in write_blocks(blocks(), FORMAT, OPTIONS):
            self._finish(begun.popleft(), written)
        if len(self._languages) == len(self._book.config.languages):
            self._cache.forget_others()
        return {place: self._kept(place[0], key) for place, key in keys.items()}

    def _kept(self, name: str, key: str) -> PageNotebooks:
        kept = json.loads(self._cache.get(key) or b"{}")
        bare = {**kept["full"], **kept["bare"]}
        return PageNotebooks(
            name, key, kept["full"], bare, kept["files"], kept["modules"], kept["libraries"]
        )

    # ------------------------------------------------------------ which notebooks there are

    def _pages(self, language: str) -> list[Page]:
        """Return a language's pages; where none is the root page, one that lists its contents."""
        own = self._book.pages_in(language)
        index = self._book.config.localised(language).build.index
        contents = [Page(index, {})] if own and index not in own else []
        return [*contents, *own.values()]

    def tabs(self, page: Page, language: str) -> tuple[str, ...]:
        """Return the tabs that a page has a notebook for: all of them if it has no code."""
        fresh = self._fresh.get((page.name, language))  # which a table of contents is not among
        if fresh:
            return self._documents.tabs(page, language, fresh)
        return self._book.config.localised(language).tabs

    @cached_property
    def _there(self) -> dict[str, dict[str, frozenset[str]]]:
        """The names of the pages that there are notebooks of, by language and tab."""
        return {
            language: {
                tab: frozenset(
                    each.name for each in self._pages(language) if tab in self.tabs(each, language)
                )
                for tab in self._book.config.tabs
            }
            for language in self._languages
        }

    @cached_property
    def _shared(self) -> dict[str, str]:
        """What all notebooks of a language depend on, as a digest."""
        config = self._book.config
        return {
            language: digest(
                code_digest(),
                language,
                [(tab, sorted(pages)) for tab, pages in self._there[language].items()],
                self._anchors[language],
                [self._title(tab, language) for tab in config.tabs],
                config.build.source_dir,
                config.page_layout,
            )
            for language in self._languages
        }

    def _key(self, page: Page, language: str) -> str:
        made_of = (
            self._documents.fingerprint(page, language, self._fresh[page.name, language], ())
            if page.sources
            else [
                self._documents.book_title(language),
                list(map(astuple, self._contents(self._book.contents(language), language))),
            ]
        )
        return digest(self._shared[language], made_of)

    def _title(self, tab: str, language: str) -> str:
        return self._book.config.localised(language).title(tab)

    # ------------------------------------------------------------ documents

    def _document(self, page: str, language: str) -> Document:
        if found := self._book.pages_in(language).get(page):
            fresh = self._fresh[page, language]
            return self._documents.document(found, language, fresh, numbered_cells=True)
        title = self._documents.book_title(language)
        return Document(
            page=Page(page, {}),
            language=language,
            text_language=language,
            blocks=[
                {"t": "Header", "c": [1, attr(), [text(title)]]},
                contents_list(list(self._contents(self._book.contents(language), language))),
            ],
            headings=(DocumentHeading(1, "", "", title),),
            tabs=(),
            stale_tabs=(),
            files=(),
        )

    def _contents(self, entries: Iterable[Entry], language: str, depth: int = 1) -> Iterator[Item]:
        """Yield the pages of the book's table of contents."""
        for entry in entries:
            number = self._documents.numbers(language).pages.get(entry.page.name, "")
            title = self._documents.title(entry.page, language)
            yield Item(depth, number, title, page_link(entry.page.name))
            yield from self._contents(entry.children, language, depth + 1)

    # ------------------------------------------------------------ rendering

    def _cut(self, page: _Begun) -> Elements:
        """Cut a page's cells; return all their texts for pandoc to write."""
        document = page.document
        title = document.headings[0].anchor if document.headings else ""
        blocks = jupyter_blocks(for_format(document.blocks, HTML), document.text_words, title)
        cutter = Cutter(blocks, lambda target, tab: self._address(page, target, tab))
        page.cells = {
            tab: list(cutter.cells(tab)) for tab in self.tabs(document.page, document.language)
        }
        page.texts = list(cutter.texts)
        between: Element = {"t": "RawBlock", "c": ["html", _BETWEEN]}
        return [block for blocks in cutter.texts.values() for block in (*blocks, between)]

    def _address(self, page: _Begun, target: str, tab: str) -> str | None:
        """Return the address, from a page's notebook for a tab, of a target as documents have them.

        None where the tab has no such notebook, or its notebook of the same page no such place.
        """
        start, language = page.document.page.name, page.document.language
        if target.startswith("#"):
            target = page_link(start, unquote(target[1:]))
        if not target.startswith((PAGE, FILE)):
            return target
        name, anchor = split_target(target)
        if target.startswith(FILE):
            place = self._place(name, language)
            page.files[place] = name
            address = relative(place, start)
            return f"{address}#{anchor}" if anchor else address
        if name not in self._there[language][tab]:
            return None
        title, partial = self._anchors[language].get(name, ("", {}))
        if anchor == title:  # it begins the notebook
            anchor = ""
        tabs = partial.get(anchor, [ALL])
        placed = anchor and (tab in tabs or ALL in tabs)
        if name == start and anchor:
            return f"#{quote(anchor)}" if placed else None
        address = relative(f"{name}.ipynb", start)
        return f"{address}#{quote(anchor)}" if placed else address

    @cached_property
    def _anchors(self) -> dict[str, dict[str, tuple[str, dict[str, list[str]]]]]:
        """The anchor of each page's title, and those that only some tabs have, by language.

        Where a page has one tab, whatever it holds is in every notebook of it.
        """
        documents = self._documents
        return {
            language: {
                name: (
                    next(iter(documents.anchors(page, language)), ""),
                    {}
                    if len(documents.tabs(page, language, self._fresh[name, language])) == 1
                    else documents.tab_anchors(page, language),
                )
                for name, page in self._book.pages_in(language).items()
            }
            for language in self._languages
        }

    def _place(self, file: str, language: str) -> str:
        """Return where a file of the book lies beside the notebooks of a language.

        It is where it lies beside the pages, as if those of the language were a book of their own.
        """
        config = self._book.config
        path, own = config.root / file, config.pages(language)
        if path.is_relative_to(own):
            return path.relative_to(own).as_posix()
        if path.is_relative_to(config.source):
            place = path.relative_to(config.source).as_posix()
            if not (own / place).exists():
                return place
        return f"_files/{file}"

    def _finish(self, page: _Begun, written: str) -> None:
        """Put the texts that pandoc has written into their cells, and keep the notebooks."""
        parts = [part.strip("\n") for part in written.split(_BETWEEN)][: len(page.texts)]
        texts = dict(zip(page.texts, parts, strict=True))
        place = page.document.page.name, page.document.language
        fresh = self._fresh.get(place, {})  # which a table of contents is not among
        full = {}
        bare = {}
        modules = {}
        for tab in page.cells:
            program, saved = fresh.get(tab, (None, None))
            first = self._needs(page.document, tab, program)
            code = code_cells(program, saved) if program else {}
            full[tab] = self._notebook(page, tab, texts, code, first)
            if program and saved:
                bare[tab] = self._notebook(page, tab, texts, code_cells(program, None), first)
            if program:
                modules[tab] = dict(self._modules(program, page.document.language))
        content = {
            "full": full,
            "bare": bare,
            "files": page.files,
            "modules": modules,
            "libraries": page.document.required_libs,
        }
        self._cache.put(page.key, json.dumps(content).encode())

    def _modules(self, program: Program, language: str) -> Iterator[tuple[str, str]]:
        """Yield the book's own modules that a program imports, by their places, and their files."""
        config = self._book.config
        for place in program.library:
            for folder in config.roots(language):
                if place.endswith(".py") and (folder / place).is_file():
                    yield place, (folder / place).relative_to(config.root).as_posix()
                    break

    def _needs(self, document: Document, tab: str, program: Program | None) -> Sequence[Node]:
        if program is None:
            return []
        language = document.language
        libraries = document.required_libs
        root = posixpath.relpath(".", posixpath.dirname(document.page.name) or ".")
        return needs_cell(program, libraries, self._title(tab, language), words(language), root)

    def _notebook(
        self,
        page: _Begun,
        tab: str,
        texts: Mapping[TextKey, str],
        code: Mapping[int, Node],
        first: Sequence[Node],
    ) -> str:
        document = page.document
        own = {"page": document.page.name, "language": document.text_language, "tab": tab}
        cells = [*first, *_notices(document)]
        for cut in page.cells[tab]:
            if isinstance(cut, tuple):
                cells.append(markdown_cell(texts[cut]))
            elif cut in code:
                cells.append(code[cut])
        metadata = {"title": document.title, "polybook": own}
        return to_text(notebook(with_ids(cells), self._title(tab, document.language), metadata))


def _notices(document: Document) -> Iterator[Node]:
    """Yield what is said to the reader, in their language, above the text."""
    if document.language != document.text_language:
        said = words(document.language)("This page is not translated yet.")
        yield markdown_cell(f"> {said}")


def relative(path: str, page: str) -> str:
    """Return the address, from a page's notebook, of what lies at a path below their folder."""
    return quote(posixpath.relpath(path, posixpath.dirname(page) or "."))
