"""What a program draws is said in the language of the page that shows it, by one run for all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from polybook.build import Build
from polybook.config import read_config
from tests.conftest import MakeBook
from tests.html.sites import build, save_outputs

CONFIG = """
[languages]
en = English
tr = Türkçe
ja = 日本語

[build]
tabs = jax
"""

CELL = """# Tides

```{.python .input}
plot()
```
"""

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg"><title>tides</title>'
    "<text>hour &amp; day</text><text><tspan>ebb</tspan> 1</text><text>12</text></svg>"
)

TURKISH = """
```image-words
hour & day = saat < gün
ebb = cezir

tides = gelgit
a tide by hour = Saatlere göre gelgit.
```
"""

JAPANESE = TURKISH.replace("saat < gün", "時刻と日").replace("cezir", "引き潮")


def drawn(root: Path) -> Path:
    """Save what the program of a book draws."""
    output = {
        "output_type": "display_data",
        "metadata": {"image/svg+xml": {"alt": "a tide by hour", "width": 40}},
        "data": {"image/svg+xml": SVG, "text/plain": "hour & day"},
    }
    save_outputs(root, lambda *_: [output])
    return root


@pytest.fixture
def book(make_book: MakeBook) -> Path:
    """A book of one page whose program draws a tide, with words in two languages."""
    pages = {"index.en.md": CELL, "index.tr.md": CELL + TURKISH, "index.ja.md": CELL + JAPANESE}
    return drawn(make_book({"config.ini": CONFIG, **pages}))


def shown(root: Path) -> Mapping[str, tuple[str, str]]:
    """Return each language's image and the page that shows it, by language, as a build makes it."""
    report, _ = build(root)
    images = {path.name: path.read_text() for path in report.folder.glob("**/*.svg")}
    pages = {code: (report.folder / code / "index.html").read_text() for code in ("en", "tr", "ja")}
    return {
        code: (next(images[name] for name in images if name in page), page)
        for code, page in pages.items()
    }


def test_one_run_is_shown_in_the_words_of_each_language(book: Path) -> None:
    assert len(Build(read_config(book), (), ()).programs()) == 1
    images = shown(book)
    assert images["en"][0] == SVG
    assert "<text>saat &lt; gün</text><text><tspan>cezir</tspan> 1</text>" in images["tr"][0]
    assert "<title>gelgit</title>" in images["tr"][0]
    assert "<text>時刻と日</text><text><tspan>引き潮</tspan> 1</text>" in images["ja"][0]


def test_what_an_image_is_said_to_show_is_in_the_pages_language(book: Path) -> None:
    images = shown(book)
    assert 'alt="a tide by hour" width="40"' in images["en"][1]
    assert 'alt="Saatlere göre gelgit." width="40"' in images["tr"][1]


def test_the_words_themselves_are_not_on_the_page(book: Path) -> None:
    assert "image-words" not in shown(book)["tr"][1]
    assert "cezir" not in shown(book)["tr"][1]


def test_words_that_change_show_at_the_next_build(book: Path) -> None:
    shown(book)
    page = book / "index.tr.md"
    page.write_text(page.read_text().replace("cezir", "inme"))
    assert "<tspan>inme</tspan>" in shown(book)["tr"][0]


def test_a_page_whose_words_are_those_of_its_images_has_no_findings(book: Path) -> None:
    assert build(book)[1] == []


@pytest.mark.parametrize(
    ("lines", "finding"),
    [
        ("ebb = cezir\nflod = met", "9: No image of the page says “flod”."),
        ("ebb = cezir", "8: An image of the page says “tides”, which has no words here."),
    ],
    ids=["said by no image", "without words"],
)
def test_what_is_wrong_with_words_is_said(make_book: MakeBook, lines: str, finding: str) -> None:
    page = f"{CELL}\n```image-words\n{lines}\n```\n"
    book = drawn(make_book({"config.ini": "[build]\ntabs = jax\n", "index.md": page}))
    findings = [f"{each.location.line}: {each.message}" for each in build(book)[1]]
    assert finding in findings


def test_nothing_is_said_of_images_that_no_run_has_left(make_book: MakeBook) -> None:
    book = make_book({"config.ini": "[build]\ntabs = jax\n", "index.md": CELL + TURKISH})
    assert build(book)[1] == []
