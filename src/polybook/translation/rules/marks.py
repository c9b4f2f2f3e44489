"""Marks that are unbalanced or malformed, and sentences that their marks cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from polybook.dialect.slides import SlideMark, find_slide_marks
from polybook.errors import Location, Severity
from polybook.translation.context import Context
from polybook.translation.findings import Finding
from polybook.translation.pieces import Piece
from polybook.translation.prose import bare

NAME = "marks"

_ENDS = tuple(".!?。！？")
#: What may stand between the end of a sentence and the next one.
_AFTER_ENDS = ("**]", "**)", ")", "]", "*", '"', "”", "»", "」", "』", "）", ":", "：", "…", "|")
#: What git leaves in a file that two have changed, and what refers to a footnote.
_CONFLICT = re.compile(r"^(?:<{7}|>{7}) .*$", re.MULTILINE)
_FOOTNOTE = re.compile(r"\[\^([^\]\s]+)\](:?)")
_OPENER = re.compile(r"(?:^|\n)[ \t]*(?:[*+-]|\d+[.)]|\#+)$")


def find(context: Context) -> Iterator[Finding]:
    """Yield what cannot be right, and marks with blanks inside or around an end of a sentence."""
    for page, language, path in context.files():
        unknown = {each.message for each in context.book.unknown_tabs(page, language)}
        for each in context.book.diagnose(page, language):
            if each.message not in unknown:
                yield Finding(NAME, each.location, each.message, each.hint)
        pieces = [piece for piece in context.pieces(path) if piece.is_prose]
        yield from _left_over(path, pieces)
        for piece in pieces:
            for mark in find_slide_marks(piece.text)[0]:
                line = piece.line + piece.text.count("\n", 0, mark.start)
                for message, hint, severity in _wrong(mark, piece.text):
                    shown = piece.text[mark.start : mark.end]
                    yield Finding(NAME, Location(path, line), message, hint, shown, "", severity)


def _left_over(path: Path, pieces: Sequence[Piece]) -> Iterator[Finding]:
    """Yield conflicts that were never resolved, and references to footnotes that are not there."""
    notes = [
        (piece, found)
        for piece in pieces
        if "[^" in piece.text
        for found in _FOOTNOTE.finditer(bare(piece.text))
    ]
    known = {found[1] for _, found in notes if found[2]}
    wrong = [
        (piece, found, f"There is no footnote “{found[0]}”.", f"Write “{found[0]}: …” once.")
        for piece, found in notes
        if found[1] not in known
    ]
    wrong += [
        (piece, found, "A merge has left this.", "Keep what is right of both sides.")
        for piece in pieces
        for found in _CONFLICT.finditer(piece.text)
    ]
    for piece, found, message, hint in wrong:
        line = piece.line + piece.text.count("\n", 0, found.start())
        yield Finding(NAME, Location(path, line), message, hint, found[0])


def _wrong(mark: SlideMark, prose: str) -> Iterator[tuple[str, str, Severity]]:
    text = mark.text.rstrip()
    before, behind = prose[: mark.start].rstrip(), prose[mark.end :]
    if mark.text != mark.text.strip():
        yield "The slide mark has blanks inside.", "Take the blanks out.", Severity.ERROR
    if not text.endswith(_ENDS):
        return
    if re.match(r"[ \t]*[.!?。！？](?:\s|$)", behind):
        message = "The sentence ends twice, inside and outside of the slide mark."
        yield message, "Keep one.", Severity.ERROR
    elif before and not before.endswith((*_ENDS, *_AFTER_ENDS)) and not _OPENER.search(before):
        message = "The slide mark begins within a sentence and is closed behind its end."
        yield message, f"Close it before the “{text[-1]}”.", Severity.WARNING
