"""Environments: what a framework's programs run in, made on first need and shared by all books.

An environment is made in a folder of the user's cache with `python -m venv` and `pip`, so that
the user's own pip settings hold. A small file that names the folder is written last and at once:
where it is, the environment is whole. What an interrupted making left behind is removed by the
next one.
"""

from __future__ import annotations

import contextlib
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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import TextIO

import platformdirs
from filelock import FileLock, Timeout

from polybook.config import SHIPPED, Config
from polybook.errors import ConfigError, EnvironmentFailedError, Location
from polybook.files import write_atomically
from polybook.running.processes import ProcessGroups, guard_environ, guarded

#: A requirement with this remark is installed without what it depends on.
NO_DEPS = re.compile(r"#\s*polybook:\s*no-deps\s*$")
_INCLUDE = re.compile(r"-(?:r|-requirement)[ =]*(?P<path>\S+)$")
_LOCAL = re.compile(
    r"-(?:e|-editable|c|-constraint)\b|\.{1,2}$|[\w.-]+[/\\]"
    r"|-(?:f|-find-links)[ =]+(?!\w+:|[/\\])"
)
_NONE: frozenset[Path] = frozenset()
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

    @property
    def packages(self) -> Path:
        """Where its packages are."""
        return next(
            self.folder.glob("Lib/site-packages" if os.name == "nt" else "lib/*/site-packages")
        )

    @property
    def matplotlib(self) -> Path:
        """Matplotlib's settings, and its list of fonts, which takes it seconds to make."""
        return self.folder / "matplotlib"

    @property
    def version(self) -> str:
        """The version of its Python."""
        return self._settings.get("version", "")

    @property
    def standard_library(self) -> Path:
        """Where tracebacks say that Python's own modules are."""
        home = Path(self._settings.get("home", ""))
        version = ".".join(self.version.split(".")[:2])
        return home / "Lib" if os.name == "nt" else home.parent / "lib" / f"python{version}"

    @property
    def _settings(self) -> Mapping[str, str]:
        text = (self.folder / "pyvenv.cfg").read_text(encoding="utf-8")
        return dict(re.findall(r"^(\w+)\s*=\s*(.*?)\s*$", text, re.MULTILINE))


def cache_folder() -> Path:
    """Return the user's cache folder; `POLYBOOK_CACHE` names another one."""
    chosen = os.environ.get("POLYBOOK_CACHE")
    folder = Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("polybook")
    return folder.absolute()


def environment_specs(config: Config, tabs: Sequence[str]) -> dict[str, EnvironmentSpec]:
    """Return what defines the environment of each tab.

    Raises:
        ConfigError: a requirements file is missing or includes one that is.

    """
    shipped = Path(str(resources.files("polybook") / "environments"))
    kernel = _read_requirements(shipped / "kernel.txt", Location(config.path))
    specs = {}
    for tab in tabs:
        framework = config.framework(tab)
        if framework.requirements:
            file = config.root / framework.requirements
            requirements = _read_requirements(file, Location(config.path))
        elif tab in SHIPPED:
            requirements = _read_requirements(shipped / f"{tab}.txt", Location(config.path))
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
        )
    return specs


def lab_spec() -> EnvironmentSpec:
    """Return what defines the environment that JupyterLab runs in."""
    file = Path(str(resources.files("polybook") / "environments" / "lab.txt"))
    return EnvironmentSpec("lab", "JupyterLab", tuple(_read_requirements(file, Location(file))))


def _read_requirements(path: Path, named_at: Location, seen: frozenset[Path] = _NONE) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise ConfigError(
            f"The requirements file {path} cannot be read: {reason}.",
            hint="A path in config.ini or behind -r is relative to the file that it stands in.",
            location=named_at,
        ) from None
    seen |= {path.resolve()}
    lines: list[str] = []
    for number, line in _joined_lines(text):
        bare = re.sub(r"(^|\s)#.*$", "", line).strip()
        if found := _INCLUDE.match(bare):
            included = path.parent / found["path"]
            if included.resolve() not in seen:
                lines += _read_requirements(included, Location(path, number), seen)
        elif _LOCAL.match(bare):
            raise ConfigError(
                f"“{bare}” names a file of this book, but all books share an environment.",
                hint="List released packages. What lies beside config.ini can be imported as it is;"
                " what a constraints file says can stand in the requirements file itself.",
                location=Location(path, number),
            )
        elif bare:
            lines.append(f"{bare}  # polybook: no-deps" if NO_DEPS.search(line) else bare)
    return lines


def _joined_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a requirements file, those that end in a backslash with the next one."""
    first, joined = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        first, joined = first or number, joined + line
        if joined.endswith("\\"):
            joined = joined[:-1]
            continue
        yield first, joined.strip()
        first, joined = 0, ""
    if joined:
        yield first, joined.strip()


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
        with _locked(spec, report, groups):
            return find_environment(spec) or _make(spec, report, groups)
    except OSError as error:
        reason = f"{error.strerror}: {error.filename}" if error.filename else error.strerror
        raise EnvironmentFailedError(
            f"The environment for {spec.title} could not be made: {reason}.",
            hint=f"Its folder is {_environments()}; POLYBOOK_CACHE names another one.",
        ) from None


@contextlib.contextmanager
def _locked(spec: EnvironmentSpec, report: Report, groups: ProcessGroups) -> Iterator[None]:
    """Hold an environment's lock, waiting for it until all is stopped."""
    lock = FileLock(_pointer(spec).with_suffix(".lock"))
    timeout = 0.0
    while not lock.is_locked:
        try:
            lock.acquire(timeout=timeout)
        except Timeout:
            if groups.stopped:
                raise EnvironmentFailedError(
                    f"The environment for {spec.title} was not waited for."
                ) from None
            if not timeout:
                report("waiting for another build that makes this environment")
            timeout = 0.5
    try:
        yield
    finally:
        lock.release()


def _make(spec: EnvironmentSpec, report: Report, groups: ProcessGroups) -> Environment:
    pointer = _pointer(spec)
    for leftover in pointer.parent.glob(f"{pointer.stem}-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    environment = Environment(spec, pointer.parent / f"{pointer.stem}-{uuid.uuid4().hex[:8]}")
    try:
        with pointer.with_suffix(".log").open("w", encoding="utf-8") as log:
            maker = _Maker(spec, report, groups, log)
            report("making a virtual environment")
            maker.call(_interpreter(spec), "venv", str(environment.folder))
            python = str(environment.python)
            for requirements, options in _batches(spec):
                listed = environment.folder / "requirements.txt"
                listed.write_text("\n".join(requirements) + "\n", encoding="utf-8")
                options += ["--no-input", "--no-user", "--no-compile", "--progress-bar", "off"]
                options += ["--disable-pip-version-check", "-r", str(listed)]
                maker.call(python, "pip", "install", *options)
            report("compiling")
            folder = str(environment.folder)
            maker.call(python, "compileall", "-q", "-q", "-j", "0", folder, may_fail=True)
            environment.matplotlib.mkdir()
            settings = environment.matplotlib / "matplotlibrc"
            settings.write_text("svg.hashsalt: polybook\n")  # the same names in every drawing
            if any(environment.folder.glob("lib/*/site-packages/matplotlib")):
                fonts = {"MPLCONFIGDIR": str(environment.matplotlib)}
                maker.call(python, "matplotlib.font_manager", may_fail=True, environ=fonts)
    except BaseException:
        shutil.rmtree(environment.folder, ignore_errors=True)
        raise
    write_atomically(pointer, json.dumps({"folder": environment.folder.name}).encode())
    return environment


def _batches(spec: EnvironmentSpec) -> list[tuple[list[str], list[str]]]:
    alone = [line for line in spec.requirements if NO_DEPS.search(line)]
    whole = [line for line in spec.requirements if line not in alone]
    indexes = [line for line in whole if line.startswith("-")]
    return [(whole, []), ([*indexes, *alone], ["--no-deps"])] if alone else [(whole, [])]


@dataclass(frozen=True, slots=True)
class _Maker:
    spec: EnvironmentSpec
    report: Report
    groups: ProcessGroups
    log: TextIO

    def call(
        self,
        python: str,
        module: str,
        *arguments: str,
        may_fail: bool = False,
        environ: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Run one of a Python's modules, its output to the log and in short to `report`.

        `compileall` may fail: packages carry files for other Pythons, which it cannot compile.
        """
        last: deque[str] = deque(maxlen=12)
        try:
            process = subprocess.Popen(
                guarded(python, module, *arguments),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
                errors="replace",
                env={**_environ_for_pip(os.environ), **environ},
                start_new_session=True,
            )
        except OSError as error:
            raise self._failed(f"{python}: {error.strerror}", last) from None
        with self.groups.watched(process.pid), process:
            for line in process.stdout or ():
                self.log.write(line)
                last.append(f"    {line.rstrip()}")
                if found := _PIP_STEP.match(line):
                    self.report(f"{found['step'].lower()} {found['what'] or ''}".rstrip())
            status = process.wait()
        if status and not may_fail:
            said = " ".join(["python -m", module, *arguments[:1]])
            raise self._failed(f"“{said}” ended with the exit status {status}", last)

    def _failed(self, reason: str, last: Iterable[str]) -> EnvironmentFailedError:
        return EnvironmentFailedError(
            "\n".join(
                [f"The environment for {self.spec.title} could not be made: {reason}.", *last]
            ),
            hint=f"All that was said is in {self.log.name}.",
        )


def _environ_for_pip(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the user's variables, without those that have Python or pip work elsewhere."""
    dropped = ("PYTHON", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__", "PIP_TARGET", "PIP_PREFIX")
    kept = {name: value for name, value in environ.items() if not name.startswith(dropped)}
    return {**kept, **guard_environ(), "PYTHONUNBUFFERED": "1"}


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
