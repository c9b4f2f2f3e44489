"""Tabs that a page names and the book does not have."""

from __future__ import annotations

from collections.abc import Iterator

from polybook.translation.context import Context
from polybook.translation.findings import Finding, from_diagnostic

NAME = "tabs"


def find(context: Context) -> Iterator[Finding]:
    """Yield each of them, at its line."""
    for page, language, _ in context.files():
        for each in context.book.unknown_tabs(page, language):
            yield from_diagnostic(NAME, each)
