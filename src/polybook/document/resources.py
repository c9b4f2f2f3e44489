"""Finds what images and links point to: other pages, files of the book, addresses elsewhere."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, unquote

from polybook.book import Book, Page
from polybook.document.ast import Element, Elements, walk
from polybook.document.raw_html import html_addresses, replace_addresses

#: The target of a link to a page, by its name, and of a link or an image that is a file of the
#: book, by its path below the root; both are quoted. Either may have an anchor behind it. Each
#: writer makes an address of it.
PAGE, FILE = "page:", "file:"

_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#|$")
_WEB = re.compile(r"https?:", re.IGNORECASE)
_PAGE_SUFFIX = re.compile(r"\.(?:md|html|ipynb)$")


def page_link(page: str, anchor: str = "") -> str:
    """Return the target of a link to a page."""
    return f"{PAGE}{quote(page)}#{anchor}" if anchor else f"{PAGE}{quote(page)}"


def addresses(blocks: Elements) -> Iterator[str]:
    """Yield the addresses of a page's links and images, as its author wrote them."""
    for element in walk(blocks):
        match element:
            case {"t": "Link" | "Image", "c": [_, _, [address, _]]}:
                yield address
            case {"t": "RawBlock" | "RawInline", "c": ["html", html]}:
                yield from html_addresses(html)


def is_relative(address: str) -> bool:
    """Tell whether an address is a path that must lead to a page or a file of the book.

    An address that looks like a target of Polybook's own is taken for one that leads nowhere.
    """
    return not _ELSEWHERE.match(address) or address.startswith((PAGE, FILE))


def is_web(address: str) -> bool:
    """Tell whether an address is one of the web."""
    return bool(_WEB.match(address))


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

    def resolved(address: str) -> str:
        found = targets.get(address)
        if found is None and address.startswith((PAGE, FILE)):
            return f"./{address}"
        return found or address

    change_addresses(blocks, resolved)


def change_addresses(blocks: Elements, change: Callable[[str], str]) -> None:
    """Change, in place, every address in some blocks: of links, of images, in an author's HTML."""
    for element in walk(blocks):
        if element["t"] in ("Link", "Image"):
            element["c"][2][0] = change(element["c"][2][0])
        else:
            _change_html(element, change)


def change_html(blocks: Elements, change: Callable[[str], str]) -> None:
    """Change, in place, every address in an author's HTML."""
    for element in walk(blocks):
        _change_html(element, change)


def _change_html(element: Element, change: Callable[[str], str]) -> None:
    if element["t"] in ("RawBlock", "RawInline") and element["c"][0] == "html":
        element["c"][1] = replace_addresses(element["c"][1], change)


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
    file = find_file(posixpath.join(folder, path), book, page, language)
    if file is None:
        return None
    if file.endswith(".md") and (other := _page_of(book.root / file, book)):
        return page_link(other, unquote(anchor))
    return f"{FILE}{quote(file)}#{anchor}" if anchor else f"{FILE}{quote(file)}"


def _page_of(path: Path, book: Book) -> str | None:
    """Return the page that a file is in one of its languages: `x.tr.md` is named now and then."""
    return next((page.name for page in book.pages.values() if path in page.sources.values()), None)


def find_file(path: str, book: Book, page: Page, language: str) -> str | None:
    """Return the path below the book's root of a file that lies beside its pages.

    It is looked for beside the language's own pages, then beside the whole book's.
    A page that is not yet translated has, in between, what lies beside the text that it shows.
    """
    config = book.config
    codes = (language, book.source(page, language)[1])
    # A language's folder may be a link to elsewhere; what lies in it is part of the book.
    homes = [home for home in map(config.home, codes) if home and home.is_relative_to(book.root)]
    for start in (*map(config.pages, codes), config.source):
        found = (start / path).resolve()
        if found.is_file():
            for place in (book.root, *homes):
                if found.is_relative_to(place.resolve()):
                    below = place / found.relative_to(place.resolve())
                    return below.relative_to(book.root).as_posix()
    return None


def split_target(target: str) -> tuple[str, str]:
    """Return the page or the file that a target of these two kinds names, and the anchor."""
    name, _, anchor = target.partition(":")[2].partition("#")
    return unquote(name), anchor
