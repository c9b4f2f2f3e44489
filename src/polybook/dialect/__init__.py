"""The dialect: a page's text as cells and marks, and back, byte for byte.

`parse_page` splits the text into blocks (`blocks`); each kind of mark within them has a module of
its own. Nothing here knows of a book, a file or a format.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from polybook.dialect import tabs
from polybook.dialect.blocks import (
    Block,
    Cell,
    Fence,
    Prose,
    RstBlock,
    Slip,
    TabText,
    TocBlock,
    split_blocks,
)
from polybook.dialect.slides import find_slide_marks
from polybook.dialect.toc import Toc

__all__ = [
    "Block",
    "Cell",
    "Fence",
    "PageText",
    "Prose",
    "RstBlock",
    "Slip",
    "TabText",
    "Toc",
    "TocBlock",
    "parse_page",
]

_TITLE = re.compile(r"^(?:#[ \t]+(?P<atx>.+?)[ \t]*#*|(?P<setext>\S.*)\n=+)[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class PageText:
    """A page's text, read. `"".join(block.text for block in blocks)` is the text itself."""

    blocks: tuple[Block, ...]
    slips: tuple[Slip, ...]

    @property
    def text(self) -> str:
        """The text, byte for byte as it was read."""
        return "".join(block.text for block in self.blocks)

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """All code cells, set-up cells included, in their order."""
        return tuple(block for block in self.blocks if isinstance(block, Cell))

    @cached_property
    def tocs(self) -> tuple[Toc, ...]:
        """All tables of contents, in their order."""
        return tuple(block.toc for block in self.blocks if isinstance(block, TocBlock))

    @cached_property
    def title(self) -> str:
        """The text of the first heading of the first level, its marks included; or nothing."""
        for block in self.blocks:
            if isinstance(block, Prose) and (found := _TITLE.search(block.text)):
                return (found["atx"] or found["setext"]).strip()
        return ""

    def tabs(self, known: tuple[str, ...]) -> tuple[str, ...]:
        """Return the tabs that the page has code for, in the order of `known`.

        They are those that its cells name, those that a set-up cell offers, and the first of
        `known` where a cell has no marker. Cells for all tabs alone are for all that are known.
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
            return known
        return tuple(name for name in known if name in named)

    @cached_property
    def inline_slips(self) -> tuple[Slip, ...]:
        """What cannot be right in the prose: slide marks without their other half."""
        found = []
        for block in self.blocks:
            if isinstance(block, Prose | TabText):
                prose = block.text
                for stray in find_slide_marks(prose)[1]:
                    line = block.line + prose.count("\n", 0, stray.start)
                    hint = "Close it in the same stretch of prose, or put the text in backticks."
                    if stray.mark[0] not in "[(":
                        hint = "Open it with its other half, or put the text in backticks."
                    found.append(Slip(line, f"The slide mark “{stray.mark}” stands alone.", hint))
        return tuple(found)


def parse_page(text: str) -> PageText:
    """Read a page's text. Every text can be read; what cannot be right is in `slips`."""
    blocks, slips = split_blocks(text)
    return PageText(tuple(blocks), tuple(slips))
