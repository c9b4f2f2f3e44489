"""A cell's outputs in print: text without its colours and cut where it is long, images as files."""

from __future__ import annotations

import ast
import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser

from polybook.document.ast import Element, Elements, pairs_of
from polybook.pdf.source import block, string
from polybook.words import Words

#: Keeps an image under a name that its content gives it.
Keep = Callable[[str, bytes], None]

SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/svg+xml": "svg"}

#: Of longer outputs, the beginning and the end are printed.
_LINES, _FIRST, _LAST = 120, 60, 20
_STATEMENT = 200  # characters of code that an image is described by

# Colours and what else a terminal is told; then characters that no page can show.
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.?")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")


def printed_output(output: Element, code: str, keep: Keep, words: Words) -> Elements:
    """Return an output of a cell, whose code is given, as elements that pandoc writes as Typst."""
    kind = pairs_of(output)["kind"]
    for form in printed_forms(output):
        pairs = pairs_of(form)
        pairs["alt"] = pairs.get("alt") or description(code, words)
        if shown := _printed(pairs, form["c"][1], kind, keep, words):
            return [shown]
    return []


def printed_forms(output: Element) -> Elements:
    """Return the forms of an output that can be printed, the best first.

    A table is better as its program's text, with its columns under each other, than as the words
    of its HTML; of what has no text there is but a name such as `<HTML object>`.
    """
    forms: Elements = output["c"][1]
    texts = [form["c"][1].lstrip() for form in forms if pairs_of(form)["mime"] == "text/plain"]
    told = any(text and not text.startswith("<") for text in texts)
    return [form for form in forms if not (told and pairs_of(form)["mime"] == "text/html")]


def _printed(
    form: Mapping[str, str], content: str, kind: str, keep: Keep, words: Words
) -> Element | None:
    """Return one form of an output; None if it cannot be shown, so that a poorer form is."""
    mime = form["mime"]
    if mime in SUFFIXES:
        name = kept_image(mime, content, keep)
        sizes = "".join(f", {side}: {form[side]} * 0.75pt" for side in _SIDES if side in form)
        call = f"#p.output-image({string(name or '')}, {string(form['alt'])}{sizes});"
        return block(call) if name else None
    if mime == "text/latex":
        formula = content.strip().strip("$").strip()
        return {"t": "Para", "c": [{"t": "Math", "c": [{"t": "DisplayMath"}, formula]}]}
    if mime == "text/html":
        content = text_of(content)
        if not content.strip():
            return None
    return block(f"#p.output({string(kind)}, {string(printable(content, words))});")


_SIDES = ("width", "height")


def description(code: str, words: Words) -> str:
    """Describe an image that a cell draws by the cell's last statement, if its code is shown."""
    try:
        last = "".join(
            ast.get_source_segment(code, each) or "" for each in ast.parse(code).body[-1:]
        )
    except (SyntaxError, ValueError):  # a magic, perhaps
        last = "".join(code.strip().splitlines()[-1:])
    statement = " ".join(last.split())
    said = words("Image that the code above draws")
    return f"{said} – {statement[:_STATEMENT]}" if statement else said


def kept_image(mime: str, content: str, keep: Keep) -> str | None:
    """Keep an image of an output; return its name, or None if it is none."""
    try:
        data = content.encode() if mime == "image/svg+xml" else base64.b64decode(content)
    except (binascii.Error, ValueError):
        return None
    name = f"{hashlib.sha256(data).hexdigest()[:16]}.{SUFFIXES[mime]}"
    keep(name, data)
    return name


def printable(text: str, words: Words) -> str:
    """Return a text as it is printed: no colours, what overwrites a line done, its middle cut."""
    text = _ESCAPES.sub("", text).replace("\r\n", "\n")
    lines = [line.rpartition("\r")[2] for line in _trimmed(text).split("\n")]
    if len(lines) > _LINES:
        left = len(lines) - _FIRST - _LAST
        lines = [
            *lines[:_FIRST],
            words("… %(count)s lines left out …", count=left),
            *lines[-_LAST:],
        ]
    return _CONTROLS.sub("", "\n".join(line.expandtabs(8) for line in lines))


def _trimmed(text: str) -> str:
    return "\n".join(line.rstrip("\r") for line in text.rstrip().split("\n"))


def text_of(html: str) -> str:
    """Return the words of HTML, a line for each paragraph or row."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    """Reads the words of HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style")
        self.parts.append("\n" if tag in ("tr", "p", "div", "li", "br", "pre") else " ")

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style") and self._silent > 0

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)
