"""The rules of `polybook check`, one a module, by their names.

A rule is a function from a `Context` to findings. docs/checks/<name>.md says what it finds and why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from polybook.translation.context import Context
from polybook.translation.findings import Finding
from polybook.translation.rules import (
    code,
    glossary,
    html,
    language,
    marks,
    missing,
    numbers,
    references,
    stale,
    structure,
    tabs,
)

Rule = Callable[[Context], Iterator[Finding]]

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "code": code.find,
        "missing": missing.find,
        "structure": structure.find,
        "numbers": numbers.find,
        "stale": stale.find,
        "language": language.find,
        "marks": marks.find,
        "tabs": tabs.find,
        "references": references.find,
        "html": html.find,
        "glossary": glossary.find,
    }
)

#: The rules that look at the text of pages alone, neither at documents nor at programs.
TEXT_ALONE = frozenset({"missing", "structure", "numbers", "stale", "tabs", "glossary"})
