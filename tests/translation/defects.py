"""Defects that translations have, planted into a page: what `polybook check` must find."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

#: Plants a defect into a page's text; None where the page has no place for it.
Plant = Callable[[str], "Planted | None"]


@dataclass(frozen=True)
class Planted:
    """A text with a defect, and the line at which it is to be found."""

    text: str
    line: int


@dataclass(frozen=True)
class Defect:
    """A kind of defect, the rule that must find it, and whether the reference can have it."""

    rule: str
    name: str
    plant: Plant
    anywhere: bool = False


def _replace(pattern: str, new: str | Callable[[re.Match[str]], str], nth: int = 0) -> Plant:
    """Replace the nth place that a pattern matches, or the last one if there are fewer."""

    def plant(text: str) -> Planted | None:
        found = list(re.finditer(pattern, text, re.MULTILINE | re.DOTALL))
        if not found:
            return None
        place = found[min(nth, len(found) - 1)]
        changed = text[: place.start()] + place.expand(new if isinstance(new, str) else new(place))
        return Planted(changed + text[place.end() :], text.count("\n", 0, place.start()) + 1)

    return plant


def _prose(pattern: str, new: str, nth: int = 0) -> Plant:
    """Replace within prose: a paragraph that is neither code nor a mark of its own."""

    def plant(text: str) -> Planted | None:
        at, seen, inside = 0, 0, False
        for line in text.splitlines(keepends=True):
            inside ^= line.startswith("```")
            found = re.search(pattern, line)
            if not inside and not line.startswith((":", "```", "%", "|", "#")) and found:
                if seen == nth:
                    start = at + found.start()
                    changed = text[:start] + found.expand(new) + text[at + found.end() :]
                    return Planted(changed, text.count("\n", 0, start) + 1)
                seen += 1
            at += len(line)
        return None

    return plant


_CELL = r"^```\{\.python \.input\}\n%%tab (?!all)[^\n]*\n.*?^```\n\n"
_ITEM = r"^(?:\*|1\.) [^\n]*\n"
_TAB_TEXT = r"^:begin_tab:[^\n]*\n.*?^:end_tab:\n"

DEFECTS = (
    # what the code says
    Defect("code", "a number in code", _replace(r"(?<=\(|\[)(\d+)(?=[\])])", r"9\1", 3)),
    Defect("code", "a name in code", _replace(r"^(import \w+)$", r"\1 as other", 1)),
    Defect("code", "a cell lost", _replace(_CELL, "", 6)),
    Defect("code", "a cell twice", _replace(_CELL, lambda cell: cell[0] * 2, 9)),
    Defect("code", "a cell of another tab", _replace(r"^%%tab pytorch$", "%%tab jax", 2)),
    Defect("code", "a line in a cell", _replace(r"^(%%tab all\n)", r"\1print(1)\n")),
    # the outline
    Defect("structure", "a heading of another level", _replace(r"^## ", "### ", 1)),
    Defect("structure", "a heading lost", _replace(r"^## [^\n]*\n", "", 2)),
    Defect("structure", "a label lost", _replace(r"^:label:`sec_[^\n]*\n", "", 2)),
    Defect("structure", "a label renamed", _replace(r"^:label:`sec_", ":label:`sek_", 1)),
    Defect("structure", "an item lost", _replace(_ITEM, "", 2)),
    Defect("structure", "an item twice", _replace(_ITEM, lambda item: item[0] * 2, 1)),
    Defect("structure", "a slide mark lost", _replace(r"\[\*\*(.*?)\*\*\]", r"\1", 2)),
    Defect("structure", "another slide mark", _replace(r"\[\*\*(.*?)\*\*\]", r"(**\1**)", 1)),
    Defect("structure", "a text for a tab lost", _replace(_TAB_TEXT, "", 1)),
    Defect("structure", "a text for another tab", _replace(r"(:begin_tab:)`pyt\w+", r"\1`jax", 0)),
    Defect("structure", "a paragraph lost", _replace(r"(?<=\n```\n\n)\w[^\n]*\n\n(?=```)", "", 1)),
    Defect("structure", "a display formula lost", _replace(r"^\$\$.*?\$\$.*?\n", "")),
    Defect("structure", "another table of contents", _replace(r"^tensors$", "others")),
    # what a paragraph holds
    Defect("numbers", "another number", _prose(r"(?<![\w`$.])(\d{2,})(?![\w`])", r"7\1", 1)),
    Defect("numbers", "other code", _prose(r"(?<!:)`([a-z_.]+)`", r"`\1_`", 4)),
    Defect("numbers", "code as plain text", _prose(r"`(\w+(?:\.\w+)+)`", r"\1", 2)),
    Defect("numbers", "another formula", _replace(r"\$([a-z])\$", r"$\1_0$")),
    Defect("numbers", "another display formula", _replace(r"^\$\$(.*?)\$\$", r"$$\1 + 1$$")),
    # marks
    Defect("marks", "blanks in a mark", _replace(r"\[\*\*(.*?)\*\*\]", r"[** \1 **]", 1), True),
    Defect("marks", "a mark never closed", _replace(r"\*\*\]", "", 1), True),
    Defect("marks", "a mark never opened", _replace(r"\(\*\*", "", 0), True),
    Defect("marks", "half a heading", _replace(r"^## ", "## [", 2), True),
    Defect("marks", "a tab text never closed", _replace(r"^:end_tab:\n", "", 1), True),
    Defect("marks", "two ends", _replace(r"([.。])\*\*\]", r"\1**]\1", 1), True),
    Defect("marks", "a role without ticks", _prose(r":numref:`(\w+)`", r":numref: \1", 0), True),
    Defect(
        "marks",
        "a mark from mid-sentence",
        _replace(r"^(\w{2,}[\w ,]{4,}?)(\w+\.) ", r"\1[**\2**] ", 1),
        True,
    ),
    # tabs
    Defect("tabs", "a cell for no tab", _replace(r"^%%tab pytorch$", "%%tab pytroch", 1), True),
    Defect("tabs", "a text for no tab", _replace(r"(:begin_tab:)`pyt\w+", r"\1`torch", 0), True),
    # what leads nowhere
    Defect("references", "no such label", _replace(r":numref:`\w+", ":numref:`sec_none", 1), True),
    Defect("references", "no such formula", _replace(r":eqref:`\w+", ":eqref:`eq_none", 0), True),
    Defect("references", "no such page", _prose(r"(\w{5,})", r"[\1](none.md)", 3), True),
    Defect(
        "references", "no such image", _replace(r"^(## )", r"![x](../img/none.svg)\n\n\1"), True
    ),
    # HTML
    Defect("html", "a tag", _prose(r"(\w{5,}) ", r"\1<br> ", 4), True),
    Defect("html", "a block", _replace(r"^(## )", r"<div>x</div>\n\n\1", 1), True),
    # text in another language
    Defect(
        "language",
        "a sentence in English",
        _prose(
            r"(?<=[.。])\n", r" Both of them give the very same numbers, so nothing was lost.\n", 3
        ),
        True,
    ),
    Defect(
        "language",
        "a paragraph of the reference",
        _replace(
            r"^(## )", r"İkisi de aynı sayıları verir, demek ki hiçbir şey kaybolmamış.\n\n\1", 2
        ),
    ),
    Defect(
        "language",
        "a paragraph in English",
        _replace(
            r"^(## )", r"Both of them give the very same numbers, so nothing was lost.\n\n\1", 1
        ),
        True,
    ),
    Defect(
        "language",
        "a heading in English",
        _replace(r"^## [^\n]*", "## What the file holds", 3),
        True,
    ),
    # silence
    Defect("silence", "no reason", _replace(r"^(## )", r"<!-- check: html -->\n\n\1", 1), True),
)


def planted(texts: Mapping[str, str], reference: str) -> Iterator[tuple[Defect, str, Planted]]:
    """Yield each defect planted into the page of each language that can have it."""
    for defect in DEFECTS:
        for language, text in texts.items():
            if (language != reference or defect.anywhere) and (found := defect.plant(text)):
                yield defect, language, found
