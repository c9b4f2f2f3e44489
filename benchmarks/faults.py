"""What is wrong with a page of Polybook's by itself: marks left, and what leads nowhere."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from benchmarks.facts import has_class, parse
from polybook.dialect.roles import ROLES

_MARKS = re.compile(
    rf":\s*(?:{'|'.join(sorted(ROLES))}|begin_tab|end_tab)\s*:|[\[(](?:\*\*|~~)|(?:\*\*|~~)[\])]"
    r"|polybook-|\\(?:begin|end)\b|\$[^$\n]*\\[A-Za-z]"
)
_LABEL = re.compile(r":(?:eq)?label:\s*`+\s*([^`]*?)\s*`")
_TAB_MARK = re.compile(r"^\s*(?:%%tab|#\s*@tab)\b.*", re.MULTILINE)
_RST = re.compile(r"^(?:```|\.\. ).*", re.MULTILINE)

#: What is no prose; a formula as TeX is told by itself.
_UNREAD = frozenset({"pre", "code", "math", "script", "style"})


def faults(site: Path, page: Path, labels: Container[str]) -> list[tuple[str, str]]:
    """Return the faults of a page in a site, each with its kind; `labels` are those of the book."""
    tree = parse(page.read_text("utf-8"))
    article = next(tree.iter("article"), tree)
    return [*_marks(article), *_unresolved(article, labels), *_lost(tree, page, site)]


def labels_of(texts: Iterable[str]) -> set[str]:
    """Return the labels that the texts of a book's pages give."""
    return {label for text in texts for label in _LABEL.findall(text)}


def _marks(article: Element) -> Iterator[tuple[str, str]]:
    prose = "".join(_prose(article))
    for mark in _MARKS.finditer(prose):
        around = prose[max(mark.start() - 20, 0) : mark.end() + 20]
        yield "mark left in the text", " ".join(around.split())
    for block in article.iter("pre"):
        code = "".join(block.itertext())
        if has_class(block, "rst"):
            yield "reStructuredText shown as it stands", _first(_RST, code)
        elif left := _TAB_MARK.search(code):
            yield "mark left in code", left[0]


def _first(pattern: re.Pattern[str], text: str) -> str:
    return found[0] if (found := pattern.search(text)) else text[:40]


def _prose(element: Element) -> Iterator[str]:
    gap = "" if element.tag in ("a", "em", "span", "strong") else "\n"
    yield gap + (element.text or "")
    for child in element:
        if child.tag not in _UNREAD and not child.tag.startswith("<"):
            yield from _prose(child)
        yield child.tail or ""
    yield gap


def _unresolved(article: Element, labels: Container[str]) -> Iterator[tuple[str, str]]:
    for element in article.iter():
        said = "".join(element.itertext())
        if has_class(element, "unresolved"):
            where = "is in the book" if said in labels else "is nowhere"
            yield f"reference whose label {where}", said
        elif has_class(element, "citation"):
            missing = ("".join(each.itertext()) for each in element.iter("strong"))
            yield from (("citation of no work", each) for each in missing)
        elif has_class(element, "tex"):
            yield "formula as TeX", said
        elif has_class(element, "raw-tex"):
            yield "TeX in no formula", said


def _lost(tree: Element, page: Path, site: Path) -> Iterator[tuple[str, str]]:
    for element in tree.iter():
        address = element.get("src") or element.get("href") or ""
        parts = urlsplit(address)
        if not address or parts.scheme or parts.netloc:
            continue
        # The page for lost readers gives its addresses from the root of the site.
        start = site if parts.path.startswith("/") else page.parent
        path = start / unquote(parts.path).lstrip("/") if parts.path else page
        if not path.exists():
            yield "image of no file" if element.tag == "img" else "link to no file", address
        elif (
            parts.fragment
            and path.suffix == ".html"
            and unquote(parts.fragment) not in _anchors(path.resolve())
        ):
            yield "link to no anchor", address


@cache
def _anchors(page: Path) -> frozenset[str]:
    return frozenset(re.findall(r'\sid="([^"]+)"', page.read_text("utf-8")))
