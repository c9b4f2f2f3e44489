"""Branches: what of a cell's code a tab runs."""

from __future__ import annotations

import contextlib
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polybook.dialect.branches import asked_tabs, parseable, resolve_branches
from tests.pairs import Pair, read_pairs

TABS = ("jax", "mxnet", "pytorch", "tensorflow")
PAIRS = read_pairs(Path(__file__).with_name("branches.txt"))


def expected(pair: Pair) -> Iterator[tuple[str, str]]:
    for part in pair.expected.split("== ")[1:]:
        tab, _, code = part.partition("\n")
        yield tab, code


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.title)
def test_tab_is_left_what_it_runs(pair: Pair) -> None:
    for tab, code in expected(pair):
        assert resolve_branches(pair.given, tab) == code
        assert resolve_branches(pair.given.removesuffix("\n"), tab) == code.removesuffix("\n")


def test_code_that_does_not_ask_keeps_every_byte() -> None:
    code = "\n\n  x = 1 \r\n\tif tab.selection('jax'):\f\n\u2028 ?? \x00\n\n"
    assert resolve_branches(code, "jax") == code


@pytest.mark.parametrize(
    "code",
    [
        "if tab.selected('jax'):\n",
        "tab.selected('jax') \x00",
        "(" * 500 + "tab.selected('jax')",
        "a = " + "-" * 50_000 + "(1 if tab.selected('jax') else 2)",
        "if tab.selected('jax'):\n    a\n  b\n",
    ],
    ids=["incomplete", "null", "brackets", "depth", "indentation"],
)
def test_code_that_cannot_be_parsed_stays_as_it_is(code: str) -> None:
    assert resolve_branches(code, "jax") == code
    assert parseable(code) is None


def test_separators_that_are_no_line_breaks_shift_nothing() -> None:
    code = "a = '\u2028\x85\x1c'\n\fif tab.selected('jax'):\n    b = '\u2029'\nelse:\n    b = 2\n"
    assert resolve_branches(code, "jax") == "a = '\u2028\x85\x1c'\nb = '\u2029'\n"


def test_tabs_as_indentation_are_kept() -> None:
    code = "def f():\n\tif tab.selected('jax'):\n\t\ta = 1\n\t\tif a:\n\t\t\treturn a\n"
    assert resolve_branches(code, "jax") == "def f():\n\ta = 1\n\tif a:\n\t\treturn a\n"
    assert resolve_branches(code, "mxnet") == "def f():\n\tpass\n"


def test_warnings_about_the_code_are_not_shown(recwarn: pytest.WarningsRecorder) -> None:
    resolve_branches("if tab.selected('jax'):\n    a = '\\d' + 1if a else 2\n", "jax")
    assert not recwarn.list


def test_asked_tabs_come_with_their_lines() -> None:
    code = "%time\nif tab.selected('jax'):\n    a = 1 if tab.selected(['MXNet', 'jx']) else 2\n"
    assert sorted(asked_tabs(code)) == [("jax", 1), ("jx", 2), ("mxnet", 2)]
    assert asked_tabs("a = 1") == []
    assert asked_tabs("tab.selected('jax'") == []


# ------------------------------------------------------ the same as running it with a tab chosen


class Chosen:
    """What `tab` is where a page is run by hand."""

    def __init__(self, tab: str) -> None:
        self._tab = tab

    def selected(self, *tabs: str | list[str]) -> bool:
        return any(self._tab == tab or self._tab in tab for tab in tabs)


def run(code: str, **names: object) -> list[object]:
    """Run code that calls `log`; return what it was called with, and how the code ended."""
    seen: list[object] = []

    def log(*what: object) -> bool:
        seen.append(what)
        return len(seen) % 2 == 0

    try:
        with contextlib.suppress(ZeroDivisionError):
            exec(compile(code, "cell", "exec"), {"log": log, **names})
    except NameError as error:
        seen.append(str(error))
    return seen


def run_with(code: str, tab: str) -> list[object]:
    library = types.SimpleNamespace(**{f"USE_{each.upper()}": each == tab for each in TABS})
    return run(code, tab=Chosen(tab), d2l=library)


@st.composite
def questions(draw: st.DrawFn) -> str:
    names = draw(st.lists(st.sampled_from(TABS), min_size=1, max_size=3, unique=True))
    listed = ", ".join(map(repr, names))
    forms = [f"tab.selected({listed})", f"tab.selected([{listed}])", f"d2l.USE_{names[0].upper()}"]
    return draw(st.sampled_from(forms))


numbers = st.integers(0, 9).map(str)
conditions = st.recursive(
    questions() | questions() | st.sampled_from(["log('é')", "True", "not log(1)"]),
    lambda inner: st.one_of(
        inner.map(lambda each: f"not ({each})"),
        st.tuples(inner, st.sampled_from(["and", "or", "and\n  "]), inner).map(
            lambda each: f"(({each[0]}) {each[1]} {each[2]})"
        ),
    ),
    max_leaves=4,
)
expressions = st.recursive(
    numbers | st.just("'é日本'") | st.just('"""a\n  é\n    """'),
    lambda inner: st.one_of(
        st.tuples(inner, conditions, inner).map(
            lambda each: f"({each[0]} if {each[1]} else\n{each[2]})"
        ),
        st.tuples(inner, conditions).map(lambda each: f"[{each[0]} for _ in 'ab' if ({each[1]})]"),
        conditions.map(lambda each: f"({each})"),
        inner.map(lambda each: f"(lambda: {each})()"),
    ),
    max_leaves=3,
)
lines = st.one_of(
    expressions.map(lambda each: f"log({each})"),
    expressions.map(lambda each: f"é = {each}; log(é)  # é if tab.selected('jax')"),
    st.just("log('''\n  a\n\n    b'''\n    'c' + \\\n 'd')"),
    st.just("# a remark"),
    st.just(""),
)


def indented(block: str, by: str) -> str:
    """Indent a block as its author would: what is in strings stays where it is."""
    inside = False
    shifted = []
    for line in block.split("\n"):
        shifted.append(line if inside or not line else by + line)
        inside ^= (line.count("'''") + line.count('"""')) % 2 == 1
    return "\n".join(shifted)


def blocks_of(statements: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    some = st.lists(statements, min_size=1, max_size=3).map("\n".join)
    return st.tuples(some, numbers, st.sampled_from(["    ", "  ", "\t"])).map(
        lambda each: indented(f"{each[0]}\nlog({each[1]})", each[2])
    )


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    block = blocks_of(inner)
    bodies = block.map(lambda each: f":  # é\n{each}") | numbers.map(
        lambda n: f": log({n}); log(2)"
    )
    arms = st.lists(st.tuples(conditions, bodies), min_size=1, max_size=3)
    ifs = st.tuples(arms, st.none() | bodies).map(
        lambda each: "\n".join(
            [
                *(
                    f"{'elif' if number else 'if'} ({test}){body}"
                    for number, (test, body) in enumerate(each[0])
                ),
                *([f"else{each[1]}"] if each[1] else []),
            ]
        )
    )
    only = ifs.map(lambda each: indented(each, "    "))
    return st.one_of(
        ifs,
        ifs,
        only.map(lambda each: f"def f():\n{each}\nf()"),
        only.map(lambda each: f"try:\n{each}\nfinally:\n{each}"),
        block.map(lambda each: f"class A:\n{each}"),
        block.map(lambda each: f"for _ in 'ab':\n{each}\nelse:\n{each}"),
    )


@settings(max_examples=150, deadline=None)
@given(st.lists(st.recursive(lines, compound, max_leaves=5), min_size=1, max_size=3).map("\n".join))
def test_what_is_left_does_what_the_whole_does(code: str) -> None:
    compile(code, "cell", "exec")
    for tab in (*TABS, "other"):
        resolved = resolve_branches(code, tab)
        assert run(resolved) == run_with(code, tab)
        assert not asked_tabs(resolved)


PIECES = [
    *("if ", "elif ", "else:", ":", "(", ")", "'", '"""', " and ", "x", "é", "#", "%time "),
    *(
        "tab.selected('jax')",
        "tab.selected(",
        "\n",
        "    ",
        "\\\n",
        "\f",
        "\x00",
        "\u2028",
        "\r",
        "\r\n",
    ),
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_text_is_resolved_without_an_error(code: str) -> None:
    for tab in ("jax", "mxnet"):
        resolved = resolve_branches(code, tab)
        assert parseable(code) is None or parseable(resolved) is not None
    assert all(0 <= line <= code.count("\n") for _, line in asked_tabs(code))
