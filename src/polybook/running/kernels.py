"""Runs one program in a kernel of its environment and returns what each cell put out."""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import hashlib
import json
import os
import platform
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import psutil
import zmq
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from polybook.running.environments import Environment
from polybook.running.jobs import Failure, Job, RunResult
from polybook.running.processes import (
    MARK,
    ProcessGroups,
    end_marked,
    guard_environ,
    guarded,
    transport,
)
from polybook.running.tidy import tidy_outputs

_STARTUP_TIMEOUT = 120  # seconds; a busy machine with a cold disk needs some
_OUTPUT_TIMEOUT = 60  # seconds; what a cell has put out may arrive after its end
_TRACEBACK_LINES = 12
_LONGEST_MESSAGE = 1000  # letters; an exception may say all that it has in a tensor
_LONGEST_TEMPORARY = 60  # bytes; programs make sockets in there as well

# The name of a scratch folder tells whose it is: several machines may share a folder for them.
_SCRATCH = f"polybook-{hashlib.sha256(platform.node().encode()).hexdigest()[:6]}-"

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
    "LC_ALL": "C.UTF-8",
}

#: Not passed on to kernels: what else would make outputs differ between machines.
_DROPPED = (
    "PYTHON",
    "JUPYTER",
    "JPY_",
    "IPYTHON",
    "VIRTUAL_ENV",
    "COV_",
    "PYTEST_",
    "LANGUAGE",
    "MPLBACKEND",
    "NO_COLOR",
    "FORCE_COLOR",
    "CLICOLOR",
)


class _OneKernel(KernelSpecManager):
    """Knows one kernel: an environment's own."""

    def __init__(self, python: Path) -> None:
        super().__init__()
        self._argv = guarded(str(python), "ipykernel", "-f", "{connection_file}")

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(argv=self._argv, display_name=kernel_name, language="python")


class _Manager(AsyncKernelManager):
    """Starts a kernel whose client reads all that it puts out, however much that is."""

    def client(self, **options: Any) -> AsyncKernelClient:  # type: ignore[override]
        client = super().client(**options)
        client.context.setsockopt(zmq.RCVHWM, 0)  # beyond a limit, ZeroMQ drops messages
        return client


class _Client(NotebookClient):
    """nbclient's client, which says which cell it has come to and lets no kernel outlive it."""

    def __init__(
        self,
        notebook: NotebookNode,
        manager: AsyncKernelManager,
        groups: ProcessGroups,
        cell_timeout: float,
        **options: Any,
    ) -> None:
        super().__init__(
            notebook,
            km=manager,
            on_cell_start=self._started,
            timeout_func=lambda _: cell_timeout,  # the trait `timeout` has whole seconds only
            startup_timeout=_STARTUP_TIMEOUT,
            shell_timeout_interval=1,  # how soon it is seen that a kernel has died
            iopub_timeout=_OUTPUT_TIMEOUT,
            raise_on_iopub_timeout=True,
            record_timing=False,
            store_widget_state=False,
            **options,
        )
        self.cell_timeout = cell_timeout
        self.current = -1
        self.status: int | None = None  # of a kernel process that ended by itself
        self._groups = groups
        self._watch = contextlib.ExitStack()
        self._process: subprocess.Popen[bytes] | None = None

    def _started(self, cell: Any, cell_index: int) -> None:  # noqa: ARG002 (nbclient's hook)
        self.current = cell_index

    async def async_start_new_kernel(self, **options: Any) -> None:
        await super().async_start_new_kernel(**options)
        provisioner = getattr(self.km, "provisioner", None)
        self._process = getattr(provisioner, "process", None)
        self._watch.enter_context(self._groups.watched(getattr(provisioner, "pgid", None) or 0))

    async def _async_cleanup_kernel(self) -> None:
        """End the kernel at once: all that it has put out is here, and asking it takes long."""
        if self._process:
            self.status = self._process.poll()
        self._watch.close()
        waiting = asyncio.all_tasks() - {asyncio.current_task()}  # for more of its messages
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        if self._process:
            with contextlib.suppress(OSError):
                self._process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=10)
        await super()._async_cleanup_kernel()

    def run(self, **options: Any) -> None:
        """Run all cells; the options are the kernel process's."""
        try:
            # An event loop of its own, so that nothing waits in it when it is closed.
            asyncio.run(self.async_execute(cleanup_kc=True, **options))
        finally:
            self._watch.close()
            atexit.unregister(self._cleanup_kernel)  # where no kernel came up, nbclient does not


def run_job(
    job: Job,
    environment: Environment,
    groups: ProcessGroups,
    gpus: Sequence[str] | None = None,
) -> RunResult:
    """Run a program's cells in order, in an empty folder that is gone afterwards.

    A cell that raises, a kernel that dies and a cell over its time limit end in a `Failure`.
    `gpus` are those that it can see; all that the machine has if not given.

    Raises:
        OSError: the scratch folder cannot be written.

    """
    if groups.stopped:
        return RunResult(failure=Failure(-1, "The run was interrupted."))
    scratch = Path(tempfile.mkdtemp(prefix=f"{_SCRATCH}{os.getpid()}-")).resolve()
    try:
        root = scratch / "book"
        folder = root / job.folder
        folder.mkdir(parents=True)
        copy_resources(job.resources, root)
        temporary = _temporary_folder(scratch)
        manager = _Manager(
            kernel_name="python3",
            transport=transport(scratch / "kernel"),
            kernel_spec_manager=_OneKernel(environment.python),
            connection_file=str(scratch / "kernel.json"),
        )
        client = _Client(
            _notebook(job),
            manager,
            groups,
            job.cell_timeout,
            resources={"metadata": {"path": str(folder)}},
        )
        environ = _kernel_environ(job, environment, scratch, temporary)
        if gpus is not None:
            environ["CUDA_VISIBLE_DEVICES"] = ",".join(gpus)
        failure = _execute(client, environ, scratch / "log")
        if failure:
            return RunResult(failure=failure)
        hidden = {
            str(root): ".",
            **{str(each): "." for each in job.roots},
            str(temporary): "<tmp>",
            str(scratch): "<scratch>",
            str(environment.folder): "<environment>",
            str(environment.standard_library): "<python>",
        }
        outputs = [tidy_outputs(cell.outputs, hidden) for cell in client.nb.cells]
        return RunResult(outputs=tuple(outputs))
    finally:
        end_marked(str(scratch))
        _remove(scratch)


def _temporary_folder(scratch: Path) -> Path:
    """Return where programs put temporary files, which are never removed by a killed kernel."""
    folder = scratch / "tmp"
    if len(os.fsencode(folder)) > _LONGEST_TEMPORARY:
        return Path(tempfile.gettempdir())
    folder.mkdir()
    return folder


def _execute(client: _Client, environ: Mapping[str, str], log: Path) -> Failure | None:
    try:
        with log.open("wb") as output:
            client.run(env=environ, stdout=output, stderr=output)
    except CellExecutionError as error:
        message = _shortened(f"{error.ename}: {error.evalue}".rstrip(": "))
        return Failure(client.current, message, _traceback(client) or error.traceback)
    except CellTimeoutError as error:
        if "IOPub" in str(error):
            reason = f"The cell's output did not arrive within {_OUTPUT_TIMEOUT} s."
        else:
            reason = f"The cell took longer than {client.cell_timeout:g} s."
        return Failure(client.current, reason)
    except DeadKernelError:
        return Failure(client.current, f"The kernel {_ending(client.status)}.", _tail(log))
    except RuntimeError as error:
        return Failure(client.current, f"The kernel did not start: {error}", _tail(log))
    return None


def _traceback(client: _Client) -> str:
    """Return the end of the traceback of the cell that raised."""
    for output in reversed(client.nb.cells[client.current].outputs):
        if output["output_type"] == "error":
            return _last_lines(re.sub(r"\x1b\[[\d;]*m", "", "\n".join(output["traceback"])))
    return ""


def _last_lines(text: str) -> str:
    return "\n".join(map(_shortened, text.rstrip().splitlines()[-_TRACEBACK_LINES:]))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}…"


def _ending(status: int | None) -> str:
    """Say how a kernel process ended, by its exit status."""
    if status is None or status >= 0:
        return "died" if status is None else f"ended with the exit status {status}"
    if -status == getattr(signal, "SIGKILL", 9):
        return "was killed, perhaps because there was too little memory"
    name = next((each.name for each in signal.Signals if each == -status), f"signal {-status}")
    return f"died of {name}"


def _tail(log: Path) -> str:
    """Return the end of what the kernel process itself said."""
    with contextlib.suppress(OSError):
        return _last_lines(log.read_text(encoding="utf-8", errors="replace"))
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


def _kernel_environ(
    job: Job, environment: Environment, scratch: Path, temporary: Path
) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_DROPPED)}
    binaries = str(environment.python.parent)
    return {
        **kept,
        **_KERNEL_ENVIRON,
        "PATH": os.pathsep.join([binaries, kept.get("PATH", os.defpath)]),
        "TMPDIR": str(temporary),
        "IPYTHONDIR": str(scratch / "ipython"),
        "MPLCONFIGDIR": str(environment.matplotlib),
        "POLYBOOK_ROOTS": json.dumps([*map(str, job.roots)]),
        MARK: str(scratch),
        **guard_environ(),
        **dict(environment.spec.environ),
    }


def copy_resources(resources: Iterable[tuple[Path, str]], root: Path) -> None:
    """Copy files and folders to their places below a folder.

    Copy, not link: what a program does to them must not reach the book.
    """
    for source, place in resources:
        target = root / place
        if source.is_dir():
            shutil.copytree(
                source,
                target,
                dirs_exist_ok=True,
                ignore=shutil.ignore_patterns("__pycache__", ".*"),
                ignore_dangling_symlinks=True,
            )
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def _remove(folder: Path) -> None:
    """Remove a folder, even where a program has made parts of it read-only."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        for path, folders, _ in os.walk(folder):
            for name in folders:
                with contextlib.suppress(OSError):
                    Path(path, name).chmod(0o700)
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned_scratch() -> None:
    """Remove the scratch folders of builds that were killed, and what still runs in them."""
    for folder in Path(tempfile.gettempdir()).resolve().glob(f"{_SCRATCH}*"):
        owner = folder.name.removeprefix(_SCRATCH).partition("-")[0]
        if owner.isdecimal() and not psutil.pid_exists(int(owner)):
            end_marked(str(folder))
            _remove(folder)
