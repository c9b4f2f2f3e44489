"""Pages as the cells of notebooks: pairs of Markdown and what its cells hold, in `pages/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import MakeBook
from tests.document.books import config
from tests.notebooks.books import build, cells, notebook
from tests.pairs import Pair, read_pairs

BOOK = {
    "config.ini": config(more="[pdf]\nbibfile = works.bib\n"),
    "coast/index.md": "# Coast\n\n```toc\npage\nother\njax\nworks\n```\n",
    "coast/other.md": "# The other page\n:label:`sec_other`\n\n## Tower\n:label:`sec_tower`\n\n"
    "![A tower](../img/tower.svg)\n:label:`fig_tower`\n",
    "coast/jax.md": "# Only for JAX\n:label:`sec_jax`\n\n```{.python .input}\n%%tab jax\n1\n```\n",
    "coast/works.md": "# Works\n\n:bibliography:`works.bib`\n",
    "sea.py": 'def rise(metres=1):\n    "Come in."\n',
    "img/tower.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "img/ship.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
    "works.bib": "@book{Deniz.2020, author={Deniz, Su}, title={Waves}, year={2020}}\n",
}

PAIRS = [
    pytest.param(pair, id=f"{file.stem}:{pair.line} {pair.title}")
    for file in sorted(Path(__file__).with_name("pages").glob("*.md"))
    for pair in read_pairs(file)
]


@pytest.mark.parametrize("pair", PAIRS)
def test_page_becomes_cells(pair: Pair, make_book: MakeBook) -> None:
    root = make_book(BOOK)
    (root / "coast" / "page.md").write_text(pair.given, encoding="utf-8")
    build(root)
    found = cells(notebook(root, "pytorch/coast/page"))
    assert {kind for kind, _ in found} == {"markdown"}
    assert "\n-----\n".join(source for _, source in found) + "\n" == pair.expected
