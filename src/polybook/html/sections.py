"""What of a document is searched: its sections, each with the text that it shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from polybook.document import Document
from polybook.document.ast import INLINES, classes_of, pairs_of
from polybook.document.cells import ANCHOR, OUTPUT, TAB_PANEL
from polybook.document.numbering import NUMBER
from polybook.document.only import HTML, for_format

#: A formula that reads as text does: a letter or a number, a sum of them.
_PLAIN_FORMULA = re.compile(r"[\w\s.,:+=<>()|/*-]*")
_OMITTED = "…"


@dataclass(frozen=True, slots=True)
class Piece:
    """Text of a section; `tab` is empty where it is there for every framework."""

    text: str
    tab: str = ""
    code: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """What stands between two headings. A page's first section may lack its heading."""

    anchor: str
    title: str
    pieces: tuple[Piece, ...]


def sections(document: Document) -> list[Section]:
    """Return the sections of a document, in their order.

    Outputs of cells are left out, since nobody wrote them; formulas that do not read as text
    become an ellipsis.
    """
    found = [Section("", document.title, ())]
    pieces: list[Piece] = []
    for each in _pieces(for_format(document.blocks, HTML), ""):
        if isinstance(each, Piece):
            pieces.append(each)
        else:
            found[-1] = _with(found[-1], pieces)
            found.append(each)
            pieces = []
    found[-1] = _with(found[-1], pieces)
    return found if found[0].pieces or len(found) == 1 else found[1:]


def _with(section: Section, pieces: list[Piece]) -> Section:
    return Section(section.anchor, section.title, tuple(pieces))


def _pieces(node: Any, tab: str) -> Iterator[Piece | Section]:
    """Yield the text below a node, and at each heading a section that is still empty."""
    if isinstance(node, list):
        if node and isinstance(node[0], dict) and node[0].get("t") in INLINES:
            if text := _text(node):
                yield Piece(text, tab)
        else:
            for each in node:
                yield from _pieces(each, tab)
        return
    match node:
        case {"t": "Header", "c": [_, [anchor, _, pairs], inlines]}:
            known = dict(pairs)
            title = f"{known.get(NUMBER, '')} {_text(inlines)}".strip()
            yield Section(anchor or known.get(ANCHOR, ""), title, ())
        case {"t": "CodeBlock", "c": [_, content]}:
            yield Piece(content, tab, code=True)
        case {"t": "Div", "c": [_, blocks]}:
            classes = classes_of(node)
            if OUTPUT not in classes:
                yield from _pieces(blocks, pairs_of(node)["tab"] if TAB_PANEL in classes else tab)
        case {"c": content}:
            yield from _pieces(content, tab)


def _text(inlines: Any) -> str:
    return "".join(_texts(inlines)).strip()


def _texts(nodes: Iterable[Any]) -> Iterator[str]:
    for node in nodes:
        if not isinstance(node, dict):
            yield from _texts(node) if isinstance(node, list) else ()
            continue
        match node.get("t"):
            case "Str":
                yield node["c"]
            case "Space" | "LineBreak":
                yield " "
            case "SoftBreak":
                yield "\n"
            case "Code":
                yield node["c"][1]
            case "Math":
                content = node["c"][1]
                yield content if _PLAIN_FORMULA.fullmatch(content) else _OMITTED
            case "Note":
                yield " "
                yield from _texts(node["c"])
            case "Quoted":
                kind, inlines = node["c"]
                opening, closing = "“”" if kind["t"] == "DoubleQuote" else "‘’"
                yield opening
                yield from _texts(inlines)
                yield closing
            case "Image" | "RawInline":
                pass  # what stands for an image is not shown; its caption stands below it
            case _:
                if isinstance(content := node.get("c"), list):
                    yield from _texts(content)
