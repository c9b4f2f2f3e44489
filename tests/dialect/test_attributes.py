"""The attributes behind a fence, against pandoc, which reads them on other fences."""

from __future__ import annotations

import pytest

from polybook.dialect.attributes import Attributes, parse_attributes
from polybook.document.pandoc import read_markdown

INFOS = [
    "",
    "python",
    "  python  ",
    "python title",
    "{.python .input}",
    "{.python .input  n=3}",
    "{.input .python\t.x}",
    "python {.input}",
    "python{.input}",
    "python more {.input}",
    "{.python .input, n=1}",
    "{.python .input",
    ".python .input}",
    "{.python .input} n=1",
    "{.python}{.input}",
    "{#rain .python}",
    "{.python #rain#wind}",
    "{#1}",
    "{#rain=wind}",
    "{#yağmur .yağmur yağmur=yağmur}",
    '{tags="a b" n=1}',
    "{tags='a b' n='1'}",
    '{tags="a \\" b"}',
    '{tags="a}"}',
    "{tags=a}}",
    '{tags="a}',
    "{tags=a'b}",
    "{tags=}",
    "{tags = a}",
    "{tags}",
    "{_tags=a}",
    "{.1st}",
    "{._x}",
    "{.}",
    "{#}",
    "{-}",
    "{.x -}",
    "{!x}",
    "{}",
    "{ }",
    "{=html}",
    "{= html}",
    "{python}",
    "{r echo=FALSE}",
    "{.日本 k.l=1}",
]


def test_attributes_are_read_as_pandoc_reads_them() -> None:
    pages = list(read_markdown(f"```{info}\na\n\nb\n```\n" for info in INFOS))
    theirs: dict[str, Attributes | None] = {}
    for info, blocks in zip(INFOS, pages, strict=True):
        match blocks:
            case [{"t": "CodeBlock", "c": [[identifier, classes, pairs], _]}]:
                pairs = tuple((key, value) for key, value in pairs)
                theirs[info] = Attributes(identifier, tuple(classes), pairs)
            case [{"t": "RawBlock"}]:
                theirs[info] = Attributes()
            case _:
                theirs[info] = None
    ours = {info: parse_attributes(info) for info in INFOS}
    assert {info: each if not each.unread else None for info, each in ours.items()} == theirs


@pytest.mark.parametrize(
    ("info", "unread"),
    [
        ("python title", "title"),
        ("{.python .input, n=1}", ".input,"),
        ("{.python .input", "{.python .input"),
        ("{.python} n=1", "n=1"),
        ("{tags = a}", "tags"),
    ],
)
def test_what_is_no_attribute_is_named(info: str, unread: str) -> None:
    assert parse_attributes(info).unread == unread


def test_value_given_twice_is_the_last_one() -> None:
    attributes = parse_attributes("{n=1 tags=x n=2}")
    assert attributes.get("n") == "2"
    assert attributes.get("id") == ""
    assert attributes.get("id", "none") == "none"
