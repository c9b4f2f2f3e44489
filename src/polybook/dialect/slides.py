"""Slide marks: `[**…**]` and `(**…**)`, `[~~…~~]` and `(~~…~~)`.

The stars choose text for the slides, the tildes add text that is on the slides alone.
`[` begins a new slide, `(` goes on with the last one. On a page the text of the first two stands
without its marks, and the text of the last two does not stand at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from polybook.dialect.protected import scan, scanner

_CLOSING = {"[**": "**]", "(**": "**)", "[~~": "~~]", "(~~": "~~)"}
_MARK = r"(?P<open>[\[(](?:\*\*|~~)) | (?P<close>(?:\*\*|~~)[\])])"
_MARKS = scanner(_MARK)
_HINT = re.compile(_MARK, re.VERBOSE)
# Not `^`: the pattern of a scanner is compiled without MULTILINE.
_HALF_HEADING = r"(?P<half>(?<![^\n])\#{1,6}[ \t]+\[(?=[^\[\]\n]+(?:\n|\Z)))"
_HALVES = scanner(_HALF_HEADING)
_HALF_HINT = re.compile(_HALF_HEADING, re.VERBOSE)
_OPENING_PUNCTUATION = "([{“‘«„（「『【"
_CLOSING_PUNCTUATION = ".,;:!?…)]}”’»。、，．：；！？）」』】"
# What can be an address behind a link's text: in angle brackets, or one word with a slash, a hash,
# a colon inside or a file's ending; and perhaps a title.
_ADDRESS = re.compile(
    r"""\((?: <[^<>\n]*> | (?!:) (?=[^\s()]*(?:[/\#:]|\.\w)) (?:[^\s()`$]|\([^\s()]*\))+ )
    (?:\s+["'(][^\n]*)?\)""",
    re.VERBOSE,
)
_LINK_TEXT = re.compile(r"\[[^\[\]]*\]")


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

    Marks may lie in marks of another kind. `[**bold**](address)` is a link, and no mark, as in
    d2lbook; here, only with what can be an address in its brackets. Nor are the stars of links such
    as `[**a** b](address)` and `[a **b**][c]`.
    """
    marks: list[SlideMark] = []
    stray: list[StrayMark] = []
    opened: dict[str, int] = {}  # the offset of each kind that is open, the innermost last
    for found in scan(_MARKS, prose) if _HINT.search(prose) else ():
        if found["open"]:
            if _begins_link(prose, found.start()):
                continue
            if found["open"] in opened:
                stray.append(StrayMark(found["open"], opened.pop(found["open"])))
            opened[found["open"]] = found.start()
            continue
        mark = next((mark for mark in opened if _CLOSING[mark] == found["close"]), "")
        if not mark:
            if not (found["close"][-1] == "]" and prose.startswith(("(", "[", "{"), found.end())):
                stray.append(StrayMark(found["close"], found.start()))
            continue
        if _ends_inside(prose, opened[mark] + len(mark), found):
            continue
        while (inner := opened.popitem())[0] != mark:
            stray.append(StrayMark(*inner))
        start = inner[1]
        if not (mark[0] == "[" and _ADDRESS.match(prose, found.end())):
            marks.append(SlideMark(mark, start, found.end(), prose[start + 3 : found.start()]))
    stray += [StrayMark(*each) for each in opened.items()]
    return sorted(marks, key=lambda each: each.start), sorted(stray, key=lambda each: each.start)


def _begins_link(prose: str, start: int) -> bool:
    text = _LINK_TEXT.match(prose, start)
    return text is not None and _ADDRESS.match(prose, text.end()) is not None


def _ends_inside(prose: str, start: int, closing: re.Match[str]) -> bool:
    """Tell whether what looks like the end of a mark is that of a link or a span inside of it."""
    within = prose[start : closing.start()]
    behind = closing.end()
    return (
        closing["close"][-1] == "]"
        and within.count("[") > within.count("]")
        and (prose.startswith(("{.", "{#"), behind) or _ADDRESS.match(prose, behind) is not None)
    )


def find_half_headings(prose: str) -> list[int]:
    """Find brackets that open a heading and are never closed: what is left of a slide mark."""
    found = scan(_HALVES, prose) if _HALF_HINT.search(prose) else ()
    return [each.end() - 1 for each in found]


def without_slide_marks(prose: str) -> str:
    """Return the prose as it stands on the page; a stray mark is left for its author to mend."""
    gone = [(start, start + 1) for start in find_half_headings(prose)]
    for mark in find_slide_marks(prose)[0]:
        if mark.on_page:
            gone += _around(prose, mark)
        else:
            gone.append((mark.start, mark.end))
    parts = []
    at = 0
    for start, end in sorted(gone):
        if start >= at:  # else it lies in what has gone already
            parts.append(prose[at:start])
            at = end
    return "".join([*parts, prose[at:]])


def _around(prose: str, mark: SlideMark) -> Iterator[tuple[int, int]]:
    """Yield what goes of a mark: its halves and the blanks inside, unless they keep words apart."""
    leading = len(mark.text) - len(mark.text.lstrip(" \t"))
    trailing = len(mark.text) - len(mark.text.rstrip(" \t")) if leading < len(mark.text) else 0
    before, after = prose[mark.start - 1 : mark.start], prose[mark.end : mark.end + 1]
    if leading and before.strip() and before not in _OPENING_PUNCTUATION:
        leading -= 1
    if trailing and after.strip() and after not in _CLOSING_PUNCTUATION:
        trailing -= 1
    yield mark.start, mark.start + 3 + leading
    yield mark.end - 3 - trailing, mark.end
