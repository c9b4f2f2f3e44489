"""Finds what images and links point to: other pages, files of the book, addresses elsewhere."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, unquote

from polybook.book import Book, Page
from polybook.document.ast import Elements, walk

#: The target of a link to a page, and of a link or an image that is a file of the book: its path
#: below the root, quoted. Either may have an anchor behind it. Each writer makes an address of it.
PAGE, FILE = "page:", "file:"

_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#|$")
_PAGE_SUFFIX = re.compile(r"\.(?:md|html|ipynb)$")


def page_link(page: str, anchor: str = "") -> str:
    """Return the target of a link to a page."""
    return f"{PAGE}{page}#{anchor}" if anchor else f"{PAGE}{page}"


def addresses(blocks: Elements) -> Iterator[str]:
    """Yield the addresses of a page's links and images, as its author wrote them."""
    for target in _targets(blocks):
        yield target[0]


def is_relative(address: str) -> bool:
    """Tell whether an address is a path that must lead to a page or a file of the book.

    An address that looks like a target of Polybook's own is taken for one that leads nowhere.
    """
    return not _ELSEWHERE.match(address) or address.startswith((PAGE, FILE))


def find_targets(
    found: Iterator[str], book: Book, page: Page, language: str
) -> dict[str, str | None]:
    """Return where relative addresses on a page lead, by address; None where they lead nowhere."""
    return {
        address: _target(address, book, page, language) for address in found if is_relative(address)
    }


def resolve_resources(blocks: Elements, targets: Mapping[str, str | None]) -> None:
    """Rewrite, in place, the relative addresses of a page's links and images.

    What leads nowhere stays as it is, but is never taken for a target of Polybook's own.
    """
    for target in _targets(blocks):
        found = targets.get(target[0])
        if found is None and target[0].startswith((PAGE, FILE)):
            found = f"./{target[0]}"
        target[0] = found or target[0]


def _targets(blocks: Elements) -> Iterator[list[str]]:
    for element in walk(blocks):
        if element["t"] in ("Link", "Image"):
            yield element["c"][2]


def _target(address: str, book: Book, page: Page, language: str) -> str | None:
    if address.startswith((PAGE, FILE)):
        return None
    path, _, anchor = address.partition("#")
    path = unquote(path.partition("?")[0])
    folder = "" if path.startswith("/") else page.folder
    path = path.lstrip("/")
    named = posixpath.normpath(posixpath.join(folder, _PAGE_SUFFIX.sub("", path)))
    if _PAGE_SUFFIX.search(path) and named in book.pages:
        return page_link(named, unquote(anchor))
    file = _find(posixpath.join(folder, path), book, page, language)
    if file is None:
        return None
    if file.endswith(".md") and (other := _page_of(book.root / file, book)):
        return page_link(other, unquote(anchor))
    return f"{FILE}{quote(file)}#{anchor}" if anchor else f"{FILE}{quote(file)}"


def _page_of(path: Path, book: Book) -> str | None:
    """Return the page that a file is in one of its languages: `x.tr.md` is named now and then."""
    return next((page.name for page in book.pages.values() if path in page.sources.values()), None)


def _find(path: str, book: Book, page: Page, language: str) -> str | None:
    """Look for a file beside the language's own pages, then beside the whole book's.

    A page that is not yet translated has, in between, what lies beside the text that it shows.
    """
    source = book.root / book.config.build.source_dir
    before = book.config.page_layout.partition("{page}")[0]
    codes = (language, book.source(page, language)[1])
    root = book.root.resolve()
    for start in (*(source / before.replace("{lang}", code) for code in codes), source):
        found = (start / path).resolve()
        if found.is_file() and found.is_relative_to(root):
            return found.relative_to(root).as_posix()
    return None


def split_target(target: str) -> tuple[str, str]:
    """Return the page or the file that a target of these two kinds names, and the anchor."""
    name, _, anchor = target.partition(":")[2].partition("#")
    return (unquote(name) if target.startswith(FILE) else name), anchor
