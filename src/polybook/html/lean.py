"""What a page does not need: of pandoc's HTML, and of style sheets and scripts."""

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

# What is written for who works on a style sheet or a script of the site's, by the kind of file.
_REMARKS = {
    ".css": re.compile(r"/\*.*?\*/", re.DOTALL),
    ".js": re.compile(r"^\s*//.*$", re.MULTILINE),
}
_BLANK = re.compile(r"^\s+", re.MULTILINE)


def lean(html: str) -> str:
    """Return HTML that looks the same and weighs less."""
    html = _CODE_LINE.sub(r"\g<code>", html)
    html = _CODE_BLOCK.sub(r'<pre class="sourceCode"><code>\g<code></code></pre>', html)
    html = _PLAIN_CODE.sub(r"\g<code>", html)
    return _CELL.sub(lambda found: f"<{found['tag']}{_SIDES[found['side']]}>", html)


def lean_file(suffix: str, text: str) -> str:
    """Return one of the site's own files without remarks, empty lines and indentation.

    Args:
        suffix: its kind, as `.css`; what is neither a style sheet nor a script stays as it is.
        text: what it holds; no text within it goes over several lines.

    """
    remarks = _REMARKS.get(suffix)
    return _BLANK.sub("", remarks.sub("", text)) if remarks else text
