"""What becomes of the text of marks, whatever it is made of."""

from __future__ import annotations

import pytest
from hypothesis import given

from polybook.dialect import parse_page
from polybook.document.ast import paragraph, plain_text, text
from polybook.slides.cutting import BEGINS, ENDS, cut, signed_page
from tests.dialect.test_any_text import of_pieces


@pytest.mark.parametrize(
    ("words", "language", "shown"),
    [
        ("以上です。", "ja", "以上です"),
        ("ilk,", "tr", "İlk"),
        ("ilk:", "id", "Ilk"),
        ("ßetter", "fr", "ßetter"),
        ("…", "fr", "…"),
        ("。", "ja", "。"),
    ],
)
def test_text_of_a_slide_begins_and_ends_as_one_of_its_own(
    words: str, language: str, shown: str
) -> None:
    blocks = [paragraph(text(f"{BEGINS}{words}{ENDS}"))]
    assert [plain_text(slide) for slide in cut(blocks, language)] == [shown]


@given(of_pieces)
def test_signs_change_no_cell_of_a_page(page: str) -> None:
    before = parse_page(page)
    assert [each.text for each in signed_page(before).cells] == [each.text for each in before.cells]
