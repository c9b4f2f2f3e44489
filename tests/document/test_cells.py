"""Cells with what they left: each output in the forms that a writer can choose from."""

from __future__ import annotations

from typing import Any

import pytest

from polybook.document.assemble import CELL
from polybook.document.ast import code_block
from polybook.document.cells import CellContent, place_cells
from tests.document.summary import summary

DISPLAY: dict[str, Any] = {"output_type": "display_data", "metadata": {}}


def shown(*outputs: dict[str, Any]) -> str:
    """Return what is under the code of the one cell of a page."""
    place = code_block("", CELL, n="0")
    content = CellContent("1", outputs)
    text = summary(place_cells([place], {0: {"jax": content}}, ["jax"]))
    head = "Div {.shown-cell}\n  Code {.python .code}\n    | 1\n"
    assert text.startswith(head)
    return text.removeprefix(head)


def test_streams_keep_their_names_and_their_order() -> None:
    assert shown(
        {"output_type": "stream", "name": "stdout", "text": "one\ntwo\n"},
        {"output_type": "stream", "name": "stderr", "text": "three\n"},
    ) == (
        "  Div {.output kind=stdout}\n    Code {mime=text/plain}\n"
        "      | one\n      | two\n      |\n"
        "  Div {.output kind=stderr}\n    Code {mime=text/plain}\n      | three\n      |\n"
    )


def test_error_is_its_traceback() -> None:
    assert shown(
        {"output_type": "error", "ename": "E", "evalue": "e", "traceback": ["line 1", "E: e"]}
    ) == ("  Div {.output kind=error}\n    Code {mime=text/plain}\n      | line 1\n      | E: e\n")


def test_richest_form_comes_first_whatever_the_order_of_the_kernel() -> None:
    data = {
        "text/plain": "plain",
        "text/latex": "$x$",
        "text/html": "<b>html</b>",
        "image/png": "cG5n",
        "image/svg+xml": "<svg/>",
        "application/json": {"a": 1},
    }
    forms = [
        line.strip()
        for line in shown({**DISPLAY, "data": data}).splitlines()
        if line.lstrip().startswith("Code")
    ]
    assert forms == [
        "Code {mime=image/svg+xml}",
        "Code {mime=image/png}",
        "Code {mime=text/html}",
        "Code {mime=text/latex}",
        "Code {mime=text/plain}",
    ]


@pytest.mark.parametrize(
    "data",
    [
        {
            "application/vnd.jupyter.widget-view+json": {"model_id": "x"},
            "text/plain": "IntSlider()",
        },
        {"application/json": {"a": 1}},
        {},
    ],
    ids=["widget", "json alone", "nothing"],
)
def test_what_no_writer_can_show_leaves_no_output(data: dict[str, Any]) -> None:
    assert shown({**DISPLAY, "data": data}) == ""


def test_result_of_a_cell_is_shown_like_a_display() -> None:
    result = {"output_type": "execute_result", "execution_count": 1, "metadata": {}}
    assert shown({**result, "data": {"text/plain": "42"}}) == (
        "  Div {.output kind=display}\n    Code {mime=text/plain}\n      | 42\n"
    )


def test_tabs_with_equal_code_and_other_outputs_are_told_apart() -> None:
    place = code_block("", CELL, n="0")
    one = CellContent("1", ({"output_type": "stream", "name": "stdout", "text": "a"},))
    other = CellContent("1", ({"output_type": "stream", "name": "stdout", "text": "b"},))
    apart = summary(place_cells([place], {0: {"jax": one, "mxnet": other}}, ["mxnet", "jax"]))
    assert apart.count("tab-panel") == 2
    alike = summary(place_cells([place], {0: {"jax": one, "mxnet": one}}, ["mxnet", "jax"]))
    assert "tab-panel" not in alike


def test_cell_without_code_for_any_tab_leaves_nothing() -> None:
    assert place_cells([code_block("", CELL, n="0")], {}, ["jax"]) == []
