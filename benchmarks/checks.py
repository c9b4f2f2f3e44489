"""Measures `polybook check` on whole d2lbook repositories as the languages of one book.

`python -m benchmarks.checks en=BOOK tr=BOOK …`; the first is the reference. `make bench` has the
figures of Polybook's own book. The repositories are copied first.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from benchmarks import polybook

_CONFIG = """[languages]
{languages}
[build]
page_layout = {{lang}}/{{page}}.md
tabs = mxnet, pytorch, tensorflow, jax
output_dir = build
"""


def main() -> None:
    """Measure, and print a line a figure."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.checks", description=__doc__)
    arguments.add_argument("books", nargs="+", help="LANGUAGE=FOLDER")
    arguments.add_argument("--runs", type=int, default=3, help="how often each is measured")
    options = arguments.parse_args()
    books = dict(each.split("=", 1) for each in options.books)
    with tempfile.TemporaryDirectory(prefix="polybook-checks-") as folder:
        root = Path(folder)
        for code, book in books.items():
            shutil.copytree(book, root / code, ignore=shutil.ignore_patterns(".*", "_build"))
        languages = "".join(f"{code} = {code}\n" for code in books)
        (root / "config.ini").write_text(_CONFIG.format(languages=languages), "utf-8")
        pages = sum(1 for _ in root.rglob("*.md"))
        for label, cold in (("from nothing", True), ("nothing changed", False)):
            seconds = [polybook.check(root, cold=cold) for _ in range(options.runs)]
            print(f"check of {pages} pages, {label:20}{min(seconds):8.1f} s", flush=True)


if __name__ == "__main__":
    main()
