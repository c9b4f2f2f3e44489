"""What is for some formats only: `.. only:: html` and its like.

In a document it is a division of the class `only` whose attribute `formats` is the condition, in
Sphinx's form: names of formats with `and`, `or`, `not` and parentheses. Each writer asks
`for_format` for what is its own.
"""

from __future__ import annotations

import ast
from collections.abc import Collection

from polybook.document.ast import Element, Elements, classes_of, div, lists_in, pairs_of, walk

ONLY, _FORMATS = "polybook-only", "formats"

#: The names that stand for the site.
HTML = frozenset({"html"})


def only(blocks: Elements, condition: str) -> Elements:
    """Return blocks as those that are shown where a condition holds."""
    return [div(blocks, ONLY, formats=condition)]


def raw_for(name: str, content: str) -> Elements:
    """Return text in the words of a format; HTML is for the site alone, where it says so itself."""
    block: Element = {"t": "RawBlock", "c": [name, content]}
    return only([block], name) if name in HTML else [block]


def for_format(blocks: Elements, names: Collection[str]) -> Elements:
    """Return what of some blocks is for a format; lists within them are changed in place.

    Args:
        blocks: the blocks of a document.
        names: the names that the format answers to, such as `latex` and `pdf`.

    """
    result: Elements = []
    for block in blocks:
        if ONLY in classes_of(block):
            if holds(pairs_of(block)[_FORMATS], names):
                result += for_format(block["c"][1], names)
            continue
        for inner in lists_in(block):
            inner[:] = for_format(inner, names)
        result.append(block)
    return result


def page_for(blocks: Elements, names: Collection[str]) -> Elements:
    """Return what of a page is for a format, and its title even if that is for others alone.

    LaTeX has a title of its own over a bibliography, so books say theirs for the site only.
    """
    title = next((each for each in walk(blocks) if each["t"] == "Header"), None)
    shown = for_format(blocks, names)
    if title is None or any(each["t"] == "Header" for each in walk(shown)):
        return shown
    return [title, *shown]


def holds(condition: str, names: Collection[str]) -> bool:
    """Tell whether a condition holds for a format that answers to some names.

    Raises:
        ValueError: it is no condition.

    """
    try:
        return _holds(ast.parse(condition.strip(), mode="eval").body, names)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise ValueError(f"“{condition}” is no condition") from error


def _holds(node: ast.expr, names: Collection[str]) -> bool:
    match node:
        case ast.Name(name):
            return name in names
        case ast.UnaryOp(ast.Not(), operand):
            return not _holds(operand, names)
        case ast.BoolOp(ast.And(), values):
            held = [_holds(value, names) for value in values]
            return all(held)
        case ast.BoolOp(_, values):
            held = [_holds(value, names) for value in values]
            return any(held)
    raise ValueError
