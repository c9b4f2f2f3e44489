"""A document's blocks as pandoc is to write them: tab groups, outputs, numbers, addresses."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from html import escape
from typing import Any

from polybook.document import Document
from polybook.document.ast import (
    Element,
    Elements,
    attr,
    classes_of,
    div,
    pairs_of,
    replace_inlines,
    text,
    walk,
)
from polybook.document.cells import OUTPUT, TAB_GROUP
from polybook.document.numbering import FIGURE, TABLE
from polybook.html.output import Keep, render_output
from polybook.words import Words

#: Gives the address of a link's or an image's target, from the page at hand.
Address = Callable[[str], str]


class Body:
    """Makes the body of one page.

    Args:
        document: the page.
        words: the words of its language.
        titles: the title of each tab.
        address: gives addresses from this page.
        keep: keeps the image of an output.
        page_number: the page's number, which those of its figures begin with.

    """

    def __init__(
        self,
        document: Document,
        words: Words,
        titles: dict[str, str],
        address: Address,
        keep: Keep,
        page_number: str,
    ) -> None:
        self._document = document
        self._words = words
        self._titles = titles
        self._address = address
        self._keep = keep
        self._page_number = page_number
        self._groups = itertools.count(1)

    def blocks(self) -> Elements:
        """Return the blocks; those of the document are changed as well."""
        blocks = self._document.blocks
        self._number(blocks)
        for element in walk(blocks):
            if element["t"] in ("Link", "Image"):
                target = element["c"][2]
                target[0] = self._address(target[0])
        return list(self._blocks(blocks))

    def _blocks(self, blocks: Elements) -> Iterator[Element]:
        for block in blocks:
            classes = classes_of(block)
            if TAB_GROUP in classes:
                yield from self._tab_group(block["c"][1])
            elif OUTPUT in classes:
                yield from render_output(block, self._keep, self._words)
            elif block["t"] == "Table":
                yield div([block], "table")
            elif block["t"] in ("Div", "BlockQuote"):
                inner = block["c"][1] if block["t"] == "Div" else block["c"]
                inner[:] = list(self._blocks(inner))
                yield block
            else:
                yield block

    def _tab_group(self, panels: Elements) -> Iterator[Element]:
        """Write a group that reads well without scripts: each panel under its framework's name."""
        group = f"tabs-{next(self._groups)}"
        tabs = [pairs_of(panel)["tab"] for panel in panels]
        buttons = "".join(
            f'<button type="button" role="tab" id="{group}-{tab}-tab" aria-controls="{group}-{tab}"'
            f' data-tab="{tab}">{escape(self._titles[tab])}</button>'
            for tab in tabs
        )
        label = escape(self._words("Framework"))
        tab_list = f'<div class="tab-list" role="tablist" aria-label="{label}">{buttons}</div>'
        yield _html(f'<div class="tab-group">{tab_list}')
        yield from self._absent(tabs)
        for tab, panel in zip(tabs, panels, strict=True):
            name = escape(self._titles[tab])
            yield _html(
                f'<div class="tab-panel" role="tabpanel" id="{group}-{tab}" data-tab="{tab}"'
                f' aria-labelledby="{group}-{tab}-tab"><p class="tab-name">{name}</p>'
            )
            yield from self._blocks(panel["c"][1])
            yield _html("</div>")
        yield _html("</div>")

    def _absent(self, tabs: list[str]) -> Iterator[Element]:
        """Say, for each framework of the book that a group lacks, that it does."""
        present = ", ".join(self._titles[tab] for tab in tabs)
        for tab, title in self._titles.items():
            if tab not in tabs:
                said = self._words(
                    "Nothing here for %(framework)s. There is: %(others)s.",
                    framework=title,
                    others=present,
                )
                yield _html(f'<p class="tab-absent" data-tab="{tab}">{escape(said)}</p>')

    def _number(self, blocks: Elements) -> None:
        """Put numbers before headings and captions and behind formulas."""
        numbers = {heading.anchor: heading.number for heading in self._document.headings}
        counts = {FIGURE: 0, TABLE: 0, "equation": 0}

        def number(kind: str) -> str:
            counts[kind] += 1
            return ".".join(filter(None, [self._page_number, str(counts[kind])]))

        for element in list(walk(blocks)):
            match element:
                case {"t": "Header", "c": [_, [anchor, *_], inlines]} if numbers.get(anchor):
                    inlines[:0] = [_number_span(numbers[anchor]), {"t": "Space"}]
                case {"t": "Figure" | "Table" as kind, "c": [[label, *_], caption, *_]}:
                    if caption[1] or label:
                        kind = FIGURE if kind == "Figure" else TABLE
                        self._caption(caption[1], self._words.caption(kind, number(kind)))
        replace_inlines(blocks, lambda inlines: list(_equations(inlines, number)))

    @staticmethod
    def _caption(caption: Elements, head: str) -> None:
        if not caption:
            caption.append({"t": "Plain", "c": []})
        caption[0]["c"][:0] = [_number_span(head), {"t": "Space"}]


def _equations(inlines: Elements, number: Callable[[str], str]) -> Iterator[Element]:
    for element in inlines:
        match element:
            case {"t": "Span", "c": [[_, classes, _], content]} if "equation" in classes:
                shown = _number_span(f"({number('equation')})")
                yield {"t": "Span", "c": [element["c"][0], [*content, shown]]}
            case _:
                yield element


def _number_span(content: str) -> Element:
    return {"t": "Span", "c": [attr("", ["number"]), [text(content)]]}


def _html(content: str) -> Element:
    raw: dict[str, Any] = {"t": "RawBlock", "c": ["html", content]}
    return raw
