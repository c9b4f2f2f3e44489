"""Pages as documents: pairs of Markdown and what it becomes, in `pages/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import MakeBook
from tests.document.books import Documented, config
from tests.document.summary import summary
from tests.pairs import Pair, read_pairs

#: The page of a case is 1.1 of a book with the tabs pytorch and jax; this one is 1.2.
OTHER = """
# The other page
:label:`sec_other`

![A lighthouse](../img/tower.svg)
:label:`fig_tower`
"""

PAIRS = [
    pytest.param(pair, id=f"{file.stem}:{pair.line} {pair.title}")
    for file in sorted(Path(__file__).with_name("pages").glob("*.md"))
    for pair in read_pairs(file)
]


@pytest.mark.parametrize("pair", PAIRS)
def test_page_becomes_document(pair: Pair, make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": config(),
            "coast/index.md": "# Coast\n:label:`chap_coast`\n\n```toc\npage\nother\n```\n",
            "coast/other.md": OTHER,
            "img/tower.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
            "img/ship.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
        }
    )
    (root / "coast" / "page.md").write_text(pair.given, encoding="utf-8")
    assert summary(Documented(root).document("coast/page").blocks) == pair.expected
