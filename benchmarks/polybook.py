"""Polybook as a user runs it: whole commands, from the shell, timed from start to end."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from subprocess import DEVNULL

import psutil

from polybook.config import read_config

_ONE_CELL = {
    "config.ini": "[project]\nname = one\n[build]\nnotebooks = *.md\noutput_dir = build\n",
    "index.md": "# One\n\n```{.python .input}\nprint(1)\n```\n",
}


def copy_book(source: Path, target: Path) -> Path:
    """Copy a book, without what builds made of it."""
    shutil.rmtree(target, ignore_errors=True)
    ignored = shutil.ignore_patterns(".*", "build", "src", "tests", "docs", "benchmarks")
    shutil.copytree(source, target, ignore=ignored)
    return target


def build_html(book: Path) -> float:
    """Return the seconds that the HTML of all languages takes from nothing, outputs given."""
    shutil.rmtree(book / "build", ignore_errors=True)
    return build_html_unchanged(book)


def build_html_unchanged(book: Path) -> float:
    """Return the seconds of a build, whatever there is for it to do."""
    return _time("build", "html", "--no-run", "-C", str(book))[0]


def build_books(book: Path, verb: str, *options: str) -> float:
    """Return the seconds that all PDFs or EPUBs take from nothing, outputs given."""
    shutil.rmtree(read_config(book).output, ignore_errors=True)
    return build_books_unchanged(book, verb, *options)


def build_books_unchanged(book: Path, verb: str, *options: str) -> float:
    """Return the seconds of a build of PDFs or EPUBs, whatever there is for it to do."""
    return _time("build", verb, *options, "--no-run", "-C", str(book))[0]


def build_html_edited(book: Path) -> float:
    """Return the seconds of a build after one paragraph of a page with code has changed."""
    source = next(path for path in sorted(book.rglob("*.tr.md")) if ".input}" in path.read_text())
    mark = f"edited{time.time_ns()}"
    paragraphs = source.read_text("utf-8").split("\n\n")
    place = next(n for n, text in enumerate(paragraphs) if text[:1].isalpha())
    paragraphs[place] += f" {mark}"
    source.write_text("\n\n".join(paragraphs), "utf-8")
    seconds = build_html_unchanged(book)
    page = source.relative_to(book).as_posix().removesuffix(".tr.md")
    if mark not in (book / "build" / "html" / "tr" / f"{page}.html").read_text("utf-8"):
        raise RuntimeError(f"{book}: the edit did not reach the page")
    return seconds


def check(book: Path, *, cold: bool) -> float:
    """Return the seconds of `polybook check`, whatever it finds; `cold`: nothing is kept."""
    if cold:
        shutil.rmtree(book / "build", ignore_errors=True)
    return _time("check", "-C", str(book), fails=True)[0]


def peak_memory(book: Path) -> int:
    """Return the most memory that a build takes at a time, in bytes, all its processes together."""
    command = _command("build", "html", "--no-run", "-C", str(book))
    process = psutil.Popen(command, stdout=DEVNULL, stderr=DEVNULL)
    most = 0
    while process.poll() is None:
        with contextlib.suppress(psutil.Error):
            family = [process, *process.children(recursive=True)]
            most = max(most, sum(each.memory_info().rss for each in family))
        time.sleep(0.02)
    if process.returncode:
        raise RuntimeError(f"{book}: the build ended with {process.returncode}")
    return most


def run_one_cell(book: Path) -> float:
    """Return the seconds that `polybook run` takes for one page with one cell."""
    shutil.rmtree(book, ignore_errors=True)
    book.mkdir(parents=True)
    for name, content in _ONE_CELL.items():
        (book / name).write_text(content, "utf-8")
    _time("run", "-C", str(book))  # makes the environment, where there is none yet
    shutil.rmtree(book / "outputs")
    return _time("run", "-C", str(book))[0]


def count_kernels(book: Path) -> int:
    """Return how many kernels a run of the whole book starts."""
    shutil.rmtree(book / "outputs", ignore_errors=True)
    said = _time("run", "-C", str(book))[1]
    return int(said.rpartition(" of ")[2].split()[0])


def _time(*arguments: str, fails: bool = False) -> tuple[float, str]:
    """Run a command; return its seconds and what it says. Exit status 1 is one that `fails`."""
    start = time.perf_counter()
    done = subprocess.run(
        _command(*arguments),
        check=False,
        capture_output=True,
        text=True,
        env=_environment(),
    )
    if done.returncode > fails:
        raise RuntimeError(f"polybook {' '.join(arguments)}: {done.stderr}")
    return time.perf_counter() - start, done.stdout


def _environment() -> dict[str, str]:
    """Return the variables of a command: as for a user, compiled modules are kept."""
    return {key: each for key, each in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "polybook", *arguments]
