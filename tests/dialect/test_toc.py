"""Tables of contents: options, then one page a line."""

from __future__ import annotations

import pytest

from polybook.dialect.toc import Toc, parse_toc


@pytest.mark.parametrize(
    ("body", "toc"),
    [
        ("", Toc(())),
        ("a\nb\n", Toc(("a", "b"))),
        ("\r\n  a.md \r\n\r\n../b/index\r\n", Toc(("a", "../b/index"))),
        (":maxdepth: 2\n:numbered:\n\na", Toc(("a",), numbered=True, max_depth=2)),
        (":numbered: 1\n:maxdepth:3\n", Toc((), numbered=True, max_depth=3)),
        (":hidden:\n:maxdepth: deep\na b\n", Toc(("a b",))),
        (":maxdepth: ²\n:maxdepth: 99999999\n", Toc(())),
        ("a\u2028b\n", Toc(("a\u2028b",))),
    ],
)
def test_table_of_contents(body: str, toc: Toc) -> None:
    assert parse_toc(body) == toc
