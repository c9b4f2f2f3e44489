"""Prose without what is no language's: code, formulas, roles, addresses, comments."""

from __future__ import annotations

import re
from functools import cache

from polybook.dialect.protected import scan, scanner

_PLAIN = scanner(
    r"(?P<role>:[a-z]+:`[^`\n]*`)|(?P<address>\]\([^()\s]*\))"
    r"|(?P<plain>[^\\<$`~:\]]+|[:\]]|<(?!!--)|~(?!~~))"
)
_SPANS = scanner(
    r"(?P<role>:[a-z]+:`[^`\n]*`)|(?P<address>\]\([^()\s]*\))"
    r"|(?P<code>(?P<fence>`+)(?!`)(?P<inside>.+?)(?<!`)(?P=fence)(?!`))"
    r"|(?P<formula>\$(?![\s$])(?P<tex>[^$\\]*(?:\\.[^$\\]*)*)(?<!\s)\$(?!\d))"
)


@cache
def bare(text: str) -> str:
    """Blank out code, formulas, comments, roles and addresses; offsets and lines stay."""
    kept = list(re.sub(r"[^\n]", " ", text))
    for found in scan(_PLAIN, text):
        if found["plain"] is not None:
            kept[found.start() : found.end()] = found[0]
    return "".join(kept)


def inline_code(text: str) -> list[str]:
    """Return the code in a stretch of prose, without its backticks."""
    return [found["inside"].strip() for found in _spans(text) if found["code"]]


def inline_formulas(text: str) -> list[str]:
    """Return the TeX of the formulas in a stretch of prose, without its dollars."""
    return [found["tex"] for found in _spans(text) if found["formula"]]


@cache
def _spans(text: str) -> tuple[re.Match[str], ...]:
    return tuple(scan(_SPANS, text)) if "`" in text or "$" in text else ()
