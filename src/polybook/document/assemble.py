"""A page's blocks as one Markdown text for pandoc: cells and tables of contents become places.

A place is an empty code block with a class of ours and the number of what it stands for, so that
pandoc sees one document in which lists, footnotes and link references reach across cells.
"""

from __future__ import annotations

from polybook.dialect import Cell, PageText, Prose, RstBlock, TabText, TocBlock
from polybook.dialect.slides import without_slide_marks

CELL, TOC, RST, TAB_TEXT = "polybook-cell", "polybook-toc", "polybook-rst", "polybook-tab-text"

_DIV = ":" * 12  # longer than any that an author opens within


def assemble(text: PageText) -> str:
    """Return the text that pandoc reads for a page."""
    parts: list[str] = []
    cells = 0
    for number, block in enumerate(text.blocks):
        match block:
            case Cell():
                if block.setup is None:
                    parts.append(_place(CELL, cells))
                cells += 1
            case TocBlock():
                parts.append(_place(TOC, number))
            case RstBlock():
                parts.append(_place(RST, number))
            case TabText(names=names, content=content) if names:
                content = without_slide_marks(content).strip("\n")
                parts.append(
                    f'{_DIV} {{.{TAB_TEXT} tabs="{" ".join(names)}"}}\n\n{content}\n\n{_DIV}'
                )
            case TabText(content=content):
                parts.append(without_slide_marks(content).strip("\n"))
            case Prose():
                parts.append(without_slide_marks(block.text).strip("\n"))
    return "\n\n".join(parts) + "\n"


def _place(kind: str, number: int) -> str:
    return f"```{{.{kind} n={number}}}\n```"
