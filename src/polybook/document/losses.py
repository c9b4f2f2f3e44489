"""Words of a page that pandoc passes over without a word of its own.

It does so with a footnote that nothing refers to, the first of two of the same name, a table's
cell that has no column, text behind a table's border, and more that is not quite Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from urllib.parse import unquote

from polybook.dialect import Cell, PageText

# JSON's escapes, and TeX's commands, whose backslash is escaped.
_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|\\[A-Za-z]+|.)")
_WORD = re.compile(r"[^\W_]+")

#: What is Markdown's own and no word of the text.
_SYNTAX = re.compile(
    r"""
    ^[ \t>]*\(?\w{1,9}[.)](?=[ \t])             # the mark of a list
  | ^[ ]{0,3}\[[^\]^\n][^\]\n]*\]:.*            # where a link leads
  | (?<=\])\[[^\]\n]*\]                         # what such a link is called
  | \[\^[^\]\s]+\]                              # a footnote's name
  | ^[ \t]*[Tt]able:                            # a table's caption
  | \[[xX]\]                                    # a box that is ticked
  | </?(?:div|span)\b[^>]*>
  | \\[A-Za-z]+                                 # TeX, whose macros are expanded
    """,
    re.VERBOSE | re.MULTILINE,
)


def lost_words(page: PageText, markdown: str, answer: str) -> tuple[tuple[int, str], ...]:
    """Return the words of a page that pandoc has lost, by line; 0 if they stand on none.

    Args:
        page: the page.
        markdown: what pandoc was given for it.
        answer: what pandoc answered, in its JSON form.

    """
    words = dict.fromkeys(_WORD.findall(unescape(_SYNTAX.sub(" ", markdown))))
    # Most pieces between quotation marks are there many times, and few need to be looked at.
    kept = _ESCAPE.sub(" ", " ".join(set(answer.split('"'))))
    missing = words.keys() - set(_WORD.findall(kept))
    if missing and "%" in kept:
        missing -= set(_WORD.findall(unquote(kept)))
    return tuple(_by_line(page, (word for word in words if word in missing)))


def _by_line(page: PageText, words: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines on which some words stand first outside of cells, each with its words."""
    text = page.bom + "".join(
        "\n" * block.text.count("\n") if isinstance(block, Cell) else block.text
        for block in page.blocks
    )
    lines: dict[int, list[str]] = {}
    for word in words:
        found = re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", text)
        line = text.count("\n", 0, found.start()) + 1 if found else 0
        lines.setdefault(line, []).append(word)
    for line, there in sorted(lines.items()):
        yield line, " ".join(there)
