"""Marks in comments hide what they name, and are taken out without a trace."""

from __future__ import annotations

import pytest

from polybook.dialect.comments import (
    Hidden,
    hidden,
    hidden_cells,
    save_marks,
    without_hide_marks,
    without_save_marks,
)

BOTH = Hidden(code=True, output=True)
CODE = Hidden(code=True)
OUTPUT = Hidden(output=True)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = 1", Hidden()),
        ("#@hide\nx = 1", BOTH),
        ("x = 1  # @hide", BOTH),
        ("#@hide_code\nx = 1", CODE),
        ("#@hide_output\nx", OUTPUT),
        ("#@hide_outputs\nx", OUTPUT),
        ("#@Hide_Output\nx", OUTPUT),
        ("#@hide_code\n#@hide_output\nx", BOTH),
        ("#@hide_all\nx", Hidden(code=True, output=True, following=True)),
        ("%matplotlib inline\n#@hide_output (long)\nx", OUTPUT),
        ("# Hide code\nx", CODE),
        ("x  # hide outputs", OUTPUT),
        ("# Hide outputs\n# Hide code\nx", BOTH),
    ],
)
def test_mark_hides_what_it_names(code: str, expected: Hidden) -> None:
    assert hidden(code) == expected


@pytest.mark.parametrize(
    "code",
    [
        "print('#@hide')",
        'text = """\n#@hide_code\n"""',
        "# We hide code that is long",
        "# Hide code of the loop\nx",
        "hide = 1  # @hidden",
        "#@save\nhide()",
        "'it\\'s #@hide'",
    ],
)
def test_other_words_hide_nothing(code: str) -> None:
    assert hidden(code) == Hidden()
    assert without_hide_marks(code) == code


def test_hide_all_hides_the_rest_of_the_page() -> None:
    found = list(hidden_cells(["x", "#@hide_code\ny", "#@hide_all\nz", "x", "#@hide_code\ny"]))
    assert [(each.code, each.output) for each in found] == [
        (False, False),
        (True, False),
        (True, True),
        (True, True),
        (True, True),
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("#@hide_output\nx = 1\ny", "x = 1\ny"),
        ("x = 1\n  # @hide_output\ny\n", "x = 1\ny\n"),
        ("x = 1\n#@hide_output", "x = 1"),
        ("x = 1  #@hide_output\ny", "x = 1\ny"),
        ("x = '#@hide'  # why #@hide_output", "x = '#@hide'  # why"),
        ("#@hide_output\r\nx\r\n", "x\r\n"),
        ("#@hide_output\n\nx", "\nx"),
        ("# Hide outputs\n#@hide_code\nx", "x"),
        ("#@hide", ""),
        ("don't #@hide\n%%bash\necho 'x' # @hide_code\n", "don't\n%%bash\necho 'x'\n"),
    ],
)
def test_marks_are_taken_out(code: str, expected: str) -> None:
    assert without_hide_marks(code) == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("#@save\ndef f():\n    pass", "def f():\n    pass"),
        ("def f():  #@save\n    pass", "def f():\n    pass"),
        ("def f():  # @save\n    '#@save'", "def f():\n    '#@save'"),
        ("class A:  #@save\n    #@save\n    x = 1", "class A:\n    x = 1"),
        ("#@saved\n#@save_all\nx", "#@saved\n#@save_all\nx"),
    ],
)
def test_save_marks_are_taken_out(code: str, expected: str) -> None:
    assert without_save_marks(code) == expected


def test_save_marks_are_found_where_they_begin() -> None:
    code = "x = '#@save'\ndef f():  # one #@save two\n    pass"
    (mark,) = save_marks(code)
    assert code[mark.start : mark.end] == "#@save two"
