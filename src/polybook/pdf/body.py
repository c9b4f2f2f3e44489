"""A document's blocks as pandoc is to write them in Typst: calls of our template's functions.

What is for one framework stands between two comments, `//{tab NAME}` and `//{end}`, so that pandoc
writes a page once, whatever the number of frameworks; `segments` parts the text there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from urllib.parse import unquote

from polybook.cache import digest
from polybook.document import Document
from polybook.document.ast import (
    WORDS,
    Element,
    Elements,
    attr,
    attributes_of,
    classes_of,
    lists_in,
    pairs_of,
    paragraph,
    plain_text,
    text,
)
from polybook.document.cells import ANCHOR, CELL_CLASS, OUTPUT, TAB_GROUP, has_cells
from polybook.document.documented import SIGNATURE
from polybook.document.numbering import FIGURE, NUMBER, TABLE
from polybook.document.only import page_for
from polybook.document.resources import FILE, PAGE, is_web, split_target
from polybook.document.structure import EQUATION, NOTICE
from polybook.document.volume import is_bare
from polybook.pdf.output import SUFFIXES, Keep, printed_output, text_of
from polybook.pdf.source import around, block, blocks_around, inline, string
from polybook.pdf.typesetting import NO_BRACES
from polybook.words import words

#: The names that a PDF answers to where something is for some formats only.
PDF = frozenset({"pdf", "latex"})

#: Parts of a page's text: the tab that each is for, empty for all of them, and the text.
Segments = list[tuple[str, str]]

_TAB, _END = "//{tab %s}", "//{end}"
_MARKED = re.compile(r"^//\{tab (?P<tab>\S+)\}\n(?P<text>.*?)^//\{end\}$", re.DOTALL | re.MULTILINE)
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)(px|pt|cm|mm|in|em|%)?")
_SHORT = 6  # lines of code
_NARROW = "\u202f"  # the blank that French sets before ; ! and ?
_BLANKS = ("Space", "SoftBreak")


def segments(typst: str) -> Segments:
    """Part the text that pandoc wrote of a page."""
    parts: Segments = []
    end = 0
    for found in _MARKED.finditer(typst):
        parts += [("", typst[end : found.start()]), (found["tab"], found["text"])]
        end = found.end()
    return [*parts, ("", typst[end:])]


def label(page: str, anchor: str = "") -> str:
    """Return the name, in the whole book, of a place on a page."""
    return f"{page}#{anchor}"


class Body:
    """Makes the body of one page.

    After `blocks`, `labels` are the places that it has, each with the tab that it is for; `files`
    are the book's images that it shows, by the name that they are to have.

    Args:
        document: the page.
        titles: the title of each tab of the book.
        depth: how deep the page lies in the table of contents; 1 is a chapter.
        front: whether it is the root page.
        keep: keeps the image of an output.

    """

    def __init__(
        self, document: Document, titles: Mapping[str, str], depth: int, front: bool, keep: Keep
    ) -> None:
        self._document = document
        self._words = words(document.language)
        self._text_words = document.text_words
        self._titles = titles
        self._depth = depth
        self._front = front
        self._keep = keep
        self._language = document.text_language
        self._tab = ""
        self._level = depth - 1
        self._in_title = False
        self._alone = False
        self._lacking = bool(document.tabs) and set(titles) > set(document.tabs)
        self._noticed = False
        self._code = ""  # of the cell
        self.labels: list[tuple[str, str]] = []
        self.files: dict[str, str] = {}

    def blocks(self) -> Elements:
        """Return the blocks; those of the document are changed as well."""
        document = self._document
        blocks = page_for(document.blocks, PDF)
        body = [] if self._front and is_bare(blocks) else list(self._blocks(blocks))
        if document.text_language != document.language:
            body = blocks_around(f"#p.in-language({string(document.text_language)})", body)
        return [block(self._anchor("")), *body]

    def _anchor(self, identifier: str) -> str:
        """Return a place that links may lead to, and remember it."""
        name = label(self._document.page.name, identifier)
        self.labels.append((self._tab, name))
        return f"#p.anchor({string(name)});"

    def _place(self, element: Element) -> str:
        pairs = pairs_of(element)
        attributes = attributes_of(element)
        identifier = (attributes[0] if attributes else "") or pairs.get(ANCHOR, "")
        return self._anchor(identifier) if identifier else ""

    # ------------------------------------------------------------ blocks

    def _blocks(self, blocks: Elements) -> Iterator[Element]:
        for each in blocks:
            yield from self._block(each)

    def _block(self, element: Element) -> Iterator[Element]:  # noqa: PLR0912 (one case per kind)
        match element:
            case {"t": "Header", "c": [level, _, inlines]}:
                yield from self._heading(element, level, inlines)
            case {"t": "Div"}:
                yield from self._division(element)
            case {"t": "Figure", "c": [_, [_, caption], inner]}:
                self._alone = True
                shown = list(self._blocks(inner))
                self._alone = False
                yield from self._figure(element, FIGURE, caption, shown)
            case {"t": "Table", "c": [_, [_, caption], *_]}:
                yield from self._figure(element, TABLE, caption, [self._table(element)])
            case {"t": "CodeBlock", "c": [[_, classes, _], code]}:
                yield block(f"{self._place(element)}{_code(code, *classes[:1])}")
            case {"t": "Para" | "Plain" as kind, "c": inlines}:
                yield {"t": kind, "c": self._inlines(inlines)}
            case {"t": "LineBlock", "c": lines}:
                yield {"t": "LineBlock", "c": [self._inlines(line) for line in lines]}
            case {"t": "BlockQuote", "c": inner}:
                yield {"t": "BlockQuote", "c": list(self._blocks(inner))}
            case {"t": "BulletList", "c": items}:
                yield {"t": "BulletList", "c": [list(self._blocks(item)) for item in items]}
            case {"t": "OrderedList", "c": [style, items]}:
                yield {
                    "t": "OrderedList",
                    "c": [style, [list(self._blocks(item)) for item in items]],
                }
            case {"t": "DefinitionList", "c": entries}:
                yield {
                    "t": "DefinitionList",
                    "c": [
                        [self._inlines(term), [list(self._blocks(each)) for each in meanings]]
                        for term, meanings in entries
                    ],
                }
            case {"t": "HorizontalRule"}:
                yield block("#p.rule();")
            case {"t": "RawBlock", "c": ["html", html]}:
                yield from html_words(html)
            case _:
                yield element

    def _heading(self, heading: Element, level: int, inlines: Elements) -> Iterator[Element]:
        # Below the page's title is all that follows, as its numbers say. A level that is left out
        # leaves no gap: readers of tagged files rely on that.
        below = self._depth + 1 if self._noticed else self._depth
        level = min(max(self._depth + level - 1, below), self._level + 1)
        self._level = level
        number = pairs_of(heading).get(NUMBER, "")
        place = self._place(heading)
        self._in_title = True
        title = self._inlines(inlines)
        self._in_title = False
        named = ""
        if level == 1 and number:
            named = _capital(self._text_words.reference("chapter", number), self._language)
        kind = "front" if self._front else "chapter" if level == 1 else "section"
        said = f"{level}, {string(kind)}, {string(number)}, {string(named)}"
        call = f"#p.section({said}, {string(plain_text(inlines))})"
        yield block(place)
        yield {"t": "Plain", "c": around(call, title)}
        if not self._noticed:
            self._noticed = True
            yield from self._notices()

    def _notices(self) -> Iterator[Element]:
        """Say, below the page's title, what it lacks."""
        document = self._document
        if document.text_language != document.language:
            yield block(f"#p.remark({string(self._words('This page is not translated yet.'))});")
        for tab in document.stale_tabs:
            said = self._words(
                "The code on this page has no fresh outputs for: %(frameworks)s.",
                frameworks=self._titles.get(tab, tab),
            )
            yield from self._for_tab(tab, [block(f"#p.remark({string(said)});")])

    @staticmethod
    def _for_tab(tab: str, blocks: Elements) -> Elements:
        return [block(_TAB % tab), *blocks, block(_END)]

    def _division(self, division: Element) -> Iterator[Element]:
        classes, inner = classes_of(division), division["c"][1]
        if TAB_GROUP in classes:
            yield from self._tab_group({pairs_of(panel)["tab"]: panel["c"][1] for panel in inner})
            return
        if CELL_CLASS in classes and not self._tab and self._lacking:
            # Every tab of the page has this cell, and the page has not every tab.
            self._lacking = False
            yield from self._tab_group({key: [division] for key in self._document.tabs})
            self._lacking = True
            return
        if OUTPUT in classes:
            yield from self._typst(printed_output(division, self._code, self._keep, self._words))
            return
        if place := self._place(division):
            yield block(place)
        if CELL_CLASS in classes:
            self._code = "".join(each["c"][1] for each in inner[:1] if each["t"] == "CodeBlock")
            call = "#p.cell-with-output" if self._keeps_output(inner) else "#p.cell"
            yield from blocks_around(call, list(self._blocks(inner)))
        elif NOTICE in classes:
            yield from blocks_around("#p.notice", list(self._blocks(inner)))
        elif "toc" in classes:
            if not self._front:  # where the book's own contents have just been
                for each in lists_in(inner[0]):
                    each[1:] = []  # what a page has within it is in the book's own contents
                yield from blocks_around("#p.listed", list(self._blocks(inner)))
        elif "bibliography" in classes:
            for work in inner:
                yield from self._blocks([work]) if work["t"] != "Div" else self._work(work)
        else:
            yield from self._blocks(inner)

    def _keeps_output(self, inner: Elements) -> bool:
        """Tell whether a cell's output is to be on the page that its code ends on.

        A picture, which does not break, is so below short code only: pages would be half empty.
        """
        outputs = [each for each in inner if OUTPUT in classes_of(each)]
        if not outputs:
            return False
        pictured = any(pairs_of(form)["mime"] in SUFFIXES for form in outputs[0]["c"][1][:1])
        return not pictured or self._code.count("\n") < _SHORT

    def _typst(self, blocks: Elements) -> Iterator[Element]:
        for each in blocks:
            yield from [each] if each["t"] == "RawBlock" else self._block(each)

    def _work(self, work: Element) -> Iterator[Element]:
        yield block(self._place(work))
        yield from blocks_around("#p.work", list(self._blocks(work["c"][1])))

    def _tab_group(self, by_tab: Mapping[str, Elements]) -> Iterator[Element]:
        present = self._words.listed([self._titles.get(tab, tab) for tab in by_tab])
        coded = has_cells(by_tab.values())
        level = self._level
        for tab, title in self._titles.items():
            self._tab, self._level = tab, level
            if tab in by_tab:
                yield from self._for_tab(tab, list(self._blocks(by_tab[tab])))
            elif coded:  # which the text around speaks of
                said = self._words(
                    "Nothing here for %(framework)s. There is: %(others)s.",
                    framework=title,
                    others=present,
                )
                yield from self._for_tab(tab, [block(f"#p.absent({string(said)});")])
        self._tab, self._level = "", level

    def _figure(
        self, element: Element, kind: str, caption: Elements, inner: Elements
    ) -> Iterator[Element]:
        number = pairs_of(element).get(NUMBER, "")
        head = self._text_words.caption(kind, number) if number else ""
        if place := self._place(element):
            yield block(place)
        if not head and not caption:
            yield from blocks_around("#p.uncaptioned", inner)
            return
        words_of = plain_text([each["c"] for each in caption])
        call = f"#p.captioned({string(kind)}, {string(head)}, {string(words_of)})"
        yield block(f"{call}[")
        yield from self._blocks(caption)
        yield block("][")
        yield from inner
        yield block("];")

    def _table(self, table: Element) -> Element:
        """Return a table with the text of its cells changed; its caption stands outside of it."""
        _, _, columns, head, bodies, foot = table["c"]
        rows = [*head[1], *foot[1], *(row for body in bodies for part in body[2:] for row in part)]
        for _, cells in rows:
            for cell in cells:
                cell[4] = list(self._blocks(cell[4]))
        if all(width == columns[0][1] for _, width in columns):  # nobody has chosen them
            columns = [[alignment, {"t": "ColWidthDefault"}] for alignment, _ in columns]
        return {"t": "Table", "c": [attr(), [None, []], columns, head, bodies, foot]}

    # ------------------------------------------------------------ within a paragraph

    def _inlines(self, inlines: Elements) -> Elements:
        if self._language.startswith("fr"):
            inlines = list(french(inlines))
        result: Elements = []
        for each in inlines:
            if each["t"] in WORDS:  # which most are
                result.append(each)
            else:
                result += self._inline(each)
        return result

    def _inline(self, element: Element) -> Elements:  # noqa: PLR0911 (one case per kind)
        match element:
            case {"t": "Span", "c": [_, [formula]]} if EQUATION in classes_of(element):
                number = pairs_of(element).get(NUMBER, "")
                shown = f"({number})" if number else ""
                tex = formula["c"][1].strip()
                place = self._place(element)
                placed = [inline(place)] if place else []
                return [
                    *placed,
                    *around(f"#p.eq({string(shown)}, {string(tex)})", [_math(formula)]),
                ]
            case {"t": "Math", "c": [{"t": "DisplayMath"}, tex]}:
                return around(f'#p.eq("", {string(tex.strip())})', [_math(element)])
            case {"t": "Math", "c": [_, tex]}:
                return around(f"#p.m({string(' '.join(tex.split()))})", [_math(element)])
            case {"t": "Link", "c": [_, inner, [target, _]]}:
                return [*self._placed(element), *self._link(self._inlines(inner), inner, target)]
            case {"t": "Image", "c": [_, inner, [target, _]]}:
                return [*self._placed(element), *self._image(element, inner, target)]
            case {"t": "Note", "c": blocks}:
                self._in_title, before = True, self._in_title
                note = {"t": "Note", "c": list(self._blocks(blocks))}
                self._in_title = before
                return [note]
            case {"t": "Span", "c": [_, inner]}:
                shown_inlines = self._inlines(inner)
                if SIGNATURE in classes_of(element):
                    shown_inlines = around("#p.signature", shown_inlines)
                return [*self._placed(element), *shown_inlines]
            case {"t": "Code", "c": [_, code]}:
                return [*self._placed(element), inline(f"#p.c({string(code)});")]
            case {"t": "Quoted" | "Cite", "c": [kind, inner]}:
                return [{"t": element["t"], "c": [kind, self._inlines(inner)]}]
            case {"t": "RawInline", "c": ["html", _]}:
                return []
            case {"t": _, "c": [{"t": _}, *_] as inner}:
                return [{"t": element["t"], "c": self._inlines(inner)}]
        return [element]

    def _placed(self, element: Element) -> Elements:
        place = "" if self._in_title else self._place(element)
        return [inline(place)] if place else []

    def _link(self, shown: Elements, inner: Elements, target: str) -> Elements:
        if target.startswith(PAGE):
            return around(f"#p.to({string(label(*split_target(target)))})", shown)
        if target.startswith("#"):
            there = label(self._document.page.name, unquote(target[1:]))
            return around(f"#p.to({string(there)})", shown)
        if not is_web(target) and not target.startswith("mailto:"):
            return shown
        written = plain_text(inner).strip()
        bare = target.partition("://")[2].rstrip("/")
        silent = self._in_title or written.rstrip("/") in (target.rstrip("/"), bare)
        return around(f"#p.{'web' if silent else 'web-noted'}({string(target)})", shown)

    def _image(self, element: Element, inner: Elements, target: str) -> Elements:
        pairs = pairs_of(element)
        alternative = pairs.get("alt") or plain_text(inner)
        if not target.startswith(FILE):
            return self._link([text(alternative or target)], [], target)
        file = split_target(target)[0]
        name = f"{digest(file)[:16]}{PurePosixPath(file).suffix.lower()}"
        self.files[name] = file
        sizes = "".join(
            f", {side}: {length}"
            for side in ("width", "height")
            if (length := _length(pairs.get(side, "")))
        )
        alternative = alternative or PurePosixPath(file).name
        call = "picture" if self._alone else "small-picture"
        return [inline(f"#p.{call}({string(name)}, {string(alternative)}{sizes});")]


def html_words(html: str) -> Iterator[Element]:
    """Yield the words of an author's HTML, apart from the paragraphs around it."""
    yield block("#parbreak();")
    yield from (paragraph(text(line)) for line in text_of(html).splitlines())


def french(inlines: Elements) -> Iterator[Element]:
    """Yield inlines whose blanks before the punctuation of French let no line end there."""
    for place, element in enumerate(inlines):
        following = inlines[place + 1] if place + 1 < len(inlines) else None
        before = inlines[place - 1] if place else None
        if element["t"] in _BLANKS and following and following["t"] == "Str":
            mark = following["c"][:1]
            if mark in (";", "!", "?"):
                yield text(_NARROW)
                continue
            if mark in (":", "»"):
                yield text("\u00a0")
                continue
        if element["t"] in _BLANKS and before and before["t"] == "Str" and before["c"][-1:] == "«":
            yield text("\u00a0")
            continue
        yield element


def _capital(words: str, language: str) -> str:
    first = "İ" if language.startswith(("tr", "az")) and words[:1] == "i" else words[:1].upper()
    return first + words[1:]


def _math(formula: Element) -> Element:
    kind, tex = formula["c"]
    return {"t": "Math", "c": [kind, mended(tex)]}


# A norm's bars: pandoc makes the relation “parallel” of them, with its room on both sides.
_NORM = re.compile(r"\\\|")
# A name that is set as an operator: pandoc forgets that it is a name.
_OPERATOR = re.compile(r"\\mathop\s*\{\s*\\(?:textrm|mathrm|text)\s*\{(?P<name>[^{}]*)\}\s*\}")
# Matrices between bars: pandoc has Typst draw two bars for each, which Typst refuses.
_BARRED = re.compile(r"\\(begin|end)\{([vV])matrix\}")
_BARS = {
    ("begin", "v"): r"\left|\begin{matrix}",
    ("end", "v"): r"\end{matrix}\right|",
    ("begin", "V"): r"\left\|\begin{matrix}",
    ("end", "V"): r"\end{matrix}\right\|",
}
# Cases as TeX had them before there were such: pandoc's brace would be as high as one line.
_INNER = r"(?P<inner>(?:(?!\\(?:begin|end)\{).)*)"
_PIECES = re.compile(
    rf"\\left\\\{{\s*\\begin\{{array\}}\s*\{{[^{{}}]*\}}{_INNER}\\end\{{array\}}\s*\\right\.",
    re.DOTALL,
)
# Columns between no delimiters: pandoc writes aligned lines, whose parts touch, and what follows is
# one of them. So they are braced, with a mark by which `typesetting` knows to leave the braces out.
_COLUMNS = re.compile(
    r"(?P<delimiter>\\left\s*(?:\\[A-Za-z]+|\\.|.)\s*)?"
    r"\\begin\{(?P<kind>array|(?:small)?matrix)\}(?:(?<=array\})\s*\{[^{}]*\})?"
    rf"{_INNER}\\end\{{(?P=kind)\}}",
    re.DOTALL,
)
# Cases: TeX has room between what holds and where it does; Typst has none.
_CASES = re.compile(
    r"(?<=\\begin\{cases\})(?:(?!\\(?:begin|end)\{).)+(?=\\end\{cases\})", re.DOTALL
)
_NEXT = re.compile(r"(?<!\\)&(?!\s*\\q?quad)")


def mended(tex: str) -> str:
    """Return a formula's TeX as pandoc converts it best."""
    tex = _PIECES.sub(r"\\begin{cases}\g<inner>\\end{cases}", tex)
    tex = _CASES.sub(lambda found: _NEXT.sub(lambda _: r"&\quad ", found[0]), tex)
    tex = _NORM.sub(lambda _: r"\Vert ", tex)
    tex = _BARRED.sub(lambda found: _BARS[found[1], found[2]], tex)
    tex = _COLUMNS.sub(_apart, tex)
    return _OPERATOR.sub(lambda found: rf"\operatorname{{{found['name'].strip(' ~')}}}", tex)


def _apart(found: re.Match[str]) -> str:
    if found["delimiter"]:  # of which pandoc makes a matrix
        return found[0]
    return rf"\begin{{Bmatrix}}\text{{{NO_BRACES}}}{found['inner']}\end{{Bmatrix}}"


def _code(code: str, language: str = "") -> str:
    shown = code.strip("\n").expandtabs(8)
    return f"#p.code({string(language)}, {string(shown)});"


def _length(size: str) -> str:
    """Return a size as Typst has it; a number alone is one of CSS pixels, 96 to the inch."""
    found = _LENGTH.fullmatch(size.strip())
    if not found:
        return ""
    number, unit = found[1], found[2] or "px"
    return f"{number} * 0.75pt" if unit == "px" else f"{number}{unit}"
