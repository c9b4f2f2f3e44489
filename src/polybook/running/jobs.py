"""What goes to a scheduler and what comes back: values that know nothing of books or kernels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polybook.running.needs import NOTHING, Needs


@dataclass(frozen=True, slots=True)
class Job:
    """What a run needs, free of the book: it can be sent elsewhere.

    `cells` are code and tags; `roots` are where the book's own modules are imported from; `folder`
    is where the page lies among the pages, which the scratch folder mirrors; `resources` are
    files and folders that are copied there, each with the place it gets. `library` are the files
    of the book's own modules that the cells import, each by its path below one of the roots.
    """

    name: str
    cells: tuple[tuple[str, tuple[str, ...]], ...]
    roots: tuple[Path, ...]
    folder: str = ""
    resources: tuple[tuple[Path, str], ...] = ()
    cell_timeout: float = 1200.0
    needs: Needs = NOTHING
    library: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a program gave no outputs; `cell` counts the program's cells from 0, -1 for none."""

    cell: int
    message: str
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class RunResult:
    """What each cell put out, in nbformat's form; empty if the run failed."""

    outputs: tuple[tuple[dict[str, Any], ...], ...] = ()
    failure: Failure | None = None
