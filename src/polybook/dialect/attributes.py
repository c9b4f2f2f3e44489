"""The attributes behind a fence: `{.python .input n=3 #id tags="raises-exception"}`.

The form is pandoc's `fenced_code_attributes`, with or without a word before the braces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_ATTRIBUTE = re.compile(
    r"""
    \#(?P<id>[\w:.-]+)
    | \.(?P<class>[^\W\d_][\w:.-]*)
    | (?P<key>[^\W\d_][\w:.-]*)=
      (?: "(?P<double>(?:[^"\\]|\\.)*+)" | '(?P<single>(?:[^'\\]|\\.)*+)' | (?P<bare>[^\s}]*) )
    | (?P<unnumbered>-)""",
    re.VERBOSE,
)
_WORD = re.compile(r"\S+")
_BLANKS = re.compile(r"\s*")
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a fence is marked with; `pairs` keeps the order of the file.

    `unread` is the first thing among them that is no attribute; pandoc then reads no fence.
    """

    identifier: str = ""
    classes: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    unread: str = ""

    def get(self, key: str, default: str = "") -> str:
        """Return the value of `key`, the last one if it is given twice."""
        return dict(self.pairs).get(key, default)


@lru_cache(maxsize=1024)  # a book has few different ones
def parse_attributes(info: str) -> Attributes:
    """Read what stands behind a fence: a word that names a class, `{…}`, or both."""
    word, brace, rest = info.strip().partition("{")
    word = word.rstrip()
    if not word and not brace:
        return Attributes()
    if not brace:
        first, *more = word.split(maxsplit=1)
        unread = word if "}" in word else "".join(more)
        return Attributes(classes=(first,), unread=unread)
    if not word and re.fullmatch(r"=[\w-]+\}", rest):
        return Attributes()  # raw text for one format: `{=html}`
    inside, closing, behind = rest.rpartition("}")
    if not closing:
        inside, behind = rest, f"{{{rest}"
    found = _parse_braces(inside)
    unread = found.unread or behind.strip()
    if any(letter.isspace() for letter in word):
        unread = word
    classes = (word, *found.classes) if word else found.classes
    return Attributes(found.identifier, classes, found.pairs, unread)


def _parse_braces(text: str) -> Attributes:
    identifier, classes, pairs, unread = "", [], [], ""
    at = _end(_BLANKS, text, 0)
    while at < len(text):
        found = _ATTRIBUTE.match(text, at)
        if found is None:
            end = _end(_WORD, text, at)
            # What was meant for a class is taken for it all the same: the slip is reported.
            classes += re.findall(r"^\.([\w-]+)", text[at:end])
            unread = unread or text[:end].rsplit(maxsplit=1)[-1]
            at = _end(_BLANKS, text, end)
            continue
        at = _end(_BLANKS, text, found.end())
        if found["id"]:
            identifier = found["id"]
        elif found["class"] or found["unnumbered"]:
            classes.append(found["class"] or "unnumbered")
        else:
            quoted = found["double"] if found["double"] is not None else found["single"]
            value = found["bare"] if quoted is None else _ESCAPE.sub(r"\1", quoted)
            pairs.append((found["key"], value))
    return Attributes(identifier, tuple(classes), tuple(pairs), unread)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
