"""The web site: a page per language and section, from documents, templates and a little CSS.

`build_site` renders what has changed and puts the site in its place at once.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

from polybook.book import Book, Entry, Page
from polybook.cache import ContentCache, code_digest, digest
from polybook.document import Document, Documents, Fresh
from polybook.document.pandoc import write_blocks
from polybook.document.resources import FILE, file_path
from polybook.errors import Diagnostic, Location, Severity
from polybook.html.body import Body
from polybook.html.site import write_site
from polybook.words import Words, words

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
        self.tabs = {tab: book.config.framework(tab).title or tab for tab in tabs}
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
        self._add_static()
        folder = self.book.config.output / "html"
        whole = len(self.languages) == len(self.book.config.languages)
        changed = write_site(folder, self.files, [] if whole else self._kept_folders())
        if whole:
            self.cache.forget_others()
        return SiteReport(folder, len(targets), changed, self.diagnostics)

    def _kept_folders(self) -> list[str]:
        others = [
            each.code for each in self.book.config.languages if each.code not in self.languages
        ]
        return [*others, _FILES, _OUTPUTS]

    # ------------------------------------------------------------ addresses

    def _path(self, page: str, language: str) -> str:
        return f"{language}/{page}.html" if self.book.config.multilingual else f"{page}.html"

    def _target(self, page: Page, language: str) -> _Target:
        key = digest(
            code_digest(),
            self.documents.fingerprint(page, language, self.fresh[page.name, language]),
            self._context_fingerprint[language],
            list(self.tabs.items()),
        )
        return _Target(page, language, self._path(page.name, language), key)

    def _address(self, target: str, start: str, language: str, files: set[str]) -> str:
        """Return the address, from the page at `start`, of a target as documents have them."""
        if target.startswith("page:"):
            page, _, anchor = target.removeprefix("page:").partition("#")
            path = self._path(page, language)
            address = relative(path, start) if path != start or not anchor else ""
            return f"{address}#{quote(anchor)}" if anchor else address
        if target.startswith(FILE):
            file = target.removeprefix(FILE)
            files.add(file)
            return relative(f"{_FILES}/{file}", start)
        return target

    # ------------------------------------------------------------ pages

    def _render(self, targets: Sequence[_Target]) -> None:
        """Render pages, pandoc's part of it in one batch, and keep them in the cache."""
        made = [self._document(target) for target in targets]
        kept: list[dict[str, str]] = [{} for _ in targets]
        files: list[set[str]] = [set() for _ in targets]
        bodies = []
        for target, document, images, needed in zip(targets, made, kept, files, strict=True):
            number = self.documents.numbers(target.language).pages.get(target.page.name, "")
            body = Body(
                document,
                words(target.language),
                self.tabs,
                lambda address, target=target, needed=needed: self._address(  # type: ignore[misc]
                    address, target.path, target.language, needed
                ),
                lambda name, data, target=target, images=images: self._keep(  # type: ignore[misc]
                    name, data, target.path, images
                ),
                number,
            )
            bodies.append(body.blocks())
        written = write_blocks(bodies, "html5", _PANDOC)
        for target, document, body_html, images, needed in zip(
            targets, made, written, kept, files, strict=True
        ):
            html = self._page_html(target, document, body_html)
            content = {"html": html, "files": sorted(needed), "images": images}
            content["missing"] = list(document.missing_files)
            self.cache.put(target.key, json.dumps(content).encode())

    def _document(self, target: _Target) -> Document:
        fresh = self.fresh[target.page.name, target.language]
        shown = {tab: fresh[tab] for tab in fresh if tab in self.tabs}
        return self.documents.document(target.page, target.language, shown)

    def _keep(self, name: str, data: bytes, start: str, images: dict[str, str]) -> str:
        images[name] = data.hex()
        return relative(f"{_OUTPUTS}/{name}", start)

    def _add_page(self, target: _Target) -> None:
        content = json.loads(self.cache.get(target.key) or b"{}")
        self.files[target.path] = content["html"].encode()
        for file in content["files"]:
            self.files[f"{_FILES}/{file}"] = file_path(self.book, file)
        for name, data in content["images"].items():
            self.files[f"{_OUTPUTS}/{name}"] = bytes.fromhex(data)
        source, text_language = self.book.source(target.page, target.language)
        if text_language == target.language:
            self.diagnostics += [
                Diagnostic(
                    Severity.WARNING,
                    Location(source),
                    f"“{address}” leads to no page and no file.",
                    "A path is relative to the page; a page is named without its language.",
                )
                for address in content["missing"]
            ]

    def _page_html(self, target: _Target, document: Document, body: str) -> str:
        order = self._order
        place = order.index(target.page.name) if target.page.name in order else None
        html: str = self._template("page.html").render(
            **self._common(target.path, target.language),
            document=document,
            body=body,
            current=target.page.name,
            previous=order[place - 1] if place else None,
            following=order[place + 1] if place is not None and place + 1 < len(order) else None,
            stale=[self.tabs[tab] for tab in document.stale_tabs],
            translated=document.language == document.text_language,
            title=document.title,
            alternates=self._alternates(target.page.name, target.path),
        )
        return html

    @cached_property
    def _order(self) -> list[str]:
        return [entry.page.name for root in self.book.contents for entry in root.walk()]

    # ------------------------------------------------------------ what all pages share

    def _common(self, start: str, language: str) -> dict[str, Any]:
        config = self.book.config.localised(language)
        spoken: Words = words(language)
        return {
            "_": spoken,
            "words": spoken,
            "project": config.project,
            "book_title": self._book_title(language),
            "language": language,
            "contents": self.book.contents,
            "titles": lambda page: self.documents.title(self.book.pages[page], language),
            "numbers": self.documents.numbers(language).pages,
            "page_address": lambda page: relative(self._path(page, language), start),
            "static": lambda name: relative(f"{_STATIC}/{name}", start),
            "home": relative(self._path(self.book.config.build.index, language), start),
            "favicon": self._book_file(config.html.favicon, start),
            "logo": self._book_file(config.html.html_logo, start),
            "tabs": self.tabs,
        }

    def _book_title(self, language: str) -> str:
        config = self.book.config.localised(language)
        first = self.book.pages.get(config.build.index) or self.book.contents[0].page
        return config.project.title or self.documents.title(first, language)

    def _book_file(self, name: str, start: str) -> str:
        if not name or not (self.book.root / name).is_file():
            return ""
        self.files[f"{_FILES}/{name}"] = self.book.root / name
        return relative(f"{_FILES}/{name}", start)

    def _alternates(self, page: str, start: str) -> list[dict[str, str]]:
        if not self.book.config.multilingual:
            return []
        return [
            {
                "code": language.code,
                "name": language.name,
                "address": relative(self._path(page, language.code), start),
            }
            for language in self.book.config.languages
        ]

    @cached_property
    def _context_fingerprint(self) -> dict[str, str]:
        """Digest, per language, what every page shows of the rest of the book."""
        config = self.book.config
        return {
            language: digest(
                config.localised(language).project,
                config.localised(language).html,
                [(each.code, each.name) for each in config.languages],
                self._outline(self.book.contents, language),
                self.documents.numbers(language).pages,
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
        index = self.book.config.build.index
        if index not in self.book.pages:
            for language in self.languages:
                path = self._path(index, language)
                self.files[path] = (
                    self._template("contents.html")
                    .render(
                        **self._common(path, language),
                        title=self._book_title(language),
                        current=None,
                        alternates=self._alternates(index, path),
                    )
                    .encode()
                )
        if self.book.config.multilingual:
            reference = self.book.config.reference.code
            self.files["index.html"] = (
                self._template("start.html")
                .render(
                    **self._common("index.html", reference),
                    alternates=self._alternates(index, "index.html"),
                    book_titles={
                        each.code: self._book_title(each.code)
                        for each in self.book.config.languages
                    },
                )
                .encode()
            )

    def _add_static(self) -> None:
        for file in sorted(self._package.joinpath("static").iterdir()):
            self.files[f"{_STATIC}/{file.name}"] = file.read_bytes()
        choice = self._template("tabs.css").render(tabs=self.tabs)
        self.files[f"{_STATIC}/tabs.css"] = choice.encode()

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
