"""Notebooks as files, laid out as Jupyter lays them out (nbformat 4.5)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

#: A notebook, a cell or an output in nbformat's form.
Node = dict[str, Any]


def markdown_cell(source: str, identifier: str = "") -> Node:
    """Make a cell of text."""
    return {
        "cell_type": "markdown",
        "id": identifier,
        "metadata": {},
        "source": source.splitlines(keepends=True),
    }


def code_cell(
    code: str,
    identifier: str = "",
    *,
    number: int | None = None,
    outputs: Iterable[Mapping[str, Any]] = (),
    metadata: Mapping[str, Any] | None = None,
) -> Node:
    """Make a cell of code; `number` counts the cells as they were run, None for one that was not.

    Args:
        code: its code.
        identifier: its id: 1 to 64 letters of ASCII, digits, hyphens, underscores.
        number: its place among the cells that ran, from 1 on.
        outputs: what it left, each text in one piece.
        metadata: its metadata.

    """
    return {
        "cell_type": "code",
        "execution_count": number,
        "id": identifier,
        "metadata": dict(metadata or {}),
        "outputs": [_split_text({**each, **_count(each, number)}) for each in outputs],
        "source": code.splitlines(keepends=True),
    }


def notebook(cells: Sequence[Node], title: str, metadata: Mapping[str, Any]) -> Node:
    """Make a notebook.

    Its kernel is called `python3`, as every Jupyter and every environment calls its own, so that it
    starts wherever the framework is; `title` says which one that should be.
    """
    kernel = {"display_name": title, "language": "python", "name": "python3"}
    return {
        "cells": list(cells),
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}, **metadata},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def with_ids(cells: Sequence[Node]) -> list[Node]:
    """Give cells ids that depend on what they hold, and on their place among those that are equal.

    An edit of one cell so leaves the ids of all others, and code has the same in every language.
    """
    seen: Counter[str] = Counter()
    result = []
    for cell in cells:
        content = f"{cell['cell_type']}\n{''.join(cell['source'])}"
        seen[content] += 1
        name = hashlib.sha256(f"{seen[content]}\n{content}".encode()).hexdigest()[:12]
        result.append({**cell, "id": name})
    return result


def to_text(notebook: Node) -> str:
    """Return the content of a notebook's file."""
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _count(output: Mapping[str, Any], number: int | None) -> Node:
    return {"execution_count": number} if output["output_type"] == "execute_result" else {}


def _split_text(output: Mapping[str, Any]) -> Node:
    """Write long texts as lists of lines, as Jupyter does, so that a change shows as one line."""
    split = dict(output)
    if isinstance(split.get("text"), str):
        split["text"] = split["text"].splitlines(keepends=True)
    if "data" in split:
        split["data"] = {
            kind: value.splitlines(keepends=True)
            if isinstance(value, str) and (kind.startswith("text/") or kind == "image/svg+xml")
            else value
            for kind, value in split["data"].items()
        }
    return split
