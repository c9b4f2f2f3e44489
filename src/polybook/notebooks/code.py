"""The code cells of a notebook, from a program and what it left."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape
from typing import Any

from polybook.dialect.comments import Hidden, hidden_cells, without_hide_marks
from polybook.document.cells import is_widget
from polybook.ipynb import Node, code_cell
from polybook.running.outputs import SavedProgram
from polybook.running.programs import Program, ProgramCell

_DRAWING = "image/svg+xml"


def code_cells(program: Program, saved: SavedProgram | None) -> dict[int, Node]:
    """Return a program's cells by their number on the page, with the outputs that it left.

    What the page hides is there, and folded: the cells that follow may need what it does.
    """
    hidden = hidden_cells(cell.code for cell in program.cells)
    cells = {}
    for place, (cell, hides) in enumerate(zip(program.cells, hidden, strict=True)):
        if code := without_hide_marks(cell.code):
            cells[cell.index] = code_cell(
                code,
                number=place + 1 if saved else None,
                outputs=[_shown(each) for each in saved.cells[place] if not is_widget(each)]
                if saved
                else [],
                metadata=_metadata(cell, hides),
            )
    return cells


def _shown(output: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an output that every Jupyter shows: JupyterLab shows SVG in what it trusts alone.

    A notebook that comes from elsewhere is not trusted until it has been run.
    """
    data = output.get("data", {})
    if _DRAWING not in data or "text/html" in data or "image/png" in data:
        return output
    words = output.get("metadata", {}).get(_DRAWING, {}).get("alt", "")
    content = base64.b64encode(data[_DRAWING].encode()).decode()
    image = f'<img src="data:{_DRAWING};base64,{content}" alt="{escape(words)}">'
    return {**output, "data": {**data, "text/html": image}}


def _metadata(cell: ProgramCell, hides: Hidden) -> Node:
    folded = {"source_hidden": hides.code, "outputs_hidden": hides.output}
    jupyter = {name: True for name, is_so in folded.items() if is_so}
    return {
        **({"jupyter": jupyter} if jupyter else {}),
        **({"tags": list(cell.tags)} if cell.tags else {}),
    }
