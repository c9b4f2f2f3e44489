"""Citations and the bibliography, set by pandoc's citeproc, for a whole book at once.

At once, because `2017a` on one page must be the `2017a` of the bibliography.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from polybook.document.ast import Element, Elements, walk
from polybook.document.pandoc import call_script

_SCRIPT = Path(__file__).with_name("citations.lua")

# `year = {2023a}` is no date for citeproc, which finds the letters itself.
_LETTERED_YEAR = re.compile(r"(?im)^(?P<year>\s*year\s*=\s*[\"{]\s*\d{4})[a-z](?=\s*[\"}])")
# An entry begins on a line of its own; a `@string` and the like have no key.
_ENTRY = re.compile(r"(?m)^[ \t]*@\w+\s*[{(](?:\s*(?P<key>[^\s,{}()=]+)\s*,)?")


@dataclass(frozen=True, slots=True)
class Group:
    """Works that are cited together; `textual`: with authors in the sentence."""

    keys: tuple[str, ...]
    textual: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """An entry of a bibliography: its key, its BibTeX with what follows it, and its line."""

    key: str
    text: str
    line: int


@dataclass(frozen=True)
class Citations:
    """How a book's citations read in one language.

    `known` are the keys of the bibliography file, `texts` the words of each group, with links to
    `#ref-KEY`, and `entries` the bibliography: the works that are cited, in order. `broken` are the
    places, among the works, of those that cannot be read.
    """

    known: frozenset[str]
    broken: tuple[int, ...]
    texts: Mapping[Group, Elements]
    entries: Elements

    def text(self, group: Group, target: str | None) -> Elements:
        """Return the words of a group, linked to their entries below `target`, if it is given.

        A work that is not known has no entry.
        """
        inlines: Elements = json.loads(json.dumps(self.texts[group]))
        for element in walk(inlines):
            if element["t"] != "Link":
                continue
            entry = element["c"][2][0]
            if target is not None and unquote(entry.removeprefix("#ref-")) in self.known:
                element["c"][2][0] = target + entry
            else:
                element.update({"t": "Span", "c": element["c"][:2]})
        return inlines


NONE = Citations(frozenset(), (), {}, [])


def split_works(bibliography: str) -> list[Work]:
    """Split BibTeX into its works; the first piece is what stands before all of them."""
    found = [(each.start(), each["key"] or "") for each in _ENTRY.finditer(bibliography)]
    works, line = [], 1
    for (start, key), (end, _) in pairwise([(0, ""), *found, (len(bibliography), "")]):
        works.append(Work(key, bibliography[start:end], line))
        line += bibliography.count("\n", start, end)
    return works


def set_citations(works: Sequence[Work], groups: Sequence[Group], language: str) -> bytes:
    """Set all citations of a book; return what `read_citations` reads.

    Args:
        works: the bibliography.
        groups: every group that the book cites, in the order of reading.
        language: whose words (“and”, “et al.”) and quotation marks are used; BCP 47.

    Raises:
        PandocError: pandoc fails.

    """
    job = {
        "works": [_LETTERED_YEAR.sub(r"\g<year>", work.text) for work in works],
        "lang": language,
        "groups": [{"textual": group.textual, "keys": list(group.keys)} for group in groups],
    }
    return call_script(_SCRIPT, json.dumps(job).encode())


def read_citations(answer: bytes, groups: Sequence[Group]) -> Citations:
    """Read what `set_citations` returned for the same groups."""
    content = json.loads(answer)
    blocks: list[Any] = json.loads(content["document"])["blocks"]
    texts = {group: _inlines(block) for group, block in zip(groups, blocks, strict=False)}
    entries: Elements = blocks[len(groups)]["c"][1] if len(blocks) > len(groups) else []
    return Citations(frozenset(content["known"]), tuple(content["broken"]), texts, entries)


def _inlines(paragraph: Element) -> Elements:
    inlines: Elements = paragraph["c"][0]["c"][1]
    return inlines
