"""The web site: a page per language and section, from documents, templates and a little CSS.

`build_site` renders what has changed and puts the site in its place at once.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

from polybook.book import Book, Entry, Page
from polybook.cache import ContentCache, code_digest, digest
from polybook.config import Language
from polybook.document import Document, Documents, Fresh
from polybook.document.pandoc import write_blocks
from polybook.document.resources import FILE, PAGE, split_target
from polybook.errors import Diagnostic, Location, Severity
from polybook.html.body import Body
from polybook.html.lean import lean, unconverted
from polybook.html.site import write_site
from polybook.words import words

__all__ = ["SiteReport", "build_site"]

_STATIC, _FILES, _OUTPUTS = "_static", "_files", "_outputs"
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
    key: str


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
        OSError: the site cannot be written; the old one is still whole.
        PandocError: pandoc refuses a page.

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
        self.cache = ContentCache(book.config.output / ".cache" / "html", ".json")
        self.files: dict[str, bytes | Path] = {}
        self.diagnostics: list[Diagnostic] = []

    def build(self) -> SiteReport:
        targets = [
            self._target(page, language)
            for language in self.languages
            for page in self.book.pages.values()
        ]
        self._render([target for target in targets if self.cache.get(target.key) is None])
        for target in targets:
            self._add_page(target)
        self._add_start_pages()
        self._add_book_files()
        self._add_static()
        folder = self._folder
        whole = len(self.languages) == len(self.book.config.languages)
        changed = write_site(folder, self.files, [] if whole else self._kept_folders())
        if whole:
            self.cache.forget_others()
        self.documents.forget_others()
        return SiteReport(folder, len(targets), changed, self.diagnostics)

    @property
    def _folder(self) -> Path:
        return self.book.config.output / "html"

    @cached_property
    def _shown_languages(self) -> list[Language]:
        """The languages that the site has: those built now, and those that are there already."""
        index = self.book.config.build.index
        return [
            each
            for each in self.book.config.languages
            if each.code in self.languages
            or (self._folder / self._path(index, each.code)).is_file()
        ]

    def _kept_folders(self) -> list[str]:
        others = [
            each.code for each in self.book.config.languages if each.code not in self.languages
        ]
        return [*others, _FILES, _OUTPUTS]

    def _titles(self, language: str) -> dict[str, str]:
        """Return the title of each tab that is shown, in the language's order."""
        config = self.book.config
        names = [tab for tab in config.localised(language).tabs if tab in self.tabs]
        return {tab: config.framework(tab).title or tab for tab in names}

    # ------------------------------------------------------------ addresses

    def _path(self, page: str, language: str) -> str:
        return f"{language}/{page}.html" if self.book.config.multilingual else f"{page}.html"

    def _target(self, page: Page, language: str) -> _Target:
        fresh = self.fresh[page.name, language]
        key = digest(
            code_digest(),
            language,
            self.documents.fingerprint(page, language, fresh, self.tabs),
            self._context_fingerprint[language],
        )
        return _Target(page, language, self._path(page.name, language), key)

    def _address(self, target: str, start: str, language: str, files: set[str]) -> str:
        """Return the address, from the page at `start`, of a target as documents have them."""
        if not target.startswith((PAGE, FILE)):
            return target
        name, anchor = split_target(target)
        if target.startswith(FILE):
            files.add(name)
            address = relative(f"{_FILES}/{name}", start)
            return f"{address}#{anchor}" if anchor else address
        path = self._path(name, language)
        address = relative(path, start) if path != start or not anchor else ""
        return f"{address}#{quote(anchor)}" if anchor else address

    # ------------------------------------------------------------ pages

    def _render(self, targets: Sequence[_Target]) -> None:
        """Render pages, pandoc's part of it in one batch, and keep them in the cache."""
        if not targets:
            return
        made = [self._document(target) for target in targets]
        kept: list[dict[str, str]] = [{} for _ in targets]
        files: list[set[str]] = [set() for _ in targets]
        bodies = []
        for target, document, images, needed in zip(targets, made, kept, files, strict=True):
            body = Body(
                document,
                self._titles(target.language),
                lambda address, target=target, needed=needed: self._address(  # type: ignore[misc]
                    address, target.path, target.language, needed
                ),
                lambda name, data, target=target, images=images: self._keep(  # type: ignore[misc]
                    name, data, target.path, images
                ),
            )
            bodies.append(body.blocks())
        with ThreadPoolExecutor(1) as pool:  # Jinja is loaded while pandoc works
            template = pool.submit(self._template, "page.html")
            written = write_blocks(bodies, "html5", _PANDOC)
            template.result()
        for target, document, body_html, images, needed in zip(
            targets, made, written, kept, files, strict=True
        ):
            content = {
                "html": self._page_html(target, document, lean(body_html)),
                "files": sorted(needed),
                "images": images,
                "formulas": unconverted(body_html),
            }
            self.cache.put(target.key, json.dumps(content).encode())

    def _document(self, target: _Target) -> Document:
        fresh = self.fresh[target.page.name, target.language]
        return self.documents.document(target.page, target.language, fresh, self.tabs)

    def _keep(self, name: str, data: bytes, start: str, images: dict[str, str]) -> str:
        images[name] = data.hex()
        return relative(f"{_OUTPUTS}/{name}", start)

    def _add_page(self, target: _Target) -> None:
        content = json.loads(self.cache.get(target.key) or b"{}")
        self.files[target.path] = content["html"].encode()
        for file in content["files"]:
            self.files[f"{_FILES}/{file}"] = self.book.root / file
        for name, data in content["images"].items():
            self.files[f"{_OUTPUTS}/{name}"] = bytes.fromhex(data)
        source, text_language = self.book.source(target.page, target.language)
        if text_language == target.language:
            text = self.book.text(source).text
            for formula in content["formulas"]:
                start = text.find(formula)
                line = text.count("\n", 0, start) + 1 if start >= 0 else 0
                message = f"The formula “{formula.strip()}” is shown as TeX."
                hint = "It uses a command that pandoc does not know, or a brace is missing."
                place = Location(source, line)
                self.diagnostics.append(Diagnostic(Severity.WARNING, place, message, hint))

    def _page_html(self, target: _Target, document: Document, body: str) -> str:
        order = self._order
        place = order.index(target.page.name) if target.page.name in order else None
        titles = self._titles(target.language)
        stale = [titles[tab] for tab in document.stale_tabs]
        html: str = self._template("page.html").render(
            **self._common(target.path, target.language, target.page.name),
            document=document,
            body=body,
            previous=order[place - 1] if place else None,
            following=order[place + 1] if place is not None and place + 1 < len(order) else None,
            stale=words(target.language).listed(stale),
            translated=document.language == document.text_language,
            text_direction=words(document.text_language).direction,
            title=document.title,
        )
        return html

    @cached_property
    def _order(self) -> list[str]:
        """Return the pages in reading order: the root page, then the table of contents."""
        index = self.book.config.build.index
        listed = [entry.page.name for root in self.book.contents for entry in root.walk()]
        return [index, *listed] if index in self.book.pages and index not in listed else listed

    # ------------------------------------------------------------ what all pages share

    def _common(self, start: str, language: str, current: str | None) -> dict[str, Any]:
        """Return what templates need: `start` is the page's path, `current` its name if it has one.

        A page's language differs from `language` where the page is not yet translated.
        """
        config = self.book.config.localised(language)
        pages = self.book.pages
        return {
            "_": words(language),
            "words": words(language),
            "project": config.project,
            "book_title": self._book_title(language),
            "language": language,
            "contents": self.book.contents,
            "current": current,
            "path_to_current": self._above.get(current or "", ()),
            "titles": lambda page: self.documents.title(pages[page], language),
            "languages": lambda page: self.book.source(pages[page], language)[1],
            "numbers": self.documents.numbers(language).pages,
            "page_address": lambda page: relative(self._path(page, language), start),
            "static": lambda name: relative(f"{_STATIC}/{name}", start),
            "home": relative(self._path(self.book.config.build.index, language), start),
            "favicon": self._book_file(config.html.favicon, start),
            "logo": self._book_file(config.html.html_logo, start),
            "tabs": self._titles(language),
            "alternates": self._alternates(current or self.book.config.build.index, start),
        }

    @cached_property
    def _above(self) -> dict[str, tuple[str, ...]]:
        """Return, for each page of the table of contents, itself and the pages above it."""
        found: dict[str, tuple[str, ...]] = {}

        def visit(entries: Sequence[Entry], above: tuple[str, ...]) -> None:
            for entry in entries:
                found[entry.page.name] = (*above, entry.page.name)
                visit(entry.children, found[entry.page.name])

        visit(self.book.contents, ())
        return found

    def _book_title(self, language: str) -> str:
        config = self.book.config.localised(language)
        first = self.book.pages.get(config.build.index) or self.book.contents[0].page
        return config.project.title or self.documents.title(first, language)

    def _book_file(self, name: str, start: str) -> str:
        """Return the address of a file that `[html]` names; nothing if it does not exist."""
        there = name and (self.book.root / name).is_file()
        return relative(f"{_FILES}/{name}", start) if there else ""

    def _alternates(self, page: str, start: str) -> list[dict[str, Any]]:
        """Return the same page in all languages; `translated` tells which of them have it."""
        if not self.book.config.multilingual:
            return []
        known = self.book.pages.get(page)
        return [
            {
                "code": language.code,
                "name": language.name,
                "address": relative(self._path(page, language.code), start),
                "translated": known is None or language.code in known.sources,
            }
            for language in self._shown_languages
        ]

    @cached_property
    def _context_fingerprint(self) -> dict[str, str]:
        """Digest, per language, what every page shows of the rest of the book."""
        config = self.book.config
        return {
            language: digest(
                config.localised(language).project,
                config.build.index,
                [self._book_file(name, "") for name in self._book_file_names(language).values()],
                [(each.code, each.name) for each in self._shown_languages],
                list(self._titles(language).items()),
                self._outline(self.book.contents, language),
                self._book_title(language),
                self._order,
                self.documents.numbers(language).pages,
                [(name, list(page.sources)) for name, page in self.book.pages.items()],
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
        if config.build.index not in self.book.pages:
            for language in self.languages:
                path = self._path(config.build.index, language)
                key = digest(path, self._context_fingerprint[language])
                context = partial(self._contents_context, path, language)
                self.files[path] = self._rendered("contents.html", key, context)
        if config.multilingual:
            reference = config.reference.code
            titles = {each.code: self._book_title(each.code) for each in config.languages}
            icon = self._book_file(config.localised(reference).html.favicon, "")
            languages = [(each.code, each.name) for each in config.languages]
            self.files["index.html"] = self._rendered(
                "start.html",
                digest(titles, icon, languages, config.build.index),
                lambda: {**self._common("index.html", reference, None), "book_titles": titles},
            )

    def _contents_context(self, path: str, language: str) -> dict[str, Any]:
        return {**self._common(path, language, None), "title": self._book_title(language)}

    def _rendered(self, template: str, key: str, context: Callable[[], dict[str, Any]]) -> bytes:
        """Return a template with its context, which is not even made where it is kept already."""
        key = digest(code_digest(), template, key)
        kept = self.cache.get(key)
        if kept is None:
            kept = json.dumps(self._template(template).render(**context())).encode()
            self.cache.put(key, kept)
        content: str = json.loads(kept)
        return content.encode()

    def _book_file_names(self, language: str) -> dict[str, str]:
        html = self.book.config.localised(language).html
        return {"favicon": html.favicon, "html_logo": html.html_logo}

    def _add_book_files(self) -> None:
        """Add the files that `[html]` names, and report those that do not exist."""
        for language in self.book.config.languages:
            for key, name in self._book_file_names(language.code).items():
                if self._book_file(name, ""):
                    self.files[f"{_FILES}/{name}"] = self.book.root / name
                elif name:
                    message = f"[html] {key}: there is no file “{name}”."
                    hint = "The path is relative to config.ini."
                    place = Location(self.book.config.path)
                    self.diagnostics.append(Diagnostic(Severity.WARNING, place, message, hint))

    def _add_static(self) -> None:
        for file in sorted(self._package.joinpath("static").iterdir()):
            self.files[f"{_STATIC}/{file.name}"] = file.read_bytes()
        # One for all languages, whatever order of tabs each of them has.
        self.files[f"{_STATIC}/tabs.css"] = self._rendered(
            "tabs.css", digest(list(self.tabs)), lambda: {"tabs": self.tabs}
        )

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


def relative(target: str, start: str) -> str:
    """Return the address of a path of the site as a page at `start` must write it."""
    return quote(posixpath.relpath(target, posixpath.dirname(start) or "."))
