"""Comments that silence a rule at one place, with a reason: `<!-- check: RULE: reason -->`."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from polybook.dialect.fences import find_regions, split_lines
from polybook.errors import Location
from polybook.translation.findings import Finding

_COMMENT = re.compile(
    r"<!--[ \t]*check:[ \t]*(?P<rule>[^:\n]*?)[ \t]*(?::(?P<reason>.*?))?-->", re.S
)
_NEXT = re.compile(r"\s*")
_CELL = re.compile(r"[ ]{0,3}(?P<fence>`{3,}|~{3,})")


@dataclass(frozen=True, slots=True)
class Silence:
    """A comment: the rule, the reason, and the lines that it holds for, from 1, both included."""

    rule: str
    reason: str
    line: int
    last: int

    def covers(self, finding: Finding) -> bool:
        """Tell whether it silences a finding of its file."""
        return finding.rule == self.rule and self.line <= finding.location.line <= self.last


def find_silences(text: str) -> Iterator[Silence]:
    """Yield the comments of a page; each holds up to the end of the block or paragraph after it.

    What looks like one in code is shown to readers, and silences nothing.
    """
    if "<!--" not in text:
        return
    fences = [region for region in find_regions(split_lines(text)) if region.opening]
    for found in _COMMENT.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        if any(region.first < line <= region.after for region in fences):
            continue
        yield Silence(
            found["rule"], (found["reason"] or "").strip(), line, _last(text, found.end())
        )


def _last(text: str, end: int) -> int:
    begin = _NEXT.match(text, end)
    start = begin.end() if begin else end
    rest = text[text.rfind("\n", 0, start) + 1 :]
    if cell := _CELL.match(rest):
        closing = re.compile(rf"\n[ ]{{0,3}}{cell['fence']}[ \t]*(?:\n|$)").search(rest)
        size = closing.end() - 1 if closing else len(rest)
    else:
        blank = re.compile(r"\n[ \t]*\n").search(rest)
        size = blank.start() if blank else len(rest.rstrip())
    return text.count("\n", 0, len(text) - len(rest) + size) + 1


def silenced(
    findings: Iterable[Finding], texts: dict[Path, str], rules: Container[str]
) -> Iterator[Finding]:
    """Yield the findings that no comment silences, and the comments that cannot be right."""
    silences = {path: list(find_silences(text)) for path, text in texts.items()}
    for each in findings:
        if not any(
            silence.reason and silence.covers(each)
            for silence in silences.get(each.location.path, ())
        ):
            yield each
    for path, found in silences.items():
        for silence in found:
            if silence.rule not in rules or not silence.reason:
                message = "The comment silences nothing: it names no rule, or gives no reason."
                hint = "Write <!-- check: RULE: reason -->."
                yield Finding("silence", Location(path, silence.line), message, hint)
