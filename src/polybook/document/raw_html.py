"""The addresses in HTML that an author wrote: of links, of images, of whatever else it loads."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape
from html.parser import HTMLParser
from itertools import accumulate

_ATTRIBUTE = re.compile(
    r"(?P<name>[^\s=<>\"'/]+)(?P<equals>\s*=\s*)"
    r"(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)'|(?P<bare>[^\s\"'>]+))"
)
_ADDRESSES = frozenset({"src", "href", "poster"})
_HINT = re.compile("|".join(_ADDRESSES), re.IGNORECASE)


class _Tags(HTMLParser):
    """Finds where each tag with an address opens; scripts and comments have none."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[tuple[int, str]] = []
        self._starts = [0, *accumulate(len(line) + 1 for line in html.split("\n"))]
        self.feed(html)

    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if any(name in _ADDRESSES for name, _ in attrs):
            line, column = self.getpos()
            text = self.get_starttag_text() or ""
            self.found.append((self._starts[line - 1] + column, text))


def html_addresses(html: str) -> list[str]:
    """Return the addresses in some HTML."""
    found: list[str] = []

    def note(address: str) -> str:
        found.append(address)
        return address

    replace_addresses(html, note)
    return found


def replace_addresses(html: str, change: Callable[[str], str]) -> str:
    """Return HTML with each address changed; what stays the same is left as it was written."""

    def changed(found: re.Match[str]) -> str:
        if found["name"].lower() not in _ADDRESSES:
            return found[0]
        written = next(each for each in found.group("double", "single", "bare") if each is not None)
        address = unescape(written).strip()
        new = change(address)
        return found[0] if new == address else f'{found["name"]}{found["equals"]}"{escape(new)}"'

    if not _HINT.search(html):
        return html
    parts = []
    at = 0
    for start, tag in _Tags(html).found:
        parts += [html[at:start], _ATTRIBUTE.sub(changed, tag)]
        at = start + len(tag)
    return "".join([*parts, html[at:]])
