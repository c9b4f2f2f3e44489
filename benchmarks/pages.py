"""Opens all pages of books as notebooks and saves them back: `python -m benchmarks.pages BOOK...`.

Every page must come back byte for byte, and every notebook must be valid; the exit status is 1 if
one does not. Nothing is written.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat

from polybook.book import read_book
from polybook.config import read_config
from polybook.ipynb import to_text
from polybook.jupyter.pages import to_markdown, to_notebook


def changed(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Yield each file of a book's pages, and whether it would be another one when saved.

    A folder without a `config.ini` has all its Markdown files for pages.
    """
    tabs: tuple[str, ...] = ("mxnet", "pytorch")
    paths = sorted(folder.rglob("*.md"))
    if (folder / "config.ini").is_file():
        config = read_config(folder)
        tabs = config.written_tabs
        paths = [
            path for page in read_book(config).pages.values() for path in page.sources.values()
        ]
    for path in paths:
        content = path.read_bytes()
        written = to_text(to_notebook(content.decode(), tabs))
        notebook = nbformat.reads(written, as_version=4)  # type: ignore[no-untyped-call]
        nbformat.validate(notebook)
        yield path, to_markdown(notebook).encode() != content


def main() -> None:
    """Report each book's pages."""
    failed = False
    for folder in map(Path, sys.argv[1:]):
        start = time.perf_counter()
        pages = list(changed(folder))
        spent = time.perf_counter() - start
        others = [path for path, differs in pages if differs]
        print(f"{folder}: {len(pages)} pages, {len(others)} changed, {spent:.1f} s")
        for path in others:
            print(f"  {path}")
        failed = failed or bool(others)
    sys.exit(failed)


if __name__ == "__main__":
    main()
