"""The four frameworks that polybook ships environments for, on a page of our own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.conftest import MakeBook, RunPolybook

PAGE = Path(__file__).with_name("frameworks.md")

CONFIG = """
    [build]
    tabs = mxnet, pytorch, tensorflow, jax
    notebooks = *.md
    output_dir = build
"""

#: What the first and the last cell of each tab give.
EXPECTED = {
    "mxnet": ("array([ 0.,  1.,  4.,  9., 16.])", "(1, 2)"),
    "pytorch": ("tensor([ 0,  1,  4,  9, 16])", "torch.Size([1, 2])"),
    "tensorflow": (
        "<tf.Tensor: shape=(5,), dtype=int32, numpy=array([ 0,  1,  4,  9, 16], dtype=int32)>",
        "TensorShape([1, 2])",
    ),
    "jax": ("Array([ 0,  1,  4,  9, 16], dtype=int32)", "(1, 2)"),
}


def texts(cell: Any) -> list[str]:
    return [
        output.text if output.output_type == "stream" else output.data["text/plain"]
        for output in cell.outputs
    ]


@pytest.mark.frameworks
def test_each_framework_runs_in_its_environment_and_says_nothing_else(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    book = make_book({"config.ini": CONFIG, "squares.md": PAGE.read_text()})
    result = polybook("run", "-C", book)
    assert result.returncode == 0, result.stderr
    assert result.stdout == "4 of 4 programs ran.\n"
    for tab, (first, last) in EXPECTED.items():
        path = book / "outputs" / "squares" / f"{tab}.ipynb"
        cells = nbformat.read(path, as_version=4).cells  # type: ignore[no-untyped-call]
        assert [texts(cell) for cell in cells] == [[first], [], ["30\nTrue\n"], [last]]

    saved = {path: path.read_bytes() for path in book.glob("outputs/squares/*")}
    assert len(saved) == 4
    assert polybook("run", "-C", book, "--force").returncode == 0
    assert {path: path.read_bytes() for path in book.glob("outputs/squares/*")} == saved
