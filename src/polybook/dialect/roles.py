"""Roles, marks of the form `:name:`argument``: labels, references, citations, sizes.

`:label:` `:eqlabel:` `:ref:` `:numref:` `:eqref:` `:cite:` `:citet:` `:citep:` `:width:`
`:height:` `:bibliography:`, and d2lbook's links into a library, `:class:` `:func:` `:mod:`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from polybook.dialect.protected import scan, scanner

ROLES = frozenset(
    [
        "label",
        "eqlabel",
        "ref",
        "numref",
        "eqref",
        "cite",
        "citet",
        "citep",
        "width",
        "height",
        "bibliography",
        "class",
        "func",
        "mod",
    ]
)

# One to two backticks: d2lbook passes reStructuredText's form on as it is. An argument goes on in
# the next line as other code does, and no further than its paragraph.
_NAME = r":(?!(?:begin|end)_tab:)(?P<name>[A-Za-z][A-Za-z0-9_-]*):"
_ARGUMENT = r"(?P<tick>`{1,2})(?P<argument>[^`\n]*+(?:\n(?![ \t\r]*\n)[^`\n]*+)*+)(?P=tick)(?!`)"
_ROLE = scanner(f"(?P<role>{_NAME}{_ARGUMENT})")
_HINT = re.compile(f"{_NAME}`")

# A line that begins with a role, and what may be a simple table that such a label stands below.
_LINES = scanner(
    rf"""(?P<table>(?m:^)[ ]*-+(?:[ ]+-+)*[ \t\r]*\n
        (?:(?!:label:`|[ \t\r]*\n)[^\n]*\n)*+(?=:label:`))
    | (?P<role>(?m:^)[ ]{{0,3}}(?={_NAME}`):)"""
)


@dataclass(frozen=True, slots=True)
class Role:
    """One mark; `start` and `end` are its offsets in the prose."""

    name: str
    argument: str
    start: int
    end: int

    @property
    def keys(self) -> tuple[str, ...]:
        """The names in the argument, for the roles that take several."""
        return split_keys(self.argument)


def find_roles(prose: str) -> list[Role]:
    """Find every mark of this form outside of code, formulas and comments, known or not."""
    if not _HINT.search(prose):
        return []
    return [
        Role(found["name"], " ".join(found["argument"].split()), found.start(), found.end())
        for found in scan(_ROLE, prose)
    ]


def shield_roles(prose: str) -> str:
    """Return the prose with no role that pandoc takes for a table's caption or for a row of one.

    A line that begins with a colon is a caption to pandoc, above a table as well as below it.
    """
    if not _HINT.search(prose):
        return prose
    parts, at = [], 0
    for found in scan(_LINES, prose):
        before, mark = found.end(), "\n"
        if found.lastgroup == "role":
            before, mark = before - 1, "\\"
        parts += [prose[at:before], mark]
        at = before
    return "".join([*parts, prose[at:]])


def split_keys(argument: str) -> tuple[str, ...]:
    """Return the names in the argument of a role that takes several."""
    return tuple(key.strip() for key in argument.split(",") if key.strip())
