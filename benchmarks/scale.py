"""Measures Polybook on a whole d2lbook repository, beside d2lbook.

`python -m benchmarks.scale BOOK`; `make bench` has the figures of Polybook's own book.
Nothing is run. The repository is copied first; `--times` copies of it, with labels of their own,
make the larger book.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks import d2lbook, polybook
from polybook.book import read_book
from polybook.config import read_config
from polybook.running.environments import cache_folder

_LABELS = re.compile(r":(label|eqlabel|ref|numref|eqref):`([^`]+)`")
_GIBIBYTE = 1024**3


def main() -> None:
    """Measure, and print a line a figure."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.scale", description=__doc__)
    arguments.add_argument("book", type=Path, help="a d2lbook repository with one language")
    arguments.add_argument("--runs", type=int, default=3, help="how often Polybook is measured")
    arguments.add_argument("--times", type=int, default=10, help="copies in the larger book")
    arguments.add_argument("--tab", default="pytorch", help="whose PDF and EPUB are measured")
    arguments.add_argument("--alone", action="store_true", help="leave d2lbook out")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="polybook-scale-") as folder:
        book = d2lbook.copy_repository(options.book.resolve(), Path(folder) / "book")
        cold = _ours(book, options.runs)
        _in_print(book, options.tab, options.runs)
        _larger(book, Path(folder) / "larger", options.times, cold)
        if not options.alone:
            _theirs(book)


def _ours(book: Path, runs: int) -> float:
    """Measure Polybook; return the seconds of its quickest build from nothing."""
    output = read_config(book).output

    def cold() -> float:
        shutil.rmtree(output, ignore_errors=True)
        return polybook.build_html_unchanged(book)

    quickest = _measure("polybook, from nothing", cold, runs)
    _measure("polybook, nothing changed", lambda: polybook.build_html_unchanged(book), runs)
    _measure("polybook, one page edited", lambda: _edited(book), runs)
    shutil.rmtree(output)
    print(f"{'polybook, most memory':40}{polybook.peak_memory(book) / _GIBIBYTE:9.2f} GiB")
    return quickest


def _in_print(book: Path, tab: str, runs: int) -> None:
    """Measure the book for one framework in print; d2lbook needs a TeX distribution for it."""
    builds = {"from nothing": polybook.build_books, "unchanged": polybook.build_books_unchanged}
    for verb in ("pdf", "epub"):
        for state, build in builds.items():
            label = f"polybook, {verb} of {tab}, {state}"
            _measure(label, partial(build, book, verb, "--tab", tab), runs)


def _theirs(book: Path) -> None:
    venv = d2lbook.make_venv(cache_folder() / "benchmarks")
    for what in ("from nothing", "nothing changed"):
        _measure(f"d2lbook, {what}", lambda: d2lbook.build_repository(book, venv), 1)


def _measure(label: str, build: Callable[[], float], runs: int) -> float:
    seconds = sorted(build() for _ in range(runs))
    shown = ", ".join(f"{each:.2f}" for each in seconds)
    print(f"{label:40}{shown} s", flush=True)
    return seconds[0]


def _edited(book: Path) -> float:
    """Return the seconds of a build after the end of a page has changed."""
    config = read_config(book)
    page = list(read_book(config).pages.values())[-1]
    mark = f"edited{time.time_ns()}"
    with next(iter(page.sources.values())).open("a", encoding="utf-8") as file:
        file.write(f"\n{mark}\n")
    seconds = polybook.build_html_unchanged(book)
    if mark not in (config.output / "html" / f"{page.name}.html").read_text("utf-8"):
        raise RuntimeError(f"the edit of {page.name} did not reach the site")
    return seconds


def _larger(book: Path, target: Path, times: int, cold: float) -> None:
    shutil.copytree(book, target, ignore=shutil.ignore_patterns("_build", "*.md"))
    for copy in range(times):
        _add_copy(book, target, copy)
    start = time.perf_counter()
    memory = polybook.peak_memory(target)
    seconds = time.perf_counter() - start
    print(f"{f'polybook, {times} times the pages':40}{seconds:.1f} s, {seconds / cold:.1f} times")
    print(f"{'  its most memory':40}{memory / _GIBIBYTE:9.2f} GiB", flush=True)


def _add_copy(book: Path, target: Path, copy: int) -> None:
    """Add one copy of a book's chapters, with names and labels of its own."""

    def own(text: str) -> str:
        return _LABELS.sub(lambda found: f":{found[1]}:`{found[2]}_{copy}`", text)

    chapters = {page.folder for page in read_book(read_config(book)).pages.values() if page.folder}
    for chapter in chapters:
        shutil.copytree(book / chapter, target / f"{chapter}_{copy}")
        for page in (target / f"{chapter}_{copy}").glob("*.md"):
            page.write_text(own(page.read_text("utf-8")), "utf-8")
    index = own((book / "index.md").read_text("utf-8"))
    for chapter in chapters:
        index = re.sub(rf"^{re.escape(chapter)}/", f"{chapter}_{copy}/", index, flags=re.MULTILINE)
    with (target / "index.md").open("a", encoding="utf-8") as file:
        file.write(f"{index}\n")


if __name__ == "__main__":
    main()
