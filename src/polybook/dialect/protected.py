"""What in prose is not prose: code, formulas and comments, in which no mark means anything."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: One alternative per kind; the kinds that a mark may lie in come to be skipped as a whole.
_PROTECTED = r"""
    (?P<fence>^\ {0,3}(?P<ticks>`{3,}|~{3,})[^\n]*\n(?s:.*?)(?:^\ {0,3}(?P=ticks)[`~]*[ \t]*$|\Z))
  | (?P<comment><!--(?s:.*?)-->)
  | (?P<display>\$\$(?s:.+?)\$\$)
  | (?P<escape>\\.)
  | (?P<code>(?<!`)(?P<run>`+)(?!`)(?s:.+?)(?<!`)(?P=run)(?!`))
  | (?P<math>\$(?![\s$])(?:\\.|[^$\\\n]|\n(?!\s*\n))+?(?<![\s\\])\$(?!\d))
"""


def scanner(marks: str) -> re.Pattern[str]:
    """Compile a pattern for `marks` (a verbose alternation) that steps over what is protected.

    A match of a mark has none of the groups `fence`, `comment`, `display`, `escape`, `code` or
    `math`; the marks come first, so that one that begins like code is seen.
    """
    return re.compile(f"{marks} | {_PROTECTED}", re.VERBOSE | re.MULTILINE)


def scan(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield the marks of `text` that a `scanner` finds outside of what is protected."""
    for found in pattern.finditer(text):
        if (
            found["fence"] is None
            and found["comment"] is None
            and found["display"] is None
            and (found["escape"] is None and found["code"] is None and found["math"] is None)
        ):
            yield found
