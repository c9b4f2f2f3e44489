"""What each translation is up to date with: `translations/<language>.lock`, in the repository.

A line says that a paragraph of the reference, named by its digest, has been translated, by which
paragraph, and how it begins, for people. The order of lines means nothing, and neither does a line
whose paragraphs no longer exist: whatever git merges, as long as it keeps the lines of both sides,
is right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from polybook.book import Book
from polybook.errors import BookError, Location
from polybook.files import write_atomically
from polybook.translation.align import align
from polybook.translation.context import Translated
from polybook.translation.pieces import PROSE, Piece

#: What has to be translated; code, labels and formulas are compared by rules of their own.
_TRANSLATED = PROSE | {"block", "html"}

_DIGITS = 12
_EXCERPT = 60
_HEAD = """\
# What this translation is up to date with, a paragraph a line: the page, a digest of the paragraph
# in the reference, one of its translation, and how it begins in the reference.
# `polybook sync --accept` writes it. In a merge, keep the lines of both sides.
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One paragraph of the reference, by digest, and the translation that was made of it."""

    reference: str
    translation: str
    excerpt: str


#: The entries of a language, by page.
Lock = Mapping[str, Sequence[Entry]]


def lock_path(root: Path, language: str) -> Path:
    """Return the file of a language."""
    return root / "translations" / f"{language}.lock"


def read_lock(root: Path, language: str) -> Lock | None:
    """Read the file of a language; None if there is none.

    Raises:
        BookError: it is not UTF-8, or a line is not what this module writes.

    """
    path = lock_path(root, language)
    if not path.is_file():
        return None
    pages: dict[str, list[Entry]] = {}
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise BookError("The file is not UTF-8.", location=Location(path)) from None
    for number, line in enumerate(lines, 1):
        if line.startswith("#") or not line.strip():
            continue
        page, *rest = line.split("\t")
        if len(rest) != 3:
            raise BookError(
                "The line is not one of a translation's lock file.",
                hint="After a merge: keep the lines of both sides, and nothing else.",
                location=Location(path, number),
            )
        pages.setdefault(page, []).append(Entry(*rest))
    return pages


def write_lock(root: Path, language: str, lock: Lock) -> bool:
    """Write the file of a language; return whether that changed it."""
    lines = [
        "\t".join((page, entry.reference, entry.translation, entry.excerpt))
        for page in sorted(lock)
        for entry in dict.fromkeys(lock[page])
    ]
    content = _HEAD + "".join(f"{line}\n" for line in lines)
    return write_atomically(lock_path(root, language), content.encode())


def paragraphs(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Yield the pieces that have to be translated."""
    return (piece for piece in pieces if piece.kind in _TRANSLATED)


def digest(*pieces: Piece) -> str:
    """Name a paragraph, or several at once; how its lines are broken does not matter."""
    words = " ".join(word for piece in pieces for word in piece.text.split())
    return hashlib.sha256(words.encode()).hexdigest()[:_DIGITS]


def accept(book: Book, translations: Iterable[Translated]) -> dict[Path, int]:
    """Record translations as they are, and forget pages that the book no longer has.

    Returns:
        The file of each language, and how many paragraphs were not recorded before.

    """
    added: dict[Path, int] = {}
    by_language = sorted(translations, key=lambda each: each.language)
    for language, some in groupby(by_language, key=lambda each: each.language):
        lock = read_lock(book.root, language) or {}
        pages = {page: list(lock[page]) for page in lock if page in book.pages}
        path, count = lock_path(book.root, language), 0
        for each in some:
            before = {entry.reference for entry in pages.get(each.page.name, ())}
            pages[each.page.name] = list(_entries(each))
            count += sum(entry.reference not in before for entry in pages[each.page.name])
        write_lock(book.root, language, pages)
        added[path] = count
    return added


def _entries(each: Translated) -> Iterator[Entry]:
    """Yield what is recorded of a translation as it is."""
    for old, new in align(each.reference, each.pieces):
        theirs, ours = tuple(paragraphs(old)), tuple(paragraphs(new))
        for number, piece in enumerate(theirs):
            mine = ours[number : number + 1] if len(ours) == len(theirs) else ours
            excerpt = " ".join(piece.text.split())[:_EXCERPT].strip()
            yield Entry(digest(piece), digest(*mine), excerpt)
