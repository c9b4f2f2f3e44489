"""Miniature books for the tests: real files in a folder of their own, built by the real tool."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import settings

from polybook.config import read_config
from polybook.running.environments import Environment, environment_specs, make_environment
from polybook.running.processes import ProcessGroups

# Speed is measured by the benchmarks: on a machine that is busy, every example may be slow.
# New random texts are `python -m tests.fuzz`'s; the same tests have the same outcome everywhere.
settings.register_profile("polybook", deadline=None, derandomize=True, database=None)
settings.load_profile("polybook")

# A shell that starts the tests in the background has them ignore Ctrl-C, and `nohup` the closing of
# the terminal; so would all that they start, but tests that interrupt a build need it to take heed.
signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, lambda *_: None)  # ignored here, and not by what is started

MakeBook = Callable[[Mapping[str, str]], Path]
RunPolybook = Callable[..., subprocess.CompletedProcess[str]]


def write_files(root: Path, files: Mapping[str, str]) -> Path:
    """Write files, given by path and (indented) content, below a folder, and return it."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(content).lstrip("\n"), encoding="utf-8")
    return root


@pytest.fixture
def make_book(tmp_path: Path) -> MakeBook:
    """Write a book's files and return its folder."""
    return lambda files: write_files(tmp_path / "book", files)


@pytest.fixture
def polybook() -> RunPolybook:
    """Run the command line in a process of its own; its exit status is in the result."""

    def run(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "polybook", *map(str, arguments)]
        return subprocess.run(  # type: ignore[call-overload, no-any-return]
            command, capture_output=True, text=True, encoding="utf-8", check=False, **options
        )

    return run


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The environment that has the kernel alone, from the user's cache."""
    root = tmp_path_factory.mktemp("plain")
    (root / "config.ini").write_text("[build]\ntabs = plain\n")
    spec = environment_specs(read_config(root), ["plain"])["plain"]
    return make_environment(spec, lambda _: None, ProcessGroups())
