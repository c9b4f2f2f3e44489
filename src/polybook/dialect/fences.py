"""Where fenced blocks and comments begin and end, as pandoc reads them.

All other modules ask this one, so that they agree on what is prose. Every line is looked at a
bounded number of times, whatever the text.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

#: What may stand before a fence: marks of lists and quotations.
_LEAD = r"(?P<lead>(?:[ \t]*(?:[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])|>))*[ \t]*)"
_OPENING = re.compile(_LEAD + r"(?P<ticks>`{3,}|~{3,})(?P<info>[^\n]*)\n?")
_CLOSING = re.compile(r"(?P<lead>[ \t>]*)(?P<ticks>`{3,}|~{3,})[ \t]*\r?\n?")
_DEEPEST_INDENT = 3  # deeper is code in Markdown, or part of a list


class Place(Enum):
    """Where a fence stands: at the page's margin, indented deeper, in a list, in a quotation."""

    MARGIN = "margin"
    INDENTED = "indented"
    LIST = "list"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True)
class Opening:
    """The line that opens a fenced block."""

    place: Place
    indent: int
    ticks: str
    info: str

    def closed_by(self, line: str) -> bool:
        """Tell whether a line closes the block."""
        found = _CLOSING.fullmatch(line)
        if not found or not found["ticks"].startswith(self.ticks):
            return False
        match self.place:
            case Place.QUOTE:
                return ">" in found["lead"]
            case Place.LIST:
                return found["lead"] != "" and ">" not in found["lead"]
            case Place.INDENTED:
                return _width(found["lead"]) > _DEEPEST_INDENT and ">" not in found["lead"]
        return _width(found["lead"]) <= _DEEPEST_INDENT and ">" not in found["lead"]


@dataclass(frozen=True, slots=True)
class Region:
    """Lines that are no prose: a fenced block (`opening` is set) or a comment.

    `first` is the index of its first line, `after` that of the line after its last. `closed` is
    False where the text ends before the block does. `inner` is the index of a line in it that
    opens a block in the same manner, as happens where a closing fence was forgotten; else -1.
    """

    first: int
    after: int
    opening: Opening | None = None
    closed: bool = True
    inner: int = -1


def split_lines(text: str) -> list[str]:
    """Split a text after each line feed.

    `str.splitlines` also splits at characters that are no line break in Markdown or Python.
    """
    return io.StringIO(text, newline="\n").readlines()


def read_opening(line: str) -> Opening | None:
    """Read a line as the opening of a fenced block; None if it is none."""
    found = _OPENING.fullmatch(line)
    if not found or (found["ticks"][0] == "`" and "`" in found["info"]):
        return None  # the latter is code within a line
    lead = found["lead"]
    if ">" in lead:
        place = Place.QUOTE
    elif lead.strip():
        place = Place.LIST
    else:
        place = Place.MARGIN if _width(lead) <= _DEEPEST_INDENT else Place.INDENTED
    return Opening(place, len(lead), found["ticks"], found["info"].strip())


def find_regions(lines: Sequence[str]) -> Iterator[Region]:
    """Yield the fenced blocks and the comments of several lines of a text, in their order.

    A block at the margin that nothing closes goes on to the end; elsewhere, what opens it is text.
    """
    last_comment_end = max(
        (number for number, line in enumerate(lines) if "-->" in line), default=-1
    )
    unclosed: set[tuple[Place, str]] = set()
    after = 0
    for number, line in enumerate(lines):
        if number < after:
            continue
        region = None
        if "```" in line or "~~~" in line:
            region = _fence(lines, number, unclosed)
        if region is None and "<!--" in line:
            region = _comment(lines, number, last_comment_end)
        if region:
            yield region
            after = region.after


def _fence(lines: Sequence[str], first: int, unclosed: set[tuple[Place, str]]) -> Region | None:
    opening = read_opening(lines[first])
    if opening is None or (opening.place, opening.ticks) in unclosed:
        return None
    inner, closing = -1, 0
    number = first
    while (number := number + 1) < len(lines):
        line = lines[number]
        if opening.ticks not in line:
            continue
        if opening.closed_by(line):
            return Region(first, number + 1, opening, True, inner)
        if not (other := read_opening(line)):
            continue
        if closing <= number:
            closing = _closing(lines, number + 1, opening)
        ends = closing < len(lines) and lines[closing].rstrip("\r\n") == other.ticks
        if ends and _nests(opening, other):
            number = closing
        elif inner < 0 and other.place is opening.place is Place.MARGIN:
            inner = number
    if opening.place is Place.MARGIN:
        return Region(first, len(lines), opening, False, inner)
    unclosed.add((opening.place, opening.ticks))
    return None


def _closing(lines: Sequence[str], start: int, opening: Opening) -> int:
    """Return the next line that closes a block in Markdown."""
    return next(
        (
            number
            for number in range(start, len(lines))
            if opening.ticks in lines[number] and opening.closed_by(lines[number])
        ),
        len(lines),
    )


def _nests(cell: Opening, other: Opening) -> bool:
    """Tell whether a cell may have another fence in it: in d2lbook, only its like closes one."""
    return ".input" in cell.info and other.info != "" and len(other.ticks) > len(cell.ticks)


def _comment(lines: Sequence[str], first: int, last_end: int) -> Region | None:
    """Return a comment that begins in a line and ends in another one."""
    start = _comment_start(lines[first])
    number = first
    while start >= 0 and number < last_end:
        number += 1
        if (end := lines[number].find("-->")) >= 0:
            start = _comment_start(lines[number][end:])
    return Region(first, number + 1) if number > first else None


def _comment_start(line: str) -> int:
    """Return where in a line a comment begins that does not end in it, or -1."""
    start = line.rfind("<!--")
    if start < 0 or "-->" in line[start + 2 :] or line.count("`", 0, start) % 2:
        return -1
    return start


def _width(lead: str) -> int:
    return len(lead.expandtabs(4))
