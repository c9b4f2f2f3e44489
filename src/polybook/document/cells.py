"""Cells, outputs and tab groups as elements of the document.

A tab group is a division of the class `tab-group`; each of its children is a division of the
class `tab-panel` with the attribute `tab`. A cell is a division of the class `cell`: its code,
then one division of the class `output` per output. An output's content is one code block per form
that it comes in, with the MIME type in the attribute `mime`, the richest form first: each writer
takes the first that it can show.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from polybook.document.assemble import CELL, TAB_TEXT
from polybook.document.ast import Element, Elements, classes_of, code_block, div, pairs_of

TAB_GROUP, TAB_PANEL, CELL_CLASS, OUTPUT = "tab-group", "tab-panel", "cell", "output"

#: The forms that writers can show, the richest first.
FORMS = (
    "image/svg+xml",
    "image/png",
    "image/jpeg",
    "image/gif",
    "text/html",
    "text/markdown",
    "text/latex",
    "text/plain",
)
_WIDGET = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True)
class CellContent:
    """What one cell is for one tab: its code, and its outputs in nbformat's form."""

    code: str
    outputs: tuple[Mapping[str, Any], ...] = ()


#: What a page's cells are: by the cell's index, then by tab.
PageCells = Mapping[int, Mapping[str, CellContent]]


@dataclass
class _Group:
    """A run of cells and texts that are for some tabs, as it is being gathered."""

    panels: dict[str, Elements] = field(default_factory=dict)

    def add(self, tab: str, blocks: Elements) -> None:
        self.panels.setdefault(tab, []).extend(blocks)

    def blocks(self, tabs: Sequence[str]) -> Elements:
        """Return the group's blocks, without a group around them where every tab has the same."""
        panels = [(tab, self.panels[tab]) for tab in tabs if tab in self.panels]
        if not panels:
            return []
        first = panels[0][1]
        if len(panels) == len(tabs) and all(blocks == first for _, blocks in panels):
            return first
        return [div([div(blocks, TAB_PANEL, tab=tab) for tab, blocks in panels], TAB_GROUP)]


def place_cells(blocks: Elements, cells: PageCells, tabs: Sequence[str]) -> Elements:
    """Put a page's cells in their places and gather what stands side by side into tab groups.

    Args:
        blocks: the page's blocks, with places from `assemble`.
        cells: what belongs there.
        tabs: the page's tabs, in the order in which groups show them.

    """
    result: Elements = []
    group = _Group()
    for block in blocks:
        classes = classes_of(block)
        if CELL in classes:
            for tab, content in cells.get(int(pairs_of(block)["n"]), {}).items():
                group.add(tab, [_cell(content)])
        elif TAB_TEXT in classes:
            for tab in pairs_of(block)["tabs"].split():
                for each in tabs if tab == "all" else (tab,):
                    group.add(each, block["c"][1])
        else:
            result += group.blocks(tabs)
            group = _Group()
            result.append(block)
    return result + group.blocks(tabs)


def _cell(content: CellContent) -> Element:
    code = code_block(content.code, "python", "code")
    outputs = [div(list(forms), OUTPUT, kind=kind) for kind, forms in _outputs(content.outputs)]
    return div([code, *outputs], CELL_CLASS)


def _outputs(outputs: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Elements]]:
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            yield output["name"], [code_block(output["text"], mime="text/plain")]
        elif kind == "error":
            yield "error", [code_block("\n".join(output["traceback"]), mime="text/plain")]
        elif forms := _forms(output["data"]):
            yield "display", forms


def _forms(data: Mapping[str, Any]) -> Elements:
    """Return the forms of a display; none for a widget, which shows nothing without its kernel."""
    if _WIDGET in data:
        return []
    return [code_block(data[form], mime=form) for form in FORMS if isinstance(data.get(form), str)]
