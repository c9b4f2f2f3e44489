"""A page as a list of pieces, which can be compared with those of the page in another language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from polybook.dialect import Cell, Fence, PageText, Prose, TabText, TocBlock
from polybook.dialect.fences import find_regions, split_lines
from polybook.dialect.slides import find_slide_marks

#: Kinds of pieces whose text is prose.
PROSE = frozenset({"heading", "item", "text", "caption", "figure", "table"})
#: The kind of the piece that stands for the end of a tab text.
END = "end"

_LINES = re.compile(
    r"""(?P<heading>\#{1,6})[ \t] | (?P<item>[ ]*(?:[*+-]|\d+[.)]|\#\.)[ \t]+)
    | (?P<label>:(?:label|eqlabel):`[^`\n]*`) | (?P<size>:(?:width|height):`[^`\n]*`)
    | (?P<figure>!\[) | (?P<table>\|) | (?P<caption>:[ \t]) | (?P<html></?[a-zA-Z])""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a page that has one kind; `line` counts from 1.

    `name` tells pieces of a kind apart in the same way in every language: a heading's level, a
    label, the names of tabs.
    """

    kind: str
    line: int
    text: str
    name: str = ""

    @property
    def is_prose(self) -> bool:
        """Whether its text is written in the page's language."""
        return self.kind in PROSE

    @property
    def shown(self) -> str:
        """What it is called in a message."""
        return f"{self.kind} {self.name}".rstrip()


def find_pieces(page: PageText) -> tuple[Piece, ...]:
    """Split a page into its pieces, in their order."""
    found: list[Piece] = []
    for block in page.blocks:
        if isinstance(block, Cell):
            found.append(Piece("set-up cell" if block.setup else "cell", block.line, block.text))
        elif isinstance(block, TabText):
            found.append(Piece("tab text", block.line, block.opening, ", ".join(block.names)))
            found += _in_prose(block.content, block.content_line)
            found.append(Piece(END, block.line + block.text.count("\n"), ""))
        elif isinstance(block, TocBlock):
            found.append(Piece("contents", block.line, block.text, " ".join(block.body.split())))
        elif isinstance(block, Prose):
            found += _in_prose(block.text, block.line)
        elif isinstance(block, Fence):
            found.append(Piece("block", block.line, block.text))
    return tuple(found)


def outline(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
    """Return what must stand in the same order in every language.

    How prose is divided into paragraphs is a language's own affair, and so are the borders of cells
    here, since the rule on code compares them.
    """
    kept = [piece for piece in pieces if piece.kind not in {"text", "caption", END}]
    marks = [
        Piece("slide mark", _line_at(piece, mark.start), mark.text, mark.opening)
        for piece in pieces
        if piece.is_prose
        for mark in find_slide_marks(piece.text)[0]
    ]
    both = sorted([*kept, *marks], key=lambda piece: piece.line)
    return (*both[:1], *(new for old, new in pairwise(both) if not old.kind == new.kind == "cell"))


def _line_at(piece: Piece, offset: int) -> int:
    return piece.line + piece.text.count("\n", 0, offset)


def _in_prose(text: str, line: int) -> Iterator[Piece]:
    lines = split_lines(text)
    regions = {region.first: region.after for region in find_regions(lines)}
    start = number = 0
    while number < len(lines):
        if number in regions:
            yield from _paragraph(lines[start:number], line + start)
            block = "".join(lines[number : regions[number]])
            if not block.lstrip().startswith("<!--"):  # comments are for authors alone
                yield Piece("block", line + number, block)
            start = number = regions[number]
        elif lines[number].lstrip().startswith("$$"):
            yield from _paragraph(lines[start:number], line + start)
            end = _end_of_formula(lines, number)
            yield Piece("formula", line + number, "".join(lines[number:end]))
            start = number = end
        elif not lines[number].strip():
            yield from _paragraph(lines[start:number], line + start)
            start = number = number + 1
        else:
            number += 1
    yield from _paragraph(lines[start:], line + start)


def _end_of_formula(lines: list[str], first: int) -> int:
    if lines[first].count("$$") > 1:
        return first + 1
    ends = (n + 1 for n in range(first + 1, len(lines)) if "$$" in lines[n])
    return next(ends, len(lines))


def _paragraph(lines: list[str], line: int) -> Iterator[Piece]:
    """Yield the pieces of lines without a blank one among them."""
    kind, name, start = "", "", 0
    for number, text in enumerate(lines):
        found = _LINES.match(text)
        begins = found.lastgroup if found else None
        if begins in {"table", "html"} and kind == begins:
            continue
        if begins or not kind or kind in {"heading", "label", "size", "figure"}:
            if kind:
                yield Piece(kind, line + start, "".join(lines[start:number]), name)
            kind, start = begins or "text", number
            name = _name(found) if found else ""
    if kind:
        yield Piece(kind, line + start, "".join(lines[start:]), name)


def _name(found: re.Match[str]) -> str:
    if found["heading"]:
        return found["heading"]
    if found["item"]:
        return "1." if found["item"].strip()[0] not in "*+-" else "*"
    return (found["label"] or "").strip()
