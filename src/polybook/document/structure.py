"""Gives pandoc's blocks the structure that the dialect's roles describe.

`:label:` becomes the identifier of the heading, figure, table or equation that it stands at, or
an empty span of the class `place` where it stands at anything else; `:width:` and `:height:` become
attributes of their image; a paragraph that is one image becomes a figure. The references stay, as
spans of the class `role`, for `references` to resolve; so does a role that means nothing where it
stands, for `Documents.diagnose` to report.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from polybook.dialect.roles import ROLES
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

ROLE, PLACE, EQUATION = "role", "place", "equation"

_BEFORE_CODE = re.compile(r"^(?P<before>.*?):(?P<name>[a-z]+):$", re.DOTALL)
_SIZES = frozenset({"width", "height"})
_BLANK = frozenset({"Space", "SoftBreak", "LineBreak"})

_ENVIRONMENT = re.compile(r"\\begin\{(?P<name>[a-z]+\*?)\}.*?\\end\{(?P=name)\}", re.DOTALL)
_GROUP = re.compile(r"(?<!\\)\{(?:[^{}\\]|\\.)*\}", re.DOTALL)
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
        _images_of_html,
        _mended_formulas,
        _labelled_equations,
        _sized_images,
    )
    for element in walk(blocks):
        if element["t"] == "Table":
            _label_table(element)
        elif element["t"] == "Header":
            _label_heading(element)
    for each in list(block_lists(blocks)):
        each[:] = _with_labels(each)
    replace_inlines(blocks, _labels_as_places)
    return blocks


def role_of(element: Element) -> tuple[str, str] | None:
    """Return the name and the argument of a role, None for any other element."""
    if element["t"] == "Span" and ROLE in classes_of(element):
        pairs = pairs_of(element)
        return pairs["name"], pairs["argument"]
    return None


def _role(name: str, argument: str) -> Element:
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
            result.append(_role(found["name"], element["c"][1].strip()))
        else:
            result.append(element)
    return result


class _ImageTag(HTMLParser):
    """Reads one tag; `attributes` stays None unless it is an image's."""

    attributes: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img" and self.attributes is None:
            self.attributes = {name: value or "" for name, value in attrs}


def _images_of_html(inlines: Elements) -> Elements:
    """Make an image of an HTML tag, so that it is found, copied and shown in every format."""
    result = []
    for element in inlines:
        match element:
            case {"t": "RawInline", "c": ["html", html]} if html.lower().startswith("<img"):
                tag = _ImageTag()
                tag.feed(html)
                given = tag.attributes or {}
                sizes = {name: given[name] for name in ("width", "height") if name in given}
                alternative = [{"t": "Str", "c": given["alt"]}] if given.get("alt") else []
                target = [given.get("src", ""), given.get("title", "")]
                attributes = attr(given.get("id", ""), given.get("class", "").split(), **sizes)
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


def _labelled_equations(inlines: Elements) -> Elements:
    """Put a display formula with the `:eqlabel:` behind it into a span with that identifier."""
    result: Elements = []
    for element in inlines:
        role = role_of(element)
        if role and role[0] == "eqlabel" and _label_equation(result, role[1]):
            continue
        result.append(element)
    return result


def _label_equation(inlines: Elements, label: str) -> bool:
    """Label the formula that some inlines end with; False if they end with anything else."""
    at = len(_strip(inlines)) - 1
    if at < 0 or not _is_display(inlines[at]):
        return False
    inlines[at:] = [{"t": "Span", "c": [attr(label, [EQUATION]), [inlines[at]]]}]
    return True


def _is_display(element: Element) -> bool:
    content: Any = element.get("c")
    return element["t"] == "Math" and bool(content[0]["t"] == "DisplayMath")


def _sized_images(inlines: Elements) -> Elements:
    """Give a size to the image that it stands behind."""
    result: Elements = []
    for element in inlines:
        role = role_of(element)
        if role and role[0] in _SIZES:
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
            _put_before(result, [_role(*role) for role in left])
    return result


def _only_roles(inlines: Elements) -> list[tuple[str, str]] | None:
    """Return the marks of a paragraph that holds nothing but marks for what is before it."""
    roles = []
    for element in inlines:
        role = role_of(element)
        if role and role[0] in {"label", "eqlabel", *_SIZES}:
            roles.append(role)
        elif element["t"] not in _BLANK:
            return None
    return roles


def _take_role(block: Element, name: str, argument: str) -> bool:
    """Put a role that stands alone to the block before it; False if it means nothing to it."""
    if name in _SIZES:
        return block["t"] in ("Figure", "Para", "Plain") and _size(block, name, argument)
    if name == "eqlabel":
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
    """Return a figure for a paragraph that is one image with its roles.

    In a list without blank lines an image becomes a figure if it is labelled.
    """
    inlines = block["c"]
    images = [element for element in inlines if element["t"] == "Image"]
    roles = [role for element in inlines if (role := role_of(element))]
    labels = [argument for name, argument in roles if name == "label"]
    words = [each for each in inlines if each["t"] not in ("Image", *_BLANK) and not role_of(each)]
    if len(images) != 1 or words or any(name != "label" for name, _ in roles):
        return None
    if block["t"] == "Plain" and not labels:
        return None
    caption: Elements = images[0]["c"][1]
    others = [_role("label", label) for label in labels[1:]]
    content = [{"t": "Plain", "c": [*others, *images]}]
    text = [{"t": "Plain", "c": list(caption)}] if caption else []
    return {"t": "Figure", "c": [attr(labels[0] if labels else ""), [None, text], content]}


def _label_table(table: Element) -> None:
    """Take a label out of a table's caption.

    A caption that is a label alone has lost its first colon to the mark of a caption.
    """
    attributes, (_, caption), *_ = table["c"]
    for block in caption:
        match block["c"]:
            case [{"t": "Str", "c": "label:"}, {"t": "Code", "c": [_, label]}, *_]:
                block["c"][:2] = [_role("label", label.strip())]
        _take_labels(attributes, block["c"])
    caption[:] = [block for block in caption if block["c"]]


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
