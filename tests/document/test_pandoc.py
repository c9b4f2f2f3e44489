"""pandoc in batches: order, options and refusals; and what is kept of its work."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from polybook.document.pandoc import pandoc_path, read_markdown, write_blocks
from polybook.errors import PandocError
from tests.conftest import MakeBook
from tests.document.books import Documented, config
from tests.document.summary import summary

MATHML = {"html_math_method": "mathml"}


def test_documents_come_back_in_their_order_however_they_are_shared_out() -> None:
    read = list(read_markdown(f"Page {number}" for number in range(50)))
    assert [summary(blocks) for blocks in read] == [f"Para: Page {n}\n" for n in range(50)]


def test_nothing_starts_no_pandoc() -> None:
    assert list(read_markdown([])) == []
    assert list(write_blocks([], "html5", {})) == []


def test_refusal_is_an_error_that_says_why() -> None:
    with pytest.raises(PandocError, match="nosuchformat"):
        list(write_blocks([[]], "nosuchformat", {}))


def test_formulas_become_mathml() -> None:
    (blocks,) = read_markdown(["Where $x^2$, and $$\\begin{aligned} a &= b \\end{aligned}$$"])
    (html,) = write_blocks([blocks], "html5", MATHML)
    assert html.count("<math") == 2
    assert "<msup><mi>x</mi><mn>2</mn></msup>" in html


def test_dialect_that_books_never_meant_is_text() -> None:
    (blocks,) = read_markdown(["(@) example\n\n[@someone]\n\n# Title\n"])
    assert summary(blocks) == "Para: (@) example\nPara: [@someone]\nHeader 1: Title\n"


PAGES = {
    "config.ini": config(),
    "one.md": "# One\n\n[two](two.md) <!-- c --> $x$\n\n## Part\n:label:`sec_part`\n",
    "two.md": "# Two\n\n- a :width:`1px`\n\n![i](i.svg)\n:label:`fig_i`\n\n\\TeX{}\n",
}


def texts(documents: Documented) -> list[str]:
    return [summary(documents.document(page).blocks) for page in ("one", "two")]


def test_what_pandoc_made_is_kept_and_read_again_alike(
    make_book: MakeBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_book(PAGES)
    first = Documented(root)
    expected, found = texts(first), [first.said("one"), first.said("two")]
    # A second build finds everything and starts nothing.
    monkeypatch.setattr(os, "posix_spawn", None)
    monkeypatch.setattr("subprocess.Popen", None)
    second = Documented(root)
    assert texts(second) == expected
    assert [second.said("one"), second.said("two")] == found
    assert second.documents.numbers("en") == first.documents.numbers("en")


def test_kept_files_that_are_gone_or_empty_are_made_again(make_book: MakeBook) -> None:
    root = make_book(PAGES)
    expected = texts(Documented(root))
    cache = root / "build" / ".cache"
    for file in (cache / "blocks").iterdir():
        file.unlink()
    assert texts(Documented(root)) == expected
    for file in cache.rglob("*.json"):
        file.write_bytes(b"")
    assert texts(Documented(root)) == expected


def test_texts_that_the_book_no_longer_has_are_forgotten(make_book: MakeBook) -> None:
    root = make_book(PAGES)
    Documented(root)
    (root / "one.md").write_text("# Another\n")
    documents = Documented(root)
    documents.documents.forget_others()
    kept = {path: len(list(path.glob("*.json"))) for path in folders(root)}
    assert set(kept.values()) == {2}
    assert texts(Documented(root))[0] == "Header 1 {#another number=1}: Another\n"


def folders(root: Path) -> list[Path]:
    return [path for path in (root / "build" / ".cache").iterdir() if path.is_dir()]


def test_pandoc_is_the_one_that_the_package_carries() -> None:
    assert Path(pandoc_path()).is_file()
    assert "site-packages" in pandoc_path()
