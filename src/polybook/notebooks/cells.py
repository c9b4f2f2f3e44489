"""A document cut into the cells of notebooks, one notebook for each of its tabs.

Text that tabs have in common is the same in all of them, and written by pandoc once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape

from polybook.document.ast import (
    Element,
    Elements,
    attr,
    classes_of,
    inline_lists,
    pairs_of,
    plain_text,
    text,
    walk,
)
from polybook.document.cells import CELL_CLASS, TAB_GROUP
from polybook.document.resources import addresses, change_html
from polybook.notebooks.markdown import html, in_front, is_anchor

#: A cell: the key of its text in `Cutter.texts`, or the number that a code cell has on the page.
TextKey = tuple[int, ...]
Cut = TextKey | int

_PIXELS = re.compile(r"(?P<number>\d+)(?:\.\d+)?(?:px)?")


#: Gives the address of a target for a tab; None where the notebook of the tab leads nowhere.
Address = Callable[[str, str], str | None]


@dataclass(frozen=True)
class _Links:
    """What of a block depends on the notebook that it is in: the targets of links, footnotes."""

    targets: tuple[str, ...]
    notes: int


class Cutter:
    """Cuts one page.

    Args:
        blocks: the page's blocks, as `markdown.jupyter_blocks` leaves them.
        address: gives the addresses of links and images.

    `texts` holds the text of each cell that was cut, by its key.

    """

    def __init__(self, blocks: Elements, address: Address) -> None:
        self._blocks = blocks
        self._address = cache(address)
        self._links: dict[int, _Links | None] = {}
        self._resolved: dict[tuple[Hashable, ...], tuple[Element, Elements]] = {}
        self.texts: dict[TextKey, Elements] = {}

    def cells(self, tab: str) -> Iterator[Cut]:
        """Yield the cells for a tab; each heading begins a new one."""
        notes = 0
        for part in _parts(self._blocks, tab):
            if isinstance(part, int):
                yield part
                continue
            blocks: Elements = []
            below: Elements = []
            for block in part:
                links = self._links_of(block)
                if links is None:
                    blocks.append(block)
                    continue
                resolved, found = self._resolve(block, links, tab, notes + 1)
                notes += links.notes
                blocks.append(resolved)
                below += found
            blocks += below
            key = tuple(map(id, blocks))
            self.texts[key] = blocks
            yield key

    def _links_of(self, block: Element) -> _Links | None:
        """Return a block's links and notes; None if it has none."""
        if id(block) not in self._links:
            targets = list(addresses([block]))
            notes = sum(each["t"] == "Note" for each in walk([block]))
            found = targets or notes
            self._links[id(block)] = _Links(tuple(targets), notes) if found else None
        return self._links[id(block)]

    def _resolve(
        self, block: Element, links: _Links, tab: str, note: int
    ) -> tuple[Element, Elements]:
        """Return a block as the notebook of a tab has it, and its footnotes.

        Args:
            block: the block, which stays as it is.
            links: its links and notes.
            tab: the tab; a link that leads nowhere in its notebooks is words alone.
            note: the number of the first footnote.

        """
        leading = {target: self._address(target, tab) for target in links.targets}
        key = id(block), *leading.values(), note if links.notes else 0
        if key not in self._resolved:
            copied: Element = json.loads(json.dumps(block))
            change_html([copied], lambda target: leading[target] or "")
            inner = walk([copied]) if links.notes else ()
            notes = [each for each in inner if each["t"] == "Note"]
            signs = {id(each): _sign(number) for number, each in enumerate(notes, start=note)}
            for inlines in reversed(list(inline_lists([copied]))):  # what is within first
                inlines[:] = [new for each in inlines for new in _inline(each, leading, signs)]
            below = [
                block
                for each in notes
                for block in in_front([signs[id(each)], {"t": "Space"}], each["c"])
            ]
            self._resolved[key] = copied, below
        return self._resolved[key]


def _inline(
    element: Element, leading: Mapping[str, str | None], signs: Mapping[int, Element]
) -> Elements:
    match element:
        case {"t": "Link", "c": [attributes, inlines, [target, title]]}:
            address = leading[target]
            if address is None:
                return list(inlines)
            return [{"t": "Link", "c": [attributes, inlines, [address, title]]}]
        case {"t": "Image", "c": [attributes, inlines, [target, title]]}:
            return [_image(attributes, inlines, leading[target] or "", title)]
        case {"t": "Note"}:
            return [signs[id(element)]]
    return [element]


def _parts(blocks: Elements, tab: str) -> Iterator[Elements | int]:
    """Yield what becomes a cell each: blocks of text, and the numbers of code cells."""
    part: Elements = []
    for block in _of_tab(blocks, tab):
        if CELL_CLASS in classes_of(block):
            if part:
                yield part
            part = []
            yield int(pairs_of(block)["n"])
            continue
        if block["t"] == "Header":
            place = [part.pop()] if part and _is_place(part[-1]) else []
            if part:
                yield part
            part = place
        part.append(block)
    if part:
        yield part


def _of_tab(blocks: Elements, tab: str) -> Iterator[Element]:
    for block in blocks:
        if TAB_GROUP in classes_of(block):
            for panel in block["c"][1]:
                if pairs_of(panel)["tab"] == tab:
                    yield from panel["c"][1]
        else:
            yield block


def _is_place(block: Element) -> bool:
    return block["t"] == "Plain" and len(block["c"]) == 1 and is_anchor(block["c"][0])


def _sign(number: int) -> Element:
    """Make the sign of a footnote."""
    return {"t": "Superscript", "c": [text(str(number))]}


def _image(attributes: list[object], words: Elements, address: str, title: str) -> Element:
    """Return an image; Markdown has no sizes, so that one that has them is HTML."""
    image = {"t": "Image", "c": [attr(), words, [address, title]]}
    sizes = pairs_of({"t": "Image", "c": [attributes]})
    if not sizes:
        return image
    styles = "".join(f"{name}: {size};" for name, size in sizes.items() if not _number(size))
    given = {"src": address, "alt": plain_text(words), "title": title, "style": styles}
    given |= {name: _number(size) for name, size in sizes.items()}
    pairs = (f'{name}="{escape(value)}"' for name, value in given.items() if value or name == "alt")
    return html(f"<img {' '.join(pairs)}>")


def _number(size: str) -> str:
    """Return a size as HTML's attributes have it: pixels or per cent; nothing for other units."""
    pixels = _PIXELS.fullmatch(size)
    return pixels["number"] if pixels else size if re.fullmatch(r"\d+%", size) else ""
