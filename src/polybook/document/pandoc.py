"""pandoc, called in batches: one start converts several documents.

It works ahead while what it has done is used, so that no core waits for another, and no more than a
few batches are held at a time, however long the book is.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

from polybook.errors import PandocError

#: Markdown as d2lbook's readers have it: pandoc's own, without what its books never meant. What
#: looks like metadata is text; as such pandoc would refuse the page or pass over it.
MARKDOWN = (
    "markdown-auto_identifiers-implicit_figures-citations-example_lists"
    "-yaml_metadata_block-pandoc_title_block"
)

_SCRIPT = Path(__file__).with_name("pandoc.lua")
_BATCH = 16  # documents; of fewer, the start of the process is a part that counts
# Its memory is looked through less often with more room for new things: a tenth of its time.
_ROOM = ("+RTS", "-A64m", "-RTS")


@cache
def pandoc_path() -> str:
    """Return the pandoc that `pypandoc_binary` carries.

    Raises:
        PandocError: there is none.

    """
    package = find_spec("pypandoc")  # to import it takes longer than pandoc's start
    name = "pandoc.exe" if os.name == "nt" else "pandoc"
    carried = Path(package.origin).parent / "files" / name if package and package.origin else None
    if carried is None or not carried.exists():
        raise PandocError("pandoc is missing.", hint="Install the package pypandoc_binary again.")
    return str(carried)


@cache
def pandoc_version() -> str:
    """Return pandoc's version, which is part of what its output depends on."""
    from importlib.metadata import version  # noqa: PLC0415

    return version("pypandoc-binary")


def read_markdown(texts: Iterable[str]) -> Iterator[list[dict[str, Any]]]:
    """Parse Markdown texts; yield the blocks of each, in pandoc's JSON form.

    Raises:
        PandocError: pandoc refuses one of the texts.

    """
    return map(blocks_of, read_as_json(texts))


def read_as_json(texts: Iterable[str], cores: int | None = None) -> Iterator[str]:
    """Parse Markdown texts; yield pandoc's answer to each, which `blocks_of` reads.

    Args:
        texts: the texts.
        cores: how many of the machine's cores pandoc may use; None for all.

    Raises:
        PandocError: pandoc refuses one of the texts.

    """
    return _convert(texts, MARKDOWN, "json", {}, cores)


def blocks_of(answer: str) -> list[dict[str, Any]]:
    """Return the blocks of a document in pandoc's JSON form."""
    blocks: list[dict[str, Any]] = json.loads(answer)["blocks"]
    return blocks


def write_blocks(
    documents: Iterable[list[dict[str, Any]]],
    to: str,
    options: Mapping[str, Any],
    cores: int | None = None,
) -> Iterator[str]:
    """Write documents, each a list of blocks, in one of pandoc's formats.

    Each is asked for some time before its text is yielded, and given up as soon as it is passed on.
    Of the machine's cores, pandoc uses as many as `cores` says, None for all.

    Raises:
        PandocError: pandoc refuses one of the documents.

    """
    version = [1, 23, 1]
    texts = (
        json.dumps({"pandoc-api-version": version, "meta": {}, "blocks": blocks})
        for blocks in documents
    )
    return _convert(texts, "json", to, options, cores)


def call_script(script: Path, content: bytes) -> bytes:
    """Run one of our scripts in pandoc; return what it writes.

    Raises:
        PandocError: it fails; with what pandoc said.

    """
    command = [pandoc_path(), *_ROOM, "lua", str(script)]
    process = subprocess.run(command, input=content, capture_output=True, check=False)
    if process.returncode:
        said = process.stderr.decode(errors="replace").strip()
        raise PandocError(f"pandoc ended with {process.returncode}: {said}")
    return process.stdout


def _convert(
    texts: Iterable[str], source: str, to: str, options: Mapping[str, Any], cores: int | None
) -> Iterator[str]:
    cores = cores or os.cpu_count() or 1
    rest = iter(texts)
    with ThreadPoolExecutor(cores) as pool:
        waiting: deque[Future[list[str]]] = deque()
        while batch := list(islice(rest, _BATCH)):
            waiting.append(pool.submit(_call, batch, source, to, options))
            while len(waiting) > cores:
                yield from waiting.popleft().result()
        for future in waiting:
            yield from future.result()


def _call(texts: list[str], source: str, to: str, options: Mapping[str, Any]) -> list[str]:
    job = {"from": source, "to": to, "options": dict(options), "documents": texts}
    results = json.loads(call_script(_SCRIPT, json.dumps(job).encode()))
    for result in results:
        if "error" in result:
            raise PandocError(f"pandoc refused a document: {result['error']}")
    return [result["text"] for result in results]
