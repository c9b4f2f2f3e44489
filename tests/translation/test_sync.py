"""`polybook sync`: code goes over, prose and translated comments stay."""

from __future__ import annotations

import pytest

from polybook.dialect import parse_page
from polybook.translation.comments import with_comments_of
from polybook.translation.sync import with_code_of


def cell(code: str, tab: str = "pytorch") -> str:
    """Return a cell with a marker."""
    return f"```{{.python .input}}\n%%tab {tab}\n{code}\n```\n"


def sync(reference: str, translation: str, *, comments: bool = False) -> str:
    """Return the translation with the reference's code; doing it twice is doing it once."""
    old = parse_page(reference)
    synced = with_code_of(old, parse_page(translation), comments=comments)
    assert with_code_of(old, parse_page(synced), comments=comments) == synced
    return synced


@pytest.mark.parametrize(
    ("code", "translation", "expected"),
    [
        ("x = 1\n", "x = 2\n", "x = 1\n"),
        ("x = 1  # one\n", "x = 2  # bir\n", "x = 1  # bir\n"),
        ("# one\nx = 1\n", "# bir\nx = 2\n", "# bir\nx = 1\n"),
        ("x = 1  # one\ny = 2  # two\n", "y = 2  # iki\n", "x = 1  # one\ny = 2  # iki\n"),
        ("x = '#'  # one\n", "x = '#'  # bir\n", "x = '#'  # bir\n"),
        ("def f():  #@save\n    # one\n    pass\n", "def g():\n    # bir\n    pass\n", None),
        ("x = 1\n", "x = 1  # bir\n", "x = 1  # bir\n"),
        ("x = 1  # one", "x = 1", "x = 1  # one"),
        ('s = """\n# no comment\n"""\n', 's = """\n# değil\n"""\n', 's = """\n# no comment\n"""\n'),
    ],
)
def test_comments_of_the_translation_stay_where_they_were(
    code: str, translation: str, expected: str | None
) -> None:
    expected = expected or "def f():  #@save\n    # bir\n    pass\n"
    assert with_comments_of(code, translation) == expected


def test_the_same_code_changes_nothing() -> None:
    old = f"# A\n\nBir.\n\n{cell('x = 1  # bir')}"
    new = "# A\n\nUn.\n\n" + cell("# un\n\nx = 1")
    assert sync(old, new) == new


def test_the_references_comments_come_too_if_asked_for() -> None:
    old, new = f"# A\n\n{cell('x = 1  # bir')}", f"# A\n\n{cell('x = 1  # un')}"
    assert sync(old, new, comments=True) == old


def test_changed_code_goes_over_and_prose_stays() -> None:
    old = f"# A\n\nBir.\n\n{cell('x = 3')}\n{cell('y = 1', 'jax')}\nİki.\n"
    new = f"# A\n\nUn.\n\n{cell('x = 1')}\n{cell('y = 1', 'jax')}\nDeux.\n"
    assert sync(old, new) == new.replace("x = 1", "x = 3")


def test_a_new_cell_goes_beside_the_cells_that_it_stands_beside() -> None:
    first, second, third = cell("x = 1"), cell("x = 2", "jax"), cell("x = 3", "mxnet")
    for lost in (first, second, third):
        cells = [first, second, third]
        old = "# A\n\nBir.\n\n" + "\n".join(cells) + "\nİki.\n"
        new = "# A\n\nUn.\n\n" + "\n".join(c for c in cells if c != lost) + "\nDeux.\n"
        assert sync(old, new) == old.replace("Bir", "Un").replace("İki", "Deux")


def test_new_cells_go_behind_the_paragraph_that_they_stand_behind() -> None:
    old = f"# A\n\nBir.\n\n{cell('x = 1')}\n{cell('x = 2', 'jax')}\nİki.\n\n## B\n\nÜç.\n"
    new = "# A\n\nUn.\n\nDeux.\n\n## B\n\nTrois.\n"
    expected = old.replace("Bir", "Un").replace("İki", "Deux").replace("Üç", "Trois")
    assert sync(old, new) == expected


def test_cells_that_the_reference_has_not_go() -> None:
    old = f"# A\n\nBir.\n\n{cell('x = 1')}\nİki.\n"
    new = f"# A\n\nUn.\n\n{cell('x = 1')}\n{cell('x = 2', 'jax')}\nDeux.\n\n{cell('y = 1')}"
    assert sync(old, new).rstrip() == old.replace("Bir", "Un").replace("İki", "Deux").rstrip()


def test_a_cell_that_was_split_is_one_again() -> None:
    whole = cell("x = 1\ny = 2")
    old = f"# A\n\n{whole}\nBir.\n"
    new = f"# A\n\n{cell('x = 1')}\nUn.\n\n{cell('y = 2')}\nDeux.\n"
    assert sync(old, new) == f"# A\n\n{whole}\nUn.\n\nDeux.\n"


def test_line_breaks_of_the_translation_stay() -> None:
    old = f"# A\n\n{cell('x = 1')}"
    new = f"# A\n\n{cell('x = 2')}".replace("\n", "\r\n")
    assert sync(old, new) == new.replace("x = 2", "x = 1")


def test_line_breaks_of_the_reference_do_not_go_over() -> None:
    old = f"# A\n\n{cell('x = 1')}"
    assert sync(old.replace("\n", "\r\n"), old.replace("1", "2")) == old


def test_cells_in_another_order_are_put_into_the_references() -> None:
    old = f"# A\n\nBir.\n\n{cell('x = 1')}\nİki.\n\n{cell('y = 1')}"
    new = f"# A\n\nUn.\n\n{cell('y = 1')}\nDeux.\n\n{cell('x = 1')}"
    assert sync(old, new).index("x = 1") < sync(old, new).index("y = 1")


@pytest.mark.parametrize("code", ["%time x = 1  # bir", "x = 1  #@save", "!ls  # bir"])
def test_what_is_no_comment_goes_over(code: str) -> None:
    old = f"# A\n\n{cell(code)}"
    assert sync(old, f"# A\n\n{cell(code.split('  #', maxsplit=1)[0] + '  # un')}") == old


def test_what_a_set_up_cell_asks_for_goes_over() -> None:
    old = "# A\n\n```{.python .input}\n%load_ext d2lbook.tab\n#required_libs(a)\n```\n"
    assert sync(old, old.replace("(a)", "(b)")) == old


def test_a_cell_behind_a_last_line_without_a_line_break_is_put_on_lines_of_its_own() -> None:
    assert sync(f"# A\n\nBir.\n\n{cell('x = 1')}", "# A\n\nUn.").startswith("# A\n\nUn.\n\n```")
