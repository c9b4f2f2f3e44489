"""Images that programs draw, with their words in the language of the page that shows them.

A program runs once for all languages. Of the SVG images among its outputs, each text that a page
lists words for is put in these words; so is what the program says of an image (`alt`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import escape, unescape
from typing import Any

from polybook.cache import digest
from polybook.running.outputs import CellOutputs, SavedProgram

SVG = "image/svg+xml"

#: A text of an SVG image that has no elements in it.
_TEXT = re.compile(r">(?P<text>[^<>]+)(?P<end></(?:svg:)?(?:text|tspan|title|desc)\s*>)")


def in_words(saved: SavedProgram, words: Mapping[str, str]) -> SavedProgram:
    """Return what a program left, its images in other words.

    Args:
        saved: what it left; it is not changed.
        words: what to say instead, by what the images say.

    """
    if not words:
        return saved
    cells = tuple(_cell(outputs, words) for outputs in saved.cells)
    return replace(saved, cells=cells, digest=digest(saved.digest, sorted(words.items())))


def said(saved: SavedProgram) -> Iterator[str]:
    """Yield every text of the images that a program left, and what it says of them."""
    for output in _with_image(saved):
        yield from (_plain(found["text"]) for found in _TEXT.finditer(output["data"][SVG]))
        if alternative := _alternative(output):
            yield alternative


def _cell(outputs: CellOutputs, words: Mapping[str, str]) -> CellOutputs:
    return tuple(_output(each, words) if _has_image(each) else each for each in outputs)


def _output(output: dict[str, Any], words: Mapping[str, str]) -> dict[str, Any]:
    def put(found: re.Match[str]) -> str:
        text = words.get(_plain(found["text"]))
        return found[0] if text is None else f">{escape(text, quote=False)}{found['end']}"

    changed = {**output, "data": {**output["data"], SVG: _TEXT.sub(put, output["data"][SVG])}}
    if alternative := words.get(_alternative(output)):
        of_image = {**output["metadata"][SVG], "alt": alternative}
        changed["metadata"] = {**output["metadata"], SVG: of_image}
    return changed


def _with_image(saved: SavedProgram) -> Iterator[dict[str, Any]]:
    return (output for outputs in saved.cells for output in outputs if _has_image(output))


def _has_image(output: Mapping[str, Any]) -> bool:
    return isinstance(output.get("data", {}).get(SVG), str)


def _alternative(output: Mapping[str, Any]) -> str:
    of_image = (output.get("metadata") or {}).get(SVG)
    alternative = of_image.get("alt") if isinstance(of_image, Mapping) else None
    return alternative if isinstance(alternative, str) else ""


def _plain(text: str) -> str:
    return " ".join(unescape(text).split())
