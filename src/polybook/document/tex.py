"""Formulas as plain text, for where there is nothing else: titles, menus, anchors."""

from __future__ import annotations

import re
import unicodedata

_SYMBOLS = {
    "cdot": "·",
    "ell": "ℓ",
    "infty": "∞",
    "partial": "∂",
    "nabla": "∇",
    "ldots": "…",
    "dots": "…",
    "prime": "′",
}
_RELATIONS = {
    "times": "×",
    "pm": "±",
    "to": "→",
    "rightarrow": "→",
    "leq": "≤",
    "le": "≤",
    "geq": "≥",
    "ge": "≥",
    "neq": "≠",
    "ne": "≠",
    "approx": "≈",
    "sim": "∼",
    "in": "∈",
}
_LOW = str.maketrans("0123456789+-", "₀₁₂₃₄₅₆₇₈₉₊₋")
_HIGH = str.maketrans("0123456789+-'", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻′")

# How letters look, and room between them, is nothing to plain text.
_LOOKS = re.compile(
    r"\\(?:(?:math|text)[a-z]*|boldsymbol|bm|operatorname\*?|left|right)(?![A-Za-z])\s*"
)
_ROOM = re.compile(r"\\[,;:! ]|\\q?quad(?![A-Za-z])|~")
_COMMAND = re.compile(r"\\([A-Za-z]+) *")
_SCRIPT = re.compile(r"([_^])(?:\{([0-9+-]+)\}|([0-9']))")


def readable(tex: str) -> str:
    """Return a formula as text: characters of its symbols, and no marks of TeX where it is simple.

    What it does not know keeps its name, as a sine or a logarithm does.
    """
    tex = _ROOM.sub(" ", _LOOKS.sub("", tex))
    tex = _SCRIPT.sub(_script, _COMMAND.sub(_symbol, tex))
    return " ".join(re.sub(r"[{}\\]", "", tex).split())


def _symbol(found: re.Match[str]) -> str:
    name = found[1]
    if name in _RELATIONS:
        return f" {_RELATIONS[name]} "
    if name in _SYMBOLS:
        return _SYMBOLS[name]
    size = "SMALL" if name.islower() else "CAPITAL"
    try:
        return unicodedata.lookup(f"GREEK {size} LETTER {name.removeprefix('var').upper()}")
    except KeyError:
        return f"{name} " if found[0].endswith(" ") else name


def _script(found: re.Match[str]) -> str:
    content = found[2] or found[3]
    return content.translate(_LOW if found[1] == "_" else _HIGH)
