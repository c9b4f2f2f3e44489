"""Which tabs a cell or a stretch of text is for: `#@tab a, b`, `%%tab a, b`, `:begin_tab:`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from polybook.dialect.fences import split_lines

#: The word that stands for every tab of the page.
ALL = "all"

#: A cell's marker, on a line of its own: both generations of it. d2lbook reads `%%tab` in a comment
#: as well, and nothing behind a further `#`.
CELL_MARKER = re.compile(
    r"[ \t]*(?:(?:#[ \t]*)?%%tab|#[ \t]*@tab)(?![\w-])[ \t]*(?P<names>[^\r\n#]*)",
    re.IGNORECASE,
)

#: `:begin_tab:` and `:end_tab:`, each on a line of its own, up to three blanks indented.
BEGIN = re.compile(r" {0,3}:begin_tab:(?P<names>[^\n]*)\n?")
END = re.compile(r" {0,3}:end_tab:[ \t]*\r?\n?")

_NAME = re.compile(r"[\w.+-]+")
_LIST = re.compile(r"`(?P<quoted>[^`]*)`|(?P<bare>[\w.+-]+(?:[ \t]*,[ \t]*[\w.+-]+)*)|")


@dataclass(frozen=True, slots=True)
class TabMarker:
    """A cell's marker: the tabs it names, and the index of its line in the cell's body."""

    names: tuple[str, ...]
    line: int


def parse_names(text: str) -> tuple[str, ...]:
    """Read a list of tabs, `` `mxnet, pytorch` `` or `mxnet,pytorch`; without repeats."""
    return tuple(dict.fromkeys(name.lower() for name in _NAME.findall(text)))


def parse_begin(text: str) -> tuple[tuple[str, ...], str]:
    """Read what stands behind `:begin_tab:`: the names, and what cannot be one."""
    text = text.strip()
    found = _LIST.match(text)
    assert found  # the last alternative is empty
    return parse_names(found["quoted"] or found["bare"] or ""), text[found.end() :].strip()


def find_markers(body: str) -> list[TabMarker]:
    """Find every line of a cell that is a marker: the first counts, wherever it stands."""
    if "tab" not in body.lower():
        return []
    return [
        TabMarker(parse_names(found["names"]), number)
        for number, line in enumerate(split_lines(body))
        if (found := CELL_MARKER.match(line))
    ]
