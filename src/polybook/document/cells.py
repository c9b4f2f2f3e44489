"""Cells, outputs and tab groups as elements of the document.

A tab group is a division of the class `TAB_GROUP`; each of its children is a division of the
class `TAB_PANEL` with the attribute `tab`. A cell is a division of the class `CELL_CLASS`: its
code, then one division of the class `OUTPUT` per output. An output's content is one code block per
form that it comes in, with the MIME type in the attribute `mime`, the richest form first: each
writer takes the first that it can show. A writer that takes code and outputs from the programs
themselves is given cells that are empty, with their number in the attribute `n`.

Text for several tabs is copied into each of their panels. The identifiers stay with the first copy;
the others have them in the attribute `anchor`.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from polybook.dialect.tabs import ALL
from polybook.document.assemble import CELL, TAB_TEXT
from polybook.document.ast import (
    Element,
    Elements,
    attributes_of,
    classes_of,
    code_block,
    div,
    pairs_of,
    walk,
)

# Names that no author gives to something else.
TAB_GROUP, TAB_PANEL = "polybook-tab-group", "polybook-tab-panel"
CELL_CLASS, OUTPUT = "polybook-shown-cell", "polybook-output"
ANCHOR = "anchor"

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
    """What a cell shows for a tab: its code, none if hidden; its outputs in nbformat's form.

    Or else its number alone.
    """

    code: str = ""
    outputs: tuple[Mapping[str, Any], ...] = ()
    number: str = ""


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
        placed: set[int] = set()
        return [
            div(
                [div(_once(blocks, placed), TAB_PANEL, tab=tab) for tab, blocks in panels],
                TAB_GROUP,
            )
        ]


def _once(blocks: Elements, placed: set[int]) -> Elements:
    """Return blocks, those of them that another panel has already as copies."""
    result = []
    for block in blocks:
        result.append(_copy(block) if id(block) in placed else block)
        placed.add(id(block))
    return result


def _copy(block: Element) -> Element:
    copied = copy.deepcopy(block)
    for element in walk(copied):
        attributes = attributes_of(element)
        if attributes and attributes[0]:
            attributes[2].append([ANCHOR, attributes[0]])
            attributes[0] = ""
    return copied


def place_cells(blocks: Elements, cells: PageCells, tabs: Sequence[str]) -> Elements:
    """Put a page's cells in their places and gather what stands side by side into tab groups.

    Args:
        blocks: the page's blocks, with places from `assemble`; they are changed as well.
        cells: what belongs there.
        tabs: the page's tabs, in the order in which groups show them.

    """
    result: Elements = []
    group = _Group()
    for block in blocks:
        classes = classes_of(block)
        if CELL in classes:
            for tab, content in cells.get(int(pairs_of(block)["n"]), {}).items():
                if content == CellContent():
                    continue  # hidden, both code and outputs
                group.add(tab, [_cell(content)])
        elif TAB_TEXT in classes:
            names = pairs_of(block)["tabs"].split()
            for tab in tabs:
                if (tab in names or ALL in names) and (text := _text_for(tab, block["c"][1])):
                    group.add(tab, text)
        else:
            result += group.blocks(tabs)
            group = _Group()
            if block["t"] == "Div":
                block["c"][1] = place_cells(block["c"][1], cells, tabs)
            result.append(block)
    return result + group.blocks(tabs)


def has_cells(blocks: Iterable[Elements]) -> bool:
    """Tell whether there is a cell in some blocks, rather than text alone."""
    return any(CELL_CLASS in classes_of(each) for each in walk(list(blocks)))


def _text_for(tab: str, blocks: Elements) -> Elements:
    """Return the text of a tab, out of text for several in which some is for some of them."""
    text: Elements = []
    for block in blocks:
        if TAB_TEXT not in classes_of(block):
            text.append(block)
        elif tab in pairs_of(block)["tabs"].split():
            text += block["c"][1]
    return text


def placed_cells(blocks: Elements) -> Iterator[int]:
    """Yield the number of each cell whose place `place_cells` finds."""
    for block in blocks:
        if CELL in classes_of(block):
            yield int(pairs_of(block)["n"])
        elif block["t"] == "Div" and TAB_TEXT not in classes_of(block):
            yield from placed_cells(block["c"][1])


def _cell(content: CellContent) -> Element:
    if content.number:
        return div([], CELL_CLASS, n=content.number)
    code = [code_block(content.code, "python", "code")] if content.code else []
    outputs = [div(list(forms), OUTPUT, kind=kind) for kind, forms in _outputs(content.outputs)]
    return div([*code, *outputs], CELL_CLASS)


def _outputs(outputs: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Elements]]:
    for output in outputs:
        kind = output["output_type"]
        if is_widget(output):
            continue
        if kind == "stream":
            yield output["name"], [code_block(output["text"], mime="text/plain")]
        elif kind == "error":
            yield "error", [code_block("\n".join(output["traceback"]), mime="text/plain")]
        elif forms := _forms(output["data"], output.get("metadata") or {}):
            yield "display", forms


def is_widget(output: Mapping[str, Any]) -> bool:
    """Tell whether an output is a widget, which shows nothing without its kernel."""
    return _WIDGET in output.get("data", ())


def _forms(data: Mapping[str, Any], metadata: Mapping[str, Any]) -> Elements:
    """Return the forms of a display.

    What the program says of an image (`alt`, `width`, `height`) becomes attributes of its form.
    """
    forms = [form for form in FORMS if isinstance(data.get(form), str)]
    said = {form: metadata.get(form) for form in forms}
    return [code_block(data[form], mime=form, **_image_attributes(said[form])) for form in forms]


def _image_attributes(said: object) -> dict[str, str]:
    given = said if isinstance(said, Mapping) else {}
    sizes = {name: str(given[name]) for name in ("width", "height") if name in given}
    kept = {name: size for name, size in sizes.items() if size.isdecimal()}
    return kept | ({"alt": given["alt"]} if isinstance(given.get("alt"), str) else {})
