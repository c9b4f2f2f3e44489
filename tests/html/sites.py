"""Sites for the tests: the book in `book/`, with outputs of every kind, built by the real tool."""

from __future__ import annotations

import base64
import shutil
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from polybook.build import Build
from polybook.config import read_config
from polybook.errors import Diagnostic
from polybook.html import SiteReport
from polybook.running.programs import Program, ProgramCell

Output = dict[str, Any]
MakeOutputs = Callable[[Program, ProgramCell], Sequence[Output]]

BOOK = Path(__file__).with_name("book")
LANGUAGES = ("tr", "ja", "fr", "ar")
TABS = ("mxnet", "pytorch", "jax")

#: Pages that every language has, translated or not.
PAGES = ("harbour/index", "harbour/tides", "harbour/outputs", "harbour/stale", "sea/index")


def png(width: int = 4, height: int = 3) -> bytes:
    """Return a picture of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = (b"\0" + b"\x20\x80\xa0" * width) * height
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><path d="M0 0h40v20z"/></svg>'

HTML = """<style>td { color: red }</style>
<table border="1" onclick="steal()"><thead><tr><th>quay</th><th style="color: red">metres</th></tr>
</thead><tbody><tr><td>A</td><td>7</td></tr></tbody></table>
<script>steal()</script><a href="javascript:steal()">steal</a><img src="https://example.org/a.png">
"""


def stream(text: str, name: str = "stdout") -> Output:
    """Return an output that was printed."""
    return {"output_type": "stream", "name": name, "text": text}


def display(**data: str) -> Output:
    """Return an output that was displayed; a name's last underscore stands for the slash."""
    forms = {name.replace("__", "+").replace("_", "/", 1): text for name, text in data.items()}
    return {"output_type": "display_data", "metadata": {}, "data": forms}


def error(*lines: str) -> Output:
    """Return a traceback."""
    return {"output_type": "error", "ename": "Error", "evalue": "", "traceback": list(lines)}


#: What the cells of the book put out, by a piece of their code.
OUTPUTS: Mapping[str, Sequence[Output]] = {
    "'tide'": [stream("7.0 m\n")],
    "'everyone'": [stream("all hands\n")],
    "'stream'": [
        stream("".join(f"line {number}\n" for number in range(80))),
        stream("a warning <b>&amp;\n", "stderr"),
    ],
    "'error'": [
        error(
            "\x1b[0;31mValueError\x1b[0m  Traceback (most recent call last)",
            "\x1b[0;32m----> 1\x1b[0m fail(\x1b[33m'<error>'\x1b[0m)",
            "\x1b[1;31mValueError: two\nlines\x1b[0m",
        )
    ],
    "'png'": [
        display(
            image_png=base64.b64encode(png(900, 40)).decode(), text_plain="<Figure size 900x40>"
        )
    ],
    "'svg'": [display(image_svg__xml=SVG, text_plain="<Figure>")],
    "'html'": [display(text_html=HTML, text_plain="quay metres")],
    "'latex'": [display(text_latex=r"$\displaystyle \frac{a}{b}$", text_plain="a/b")],
    "'widget'": [
        {
            "output_type": "display_data",
            "metadata": {},
            "data": {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "IntSlider()"},
        }
    ],
    "'wide'": [stream("wide " * 60 + "\n")],
}


def book_outputs(_: Program, cell: ProgramCell) -> Sequence[Output]:
    """Return what a cell of the book puts out."""
    return next((outputs for piece, outputs in OUTPUTS.items() if piece in cell.code), ())


def copy_book(root: Path) -> Path:
    """Copy the book to a folder that a test may change."""
    shutil.copytree(BOOK, root)
    save_outputs(root, book_outputs, but=("harbour/stale",))
    return root


def save_outputs(root: Path, make: MakeOutputs, but: Sequence[str] = ()) -> None:
    """Save outputs for all programs of a book as a run would; none for some pages."""
    work = Build(read_config(root), (), ())
    for program in work.programs():
        if program.page not in but:
            outputs = [tuple(map(dict, make(program, cell))) for cell in program.cells]
            work.store.save(program, outputs, work.config.reference.code)


def build(
    root: Path, languages: Sequence[str] = (), tabs: Sequence[str] = ()
) -> tuple[SiteReport, list[Diagnostic]]:
    """Build a book's site from what is saved."""
    return Build(read_config(root), languages, tabs).html()
