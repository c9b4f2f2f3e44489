"""Writes a document's blocks so that people can read and compare them.

A line per block, what is in it indented by two blanks; words as Markdown has them; identifiers,
classes and attributes in braces behind what has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from polybook.document.ast import Element, Elements, attributes_of


def summary(blocks: Elements) -> str:
    """Return the summary of some blocks."""
    return "".join(f"{line}\n" for line in _lines(blocks, 0))


def _lines(blocks: Elements, depth: int) -> Iterator[str]:
    indent = "  " * depth
    for block in blocks:
        head, inner = _block(block)
        yield f"{indent}{head}".rstrip()
        for each in inner:
            if isinstance(each, str):
                yield f"{indent}  {each}".rstrip()
            else:
                yield from _lines(each, depth + 1)


def _block(  # noqa: PLR0911, PLR0912 (one case per kind)
    block: Element,
) -> tuple[str, list[Elements | str]]:
    attributes = _attributes(block)
    content: Any = block.get("c")
    match block["t"]:
        case "Para" | "Plain" as kind:
            return f"{kind}: {words(content)}", []
        case "Header":
            return f"Header {content[0]}{attributes}: {words(content[2])}", []
        case "CodeBlock":
            return f"Code{attributes}", [f"| {line}" for line in content[1].split("\n")]
        case "Div":
            return f"Div{attributes}", [content[1]]
        case "Figure":
            return f"Figure{attributes}: {_caption(content[1])}", [content[2]]
        case "Table":
            return f"Table{attributes}: {_caption(content[1])}", list(_rows(content))
        case "BulletList":
            return "List", [part for item in content for part in ("-", item)]
        case "OrderedList":
            return f"List from {content[0][0]}", [
                part for item in content[1] for part in ("-", item)
            ]
        case "DefinitionList":
            return "Definitions", [
                part for term, definitions in content for part in (f"{words(term)}:", *definitions)
            ]
        case "LineBlock":
            return f"Verse: {' / '.join(map(words, content))}", []
        case "BlockQuote":
            return "Quotation", [content]
        case "RawBlock":
            return f"Raw {content[0]}", [f"| {line}" for line in content[1].split("\n")]
        case kind:
            return str(kind), []


def _caption(caption: Any) -> str:
    return " / ".join(words(block["c"]) for block in caption[1])


def _rows(table: Any) -> Iterator[str]:
    _, _, columns, (_, head), bodies, _ = table
    widths = ["?" if width["t"] == "ColWidthDefault" else str(width["c"]) for _, width in columns]
    yield f"widths {' '.join(widths)}"
    for _, cells in [*head, *(row for body in bodies for row in body[3])]:
        yield " | ".join(" / ".join(words(block["c"]) for block in cell[4]) for cell in cells)


def words(inlines: Elements) -> str:
    """Return the summary of some inlines."""
    return "".join(map(_inline, inlines))


def _inline(element: Element) -> str:  # noqa: PLR0911, PLR0912 (one case per kind)
    attributes = _attributes(element).strip()
    content: Any = element.get("c")
    match element["t"]:
        case "Str":
            return str(content)
        case "Space" | "SoftBreak" | "LineBreak":
            return " "
        case "Emph":
            return f"*{words(content)}*"
        case "Strong":
            return f"**{words(content)}**"
        case "Quoted":
            return f"“{words(content[1])}”"
        case "Code":
            return f"`{content[1]}`{attributes}"
        case "Math":
            dollars = "$$" if content[0]["t"] == "DisplayMath" else "$"
            return f"{dollars}{' '.join(content[1].split())}{dollars}"
        case "Link":
            return f"[{words(content[1])}]({content[2][0]}){attributes}"
        case "Image":
            return f"![{words(content[1])}]({content[2][0]}){attributes}"
        case "Span":
            return f"[{words(content[1])}]{attributes}"
        case "Note":
            return f"^[{' / '.join(words(block['c']) for block in content)}]"
        case "RawInline":
            return f"<{content[0]}: {content[1]}>"
        case kind:
            return f"<{kind}>"


def _attributes(element: Element) -> str:
    attributes = attributes_of(element)
    if not attributes:
        return ""
    identifier, classes, pairs = attributes
    parts = [f"#{identifier}"] if identifier else []
    parts += [f".{each.removeprefix('polybook-')}" for each in classes]
    parts += [f"{name}={value}" for name, value in pairs]
    return f" {{{' '.join(parts)}}}" if parts else ""
