"""Formulas with blanks inside of their dollars, `$ x^2 $`: Jupyter reads them, pandoc does not."""

from __future__ import annotations

import re

from polybook.dialect.protected import scan, scanner

# A blank at one end at least, and what only a formula has: a command, an index, a lone letter; or
# letters and brackets without a word among them. “$5 and $6”, “5 $ (6 $)” are prices.
_LOOSE = r"""(?P<loose>
    (?<!\$)\$(?=[ \t]|[^$\n]*[ \t]\$)
    (?P<tex>
        [^$\n]*(?:\\[A-Za-z]|[_^={}])[^$\n]*
      | [ \t]*[A-Za-z][ \t]*
      | (?<![A-Za-z0-9]\$) (?![^$\n]*(?:[A-Za-z]{2}|[^\x00-\x7f]))
        (?=[^$\n]*(?:[A-Za-z]|\([^()$\n]*\)|\[[^$\n]*\]))
        [ \t]*[\w(\[|-][^$\n]*[\w)\]|'!][ \t]*(?=\$(?![A-Za-z]))
    )
    \$(?![\d$])
)"""
_FORMULAS = scanner(_LOOSE)
_HINT = re.compile(r"\$[ \t]|[ \t]\$")


def tighten_formulas(prose: str) -> str:
    """Return the prose with no blanks inside of the dollars of inline formulas."""
    if not _HINT.search(prose):
        return prose
    parts, at = [], 0
    for found in scan(_FORMULAS, prose):
        parts += [prose[at : found.start()], f"${found['tex'].strip()}$"]
        at = found.end()
    return "".join([*parts, prose[at:]])
