"""A book as one text from its first page to its last: what formats are made of that have no pages.

A page lies as deep in it as in the table of contents; so do its headings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from polybook.book import Book, Entry, Page
from polybook.document.ast import Elements, classes_of
from polybook.errors import Location


@dataclass(frozen=True, slots=True)
class Part:
    """A page in its place; `depth` is 1 for a chapter. `front` is the root page, before them."""

    page: Page
    depth: int
    front: bool = False


def parts(book: Book, language: str) -> Iterator[Part]:
    """Yield the pages of a language in reading order; what no contents list is left out."""
    index = book.pages_in(language).get(book.config.localised(language).build.index)
    listed = list(_parts(book.contents(language), 1))
    if index and index.name not in {part.page.name for part in listed}:
        yield Part(index, 1, front=True)
    yield from listed


def _parts(entries: Sequence[Entry], depth: int) -> Iterator[Part]:
    for entry in entries:
        yield Part(entry.page, depth)
        yield from _parts(entry.children, depth + 1)


def is_bare(blocks: Elements) -> bool:
    """Tell whether there is nothing in a page but headings and contents: a book has both itself."""
    return all(each["t"] == "Header" or "toc" in classes_of(each) for each in blocks)


def find_place(book: Book, language: str, pages: Sequence[Part], *pieces: str) -> Location | None:
    """Return where the first of some pieces stands that a page's source has."""
    sources = [book.source(part.page, language)[0] for part in pages]
    for piece in filter(None, pieces):
        for path in sources:
            text = book.text(path).text
            if (start := text.find(piece)) >= 0:
                return Location(path, text.count("\n", 0, start) + 1)
    return None


def file_name(book: Book, language: str, tab: str, suffix: str) -> str:
    """Return the name of the file that is the book in a language, for a framework."""
    name = book.config.localised(language).project.name
    code = [language] if book.config.multilingual else []
    return "-".join([name, *code, tab]) + suffix


def other_names(
    book: Book, languages: Sequence[str], tabs: Sequence[str], suffix: str
) -> list[str]:
    """Return the names of the files that a build of some languages and tabs leaves as they are."""
    return [
        file_name(book, language.code, tab, suffix)
        for language in book.config.languages
        for tab in book.config.tabs
        if language.code not in languages or tab not in tabs
    ]
