"""Shelves: all notebooks of one language and tab, with what they show and need beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from polybook.book import Book
from polybook.notebooks.rendering import PageNotebooks, Rendering


@dataclass(frozen=True)
class Shelf:
    """One folder of notebooks: `folder` is its path below all of them.

    `beside` are figures, resources and modules, at the places that they have in the book.
    """

    language: str
    tab: str
    folder: str
    pages: Mapping[str, PageNotebooks]
    beside: Mapping[str, Path]

    def files(self, content: Callable[[PageNotebooks], str]) -> dict[str, bytes | Path]:
        """Return the files of the folder, of each page what `content` takes of it."""
        notebooks = {f"{name}.ipynb": content(page).encode() for name, page in self.pages.items()}
        return {**self.beside, **notebooks}


def folder_name(book: Book, language: str, tab: str) -> str:
    """Return the path of a shelf's folder: `tr/pytorch`; in a book with one language `pytorch`."""
    return f"{language}/{tab}" if book.config.multilingual else tab


def shelves(
    book: Book, rendering: Rendering, languages: Sequence[str], tabs: Sequence[str]
) -> Iterator[Shelf]:
    """Yield the shelves of some languages and tabs.

    Raises:
        BookError: a resource lies outside of the book.
        PandocError: pandoc refuses a page.

    """
    rendered = rendering.render()
    for language in languages:
        texts = {place: path for path, place in book.companions(language)}
        resources = {**texts, **dict(_resources(book, language))}
        for tab in book.config.localised(language).tabs:
            if tab not in tabs:
                continue
            pages = {
                page: each
                for (page, code), each in rendered.items()
                if code == language and tab in each.full
            }
            own = {
                place: book.root / file
                for each in pages.values()
                for place, file in {**each.files, **each.modules.get(tab, {})}.items()
            }
            name = folder_name(book, language, tab)
            yield Shelf(language, tab, name, pages, {**resources, **own})


def _resources(book: Book, language: str) -> Iterator[tuple[str, Path]]:
    """Yield the files among a language's resources, by their places; hidden ones are not."""
    for path, place in book.resources(language):
        if not path.is_dir():
            yield place, path
            continue
        for file in sorted(path.rglob("*")):
            parts = file.relative_to(path).parts
            hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
            if file.is_file() and not hidden:
                yield f"{place}/{'/'.join(parts)}", file
