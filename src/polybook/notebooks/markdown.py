"""A document's blocks as Markdown that Jupyter reads: plain, with HTML for anchors and sizes alone.

What reads the cells of a notebook (JupyterLab, nbconvert, Colab, VS Code) agrees on CommonMark,
pipe tables and TeX between dollars, and on little else: figures, captions, numbers, footnotes and
labels are put into these terms here, and pandoc writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from typing import Any

from polybook.document.ast import (
    Element,
    Elements,
    attr,
    attributes_of,
    classes_of,
    inline_lists,
    lists_in,
    pairs_of,
    plain_text,
    text,
)
from polybook.document.cells import ANCHOR, CELL_CLASS, TAB_GROUP, TAB_PANEL
from polybook.document.documented import SIGNATURE
from polybook.document.numbering import FIGURE, NUMBER, TABLE
from polybook.document.structure import EQUATION
from polybook.words import Words

#: What pandoc is told to write, and how.
FORMAT = "gfm-tex_math_gfm-footnotes"
OPTIONS = {"wrap_text": "wrap-none", "html_math_method": "mathjax"}

_ANCHOR = "<a id="
_BLANK = frozenset({"Space", "SoftBreak", "LineBreak"})
_KEPT = frozenset({TAB_GROUP, TAB_PANEL, CELL_CLASS})
_SIZES = frozenset({"width", "height"})
#: What Jupyter does not show of the page's own HTML, and other readers would heed in a cell.
_BEHAVIOUR = re.compile(r"<(script|style)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
#: What a formula ends with that has its numbers within.
_OWN_NUMBERS = re.compile(
    r"(?P<body>.*)(?P<end>\\end\{(?:align|gather|multline)\*?\}\s*)", re.DOTALL
)


def jupyter_blocks(blocks: Elements, words: Words, title: str = "") -> Elements:
    """Return a document's blocks in the terms of Jupyter; they are changed as well.

    Tab groups and cells stay; links and images still have the targets of the document.

    Args:
        blocks: the document's blocks.
        words: the words of the text's language.
        title: the anchor of the page's title, which needs none: a link to it leads to the page.

    """
    for inlines in reversed(list(inline_lists(blocks))):  # what is within first
        if any(map(_changes, inlines)):  # most text is words alone
            inlines[:] = [
                new
                for each in inlines
                for new in (_inline(each, words) if _changes(each) else (each,))
            ]
    return list(_blocks(blocks, words, title))


def anchor(identifier: str) -> Elements:
    """Return the place that links to an identifier lead to; nothing for none."""
    return [html(f'{_ANCHOR}"{escape(identifier)}"></a>')] if identifier else []


def is_anchor(element: Element) -> bool:
    """Tell whether an element is such a place."""
    return element["t"] == "RawInline" and str(element["c"][1]).startswith(_ANCHOR)


def html(content: str) -> Element:
    """Make a piece of HTML within text."""
    return {"t": "RawInline", "c": ["html", content]}


def plain(inlines: Elements) -> Element:
    """Make a line of text that is no paragraph."""
    return {"t": "Plain", "c": inlines}


def paragraph(inlines: Elements) -> Element:
    """Make a paragraph."""
    return {"t": "Para", "c": inlines}


def strong(inlines: Elements) -> Element:
    """Make a text bold."""
    return {"t": "Strong", "c": inlines}


# ---------------------------------------------------------------- within a paragraph


def _changes(element: Element) -> bool:
    return "$" in element["c"] if element["t"] == "Str" else element["t"] not in _BLANK


def _inline(element: Element, words: Words) -> Elements:  # noqa: PLR0911 (one case per kind)
    match element:
        case {"t": "Str", "c": content}:
            return _without_dollars(content)
        case {"t": "Span", "c": [_, [formula]]} if EQUATION in classes_of(element):
            number = pairs_of(element).get(NUMBER, "")
            tagged = _tagged(formula["c"][1].strip(), number) if number else formula["c"][1]
            return [*anchor(_identifier(element)), _display(tagged)]
        case {"t": "Span", "c": [_, inlines]} if SIGNATURE in classes_of(element):
            return [
                *anchor(_identifier(element)),
                {"t": "Code", "c": [attr(), plain_text(inlines)]},
            ]
        case {"t": "Span" | "SmallCaps" as kind, "c": content}:
            inner: Elements = content[1] if kind == "Span" else content
            return [*anchor(_identifier(element)), *inner]
        case {"t": "Math", "c": [{"t": "DisplayMath"}, tex]}:
            return [_display(tex)]
        case {"t": "Math", "c": [kind, tex]} if "\n" in tex and "%" not in tex:
            return [{"t": "Math", "c": [kind, " ".join(tex.split())]}]
        case {"t": "Link", "c": [_, inlines, target]}:
            return [*anchor(_identifier(element)), {"t": "Link", "c": [attr(), inlines, target]}]
        case {"t": "Image", "c": [_, inlines, target]}:
            sizes = {name: size for name, size in pairs_of(element).items() if name in _SIZES}
            alternative = [text(plain_text(inlines))]
            image = {"t": "Image", "c": [attr(**sizes), alternative, target]}
            return [*anchor(_identifier(element)), image]
        case {"t": "Note", "c": blocks}:
            return [{"t": "Note", "c": list(_blocks(blocks, words, ""))}]
    return [element]


def _without_dollars(content: str) -> Elements:
    """Keep dollars apart from one another, lest what is between two of them reads as a formula."""
    first, *others = content.split("$")
    parts = [text(first)] if first else []
    for part in others:
        parts += [html(r"<span>\$</span>"), *([text(part)] if part else [])]
    return parts


def _display(tex: str) -> Element:
    return {"t": "Math", "c": [{"t": "DisplayMath"}, f"\n{tex.strip()}\n"]}


def _is_display(element: Element) -> bool:
    return element["t"] == "Math" and bool(element["c"][0]["t"] == "DisplayMath")


def _tagged(tex: str, number: str) -> str:
    """Give a formula its number, which stands within an environment that has numbers of its own."""
    tag = f"\\tag{{{number}}}"
    if "\\tag" in tex:
        return tex
    if own := _OWN_NUMBERS.fullmatch(tex):
        return f"{own['body'].rstrip()} {tag}\n{own['end']}"
    return f"{tex}\n{tag}" if "%" in tex or "\n" in tex else f"{tex} {tag}"


def _identifier(element: Element) -> str:
    """Return what links call an element, which may be a copy of another tab's."""
    attributes = attributes_of(element)
    return str(attributes[0] or dict(attributes[2]).get(ANCHOR, "")) if attributes else ""


# ---------------------------------------------------------------- blocks


def _blocks(  # noqa: PLR0912 (one case per kind)
    blocks: Elements, words: Words, title: str
) -> Iterator[Element]:
    for block in blocks:
        place = anchor(_identifier(block))
        match block:
            case {"t": "Header", "c": [level, _, inlines]}:
                if place and _identifier(block) != title:
                    yield plain(place)
                yield {"t": "Header", "c": [level, attr(), _numbered(block, inlines)]}
            case {"t": "Figure", "c": [_, [_, caption], content]}:
                yield from _figure(place, content)
                yield from _caption(words, FIGURE, block, caption)
            case {"t": "Table", "c": [_, [_, caption], *_]}:
                head = list(_caption(words, TABLE, block, caption))
                if place:
                    yield paragraph([*place, *head.pop(0)["c"]] if head else place)
                yield from head
                yield _table(block)
            case {"t": "Div", "c": [attributes, inner]} if _KEPT & set(attributes[1]):
                block["c"][1] = list(_blocks(inner, words, title))
                yield block
            case {"t": "Div", "c": [_, inner]}:
                yield from in_front(place, list(_blocks(inner, words, title)))
            case {"t": "Para" | "Plain", "c": inlines}:
                yield from _apart(block) if any(map(_is_display, inlines)) else [block]
            case {"t": "RawBlock", "c": ["html", content]}:
                if shown := _BEHAVIOUR.sub("", content).strip():
                    yield {"t": "RawBlock", "c": ["html", shown]}
            case {"t": "DefinitionList", "c": entries}:
                yield _definitions(entries, words, title)
            case _:
                for inner in lists_in(block):
                    inner[:] = list(_blocks(inner, words, title))
                yield block


def _numbered(block: Element, inlines: Elements) -> Elements:
    number = pairs_of(block).get(NUMBER)
    return [text(number), {"t": "Space"}, *inlines] if number else inlines


def in_front(inlines: Elements, blocks: Elements) -> Elements:
    """Put inlines before some blocks: into the first of them if it is a paragraph."""
    if not inlines:
        return blocks
    if blocks and blocks[0]["t"] in ("Para", "Plain"):
        return [{"t": blocks[0]["t"], "c": [*inlines, *blocks[0]["c"]]}, *blocks[1:]]
    return [paragraph(inlines), *blocks]


def _figure(place: Elements, content: Elements) -> Elements:
    return in_front(place, [_loose(each) for each in content])


def _caption(words: Words, kind: str, block: Element, caption: Elements) -> Iterator[Element]:
    """Yield the caption's paragraphs, with the number in front of the first."""
    number = pairs_of(block).get(NUMBER)
    head = [strong([text(words.caption(kind, number))]), {"t": "Space"}] if number else []
    yield from in_front(head, [_loose(each) for each in caption])


def _apart(block: Element) -> Iterator[Element]:
    """Set the display formulas of some text apart; a line of a list must stay one block."""
    if block["t"] == "Para":
        yield from _paragraphs(block["c"])
    else:
        yield plain(_broken(block["c"]))


def _paragraphs(inlines: Elements) -> Iterator[Element]:
    """Give each display formula of a paragraph, with its anchor, a paragraph of its own."""
    part: Elements = []
    for element in inlines:
        if not _is_display(element):
            part.append(element)
            continue
        place = [part.pop()] if part and is_anchor(part[-1]) else []
        if words := _stripped(part):
            yield paragraph(words)
        yield paragraph([*place, *([html("\n")] if place else []), element])
        part = []
    if words := _stripped(part):
        yield paragraph(words)


def _broken(inlines: Elements) -> Elements:
    """Give each display formula lines of its own."""
    display = [False, *map(_is_display, inlines), False]
    return [
        html("\n") if each["t"] in _BLANK and (before or after) else each
        for before, each, after in zip(display, inlines, display[2:], strict=False)
    ]


def _stripped(inlines: Elements) -> Elements:
    while inlines and inlines[0]["t"] in _BLANK:
        inlines = inlines[1:]
    while inlines and inlines[-1]["t"] in _BLANK:
        inlines = inlines[:-1]
    return inlines


def _definitions(entries: Any, words: Words, title: str) -> Element:
    """Make a list of which each item is a term in bold, then what it means."""
    items = [
        [paragraph([strong(term)]), *(_loose(block) for each in meanings for block in each)]
        for term, meanings in entries
    ]
    return {"t": "BulletList", "c": [list(_blocks(item, words, title)) for item in items]}


def _loose(block: Element) -> Element:
    return paragraph(block["c"]) if block["t"] == "Plain" else block


# ---------------------------------------------------------------- tables


def _table(table: Element) -> Element:
    """Return a table without caption and anchor, each cell of which is one line."""
    _, _, columns, (_, head), bodies, (_, foot) = table["c"]
    for row in [*head, *foot, *(row for body in bodies for rows in body[2:] for row in rows)]:
        for cell in row[1]:
            cell[4] = [plain(list(_one_line(cell[4])))]
    widths = [[alignment, {"t": "ColWidthDefault"}] for alignment, _ in columns]
    return {"t": "Table", "c": [attr(), [None, []], widths, *table["c"][3:]]}


def _one_line(blocks: Elements) -> Iterator[Element]:
    """Yield what a cell holds as one line without a bar, which would end the cell."""
    lines = [line for block in blocks for line in _lines(block)]
    for line in lines:
        if line is not lines[0]:
            yield html("<br>")
        for inlines in reversed(list(inline_lists(line))):
            inlines[:] = map(_without_bars, inlines)
        yield from line


def _without_bars(element: Element) -> Element:
    match element:
        case {"t": "LineBreak"}:
            return html("<br>")
        case {"t": "SoftBreak"}:
            return {"t": "Space"}
        case {"t": "Code", "c": [_, code]} if "|" in code:
            return html(f"<code>{escape(code, quote=False).replace('|', '&#124;')}</code>")
        case {"t": "Math", "c": [kind, tex]}:
            tex = " ".join(tex.split())
            if "\\begin{array}" not in tex:  # whose columns may have bars between them
                tex = tex.replace("\\|", "\\Vert ").replace("|", "\\vert ")
            return {"t": "Math", "c": [kind, tex]}
    return element


def _lines(block: Element) -> Iterator[Elements]:
    match block:
        case {"t": "Para" | "Plain", "c": inlines}:
            yield inlines
        case {"t": "CodeBlock", "c": [_, code]}:
            for line in code.split("\n"):
                yield [{"t": "Code", "c": [attr(), line]}]
        case {"t": "LineBlock", "c": lines}:
            yield from lines
        case {"t": "BulletList" | "OrderedList"}:
            for item in lists_in(block):
                for n, line in enumerate(line for each in item for line in _lines(each)):
                    yield [text("•"), {"t": "Space"}, *line] if n == 0 else line
        case {"t": "Figure", "c": [_, [_, caption], content]}:
            for each in [*content, *caption]:
                yield from _lines(each)
        case _:
            for inner in lists_in(block):
                for each in inner:
                    yield from _lines(each)
