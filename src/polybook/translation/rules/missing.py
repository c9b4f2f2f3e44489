"""Pages that a language lacks."""

from __future__ import annotations

from collections.abc import Iterator

from polybook.errors import Location
from polybook.translation.context import Context
from polybook.translation.findings import Finding

NAME = "missing"


def find(context: Context) -> Iterator[Finding]:
    """Yield, as warnings, the pages that a language lacks, each at the file to be translated."""
    for page in context.book.pages.values():
        for language in context.languages:
            if language in page.sources or page.name not in context.book.pages_in(language):
                continue
            path, _ = context.book.source(page, language)
            message = f"The page {page.name} is missing in {language}."
            yield Finding(NAME, Location(path, 1), message, "Translate this file.").as_warning()
