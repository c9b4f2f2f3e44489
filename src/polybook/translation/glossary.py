"""Glossaries: `static/glossary/<language>.tsv`, a term a line; docs/checks/glossary.md says how."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from polybook.errors import BookError, Location

#: The first line of a glossary.
COLUMNS = ("term", "preferred", "forbidden", "source")


@dataclass(frozen=True, slots=True)
class Term:
    """One term: what it is called in English, what to write, what not to write, and why."""

    term: str
    preferred: str
    forbidden: tuple[str, ...]
    source: str
    line: int


def read_glossary(root: Path, language: str) -> tuple[Term, ...]:
    """Read a language's glossary; one that has none has no terms.

    Raises:
        BookError: a line has not the four columns, or the file is not UTF-8.

    """
    path = root / "static" / "glossary" / f"{language}.tsv"
    if not path.is_file():
        return ()
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        hint = "Save it as UTF-8."
        raise BookError("The glossary is not UTF-8.", hint=hint, location=Location(path)) from None
    terms = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = tuple(cell.strip() for cell in line.split("\t"))
        if cells == COLUMNS:
            continue
        if len(cells) != len(COLUMNS) or not cells[0] or not cells[1]:
            raise BookError(
                "The line is not a term of a glossary.",
                hint=f"Write {', '.join(COLUMNS)}, with tabulators between them.",
                location=Location(path, number),
            )
        forbidden = tuple(part.strip() for part in cells[2].split("|") if part.strip(" *"))
        terms.append(Term(cells[0], cells[1], forbidden, cells[3], number))
    return tuple(terms)
