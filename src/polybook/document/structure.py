"""Gives pandoc's blocks the structure that the dialect's roles describe.

`:label:` becomes the identifier of the heading, figure, table or equation it stands at; `:width:`
and `:height:` become attributes of their image; a paragraph that is one image becomes a figure.
The references stay, as spans of the class `role`, for `references` to resolve.
"""

from __future__ import annotations

import re
from typing import Any

from polybook.dialect.roles import ROLES
from polybook.document.ast import (
    Element,
    Elements,
    attr,
    classes_of,
    pairs_of,
    replace_inlines,
    walk,
)

ROLE = "role"

_BEFORE_CODE = re.compile(r"^(?P<before>.*?):(?P<name>[a-z]+):$", re.DOTALL)
_SIZES = frozenset({"width", "height"})
_BLANK = frozenset({"Space", "SoftBreak", "LineBreak"})


def structure(blocks: Elements) -> Elements:
    """Return the blocks of a page with its roles put to work; the input is changed as well."""
    replace_inlines(blocks, _roles_as_spans)
    blocks = _with_labels(blocks)
    for element in walk(blocks):
        if element["t"] == "Div":
            element["c"][1][:] = _with_labels(element["c"][1])
        elif element["t"] == "Table":
            _label_table(element)
    replace_inlines(blocks, _label_equations)
    return blocks


def role_of(element: Element) -> tuple[str, str] | None:
    """Return the name and the argument of a role, None for any other element."""
    if element["t"] == "Span" and ROLE in classes_of(element):
        pairs = pairs_of(element)
        return pairs["name"], pairs["argument"]
    return None


def _roles_as_spans(inlines: Elements) -> Elements:
    """Pandoc reads `:ref:`x`` as text that ends in `:ref:`, then code."""
    result: Elements = []
    for element in inlines:
        before = result[-1] if result else None
        if (
            element["t"] == "Code"
            and before is not None
            and before["t"] == "Str"
            and (found := _BEFORE_CODE.match(before["c"]))
            and found["name"] in ROLES
        ):
            result.pop()
            if found["before"]:
                result.append({"t": "Str", "c": found["before"]})
            argument = element["c"][1].strip()
            result.append(
                {"t": "Span", "c": [attr("", [ROLE], name=found["name"], argument=argument), []]}
            )
        else:
            result.append(element)
    return result


def _with_labels(blocks: Elements) -> Elements:
    result: Elements = []
    for block in blocks:
        if block["t"] in ("Para", "Plain") and block["c"]:
            roles = _only_roles(block["c"])
            if roles is not None and result and _take_roles(result[-1], roles):
                continue
            figure = _figure(block["c"])
            if figure:
                result.append(figure)
                continue
        result.append(block)
    return result


def _only_roles(inlines: Elements) -> list[tuple[str, str]] | None:
    """Return the roles of a paragraph that holds nothing else."""
    roles = []
    for element in inlines:
        if role := role_of(element):
            roles.append(role)
        elif element["t"] not in _BLANK:
            return None
    return roles


def _take_roles(block: Element, roles: list[tuple[str, str]]) -> bool:
    """Put roles that stand alone to the block before them; False if they mean nothing to it."""
    if any(name not in {"label", *_SIZES} for name, _ in roles):
        return False
    match block:
        case {"t": "Header", "c": [_, attributes, _]} | {
            "t": "Table" | "Figure",
            "c": [attributes, *_],
        }:
            for name, argument in roles:
                if name == "label":
                    attributes[0] = attributes[0] or argument
                else:
                    _size(block, name, argument)
            return True
    return False


def _figure(inlines: Elements) -> Element | None:
    """Return a figure for a paragraph that is one image with its roles."""
    images = [element for element in inlines if element["t"] == "Image"]
    others = [element for element in inlines if element["t"] != "Image" and not role_of(element)]
    if len(images) != 1 or any(element["t"] not in _BLANK for element in others):
        return None
    image = images[0]
    caption: Elements = image["c"][1]
    label = ""
    for element in inlines:
        match role_of(element):
            case ("label", argument):
                label = label or argument
            case (name, argument) if name in _SIZES:
                _size(image, name, argument)
            case (_, _):
                return None
    content = [{"t": "Plain", "c": [image]}]
    text = [{"t": "Plain", "c": caption}] if caption else []
    return {"t": "Figure", "c": [attr(label), [None, text], content]}


def _size(element: Element, name: str, argument: str) -> None:
    for image in walk(element):
        if image["t"] == "Image":
            size = f"{argument}px" if re.fullmatch(r"[\d.]+", argument) else argument
            image["c"][0][2].append([name, size])


def _label_table(table: Element) -> None:
    """Take a label out of a table's caption."""
    attributes, (_, caption), *_ = table["c"]
    for block in caption:
        labels = [
            role[1] for element in block["c"] if (role := role_of(element)) and role[0] == "label"
        ]
        if labels:
            attributes[0] = attributes[0] or labels[0]
            block["c"] = _strip([each for each in block["c"] if not role_of(each)])


def _label_equations(inlines: Elements) -> Elements:
    """Put a display formula with the `:eqlabel:` behind it into a span with that identifier."""
    result: Elements = []
    for element in inlines:
        role = role_of(element)
        if role and role[0] == "eqlabel":
            at = len(result) - 1
            while at >= 0 and result[at]["t"] in _BLANK:
                at -= 1
            if at >= 0 and _is_display(result[at]):
                result[at:] = [{"t": "Span", "c": [attr(role[1], ["equation"]), [result[at]]]}]
                continue
        result.append(element)
    return result


def _is_display(element: Element) -> bool:
    content: Any = element.get("c")
    return element["t"] == "Math" and bool(content[0]["t"] == "DisplayMath")


def _strip(inlines: Elements) -> Elements:
    while inlines and inlines[-1]["t"] in _BLANK:
        inlines = inlines[:-1]
    return inlines
