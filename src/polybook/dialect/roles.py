"""Roles, marks of the form `:name:`argument``: labels, references, citations, sizes.

`:label:` `:eqlabel:` `:ref:` `:numref:` `:eqref:` `:cite:` `:citet:` `:citep:` `:width:`
`:height:` `:bibliography:`, and d2lbook's links into a library, `:class:` `:func:` `:mod:`.
"""

from __future__ import annotations

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

# One to two backticks: d2lbook passes reStructuredText's form on as it is.
_ROLE = scanner(r"(?P<role>:(?P<name>[a-z]+):(?P<tick>`{1,2})(?P<argument>[^`\n]*)(?P=tick))")


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
        return tuple(key.strip() for key in self.argument.split(",") if key.strip())


def find_roles(prose: str) -> list[Role]:
    """Find every mark of this form outside of code, formulas and comments, known or not."""
    return [
        Role(found["name"], found["argument"].strip(), found.start(), found.end())
        for found in scan(_ROLE, prose)
    ]
