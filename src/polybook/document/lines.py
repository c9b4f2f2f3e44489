"""Joins lines where a script has no blanks: in Chinese and Japanese a line's end is none."""

from __future__ import annotations

import re

from polybook.document.ast import Element, Elements, inline_lists, plain_text

#: Characters of these scripts, and their punctuation; Korean, which has blanks, is none of them.
_SCRIPT = re.compile(
    r"[\u2e80-\u2fdf\u3005-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    r"\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
_PUNCTUATION = re.compile(
    r"[\u3001-\u3003\u3008-\u3011\u3014-\u301f"
    r"\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65]"
)


def join_lines(tree: Elements) -> None:
    """Remove, in place, the line ends between characters of a script without blanks.

    As CSS Text has it (segment breaks, level 3), which not every browser keeps to; and at its
    punctuation, which brings its own room.
    """
    for inlines in inline_lists(tree):
        if any(element["t"] == "SoftBreak" for element in inlines):
            inlines[:] = [
                element
                for place, element in enumerate(inlines)
                if element["t"] != "SoftBreak"
                or not _are_joined(
                    inlines[max(place - 1, 0) : place], inlines[place + 1 : place + 2]
                )
            ]


def _are_joined(before: list[Element], after: list[Element]) -> bool:
    last, first = plain_text(before)[-1:], plain_text(after)[:1]
    if _PUNCTUATION.match(last) or _PUNCTUATION.match(first):
        return True
    return bool(_SCRIPT.match(last) and _SCRIPT.match(first))
