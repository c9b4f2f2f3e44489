"""Measures Polybook and d2lbook side by side, in one run, and prints a table: `make bench`."""

from __future__ import annotations

import argparse
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import d2lbook, polybook
from benchmarks.reading import Reading, read, reading
from polybook.config import read_config
from polybook.running.environments import cache_folder, environment_specs, find_environment

_LANGUAGES = ("tr", "vi", "ja", "fr", "id")

#: What a kernel itself needs: the same cell, run by nbclient alone in the same environment.
_PLAIN = """
import sys, time
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
import nbformat

class One(KernelSpecManager):
    def get_kernel_spec(self, kernel_name):
        argv = [sys.argv[1], "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="one", language="python")

cell = nbformat.v4.new_code_cell("print(1)")
notebook = nbformat.v4.new_notebook(cells=[cell])
start = time.perf_counter()
NotebookClient(notebook, km=AsyncKernelManager(kernel_spec_manager=One())).execute()
print(time.perf_counter() - start)
"""


def main() -> None:
    """Measure, and print one line a figure: median, spread, ratio."""
    arguments = argparse.ArgumentParser(prog="make bench", description=__doc__)
    arguments.add_argument("--runs", type=int, default=5, help="how often each is measured")
    arguments.add_argument("--book", type=Path, default=Path(), help="the five-language book")
    options = arguments.parse_args()
    print(
        f"{platform.machine()}, Python {platform.python_version()}, {options.runs} runs; seconds,"
    )
    print("median (lowest to highest). d2lbook is run the quickest way there is: all tabs in one")
    print("process, each language a book of its own, without running the edited notebook again.\n")
    print(f"{'':58}{'polybook':>22}{'d2lbook':>24}{'ratio':>8}{'goal':>7}")
    with tempfile.TemporaryDirectory(prefix="polybook-bench-") as folder:
        _measure(Path(folder), options.book.resolve(), options.runs)


def _measure(folder: Path, source: Path, runs: int) -> None:
    book = polybook.copy_book(source, folder / "book")
    venv = d2lbook.make_venv(cache_folder() / "benchmarks")
    peers = d2lbook.lay_out(source, folder / "peers", _LANGUAGES)

    def all_peers(measure: Callable[..., float]) -> float:
        return sum(measure(peer, venv, one_process=True) for peer in peers)

    polybook.build_html(book)  # once for what only a first start costs: byte code, disk cache
    rows: list[tuple[str, Callable[[], float], Callable[[], float], float]] = [
        (
            "five-language book to HTML, nothing to run, cold",
            lambda: polybook.build_html(book),
            lambda: all_peers(d2lbook.build_html),
            3.0,
        ),
        (
            "no change at all, built again",
            lambda: polybook.build_html_unchanged(book),
            lambda: all_peers(d2lbook.build_html_unchanged),
            0.5,
        ),
        (
            "one paragraph edited, to the page on disk",
            lambda: polybook.build_html_edited(book),
            lambda: d2lbook.build_html_edited(peers[0], venv, one_process=True),
            0.7,
        ),
        (
            "time a run adds to what its kernel needs",
            lambda: polybook.run_one_cell(folder / "one") - _plain_kernel(folder / "one"),
            lambda: d2lbook.run_one_cell(folder / "peer", venv) - _plain_kernel(folder / "one"),
            0.5,
        ),
    ]
    for label, ours, theirs, goal in rows:
        own, peer = [], []
        for _ in range(runs):  # in turn, so that what else the machine does meets both
            own.append(ours())
            peer.append(theirs())
        ratio = statistics.median(peer) / statistics.median(own)
        print(f"{label:58}{_spread(own):>22}{_spread(peer):>24}{ratio:>7.1f}×{goal:>7}", flush=True)
    # d2lbook's PDFs need a TeX distribution, and come without Japanese: there is nothing to run.
    alone: list[tuple[str, Callable[[], float], float]] = [
        (
            "20 PDFs (5 languages × 4 frameworks), cold",
            lambda: polybook.build_books(book, "pdf"),
            10,
        ),
        ("no change, PDFs built again", lambda: polybook.build_books_unchanged(book, "pdf"), 0.5),
        ("check of five languages, cold", lambda: polybook.check(book, cold=True), 2),
        ("check, nothing changed", lambda: polybook.check(book, cold=False), 2),
        ("20 EPUBs, cold", lambda: polybook.build_books(book, "epub"), 10),
    ]
    for label, ours, goal in alone:
        own = [ours() for _ in range(runs)]
        print(f"{label:58}{_spread(own):>22}{'–':>24}{'':>8}{goal:>7}", flush=True)
    _measure_reading(book, peers)
    own_kernels = polybook.count_kernels(book)
    peer_kernels = sum(map(d2lbook.count_notebooks, peers))
    label = f"kernels started for {len(_LANGUAGES)} languages × 4 frameworks"
    print(f"{label:58}{own_kernels:>22}{peer_kernels:>24}{peer_kernels / own_kernels:>7.1f}×{4:>7}")


def _measure_reading(book: Path, peers: list[Path]) -> None:
    """Read the longest page in a browser, in every language; the worst of them counts."""
    polybook.build_books(book, "all")  # so that pages offer all that they ever do
    site = book / "build" / "html"
    page = max((site / _LANGUAGES[0]).rglob("*.html"), key=lambda each: each.stat().st_size)
    name = page.relative_to(site / _LANGUAGES[0]).as_posix()
    with reading() as browser:
        own = [read(browser, site, f"{language}/{name}") for language in _LANGUAGES]
        other = [read(browser, peer / "_build" / "html", name) for peer in peers]

    def row(label: str, say: Callable[[list[Reading]], str], goal: str) -> None:
        print(f"{label:58}{say(own):>22}{say(other):>24}{'':>8}{goal:>7}", flush=True)

    row(
        "a page's weight: HTML, CSS, JS, uncompressed, kB",
        lambda all_: f"{max(each.weight for each in all_) / 1000:.1f}",
        "100",
    )
    row("layout shift while it loads", lambda all_: f"{max(each.shift for each in all_):.4f}", "0")
    row("requests to other hosts", lambda all_: str(max(each.foreign for each in all_)), "0")
    row("first paint where no script comes, ms", _painted, "")


def _painted(readings: list[Reading]) -> str:
    times = [each.painted for each in readings if each.painted is not None]
    return f"{max(times):.0f}" if len(times) == len(readings) else "never"


def _spread(seconds: list[float]) -> str:
    low, high = min(seconds), max(seconds)
    return f"{statistics.median(seconds):.2f} ({low:.2f} to {high:.2f})"


def _plain_kernel(book: Path) -> float:
    config = read_config(book)
    environment = find_environment(environment_specs(config, config.tabs)[config.tabs[0]])
    if environment is None:
        raise RuntimeError("run_one_cell makes the environment first")
    command = [sys.executable, "-c", _PLAIN, str(environment.python)]
    start = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds = float(done.stdout)
    if not 0 < seconds < time.perf_counter() - start:
        raise RuntimeError(f"{seconds} s cannot be right")
    return seconds


if __name__ == "__main__":
    main()
