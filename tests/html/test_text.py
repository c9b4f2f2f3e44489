"""The text of a page on narrow screens and in the dark: tables, formulas, images, notes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.reading import serving
from playwright.sync_api import Page, expect

from tests.browser import wait_until
from tests.conftest import MakeBook, write_files
from tests.html.conftest import NewContext
from tests.html.crawl import SitePage
from tests.html.sites import SVG, build

PAGE = r"""
    # Harbour

    : A caption that is longer than a telephone is wide, since it says what the table is about

    | quay | metres | remark | builder | year | light | tide | berth | owner | keeper | crane |
    |:--|--:|:-:|---|---|---|---|---|---|---|---|
    | north | 7 | deep | Kaya | 1901 | white | high | long | town | Tanaka | none |

    | quay | metres |
    |---|---|
    | south | 9 |

    <table><tr><td>written in HTML</td><td>thelongestwordthatanyonehaseverwrittenintoatable</td>
    <td>thelongestwordthatanyonehaseverwrittenintoatable</td></tr></table>

    $$a_1 + a_2 + a_3 + a_4 + a_5 + a_6 + a_7 = b$$
    :eqlabel:`eq_fits`

    $$a_1 + a_2 + a_3 + a_4 + a_5 + a_6 + a_7 + a_8 + a_9 + a_{10} + a_{11} + a_{12} = b$$
    :eqlabel:`eq_wide`

    ![](../img/tower.svg) A sign.[^1]

    [^1]: Drawn by hand.
"""


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book of one page in two languages, built."""
    files = {
        "config.ini": """
            [languages]
            en = English
            fr = Français
            [build]
            notebooks = harbour/*.md
            output_dir = build
        """,
        "harbour/index.en.md": PAGE,
        "harbour/index.fr.md": "# Port\n\nUn signe.[^1]\n\n[^1]: Fait à la main.\n",
        "img/tower.svg": SVG,
    }
    root = write_files(tmp_path_factory.mktemp("text") / "book", files)
    _, found = build(root)
    assert [str(each) for each in found] == []
    return root / "build" / "html"


@pytest.fixture(scope="module")
def url(root: Path) -> Iterator[str]:
    with serving(root) as address:
        yield f"{address}/en/harbour/index.html"


@pytest.fixture
def phone(new_context: NewContext, url: str) -> Page:
    """The page on a telephone."""
    page = new_context(viewport={"width": 360, "height": 740}).new_page()
    page.goto(url)
    return page


def test_columns_are_aligned_without_styles_in_the_page(root: Path) -> None:
    page = SitePage(root, "en/harbour/index.html")
    assert [each.get("class") for each in page.all("th")][:3] == [None, "end", "center"]
    assert [each.tag for each in page.elements if each.get("style")] == []


def test_image_without_words_says_that_it_has_none(root: Path) -> None:
    (image,) = SitePage(root, "en/harbour/index.html").all("img", alt="")
    assert image.get("src").endswith("tower.svg")


@pytest.mark.parametrize(
    ("language", "notes", "back"),
    [("en", "Footnotes", "Back to the text"), ("fr", "Notes", "Retour au texte")],
)
def test_notes_are_named_in_the_language_of_the_text(
    root: Path, language: str, notes: str, back: str
) -> None:
    page = SitePage(root, f"{language}/harbour/index.html")
    (section,) = page.all("section", role="doc-endnotes")
    assert section.get("aria-label") == notes
    (link,) = page.all("a", role="doc-backlink")
    assert link.get("aria-label") == back
    assert link.get("href").removeprefix("#") in page.ids


def test_nothing_makes_the_page_wider_than_the_telephone(phone: Page) -> None:
    assert phone.locator("html").evaluate("root => root.scrollWidth") == 360


def test_caption_can_be_read_without_scrolling(phone: Page) -> None:
    box = phone.locator("caption").first.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360


def test_wide_table_scrolls_by_keyboard_and_narrow_one_is_no_stop(phone: Page) -> None:
    wide, narrow = phone.locator(".table").all()
    expect(wide).to_have_attribute("tabindex", "0")
    expect(narrow).not_to_have_attribute("tabindex", "0")
    wide.focus()
    phone.keyboard.press("ArrowRight")
    wait_until(phone, "document.querySelector('.table').scrollLeft > 0")


def test_number_of_a_formula_stands_below_where_both_have_no_room(phone: Page) -> None:
    for name in ("eq_fits", "eq_wide"):
        formula = phone.locator(f"#{name} .display")
        number = phone.locator(f"#{name} .number").bounding_box()
        box = formula.bounding_box()
        assert box
        assert number
        assert box["width"] > 300
        assert number["y"] >= box["y"] + box["height"]
        assert number["x"] + number["width"] <= 360
    fits = "each => each.scrollWidth <= each.clientWidth"
    assert phone.locator("#eq_fits .display").evaluate(fits)
    assert not phone.locator("#eq_wide .display").evaluate(fits)


def test_number_of_a_formula_stands_beside_it_where_there_is_room(page: Page, url: str) -> None:
    page.goto(url)
    number = page.locator("#eq_fits .number").bounding_box()
    formula = page.locator("#eq_fits math").bounding_box()
    assert number
    assert formula
    assert formula["y"] < number["y"] + number["height"] / 2 < formula["y"] + formula["height"]


@pytest.mark.parametrize(
    ("scheme", "ground"), [("light", "rgba(0, 0, 0, 0)"), ("dark", "rgb(255, 255, 255)")]
)
def test_image_lies_on_white_in_the_dark(
    new_context: NewContext, url: str, scheme: str, ground: str
) -> None:
    page = new_context(color_scheme=scheme).new_page()
    page.goto(url)
    expect(page.locator("article img")).to_have_css("background-color", ground)


def test_long_contents_at_the_side_show_where_the_reader_is(
    page: Page, make_book: MakeBook
) -> None:
    names = [f"pier{number:02}" for number in range(60)]
    index = "# Piers\n\n```toc\n" + "\n".join(names) + "\n```\n"
    root = make_book(
        {
            "config.ini": "[build]\noutput_dir = build\n",
            "index.md": index,
            **{f"{name}.md": f"# Pier {name}\n" for name in names},
        }
    )
    build(root)
    with serving(root / "build" / "html") as address:
        page.goto(f"{address}/pier55.html")
        expect(page.locator('.contents [aria-current="page"]')).to_be_in_viewport()
        assert page.evaluate("scrollY") == 0
        page.goto(f"{address}/pier01.html")
        expect(page.locator('.contents [aria-current="page"]')).to_be_in_viewport()
