"""pandoc's AST in its JSON form: making elements, walking them, reading their text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

Element = dict[str, Any]
Elements = list[Element]
Attr = list[Any]


def attr(identifier: str = "", classes: Iterable[str] = (), **pairs: str) -> Attr:
    """Make an attribute triple; underscores in the names of pairs become hyphens."""
    return [
        identifier,
        list(classes),
        [[name.replace("_", "-"), value] for name, value in pairs.items()],
    ]


def text(content: str) -> Element:
    """Make a piece of text."""
    return {"t": "Str", "c": content}


def link(inlines: Elements, target: str, *classes: str) -> Element:
    """Make a link."""
    return {"t": "Link", "c": [attr("", classes), inlines, [target, ""]]}


def code_block(content: str, *classes: str, **pairs: str) -> Element:
    """Make a block of code."""
    return {"t": "CodeBlock", "c": [attr("", classes, **pairs), content]}


def div(blocks: Elements, *classes: str, identifier: str = "", **pairs: str) -> Element:
    """Make a division."""
    return {"t": "Div", "c": [attr(identifier, classes, **pairs), blocks]}


def classes_of(element: Element) -> list[str]:
    """Return the classes of an element that has attributes, else an empty list."""
    match element:
        case {"t": "CodeBlock" | "Div" | "Span" | "Code", "c": [[_, list(classes), _], *_]}:
            return classes
    return []


def pairs_of(element: Element) -> dict[str, str]:
    """Return the key-value attributes of an element that has attributes."""
    match element:
        case {"t": "CodeBlock" | "Div" | "Span" | "Code" | "Image", "c": [[_, _, pairs], *_]}:
            return dict(pairs)
    return {}


def walk(tree: Any) -> Iterator[Element]:
    """Yield every element below a list or an element, parents before their children."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(reversed(node))
        elif isinstance(node, dict):
            if "t" in node:
                yield node
            waiting.extend(reversed(list(node.values())))


def inline_lists(tree: Any) -> Iterator[Elements]:
    """Yield every list of inlines below a list or an element; each may be changed in place."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            if node and isinstance(node[0], dict) and node[0].get("t") in _INLINES:
                yield node
            waiting.extend(reversed(node))
        elif isinstance(node, dict) and "c" in node:
            waiting.append(node["c"])


_INLINES = frozenset(
    [
        "Str",
        "Emph",
        "Underline",
        "Strong",
        "Strikeout",
        "Superscript",
        "Subscript",
        "SmallCaps",
        "Quoted",
        "Cite",
        "Code",
        "Space",
        "SoftBreak",
        "LineBreak",
        "Math",
        "RawInline",
        "Link",
        "Image",
        "Note",
        "Span",
    ]
)


def plain_text(tree: Any) -> str:
    """Return the text of inlines: words, code and formulas; footnotes left out."""
    return "".join(_texts(tree)).strip()


def _texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, list):
        for node in tree:
            yield from _texts(node)
        return
    match tree:
        case {"t": "Note"}:
            return
        case {"t": "Str", "c": content} | {"t": "Code" | "Math", "c": [_, content]}:
            yield content
        case {"t": "Space" | "SoftBreak" | "LineBreak"}:
            yield " "
        case {"t": "Quoted", "c": [{"t": kind}, inlines]}:
            opening, closing = "“”" if kind == "DoubleQuote" else "‘’"
            yield opening
            yield from _texts(inlines)
            yield closing
        case {"c": content}:
            yield from _texts(content)


def replace_inlines(tree: Any, change: Callable[[Elements], Elements]) -> None:
    """Replace every list of inlines below `tree`, in place, by what `change` makes of it."""
    for inlines in list(inline_lists(tree)):
        inlines[:] = change(inlines)
