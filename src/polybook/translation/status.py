"""How a book stands: a row for each page in each language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from polybook.translation.context import Context
from polybook.translation.findings import Finding
from polybook.translation.lock import digest, paragraphs, read_lock


@dataclass(frozen=True, slots=True)
class Row:
    """One page in one language.

    `paragraphs` are those of the reference; `current` of them are recorded as translated, which is
    None where nothing is recorded. `findings` are those of all rules but `stale` and `missing`.
    """

    page: str
    language: str
    missing: bool
    paragraphs: int
    current: int | None
    findings: int

    @property
    def stale(self) -> int:
        """How many paragraphs have changed since they were translated, or are new."""
        return 0 if self.current is None else self.paragraphs - self.current

    @property
    def done(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.missing or self.stale or self.findings)


def status(context: Context, findings: Iterable[Finding]) -> list[Row]:
    """Return a row for each page and language, in the order of both."""
    found = Counter(
        each.location.path for each in findings if each.rule not in {"stale", "missing"}
    )
    locks = {language: read_lock(context.book.root, language) for language in context.languages}
    rows = []
    for language in context.languages:
        for page in context.book.order(language):
            source = page.sources.get(context.reference)
            own = page.sources.get(language)
            digests = (
                [digest(piece) for piece in paragraphs(context.pieces(source))] if source else []
            )
            lock = locks[language]
            known = None if lock is None else {each.reference for each in lock.get(page.name, ())}
            current = None if known is None else sum(each in known for each in digests)
            rows.append(
                Row(
                    page.name,
                    language,
                    own is None,
                    len(digests),
                    len(digests) if language == context.reference else current,
                    found[own] if own else 0,
                )
            )
    return rows
