"""Slide marks: what of them stands on the page, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from polybook.dialect.slides import SlideMark, find_slide_marks, without_slide_marks
from tests.pairs import Pair, read_pairs

PAIRS = read_pairs(Path(__file__).with_name("slides.txt"))


@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.title)
def test_prose_stands_on_the_page_without_its_marks(pair: Pair, ends: str) -> None:
    prose = pair.given.replace("\n", ends)
    stray = "".join(
        f"! {prose.count(ends, 0, each.start) + 1} {each.mark}\n"
        for each in find_slide_marks(prose)[1]
    )
    assert without_slide_marks(prose).replace(ends, "\n") + stray == pair.expected


def test_mark_says_where_it_is_and_what_it_does() -> None:
    prose = "é [** a\nb**] (~~c~~)"
    assert find_slide_marks(prose) == (
        [SlideMark("[**", 2, 12, " a\nb"), SlideMark("(~~", 13, 20, "c")],
        [],
    )
    first, second = find_slide_marks(prose)[0]
    assert (first.begins_slide, first.on_page) == (True, True)
    assert (second.begins_slide, second.on_page) == (False, False)
