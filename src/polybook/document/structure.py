"""Gives pandoc's blocks the structure that the dialect's roles describe.

A display formula becomes an equation, a span of that class. `:label:` becomes the identifier of the
heading, figure, table or equation that it stands at, or an empty span of the class `place` where it
stands at anything else; `:width:` and `:height:` become
attributes of their image; a paragraph that is one image becomes a figure. The references stay, as
spans of the class `role`, for `references` to resolve; so does a role that means nothing where it
stands, for `Documents.diagnose` to report.
"""

from __future__ import annotations

import copy
import re
from html.parser import HTMLParser
from typing import Any

from polybook.dialect.roles import ROLES
from polybook.document.addresses import link_addresses
from polybook.document.ast import (
    Element,
    Elements,
    attr,
    attributes_of,
    block_lists,
    classes_of,
    pairs_of,
    replace_inlines,
    walk,
)
from polybook.document.lines import join_lines
from polybook.document.old_tex import renewed

ROLE, PLACE, EQUATION, TEX = "role", "place", "equation", "raw-tex"

#: The roles that give an image its size, and what they may say.
SIZES = frozenset({"width", "height"})
SIZE = re.compile(r"\d*\.?\d+\s*(?:px|pt|pc|cm|mm|in|em|ex|rem|vw|vh|%)?")

#: The class of what stands in a box: a note, a warning, an aside. The attribute `kind` names it.
NOTICE = "notice"

_BEFORE_CODE = re.compile(r"^(?P<before>.*?):(?P<name>[a-z]+):$", re.DOTALL)
_LINE = 72  # characters; a table that is as wide in its source is as wide as the text
_BLANK = frozenset({"Space", "SoftBreak", "LineBreak"})

_COMMENTS = re.compile(r"\s*(?:<!--(?:(?!-->).)*-->\s*)+", re.DOTALL)
_ENVIRONMENT = re.compile(r"\\begin\{(?P<name>[a-z]+\*?)\}.*?\\end\{(?P=name)\}", re.DOTALL)
_GROUP = re.compile(r"(?<!\\)\{(?:[^{}\\]|\\.)*\}", re.DOTALL)
_DEFINITION = re.compile(
    r"\s*\\(?:(?:new|renew|provide)(?:command|environment)|DeclareMathOperator|[egx]?def|let)"
    r"(?![A-Za-z])"
)
_FORMULAS = re.compile(
    r"\s*\\begin\{(?P<name>(?:equation|align|gather|multline|eqnarray|alignat|flalign)\*?)\}"
    r".*\\end\{(?P=name)\}\s*",
    re.DOTALL,
)


def structure(blocks: Elements) -> Elements:
    """Return the blocks of a page with its roles put to work; the input is changed as well."""
    replace_inlines(
        blocks,
        _roles_as_spans,
        _without_silent,
        _images_of_html,
        _mended_formulas,
        _equations,
        _labelled_equations,
        _sized_images,
    )
    for element in walk(blocks):
        if element["t"] == "Table":
            _label_table(element)
            _set_widths(element)
        elif element["t"] == "Header":
            _label_heading(element)
        elif element["t"] in ("RawInline", "RawBlock"):
            _show_tex(element)
    for each in list(block_lists(blocks)):
        each[:] = _with_labels(_without_silent(each))
    replace_inlines(blocks, _labels_as_places, _notes_beside_images)
    link_addresses(blocks)
    join_lines(blocks)
    return blocks


def role_of(element: Element) -> tuple[str, str] | None:
    """Return the name and the argument of a role, None for any other element."""
    if element["t"] == "Span" and ROLE in classes_of(element):
        pairs = pairs_of(element)
        return pairs["name"], pairs["argument"]
    return None


def make_role(name: str, argument: str) -> Element:
    """Make a role."""
    return {"t": "Span", "c": [attr("", [ROLE], name=name, argument=argument), []]}


# ---------------------------------------------------------------- within a paragraph


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
            result.append(make_role(found["name"], element["c"][1].strip()))
        else:
            result.append(element)
    return result


def _without_silent(elements: Elements) -> Elements:
    """Leave out comments in HTML, and definitions in TeX: the formulas have what they say."""
    return [each for each in elements if not _is_silent(each)]


def _is_silent(element: Element) -> bool:
    match element:
        case {"t": "RawInline" | "RawBlock", "c": ["html", content]}:
            return bool(_COMMENTS.fullmatch(content))
        case {"t": "RawInline" | "RawBlock", "c": ["tex" | "latex", content]}:
            return bool(_DEFINITION.match(content))
    return False


def _show_tex(raw: Element) -> None:
    """Make code of TeX outside of formulas: no writer but LaTeX's would show it."""
    language, content = raw["c"]
    if language in ("tex", "latex"):
        if _DEFINITION.match(content):
            raw.update(
                {"t": "Str", "c": ""} if raw["t"] == "RawInline" else {"t": "Plain", "c": []}
            )
            return
        kind = "Code" if raw["t"] == "RawInline" else "CodeBlock"
        raw.update({"t": kind, "c": [attr("", [TEX]), content.strip()]})


class _ImageTag(HTMLParser):
    """Reads one tag; `attributes` stays None unless it is an image's."""

    attributes: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img" and self.attributes is None:
            self.attributes = {name: value or "" for name, value in attrs}


#: The attributes that have a place of their own in an image.
_OF_IMAGES = frozenset({"src", "alt", "title", "id", "class"})


def _images_of_html(inlines: Elements) -> Elements:
    """Make an image of an HTML tag, so that it is found, copied and shown in every format."""
    result = []
    for element in inlines:
        match element:
            case {"t": "RawInline", "c": ["html", html]} if html.lower().startswith("<img"):
                tag = _ImageTag()
                tag.feed(html)
                given = tag.attributes or {}
                others = {name: given[name] for name in given if name not in _OF_IMAGES}
                alternative = [{"t": "Str", "c": given["alt"]}] if given.get("alt") else []
                target = [given.get("src", ""), given.get("title", "")]
                attributes = attr(given.get("id", ""), given.get("class", "").split())
                attributes[2].extend([name, value] for name, value in others.items())
                result.append({"t": "Image", "c": [attributes, alternative, target]})
            case _:
                result.append(element)
    return result


def _mended_formulas(inlines: Elements) -> Elements:
    """Make formulas what pandoc's writers can all convert.

    A TeX environment without dollars is a formula too; and a formula that is broken into lines
    outside of an environment gets the environment that lets it.
    """
    result = []
    for element in inlines:
        match element:
            case {"t": "RawInline", "c": ["tex", tex]} if _FORMULAS.fullmatch(tex):
                result.append({"t": "Math", "c": [{"t": "DisplayMath"}, tex.strip()]})
            case {"t": "Math", "c": [kind, tex]} if r"\\" in (outside := _outside(tex)):
                name = "aligned" if "&" in outside.replace(r"\&", "") else "gathered"
                body = tex.strip().removesuffix(r"\\")
                tex = f"\\begin{{{name}}}\n{body}\n\\end{{{name}}}"
                result.append({"t": "Math", "c": [kind, tex]})
            case _:
                result.append(element)
    return result


def _outside(tex: str) -> str:
    """Return what of a formula lies outside of environments and braces."""
    tex, count = _ENVIRONMENT.sub("", tex), 1
    while count:
        tex, count = _GROUP.subn("", tex)
    return tex


def _equations(inlines: Elements) -> Elements:
    """Put each display formula into a span of its own, which can have a number and a label."""
    result = []
    for element in inlines:
        label = ""
        if element["t"] == "Math":
            element["c"][1], label = renewed(element["c"][1])
        equation = {"t": "Span", "c": [attr(label, [EQUATION]), [element]]}
        result.append(equation if _is_display(element) else element)
    return result


def _labelled_equations(inlines: Elements) -> Elements:
    """Give an equation the `:eqlabel:` behind it as its identifier."""
    result: Elements = []
    for element in inlines:
        role = role_of(element)
        if role and role[0] == "eqlabel" and _label_equation(result, role[1]):
            continue
        result.append(element)
    return result


def _label_equation(inlines: Elements, label: str) -> bool:
    """Label the equation that some inlines end with; False if they end with anything else."""
    content = _strip(inlines)
    attributes = attributes_of(content[-1]) if content else None
    if attributes is None or EQUATION not in attributes[1]:
        return False
    if attributes[0] not in ("", label):
        return False
    attributes[0] = label
    inlines[len(content) :] = []
    return True


def _is_display(element: Element) -> bool:
    content: Any = element.get("c")
    return element["t"] == "Math" and bool(content[0]["t"] == "DisplayMath")


def _sized_images(inlines: Elements) -> Elements:
    """Give a size to the image that it stands behind."""
    result: Elements = []
    for element in inlines:
        role = role_of(element)
        if role and role[0] in SIZES:
            images = [each for each in result if each["t"] == "Image"]
            if images:
                _size(images[-1], *role)
                result = _strip(result)
                continue
        result.append(element)
    return result


def _labels_as_places(inlines: Elements) -> Elements:
    return [
        {"t": "Span", "c": [attr(role[1], [PLACE]), []]}
        if (role := role_of(element)) and role[0] == "label"
        else element
        for element in inlines
    ]


def _notes_beside_images(inlines: Elements) -> Elements:
    """Put the footnotes in an image's alternative text behind the image: writers drop them."""
    result = []
    for element in inlines:
        result.append(element)
        if element["t"] == "Image":
            alternative = element["c"][1]
            result += [each for each in walk(alternative) if each["t"] == "Note"]
            element["c"][1] = _without_notes(alternative)
    return result


def _without_notes(inlines: Elements) -> Elements:
    left = [copy.deepcopy(inlines)]
    replace_inlines(left, lambda some: [each for each in some if each["t"] != "Note"])
    return left[0]


def _size(element: Element, name: str, argument: str) -> bool:
    images = [image for image in walk(element) if image["t"] == "Image"]
    size = f"{argument}px" if re.fullmatch(r"[\d.]+", argument) else argument
    for image in images:
        if name not in pairs_of(image):
            image["c"][0][2].append([name, size])
    return bool(images)


def _strip(inlines: Elements) -> Elements:
    while inlines and inlines[-1]["t"] in _BLANK:
        inlines = inlines[:-1]
    return inlines


# ---------------------------------------------------------------- between blocks


def _with_labels(blocks: Elements) -> Elements:
    result: Elements = []
    for block in blocks:
        if block["t"] not in ("Para", "Plain"):
            result.append(block)
        elif (roles := _only_roles(block["c"])) is None:
            result.append(_figure(block) or block)
        elif left := [role for role in roles if not (result and _take_role(result[-1], *role))]:
            _put_before(result, [make_role(*role) for role in left])
    return result


def _only_roles(inlines: Elements) -> list[tuple[str, str]] | None:
    """Return the marks of a paragraph that holds nothing but marks for what is before it."""
    roles = []
    for element in inlines:
        role = role_of(element)
        if role and role[0] in {"label", "eqlabel", *SIZES}:
            roles.append(role)
        elif element["t"] not in _BLANK:
            return None
    return roles


def _take_role(block: Element, name: str, argument: str) -> bool:
    """Put a role that stands alone to the block before it; False if it means nothing to it."""
    if name in SIZES:
        return block["t"] in ("Figure", "Para", "Plain") and _size(block, name, argument)
    if name == "eqlabel" and block["t"] != "Figure":
        return block["t"] == "Para" and _label_equation(block["c"], argument)
    attributes = attributes_of(block)
    if block["t"] not in ("Header", "Table", "Figure") or attributes is None or attributes[0]:
        return False
    attributes[0] = argument
    return True


def _put_before(blocks: Elements, roles: Elements) -> None:
    """Put roles where a link to them leads to the beginning of the block that they follow."""
    if blocks and blocks[-1]["t"] in ("Para", "Plain"):
        blocks[-1]["c"][:0] = roles
    elif blocks and blocks[-1]["t"] == "Header":
        blocks[-1]["c"][2].extend(roles)
    else:
        blocks.insert(len(blocks) - 1 if blocks else 0, {"t": "Plain", "c": roles})


def _figure(block: Element) -> Element | None:
    """Return a figure for a paragraph that is one image with its roles, or labelled images.

    `:eqlabel:` is a slip that many books have, and can mean nothing else here. In a list without
    blank lines an image becomes a figure if it is labelled.
    """
    inlines = block["c"]
    images = [element for element in inlines if element["t"] == "Image"]
    roles = [role for element in inlines if (role := role_of(element))]
    labels = [argument for name, argument in roles if name in ("label", "eqlabel")]
    words = [each for each in inlines if each["t"] not in ("Image", *_BLANK) and not role_of(each)]
    if not images or words or len(labels) < len(roles):
        return None
    if not labels and (block["t"] == "Plain" or len(images) > 1):
        return None
    caption: Elements = images[0]["c"][1] if len(images) == 1 else []
    if caption:
        images[0]["c"][1] = _without_notes(caption)
    others = [make_role("label", label) for label in labels[1:]]
    shown = _strip([each for each in inlines if not role_of(each)])
    content = [{"t": "Plain", "c": [*others, *shown]}]
    text = [{"t": "Plain", "c": list(caption)}] if caption else []
    return {"t": "Figure", "c": [attr(labels[0] if labels else ""), [None, text], content]}


def _label_table(table: Element) -> None:
    """Take a label out of a table's caption.

    In a list, a caption may be a label alone that has lost its colon to the mark of a caption.
    """
    attributes, (_, caption), *_ = table["c"]
    for block in caption:
        match block["c"]:
            case [{"t": "Str", "c": "label:"}, {"t": "Code", "c": [_, label]}, *_]:
                block["c"][:2] = [make_role("label", label.strip())]
        _take_labels(attributes, block["c"])
    caption[:] = [block for block in caption if block["c"]]


def _set_widths(table: Element) -> None:
    """Make the widths of a table's columns, where it says them, shares of the text's width.

    Pandoc counts in lines of 100,000 characters, so that no table of a single line per row has any.
    """
    columns = table["c"][2]
    given = [width["c"] for _, width in columns if width["t"] == "ColWidth"]
    whole = max(sum(given), _LINE / 100_000)
    for _, width in columns:
        if width["t"] == "ColWidth":
            width["c"] = round(width["c"] / whole, 4)


def _label_heading(heading: Element) -> None:
    """Take a label out of a heading's own line."""
    _, attributes, inlines = heading["c"]
    _take_labels(attributes, inlines)


def _take_labels(attributes: list[Any], inlines: Elements) -> None:
    for element in inlines:
        role = role_of(element)
        if role and role[0] == "label" and not attributes[0]:
            attributes[0] = role[1]
            inlines[:] = _strip([each for each in inlines if each is not element])
            return
