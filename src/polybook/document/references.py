"""Turns references into links: `:ref:`, `:numref:`, `:eqref:`, with words of the language."""

from __future__ import annotations

from collections.abc import Callable

from polybook.document.ast import Element, Elements, attr, link, replace_inlines, text
from polybook.document.numbering import EQUATION, Target
from polybook.document.structure import role_of

#: Gives a reference's words: the kind of thing and its number, such as “Section 3.2”.
Wording = Callable[[str, str], str]

REFERENCES = frozenset({"ref", "numref", "eqref"})
CITATIONS = frozenset({"cite", "citet", "citep"})


def page_link(page: str, anchor: str = "") -> str:
    """Return the target of a link to a page, which each writer makes an address of its own."""
    return f"page:{page}#{anchor}" if anchor else f"page:{page}"


def resolve_references(blocks: Elements, targets: dict[str, Target], wording: Wording) -> None:
    """Replace, in place, every role that is left in a page.

    A reference to a label that does not exist shows the label; `Book` has reported it.
    """

    def resolve(inlines: Elements) -> Elements:
        return [_resolved(element, targets, wording) for element in inlines]

    replace_inlines(blocks, resolve)


def _resolved(element: Element, targets: dict[str, Target], wording: Wording) -> Element:
    role = role_of(element)
    if role is None:
        return element
    name, argument = role
    if name in REFERENCES:
        target = targets.get(argument)
        if target is None:
            return {"t": "Span", "c": [attr("", ["unresolved"]), [text(argument)]]}
        return link([text(_words(name, target, wording))], page_link(target.page, target.anchor))
    if name == "label":
        return {"t": "Span", "c": [attr(argument), []]}
    if name in CITATIONS:
        return {"t": "Span", "c": [attr("", ["citation"]), [text(f"[{argument}]")]]}
    return {"t": "Code", "c": [attr("", [name]), argument]}


def _words(name: str, target: Target, wording: Wording) -> str:
    if name == "eqref" or target.kind == EQUATION:
        return f"({target.number})"
    if name == "ref" and target.title:
        return target.title
    return wording(target.kind, target.number) if target.number else target.title or target.anchor
