"""A document's blocks as they are in an EPUB for one framework.

All pages become one text, so that each place has a name that the whole book knows it by.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import unquote

from polybook.document import Document
from polybook.document.ast import (
    Element,
    Elements,
    attr,
    attributes_of,
    classes_of,
    code_block,
    div,
    link,
    lists_in,
    pairs_of,
    paragraph,
    replace_inlines,
    text,
    walk,
)
from polybook.document.cells import ANCHOR, CELL_CLASS, OUTPUT, TAB_GROUP, has_cells
from polybook.document.numbering import FIGURE, NUMBER, TABLE
from polybook.document.only import page_for
from polybook.document.resources import FILE, PAGE, is_web, split_target
from polybook.document.volume import Part, is_bare
from polybook.html.formulas import set_formulas
from polybook.pdf.output import (
    SUFFIXES,
    Keep,
    description,
    kept_image,
    printable,
    printed_forms,
    text_of,
)
from polybook.words import words

#: The names that an EPUB answers to where something is for some formats only.
EPUB = frozenset({"epub"})

#: Keeps a file of the book that is shown; returns its name in the EPUB, empty if it is no image.
KeepFile = Callable[[str], str]

# What no name of a place may hold; the readers' programs are strict.
_UNSAFE = re.compile(r"[^\w.-]")


def place(page: str, anchor: str = "") -> str:
    """Return the name, in the whole book, of a place on a page."""
    return _UNSAFE.sub("_", f"p.{page}.{anchor}" if anchor else f"p.{page}")


class Body:
    """Makes the body of one page.

    Args:
        document: the page.
        part: its place in the book.
        tab: the framework that the EPUB is for.
        titles: the title of each tab of the book.
        keep: keeps the image of an output.
        keep_file: keeps an image of the book.

    """

    def __init__(
        self,
        document: Document,
        part: Part,
        tab: str,
        titles: Mapping[str, str],
        keep: Keep,
        keep_file: KeepFile,
    ) -> None:
        self._document = document
        self._words = words(document.language)
        self._text_words = document.text_words
        self._part = part
        self._tab = tab
        self._titles = titles
        self._keep = keep
        self._keep_file = keep_file
        self._page = document.page.name
        self._titled = False
        self._described = ""  # an image that the cell draws

    def blocks(self) -> Elements:
        """Return the blocks; those of the document are changed as well."""
        document = self._document
        blocks = page_for(document.blocks, EPUB)
        if self._part.front and is_bare(blocks):
            return []
        blocks = list(self._blocks(blocks))
        replace_inlines(blocks, _without_foreign)
        for element in list(walk(blocks)):
            self._show_number(element)
            self._name(element)
            self._lead(element)
        replace_inlines(blocks, set_formulas)
        blocks[1:1] = list(self._notices())
        if blocks and blocks[0]["t"] == "Header":
            blocks[0]["c"][1][0] = place(self._page)
        else:
            blocks[:0] = [div([], identifier=place(self._page))]
        if document.text_language != document.language:
            head, rest = (blocks[:1], blocks[1:]) if blocks[0]["t"] == "Header" else ([], blocks)
            for each in head:
                each["c"][1][2].append(["lang", document.text_language])
            return [*head, div(rest, lang=document.text_language)]
        return blocks

    def _notices(self) -> Iterator[Element]:
        """Say, below the page's title, what it lacks."""
        document = self._document
        said = []
        if document.text_language != document.language:
            said.append(self._words("This page is not translated yet."))
        if self._tab in document.stale_tabs:
            framework = self._titles.get(self._tab, self._tab)
            message = "The code on this page has no fresh outputs for: %(frameworks)s."
            said.append(self._words(message, frameworks=framework))
        for each in said:
            yield div([paragraph(text(each))], "remark", lang=document.language)

    def _blocks(self, blocks: Elements) -> Iterator[Element]:
        for block in blocks:
            classes = classes_of(block)
            if TAB_GROUP in classes:
                by_tab = {pairs_of(panel)["tab"]: panel["c"][1] for panel in block["c"][1]}
                yield from self._panel(by_tab)
            elif CELL_CLASS in classes and self._tab not in self._document.tabs:
                yield from self._panel({key: [block] for key in self._document.tabs})
            elif CELL_CLASS in classes:
                code = "".join(each["c"][1] for each in block["c"][1] if each["t"] == "CodeBlock")
                self._described = description(code, self._words)
                yield from self._inner(block)
            elif OUTPUT in classes:
                yield from self._output(block)
            elif "toc" in classes and self._part.front:
                continue  # the EPUB has one of its own
            elif block["t"] == "RawBlock" and block["c"][0] == "html":
                yield from (paragraph(text(line)) for line in text_of(block["c"][1]).splitlines())
            elif block["t"] == "Header":
                level, attributes, inlines = block["c"]
                below = self._part.depth + self._titled
                depth = max(self._part.depth + level - 1, below)
                self._titled = True
                yield {"t": "Header", "c": [depth, attributes, inlines]}
            else:
                yield from self._inner(block)

    def _inner(self, block: Element) -> Iterator[Element]:
        for inner in lists_in(block):
            inner[:] = list(self._blocks(inner))
        yield _in_place(block) if block["t"] in ("Figure", "Table") else block

    def _panel(self, by_tab: Mapping[str, Elements]) -> Iterator[Element]:
        """Yield what is for the framework; where there is no code for it, what there is."""
        if self._tab in by_tab:
            yield from self._blocks(by_tab[self._tab])
            return
        if not has_cells(by_tab.values()):
            return
        said = self._words(
            "Nothing here for %(framework)s. There is: %(others)s.",
            framework=self._titles.get(self._tab, self._tab),
            others=self._words.listed([self._titles.get(tab, tab) for tab in by_tab]),
        )
        yield div([paragraph(text(said))], "absent")

    def _output(self, output: Element) -> Iterator[Element]:
        for form in printed_forms(output):
            if shown := self._form(pairs_of(form), form["c"][1]):
                yield div([shown], "output", pairs_of(output)["kind"])
                return

    def _form(self, form: Mapping[str, str], content: str) -> Element | None:
        mime = form["mime"]
        if mime in SUFFIXES:
            name = kept_image(mime, content, self._keep)
            if not name:
                return None
            alternative = form.get("alt") or self._described
            sizes = {side: form[side] for side in ("width", "height") if side in form}
            image = {"t": "Image", "c": [attr(**sizes), [text(alternative)], [name, ""]]}
            return paragraph(image)
        if mime == "text/latex":
            formula = content.strip().strip("$").strip()
            return paragraph({"t": "Math", "c": [{"t": "DisplayMath"}, formula]})
        if mime == "text/html":
            content = text_of(content)
            if not content.strip():
                return None
        return code_block(printable(content, self._words))

    # ------------------------------------------------------------ names, links, numbers

    def _name(self, element: Element) -> None:
        """Give a place the name that the whole book knows it by."""
        attributes = attributes_of(element)
        if attributes is None:
            return
        pairs = dict(attributes[2])
        anchor = attributes[0] or pairs.get(ANCHOR, "")
        attributes[0] = place(self._page, anchor) if anchor else ""
        kept = ("width", "height", "alt", "lang", "dir", "start")
        attributes[2][:] = [pair for pair in attributes[2] if pair[0] in kept]

    def _lead(self, element: Element) -> None:
        match element:
            case {"t": "Link", "c": [_, _, target]}:
                if target[0].startswith(PAGE):
                    target[0] = f"#{place(*split_target(target[0]))}"
                elif target[0].startswith("#"):
                    target[0] = f"#{place(self._page, unquote(target[0][1:]))}"
                elif target[0].startswith(FILE):
                    target[0] = ""
            case {"t": "Image", "c": [_, inner, target]}:
                file = split_target(target[0])[0] if target[0].startswith(FILE) else ""
                if not inner and "alt" not in pairs_of(element):
                    inner.append(text((file or target[0]).rpartition("/")[2]))
                if file and not (name := self._keep_file(file)):
                    shown = inner or [text(pairs_of(element)["alt"])]
                    element |= {"t": "Span", "c": [attr(), shown]}
                elif file:
                    target[0] = name

    def _show_number(self, element: Element) -> None:
        """Put its number before a heading or a caption, or behind a formula."""
        if not (number := pairs_of(element).get(NUMBER)):
            return
        match element:
            case {"t": "Header", "c": [_, _, inlines]}:
                inlines[:0] = [_span(number), {"t": "Space"}]
            case {"t": "Figure" | "Table" as kind, "c": [_, [_, caption], *_]}:
                head = self._text_words.caption(FIGURE if kind == "Figure" else TABLE, number)
                if caption:
                    caption[0]["c"][:0] = [_span(head), {"t": "Space"}]
                else:
                    caption.append({"t": "Plain", "c": [_span(head)]})
            case {"t": "Span", "c": [_, inlines]}:
                inlines.append(_span(f"({number})"))


def without_lost_links(blocks: Elements) -> None:
    """Make words of links, in place, that lead to no place of the book, or to a file of it."""
    known = {found[0] for each in walk(blocks) if (found := attributes_of(each)) and found[0]}

    def change(inlines: Elements) -> Elements:
        return [new for each in inlines for new in (each["c"][1] if lost(each) else [each])]

    def lost(element: Element) -> bool:
        if element["t"] != "Link":
            return False
        target = element["c"][2][0]
        return not target or (target.startswith("#") and target[1:] not in known)

    replace_inlines(blocks, change)


def _without_foreign(inlines: Elements) -> Elements:
    """Leave out HTML; make a link of an image that is elsewhere, words of one that is nowhere."""
    result: Elements = []
    for each in inlines:
        match each:
            case {"t": "RawInline", "c": ["html", _]}:
                continue
            case {"t": "Image", "c": [_, inner, [target, _]]} if not target.startswith(FILE):
                shown = inner or [text(target)]
                result += [link(shown, target)] if is_web(target) else shown
            case _:
                result.append(each)
    return result


def _in_place(block: Element) -> Element:
    """Give a figure's or a table's identifier to a division around it.

    pandoc leads links from one file of an EPUB to another for those alone.
    """
    attributes = block["c"][0]
    identifier = attributes[0] or pairs_of(block).get(ANCHOR, "")
    attributes[0] = ""
    attributes[2][:] = [pair for pair in attributes[2] if pair[0] != ANCHOR]
    return div([block], identifier=identifier) if identifier else block


def _span(content: str) -> Element:
    return {"t": "Span", "c": [attr("", ["number"]), [text(content)]]}
