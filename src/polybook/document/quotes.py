"""Quotation marks of the language of a text, where its author has typed straight ones.

The marks are CLDR's. Languages that are not here have those that pandoc writes, “ ” and ‘ ’: so has
Japanese, whose authors type 「 」 themselves and mean another thing by straight ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from polybook.document.ast import Element, Elements, replace_inlines, text

#: The outer marks and the inner ones. French has narrow spaces within, which do not break.
_MARKS: Mapping[str, tuple[str, str, str, str]] = {
    "de": ("„", "“", "‚", "‘"),
    "fr": ("«\u202f", "\u202f»", "“", "”"),
    "ru": ("«", "»", "„", "“"),
    "uk": ("«", "»", "„", "“"),
}


def marks_of(language: str) -> tuple[str, str, str, str] | None:
    """Return a language's marks; None where they are pandoc's."""
    return _MARKS.get(language.partition("-")[0])


def set_quotes(blocks: Elements, language: str) -> None:
    """Put the marks of a language into blocks that are in it, which are changed."""
    if marks := marks_of(language):
        replace_inlines(blocks, lambda inlines: list(_with_marks(inlines, marks)))


def _with_marks(inlines: Elements, marks: tuple[str, str, str, str]) -> Iterator[Element]:
    for each in inlines:
        match each:
            case {"t": "Quoted", "c": [{"t": kind}, content]}:
                opening, closing = marks[:2] if kind == "DoubleQuote" else marks[2:]
                yield text(opening)
                yield from _with_marks(content, marks)
                yield text(closing)
            case _:
                yield each
