"""Saved outputs: `outputs/<page>/<tab>.ipynb`, code and outputs, committed like source.

The file of a program that the reference language has is `<tab>.ipynb`; where another language's
code differs, its program's file is `<tab>.<lang>.ipynb`. Which program a file belongs to is told
by the key in its metadata, not by its name.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polybook.files import remove_unfinished, write_atomically
from polybook.ipynb import code_cell, notebook, to_text
from polybook.running.programs import Program

_METADATA = "polybook"

CellOutputs = tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class SavedProgram:
    """A file of saved outputs, read: the outputs of each cell of the program, in order."""

    path: Path
    key: str
    digest: str
    cells: tuple[CellOutputs, ...]


class OutputStore:
    """The saved outputs of a book. One process at a time may write them."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "outputs"
        self._read: dict[str, tuple[SavedProgram, ...]] = {}

    def find(self, program: Program) -> SavedProgram | None:
        """Return what is saved for exactly this program: same cells, environment and library."""
        for saved in self._page(program.page):
            if saved.key == program.key and len(saved.cells) == len(program.cells):
                return saved
        return None

    def save(self, program: Program, outputs: Iterable[CellOutputs], reference: str) -> Path:
        """Write what a run left, in place of what the same page, tab and language had.

        What another name held for the same program is gone then: it would be found instead.

        Raises:
            OSError: it cannot be written; what was there before is still whole.

        """
        path = self._path(program, reference)
        write_atomically(path, _notebook(program, tuple(outputs)))
        for other in self._page(program.page):
            if other.key == program.key and other.path != path:
                other.path.unlink(missing_ok=True)
        self._read.pop(program.page, None)
        return path

    def _path(self, program: Program, reference: str) -> Path:
        name = program.tab if program.language == reference else f"{program.tab}.{program.language}"
        return self.folder / program.page / f"{name}.ipynb"

    def settle(self, programs: Iterable[Program], reference: str) -> None:
        """Give each file the name of the program that it is found for.

        A language whose code has changed leaves its file to the others that still have the code.

        Args:
            programs: all programs of the book, each once.
            reference: the reference language, whose programs' files are named by the tab alone.

        """
        moves = {}
        for program in programs:
            saved, path = self.find(program), self._path(program, reference)
            if saved and saved.path != path:
                moves[path] = saved.path, saved.path.read_bytes()
        for path, (_, content) in moves.items():
            write_atomically(path, content)
        for source, _ in moves.values():
            if source not in moves:
                source.unlink(missing_ok=True)
        if moves:
            self._read.clear()

    def prune(self, programs: Iterable[Program], pages: Iterable[str]) -> list[Path]:
        """Remove files of some pages that belong to none of `programs`.

        A file named for a program that is stale stays: it is what was there before. So do the
        files of all other pages: a page that a pattern leaves out for a while may have cost hours.
        """
        wanted: dict[str, set[str]] = {page: set() for page in pages}
        names: dict[str, set[str]] = {page: set() for page in wanted}
        for program in programs:
            wanted[program.page].add(program.key)
            if self.find(program) is None:
                names[program.page].update({program.tab, f"{program.tab}.{program.language}"})
        removed = []
        for page, keys in wanted.items():
            for saved in self._page(page):
                if saved.key not in keys and saved.path.stem not in names[page]:
                    with contextlib.suppress(OSError):
                        saved.path.unlink()
                        removed.append(saved.path)
            remove_unfinished(self.folder / page)
        if removed:
            self._read.clear()
        return removed

    def _page(self, page: str) -> tuple[SavedProgram, ...]:
        if page not in self._read:
            files = sorted((self.folder / page).glob("*.ipynb"), key=lambda path: path.stem)
            self._read[page] = tuple(found for file in files if (found := _read(file)))
        return self._read[page]


def _read(path: Path) -> SavedProgram | None:
    """Read a file; one that is damaged or of another origin counts as not there."""
    try:
        content = path.read_bytes()
        notebook = json.loads(content)
        key = str(notebook["metadata"][_METADATA]["program"])
        cells = tuple(tuple(map(_joined_text, cell["outputs"])) for cell in notebook["cells"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return SavedProgram(path, key, hashlib.sha256(content).hexdigest(), cells)


def _notebook(program: Program, outputs: tuple[CellOutputs, ...]) -> bytes:
    metadata = {
        _METADATA: {
            "program": program.key,
            "tab": program.tab,
            "environment": {
                "key": program.environment.key,
                "environ": dict(program.environment.environ),
                "requirements": list(program.environment.requirements),
            },
            "library": dict(program.library),
        },
    }
    cells = [
        code_cell(
            cell.code,
            f"cell-{number}",
            number=number,
            outputs=produced,
            metadata={"tags": list(cell.tags)} if cell.tags else None,
        )
        for number, (cell, produced) in enumerate(zip(program.cells, outputs, strict=True), start=1)
    ]
    return to_text(notebook(cells, program.environment.title, metadata)).encode()


def _joined_text(output: Mapping[str, Any]) -> dict[str, Any]:
    """Read an output back; where it lacks what every output of its type has, raise `KeyError`."""
    joined = dict(output)
    match joined["output_type"]:
        case "stream":
            joined.update(name=joined["name"], text="".join(joined["text"]))
        case "error":
            joined["traceback"] = [str(line) for line in joined["traceback"]]
        case _:
            joined["data"] = {
                kind: "".join(value)
                if isinstance(value, list) and not kind.endswith("json")
                else value
                for kind, value in joined["data"].items()
            }
    return joined
