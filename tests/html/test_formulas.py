"""Formulas: pairs of Markdown and the HTML that it becomes, in `formulas.md`."""

from __future__ import annotations

from pathlib import Path

import pytest

from polybook.document.ast import replace_inlines
from polybook.document.pandoc import read_markdown, write_blocks
from polybook.document.structure import structure
from polybook.html.formulas import lines_of, mend_formulas, set_formulas, unconverted
from tests.pairs import Pair, read_pairs

PAIRS = [
    pytest.param(pair, id=f"{pair.line} {pair.title}")
    for pair in read_pairs(Path(__file__).with_name("formulas.md"))
]


def written(markdown: str) -> str:
    """Return the HTML that pandoc makes of formulas as the site gives them to it."""
    (blocks,) = read_markdown([markdown])
    structure(blocks)
    replace_inlines(blocks, set_formulas)
    options = {"html_math_method": "mathml", "wrap_text": "wrap-none"}
    (html,) = write_blocks([blocks], "html5", options)
    return html


@pytest.mark.parametrize("pair", PAIRS)
def test_formula_becomes_html(pair: Pair) -> None:
    html = mend_formulas(written(pair.given))
    assert f"{html}\n" == pair.expected


def test_formula_that_pandoc_does_not_know_is_named_as_it_was_written() -> None:
    html = written("$x$ and $\\mathbf{AB}\\nosuch{a < b}$ and\n\n$$\\mathbf c \\nosuch$$\n")
    assert unconverted(html) == [r"\mathbf{AB}\nosuch{a < b}", r"\mathbf c \nosuch"]


def test_formula_is_found_where_it_stands_each_time() -> None:
    page = "# T\n\n$\\nosuch$, $\\nosuch$\n\n$$\na \\\\ &\\nosuch\n$$\n\n$\\nosuch$\n"
    within = "\\begin{aligned}\na \\\\ &\\nosuch\n\\end{aligned}"
    found = list(lines_of([within, "\\nosuch", "\\gone"], page))
    assert found == [("a \\\\ &\\nosuch", 6), ("\\nosuch", 3), ("\\gone", 0)]
    twice = ["\\nosuch"] * 9
    assert [line for _, line in lines_of(twice, page)] == [3, 3, 6, 9]
