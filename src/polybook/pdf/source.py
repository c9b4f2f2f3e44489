"""Pieces of Typst: strings, calls, and elements of a document that hold them.

Every call ends with a semicolon: what is written behind it is never taken for its argument.
"""

from __future__ import annotations

from polybook.document.ast import Element, Elements


def string(text: str) -> str:
    """Return a string as Typst reads it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'


def array(*texts: str) -> str:
    """Return an array of strings as Typst reads it."""
    return "(" + "".join(f"{string(text)}, " for text in texts) + ")"


def block(typst: str) -> Element:
    """Make a block that is Typst as it stands."""
    return {"t": "RawBlock", "c": ["typst", typst]}


def inline(typst: str) -> Element:
    """Make a piece of a paragraph that is Typst as it stands."""
    return {"t": "RawInline", "c": ["typst", typst]}


def around(call: str, inlines: Elements) -> Elements:
    """Give inlines to a call, such as `#f(x)`, as its content."""
    return [inline(f"{call}["), *inlines, inline("];")]


def blocks_around(call: str, blocks: Elements) -> Elements:
    """Give blocks to a call as its content."""
    return [block(f"{call}["), *blocks, block("];")]
