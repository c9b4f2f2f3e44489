"""Python code in colours, by one pattern: `docs/decisions/0022-colours-of-code.md` says why.

pandoc colours code in every other language.
"""

from __future__ import annotations

import keyword
import re
from html import escape

from polybook.document.ast import Element
from polybook.html.output import raw

_BUILTINS = (
    "abs|aiter|all|anext|any|ascii|bin|bool|breakpoint|bytearray|bytes|callable|chr"
    "|classmethod|compile|complex|delattr|dict|dir|divmod|enumerate|eval|exec|filter|float"
    "|format|frozenset|getattr|globals|hasattr|hash|help|hex|id|input|int|isinstance"
    "|issubclass|iter|len|list|locals|map|max|memoryview|min|next|object|oct|open|ord|pow"
    "|print|property|range|repr|reversed|round|set|setattr|slice|sorted|staticmethod|str"
    "|sum|super|tuple|type|vars|zip"
)
# True, False and None are values.
_KEYWORDS = "|".join(word for word in keyword.kwlist if word.islower())

_LONG = r"(?P<{0}>\'\'\'|\"\"\")(?:[^\\]|\\.)*?(?P={0})"

# The names of the groups are pandoc's classes, which the style sheet knows. A string that begins a
# line is a docstring.
_COLOURED = re.compile(
    rf"""
    (?P<co>\#[^\n]*)
    | (?P<do>^[^\S\n]*r?{_LONG.format("quotes")})
    | (?P<st>(?<!\w)(?P<kind>(?i:[rbuf]{{0,2}}))(?:
        {_LONG.format("three")}
        | '(?:[^'\\\n]|\\.)*' | "(?:[^"\\\n]|\\.)*"
    ))
    | (?P<at>^[^\S\n]*@[\w.]+)
    | (?P<fu>(?:(?<=\bdef[ ])|(?<=\bclass[ ]))\w+)
    | (?<![\w.])(?:
        (?P<kw>{_KEYWORDS})
        | (?P<bu>{_BUILTINS})(?![^\S\n]*=(?!=))
        | (?P<dv>(?i:0x[\da-f_]+|0[ob][\d_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[+-]?\d+)?j?))
    )(?!\w)
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
#: What a string with `f` in front has put into it, behind braces that stand for themselves.
_INSERTED = re.compile(r"(?<!\{)((?:\{\{)*)((?:\{[^{}\n]+(?:\{[^{}\n]*\}[^{}\n]*)*\})+)")


def python_code(block: Element) -> Element | None:
    """Return a block of Python in colours; None for a block that pandoc is to write.

    That is what is in another language, or has attributes of its author's.
    """
    match block:
        case {"t": "CodeBlock", "c": [["", ["python", *others], []], code]}:
            if set(others) <= {"code"}:
                return raw(f'<pre class="sourceCode"><code>{coloured(code)}</code></pre>')
    return None


def coloured(code: str) -> str:
    """Return Python code as HTML, in which what has a colour is a span of its class."""
    return _COLOURED.sub(_span, escape(code, quote=False))


def _span(found: re.Match[str]) -> str:
    piece = found[0]
    if "f" in (found["kind"] or "").lower():
        piece = _INSERTED.sub(r'\1</span>\2<span class="st">', piece)
    return f'<span class="{found.lastgroup}">{piece}</span>'
