"""The code cells of a notebook, from a program and what it left."""

from __future__ import annotations

from polybook.dialect.comments import Hidden, hidden_cells, without_hide_marks
from polybook.document.cells import is_widget
from polybook.ipynb import Node, code_cell
from polybook.running.outputs import SavedProgram
from polybook.running.programs import Program, ProgramCell


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
                outputs=[each for each in saved.cells[place] if not is_widget(each)]
                if saved
                else [],
                metadata=_metadata(cell, hides),
            )
    return cells


def _metadata(cell: ProgramCell, hides: Hidden) -> Node:
    folded = {"source_hidden": hides.code, "outputs_hidden": hides.output}
    jupyter = {name: True for name, is_so in folded.items() if is_so}
    return {
        **({"jupyter": jupyter} if jupyter else {}),
        **({"tags": list(cell.tags)} if cell.tags else {}),
    }
