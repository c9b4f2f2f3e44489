"""A table of contents that stands on a page, as a list of links in lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from polybook.document.ast import Element, Elements, div, link, text

#: The class of a table of contents.
TOC = "toc"


@dataclass(frozen=True, slots=True)
class Item:
    """A page or a section: how deep it lies, its number (empty if it has none), title, address."""

    depth: int
    number: str
    title: str
    target: str


def contents_list(items: Sequence[Item]) -> Element:
    """Return the list of items in reading order; what lies deeper belongs to what is before it."""
    return div([_list(items)], TOC)


def _list(items: Sequence[Item]) -> Element:
    content: list[Elements] = []
    at = 0
    while at < len(items):
        item = items[at]
        after = at + 1
        while after < len(items) and items[after].depth > item.depth:
            after += 1
        words = f"{item.number}. {item.title}" if item.number else item.title
        entry: Elements = [{"t": "Plain", "c": [link([text(words)], item.target)]}]
        content.append(entry + ([_list(items[at + 1 : after])] if after > at + 1 else []))
        at = after
    return {"t": "BulletList", "c": content}
