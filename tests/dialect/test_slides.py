"""Slide marks: what of them stands on the page, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from polybook.dialect import parse_page
from polybook.dialect.slides import (
    SlideMark,
    find_half_headings,
    find_slide_marks,
    without_slide_marks,
)
from polybook.errors import Severity
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


def test_bracket_that_opens_a_heading_and_is_never_closed_is_reported_and_not_shown() -> None:
    prose = "# Deniz\n\n## [Özet\n\n- [x] iş\n\n### [a] b\n\n```\n# [kod\n```\n"
    assert find_half_headings(prose) == [prose.index("[Özet")]
    assert without_slide_marks(prose) == prose.replace("[Özet", "Özet")
    (slip,) = parse_page(prose).inline_slips
    assert (slip.line, slip.severity) == (3, Severity.WARNING)
    assert "nothing closes" in slip.message
