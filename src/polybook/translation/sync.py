"""`polybook sync`: the reference's code in the pages of another language, whose prose stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from polybook.dialect import Cell, PageText, Prose
from polybook.dialect.fences import split_lines
from polybook.translation.align import counterpart
from polybook.translation.comments import with_comments_of
from polybook.translation.pieces import find_pieces
from polybook.translation.same_code import essence


@dataclass(frozen=True, slots=True)
class _Edit:
    """Lines of a translation, from 0, and what takes their place."""

    start: int
    end: int
    text: str


def with_code_of(reference: PageText, translation: PageText, *, comments: bool = False) -> str:
    """Return a translation's text with the code of the reference.

    A new cell is put beside the cells that it stands beside in the reference, else behind the
    paragraph that stands before it.

    Args:
        reference: the page in the reference language.
        translation: the page in another language.
        comments: whether the reference's comments come too; else those of the translation stay.

    """
    old, new = reference.cells, translation.cells
    partners = _partners(reference, translation)
    edits = [
        _Edit(*_span(new[there]), changed)
        for here, there in partners.items()
        if (changed := _exchanged(old[here], new[there], comments)) != new[there].text
    ]
    paired = set(partners.values())
    for number, cell in enumerate(new):
        if number not in paired:
            edits.append(_Edit(*_span(cell), ""))
    edits += _inserted(reference, translation, partners)
    if not edits:
        return translation.text
    lines = split_lines(translation.text.removeprefix(translation.bom))
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    edits.reverse()  # what is put into the same place keeps its order
    for edit in sorted(edits, key=lambda edit: (-edit.start, edit.start == edit.end)):
        lines[edit.start : edit.end] = filter(None, [edit.text])
        if not edit.text and not "".join(lines[edit.start : edit.start + 1]).strip():
            del lines[edit.start : edit.start + 1]  # one blank line is enough
    text = "".join(lines)
    text = text.replace("\r\n", "\n")
    if "\r\n" in translation.text:
        text = text.replace("\n", "\r\n")
    return translation.bom + text


def _partners(reference: PageText, translation: PageText) -> dict[int, int]:
    """Tell which cell of a translation stands for which of the reference, by their places."""
    old, new = reference.cells, translation.cells
    matcher = SequenceMatcher(
        None, [_key(each) for each in old], [_key(each) for each in new], False
    )
    partners: dict[int, int] = {}
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            partners |= zip(range(i, j), range(k, m), strict=True)
            continue
        left = list(range(k, m))
        for here in range(i, j):
            if (
                there := next((n for n in left if _tabs(new[n]) == _tabs(old[here])), None)
            ) is not None:
                partners[here] = there
                left = left[left.index(there) + 1 :]  # cells keep their order
    return partners


def _key(cell: Cell) -> object:
    code = essence(cell.code.replace("\r\n", "\n"))
    return _tabs(cell), cell.setup, code, cell.attributes.get("tags")


def _tabs(cell: Cell) -> object:
    return cell.setup is not None, cell.marker and frozenset(cell.marker.names)


def _exchanged(cell: Cell, translation: Cell, comments: bool) -> str:
    if not comments and _key(cell) == _key(translation):
        return translation.text
    body = cell.body if comments else with_comments_of(cell.body, translation.body)
    if _key(cell.with_body(body)) != _key(cell):
        body = cell.body  # what looks like a comment, in a magic or a set-up cell, is none
    return cell.opening + body + translation.closing


def _inserted(
    reference: PageText, translation: PageText, partners: Mapping[int, int]
) -> Iterator[_Edit]:
    """Yield the cells that a translation lacks, where they belong."""
    groups = list(_groups(reference))
    behind: dict[int, int] = {}  # the line behind which the last cell of a group stands, or is put
    last = 0  # the same for the last cell
    for here, cell in enumerate(reference.cells):
        group = groups[here]
        if here in partners:
            behind[group] = last = _span(translation.cells[partners[here]])[1]
            continue
        following = (
            partners[n]
            for n, each in enumerate(groups)
            if n > here and each == group and n in partners
        )
        if group not in behind and (there := next(following, None)) is not None:
            start, _ = _span(translation.cells[there])
            yield _Edit(start, start, f"{cell.text}\n")
            continue
        if group not in behind:
            behind[group] = last = max(last, _behind_prose(reference, translation, cell.line))
        yield _Edit(behind[group], behind[group], f"\n{cell.text}")


def _groups(page: PageText) -> Iterator[int]:
    """Yield a number for each cell, the same for those with nothing between them."""
    group = 0
    for block in page.blocks:
        if isinstance(block, Cell):
            yield group
        elif not isinstance(block, Prose) or block.text.strip():
            group += 1


def _behind_prose(reference: PageText, translation: PageText, line: int) -> int:
    """Return the line of a translation behind what stands before a line of the reference."""
    before = [piece for piece in find_pieces(reference) if piece.line < line]
    place = counterpart(before, find_pieces(translation), line)
    return place.line + len(split_lines(place.text)) - 1 if place else 0


def _span(cell: Cell) -> tuple[int, int]:
    return cell.line - 1, cell.line - 1 + len(split_lines(cell.text))
