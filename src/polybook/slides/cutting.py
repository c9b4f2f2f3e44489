"""A page's blocks cut into slides: what its slide marks choose, and its code cells.

Before pandoc reads a page, signs are put in the places of its marks (`signed_page`); they come out
again among the words of its blocks, wherever in lists and quotations these stand, and `cut` finds
them there. So what is on a slide has the numbers, references and citations of the page.
"""

from __future__ import annotations

import json
import re
from typing import Any

from polybook.dialect import PageText, Prose, TabText, parse_page
from polybook.dialect.slides import find_slide_marks
from polybook.document.ast import Element, Elements, attr, classes_of, text
from polybook.document.cells import CELL_CLASS

#: Stand for the halves of marks. No text holds them: they are in no font.
BEGINS, GOES_ON, ENDS = "\ue011", "\ue012", "\ue013"
_SIGNS = re.compile(f"[{BEGINS}{GOES_ON}{ENDS}]")

#: What must begin a line to be what it is.
_BLOCK = re.compile(r"[ \t]*(?:\n|[-*+|>][ \t]|\d+[.)][ \t]|\#{1,6}[ \t]|\|)")

_TEXTS = frozenset({"Para", "Plain"})
#: Blocks of which a slide may have a part.
_DIVISIBLE = frozenset(
    {"Para", "Plain", "Header", "BulletList", "OrderedList", "BlockQuote", "Div"}
)
_BLANK = frozenset({"Space", "SoftBreak", "LineBreak"})
_NESTED = frozenset(
    {"Emph", "Strong", "Strikeout", "Superscript", "Subscript", "SmallCaps", "Underline"}
)
_NESTED_BEHIND = frozenset({"Span", "Link", "Quoted", "Cite"})
_TRAILING = " ,.:;，。：；、"


def has_marks(page: PageText) -> bool:
    """Tell whether there is anything on a page for slides."""
    return any(find_slide_marks(block.text)[0] for block in page.blocks if _is_text(block))


def signed_page(page: PageText) -> PageText:
    """Return a page with signs in the places of its slide marks."""
    if not has_marks(page):
        return page
    parts = [
        block.opening + _signed(block.content) + block.closing
        if isinstance(block, TabText)
        else _signed(block.text)
        if isinstance(block, Prose)
        else block.text
        for block in page.blocks
    ]
    return parse_page(page.bom + "".join(parts))


def _is_text(block: object) -> bool:
    return isinstance(block, Prose | TabText)


def _signed(prose: str) -> str:
    parts = []
    at = 0
    for mark in find_slide_marks(prose)[0]:
        if mark.start < at:
            continue  # it lies in another one
        inner = without_signs(_unmarked(mark.text))
        apart = _BLOCK.match(inner) is not None
        sign = BEGINS if mark.begins_slide else GOES_ON
        gap = "\n\n" if apart else ""
        parts += [prose[at : mark.start], sign, gap, inner, gap, ENDS]
        at = mark.end
    return "".join([*parts, prose[at:]])


def _unmarked(prose: str) -> str:
    """Return the text of a mark without the marks that lie in it."""
    marks = find_slide_marks(prose)[0]
    halves = [each for mark in marks for each in (mark.start, mark.end - 3)]
    for start in sorted(halves, reverse=True):
        prose = prose[:start] + prose[start + 3 :]
    return prose


def without_signs(text: str) -> str:
    """Return a text without the signs in it."""
    return _SIGNS.sub("", text)


def cut(blocks: Elements, language: str) -> list[Elements]:
    """Return the slides of a page, each a list of blocks; the first begins with its title.

    Args:
        blocks: the blocks of the page for one tab; they stay as they are.
        language: the language of the text.

    """
    cutter = _Cutter()
    for block in blocks:
        cutter.add(block)
    for slide in cutter.slides:
        for block in slide:
            if block["t"] in _TEXTS:
                block["c"] = _as_sentence(block["c"], language)
    return [slide for slide in cutter.slides if slide]


class _Cutter:
    """Takes the blocks of a page in their order, and knows which marks are open."""

    def __init__(self) -> None:
        self.slides: list[Elements] = [[]]
        self._kinds: list[str] = []  # the sign that each mark begins with
        self._depth = 0

    def add(self, block: Element) -> None:
        """Put what is chosen of a block on the last slide, or on new ones."""
        if CELL_CLASS in classes_of(block):
            self.slides[-1].append(block)
        elif block["t"] == "Header" and block["c"][0] == 1 and self.slides == [[]]:
            self.slides[-1].append(_without_signs(block))
        else:
            self._add_chosen(block)

    def _add_chosen(self, block: Element) -> None:
        known, opened = len(self._kinds), self._depth
        for sign in _SIGNS.findall(json.dumps(block, ensure_ascii=False)):
            if sign != ENDS and self._depth == 0:
                self._kinds.append(sign)
            self._depth = max(self._depth + (-1 if sign == ENDS else 1), 0)
        numbers = range(known - (opened > 0), len(self._kinds))
        last: Element | None = None  # the text of this block on the last slide
        for number in numbers if block["t"] in _DIVISIBLE else numbers[:1]:
            if number >= known and self._kinds[number] == BEGINS:
                self.slides.append([])
                last = None
            shown = _Selection(number, known, opened).block(block)
            if shown and last and shown["t"] in _TEXTS:
                last["c"] += [{"t": "SoftBreak"}, *shown["c"]]
            elif shown:
                _add(self.slides[-1], shown)
                last = shown


def _add(slide: Elements, block: Element) -> None:
    """Add a block to a slide; what is chosen of the items of a list is one list."""
    if slide and slide[-1]["t"] == block["t"] == "BulletList":
        slide[-1]["c"] += block["c"]
    else:
        slide.append(block)


def _without_signs(tree: Any) -> Any:
    """Return a copy of an element without the signs in it."""
    return json.loads(without_signs(json.dumps(tree, ensure_ascii=False)))


class _Selection:
    """Selects what one mark holds.

    Args:
        wanted: the number of the mark.
        begun: how many marks have begun before.
        depth: how many of them are open.

    """

    def __init__(self, wanted: int, begun: int, depth: int) -> None:
        self._wanted = wanted
        self._begun = begun
        self._depth = depth

    @property
    def _on(self) -> bool:
        return self._depth > 0 and self._begun - 1 == self._wanted

    def _pass(self, sign: str) -> None:
        if sign == ENDS:
            self._depth = max(self._depth - 1, 0)
            return
        self._begun += self._depth == 0
        self._depth += 1

    def block(self, block: Element) -> Element | None:
        """Return what the mark holds of a block; None if that is nothing."""
        kept: list[Any]
        content: Any
        match block:
            case {"t": "Para" | "Plain", "c": inlines}:
                content = kept = self._inlines(inlines)
            case {"t": "Header", "c": [level, _, inlines]}:
                content = [level, attr(), kept := self._inlines(inlines)]
            case {"t": "BulletList", "c": items}:
                content = kept = list(filter(None, map(self._blocks, items)))
            case {"t": "OrderedList", "c": [form, items]}:
                content = [form, kept := list(filter(None, map(self._blocks, items)))]
            case {"t": "BlockQuote", "c": inner}:
                content = kept = self._blocks(inner)
            case {"t": "Div", "c": [attributes, inner]}:
                content = [attributes, kept := self._blocks(inner)]
            case _:
                return self._whole(block)
        return {"t": block["t"], "c": content} if kept else None

    def _blocks(self, blocks: Elements) -> Elements:
        return list(filter(None, map(self.block, blocks)))

    def _whole(self, element: Element) -> Element | None:
        """Return an element that is not divided if the mark holds anything of it."""
        shown = self._on
        for sign in _SIGNS.findall(json.dumps(element, ensure_ascii=False)):
            self._pass(sign)
            shown |= self._on
        return _without_signs(element) if shown else None

    def _inlines(self, inlines: Elements) -> Elements:
        kept: Elements = []
        for each in inlines:
            match each:
                case {"t": "Str", "c": content}:
                    for part in re.split(f"({_SIGNS.pattern})", content):
                        if _SIGNS.fullmatch(part):
                            self._pass(part)
                        elif part and self._on:
                            kept.append(text(part))
                case {"t": kind, "c": inner} if kind in _NESTED:
                    if within := self._inlines(inner):
                        kept.append({"t": kind, "c": within})
                case {"t": kind, "c": [head, inner, *rest]} if kind in _NESTED_BEHIND:
                    if within := self._inlines(inner):
                        kept.append({"t": kind, "c": [head, within, *rest]})
                case _ if self._on:
                    kept.append(_without_signs(each))
        while kept and kept[0]["t"] in _BLANK:
            del kept[0]
        while kept and kept[-1]["t"] in _BLANK:
            del kept[-1]
        return kept


def _as_sentence(inlines: Elements, language: str) -> Elements:
    """Begin a text with a capital, and end it without the mark that led on to what follows."""
    *others, last = inlines
    if last["t"] == "Str" and (ended := last["c"].rstrip(_TRAILING)):
        others.append(text(ended))
    elif last["t"] != "Str" or not others:
        others.append(last)
    if others[0]["t"] == "Str":
        others[0] = text(_capital(others[0]["c"], language))
    return others


def _capital(word: str, language: str) -> str:
    dotted = language.partition("-")[0] in ("tr", "az") and word[0] == "i"
    first = "İ" if dotted else word[0].upper()
    return first + word[1:] if len(first) == 1 else word
