"""Books for the tests of PDFs, built by the real tool and read again by another one."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pypdf import PdfReader

from polybook.build import Build
from polybook.config import read_config
from polybook.errors import Diagnostic
from polybook.pdf import PdfReport

CONFIG = """
[project]
name = tide
title = Tides
author = A. Kaya
[languages]
{languages}
[build]
notebooks = *.md
tabs = pytorch, jax
output_dir = build
"""


def book(pages: Mapping[str, str], *languages: str, more: str = "") -> dict[str, str]:
    """Return the files of a book: pages by their path."""
    lines = "\n".join(f"{code} = {code}" for code in languages)
    return {"config.ini": CONFIG.format(languages=lines) + more, **pages}


def build(
    root: Path, languages: Sequence[str] = (), tabs: Sequence[str] = ()
) -> tuple[PdfReport, list[Diagnostic]]:
    """Build a book's PDFs from what is saved."""
    return Build(read_config(root), languages, tabs).pdf()


def read(root: Path, name: str) -> PdfReader:
    """Open one of the PDFs that were built."""
    return PdfReader(root / "build" / "pdf" / f"{name}.pdf")


def words(pdf: PdfReader) -> str:
    """Return all text, its lines joined."""
    text = " ".join(page.extract_text() for page in pdf.pages)
    return unicodedata.normalize("NFC", " ".join(text.replace("\u00a0", " ").split()))


def bookmarks(pdf: PdfReader) -> list[str]:
    """Return the titles of all bookmarks."""

    def titles(outline: Sequence[Any]) -> Iterator[str]:
        for each in outline:
            if isinstance(each, list):
                yield from titles(each)
            else:
                yield str(each["/Title"]).replace("\u00a0", " ")

    return list(titles(pdf.outline))


def structure(pdf: PdfReader) -> list[Mapping[str, Any]]:
    """Return all elements of the structure that readers' tools rely on, in reading order."""
    root: Any = pdf.trailer["/Root"]
    waiting: list[Any] = [root["/StructTreeRoot"]]
    found: list[Mapping[str, Any]] = []
    while waiting:
        node = waiting.pop().get_object()
        if not isinstance(node, dict):
            continue
        if "/S" in node:
            found.append(node)
        children = node.get("/K", [])
        children = children.get_object() if hasattr(children, "get_object") else children
        waiting += reversed(children if isinstance(children, list) else [children])
    return found


def fonts(pdf: PdfReader) -> list[Mapping[str, Any]]:
    """Return the descriptors of all fonts."""
    found: list[Mapping[str, Any]] = []
    for page in pdf.pages:
        resources: Any = page["/Resources"]
        for font in resources.get("/Font", {}).values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            found.append(descendant["/FontDescriptor"])
    return found
