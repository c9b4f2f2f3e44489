"""Finds outputs that a tool has written into a page: they belong in `outputs/`."""

from __future__ import annotations

from collections.abc import Iterator

from polybook.dialect.attributes import parse_attributes
from polybook.dialect.fences import find_regions, split_lines

#: How notedown, which d2lbook reads pages with, marks the outputs of the cell before.
_MARKS = frozenset({"json", "output"})


def left_outputs(text: str) -> Iterator[int]:
    """Yield the line, from 1, of each fenced block of a page that holds outputs."""
    for region in find_regions(split_lines(text)):
        if region.opening and set(parse_attributes(region.opening.info).classes) >= _MARKS:
            yield region.first + 1
