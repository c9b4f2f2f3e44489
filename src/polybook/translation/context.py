"""What every rule looks at: a book, with the pages and languages that are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from polybook.book import Book, Page
from polybook.document import Documents
from polybook.errors import Location
from polybook.running.programs import Program
from polybook.translation.pieces import Piece, find_pieces


@dataclass(frozen=True)
class Translated:
    """A page in a language beside the page in the reference language."""

    page: Page
    language: str
    path: Path
    pieces: Sequence[Piece]
    reference: Sequence[Piece]
    reference_path: Path

    def at(self, line: int) -> Location:
        """Return a place in the translation."""
        return Location(self.path, line)


@dataclass(frozen=True)
class Context:
    """A book, read; `programs` gives those of a page in a language, by tab."""

    book: Book
    languages: Sequence[str]
    programs: Callable[[str, str], Mapping[str, Program]]
    make_documents: Callable[[], Documents]
    _pieces: dict[Path, tuple[Piece, ...]] = field(default_factory=dict, repr=False)

    @cached_property
    def documents(self) -> Documents:
        """The book's documents, parsed when the first rule asks for them."""
        return self.make_documents()

    @property
    def reference(self) -> str:
        """The code of the language that the others are compared with."""
        return self.book.config.reference.code

    def pieces(self, path: Path) -> tuple[Piece, ...]:
        """Return the pieces of a page's file, found once."""
        if path not in self._pieces:
            self._pieces[path] = find_pieces(self.book.text(path))
        return self._pieces[path]

    def prose(self, path: Path) -> Iterator[Piece]:
        """Yield the pieces of a page's file that readers read, what images say among them."""
        yield from (piece for piece in self.pieces(path) if piece.is_prose)
        for text, line in self.book.text(path).image_words.values():
            yield Piece("text", line, text)

    def files(self) -> Iterator[tuple[Page, str, Path]]:
        """Yield each page in each language that is asked for and that has a file of its own."""
        for page in self.book.pages.values():
            for language in self.languages:
                if language in page.sources:
                    yield page, language, page.sources[language]

    def translations(self, pages: Sequence[str] = ()) -> Iterator[Translated]:
        """Yield each of these that has a reference to be compared with; all, if none is named."""
        for page, language, path in self.files():
            source = page.sources.get(self.reference)
            if source and language != self.reference and (not pages or page.name in pages):
                pieces, reference = self.pieces(path), self.pieces(source)
                yield Translated(page, language, path, pieces, reference, source)
