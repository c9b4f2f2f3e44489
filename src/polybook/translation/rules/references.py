"""References, links, images and citations that lead nowhere, and text that would be lost."""

from __future__ import annotations

from collections.abc import Iterator

from polybook.errors import Location
from polybook.translation.context import Context
from polybook.translation.findings import Finding

NAME = "references"


def find(context: Context) -> Iterator[Finding]:
    """Yield what the documents say of each page; links to the web are `linkcheck`'s."""
    for page, language, _ in context.files():
        for each in context.documents.diagnose(page, language):
            yield Finding(NAME, each.location, each.message, each.hint)
    for each in context.book.diagnostics:
        yield Finding(
            NAME, Location(each.location.path, each.location.line), each.message, each.hint
        )
