"""Raw HTML: it is in the web site alone, and no PDF, EPUB or slide has it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from polybook.dialect.protected import scan, scanner
from polybook.errors import Location
from polybook.translation.context import Context
from polybook.translation.findings import Finding

NAME = "html"

_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9-]*(?:\s[^<>]*)?/?>")
_TAGS = scanner(rf"(?P<tag>{_TAG.pattern})")


def find(context: Context) -> Iterator[Finding]:
    """Yield the first tag on each line of prose that has one, and what the site leaves out."""
    for page, language, path in context.files():
        seen: set[Location] = set()
        for piece in context.pieces(path):
            if not (piece.is_prose or piece.kind == "html") or not _TAG.search(piece.text):
                continue
            for tag in scan(_TAGS, piece.text):
                place = Location(path, piece.line + piece.text.count("\n", 0, tag.start()))
                if place not in seen:
                    seen.add(place)
                    message = f"“{tag[0]}” is raw HTML."
                    hint = "Write Markdown: only the web site shows HTML."
                    yield Finding(NAME, place, message, hint, tag[0])
        for found in context.documents.diagnose_html(page, language):
            if found.location not in seen:
                yield Finding(NAME, found.location, found.message, found.hint)
