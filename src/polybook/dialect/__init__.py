"""The dialect: a page's text as cells and marks, and back, byte for byte.

`parse_page` splits the text into blocks (`blocks`); each kind of mark within them has a module of
its own. Nothing here knows of a book, a file or a format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from polybook.dialect import tabs
from polybook.dialect.blocks import (
    Block,
    Cell,
    Fence,
    ImageWordsBlock,
    Prose,
    RstBlock,
    Slip,
    TabText,
    TocBlock,
    split_blocks,
)
from polybook.dialect.protected import scan, scanner
from polybook.dialect.python import LONE_RETURN
from polybook.dialect.roles import ROLES
from polybook.dialect.slides import find_half_headings, find_slide_marks
from polybook.dialect.toc import Toc
from polybook.errors import Severity

__all__ = [
    "Block",
    "Cell",
    "Fence",
    "ImageWordsBlock",
    "PageText",
    "Prose",
    "RstBlock",
    "Slip",
    "TabText",
    "Toc",
    "TocBlock",
    "parse_page",
]

_BOM = "\ufeff"
_NAMES = "|".join(sorted(ROLES))
_ARGUMENT = r"`[^`\n]*(?:\n(?![ \t\r]*\n)[^`\n]*)*`"
_MISUSED = rf"""(?P<misplaced>:(?:begin|end)_tab:)|(?P<bare>:(?:{_NAMES}):(?!:|`?{_ARGUMENT}))
    |(?P<spaced>:[ ](?:{_NAMES}|begin_tab|end_tab):(?=[ ]?{_ARGUMENT}))"""
_MISUSES = scanner(_MISUSED)
_MISUSED_HINT = re.compile(_MISUSED, re.VERBOSE)


@dataclass(frozen=True)
class PageText:
    """A page's text, read. `bom` and the texts of `blocks`, put together, are the text itself."""

    blocks: tuple[Block, ...]
    slips: tuple[Slip, ...]
    bom: str = ""

    @property
    def text(self) -> str:
        """The text, byte for byte as it was read."""
        return self.bom + "".join(block.text for block in self.blocks)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """All code cells, set-up cells included, in their order."""
        return tuple(block for block in self.blocks if isinstance(block, Cell))

    @cached_property
    def rst(self) -> tuple[tuple[RstBlock, tuple[str, ...]], ...]:
        """All pieces of reStructuredText, each with the tabs of the text that it stands in."""
        found: list[tuple[RstBlock, tuple[str, ...]]] = []
        for block in self.blocks:
            if isinstance(block, RstBlock):
                found.append((block, ()))
            elif isinstance(block, TabText):
                found += [(part, block.names) for part in block.parts if isinstance(part, RstBlock)]
        return tuple(found)

    @cached_property
    def image_words(self) -> dict[str, tuple[str, int]]:
        """What images say in the page's language, by what they say themselves, with the line."""
        return {
            word.key: (word.text, block.line + 1 + word.line)
            for block in self.blocks
            if isinstance(block, ImageWordsBlock)
            for word in block.entries
            if word.key and word.text
        }

    @property
    def tocs(self) -> tuple[Toc, ...]:
        """All tables of contents, in their order."""
        return tuple(toc for _, toc in self.placed_tocs)

    @cached_property
    def placed_tocs(self) -> tuple[tuple[int, Toc], ...]:
        """All tables of contents, in their order, each with its line."""
        own = [(block.line, block.toc) for block in self.blocks if isinstance(block, TocBlock)]
        of_rst = [placed for block, _ in self.rst for placed in block.tocs]
        return tuple(sorted([*own, *of_rst], key=lambda placed: placed[0]))

    def tabs(self, known: tuple[str, ...]) -> tuple[str, ...]:
        """Return the tabs that the page has code for, in the order of `known`.

        They are those that its cells name, those that a set-up cell offers, and the first of
        `known` where a cell has no marker. Cells for all tabs alone are for the first of `known`
        and those that the page has texts for, or for all that are known if it has no such texts.
        """
        named: set[str] = set()
        for cell in self.cells:
            if cell.setup:
                named.update(cell.setup.tabs)
            elif cell.marker is None:
                named.add(known[0])
            else:
                named.update(cell.marker.names)
        if named == {tabs.ALL}:
            texts = [block.names for block in self.blocks if isinstance(block, TabText)]
            named = {known[0]}.union(*texts) if texts else set(known)
        return tuple(name for name in known if name in named)

    @cached_property
    def inline_slips(self) -> tuple[Slip, ...]:
        """What cannot be right within the blocks: in the marks of prose, at the head of cells."""
        found: list[Slip] = []
        for block in self.blocks:
            if isinstance(block, Cell):
                found += _cell_slips(block)
            elif isinstance(block, ImageWordsBlock):
                found += _image_word_slips(block)
            elif isinstance(block, Prose):
                found += _prose_slips(block.text, block.line)
            elif isinstance(block, TabText):
                found += _prose_slips(block.content, block.content_line)
        return tuple(found)


def _cell_slips(cell: Cell) -> Iterator[Slip]:
    names = cell.marker.names if cell.marker else ()
    for marker in cell.markers:
        line = cell.line + 1 + marker.line
        if not marker.names:
            yield Slip(line, "The marker names no tab.", "Write %%tab NAME, or %%tab all.")
        elif set(marker.names) != set(names):
            hint = "Split the cell; the first marker counts."
            yield Slip(line, "The cell is marked twice, for different tabs.", hint)
    if cell.setup and cell.setup.other >= 0:
        yield Slip(
            cell.line + 1 + cell.setup.other,
            "A set-up cell is not run, nor is the other code in it.",
            "Put the other code into a cell of its own.",
            Severity.WARNING,
        )


def _image_word_slips(block: ImageWordsBlock) -> Iterator[Slip]:
    for word in block.entries:
        if not (word.key and word.text):
            hint = "Write “words in the image = words of the page's language”."
            yield Slip(block.line + 1 + word.line, "The line is no pair of words.", hint)


def _prose_slips(prose: str, line: int) -> Iterator[Slip]:
    found: list[tuple[int, str, str, Severity]] = []
    for stray in find_slide_marks(prose)[1]:
        hint = "Close it in the same stretch of prose. Where no slide is meant"
        if stray.mark[0] not in "[(":
            hint = "Open it with its other half. Where no slide is meant"
        hint += ", write bold text as __text__ and code in backticks."
        message = f"The slide mark “{stray.mark}” stands alone."
        found.append((stray.start, message, hint, Severity.ERROR))
    for start in find_half_headings(prose):
        message = "The heading opens a bracket that nothing closes; it is not shown."
        hint = "Write [**heading**] for a slide, or take the bracket away."
        found.append((start, message, hint, Severity.WARNING))
    for misused in scan(_MISUSES, prose) if _MISUSED_HINT.search(prose) else ():
        message, severity = f"“{misused[0]}” means nothing here.", Severity.WARNING
        hint = "Write its argument in backticks right behind it."
        if misused["misplaced"]:
            hint, severity = "Give it a line of its own, at the margin.", Severity.ERROR
        elif misused["spaced"]:
            hint = "Take the blanks out of it."
        found.append((misused.start(), message, hint, severity))
    at = 0
    for start, message, hint, severity in sorted(found):
        line += prose.count("\n", at, start)
        at = start
        yield Slip(line, message, hint, severity)


def parse_page(text: str) -> PageText:
    """Read a page's text. Every text can be read; what cannot be right is in `slips`."""
    bom = _BOM if text.startswith(_BOM) else ""
    blocks, slips = split_blocks(text.removeprefix(bom))
    if lone := LONE_RETURN.search(text):
        slips.append(
            Slip(
                text.count("\n", 0, lone.start()) + 1,
                "A carriage return stands alone; it is no line break.",
                "Save the file with line feeds (LF or CRLF).",
            )
        )
    return PageText(tuple(blocks), tuple(slips), bom)
