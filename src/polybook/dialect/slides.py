"""Slide marks: `[**…**]` and `(**…**)`, `[~~…~~]` and `(~~…~~)`.

The stars choose text for the slides, the tildes add text that is on the slides alone.
`[` begins a new slide, `(` goes on with the last one. On a page the text of the first two stands
without its marks, and the text of the last two does not stand at all.
"""

from __future__ import annotations

from dataclasses import dataclass

from polybook.dialect.protected import scan, scanner

_CLOSING = {"[**": "**]", "(**": "**)", "[~~": "~~]", "(~~": "~~)"}
_MARKS = scanner(r"(?P<open>[\[(](?:\*\*|~~)) | (?P<close>(?:\*\*|~~)[\])])")


@dataclass(frozen=True, slots=True)
class SlideMark:
    """A pair of marks; `start` and `end` are offsets of the whole, marks included."""

    opening: str
    start: int
    end: int
    text: str

    @property
    def begins_slide(self) -> bool:
        """Whether a new slide begins here."""
        return self.opening[0] == "["

    @property
    def on_page(self) -> bool:
        """Whether the text is the page's too."""
        return "*" in self.opening


@dataclass(frozen=True, slots=True)
class StrayMark:
    """A mark without its other half, at offset `start`."""

    mark: str
    start: int


def find_slide_marks(prose: str) -> tuple[list[SlideMark], list[StrayMark]]:
    """Find the slide marks of a stretch of prose, and those that lack their other half.

    `[**bold**](address)` is a link, and no mark, as in d2lbook.
    """
    marks: list[SlideMark] = []
    stray: list[StrayMark] = []
    opened: tuple[str, int] | None = None
    for found in scan(_MARKS, prose):
        if found["open"]:
            if opened:
                stray.append(StrayMark(*opened))
            opened = (found["open"], found.start())
        elif opened and _CLOSING[opened[0]] == found["close"]:
            mark, start = opened
            opened = None
            if not (mark[0] == "[" and prose.startswith("(", found.end())):
                marks.append(SlideMark(mark, start, found.end(), prose[start + 3 : found.start()]))
        elif not opened:
            stray.append(StrayMark(found["close"], found.start()))
    if opened:
        stray.append(StrayMark(*opened))
    return marks, stray


def without_slide_marks(prose: str) -> str:
    """Return the prose as it stands on the page; a stray mark is left for its author to mend."""
    for mark in reversed(find_slide_marks(prose)[0]):
        text = mark.text.strip() if mark.on_page else ""
        prose = prose[: mark.start] + text + prose[mark.end :]
    return prose
