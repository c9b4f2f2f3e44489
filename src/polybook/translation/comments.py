"""A cell's code with the comments of its translation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

from polybook.dialect.comments import find_comments
from polybook.dialect.fences import split_lines

#: Comments that mean something: `#@save`, `#@tab`, `# %%tab`.
_MARK = re.compile(r"#[ \t]*(?:@|%%)")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line in its parts: code, blanks, a comment, the line break."""

    code: str
    gap: str
    comment: str
    end: str

    @property
    def key(self) -> str:
        """What it has in common with the same line in another language."""
        return self.code or self.comment[:1]

    def with_comment(self, comment: str) -> str:
        """Write the line with another comment."""
        gap = self.gap or ("  " if self.code else "")
        return f"{self.code}{gap}{comment}{self.end}"


def with_comments_of(code: str, translation: str) -> str:
    """Return a reference's code with the comments that stand in the same places of a translation.

    Lines stand for each other where their code is the same, or where as many have changed. A
    comment that the translation lacks is the reference's.
    """
    old, new = _lines(code), _lines(translation)
    comments = [line.comment for line in old]
    matcher = SequenceMatcher(None, [line.key for line in old], [line.key for line in new], False)
    for _, i, j, k, m in matcher.get_opcodes():
        for here, there in zip(range(i, j), range(k, m), strict=False) if j - i == m - k else ():
            if new[there].comment and bool(old[here].code) == bool(new[there].code):
                comments[here] = new[there].comment
    return "".join(
        line.with_comment(comment) if comment else f"{line.code}{line.gap}{line.end}"
        for line, comment in zip(old, comments, strict=True)
    )


def _lines(code: str) -> list[_Line]:
    starts = [s for s, end in find_comments(code) if not _MARK.match(code, s, end)]
    found, at = [], 0
    for line in split_lines(code):
        body = line.rstrip("\r\n")
        start = next((s - at for s in starts if at <= s < at + len(body)), len(body))
        plain = body[:start].rstrip(" \t")
        found.append(_Line(plain, body[len(plain) : start], body[start:], line[len(body) :]))
        at += len(line)
    return found
