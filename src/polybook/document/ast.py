"""pandoc's AST in its JSON form: making elements, walking them, reading their text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from polybook.document.tex import readable

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


def paragraph(*inlines: Element) -> Element:
    """Make a paragraph."""
    return {"t": "Para", "c": list(inlines)}


def link(inlines: Elements, target: str, *classes: str) -> Element:
    """Make a link."""
    return {"t": "Link", "c": [attr("", classes), inlines, [target, ""]]}


def code_block(content: str, *classes: str, **pairs: str) -> Element:
    """Make a block of code."""
    return {"t": "CodeBlock", "c": [attr("", classes, **pairs), content]}


def div(blocks: Elements, *classes: str, identifier: str = "", **pairs: str) -> Element:
    """Make a division."""
    return {"t": "Div", "c": [attr(identifier, classes, **pairs), blocks]}


def attributes_of(element: Element) -> Attr | None:
    """Return an element's attribute triple, which may be changed in place; None if it has none."""
    if element["t"] == "Header":
        found: Attr = element["c"][1]
        return found
    return element["c"][0] if element["t"] in _WITH_ATTRIBUTES else None


def classes_of(element: Element) -> list[str]:
    """Return the classes of an element that has attributes, else an empty list."""
    attributes = attributes_of(element)
    return list(attributes[1]) if attributes else []


def pairs_of(element: Element) -> dict[str, str]:
    """Return the key-value attributes of an element that has attributes."""
    attributes = attributes_of(element)
    return dict(attributes[2]) if attributes else {}


def lists_in(block: Element) -> Iterator[Elements]:
    """Yield the lists of blocks directly below a block; each may be changed in place."""
    match block:
        case {"t": "Div", "c": [_, inner]} | {"t": "BlockQuote", "c": inner}:
            yield inner
        case {"t": "BulletList", "c": items} | {"t": "OrderedList", "c": [_, items]}:
            yield from items
        case {"t": "DefinitionList", "c": entries}:
            for _, definitions in entries:
                yield from definitions


def walk(tree: Any) -> Iterator[Element]:
    """Yield every element below a list or an element but words and blanks, parents first."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(_inner(node))
        elif "t" in node:
            yield node
            if node["t"] not in _LEAVES and isinstance(content := node.get("c"), list | dict):
                waiting.append(content)


def inline_lists(tree: Any) -> Iterator[Elements]:
    """Yield every list of inlines below a list or an element; each may be changed in place."""
    return _lists(tree, INLINES)


def block_lists(tree: Any) -> Iterator[Elements]:
    """Yield every list of blocks, the tree itself included; each may be changed in place."""
    return _lists(tree, _BLOCKS)


def _lists(tree: Any, kinds: frozenset[str]) -> Iterator[Elements]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            if node and isinstance(node[0], dict) and node[0].get("t") in kinds:
                yield node
            waiting.extend(_inner(node))
        elif node.get("t") not in _LEAVES and isinstance(content := node.get("c"), list):
            waiting.append(content)


def _inner(nodes: list[Any]) -> list[Any]:
    """Return, last first, the nodes in which there may be elements: most nodes are words.

    A list that begins with text is none: it is an attribute triple, or where a link leads.
    """
    return [
        node
        for node in reversed(nodes)
        if (
            node.get("t") not in WORDS
            if (kind := type(node)) is dict
            else kind is list and node and type(node[0]) is not str
        )
    ]


#: The kinds of inlines that are words and blanks alone.
WORDS = frozenset(["Str", "Space", "SoftBreak", "LineBreak"])

#: What has no element in it.
_LEAVES = frozenset(["Code", "CodeBlock", "Math", "RawBlock", "RawInline"])
_WITH_ATTRIBUTES = frozenset(
    ["Code", "CodeBlock", "Div", "Figure", "Image", "Link", "Span", "Table"]
)
_BLOCKS = frozenset(
    [
        "BlockQuote",
        "BulletList",
        "CodeBlock",
        "DefinitionList",
        "Div",
        "Figure",
        "Header",
        "HorizontalRule",
        "LineBlock",
        "OrderedList",
        "Para",
        "Plain",
        "RawBlock",
        "Table",
    ]
)
INLINES = frozenset(
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
        case {"t": "Str", "c": content} | {"t": "Code", "c": [_, content]}:
            yield content
        case {"t": "Math", "c": [_, content]}:
            yield readable(content)
        case {"t": "Space" | "SoftBreak" | "LineBreak"}:
            yield " "
        case {"t": "Quoted", "c": [{"t": kind}, inlines]}:
            opening, closing = "“”" if kind == "DoubleQuote" else "‘’"
            yield opening
            yield from _texts(inlines)
            yield closing
        case {"c": content}:
            yield from _texts(content)


def replace_inlines(tree: Any, *changes: Callable[[Elements], Elements]) -> None:
    """Replace every list of inlines below `tree`, in place, by what the changes make of it."""
    for inlines in list(inline_lists(tree)):
        # Most text is words alone, which nobody changes.
        if any(element["t"] not in WORDS for element in inlines):
            for change in changes:
                inlines[:] = change(inlines)
