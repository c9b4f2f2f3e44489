"""A page of reStructuredText in a browser: what is for the site, and a library under its tabs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.reading import serving
from playwright.sync_api import Page

from polybook.build import Build
from polybook.config import read_config
from polybook.html.sections import sections
from tests.conftest import MakeBook
from tests.document.books import Documented
from tests.html.conftest import NewContext

CONFIG = """[build]
notebooks = *.md
output_dir = build
tabs = pytorch, jax
[library-pytorch]
lib_file = sea/torch.py
[library-jax]
lib_file = sea/jax.py
"""
CODE = """
class Tide:
    def rise(self, {parameters}):
        "Come in."
"""
INDEX = """
```eval_rst
.. only:: html

   The sea
   =======

.. only:: latex

   The sea in print.

.. raw:: html
   :file: front.html

.. toctree::

   tides
```
"""
TIDES = """# Tides

```eval_rst
.. autoclass:: Tide
   :members:
```
"""
FRONT = '<p id="front"><a href="tides.html">Tides</a> <img src="boat.svg" alt=""></p>'


@pytest.fixture
def root(make_book: MakeBook) -> Path:
    long = ", ".join(f"parameter_{number}=None" for number in range(12))
    return make_book(
        {
            "config.ini": CONFIG,
            "index.md": INDEX,
            "tides.md": TIDES,
            "sea/torch.py": CODE.format(parameters=long),
            "sea/jax.py": CODE.format(parameters="x"),
            "static/front.html": FRONT,
            "static/boat.svg": "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        }
    )


@pytest.fixture
def sea(root: Path) -> Iterator[str]:
    with serving(Build(read_config(root), (), ()).html()[0].folder) as address:
        yield address


def test_the_site_shows_what_is_for_it_and_nothing_else(page: Page, sea: str) -> None:
    page.goto(f"{sea}/index.html")
    assert page.title().startswith("The sea")
    assert page.locator("article h1").inner_text() == "The sea"
    assert "print" not in page.locator("article").inner_text()


def test_search_knows_what_is_for_the_site_and_a_library(root: Path) -> None:
    documented = Documented(root)
    text = {
        name: " ".join(
            piece.text for each in sections(documented.document(name)) for piece in each.pieces
        )
        for name in ("index", "tides")
    }
    assert "print" not in text["index"]
    assert "class sea.jax.Tide" in text["tides"]


def test_raw_html_finds_its_pages_and_its_images(page: Page, sea: str) -> None:
    page.goto(f"{sea}/index.html")
    assert page.locator("#front img").evaluate("image => image.naturalWidth") == 9
    page.locator("#front a").click()
    assert page.locator("article h1").inner_text() == "Tides"


def test_link_into_a_library_leads_to_the_readers_own_tab(page: Page, sea: str) -> None:
    page.goto(f"{sea}/tides.html")
    page.get_by_role("tab", name="JAX").click()
    assert page.get_by_text("rise(x)").is_visible()
    page.goto(f"{sea}/tides.html#sea.torch.Tide.rise")
    like = page.locator("[data-anchor='sea.torch.Tide.rise']")
    assert like.get_attribute("id") == "sea.jax.Tide.rise"
    assert like.is_visible()


def test_a_long_signature_is_broken_on_a_phone(new_context: NewContext, sea: str) -> None:
    page = new_context(viewport={"width": 360, "height": 800}).new_page()
    page.goto(f"{sea}/tides.html")
    width = page.evaluate("document.documentElement.scrollWidth")
    box = page.locator(".signature .parameters").nth(0).bounding_box()
    assert width == 360
    assert box
    assert box["x"] + box["width"] <= 360


def test_an_unchanged_book_is_not_written_again_and_a_changed_library_is(root: Path) -> None:
    def changed() -> list[str]:
        return list(Build(read_config(root), (), ()).html()[0].changed)

    assert "tides.html" in changed()
    assert changed() == []
    (root / "sea" / "jax.py").write_text(CODE.format(parameters="y"), encoding="utf-8")
    assert changed() == ["tides.html"]
    (root / "static" / "front.html").write_text("<p>New</p>", encoding="utf-8")
    assert "index.html" in changed()
