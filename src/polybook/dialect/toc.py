"""Tables of contents: fenced ```` ```toc ```` blocks, and reStructuredText's `.. toctree::`.

Either has options, then one page a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from polybook.dialect.fences import split_lines

_OPTION = re.compile(r":(?P<name>[a-z]+):(?P<value>.*)")
_TOCTREE = re.compile(r"(?P<indent>[ \t]*)\.\.[ \t]+toctree[ \t]*::[ \t]*\r?\n?")
_TITLED = re.compile(r".*<(?P<entry>[^<>]+)>")


@dataclass(frozen=True, slots=True)
class Toc:
    """What a block lists; an entry is a page's path, relative to the page that it stands on."""

    entries: tuple[str, ...]
    numbered: bool = False
    max_depth: int = 0

    @property
    def text(self) -> str:
        """The body of a block that lists the same."""
        options = [":numbered:"] if self.numbered else []
        options += [f":maxdepth: {self.max_depth}"] if self.max_depth else []
        return "\n".join([*options, *self.entries])


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


def parse_toctree(body: str) -> Toc:
    """Read what is below a `.. toctree::`; a page may have a title before it, `Title <page>`."""
    lines = map(str.strip, body.split("\n"))
    entries = (found["entry"] if (found := _TITLED.fullmatch(line)) else line for line in lines)
    return parse_toc("\n".join(entries))


def find_toctrees(text: str, line: int) -> Iterator[tuple[int, Toc]]:
    """Yield each `.. toctree::` of reStructuredText that begins behind a line of the page."""
    lines = split_lines(text)
    for number, first in enumerate(lines if "toctree" in text else ()):
        if found := _TOCTREE.fullmatch(first):
            body = []
            for each in lines[number + 1 :]:
                if each.strip() and len(each) - len(each.lstrip()) <= len(found["indent"]):
                    break
                body.append(each)
            yield line + number, parse_toctree("".join(body))


def _is_depth(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 3
