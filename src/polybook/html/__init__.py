"""The web site: a page per language and section, from documents, templates and a little CSS.

`build_site` renders what has changed and puts the site in its place at once; then it has each
language indexed whose text has changed.
"""

from __future__ import annotations

import json
import posixpath
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, partial
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

from polybook.book import Book, Entry, Page
from polybook.cache import ContentCache, code_digest, digest
from polybook.config import Language
from polybook.copies import share
from polybook.document import Document, Documents, Fresh
from polybook.document.ast import Elements
from polybook.document.pandoc import write_blocks
from polybook.document.resources import FILE, PAGE, split_target
from polybook.errors import Diagnostic, Location, Severity
from polybook.folder import Made, write_folder
from polybook.html.body import Body
from polybook.html.discover import address, robots, root_of, sitemap
from polybook.html.downloads import FOLDER, Downloads, Offer
from polybook.html.footnotes import name_footnotes
from polybook.html.formulas import lines_of, mend_formulas, unconverted
from polybook.html.host import kept_by_host
from polybook.html.lean import lean, lean_file
from polybook.html.own import Own, own_things
from polybook.html.policy import needs, policy, styles_as_classes
from polybook.html.search import record, update_index
from polybook.html.sections import sections
from polybook.words import words

__all__ = ["SiteReport", "build_site"]

_STATIC, _FILES, _OUTPUTS, _SEARCH = "_static", "_files", "_outputs", "_search"
_OUTLINED = 3  # headings of a deeper level are not listed beside the page
_PANDOC = {"html_math_method": "mathml", "wrap_text": "wrap-none"}


@dataclass(frozen=True)
class SiteReport:
    """What came of a build of the site."""

    folder: Path
    pages: int
    changed: Sequence[str]
    diagnostics: Sequence[Diagnostic]


@dataclass(frozen=True, slots=True)
class _Target:
    """A page of the site: a page of the book in a language, at a path below the site's root."""

    page: Page
    language: str
    path: str
    offers: Sequence[Offer]
    key: str


@dataclass
class _Begun:
    """A page that pandoc is asked for: the files of the book and the images that it shows."""

    target: _Target
    document: Document
    files: set[str] = field(default_factory=set)
    images: dict[str, str] = field(default_factory=dict)


def build_site(
    book: Book,
    documents: Documents,
    fresh: Mapping[tuple[str, str], Fresh],
    languages: Sequence[str],
    tabs: Sequence[str],
) -> SiteReport:
    """Build the site of a book.

    Args:
        book: the book.
        documents: its documents, parsed for `languages`.
        fresh: what the programs of each page have left, by page and language.
        languages: the languages to build; the pages of the others stay as they are.
        tabs: the tabs to show.

    Raises:
        BookError: the folder that the book names for its site holds something else.
        OSError: the site cannot be written; the old one is still whole.
        PandocError: pandoc refuses a page.
        SearchError: a language cannot be indexed; its pages are in their place.

    """
    return _Builder(book, documents, fresh, languages, tabs).build()


class _Builder:
    def __init__(
        self,
        book: Book,
        documents: Documents,
        fresh: Mapping[tuple[str, str], Fresh],
        languages: Sequence[str],
        tabs: Sequence[str],
    ) -> None:
        self.book = book
        self.documents = documents
        self.fresh = fresh
        self.languages = languages
        self.tabs = tabs
        cache = book.config.output / ".cache"
        self.cache = ContentCache(cache / "html", ".json")
        self.records = ContentCache(cache / "records", ".json")
        self.indexes = ContentCache(cache / "indexes", ".txt")
        self.downloads = Downloads(book)
        self.files: dict[str, bytes | Path | Made] = {}
        self.diagnostics: list[Diagnostic] = []

    def build(self) -> SiteReport:
        hosts = kept_by_host(self.book.config)
        targets = [
            self._target(page, language)
            for language in self.languages
            for page in self.book.pages_in(language).values()
        ]
        self.documents.finish_citations()
        share(self._render, [each for each in targets if self.cache.get(each.key) is None])
        for target in targets:
            self._add_page(target)
        self._add_start_pages()
        self._add_signs()
        self._add_own_files()
        self._add_static()
        folder = self.book.config.site
        whole = len(self.languages) == len(self.book.config.languages)
        changed = write_folder(folder, self.files, [*hosts, *self._kept_folders()])
        self._update_indexes(targets)
        if whole:
            self.cache.forget_others()
            self.records.forget_others([target.key for target in targets])
            self.indexes.forget_others()
        self.documents.forget_others()
        return SiteReport(folder, len(targets), changed, self.diagnostics)

    @cached_property
    def _shown_languages(self) -> list[Language]:
        """The languages that the site has: those built now, and those that are there already."""
        return [
            each
            for each in self.book.config.languages
            if each.code in self.languages
            or (self.book.config.site / self._home(each.code)).is_file()
        ]

    def _kept_folders(self) -> list[str]:
        """Return what stays as it is: indexes, and all that languages not built now may show."""
        codes = [each.code for each in self.book.config.languages]
        indexes = [f"{_SEARCH}/{code}" for code in codes]
        others = [code for code in codes if code not in self.languages]
        return [*indexes, *others, _FILES, _OUTPUTS, FOLDER] if others else indexes

    def _titles(self, language: str) -> dict[str, str]:
        """Return the title of each tab that is shown, in the language's order."""
        config = self.book.config.localised(language)
        names = [tab for tab in config.tabs if tab in self.tabs]
        return {tab: config.title(tab) for tab in names}

    # ------------------------------------------------------------ addresses

    def _path(self, page: str, language: str) -> str:
        return f"{language}/{page}.html" if self.book.config.multilingual else f"{page}.html"

    def _home(self, language: str) -> str:
        """Return the path of a language's start page."""
        return self._path(self.book.config.localised(language).build.index, language)

    def _page_path(self, page: str, language: str) -> str:
        """Return the path of a page that one in this language links to.

        It may be one that only other languages have; while none of these is on the site, the
        link leads to the start page.
        """
        if page not in self.book.pages_in(language):
            other = self.book.source(self.book.pages[page], language)[1]
            if other not in [each.code for each in self._shown_languages]:
                return self._home(language)
            language = other
        return self._path(page, language)

    def _target(self, page: Page, language: str) -> _Target:
        fresh = self.fresh[page.name, language]
        offers = self._offers(page.name, language, fresh)
        key = digest(
            code_digest(),
            language,
            offers,
            self.documents.fingerprint(page, language, fresh, self.tabs),
            self._context_fingerprint[language],
        )
        return _Target(page, language, self._path(page.name, language), offers, key)

    def _offers(self, page: str, language: str, fresh: Fresh) -> list[Offer]:
        """Return what readers can take with them of a page: nothing where it has no code."""
        titles = self._titles(language)
        if page == self.book.config.localised(language).build.index:
            return self.downloads.of_book(language, list(titles))
        return self.downloads.of_page(page, language, [tab for tab in titles if tab in fresh])

    def _address(self, target: str, start: str, language: str, files: set[str]) -> str:
        """Return the address, from the page at `start`, of a target as documents have them."""
        if not target.startswith((PAGE, FILE)):
            return target
        name, anchor = split_target(target)
        if target.startswith(FILE):
            files.add(name)
            address = relative(f"{_FILES}/{name}", start)
            return f"{address}#{anchor}" if anchor else address
        path = self._page_path(name, language)
        address = relative(path, start) if path != start or not anchor else ""
        return f"{address}#{quote(anchor)}" if anchor else address

    def _link(self, target: str, start: str, language: str) -> str:
        """Return the address, from the page at `start`, of a link that is the book's own."""
        if target.startswith("./"):
            return posixpath.relpath(target, posixpath.dirname(start) or ".")
        return self._address(target, start, language, set())

    # ------------------------------------------------------------ pages

    def _render(self, targets: Sequence[_Target], cores: int) -> None:
        """Render pages, and keep them in the cache; pandoc works ahead on those that follow."""
        if not targets:
            return
        begun: deque[_Begun] = deque()

        def bodies() -> Iterator[Elements]:
            for target in targets:
                document = self._document(target)
                self._keep_records(target, document)
                begun.append(_Begun(target, document))
                yield self._body(begun[-1])

        with ThreadPoolExecutor(1) as pool:  # Jinja is loaded while pandoc works
            template = pool.submit(self._template, "page.html")
            for written in write_blocks(bodies(), "html5", _PANDOC, cores):
                template.result()
                self._finish(begun.popleft(), written)

    def _body(self, page: _Begun) -> Elements:
        """Return a page's blocks for pandoc to write; what they need goes with the page."""
        target = page.target

        def address(address: str) -> str:
            return self._address(address, target.path, target.language, page.files)

        def keep(name: str, data: bytes) -> str:
            page.images[name] = data.hex()
            return relative(f"{_OUTPUTS}/{name}", target.path)

        return Body(page.document, self._titles(target.language), address, keep).blocks()

    def _finish(self, page: _Begun, written: str) -> None:
        body = mend_formulas(lean(written))
        body = name_footnotes(body, words(page.document.text_language))
        hosts = self.book.config.html.hosts
        if page.document.trusted:
            styles, allowed = "", policy(hosts, needs(body))
        else:
            body, styles = styles_as_classes(body)
            allowed = policy(hosts, styles=styles)
        content = {
            "html": self._page_html(page.target, page.document, body, styles, allowed),
            "files": sorted(page.files),
            "images": page.images,
            "formulas": list(dict.fromkeys(unconverted(written))),
        }
        self.cache.put(page.target.key, json.dumps(content).encode())

    def _document(self, target: _Target) -> Document:
        fresh = self.fresh[target.page.name, target.language]
        return self.documents.document(target.page, target.language, fresh, self.tabs)

    def _add_page(self, target: _Target) -> None:
        content = json.loads(self.cache.get(target.key) or b"{}")
        self.files[target.path] = content["html"].encode()
        for file in content["files"]:
            self.files[f"{_FILES}/{file}"] = self.book.root / file
        for name, data in content["images"].items():
            self.files[f"{_OUTPUTS}/{name}"] = bytes.fromhex(data)
        self._add_downloads(target.offers)
        source, text_language = self.book.source(target.page, target.language)
        if text_language == target.language:
            text = self.book.text(source).text
            for formula, line in lines_of(content["formulas"], text):
                message = f"The formula “{formula}” is shown as TeX."
                hint = "It uses a command that pandoc does not know, or a brace is missing."
                place = Location(source, line)
                self.diagnostics.append(Diagnostic(Severity.WARNING, place, message, hint))

    def _add_downloads(self, offers: Sequence[Offer]) -> None:
        for path in (path for offer in offers for path in offer.paths):
            self.files[f"{FOLDER}/{path}"] = self.downloads.file(path)

    def _page_html(
        self, target: _Target, document: Document, body: str, styles: str, allowed: str
    ) -> str:
        order = self._order[target.language]
        place = order.index(target.page.name) if target.page.name in order else None
        titles = self._titles(target.language)
        stale = [titles[tab] for tab in document.stale_tabs]
        html: str = self._template("page.html").render(
            **{
                **self._common(target.path, target.language, target.page.name),
                "policy": allowed,
                "styles": styles,
            },
            document=document,
            body=body,
            trail=self._above[target.language].get(target.page.name, ())[:-1],
            on_page=[each for each in document.headings[1:] if each.level <= _OUTLINED],
            tools=list(self._tools(target)),
            offers=target.offers,
            previous=order[place - 1] if place else None,
            following=order[place + 1] if place is not None and place + 1 < len(order) else None,
            stale=words(target.language).listed(stale),
            translated=document.language == document.text_language,
            text_lang="" if document.language == document.text_language else document.text_language,
            text_direction=words(document.text_language).direction,
            title=document.title,
        )
        return html

    def _tools(self, target: _Target) -> Iterator[dict[str, str]]:
        """Yield what a reader can do with a page elsewhere: an address, and words for it."""
        html = self.book.config.localised(target.language).html
        say = words(target.language)
        path = self.book.source(target.page, target.language)[0].relative_to(self.book.root)
        if html.edit_url:
            address = html.edit_url.replace("{path}", quote(path.as_posix()))
            yield {"address": address, "words": say("Edit this page")}
        if html.discuss_url:
            address = html.discuss_url.replace("{page}", quote(target.page.name))
            yield {"address": address, "words": say("Discuss this page")}

    # ------------------------------------------------------------ search

    def _update_indexes(self, targets: Sequence[_Target]) -> None:
        """Index the languages whose pages have changed, several at a time."""
        by_language: dict[str, list[_Target]] = {}
        for target in targets:
            by_language.setdefault(target.language, []).append(target)

        def update(language: str) -> None:
            own = by_language[language]
            update_index(
                self.book.config.site / _SEARCH / language,
                lambda: (each for target in own for each in self._records(target)),
                language,
                self.indexes,
                digest([target.key for target in own]),
                self.book.config.output / ".cache" / "search" / language,
            )

        with ThreadPoolExecutor() as pool:
            list(pool.map(update, by_language))

    def _records(self, target: _Target) -> list[str]:
        kept = self.records.get(target.key)
        records: list[str] = (
            json.loads(kept) if kept else self._keep_records(target, self._document(target))
        )
        return records

    def _keep_records(self, target: _Target, document: Document) -> list[str]:
        """Keep what is searched of a page: of its text as it is, translated or not."""
        titles = self._titles(target.language)
        found = sections(document)
        records = [
            record(
                each,
                found[0].title,
                quote(target.path) + (f"#{quote(each.anchor)}" if each.anchor else ""),
                document.text_language,
                titles,
            )
            for each in found
        ]
        self.records.put(target.key, json.dumps(records).encode())
        return records

    @cached_property
    def _order(self) -> dict[str, list[str]]:
        """Return, by language, the names of the pages in reading order."""
        return {
            language: [page.name for page in self.book.order(language)]
            for language in self.languages
        }

    # ------------------------------------------------------------ what all pages share

    def _common(self, start: str, language: str, current: str | None) -> dict[str, Any]:
        """Return what templates need: `start` is the page's path, `current` its name if it has one.

        A page's language differs from `language` where the page is not yet translated.
        """
        config = self.book.config.localised(language)
        pages = self.book.pages
        own = self._own[language]
        base = self.book.config.html.base_url
        return {
            "_": words(language),
            "words": words(language),
            "policy": policy(config.html.hosts),
            "styles": "",
            "project": config.project,
            "book_title": self.documents.book_title(language),
            "language": language,
            "contents": self.book.contents(language),
            "current": current,
            "path_to_current": self._above[language].get(current or "", ()),
            "titles": lambda page: self.documents.title(pages[page], language),
            "languages": lambda page: self.book.source(pages[page], language)[1],
            "numbers": self.documents.numbers(language).pages,
            "page_address": lambda page: relative(self._path(page, language), start),
            "static": lambda name: relative(f"{_STATIC}/{name}", start),
            "search_index": relative(f"{_SEARCH}/{language}", start) + "/",
            "home": relative(self._home(language), start),
            "own": own,
            "file": lambda name: relative(f"{_FILES}/{name}", start),
            "link": lambda target: self._link(target, start, language),
            "tabs": self._titles(language),
            "download": lambda path: relative(f"{FOLDER}/{path}", start),
            "address": address(base, start),
            "card": address(base, f"{_FILES}/{own.card}") if own.card else "",
            "locale": language.replace("-", "_"),
            "alternates": self._alternates(
                None if current == config.build.index else current, start
            ),
        }

    @cached_property
    def _above(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Return, by language, each page of the contents with itself and the pages above it."""
        return {
            language.code: dict(_paths(self.book.contents(language.code)))
            for language in self.book.config.languages
        }

    def _alternates(self, page: str | None, start: str) -> list[dict[str, Any]]:
        """Return the same page in all languages, or else their start page; None is that page.

        `there` tells which languages have the page, `translated` which of them have written it.
        """
        if not self.book.config.multilingual:
            return []
        return [self._alternate(page, language, start) for language in self._shown_languages]

    def _alternate(self, page: str | None, language: Language, start: str) -> dict[str, Any]:
        index = self.book.config.localised(language.code).build.index
        known = self.book.pages_in(language.code).get(index if page is None else page)
        path = self._path(known.name, language.code) if known else self._home(language.code)
        return {
            "code": language.code,
            "name": language.name,
            "path": path,
            "address": relative(path, start),
            "url": address(self.book.config.html.base_url, path),
            "there": known is not None or page is None,
            "translated": language.code in known.sources if known else page is None,
        }

    @cached_property
    def _context_fingerprint(self) -> dict[str, str]:
        """Digest, per language, what every page shows of the rest of the book."""
        config = self.book.config
        there = digest(
            [(name, list(page.sources)) for name, page in self.book.pages.items()],
            [list(self.book.pages_in(each.code)) for each in config.languages],
        )
        return {
            language: digest(
                config.localised(language).project,
                [*self._own[language].files, *self._own[language].links],
                [(each.code, each.name, self._home(each.code)) for each in self._shown_languages],
                list(self._titles(language).items()),
                config.html.hosts,
                self._outline(self.book.contents(language), language),
                self.documents.book_title(language),
                self._order[language],
                self.documents.numbers(language).pages,
                there,
            )
            for language in self.languages
        }

    def _outline(self, entries: Sequence[Entry], language: str) -> list[Any]:
        return [
            [
                entry.page.name,
                self.documents.title(entry.page, language),
                self._outline(entry.children, language),
            ]
            for entry in entries
        ]

    # ------------------------------------------------------------ everything else

    def _add_start_pages(self) -> None:
        config = self.book.config
        for language in self.languages:
            path = self._home(language)
            if path not in self.files:
                offers = self.downloads.of_book(language, list(self._titles(language)))
                key = digest(path, offers, self._context_fingerprint[language])
                context = partial(self._contents_context, path, language, offers)
                self._add_downloads(offers)
                self.files[path] = self._rendered("contents.html", key, context)
        if config.multilingual:
            reference = config.reference.code
            titles = {each.code: self.documents.book_title(each.code) for each in config.languages}
            own = self._own[reference]
            languages = [(each.code, each.name, self._home(each.code)) for each in config.languages]
            title = config.project.title or titles[reference]  # of the book, then of its languages
            self.files["index.html"] = self._rendered(
                "start.html",
                digest(title, titles, list(own.files), languages, config.html.hosts),
                lambda: {
                    **self._common("index.html", reference, None),
                    "book_title": title,
                    "book_titles": titles,
                },
            )

    def _contents_context(
        self, path: str, language: str, offers: Sequence[Offer]
    ) -> dict[str, Any]:
        return {
            **self._common(path, language, None),
            "title": self.documents.book_title(language),
            "first": self._order[language][0],
            "offers": offers,
        }

    def _add_signs(self) -> None:
        """Add what search engines and servers look for at the site's root."""
        book = self.book
        config = book.config
        base = config.html.base_url
        root = root_of(base)
        key = digest(self._context_fingerprint[self.languages[0]], root)
        self.files["404.html"] = self._rendered("missing.html", key, lambda: self._missing(root))
        if base:
            codes = [each.code for each in self._shown_languages]
            indexes = {code: config.localised(code).build.index for code in codes}
            starts = {code: self._home(code) for code in codes if indexes[code] not in book.pages}
            pages = (
                {code: self._path(page.name, code) for code in codes if code in page.sources}
                for page in book.pages.values()
            )
            self.files["sitemap.xml"] = sitemap(base, [starts, *pages]).encode()
            self.files["robots.txt"] = robots(base).encode()

    def _missing(self, root: str) -> dict[str, Any]:
        """Return what the page for addresses without a page needs: it speaks all languages."""
        config = self.book.config
        said = {
            code: say("There is no page at this address.")
            for code, say in ((each.code, words(each.code)) for each in config.languages)
        }
        common = self._common("404.html", config.reference.code, None)
        return {**common, "root": root, "said": said}

    def _rendered(self, template: str, key: str, context: Callable[[], dict[str, Any]]) -> bytes:
        """Return a template with its context, which is not even made where it is kept already."""
        key = digest(code_digest(), template, key)
        kept = self.cache.get(key)
        if kept is None:
            kept = json.dumps(self._template(template).render(**context())).encode()
            self.cache.put(key, kept)
        content: str = json.loads(kept)
        return content.encode()

    @cached_property
    def _own(self) -> dict[str, Own]:
        """What the book itself puts on every page, by language: those that stay included."""
        return {each.code: own_things(self.book, each.code) for each in self.book.config.languages}

    def _add_own_files(self) -> None:
        for own in self._own.values():
            self.files.update((f"{_FILES}/{name}", self.book.root / name) for name in own.files)
            self.diagnostics += own.diagnostics

    def _add_static(self) -> None:
        for file in sorted(self._package.joinpath("static").iterdir()):
            text = lean_file(file.suffix, file.read_text(encoding="utf-8"))
            self.files[f"{_STATIC}/{file.name}"] = text.encode()
        # One for all languages, whatever order of tabs each of them has.
        rules = self._rendered("tabs.css", digest(list(self.tabs)), lambda: {"tabs": self.tabs})
        self.files[f"{_STATIC}/tabs.css"] = lean_file(".css", rules.decode()).encode()

    @cached_property
    def _package(self) -> Path:
        return Path(str(resources.files("polybook.html")))

    @cached_property
    def _templates(self) -> Any:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415

        return Environment(
            loader=FileSystemLoader(self._package / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def _template(self, name: str) -> Any:
        return self._templates.get_template(name)


def _paths(
    entries: Sequence[Entry], above: tuple[str, ...] = ()
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for entry in entries:
        path = (*above, entry.page.name)
        yield entry.page.name, path
        yield from _paths(entry.children, path)


def relative(target: str, start: str) -> str:
    """Return the address of a path of the site as a page at `start` must write it."""
    return quote(posixpath.relpath(target, posixpath.dirname(start) or "."))
