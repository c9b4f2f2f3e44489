"""Colours of Python code: pairs of code and the HTML that it becomes, in `code.md`."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polybook.document.ast import attr, code_block
from polybook.html.code import coloured, python_code
from tests.pairs import Pair, read_pairs

PAIRS = [
    pytest.param(pair, id=f"{pair.line} {pair.title}")
    for pair in read_pairs(Path(__file__).with_name("code.md"))
]

PIECES = ["'", '"', "'''", '"""', "\\", "{", "}", "f", "rb", "#", "@", "def ", "\n", "1", ".", "&"]


@pytest.mark.parametrize("pair", PAIRS)
def test_code_becomes_html(pair: Pair) -> None:
    assert coloured(pair.given) == pair.expected


@given(st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3))).map("".join))
def test_no_code_is_changed_by_its_colours(code: str) -> None:
    tags = r'<span class="(?:at|bu|co|do|dv|fu|kw|st)">|</span>'
    html = coloured(code)
    assert unescape(re.sub(tags, "", html)) == code
    assert html.count("<") == 2 * html.count("</span>")


def test_long_code_of_strings_that_do_not_end_is_coloured_too() -> None:
    assert "<span" in coloured("''' \\ { \"\"\" f'{ " * 20_000)


def test_code_in_other_languages_and_with_attributes_is_left_to_pandoc() -> None:
    assert python_code(code_block("ls", "bash")) is None
    assert python_code(code_block("x", "python", "numberLines")) is None
    assert python_code({"t": "CodeBlock", "c": [attr("here", ["python"]), "x"]}) is None
    assert python_code(code_block("x", "python", "code")) is not None
