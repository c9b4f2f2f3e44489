"""Polybook as a user runs it: whole commands, from the shell, timed from start to end."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

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


def _time(*arguments: str) -> tuple[float, str]:
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "polybook", *arguments],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"polybook {' '.join(arguments)}: {done.stderr}")
    return time.perf_counter() - start, done.stdout
