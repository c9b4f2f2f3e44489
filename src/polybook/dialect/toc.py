"""Tables of contents, fenced ```` ```toc ```` blocks: options, then one page a line."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPTION = re.compile(r":(?P<name>[a-z]+):(?P<value>.*)")


@dataclass(frozen=True, slots=True)
class Toc:
    """What a block lists; an entry is a page's path, relative to the page that it stands on."""

    entries: tuple[str, ...]
    numbered: bool = False
    max_depth: int = 0


def parse_toc(body: str) -> Toc:
    """Read the body of the block; options that are not known are passed over."""
    entries: list[str] = []
    options: dict[str, str] = {}
    for line in map(str.strip, body.split("\n")):
        if found := _OPTION.fullmatch(line):
            options[found["name"]] = found["value"].strip()
        elif line:
            entries.append(line.removesuffix(".md"))
    depth = options.get("maxdepth", "")
    return Toc(tuple(entries), "numbered" in options, int(depth) if _is_depth(depth) else 0)


def _is_depth(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 3
