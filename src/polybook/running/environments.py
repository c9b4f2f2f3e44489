"""Environments: what a framework's programs run in, made on first need and shared by all books.

An environment is made in a folder of the user's cache with `python -m venv` and `pip`, so that
the user's own pip settings hold. A small file that names the folder is written last and at once:
where it is, the environment is whole. What an interrupted making left behind is removed by the
next one.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import TextIO

import platformdirs
from filelock import FileLock, Timeout

from polybook.config import SHIPPED, Config
from polybook.errors import ConfigError, EnvironmentFailedError, Location
from polybook.files import write_atomically
from polybook.running.processes import ProcessGroups

#: A requirement with this remark is installed without what it depends on.
NO_DEPS = re.compile(r"#\s*polybook:\s*no-deps\s*$")
_INCLUDE = re.compile(r"-(?:r|-requirement)[ =]*(?P<path>\S+)$")
_PIP_STEP = re.compile(
    r"\s*(?P<step>Collecting|Downloading|Installing)(?: collected packages.*|\s+(?P<what>\S+))"
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

Report = Callable[[str], None]


@dataclass(frozen=True)
class EnvironmentSpec:
    """What defines an environment; the same on every machine.

    `requirements` are pip requirement lines without comments; those that end in `NO_DEPS` are
    installed without what they depend on.
    """

    tab: str
    title: str
    requirements: tuple[str, ...]
    environ: tuple[tuple[str, str], ...] = ()
    python: str = ""
    memory: int = 0

    @cached_property
    def key(self) -> str:
        """Name the environment by what defines it, as a SHA-256 in hexadecimal."""
        content = [sorted(self.requirements), sorted(self.environ), self.python]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment that is there."""

    spec: EnvironmentSpec
    folder: Path

    @property
    def python(self) -> Path:
        """Its interpreter."""
        parts = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
        return self.folder.joinpath(*parts)


def cache_folder() -> Path:
    """Return the user's cache folder; `POLYBOOK_CACHE` names another one."""
    chosen = os.environ.get("POLYBOOK_CACHE")
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("polybook")


def environment_specs(config: Config, tabs: Sequence[str]) -> dict[str, EnvironmentSpec]:
    """Return what defines the environment of each tab.

    Raises:
        ConfigError: a requirements file is missing or includes one that is.

    """
    shipped = Path(str(resources.files("polybook") / "environments"))
    kernel = _read_requirements(shipped / "kernel.txt", config.path)
    specs = {}
    for tab in tabs:
        framework = config.framework(tab)
        if framework.requirements:
            requirements = _read_requirements(config.root / framework.requirements, config.path)
        elif tab in SHIPPED:
            requirements = _read_requirements(shipped / f"{tab}.txt", config.path)
        else:
            requirements = []
        named = {_name(line) for line in requirements}
        requirements += [line for line in kernel if _name(line) not in named]
        specs[tab] = EnvironmentSpec(
            tab=tab,
            title=framework.title or tab,
            requirements=tuple(dict.fromkeys(requirements)),
            environ=framework.environ,
            python=framework.python,
            memory=framework.memory,
        )
    return specs


def _read_requirements(path: Path, config: Path, seen: tuple[Path, ...] = ()) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError(
            f"The requirements file {path} cannot be read: {reason}.",
            hint="[framework-NAME] requirements names it, relative to config.ini.",
            location=Location(seen[-1] if seen else config),
        ) from None
    lines: list[str] = []
    for line in map(str.strip, text.replace("\\\n", "").splitlines()):
        if found := _INCLUDE.match(line):
            included = (path.parent / found["path"]).resolve()
            if included not in seen:
                lines += _read_requirements(included, config, (*seen, path.resolve()))
            continue
        bare = re.sub(r"(^|\s)#.*$", "", line).strip()
        if bare:
            lines.append(f"{bare}  # polybook: no-deps" if NO_DEPS.search(line) else bare)
    return lines


def _name(requirement: str) -> str:
    found = _NAME.match(requirement)
    return re.sub(r"[-_.]+", "-", found[0]).lower() if found else requirement


def find_environment(spec: EnvironmentSpec) -> Environment | None:
    """Return the environment if it is there and whole."""
    try:
        folder = Path(json.loads(_pointer(spec).read_text(encoding="utf-8"))["folder"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    environment = Environment(spec, _environments() / folder.name)
    return environment if environment.python.exists() else None


def make_environment(spec: EnvironmentSpec, report: Report, groups: ProcessGroups) -> Environment:
    """Return the environment, making it first where it is not there yet.

    Safe to call from several processes at once: one makes it, the others wait.

    Args:
        spec: what defines it.
        report: is told, in one line each, what is going on.
        groups: where the processes that make it can be stopped.

    Raises:
        EnvironmentFailedError: it could not be made; the text ends with what pip said last.

    """
    if environment := find_environment(spec):
        return environment
    try:
        _environments().mkdir(parents=True, exist_ok=True)
        lock = FileLock(_pointer(spec).with_suffix(".lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            report("waiting for another build that makes this environment")
            lock.acquire()
        try:
            return find_environment(spec) or _make(spec, report, groups)
        finally:
            lock.release()
    except OSError as error:
        raise EnvironmentFailedError(
            f"The environment for {spec.title} could not be made: {error.strerror}.",
            hint=f"Its folder is {_environments()}; POLYBOOK_CACHE names another one.",
        ) from None


def _make(spec: EnvironmentSpec, report: Report, groups: ProcessGroups) -> Environment:
    pointer = _pointer(spec)
    for leftover in pointer.parent.glob(f"{pointer.stem}-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    environment = Environment(spec, pointer.parent / f"{pointer.stem}-{uuid.uuid4().hex[:8]}")
    try:
        with pointer.with_suffix(".log").open("w", encoding="utf-8") as log:
            maker = _Maker(spec, report, groups, log)
            report("making a virtual environment")
            maker.call([_interpreter(spec), "-m", "venv", str(environment.folder)])
            for requirements, options in _batches(spec):
                listed = environment.folder / "requirements.txt"
                listed.write_text("\n".join(requirements) + "\n", encoding="utf-8")
                pip = [str(environment.python), "-m", "pip", "install", "--no-input"]
                pip += ["--no-compile", "--progress-bar", "off", "--disable-pip-version-check"]
                maker.call([*pip, *options, "-r", str(listed)])
            report("compiling")
            compile_all = ["-m", "compileall", "-q", "-q", "-j", "0", str(environment.folder)]
            maker.call([str(environment.python), *compile_all], may_fail=True)
    except BaseException:
        shutil.rmtree(environment.folder, ignore_errors=True)
        raise
    write_atomically(pointer, json.dumps({"folder": environment.folder.name}).encode())
    return environment


def _batches(spec: EnvironmentSpec) -> list[tuple[list[str], list[str]]]:
    alone = [line for line in spec.requirements if NO_DEPS.search(line)]
    whole = [line for line in spec.requirements if line not in alone]
    return [(whole, []), (alone, ["--no-deps"])] if alone else [(whole, [])]


@dataclass(frozen=True, slots=True)
class _Maker:
    spec: EnvironmentSpec
    report: Report
    groups: ProcessGroups
    log: TextIO

    def call(self, command: list[str], *, may_fail: bool = False) -> None:
        """Run a command, its output to the log and in short to `report`.

        `compileall` may fail: packages carry files for other Pythons, which it cannot compile.
        """
        last: deque[str] = deque(maxlen=12)
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                env=_environ_for_pip(os.environ),
                start_new_session=True,
            )
        except OSError as error:
            raise self._failed(f"{command[0]}: {error.strerror}", last) from None
        with self.groups.watched(process.pid), process:
            for line in process.stdout or ():
                self.log.write(line)
                last.append(f"    {line.rstrip()}")
                if found := _PIP_STEP.match(line):
                    self.report(f"{found['step'].lower()} {found['what'] or ''}".rstrip())
            status = process.wait()
        if status and not may_fail:
            raise self._failed(f"{' '.join(command[1:3])} ended with {status}", last)

    def _failed(self, reason: str, last: Iterable[str]) -> EnvironmentFailedError:
        return EnvironmentFailedError(
            "\n".join(
                [f"The environment for {self.spec.title} could not be made: {reason}.", *last]
            ),
            hint=f"All that was said is in {self.log.name}.",
        )


def _environ_for_pip(environ: Mapping[str, str]) -> dict[str, str]:
    dropped = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__", "PIP_TARGET"}
    return {**{k: v for k, v in environ.items() if k not in dropped}, "PYTHONUNBUFFERED": "1"}


def _interpreter(spec: EnvironmentSpec) -> str:
    return (shutil.which(spec.python) or spec.python) if spec.python else sys.executable


def _environments() -> Path:
    return cache_folder() / "environments"


def _pointer(spec: EnvironmentSpec) -> Path:
    """Return the file that names the environment's folder on this kind of machine."""
    made_with = (
        spec.python or f"{sys.implementation.name}{sys.version_info[0]}.{sys.version_info[1]}"
    )
    kind = f"{spec.key} {made_with} {platform.system()} {platform.machine()}"
    tab = re.sub(r"\W+", "-", spec.tab)
    return _environments() / f"{tab}-{hashlib.sha256(kind.encode()).hexdigest()[:12]}.json"
