"""Structure that differs: headings, cells, lists, labels, figures, slide marks, tab texts."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from polybook.errors import quoted
from polybook.translation.align import align, counterpart
from polybook.translation.context import Context, Translated
from polybook.translation.findings import Finding
from polybook.translation.pieces import Piece, outline

NAME = "structure"


def find(context: Context) -> Iterator[Finding]:
    """Yield each place at which the outline of a translation leaves that of the reference."""
    for each in context.translations():
        yield from _compare(each, outline(tuple(each.reference)), outline(tuple(each.pieces)))
        yield from _paragraphs(each)
        yield from _rows(each)


def _compare(each: Translated, old: tuple[Piece, ...], new: tuple[Piece, ...]) -> Iterator[Finding]:
    before, now = ([(piece.kind, piece.name) for piece in pieces] for pieces in (old, new))
    for kind, i, j, k, m in SequenceMatcher(None, before, now, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        here = new[k] if k < m else counterpart(each.reference, each.pieces, old[i].line)
        there = f"{each.reference_path.name}:{old[i].line}" if i < j else ""
        if k == m:
            message = f"Missing here: {_named(old[i:j])}."
        elif i == j:
            message = f"Not in the reference: {_named(new[k:m])}."
        else:
            message = f"{_named(new[k:m])} stands here, {_named(old[i:j])} in the reference."
        hint = f"Compare it with {there}." if there else ""
        text = here.text.strip() if here else ""
        yield Finding(NAME, each.at(here.line if here else 1), message, hint, text)


def _paragraphs(each: Translated) -> Iterator[Finding]:
    """Yield stretches of prose that are there in one language and not at all in the other."""
    place = each.at(1)
    for old, new in align(each.reference, each.pieces):
        place = each.at(new[0].line) if new else place
        if not new and all(piece.kind == "text" for piece in old):
            there = f"Compare it with {each.reference_path.name}:{old[0].line}."
            message = f"Missing behind this: {quoted(old[0].text)}"
            yield Finding(NAME, place, message, there)
        elif not old and all(piece.kind == "text" for piece in new):
            message = f"Not in the reference: {quoted(new[0].text)}"
            yield Finding(NAME, place, message, text=new[0].text.strip())


def _rows(each: Translated) -> Iterator[Finding]:
    """Yield tables that have more or fewer rows than those of the reference."""
    for old, new in align(each.reference, each.pieces):
        if old and new and old[0].kind == new[0].kind == "table":
            theirs, ours = (len(table.text.splitlines()) for table in (old[0], new[0]))
            if theirs != ours:
                message = f"The table has {ours} lines here, {theirs} in the reference."
                hint = f"Compare it with {each.reference_path.name}:{old[0].line}."
                yield Finding(NAME, each.at(new[0].line), message, hint, new[0].text.strip())


def _named(pieces: tuple[Piece, ...]) -> str:
    names = [piece.shown for piece in pieces]
    return (
        ", ".join(names) if len(names) < 5 else f"{', '.join(names[:4])} and {len(names) - 4} more"
    )
