"""Citations and the bibliography, set by pandoc's citeproc, for a whole book at once.

At once, because `2017a` on one page must be the `2017a` of the bibliography.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from polybook.document.ast import Element, Elements, walk
from polybook.document.pandoc import call_script

_SCRIPT = Path(__file__).with_name("citations.lua")


@dataclass(frozen=True, slots=True)
class Group:
    """Works that are cited together; `textual`: with authors in the sentence."""

    keys: tuple[str, ...]
    textual: bool = False


@dataclass(frozen=True)
class Citations:
    """How a book's citations read in one language.

    `known` are the keys of the bibliography file, `texts` the words of each group, with links to
    `#ref-KEY`, and `entries` the bibliography: the works that are cited, in order.
    """

    known: frozenset[str]
    texts: Mapping[Group, Elements]
    entries: Elements

    def text(self, group: Group, target: str | None) -> Elements:
        """Return the words of a group, linked to their entries below `target`, if it is given."""
        inlines: Elements = json.loads(json.dumps(self.texts[group]))
        for element in walk(inlines):
            if element["t"] == "Link" and target is not None:
                element["c"][2][0] = target + element["c"][2][0]
            elif element["t"] == "Link":
                element.update({"t": "Span", "c": element["c"][:2]})
        return inlines


NONE = Citations(frozenset(), {}, [])


def set_citations(bibliography: str, groups: Sequence[Group], language: str) -> bytes:
    """Set all citations of a book; return what `read_citations` reads.

    Args:
        bibliography: BibTeX.
        groups: every group that the book cites, in the order of reading.
        language: whose words (“and”, “et al.”) and quotation marks are used; BCP 47.

    Raises:
        PandocError: the bibliography cannot be read.

    """
    job = {
        "bibliography": bibliography,
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
    return Citations(frozenset(content["known"]), texts, entries)


def _inlines(paragraph: Element) -> Elements:
    inlines: Elements = paragraph["c"][0]["c"][1]
    return inlines
