"""Paragraphs whose reference has changed since they were translated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from polybook.errors import quoted
from polybook.translation.align import align
from polybook.translation.context import Context, Translated
from polybook.translation.findings import Finding
from polybook.translation.lock import Entry, digest, paragraphs, read_lock
from polybook.translation.pieces import Piece

NAME = "stale"

_Value = TypeVar("_Value")


def find(context: Context) -> Iterator[Finding]:
    """Yield them, in the languages that have a lock file."""
    locks = {language: read_lock(context.book.root, language) for language in context.languages}
    for each in context.translations():
        lock = locks[each.language]
        if lock is None:
            continue
        if recorded := lock.get(each.page.name):
            yield from _changed(each, recorded)
        else:
            message = "Nothing is recorded of what this page is up to date with."
            yield Finding(NAME, each.at(1), message, _hint(each))


def _changed(each: Translated, recorded: Sequence[Entry]) -> Iterator[Finding]:
    known = {entry.reference for entry in recorded}
    now: set[str] = set()
    told: set[str] = set()
    line = 1
    for old, new in align(each.reference, each.pieces):
        theirs, ours = tuple(paragraphs(old)), tuple(paragraphs(new))
        for number, piece in enumerate(theirs):
            now.add(digest(piece))
            mine = ours[min(number, len(ours) - 1)] if ours else None
            line = mine.line if mine else line
            if digest(piece) not in known:
                told |= {digest(mine) if mine else "", digest(*ours)}
                message = f"{each.reference_path.name}:{piece.line} has changed since, or is new."
                text = mine.text.strip() if mine else ""
                yield Finding(NAME, each.at(line), message, _hint(each), text, piece.text.strip())
        yield from _dropped(each, recorded, theirs, ours, line)
        line = new[-1].line if new else line
    yield from _gone(each, recorded, now, told)
    yield from _moved(each, recorded)


def _dropped(
    each: Translated,
    recorded: Sequence[Entry],
    theirs: Sequence[Piece],
    ours: Sequence[Piece],
    line: int,
) -> Iterator[Finding]:
    """Yield what has fewer paragraphs than the translation had when it was recorded."""
    if len(ours) >= len(theirs):
        return
    references = {digest(piece) for piece in theirs}
    then = {e.translation: e for e in recorded if e.reference in references}
    lost = [entry for entry in then.values() if entry.translation not in set(map(digest, ours))]
    if lost and len(ours) < len(then):
        message = (
            f"What translated this is gone, or in another paragraph: {quoted(lost[0].excerpt)}"
        )
        yield Finding(NAME, each.at(line), message, _hint(each))


def _gone(
    each: Translated, recorded: Sequence[Entry], now: set[str], told: set[str]
) -> Iterator[Finding]:
    """Yield paragraphs that are as they were when what they translate was still there."""
    current = {entry.translation for entry in recorded if entry.reference in now} | told
    gone = {entry.translation: entry for entry in recorded if entry.reference not in now}
    for piece in paragraphs(each.pieces):
        entry = gone.get(digest(piece))
        if entry and entry.translation not in current:
            message = f"The reference no longer has what this translates: {quoted(entry.excerpt)}"
            yield Finding(NAME, each.at(piece.line), message, _hint(each), piece.text.strip())


def _moved(each: Translated, recorded: Sequence[Entry]) -> Iterator[Finding]:
    """Yield paragraphs that stand behind what their reference now stands before."""
    theirs = _once((digest(piece), piece) for piece in paragraphs(each.reference))
    known = _once((entry.translation, entry.reference) for entry in recorded)
    before = 0
    for piece in paragraphs(each.pieces):
        if reference := theirs.get(known.get(digest(piece), "")):
            if reference.line < before:
                message = f"What this translates has moved to {each.reference_path.name}:"
                message += f"{reference.line}."
                yield Finding(NAME, each.at(piece.line), message, _hint(each), piece.text.strip())
            before = reference.line


def _once(pairs: Iterable[tuple[str, _Value]]) -> dict[str, _Value]:
    """Return the values whose key, a digest, stands for nothing else."""
    listed = list(pairs)
    often = Counter(key for key, _ in listed)
    return {key: value for key, value in listed if often[key] == 1}


def _hint(each: Translated) -> str:
    command = f"polybook sync --accept --lang {each.language} --page {each.page.name}"
    return f"Bring it up to date, then: {command}"
