"""What of pandoc's HTML a page does not need, and what pandoc could not write."""

from __future__ import annotations

import re
from html import unescape

# Every line of code is an anchor, with a link to itself.
_CODE_LINE = re.compile(
    r'<span id="cb\d+-\d+"><a href="#cb\d+-\d+" aria-hidden="true" tabindex="-1"></a>'
    r"(?P<code>.*?)</span>(?=\n|</code>)"
)
_CODE_BLOCK = re.compile(r'<div class="sourceCode" id="cb\d+"')
_NAMESPACE = re.compile(r'(<math\b[^>]*?) xmlns="http://www\.w3\.org/1998/Math/MathML"')
_FORMULA = re.compile(r'<span class="math (?:inline|display)">(?P<tex>[^<]*)</span>')


def lean(html: str) -> str:
    """Return HTML that looks the same and weighs less."""
    html = _CODE_LINE.sub(r"\g<code>", html)
    html = _CODE_BLOCK.sub('<div class="sourceCode"', html)
    return _NAMESPACE.sub(r"\1", html)


def unconverted(html: str) -> list[str]:
    """Return the formulas that stand in the HTML as TeX, since pandoc knows no MathML for them."""
    return [unescape(found["tex"]).strip("$") for found in _FORMULA.finditer(html)]
