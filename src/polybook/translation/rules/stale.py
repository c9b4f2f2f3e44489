"""Paragraphs whose reference has changed since they were translated."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from polybook.errors import quoted
from polybook.translation.align import align
from polybook.translation.context import Context, Translated
from polybook.translation.findings import Finding
from polybook.translation.lock import Entry, digest, paragraphs, read_lock

NAME = "stale"


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
        line = new[-1].line if new else line
    yield from _gone(each, recorded, now, told)


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


def _hint(each: Translated) -> str:
    command = f"polybook sync --accept --lang {each.language} --page {each.page.name}"
    return f"Bring it up to date, then: {command}"
