"""A document's blocks as pandoc is to write them: tab groups, outputs, numbers, addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from html import escape
from urllib.parse import quote

from polybook.document import Document
from polybook.document.ast import (
    Element,
    Elements,
    attr,
    attributes_of,
    classes_of,
    div,
    lists_in,
    pairs_of,
    replace_inlines,
    text,
    walk,
)
from polybook.document.cells import CELL_CLASS, OUTPUT, TAB_GROUP
from polybook.document.numbering import FIGURE, NUMBER, TABLE
from polybook.document.only import HTML, for_format
from polybook.document.resources import change_addresses
from polybook.document.structure import EQUATION
from polybook.html.code import python_code
from polybook.html.formulas import set_formulas
from polybook.html.output import Keep, raw, render_output
from polybook.words import words

#: The identifier of the words for a link to a section, which every page has once.
PERMALINK = "_permalink"

# What is wider with each of its parts, and would jump if it were shown before it ends with this.
_GROWING, _WHOLE = "growing", "<wbr>"

#: Gives the address of a link's or an image's target, from the page at hand.
Address = Callable[[str], str]


class Body:
    """Makes the body of one page.

    Args:
        document: the page.
        titles: the title of each tab that the site shows.
        address: gives addresses from this page.
        keep: keeps the image of an output.

    """

    def __init__(
        self, document: Document, titles: Mapping[str, str], address: Address, keep: Keep
    ) -> None:
        self._document = document
        self._title_anchors = {each.anchor: each.title_anchor for each in document.headings}
        # What is said to the reader is in their language, what belongs to the text in the text's.
        self._words = words(document.language)
        self._text_words = document.text_words
        self._titles = titles
        self._address = address
        self._keep = keep

    def blocks(self) -> Elements:
        """Return the blocks; those of the document are changed as well."""
        blocks = for_format(self._document.blocks, HTML)
        for element in list(walk(blocks)):
            self._show_number(element)
            if element["t"] == "Span" and EQUATION in classes_of(element):
                element["c"][0][1].append(_GROWING)
                element["c"][1].append({"t": "RawInline", "c": ["html", _WHOLE]})
            if element["t"] == "Image" and not element["c"][1] and "alt" not in pairs_of(element):
                element["c"][0][2].append(["alt", ""])
            if element["t"] == "Table":
                # Browsers know better, and every screen is another.
                for column in element["c"][2]:
                    column[1] = {"t": "ColWidthDefault"}
        change_addresses(blocks, self._address)
        replace_inlines(blocks, set_formulas)
        return list(self._blocks(blocks))

    def _blocks(self, blocks: Elements) -> Iterator[Element]:
        for block in blocks:
            classes = classes_of(block)
            if TAB_GROUP in classes:
                yield from self._tab_group(block["c"][1])
            elif CELL_CLASS in classes:
                yield div(list(self._blocks(block["c"][1])), "cell")
            elif OUTPUT in classes:
                yield from render_output(block, self._keep, self._words)
            elif block["t"] == "Header":
                yield from self._heading(block)
            elif block["t"] == "Table":
                yield div([block, raw(_WHOLE)], "table", _GROWING)
            elif code := python_code(block):
                yield code
            else:
                for inner in lists_in(block):
                    inner[:] = list(self._blocks(inner))
                yield block

    def _heading(self, heading: Element) -> Iterator[Element]:
        """Put a link to a heading beside it, not into it: it is no part of its words.

        Its sign is the style sheet's, so that it is none of the text where there is no style.
        The frame is raw HTML: of a division that begins with a heading, pandoc makes a section.
        """
        anchor = heading["c"][1][0]
        if not anchor:
            yield heading
            return
        attributes = attr("", ["permalink"], aria_labelledby=f"{PERMALINK} {anchor}")
        permalink = {"t": "Link", "c": [attributes, [], [f"#{quote(anchor)}", ""]]}
        title = self._title_anchors.get(anchor)
        identifier = f' id="{escape(title)}"' if title else ""
        yield raw(f'<div class="heading"{identifier}>')
        yield heading
        yield {"t": "Plain", "c": [permalink]}
        yield raw("</div>")

    # ------------------------------------------------------------ tab groups

    def _tab_group(self, panels: Elements) -> Iterator[Element]:
        """Write a group that reads well without scripts: each panel under its framework's name.

        Which tab is whose, `tabs.js` says: without it there is nothing to choose.
        """
        tabs = [pairs_of(panel)["tab"] for panel in panels]
        buttons = "".join(
            f'<button role="tab" data-tab="{tab}">{escape(self._titles[tab])}</button>'
            for tab in tabs
        )
        label = escape(self._words("Framework"))
        tab_list = f'<div class="tab-list" role="tablist" aria-label="{label}">{buttons}</div>'
        yield raw(f'<div class="tab-group">{tab_list}')
        yield from self._absent(tabs)
        for tab, panel in zip(tabs, panels, strict=True):
            name = escape(self._titles[tab])
            yield raw(f'<div class="tab-panel" data-tab="{tab}"><p class="tab-name">{name}</p>')
            yield from self._blocks(panel["c"][1])
            yield raw("</div>")
        yield raw("</div>")

    def _absent(self, tabs: list[str]) -> Iterator[Element]:
        """Say, for each framework of the book that a group lacks, that it does."""
        present = self._words.listed([self._titles[tab] for tab in tabs])
        language = self._document.language
        spoken = "" if language == self._document.text_language else f' lang="{language}"'
        for tab, title in self._titles.items():
            if tab not in tabs:
                said = self._words(
                    "Nothing here for %(framework)s. There is: %(others)s.",
                    framework=title,
                    others=present,
                )
                yield raw(
                    f'<p class="tab-absent" data-tab="{tab}"{spoken} hidden>{escape(said)}</p>'
                )

    # ------------------------------------------------------------ numbers

    def _show_number(self, element: Element) -> None:
        """Put its number before a heading or a caption, or behind a formula."""
        attributes = attributes_of(element)
        if not attributes or not (number := dict(attributes[2]).get(NUMBER)):
            return
        attributes[2][:] = [pair for pair in attributes[2] if pair[0] != NUMBER]
        match element:
            case {"t": "Header", "c": [_, _, inlines]}:
                inlines[:0] = [_number_span(number), {"t": "Space"}]
            case {"t": "Figure" | "Table" as kind, "c": [_, [_, caption], *_]}:
                head = self._text_words.caption(FIGURE if kind == "Figure" else TABLE, number)
                if caption:
                    caption[0]["c"][:0] = [_number_span(head), {"t": "Space"}]
                else:
                    caption.append({"t": "Plain", "c": [_number_span(head)]})
            case {"t": "Span", "c": [_, inlines]}:
                inlines.append(_number_span(f"({number})"))


def _number_span(content: str) -> Element:
    return {"t": "Span", "c": [attr("", ["number"]), [text(content)]]}
