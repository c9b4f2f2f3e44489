"""Numbers, code, formulas and references that a paragraph and its reference do not share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import chain

from polybook.dialect.protected import scan, scanner
from polybook.errors import quoted
from polybook.translation.align import Pieces, align
from polybook.translation.context import Context, Translated
from polybook.translation.findings import Finding
from polybook.translation.pieces import Piece
from polybook.translation.prose import bare, inline_code, inline_formulas

NAME = "numbers"

# Digits, with the points, commas and thin blanks that languages put between them.
_NUMBER = re.compile(r"(?<![A-Za-z0-9_.])\d+(?:[.,\u00a0\u202f]\d+)*")
_REFERENCE = scanner(r"(?P<role>:(?:(?:num|eq)?ref|cite[tp]?):`(?P<keys>[^`\n]*)`)")
_MARKER = re.compile(r"\A[ ]*\d+[.)][ \t]")
_TEXT = re.compile(r"\\(?:text|mathrm|textrm|operatorname)\s*\{[^{}]*\}|\\tag\{[^{}]*\}|\s+|[.,]$")
# These are written as words in one language and as digits in another.
_SPELLED = re.compile(r"\d\d?|[1-9]0*")


def find(context: Context) -> Iterator[Finding]:
    """Yield each paragraph whose numbers, code or formulas are not those of its reference."""
    for each in context.translations():
        for old, new in align(each.reference, each.pieces):
            if new and old:
                yield from _compare(each, old, new)
        yield from _image_words(context, each)


def _image_words(context: Context, each: Translated) -> Iterator[Finding]:
    """Yield the same of what images say, and what has no words here."""
    old, new = (context.book.text(path).image_words for path in (each.reference_path, each.path))
    for key, (text, line) in old.items():
        theirs = (Piece("text", line, text),)
        if key in new:
            yield from _compare(each, theirs, (Piece("text", new[key][1], new[key][0]),))
        elif new:
            place = each.at(max(line for _, line in new.values()))
            message = f"The words of images lack {quoted(key)}."
            hint = f"Compare them with {each.reference_path.name}:{line}."
            yield Finding(NAME, place, message, hint)


def _compare(each: Translated, old: Pieces, new: Pieces) -> Iterator[Finding]:
    kinds: tuple[tuple[str, Callable[[str], Iterable[str]]], ...] = (
        ("code", _code),
        ("formula", _formulas),
        ("reference", _references),
    )
    if old[0].kind == new[0].kind == "formula":
        kinds, prose = (("formula", lambda text: [_tex(text.strip().strip("$"))]),), False
    else:
        old, new = _prose(old), _prose(new)
        prose = True
    for kind, read in kinds:
        theirs, ours = set(_all(read, old)), set(_all(read, new))
        if theirs != ours:
            yield _finding(each, kind, old, new, theirs - ours, ours - theirs)
    if prose:
        before, now = list(_all(_numbers, old)), list(_all(_numbers, new))
        missing, added = set(before) - set(now), set(now) - set(before)
        as_many = len(before) == len(now)  # else one of them may have words for some
        if any(as_many or not _SPELLED.fullmatch(number) for number in missing | added):
            yield _finding(each, "number", old, new, missing, added)


def _finding(
    each: Translated, kind: str, old: Pieces, new: Pieces, missing: set[str], added: set[str]
) -> Finding:
    parts = [
        f"{what} {', '.join(f'“{value}”' for value in sorted(values))}"
        for what, values in (("only the reference has", missing), ("only this has", added))
        if values
    ]
    message = f"In {kind}, {' and '.join(parts)}."
    place = next(
        (piece for piece in new if any(value in piece.text for value in added)),
        new[0] if new else None,
    )
    line = place.line if place else 1
    hint = f"Compare it with {each.reference_path.name}:{old[0].line}." if old else ""
    return Finding(NAME, each.at(line), message, hint, place.text.strip() if place else "")


def _prose(pieces: Pieces) -> Pieces:
    return tuple(piece for piece in pieces if piece.is_prose)


def _all(read: Callable[[str], Iterable[str]], pieces: Pieces) -> Iterator[str]:
    return chain.from_iterable(read(piece.text) for piece in pieces)


def _code(text: str) -> Iterator[str]:
    return (" ".join(each.split()) for each in inline_code(text))


def _formulas(text: str) -> Iterator[str]:
    return (_tex(each) for each in inline_formulas(text))


def _references(text: str) -> Iterator[str]:
    """Yield the labels and the keys of works that prose refers to."""
    for found in scan(_REFERENCE, text) if ":`" in text else ():
        yield from (key.strip() for key in found["keys"].split(","))


def _tex(text: str) -> str:
    """Return TeX without blanks and without words, which are the language's own."""
    return _TEXT.sub("", text)


def _numbers(text: str) -> Iterator[str]:
    """Yield numbers as digits alone: 1.5 and 1,5, 8 760 and 8,760 are the same."""
    for found in _NUMBER.finditer(_MARKER.sub("", bare(text))):
        yield re.sub(r"\D", "", found[0])
