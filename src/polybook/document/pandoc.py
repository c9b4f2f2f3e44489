"""pandoc, called in batches: one start converts many documents."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

from polybook.errors import PandocError

#: Markdown as d2lbook's readers have it: pandoc's own, without what its books never meant.
MARKDOWN = "markdown-auto_identifiers-implicit_figures-citations-example_lists"

_SCRIPT = Path(__file__).with_name("pandoc.lua")
_SMALLEST_SHARE = 8  # documents; below, a second process costs more than it saves


@cache
def pandoc_path() -> str:
    """Return the pandoc that `pypandoc_binary` carries.

    Raises:
        PandocError: there is none.

    """
    import pypandoc  # noqa: PLC0415 (most commands do without it)

    carried = (
        Path(pypandoc.__file__).parent / "files" / ("pandoc.exe" if os.name == "nt" else "pandoc")
    )
    if not carried.exists():
        raise PandocError("pandoc is missing.", hint="Install the package pypandoc_binary again.")
    return str(carried)


@cache
def pandoc_version() -> str:
    """Return pandoc's version, which is part of what its output depends on."""
    from importlib.metadata import version  # noqa: PLC0415

    return version("pypandoc-binary")


def read_markdown(texts: Sequence[str]) -> list[list[dict[str, Any]]]:
    """Parse Markdown texts; return the blocks of each, in pandoc's JSON form.

    Raises:
        PandocError: pandoc refuses one of the texts.

    """
    return [json.loads(text)["blocks"] for text in _convert(texts, MARKDOWN, "json", {})]


def write_blocks(
    documents: Sequence[list[dict[str, Any]]], to: str, options: Mapping[str, Any]
) -> list[str]:
    """Write documents, each a list of blocks, in one of pandoc's formats."""
    version = [1, 23, 1]
    texts = [
        json.dumps({"pandoc-api-version": version, "meta": {}, "blocks": blocks})
        for blocks in documents
    ]
    return _convert(texts, "json", to, options)


def call_script(script: Path, content: bytes) -> bytes:
    """Run one of our scripts in pandoc; return what it writes.

    Raises:
        PandocError: it fails; with what pandoc said.

    """
    process = subprocess.run(
        [pandoc_path(), "lua", str(script)], input=content, capture_output=True, check=False
    )
    if process.returncode:
        said = process.stderr.decode(errors="replace").strip()
        raise PandocError(f"pandoc ended with {process.returncode}: {said}")
    return process.stdout


def _convert(texts: Sequence[str], source: str, to: str, options: Mapping[str, Any]) -> list[str]:
    if not texts:
        return []
    shares = min(os.cpu_count() or 1, -(-len(texts) // _SMALLEST_SHARE))
    # Every n-th document: neighbours are often alike in length, so the shares are too.
    parts = [list(texts[first::shares]) for first in range(shares)]
    with ThreadPoolExecutor(shares) as pool:
        converted = list(pool.map(lambda part: _call(part, source, to, options), parts))
    results = [""] * len(texts)
    for first, part in enumerate(converted):
        results[first::shares] = part
    return results


def _call(texts: list[str], source: str, to: str, options: Mapping[str, Any]) -> list[str]:
    job = {"from": source, "to": to, "options": dict(options), "documents": texts}
    results = json.loads(call_script(_SCRIPT, json.dumps(job).encode()))
    for result in results:
        if "error" in result:
            raise PandocError(f"pandoc refused a document: {result['error']}")
    return [result["text"] for result in results]
