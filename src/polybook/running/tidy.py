"""Makes a kernel's outputs the same in every run: what no program decided is evened out.

How text is cut into messages depends on time; tracebacks and warnings name folders of the machine;
the names that Python gives to objects hold their addresses in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,16}\b")
_KERNEL_FILE = re.compile(r"(?:/[^\s:\"'<>]*)?/ipykernel_\d+/\d+\.py")
_OVERWRITTEN = re.compile(r"^[^\n]*\r(?!\n)", re.MULTILINE)


def tidy_outputs(
    outputs: Iterable[Mapping[str, Any]], hidden: Mapping[str, str]
) -> tuple[dict[str, Any], ...]:
    """Return a cell's outputs in nbformat's form, evened out.

    Args:
        outputs: as the kernel's messages brought them.
        hidden: folders of this machine, each with what stands for it.

    """
    # The longest first, so that a folder within another one is not half replaced.
    folders = sorted(hidden.items(), key=lambda pair: -len(pair[0]))
    return tuple(_clean(output, folders) for output in _joined(outputs))


def _joined(outputs: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Join what was printed between two displays: first all of stdout, then all of stderr.

    Between displays the two streams reach the client in an order that depends on time.
    """
    streams: dict[str, str] = {}
    for output in outputs:
        if output["output_type"] == "stream":
            streams[output["name"]] = streams.get(output["name"], "") + output["text"]
            continue
        yield from _streams(streams)
        streams = {}
        yield {key: value for key, value in output.items() if key != "transient"}
    yield from _streams(streams)


def _streams(streams: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    for name in sorted(streams, key=("stdout", "stderr").index):
        # A progress bar writes over its own line: its last state stays, as on a terminal.
        text = _OVERWRITTEN.sub("", streams[name].replace("\r\n", "\n"))
        if text:
            yield {"output_type": "stream", "name": name, "text": text}


def _clean(value: Any, folders: list[tuple[str, str]], key: str = "") -> Any:
    if isinstance(value, str):
        if key.startswith("image/") and key != "image/svg+xml":
            return value
        for folder, name in folders:
            value = value.replace(folder, name)
        return _ADDRESS.sub("at 0x…", _KERNEL_FILE.sub("<cell>", value))
    if isinstance(value, Mapping):
        return {name: _clean(content, folders, name) for name, content in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(content, folders) for content in value]
    return value
