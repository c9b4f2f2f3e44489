"""What is for some formats only is shown by these and by no other."""

from __future__ import annotations

import pytest

from polybook.document.ast import code_block, div
from polybook.document.only import for_format, holds, only


@pytest.mark.parametrize(
    ("condition", "names", "held"),
    [
        ("html", {"html"}, True),
        ("latex", {"html"}, False),
        ("not latex", {"html"}, True),
        ("html or latex", {"latex", "pdf"}, True),
        ("html and latex", {"latex", "pdf"}, False),
        (" not (html or epub) and pdf ", {"latex", "pdf"}, True),
    ],
)
def test_condition(condition: str, names: set[str], held: bool) -> None:
    assert holds(condition, names) is held


@pytest.mark.parametrize(
    "condition", ["", "html latex", "html, latex", "1", "x.y", "html or f()", "(", "a" + "\0"]
)
def test_what_is_no_condition_is_said(condition: str) -> None:
    with pytest.raises(ValueError, match="no condition"):
        holds(condition, {"html"})


def test_a_format_has_what_is_its_own_at_any_depth() -> None:
    one, two, three = (code_block(each) for each in ("one", "two", "three"))
    blocks = [
        *only([one, *only([two], "latex")], "html"),
        {"t": "BulletList", "c": [only([three], "not html"), [one]]},
        div(only([two], "latex"), "box"),
    ]
    assert for_format(blocks, {"html"}) == [
        one,
        {"t": "BulletList", "c": [[], [one]]},
        div([], "box"),
    ]
