"""Nobody is shut out: axe finds nothing on any kind of page, on any screen, in any colours."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.html.conftest import NewContext

STATIC = Path(str(resources.files("polybook.html"))) / "static"
AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")

#: One page of each kind: of this repository's book, in each language, and of the tests' book.
OWN = ("index.html", "404.html", "tr/index.html", "vi/chapter_file_io/index.html")
OWN_TEXTS = tuple(f"{language}/chapter_file_io/tensors.html" for language in ("ja", "fr", "id"))
KINDS = (
    *[("own_address", path) for path in (*OWN, *OWN_TEXTS)],
    *[("address", path) for path in ("tr/harbour/tides.html", "tr/harbour/outputs.html")],
    ("address", "ar/harbour/stale.html"),  # from right to left, and not translated
)
SCREENS = {360: 740, 1440: 900}


def violations(page: Page, *but: str) -> list[str]:
    """Return what axe finds wrong with a page; some of its rules can be left out."""
    page.evaluate(AXE)
    found: Any = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [
        f"{each['id']}: {node['html'][:120]} {node['failureSummary']}"
        for each in found["violations"]
        if each["id"] not in but
        for node in each["nodes"]
    ]


@pytest.fixture(params=SCREENS)
def screen(request: pytest.FixtureRequest, new_context: NewContext) -> Page:
    """A page on a telephone or a desk, for a reader of none of the languages."""
    width: int = request.param
    size = {"width": width, "height": SCREENS[width]}
    phone = width < 600  # which has no mouse: what shows under one elsewhere always shows there
    return new_context(viewport=size, locale="de-DE", has_touch=phone, is_mobile=phone).new_page()


@pytest.mark.parametrize(("where", "path"), KINDS, ids=[path for _, path in KINDS])
def test_axe_finds_nothing_in_light_and_dark(
    screen: Page, where: str, path: str, request: pytest.FixtureRequest
) -> None:
    screen.goto(f"{request.getfixturevalue(where)}/{path}")
    # The author of one page has left out a level of headings: that is theirs to do.
    but = ("heading-order",) if path == "tr/harbour/outputs.html" else ()
    assert violations(screen, *but) == []
    screen.emulate_media(color_scheme="dark")
    assert violations(screen, *but) == []


def test_axe_finds_nothing_in_menus_and_in_the_search(screen: Page, own_address: str) -> None:
    screen.goto(f"{own_address}/ja/chapter_file_io/tensors.html")
    screen.locator(".languages summary").click()
    assert violations(screen) == []
    screen.keyboard.press("Escape")
    screen.locator(".search-open").click()
    screen.locator(".search input").fill("保存")
    expect(screen.locator(".search-results a").first).to_be_visible()
    assert violations(screen) == []
    screen.emulate_media(color_scheme="dark")
    assert violations(screen) == []


# ---------------------------------------------------------------- style sheets


#: What names a side of the screen, where a script that runs from right to left has the other one.
SIDES = r"""
    (?<![\w-]) (?:
      (?: margin|padding|border|inset|scroll-margin|scroll-padding ) - (?: left|right|top|bottom )
      | left | right | top | bottom | (?:min-|max-)? (?:width|height) | float | clear
    ) \s* :
    | text-align \s* : \s* (?:left|right)
    | (?: margin|padding|inset ) : (?: \s+ [\w.-]+ (?: \( (?: [^()] | \([^()]*\) )* \) )? ){4} ;
"""


@pytest.mark.parametrize("sheet", sorted(STATIC.glob("*.css")), ids=lambda each: each.name)
def test_style_sheets_know_no_left_and_right_and_move_nothing(sheet: Path) -> None:
    text = re.sub(r"/\*.*?\*/|@media[^{]*", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert [each[0] for each in re.finditer(SIDES, text, re.VERBOSE)] == []
    # Nothing to switch off for readers who asked for less motion.
    assert re.findall(r"(?<![\w-])(?:animation|transition|scroll-behavior)\s*:", text) == []
    # Turkish has two letters i: what is written stays as it was written.
    assert "text-transform" not in text
