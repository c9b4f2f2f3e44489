"""Marks that are unbalanced or malformed, and sentences that their marks cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator

from polybook.dialect.slides import SlideMark, find_slide_marks
from polybook.errors import Location, Severity
from polybook.translation.context import Context
from polybook.translation.findings import Finding

NAME = "marks"

_ENDS = tuple(".!?。！？")
#: What may stand between the end of a sentence and the next one.
_AFTER_ENDS = ("**]", "**)", ")", "]", "*", '"', "”", "»", "」", "』", "）", ":", "：", "…", "|")
_OPENER = re.compile(r"(?:^|\n)[ \t]*(?:[*+-]|\d+[.)]|\#+)$")


def find(context: Context) -> Iterator[Finding]:
    """Yield what cannot be right, and marks with blanks inside or around an end of a sentence."""
    for page, language, path in context.files():
        unknown = {each.message for each in context.book.unknown_tabs(page, language)}
        for each in context.book.diagnose(page, language):
            if each.message not in unknown:
                yield Finding(NAME, each.location, each.message, each.hint)
        for piece in context.pieces(path):
            if not piece.is_prose:
                continue
            for mark in find_slide_marks(piece.text)[0]:
                line = piece.line + piece.text.count("\n", 0, mark.start)
                for message, hint, severity in _wrong(mark, piece.text):
                    shown = piece.text[mark.start : mark.end]
                    yield Finding(NAME, Location(path, line), message, hint, shown, "", severity)


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
