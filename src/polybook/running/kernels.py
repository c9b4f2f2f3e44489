"""Runs one program in a kernel of its environment and returns what each cell put out."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import psutil
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from polybook.running.environments import Environment
from polybook.running.processes import ProcessGroups
from polybook.running.tidy import tidy_outputs

_STARTUP_TIMEOUT = 120  # seconds; a busy machine with a cold disk needs some
_SCRATCH = "polybook-run-"
_TRACEBACK_LINES = 12

#: Set for every kernel: nothing of the user's own, the same on every machine.
_KERNEL_ENVIRON = {
    "PYTHONDONTWRITEBYTECODE": "1",  # importing the book's library leaves nothing beside it
    "PYTHONHASHSEED": "0",  # sets print in the same order in every run
    "PYTHONNOUSERSITE": "1",
    "PYTHONUTF8": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "SOURCE_DATE_EPOCH": "0",  # dates that plots carry
    "COLUMNS": "80",
    "LINES": "24",
    "TZ": "UTC",
}


@dataclass(frozen=True, slots=True)
class Job:
    """What a run needs, free of the book: it can be sent elsewhere.

    `cells` are code and tags; `folder` is where the page lies below the book's root, which the
    scratch folder mirrors; `resources` are paths below `root` that are copied there.
    """

    name: str
    cells: tuple[tuple[str, tuple[str, ...]], ...]
    root: Path
    folder: str = ""
    resources: tuple[str, ...] = ()
    cell_timeout: float = 1200.0


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


class _OneKernel(KernelSpecManager):
    """Knows one kernel: an environment's own."""

    def __init__(self, python: Path) -> None:
        super().__init__()
        self._argv = [
            str(python),
            str(Path(__file__).with_name("boot.py")),
            "-f",
            "{connection_file}",
        ]

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(argv=self._argv, display_name=kernel_name, language="python")


class _Client(NotebookClient):
    """nbclient's client, which says which cell it has come to and whose kernel is watched."""

    def __init__(
        self, notebook: Any, manager: AsyncKernelManager, groups: ProcessGroups, **options: Any
    ) -> None:
        super().__init__(notebook, km=manager, on_cell_start=self._started, **options)
        self.current = -1
        self._groups = groups
        self._watch = contextlib.ExitStack()

    def _started(self, cell: Any, cell_index: int) -> None:  # noqa: ARG002 (nbclient's hook)
        self.current = cell_index

    async def async_start_new_kernel(self, **options: Any) -> None:
        await super().async_start_new_kernel(**options)
        group = getattr(getattr(self.km, "provisioner", None), "pgid", None) or 0
        self._watch.enter_context(self._groups.watched(group))

    def run(self, **options: Any) -> None:
        """Run all cells; the options are the kernel process's."""
        with self._watch:
            self.execute(**options)


def run_job(job: Job, environment: Environment, groups: ProcessGroups) -> RunResult:
    """Run a program's cells in order, in an empty folder that is gone afterwards.

    A cell that raises, a kernel that dies and a cell over its time limit end in a `Failure`.

    Raises:
        OSError: the scratch folder cannot be written.

    """
    scratch = Path(tempfile.mkdtemp(prefix=f"{_SCRATCH}{os.getpid()}-"))
    try:
        root = scratch / "book"
        folder = root / job.folder
        folder.mkdir(parents=True)
        _copy_resources(job, root)
        manager = AsyncKernelManager(
            kernel_name="python3",
            # Sockets in the scratch folder: no ports to collide, nobody else can connect.
            transport="tcp" if os.name == "nt" else "ipc",
            kernel_spec_manager=_OneKernel(environment.python),
            connection_file=str(scratch / "connection.json"),
        )
        client = _Client(
            _notebook(job),
            manager,
            groups,
            timeout=job.cell_timeout,
            startup_timeout=_STARTUP_TIMEOUT,
            record_timing=False,
            store_widget_state=False,
            resources={"metadata": {"path": str(folder)}},
        )
        failure = _execute(client, _kernel_environ(job, environment, scratch), scratch / "log")
        if failure:
            return RunResult(failure=failure)
        hidden = {str(root): ".", str(job.root): ".", str(environment.folder): "<environment>"}
        outputs = [tidy_outputs(cell.outputs, hidden) for cell in client.nb.cells]
        return RunResult(outputs=tuple(outputs))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _execute(client: _Client, environ: Mapping[str, str], log: Path) -> Failure | None:
    try:
        with log.open("wb") as output:
            client.run(env=environ, stdout=output, stderr=output)
    except CellExecutionError as error:
        lines = re.sub(r"\x1b\[[\d;]*m", "", error.traceback).rstrip().splitlines()
        return Failure(
            client.current,
            f"{error.ename}: {error.evalue}".rstrip(": "),
            "\n".join(lines[-_TRACEBACK_LINES:]),
        )
    except CellTimeoutError:
        return Failure(client.current, f"The cell took longer than {client.timeout:g} s.")
    except DeadKernelError:
        return Failure(client.current, "The kernel died.", _tail(log))
    except RuntimeError as error:
        return Failure(client.current, f"The kernel did not start: {error}", _tail(log))
    return None


def _tail(log: Path) -> str:
    """Return the end of what the kernel process itself said."""
    with contextlib.suppress(OSError):
        return "\n".join(log.read_text(errors="replace").splitlines()[-_TRACEBACK_LINES:])
    return ""


def _notebook(job: Job) -> NotebookNode:
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "source": code,
            "metadata": {"tags": list(tags)},
            "execution_count": None,
            "outputs": [],
        }
        for number, (code, tags) in enumerate(job.cells, start=1)
    ]
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    notebook: NotebookNode = nbformat.from_dict(content)  # type: ignore[no-untyped-call]
    return notebook


def _kernel_environ(job: Job, environment: Environment, scratch: Path) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "JUPYTER", "IPYTHON", "VIRTUAL_ENV", "COV_", "PYTEST_"))
    }
    binaries = str(environment.python.parent)
    return {
        **kept,
        **_KERNEL_ENVIRON,
        "PATH": os.pathsep.join([binaries, kept.get("PATH", os.defpath)]),
        "PYTHONPATH": str(job.root),
        "IPYTHONDIR": str(scratch / "ipython"),
        "MPLCONFIGDIR": str(scratch / "matplotlib"),
        **dict(environment.spec.environ),
    }


def _copy_resources(job: Job, root: Path) -> None:
    """Copy, not link: what a program does to them must not reach the book."""
    for name in job.resources:
        source = job.root / name
        if source.is_dir():
            shutil.copytree(
                source,
                root / name,
                dirs_exist_ok=True,
                ignore=shutil.ignore_patterns("__pycache__"),
            )
        elif source.is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, root / name)


def remove_abandoned_scratch() -> None:
    """Remove the scratch folders of builds that were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_SCRATCH}*"):
        owner = folder.name.removeprefix(_SCRATCH).partition("-")[0]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)
