"""TeX of older kinds, and for what a page does not have, as the TeX that pandoc can convert."""

from __future__ import annotations

import re

# What ends the last row of a matrix begins no further one in TeX, but an empty one in pandoc.
_ROW_END = r"\\\\\s*(?=\\end\s*\{)"
_HINT = re.compile(
    r"\\(?:notag|nonumber|label|tag|over|bf|rm|it|cal|sf|tt|hbox|[dt]binom|cfrac|bmod|textcolor)"
    rf"(?![A-Za-z])|{_ROW_END}"
)

_INNER = r"(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*"  # three levels of braces
_FONT = r"\\(?P<font>bf|rm|it|cal|sf|tt)(?![A-Za-z])\s*"
_REWRITES = (
    (re.compile(_ROW_END), ""),
    # What pandoc does not know, by what it knows.
    (re.compile(r"\\[dt]binom(?![A-Za-z])"), r"\\binom"),
    (re.compile(r"\\cfrac(?![A-Za-z])"), r"\\dfrac"),
    (re.compile(r"\\bmod(?![A-Za-z])"), r"\\;\\mathrm{mod}\\;"),
    (re.compile(r"\\textcolor\s*\{[^{}]*\}"), ""),
    # A font for the rest of its group, and for what is taken for its argument.
    (
        re.compile(rf"\{{\s*{_FONT}(?!\{{)(?P<content>{_INNER})\}}"),
        r"{\\math\g<font>{\g<content>}}",
    ),
    (re.compile(rf"{_FONT}(?=\{{)"), r"\\math\g<font>"),
    (re.compile(r"\\hbox(?=\s*\{)"), r"\\text"),
    # The numbers are ours.
    (re.compile(r"\s*\\(?:notag|nonumber)(?![A-Za-z])"), ""),
    (re.compile(r"\\tag\s*\{(?P<content>[^{}]*)\}"), r"\\qquad\\text{(\g<content>)}"),
    (re.compile(r"\\tag\*\s*\{(?P<content>[^{}]*)\}"), r"\\qquad\\text{\g<content>}"),
)
_LABEL = re.compile(r"\s*\\label\s*\{(?P<label>[^{}]*)\}")

_PART = rf"(?:(?!\\over(?![A-Za-z]))[^{{}}]|\{{{_INNER}\}})*"
_OVER = rf"(?P<above>{_PART})\\over(?![A-Za-z])(?P<below>{_PART})"
_FRACTION = re.compile(rf"\{{{_OVER}\}}")
_WHOLE_FRACTION = re.compile(rf"(?!.*(?:&|\\\\)){_OVER}", re.DOTALL)


def renewed(tex: str) -> tuple[str, str]:
    """Return a formula as TeX that pandoc converts, and the label in it, if there is one."""
    if not _HINT.search(tex):
        return tex, ""
    label = _LABEL.search(tex)
    tex = _LABEL.sub("", tex)
    for pattern, instead in _REWRITES:
        tex = pattern.sub(instead, tex)
    count = 1
    while count:
        tex, count = _FRACTION.subn(r"{\\frac{\g<above>}{\g<below>}}", tex)
    if whole := _WHOLE_FRACTION.fullmatch(tex):
        tex = f"\\frac{{{whole['above']}}}{{{whole['below']}}}"
    return tex, label["label"].strip() if label else ""
