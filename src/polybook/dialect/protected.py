"""What in prose is not prose: code, formulas and comments, in which no mark means anything."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from polybook.dialect.fences import find_regions, split_lines

#: What protected text begins with; each begins with a letter of its own, so that searching is fast.
_BEGINNINGS = r"(?P<escape>\\.) | (?P<comment><!--) | (?P<math>\$\$?) | (?P<ticks>`+|~{3,})"

_BLANK_LINE = re.compile(r"\n[ \t\r]*(?=\n)")
_TICKS = re.compile(r"`+")
# As pandoc has it: no blank inside of the dollars, no digit behind the second one.
_MATH = re.compile(r"\$(?![\s$])[^$\\]*+(?:\\.[^$\\]*+)*+(?<!\s)\$(?!\d)", re.DOTALL)


def scanner(marks: str) -> re.Pattern[str]:
    """Compile a pattern for `marks` (a verbose alternation of named groups) for `scan`.

    The marks come first, so that one that begins like code is seen.
    """
    return re.compile(f"{marks} | {_BEGINNINGS}", re.VERBOSE | re.DOTALL)


def scan(pattern: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Yield the marks of `text` that a `scanner` finds outside of what is protected."""
    protected = _Protected(text)
    at = 0
    while found := pattern.search(text, at):
        if found.lastgroup in _KINDS:
            at = protected.end(found)
        else:
            yield found
            at = found.end()


def find_unprotected(text: str, piece: str) -> int:
    """Return where a piece stands in a text outside of what is protected, -1 if nowhere."""
    found = next(scan(scanner(f"(?P<piece>{re.escape(piece)})"), text), None)
    return found.start() if found else -1


_KINDS = frozenset({"escape", "comment", "math", "ticks"})


class _Protected:
    """Finds the ends of what is protected, going through a text from its start to its end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._fences = _fences(text)
        self._commented = True
        self._paragraph = (0, 0)
        self._runs: dict[int, list[int]] = {}

    def end(self, found: re.Match[str]) -> int:
        """Return where the text that `found` begins ends, or the end of `found` if it is prose."""
        match found.lastgroup:
            case "comment":
                return self._comment(found)
            case "math":
                return self._math(found)
            case "ticks":
                return self._code(found)
        return found.end()

    def _comment(self, found: re.Match[str]) -> int:
        end = self._text.find("-->", found.end()) if self._commented else -1
        self._commented = end >= 0
        return end + len("-->") if self._commented else found.end()

    def _math(self, found: re.Match[str]) -> int:
        limit = self._paragraph_end(found.start())
        if found[0] == "$$":
            end = self._text.find("$$", found.end() + 1, limit)
            return end + 2 if end >= 0 else found.end()
        inline = _MATH.match(self._text, found.start(), limit)
        return inline.end() if inline else found.end()

    def _code(self, found: re.Match[str]) -> int:
        if (end := self._fences.get(found.start())) is not None:
            return end
        if found[0][0] == "~":
            return found.end() - 2  # which may belong to a mark
        self._paragraph_end(found.start())
        same = self._runs.get(len(found[0]), [])
        following = bisect_right(same, found.start())
        return same[following] + len(found[0]) if following < len(same) else found.end()

    def _paragraph_end(self, at: int) -> int:
        """Return where the paragraph at an offset ends; neither code nor formulas go on there."""
        start, end = self._paragraph
        if not start <= at < end:
            blank = _BLANK_LINE.search(self._text, at)
            end = blank.start() if blank else len(self._text)
            self._paragraph = (at, end)
            self._runs = {}
            for run in _TICKS.finditer(self._text, at, end):
                self._runs.setdefault(len(run[0]), []).append(run.start())
        return end


def _fences(text: str) -> dict[int, int]:
    """Return where each fenced block of a text begins, at its ticks, and where it ends."""
    if "```" not in text and "~~~" not in text:
        return {}
    lines = split_lines(text)
    starts = list(accumulate(map(len, lines), initial=0))
    return {
        starts[region.first] + region.opening.indent: starts[region.after]
        for region in find_regions(lines)
        if region.opening
    }
