"""A page's Markdown as a notebook, and back: what was not edited gives the same bytes.

Each cell carries in its metadata what the Markdown has around its text, where that is not the
usual: so a notebook is its page, whatever has become of the file meanwhile. Outputs are never
looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from polybook.dialect import Block, Cell, PageText, Prose, parse_page
from polybook.dialect.fences import find_regions, read_opening, split_lines
from polybook.errors import BookError
from polybook.ipynb import Node, code_cell, markdown_cell, with_ids

#: Where what we keep is in the metadata of a cell, and of a notebook.
_KEY = "polybook"

# The usual, which is not kept: a cell's fence, a blank line behind it, a line break at the end.
_OPENING = "```{.python .input}\n"
_CLOSING = "```"
_GAP = "\n\n"
_END = "\n"

_HEADING = re.compile(r"#{1,6}[ \t]")
_BLANK_LINES = re.compile(r"\A(?:[ \t\r]*\n)*(?:[ \t\r]+\Z)?")
_TICKS = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)
_TAGS = re.compile(r"[ \t]*\btags=(?:\"[^\"]*\"|'[^']*'|[^\s}]*)")


def to_notebook(text: str, tabs: Sequence[str]) -> Node:
    """Return a page's notebook, whatever its text: a cell for each code cell and each section.

    A cell without a marker is shown with that of the first tab, if the page has others too.

    Args:
        text: the page's text.
        tabs: the book's tabs; the first is that of cells without a marker.

    """
    breaks = "\r\n" if "\r\n" in text and not re.search(r"(?<!\r)\n", text) else "\n"
    page = parse_page(text.replace(breaks, "\n"))
    unmarked = tabs[0] if len(page.tabs(tuple(tabs))) > 1 else ""
    pieces, gaps = _pieces(page)
    cells = [_node(cell, core, unmarked) for cell, core in pieces]
    for node, gap in zip(cells[:-1], gaps[1:], strict=False):
        _keep(node, after=gap, usual=_GAP)
    notebook: Node = {
        "cells": with_ids(cells),
        "metadata": {"language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    _keep(notebook, bom=page.bom)
    _keep(notebook, breaks=breaks, usual="\n")
    _keep(notebook, before=gaps[0])
    _keep(notebook, end=gaps[-1] if pieces else _END, usual=_END)
    return notebook


def _pieces(page: PageText) -> tuple[list[tuple[Cell | None, str]], list[str]]:
    """Return what becomes a cell each, and the gaps before the first and behind each of them.

    A gap is the line break behind a text, and blank lines.
    """
    pieces: list[tuple[Cell | None, str]] = []
    gaps = [""]
    for cell, text in _parts(page.blocks):
        blank = 0 if cell else len(_BLANK_LINES.findall(text)[0])
        gaps[-1] += text[:blank]
        if core := text[blank:]:
            filled = core.removesuffix("\n") if cell else core.rstrip(" \t\r\n")
            cut = core.find("\n", len(filled))
            cut = len(core) if cut < 0 else cut
            pieces.append((cell, core[:cut]))
            gaps.append(core[cut:])
    return pieces, gaps


def _parts(blocks: Sequence[Block]) -> Iterator[tuple[Cell | None, str]]:
    for is_code, several in groupby(blocks, lambda block: isinstance(block, Cell)):
        if is_code:
            yield from ((block, block.text) for block in several if isinstance(block, Cell))
        else:
            yield from ((None, text) for text in _sections(several))


def _sections(blocks: Iterable[Block]) -> Iterator[str]:
    """Yield text in parts: each heading begins one."""
    part: list[str] = []
    for block in blocks:
        lines = split_lines(block.text)
        within = {
            number
            for region in (find_regions(lines) if isinstance(block, Prose) else ())
            for number in range(region.first, region.after)
        }
        for number, line in enumerate(lines):
            is_heading = isinstance(block, Prose) and number not in within and _HEADING.match(line)
            if is_heading and part and not part[-1].strip():
                yield "".join(part)
                part = []
            part.append(line)
    yield "".join(part)


def _node(cell: Cell | None, core: str, unmarked: str) -> Node:
    if cell is None:
        node = markdown_cell(_line_feeds(core))
    else:
        shown = f"%%tab {unmarked}\n" if unmarked and not (cell.marker or cell.setup) else ""
        tags = _tags(cell)
        node = code_cell(
            shown + _line_feeds(cell.body).removesuffix("\n"),
            metadata={"tags": tags} if tags else {},
        )
        _keep(node, opening=cell.opening, usual=_OPENING)
        _keep(node, closing=cell.closing.removesuffix("\n"), usual=_CLOSING)
        _keep(node, marker=shown)
    if _core(node, last=True) != core or not _source(node).strip():
        # What would not become the same again is kept whole, and the text that stands for it.
        _keep(node, text=core, usual=None)
        _keep(node, source=_source(node), usual=None)
    return node


def _line_feeds(text: str) -> str:
    """Return a text with the line breaks that an editor of notebooks makes of all of them."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _keep(node: Node, *, usual: str | None = "", **value: str) -> None:
    """Keep what stands around the text of a cell or a notebook, unless it is the usual."""
    for name, content in value.items():
        if content != usual:
            node["metadata"].setdefault(_KEY, {})[name] = content


def _kept(node: Mapping[str, Any]) -> Mapping[str, str]:
    found: Mapping[str, str] = node["metadata"].get(_KEY, {})
    return found


# ---------------------------------------------------------------- and back


def to_markdown(notebook: Mapping[str, Any]) -> str:
    """Return the page of a notebook that came from `to_notebook`, or of any other.

    Cells without text are left out, unless the page had them; the marker that an unmarked cell was
    shown with is taken away again.

    Raises:
        BookError: a cell shows a picture that is in the notebook alone.

    """
    kept = _kept(notebook)
    cells = [cell for cell in notebook["cells"] if _source(cell).strip() or _untouched(cell)]
    text = kept.get("before", "")
    for cell, following in zip(cells, [*cells[1:], None], strict=False):
        _check_pictures(cell)
        text += _core(cell, last=following is None)
        text += _gap(cell, following) if following else kept.get("end", _END)
    return kept.get("bom", "") + text.replace("\n", kept.get("breaks", "\n"))


def _check_pictures(cell: Mapping[str, Any]) -> None:
    for name in cell.get("attachments", {}):
        if f"attachment:{name}" in _source(cell):
            raise BookError(
                f"The picture “{name}” is in the notebook alone, and Markdown has no place for it.",
                hint="Put its file beside the page and write ![what it shows](its name).",
            )


def _source(cell: Mapping[str, Any]) -> str:
    return "".join(cell["source"])


def _untouched(cell: Mapping[str, Any]) -> bool:
    """Tell whether a cell that is kept whole is still as it was shown."""
    kept = _kept(cell)
    if _source(cell) != kept.get("source"):
        return False
    return cell["cell_type"] != "code" or _tags_of(cell) == _tags(_opened(kept))


def _core(cell: Mapping[str, Any], *, last: bool) -> str:
    """Return the Markdown of a cell; what its page leaves open is closed unless it is the last."""
    kept, source = _kept(cell), _source(cell)
    is_open = kept.get("closing") == ""
    if _untouched(cell) and (last or not is_open):
        return kept["text"]
    if cell["cell_type"] != "code":
        return source
    opening = kept.get("opening", _OPENING)
    if _tags_of(cell) != _tags(_opened(kept)):
        opening = _with_tags(opening, _tags_of(cell))
    code = source.removeprefix(kept.get("marker", ""))
    found = read_opening(opening)
    ticks = found.ticks if found else _CLOSING
    longest = max((t for t in _TICKS.findall(code) if t[0] == ticks[0]), key=len, default="")
    enough = ticks if len(longest) < len(ticks) else ticks[0] * (len(longest) + 1)
    lines = [opening.removesuffix("\n").replace(ticks, enough, 1), *([code] if code else [])]
    if is_open and not last:
        lines.append(enough)
    elif not is_open:
        lines.append(kept.get("closing", _CLOSING).replace(ticks, enough, 1))
    return "\n".join(lines)


def _gap(cell: Mapping[str, Any], following: Mapping[str, Any]) -> str:
    """Return what parts a cell from the next: a blank line at least, if both are text."""
    gap = _kept(cell).get("after", _GAP)
    texts = "code" not in (cell["cell_type"], following["cell_type"])
    return _GAP if texts and gap.count("\n") < len(_GAP) else gap


# ---------------------------------------------------------------- tags


def _opened(kept: Mapping[str, str]) -> Cell | None:
    cells = parse_page(kept.get("opening", _OPENING)).cells
    return cells[0] if cells else None


def _tags(cell: Cell | None) -> list[str]:
    return re.findall(r"[^\s,]+", cell.attributes.get("tags")) if cell else []


def _tags_of(cell: Mapping[str, Any]) -> list[str]:
    return list(cell["metadata"].get("tags", []))


def _with_tags(opening: str, tags: Sequence[str]) -> str:
    head, brace, behind = _TAGS.sub("", opening).rpartition("}")
    return f'{head} tags="{" ".join(tags)}"{brace}{behind}' if tags else head + brace + behind
