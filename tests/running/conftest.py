"""Real kernels and real pip for the tests of running, on a machine with or without a network."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import psutil
import pytest

from polybook.running.environments import Environment
from polybook.running.jobs import Job, RunResult
from polybook.running.kernels import run_job
from polybook.running.processes import ProcessGroups

MakeWheel = Callable[..., None]
StartPolybook = Callable[..., subprocess.Popen[str]]

#: A cell's code, or its code and its tags.
CellLike = str | tuple[str, tuple[str, ...]]


class RunCells(Protocol):
    """Runs cells in a kernel of the plain environment."""

    def __call__(
        self,
        *cells: CellLike,
        environ: tuple[tuple[str, str], ...] = (),
        groups: ProcessGroups | None = None,
        **job: Any,
    ) -> RunResult: ...


def wait_until(condition: Callable[[], object], seconds: float = 90) -> None:
    """Wait until something holds; fail where it does not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def processes_with(name: str, value: str) -> list[psutil.Process]:
    """Return the living processes that have an environment variable of this value."""
    found = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.environ().get(name) == value:
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def none_with(name: str, value: str) -> bool:
    """Tell whether no process has an environment variable of this value."""
    return not processes_with(name, value)


def texts(result: RunResult) -> list[str]:
    """Return what each cell of a program that went well has put out, as one text each."""
    assert result.failure is None, result.failure
    return ["".join(map(_text, outputs)) for outputs in result.outputs]


def _text(output: dict[str, Any]) -> str:
    return str(
        output["text"] if output["output_type"] == "stream" else output["data"]["text/plain"]
    )


@pytest.fixture
def run_cells(plain: Environment, tmp_path: Path) -> RunCells:
    """Run cells as one program of the page `chapter/page` of an empty book."""

    def run(
        *cells: CellLike,
        environ: Sequence[tuple[str, str]] = (),
        groups: ProcessGroups | None = None,
        **job: Any,
    ) -> RunResult:
        pairs = tuple((cell, ()) if isinstance(cell, str) else cell for cell in cells)
        settings = {"roots": (tmp_path,), "folder": "chapter", "cell_timeout": 120.0, **job}
        environment = Environment(replace(plain.spec, environ=tuple(environ)), plain.folder)
        return run_job(
            Job(name="page [plain]", cells=pairs, **settings),
            environment,
            groups or ProcessGroups(),
        )

    return run


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for temporary files of the test's own, with as short a path as the usual one."""
    usual = tempfile.gettempdir()
    with tempfile.TemporaryDirectory(prefix="pb", dir=usual) as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", None)  # what is remembered of TMPDIR
        yield Path(folder).resolve()
    monkeypatch.setattr(tempfile, "tempdir", None)


@pytest.fixture
def start_polybook(plain: Environment) -> Iterator[StartPolybook]:  # noqa: ARG001 (made before)
    """Start the command line and leave it running; it is ended with the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "polybook", *map(str, arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(command, text=True, encoding="utf-8", **{**pipes, **options})
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeWheel:
    """Make small packages, the only ones that pip finds: the user's settings name their folder."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))

    def make(name: str, version: str = "1.0", requires: Sequence[str] = ()) -> None:
        info = f"{name}-{version}.dist-info"
        needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
        files = {
            f"{name}.py": f"version = {version!r}\n",
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        record = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
        with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
            for path, content in {**files, f"{info}/RECORD": record}.items():
                wheel.writestr(path, content)

    return make
