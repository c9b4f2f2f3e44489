"""Outputs evened out: what one terminal, one machine, one moment decided is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polybook.running.tidy import tidy_outputs
from tests.pairs import Pair, read_pairs

PAIRS = read_pairs(Path(__file__).with_name("tidy.txt"))

SYMBOLS = str.maketrans({"␍": "\r", "␈": "\b", "␛": "\x1b"})

HIDDEN = {
    "/srv/books/mine": ".",
    "/book": ".",
    "/scratch/run-1/book": ".",
    "/scratch/run-1/tmp": "<tmp>",
    "/home/reader/env": "<environment>",
    "/": "<root>",  # hidden nowhere: it would be everywhere
}


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/reader")


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def display(**data: Any) -> dict[str, Any]:
    return {"output_type": "display_data", "metadata": {}, "data": data}


@pytest.mark.parametrize("pair", PAIRS, ids=[pair.title for pair in PAIRS])
def test_text_is_evened_out(pair: Pair) -> None:
    (output,) = tidy_outputs([stream(pair.given.translate(SYMBOLS))], HIDDEN)
    assert output["text"] == pair.expected.translate(SYMBOLS)


def test_every_text_of_an_output_is_evened_out() -> None:
    path, hidden = "/srv/books/mine/x.py", "./x.py"
    outputs = [
        stream(path),
        display(**{"text/plain": path, "text/html": f"<b>{path}</b>", "image/svg+xml": path}),
        {"output_type": "error", "ename": "E", "evalue": path, "traceback": [path, f"in {path}"]},
        {"output_type": "execute_result", "metadata": {"where": path}, "data": {"a+json": [path]}},
    ]
    assert tidy_outputs(outputs, HIDDEN) == (
        stream(hidden),
        display(**{"text/plain": hidden, "text/html": f"<b>{hidden}</b>", "image/svg+xml": hidden}),
        {
            "output_type": "error",
            "ename": "E",
            "evalue": hidden,
            "traceback": [hidden, f"in {hidden}"],
        },
        {
            "output_type": "execute_result",
            "metadata": {"where": hidden},
            "data": {"a+json": [hidden]},
        },
    )


def test_images_keep_every_byte() -> None:
    image = display(**{"image/png": "AAAA/book/AAAA", "image/jpeg": " /book/ at 0x123456"})
    assert tidy_outputs([image], HIDDEN) == (image,)


def test_streams_between_two_displays_are_joined_stdout_first() -> None:
    shown = display(**{"text/plain": "x"})
    outputs = [
        stream("a", "stderr"),
        stream("b"),
        stream("c", "stderr"),
        stream("d"),
        shown,
        stream("e", "stderr"),
        stream("f"),
    ]
    assert tidy_outputs(outputs, {}) == (
        stream("bd"),
        stream("ac", "stderr"),
        shown,
        stream("f"),
        stream("e", "stderr"),
    )


def test_progress_bar_cut_into_messages_is_one_line() -> None:
    parts = [stream("\r 1"), stream("0%"), stream("\r2"), stream("0%\n")]
    assert tidy_outputs(parts, {}) == (stream("20%\n"),)


def test_stream_of_which_nothing_is_left_is_no_output() -> None:
    assert tidy_outputs([stream("50%\r     \r"), stream("", "stderr")], {}) == ()


def test_what_names_a_message_or_a_widget_of_the_kernel_is_left_out() -> None:
    widget = "application/vnd.jupyter.widget-view+json"
    output = {
        **display(**{widget: {"model_id": "8f2"}, "text/plain": "  0%|"}),
        "transient": {"display_id": "77"},
    }
    assert tidy_outputs([output], {}) == (display(**{"text/plain": "  0%|"}),)


def test_halves_of_characters_are_replaced_so_that_the_text_can_be_written() -> None:
    (output,) = tidy_outputs([stream("a\ud800b")], {})
    assert output["text"] == "a\N{REPLACEMENT CHARACTER}b"


PIECES = st.sampled_from(
    [
        *"ab \n\r\b./~-:<>\"'",
        "\r\n",
        "\x1b[32m",
        "/srv/books/mine",
        "/scratch/run-1/tmp",
        "/home/reader",
        "/home/reader/env",
        "~/env",
        "/book",
        "file://",
        "https:/",
        " -I",
        "/ipykernel_1/2.py",
        "at 0x7f5fd397ae80",
        "at 0x…",
        "at ",
        "0x7f5fd397ae80",
        "<cell>",
        "<tmp>",
    ]
)
TEXTS = st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=20)
OUTPUTS = st.lists(
    st.builds(stream, TEXTS, st.sampled_from(["stdout", "stderr"]))
    | st.builds(lambda text: display(**{"text/plain": text}), TEXTS),
    max_size=5,
)


@settings(deadline=None)
@given(OUTPUTS)
def test_evening_out_twice_changes_nothing(outputs: list[dict[str, Any]]) -> None:
    once = tidy_outputs(outputs, HIDDEN)
    assert tidy_outputs(once, HIDDEN) == once


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40))
def test_text_without_control_characters_and_paths_is_kept(text: str) -> None:
    if "/" not in text:
        assert tidy_outputs([stream(text)], HIDDEN) == (stream(text),)


@settings(deadline=None)
@given(st.lists(st.text(max_size=5), max_size=6))
def test_how_a_text_is_cut_into_messages_makes_no_difference(parts: list[str]) -> None:
    whole = tidy_outputs([stream("".join(parts))], HIDDEN)
    assert tidy_outputs(map(stream, parts), HIDDEN) == whole
