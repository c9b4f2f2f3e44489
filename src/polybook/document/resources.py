"""Finds what images and links point to: other pages, files of the book, addresses elsewhere."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

from polybook.book import Book, Page
from polybook.document.ast import Elements, walk
from polybook.document.references import page_link

#: The target of a link or image that is a file of the book, by its path below the root.
FILE = "file:"

_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#|$")
_PAGE_SUFFIX = re.compile(r"\.(?:md|html|ipynb)$")


def resolve_resources(
    blocks: Elements, book: Book, page: Page, language: str
) -> tuple[list[str], list[str]]:
    """Rewrite, in place, the targets of a page's relative links and images.

    Returns:
        The files that the page needs, as paths below the book's root, and the targets that lead
        to nothing.

    """
    files: list[str] = []
    missing: list[str] = []
    for target in _targets(blocks):
        address = target[0]
        if _ELSEWHERE.match(address):
            continue
        path, _, anchor = address.partition("#")
        path = unquote(path)
        named = posixpath.normpath(posixpath.join(page.folder, _PAGE_SUFFIX.sub("", path)))
        if _PAGE_SUFFIX.search(path) and named in book.pages:
            target[0] = page_link(named, anchor)
        elif file := _find(path, book, page, language):
            target[0] = f"{FILE}{file}"
            files.append(file)
        else:
            missing.append(address)
    return files, missing


def _targets(blocks: Elements) -> Iterator[list[str]]:
    for element in walk(blocks):
        if element["t"] in ("Link", "Image"):
            yield element["c"][2]


def _find(path: str, book: Book, page: Page, language: str) -> str | None:
    """Look for a file beside the language's own pages, then beside the whole book's."""
    source = book.root / book.config.build.source_dir
    starts = [source]
    if book.config.page_layout.startswith("{lang}/"):
        starts.insert(0, source / language)
    for start in starts:
        found = (start / page.folder / path).resolve()
        root = book.root.resolve()
        if found.is_file() and found.is_relative_to(root):
            return found.relative_to(root).as_posix()
    return None


def file_path(book: Book, file: str) -> Path:
    """Return where a file lies that a page needs."""
    return book.root / file
