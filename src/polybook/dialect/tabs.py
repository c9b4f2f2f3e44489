"""Which tabs a cell or a stretch of text is for: `#@tab a, b`, `%%tab a, b`, `:begin_tab:`."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: The word that stands for every tab of the page.
ALL = "all"

#: A cell's marker, on a line of its own: both generations of it.
CELL_MARKER = re.compile(r"[ \t]*(?:%%tab|#[ \t]*@tab)[ \t]+(?P<names>[^\r\n]*)", re.IGNORECASE)

#: `:begin_tab:` and `:end_tab:`, each on a line of its own.
BEGIN = re.compile(r" {0,3}:begin_tab:[ \t]*(?P<names>`[^`]*`|[^\r\n]*?)[ \t]*\r?\n?\Z")
END = re.compile(r" {0,3}:end_tab:[ \t]*\r?\n?\Z")

_NAME = re.compile(r"[\w.+-]+")


@dataclass(frozen=True, slots=True)
class TabMarker:
    """A cell's marker: the tabs it names, and the index of its line in the cell's body."""

    names: tuple[str, ...]
    line: int


def parse_names(text: str) -> tuple[str, ...]:
    """Read a list of tabs, `` `mxnet, pytorch` `` or `mxnet,pytorch`; without repeats."""
    return tuple(dict.fromkeys(name.lower() for name in _NAME.findall(text)))


def find_marker(body: str) -> TabMarker | None:
    """Find the marker at the head of a cell, before its first line of code."""
    for number, line in enumerate(body.splitlines()):
        if found := CELL_MARKER.match(line):
            return TabMarker(parse_names(found["names"]), number)
        if line.strip() and not line.lstrip().startswith(("#", "%")):
            return None
    return None


def without_marker(body: str, marker: TabMarker | None) -> str:
    """Return a cell's body without its marker's line."""
    if marker is None:
        return body
    lines = body.splitlines(keepends=True)
    return "".join(lines[: marker.line] + lines[marker.line + 1 :])
