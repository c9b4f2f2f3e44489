"""Which paragraphs of a translation stand for which of the reference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from polybook.translation.pieces import Piece

Pieces = tuple[Piece, ...]


def align(
    reference: Sequence[Piece], translation: Sequence[Piece]
) -> Iterator[tuple[Pieces, Pieces]]:
    """Yield what belongs together: one piece and one piece wherever that can be told.

    Headings, items, cells and whatever else has its name in every language stand for each other;
    the paragraphs between two of them do so in their order, if there are as many. Where there are
    not, all of them stand for all.
    """
    old, new = _anchors(reference), _anchors(translation)
    matcher = SequenceMatcher(
        None, [_name(reference[i]) for i in old], [_name(translation[i]) for i in new], False
    )
    at = (0, 0)
    for i, k, size in matcher.get_matching_blocks():
        for step in range(size):
            here = old[i + step], new[k + step]
            yield from _between(reference[at[0] : here[0]], translation[at[1] : here[1]])
            yield (reference[here[0]],), (translation[here[1]],)
            at = _behind(reference, here[0]), _behind(translation, here[1])
    yield from _between(reference[at[0] :], translation[at[1] :])


def _anchors(pieces: Sequence[Piece]) -> list[int]:
    """Return the places of the pieces that are not told apart by their order alone.

    Of cells that follow each other the first is enough: how many there are, tabs decide.
    """
    return [
        place
        for place, piece in enumerate(pieces)
        if piece.kind != "text"
        and not (piece.kind == "cell" and place and pieces[place - 1].kind == "cell")
    ]


def _behind(pieces: Sequence[Piece], place: int) -> int:
    """Return the place behind an anchor, and behind all cells that follow if it is one."""
    behind = place + 1
    while behind < len(pieces) and pieces[place].kind == pieces[behind].kind == "cell":
        behind += 1
    return behind


def _name(piece: Piece) -> tuple[str, str]:
    return piece.kind, piece.name


def _between(old: Sequence[Piece], new: Sequence[Piece]) -> Iterator[tuple[Pieces, Pieces]]:
    if len(old) == len(new) and [p.kind for p in old] == [p.kind for p in new]:
        yield from (((one,), (other,)) for one, other in zip(old, new, strict=True))
    elif old or new:
        yield tuple(old), tuple(new)


def counterpart(
    reference: Sequence[Piece], translation: Sequence[Piece], line: int
) -> Piece | None:
    """Return the piece of a translation that stands for what is on a line of the reference.

    Where none does, it is the last one before; None if there is none at all.
    """
    last = None
    for old, new in align(reference, translation):
        if old and old[0].line > line:
            break
        last = new[0] if new else last
    return last
