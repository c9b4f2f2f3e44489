"""A notebook that goes alone: the images that lie beside it are in it.

Photographs and plots are attachments of their cells, which Jupyter has for this. JupyterLab shows
no drawing (SVG) from there, and few readers show what HTML names: those are in the address itself.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import unquote

from polybook.ipynb import Node, to_text

_MARKDOWN = re.compile(r"!\[(?P<words>(?:[^\]\\]|\\.)*)\]\((?P<address>[^()\s]+)(?: \"[^\"]*\")?\)")
_HTML = re.compile(r'(?P<before><img\b[^<>]*? src=")(?P<address>[^"<>]+)"')
_DRAWING = "image/svg+xml"
_TYPES = {
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": _DRAWING,
    ".webp": "image/webp",
}


@dataclass(frozen=True, slots=True)
class _Image:
    """An image beside the notebook: its file's name, its media type, and its data in base64."""

    name: str
    kind: str
    data: str

    @property
    def address(self) -> str:
        """The address that holds the image."""
        return f"data:{self.kind};base64,{self.data}"


def alone(notebook: Path, root: Path) -> bytes | None:
    """Return a notebook's file with its images in it; None if there are none beside it.

    Args:
        notebook: its file.
        root: the folder of all notebooks; nothing outside of it is taken.

    Raises:
        OSError: it cannot be read.

    """
    text = notebook.read_text(encoding="utf-8")
    if "![" not in text and "<img" not in text:
        return None
    content: Node = json.loads(text)

    def image(address: str) -> _Image | None:
        path = (notebook.parent / unquote(address)).resolve()
        kind = _TYPES.get(path.suffix.lower())
        if not kind or not path.is_relative_to(root.resolve()) or not path.is_file():
            return None
        name = re.sub(r"[^\w.-]+", "-", address).lstrip(".-")
        return _Image(name, kind, base64.b64encode(path.read_bytes()).decode())

    cells = [_with_images(cell, image) for cell in content["cells"]]
    if cells == content["cells"]:
        return None
    return to_text({**content, "cells": cells}).encode()


def _with_images(cell: Node, image: Callable[[str], _Image | None]) -> Node:
    if cell["cell_type"] != "markdown":
        return cell
    attached: Node = {}

    def written(found: re.Match[str]) -> str:
        shown = image(found["address"])
        if shown is None:
            return found[0]
        if shown.kind == _DRAWING:
            words = escape(re.sub(r"\\(.)", r"\1", found["words"]))
            return f'<img src="{shown.address}" alt="{words}">'
        attached[shown.name] = {shown.kind: shown.data}
        return f"![{found['words']}](attachment:{shown.name})"

    def tag(found: re.Match[str]) -> str:
        shown = image(found["address"])
        return f'{found["before"]}{shown.address}"' if shown else found[0]

    source = "".join(cell["source"])
    shown = _MARKDOWN.sub(written, _HTML.sub(tag, source))
    if shown == source:
        return cell
    own = {"attachments": attached} if attached else {}
    return {**cell, **own, "source": shown.splitlines(keepends=True)}
