"""What is on slides, made to stand alone: a deck asks for no other file and no other host."""

from __future__ import annotations

import base64
import mimetypes

from polybook.document.ast import (
    Element,
    Elements,
    attributes_of,
    block_lists,
    inline_lists,
    link,
    paragraph,
    text,
    walk,
)
from polybook.document.resources import FILE, is_web
from polybook.pdf.output import text_of


def stand_alone(blocks: Elements) -> None:
    """Take from some blocks, in place, what leads or reaches elsewhere.

    Of links only those into the web stay. An image that is there is a link to it, an author's HTML
    its words. Nothing leads into a slide, so that no place in it needs a name.
    """
    for each in list(block_lists(blocks)):
        each[:] = [new for block in each for new in _block(block)]
    for inlines in list(inline_lists(blocks)):
        inlines[:] = [new for each in inlines for new in _inline(each)]
    for element in walk(blocks):
        if attributes := attributes_of(element):
            attributes[0] = ""


def _block(block: Element) -> Elements:
    match block:
        case {"t": "RawBlock", "c": ["html", content]}:
            return [paragraph(text(line)) for line in text_of(content).splitlines() if line.strip()]
    return [block]


def _inline(each: Element) -> Elements:
    match each:
        case {"t": "Link", "c": [_, inner, [target, _]]} if not is_web(target):
            words: Elements = inner
            return words
        case {"t": "Image", "c": [_, inner, [target, _]]} if not target.startswith(FILE):
            shown = inner or [text(target)]
            return [link(shown, target)] if is_web(target) else shown
        case {"t": "RawInline"}:
            return []
    return [each]


def data_address(name: str, data: bytes) -> str:
    """Return the content of an image as its own address."""
    mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"
