"""A page's blocks as one Markdown text for pandoc: cells and tables of contents become places.

A place is a code block with a class of ours and the number of what it stands for, or what that is
made of, so that pandoc sees one document in which lists, footnotes and link references reach
across cells.
"""

from __future__ import annotations

import itertools
import re

from polybook.dialect import Cell, PageText, Prose, RstBlock, TabText, Toc, TocBlock
from polybook.dialect.formulas import tighten_formulas
from polybook.dialect.roles import shield_roles
from polybook.dialect.slides import without_slide_marks

CELL, TOC, RST, TAB_TEXT = "polybook-cell", "polybook-toc", "polybook-rst", "polybook-tab-text"

#: Places that reStructuredText leaves: for what a library documents, for a file's raw text.
DOCUMENTED, RAW_FILE = "polybook-documented", "polybook-raw-file"

# What a page may begin with for other tools: lines of YAML between two of hyphens.
_FRONT_MATTER = re.compile(
    r"\A---[ \t\r]*\n(?=[\w-]+:)(?:(?:[\w-]+:(?!\S)|[ \t#]|-[ \t])[^\n]*\n|\r?\n)*"
    r"(?:---|\.\.\.)[ \t\r]*(?:\n|\Z)"
)

# d2lbook strips a stretch of prose, which makes a heading of its first line.
_SET_IN_HEADING = re.compile(r"\A[ \t]+(?=#{1,6}[ \t])")

_DIV = ":" * 12  # longer than any that an author opens within


def assemble(text: PageText) -> str:
    """Return the text that pandoc reads for a page."""
    parts: list[str] = []
    cells = 0
    pieces = itertools.count()
    for block in text.blocks:
        match block:
            case Cell():
                if block.setup is None:
                    parts.append(_place(CELL, cells))
                cells += 1
            case TocBlock():
                parts.append(_toc(block.toc))
            case RstBlock():
                parts.append(_place(RST, next(pieces)))
            case TabText(names=names):
                content = "\n\n".join(
                    _place(RST, next(pieces)) if isinstance(part, RstBlock) else _prose(part.text)
                    for part in block.parts
                )
                opening = f'{_DIV} {{.{TAB_TEXT} tabs="{" ".join(names)}"}}'
                parts.append(f"{opening}\n\n{content}\n\n{_DIV}" if names else content)
            case Prose():
                first = block is text.blocks[0]
                parts.append(_prose(_FRONT_MATTER.sub("", block.text) if first else block.text))
    return "\n\n".join(parts) + "\n"


def _prose(markdown: str) -> str:
    text = tighten_formulas(without_slide_marks(markdown)).strip("\n")
    return shield_roles(_SET_IN_HEADING.sub("", text))


def _place(kind: str, number: int) -> str:
    return f"```{{.{kind} n={number}}}\n```"


def _toc(toc: Toc) -> str:
    ticks = max(map(len, re.findall("`+", toc.text)), default=0)
    fence = "`" * max(3, ticks + 1)
    return f"{fence}{{.{TOC}}}\n{toc.text}\n{fence}"
