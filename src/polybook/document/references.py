"""Turns references into links: `:ref:`, `:numref:`, `:eqref:`, with words of the language."""

from __future__ import annotations

import re
from collections.abc import Callable

from polybook.dialect.roles import split_keys
from polybook.document.ast import Element, Elements, attr, link, replace_inlines, text
from polybook.document.citations import Group
from polybook.document.numbering import Target
from polybook.document.resources import page_link
from polybook.document.structure import EQUATION, role_of

#: Gives a reference's words: the kind of thing and its number, such as “Section 3.2”.
Wording = Callable[[str, str], str]

#: Gives the target of a thing of the library; None where it is not documented.
Documenting = Callable[[str], str | None]

#: Gives the words of a citation.
Citing = Callable[[Group], Elements]

REFERENCES = frozenset({"ref", "numref", "eqref"})
CITATIONS = frozenset({"cite", "citet", "citep"})

#: Name things of a library, as d2lbook's links into one do.
LIBRARY = frozenset({"class", "func", "mod"})

#: Stands alone in a paragraph, where the works are listed that the book cites.
BIBLIOGRAPHY = "bibliography"

#: Marks for something beside them. One that is left belongs to nothing, and nothing is shown.
MARKS = frozenset({"label", "eqlabel", "width", "height"})


_TITLED = re.compile(r"(?P<shown>.*\S)\s*<~?(?P<named>[^<>]+)>")


def resolve_references(
    blocks: Elements,
    targets: dict[str, Target],
    wording: Wording,
    cite: Citing,
    documented: Documenting,
) -> None:
    """Replace, in place, every role that is left in a page.

    A reference to a label that does not exist shows the label; `Documents.diagnose` reports it.
    """

    def resolve(inlines: Elements) -> Elements:
        return [
            _resolved(element, targets, wording, cite, documented)
            for element in inlines
            if not ((role := role_of(element)) and role[0] in MARKS)
        ]

    replace_inlines(blocks, resolve)


def _resolved(
    element: Element,
    targets: dict[str, Target],
    wording: Wording,
    cite: Citing,
    documented: Documenting,
) -> Element:
    role = role_of(element)
    if role is None:
        return element
    name, argument = role
    if name in REFERENCES:
        target = targets.get(argument)
        if target is None:
            return {"t": "Span", "c": [attr("", ["unresolved"]), [text(argument)]]}
        return link([text(_words(name, target, wording))], page_link(target.page, target.anchor))
    if name in CITATIONS:
        return {"t": "Span", "c": [attr("", ["citation"]), cite(group_of(name, argument))]}
    shown, named = library_name(argument)
    code: Element = {"t": "Code", "c": [attr("", [name]), shown]}
    found = documented(named) if name in LIBRARY else None
    return link([code], found) if found else code


def library_name(argument: str) -> tuple[str, str]:
    """Return what a role of the library shows, and what it names.

    As in Sphinx, `words <d2l.torch.plot>` shows the words, `~d2l.torch.plot` the last name alone.
    """
    if found := _TITLED.fullmatch(argument):
        return found["shown"], found["named"].removesuffix("()")
    named = argument.removeprefix("~").removesuffix("()")
    return argument[1:].rpartition(".")[2] if argument.startswith("~") else argument, named


def group_of(name: str, argument: str) -> Group:
    """Return what a citation's role cites: `:citet:` makes the authors part of the sentence."""
    return Group(split_keys(argument), textual=name == "citet")


def _words(name: str, target: Target, wording: Wording) -> str:
    if target.kind == EQUATION:
        return f"({target.number})"
    if name == "ref" and target.title:
        return target.title
    return wording(target.kind, target.number) if target.number else target.title or target.anchor
