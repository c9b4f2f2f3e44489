"""Makes a kernel's outputs the same in every run: what no program decided is evened out.

How text is cut into messages depends on time; tracebacks and warnings name folders of the machine;
the names that Python gives to objects hold their addresses in memory.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

_ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]{6,16}\b")
_KERNEL_FILE = re.compile(r"(?:<tmp>|/[^\s:\"'<>]{0,300})?/ipykernel_\d+/\d+\.py\b")
_CELL = "<cell>"
_OVERWRITTEN = re.compile(r"^[^\n]*\r(?=[^\n])", re.MULTILINE)
_SURROGATE = re.compile(r"[\ud800-\udfff]")

#: Names a widget of the kernel, which is gone; what is shown instead stands beside it.
_WIDGET = "application/vnd.jupyter.widget-view+json"


def tidy_outputs(
    outputs: Iterable[Mapping[str, Any]], hidden: Mapping[str, str]
) -> tuple[dict[str, Any], ...]:
    """Return a cell's outputs in nbformat's form, evened out.

    Args:
        outputs: as the kernel's messages brought them.
        hidden: folders of this machine, each with what stands for it. The user's own folder
            becomes `~`, as IPython writes it in tracebacks.

    """
    folders = _Folders(hidden)
    return tuple(_clean(output, folders) for output in _joined(outputs))


class _Folders:
    """Folders of this machine, and what stands for each."""

    def __init__(self, hidden: Mapping[str, str]) -> None:
        home = _home()
        self._names = {home: "~", **hidden}
        for folder, name in hidden.items():
            if home and folder.startswith(f"{home}{os.sep}"):
                self._names[f"~{folder.removeprefix(home)}"] = name
        # The longest first, so that a folder within another one is not half replaced. One right
        # below the root, such as `/book`, is found in addresses of web pages, too; so what stands
        # before a path decides, except for the escape sequences of colours.
        self._longest = sorted(filter(_is_deep, self._names), key=len, reverse=True)
        replaced = "".join(f"(?<!{re.escape(name)})" for name in {*self._names.values(), _CELL})
        self._pattern = re.compile(
            rf"(?P<before>\x1b\[[\d;]*m|\bfile://|\s-[A-Z]|(?<![\w.~/…-]){replaced})"
            rf"(?P<folder>{'|'.join(map(re.escape, self._longest)) or '(?!)'})(?![\w-]|\.\w)"
        )

    def hide(self, text: str) -> str:
        """Replace the folders in a text."""
        if any(folder in text for folder in self._longest):
            text = self._pattern.sub(lambda at: at["before"] + self._names[at["folder"]], text)
        return text


def _home() -> str:
    try:
        return str(Path.home())
    except RuntimeError:  # a user without one
        return ""


def _is_deep(folder: str) -> bool:
    return len(Path(folder).parts) > 1


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
        if text := _as_on_a_terminal(streams[name]):
            yield {"output_type": "stream", "name": name, "text": text}


def _as_on_a_terminal(text: str) -> str:
    """Keep of a progress bar, which writes over its own line, the last state."""
    if "\b" in text:
        text = _without_erased(text)
    text = _OVERWRITTEN.sub("", re.sub(r"\r+\n", "\n", text))
    return re.sub(r"^[ \t]*\r+\Z", "", text, flags=re.MULTILINE).rstrip("\r")


def _without_erased(text: str) -> str:
    kept: list[str] = []
    for letter in text:
        if letter != "\b":
            kept.append(letter)
        elif kept and kept[-1] not in "\r\n":
            kept.pop()
    return "".join(kept)


def _clean(value: Any, folders: _Folders, key: str = "") -> Any:
    if isinstance(value, str):
        if key.startswith("image/") and key != "image/svg+xml":
            return value
        value = _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", folders.hide(value))
        if "/ipykernel_" in value:
            value = _KERNEL_FILE.sub(_CELL, value)
        return _ADDRESS.sub("at 0x…", value)
    if isinstance(value, Mapping):
        return {
            name: _clean(content, folders, name)
            for name, content in value.items()
            if name != _WIDGET
        }
    if isinstance(value, list | tuple):
        return [_clean(content, folders) for content in value]
    return value
