"""Slides: for each page with slide marks a notebook with slides in it, and a deck for the browser.

`slides/tr/pytorch/chapter/page.ipynb` has Jupyter's own metadata for slides; the deck beside it,
`page.html`, is one file that needs no other: images, style and script are in it. A book without
`[languages]` has no folder per language.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from polybook.book import Book, Page
from polybook.cache import ContentCache, code_digest, digest
from polybook.dialect.comments import without_save_marks
from polybook.document import Document, Documents, Fresh
from polybook.document.ast import Elements, classes_of, div, walk
from polybook.document.only import HTML, for_format
from polybook.document.pandoc import write_blocks
from polybook.document.resources import FILE, split_target
from polybook.folder import write_folder
from polybook.notebooks import markdown
from polybook.notebooks.code import code_cells
from polybook.slides import deck
from polybook.slides.alone import data_address, stand_alone
from polybook.slides.cutting import cut, has_marks, signed_page, without_signs
from polybook.slides.notebook import SlideNotebook, slide_notebook

__all__ = ["SlidesReport", "build_slides"]

_BATCH = 16  # as many as pandoc is given at a time


@dataclass(frozen=True)
class SlidesReport:
    """What came of a build of slides."""

    folder: Path
    decks: int
    changed: Sequence[str]


@dataclass(frozen=True)
class _Target:
    """Slides to be: of a page, in a language that it is written in, for a tab."""

    page: Page
    language: str
    tab: str

    def path(self, book: Book) -> str:
        """Return the path of its files, without suffix."""
        folder = f"{self.language}/{self.tab}" if book.config.multilingual else self.tab
        return f"{folder}/{self.page.name}"


@dataclass(frozen=True)
class _Begun:
    """Slides that pandoc has still to write."""

    target: _Target
    key: str
    document: Document
    blocks: Elements
    notebook: SlideNotebook


def build_slides(
    book: Book,
    fresh: Mapping[tuple[str, str], Fresh],
    languages: Sequence[str],
    tabs: Sequence[str],
) -> SlidesReport:
    """Build the slides of a book.

    Args:
        book: the book.
        fresh: what the programs of each page have left, by page and language.
        languages: the languages to build; what is there of the others stays as it is.
        tabs: the tabs to build; likewise.

    Raises:
        OSError: they cannot be written; the old ones are still whole.
        PandocError: pandoc refuses a page.

    """
    return _Builder(book, fresh, languages, tabs).build()


class _Builder:
    def __init__(
        self,
        book: Book,
        fresh: Mapping[tuple[str, str], Fresh],
        languages: Sequence[str],
        tabs: Sequence[str],
    ) -> None:
        self.book = book
        self.fresh = fresh
        self.languages = languages
        self.tabs = tabs
        cache = book.config.output / ".cache" / "slides"
        self.documents = Documents(book.with_texts(signed_page), cache)
        self.made = ContentCache(cache / "made", ".json")

    def build(self) -> SlidesReport:
        marked = [page for page in self.book.pages.values() if self._is_marked(page)]
        if marked:
            self.documents.parse([each.code for each in self.book.config.languages])
        targets = [target for page in marked for target in self._targets(page)]
        keyed = [(target, self._key(target)) for target in targets]
        stale = [(target, key) for target, key in keyed if not self._is_made(key)]
        for start in range(0, len(stale), _BATCH):
            self._make([self._begin(*each) for each in stale[start : start + _BATCH]])
        files: dict[str, bytes | Path] = {}
        for target, key in keyed:
            made = json.loads(self.made.get(key) or b"{}")
            path = target.path(self.book)
            files[f"{path}.html"] = made["deck"].encode()
            files[f"{path}.ipynb"] = made["notebook"].encode()
        config = self.book.config
        kept = [
            f"{language.code}/{tab}" if config.multilingual else tab
            for language in config.languages
            for tab in config.tabs
            if language.code not in self.languages or tab not in self.tabs
        ]
        if not kept:
            self.made.forget_others()
        folder = config.output / "slides"
        return SlidesReport(folder, len(targets), write_folder(folder, files, kept))

    def _is_marked(self, page: Page) -> bool:
        return any(has_marks(self.book.text(path)) for path in page.sources.values())

    def _targets(self, page: Page) -> Iterator[_Target]:
        for language in self.languages:
            if language in page.sources and has_marks(self.book.text(page.sources[language])):
                fresh = self.fresh[page.name, language]
                own = self.book.config.localised(language).tabs
                # A page without code is everybody's.
                for tab in self.documents.tabs(page, language, fresh) if fresh else own:
                    if tab in self.tabs:
                        yield _Target(page, language, tab)

    def _framework(self, target: _Target) -> str:
        framework = self.book.config.localised(target.language).framework(target.tab)
        return framework.title or target.tab

    def _key(self, target: _Target) -> str:
        fresh = self.fresh[target.page.name, target.language]
        made_of = self.documents.fingerprint(target.page, target.language, fresh, (target.tab,))
        title = self.documents.book_title(target.language)
        return digest(code_digest(), made_of, target.language, self._framework(target), title)

    def _is_made(self, key: str) -> bool:
        kept = json.loads(self.made.get(key) or b"{}")
        return bool(kept) and kept["images"] == self._digests(kept["images"])

    def _digests(self, files: Iterable[str]) -> dict[str, str]:
        """Return the digests of files of the book; a file that is gone has none."""
        paths = {file: self.book.root / file for file in files}
        return {
            file: hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
            for file, path in paths.items()
        }

    def _document(self, target: _Target, *, numbered_cells: bool) -> Document:
        """Return a page's document for one tab, its blocks a division for each slide."""
        document = self.documents.document(
            target.page,
            target.language,
            self.fresh[target.page.name, target.language],
            (target.tab,),
            numbered_cells=numbered_cells,
        )
        slides = cut(for_format(document.blocks, HTML), target.language)
        for slide in slides:
            stand_alone(slide)
        for element in walk(slides):
            if element["t"] == "CodeBlock" and "code" in classes_of(element):
                element["c"][1] = without_save_marks(element["c"][1])
        return replace(document, blocks=[div(slide, "slide") for slide in slides])

    def _address(self, target: str) -> str:
        """Return the address of a target: an image is in its own."""
        if not target.startswith(FILE):
            return target
        path = self.book.root / split_target(target)[0]
        return data_address(path.name, path.read_bytes())

    def _begin(self, target: _Target, key: str) -> _Begun:
        document = self._document(target, numbered_cells=False)
        framework = self._framework(target)
        blocks = deck.deck_blocks(document, target.tab, framework, self._address)
        program, saved = self.fresh[target.page.name, target.language].get(target.tab, (None, None))
        code = code_cells(program, saved) if program else {}
        numbered = self._document(target, numbered_cells=True)
        notebook = slide_notebook(numbered, code, self._address)
        return _Begun(target, key, document, blocks, notebook)

    def _make(self, begun: Sequence[_Begun]) -> None:
        """Have pandoc write some slides, and keep them."""
        decks = write_blocks((each.blocks for each in begun), deck.FORMAT, deck.OPTIONS)
        texts = write_blocks(
            (each.notebook.texts for each in begun), markdown.FORMAT, markdown.OPTIONS
        )
        for each, html, text in zip(begun, decks, texts, strict=True):
            target = each.target
            title = without_signs(each.document.title)
            framework = self._framework(target)
            book = self.documents.book_title(target.language)
            own = {"page": target.page.name, "language": target.language, "tab": target.tab}
            made = {
                "deck": deck.deck_page(html, title, book, framework, target.language),
                "notebook": each.notebook.file(text, framework, {"title": title, "polybook": own}),
                "images": self._digests(each.document.files),
            }
            self.made.put(each.key, json.dumps(made).encode())
