"""Makes links of bare web addresses, as docutils does.

Pandoc can do so too, but takes half as long again to read a page, sees none behind a Chinese or
Japanese letter, and includes what follows one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from polybook.document.ast import Element, Elements, inline_lists, link, text, walk

# Pandoc has made typography of what stands in an address. A letter beyond ASCII belongs to it
# behind a separator, as in `/wiki/日本`; behind a letter, the sentence goes on.
_TYPOGRAPHY = {"–": "--", "—": "---", "…": "...", "’": "'"}
_SIGNS = r"!#$%&'()*+,./:;=?@\[\]~–—…’-"
_ADDRESS = re.compile(
    rf"(?<![A-Za-z0-9+.-])https?://[A-Za-z0-9_{_SIGNS}]+(?:(?<=[/=#_?&%-])[^\W\d_]+[A-Za-z0-9_{_SIGNS}]*)*"
)
_BEHIND = ".,;:!?'’*_…"


def link_addresses(blocks: Elements) -> None:
    """Make links, in place, of the web addresses in text that is in no link."""
    bare = [inlines for inlines in inline_lists(blocks) if any(map(_has_address, inlines))]
    if bare:
        closed = {
            id(inlines)
            for element in walk(blocks)
            if element["t"] in ("Link", "Image")
            for inlines in inline_lists(element["c"][1])
        }
        for inlines in bare:
            if id(inlines) not in closed:
                inlines[:] = _linked(inlines)


def _has_address(element: Element) -> bool:
    return element["t"] == "Str" and "://" in element["c"]


def _linked(inlines: Elements) -> Elements:
    result: Elements = []
    within = False  # a link in HTML
    for element in inlines:
        match element:
            case {"t": "RawInline", "c": ["html", html]}:
                within = html.startswith(("<a ", "<A ")) or (within and html[:3].lower() != "</a")
        result += _split(element["c"]) if _has_address(element) and not within else [element]
    return result


def _split(words: str) -> Iterator[Element]:
    at = 0
    for found in _ADDRESS.finditer(words):
        address = _without_end(found[0])
        if before := words[at : found.start()]:
            yield text(before)
        at = found.start() + len(address)
        for sign, typed in _TYPOGRAPHY.items():
            address = address.replace(sign, typed)
        yield link([text(address)], address)
    if at < len(words):
        yield text(words[at:])


def _without_end(address: str) -> str:
    """Return an address without the punctuation of the sentence that it ends."""
    while True:
        shorter = address.rstrip(_BEHIND)
        for opening, closing in ("()", "[]"):
            if shorter.endswith(closing) and shorter.count(opening) < shorter.count(closing):
                shorter = shorter[:-1]
        if shorter == address:
            return address
        address = shorter
