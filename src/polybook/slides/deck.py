"""A deck for the browser: one HTML file, in which there is all that it needs."""

from __future__ import annotations

from html import escape
from pathlib import Path

from polybook.document import Document
from polybook.document.ast import Elements
from polybook.html.body import Address, Body
from polybook.html.formulas import mend_formulas
from polybook.html.lean import lean
from polybook.html.output import raw
from polybook.slides.alone import data_address
from polybook.words import words

#: What pandoc is told to write, and how.
FORMAT = "html5"
OPTIONS = {"html_math_method": "mathml", "wrap_text": "wrap-none"}

_HERE = Path(__file__).parent


def deck_blocks(document: Document, tab: str, framework: str, address: Address) -> Elements:
    """Return the blocks of a deck for pandoc to write; those of the document are changed as well.

    Args:
        document: the page, its blocks a division for each slide.
        tab: the tab that it is for.
        framework: its title.
        address: gives the addresses of links and images.

    """
    total = len(document.blocks)
    for number, slide in enumerate(document.blocks, start=1):
        slide["c"][1].append(raw(f'<p class="place">{number} / {total}</p>'))
    return Body(document, {tab: framework}, address, data_address).blocks()


def deck_page(written: str, title: str, book: str, framework: str, language: str) -> str:
    """Return the file of a deck.

    Args:
        written: what pandoc has written of its blocks.
        title: the page's title.
        book: the book's title.
        framework: the framework's title.
        language: the language.

    """
    values = {
        "lang": language,
        "direction": words(language).direction,
        "title": escape(title),
        "book": escape(book),
        "framework": escape(framework),
        "style": (_HERE / "deck.css").read_text(encoding="utf-8"),
        "script": (_HERE / "deck.js").read_text(encoding="utf-8"),
        "slides": mend_formulas(lean(written)),
    }
    page = (_HERE / "deck.html").read_text(encoding="utf-8")
    for name, value in values.items():
        page = page.replace(f"<!-- {name} -->", value, 1)
    return page
