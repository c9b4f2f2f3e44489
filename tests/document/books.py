"""Books for the tests of documents, read and parsed; their programs have not been run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from polybook.build import Build
from polybook.config import read_config
from polybook.document import Document, Documents
from polybook.errors import Diagnostic


class Documented:
    """A book's documents, made as a build makes them."""

    def __init__(self, root: Path) -> None:
        self.build = Build(read_config(root), (), ())
        self.documents: Documents = self.build.documents

    def document(self, page: str, language: str = "en", tabs: Sequence[str] = ()) -> Document:
        """Make the document of a page."""
        fresh = self.build.fresh(page, language)
        return self.documents.document(self.build.book.pages[page], language, fresh, tabs)

    def anchors(self, page: str, language: str = "en") -> tuple[str, ...]:
        """Return the anchors of a page's headings."""
        return self.documents.anchors(self.build.book.pages[page], language)

    def findings(self, page: str, language: str = "en") -> list[Diagnostic]:
        """Return what is wrong with a page."""
        place = self.build.book.pages[page]
        documents = self.documents
        return [
            *documents.diagnose(place, language),
            *documents.diagnose_html(place, language),
        ]

    def said(self, page: str, language: str = "en") -> list[str]:
        """Return what is wrong with a page, each finding as `line: message`."""
        found = self.findings(page, language)
        return [f"{each.location.line}: {each.message}" for each in found]


def config(
    *, languages: Mapping[str, str] | None = None, tabs: str = "pytorch, jax", more: str = ""
) -> str:
    """Return a `config.ini`; one language, English, if none is given."""
    lines = "".join(f"{code} = {name}\n" for code, name in (languages or {}).items())
    section = f"[languages]\n{lines}" if languages else ""
    return f"{section}[build]\ntabs = {tabs}\nnotebooks = *.md */*.md\noutput_dir = build\n{more}"
