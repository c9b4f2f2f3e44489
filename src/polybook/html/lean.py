"""What of pandoc's HTML a page does not need."""

from __future__ import annotations

import re

# Every line of code is an anchor, with a link to itself.
_CODE_LINE = re.compile(
    r'<span id="cb\d+-\d+"><a href="#cb\d+-\d+" aria-hidden="true" tabindex="-1"></a>'
    r"(?P<code>.*?)</span>(?=\n|</code>)"
)
# Code comes in a division of its own, and says three times what it is.
_CODE_BLOCK = re.compile(
    r'<div class="sourceCode"(?: id="cb\d+")?>'
    r'<pre class="sourceCode [^"]*"><code class="sourceCode [^"]*">'
    r"(?P<code>.*?)</code></pre></div>",
    re.DOTALL,
)
# Operators, variables and the like have the colour of the text.
_PLAIN_CODE = re.compile(r'<span class="(?:op|va|pp|ot)">(?P<code>[^<]*)</span>')
# The side from which columns are read, as in the table's source; a class, since a site may forbid
# styles that are not in its style sheet.
_CELL = re.compile(r'<(?P<tag>t[hd]) style="text-align: (?P<side>left|right|center);">')
_SIDES = {"left": "", "right": ' class="end"', "center": ' class="center"'}


def lean(html: str) -> str:
    """Return HTML that looks the same and weighs less."""
    html = _CODE_LINE.sub(r"\g<code>", html)
    html = _CODE_BLOCK.sub(r'<pre class="sourceCode"><code>\g<code></code></pre>', html)
    html = _PLAIN_CODE.sub(r"\g<code>", html)
    return _CELL.sub(lambda found: f"<{found['tag']}{_SIDES[found['side']]}>", html)
