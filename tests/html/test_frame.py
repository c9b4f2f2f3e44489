"""What is around a page: where it lies, what is on it, colours, code to copy, search engines."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import MakeBook
from tests.html.conftest import NewContext
from tests.html.crawl import SitePage, site_pages, text_of
from tests.html.sites import build, copy_book

TIDES = "ja/harbour/tides.html"
BASE = "https://harbour.example.org/book/"


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> dict[str, SitePage]:
    """The pages of the book as it is made for the web."""
    root = copy_book(tmp_path_factory.mktemp("public") / "book")
    config = root / "config.ini"
    said = (
        f"\n[html]\nbase_url = {BASE.rstrip('/')}\ncard = img/tower.svg\n"
        "edit_url = https://git.example.org/edit/{path}\n"
        "discuss_url = https://talk.example.org/{page}\n"
    )
    config.write_text(config.read_text("utf-8") + said, "utf-8")
    report, _ = build(root)
    return site_pages(report.folder)


def dark(page: Page) -> bool:
    """Tell whether the page has light letters on a dark ground."""
    colour = page.locator("body").evaluate("each => getComputedStyle(each).backgroundColor")
    return sum(map(int, colour.removeprefix("rgb(").removesuffix(")").split(","))) < 3 * 128


# ---------------------------------------------------------------- colours


@pytest.mark.parametrize("system", ["light", "dark"])
def test_colours_are_the_systems_until_the_reader_chooses(
    new_context: NewContext, address: str, system: str
) -> None:
    page = new_context(color_scheme=system).new_page()
    page.goto(f"{address}/{TIDES}")
    assert dark(page) == (system == "dark")
    button = page.get_by_role("button", name="ダークモード")
    expect(button).to_have_attribute("aria-pressed", str(system == "dark").lower())
    button.click()
    assert dark(page) == (system == "light")
    page.goto(f"{address}/fr/harbour/index.html")
    assert dark(page) == (system == "light")
    page.get_by_role("button", name="Mode sombre").click()
    assert dark(page) == (system == "dark")
    assert page.evaluate("localStorage.getItem('polybook-colours')") is None


def test_colours_are_chosen_before_the_first_paint(new_context: NewContext, address: str) -> None:
    context = new_context(color_scheme="light")
    context.add_init_script("localStorage.setItem('polybook-colours', 'dark')")
    page = context.new_page()
    # What is deferred never comes: the choice must not wait for it.
    page.route("**/reading.js", lambda route: route.abort())
    page.goto(f"{address}/{TIDES}")
    assert dark(page)


def test_print_is_dark_on_light(new_context: NewContext, address: str) -> None:
    page = new_context(color_scheme="dark").new_page()
    page.goto(f"{address}/{TIDES}")
    page.emulate_media(media="print")
    assert not dark(page)


# ---------------------------------------------------------------- where one is


def test_trail_leads_to_the_chapter_and_the_book(page: Page, address: str) -> None:
    page.goto(f"{address}/{TIDES}")
    trail = page.get_by_role("navigation", name="現在の位置")
    expect(trail.get_by_role("link")).to_have_text(["港", "1 港に入る"])
    trail.get_by_role("link", name="港に入る").click()
    expect(page).to_have_url(f"{address}/ja/harbour/index.html")


@pytest.mark.parametrize(("width", "place"), [(1440, ".on-page"), (1024, ".headings")])
def test_heading_that_is_read_is_marked_beside_the_page(
    new_context: NewContext, address: str, width: int, place: str
) -> None:
    page = new_context(viewport={"width": width, "height": 500}).new_page()
    page.goto(f"{address}/{TIDES}")
    marked = page.locator(f"{place} [aria-current]:visible")
    expect(marked).to_have_count(0)
    links = page.locator(f"{place} a")
    for number in range(links.count()):
        links.nth(number).click()
        expect(marked).to_have_count(1)
        expect(marked).to_be_in_viewport()
    page.evaluate("scrollTo(0, 0)")
    expect(marked).to_have_count(0)
    expect(page.locator(":is(.on-page, .headings):visible")).to_have_count(1)


def test_headings_are_among_the_contents_on_a_phone_and_nothing_jumps_there(
    new_context: NewContext, address: str
) -> None:
    page = new_context(viewport={"width": 360, "height": 640}).new_page()
    page.goto(f"{address}/{TIDES}")
    page.locator(".contents summary").click()
    page.locator(".headings a").last.click()
    heading = page.locator("article .heading").last
    expect(heading).to_be_in_viewport()
    expect(page.locator(".headings a").last).to_have_attribute("aria-current", "true")
    page.wait_for_timeout(200)
    expect(heading).to_be_in_viewport()


def test_link_beside_a_heading_is_no_part_of_its_words(page: Page, address: str) -> None:
    page.goto(f"{address}/{TIDES}")
    expect(page.get_by_role("heading", name="1.1.2 岸壁の水深", exact=True)).to_be_visible()
    page.get_by_role("link", name="この節へのリンク 1.1.2 岸壁の水深").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/{TIDES}#sec_depths")


# ---------------------------------------------------------------- code to copy


def test_code_alone_is_copied_and_that_is_said(new_context: NewContext, address: str) -> None:
    context = new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{address}/tr/harbour/outputs.html")
    frame = page.locator(".code-frame:visible").first
    code = frame.locator("pre").inner_text().rstrip("\n")
    frame.get_by_role("button", name="Kopyala").click()
    expect(page.locator("#_said")).to_have_text("Kopyalandı")
    assert page.evaluate("navigator.clipboard.readText()") == code
    assert page.locator("pre.output").count() > 2
    expect(page.locator(":is(.output, .code-frame:has(.output)) .copy")).to_have_count(0)


@pytest.mark.parametrize(
    ("code", "typed"),
    [
        (">>> for i in x:\n...     go(i)\n1\n>>> go(2)\n2", "for i in x:\n    go(i)\ngo(2)"),
        ("$ ls -l\ntotal 1\n$ cd x", "ls -l\ncd x"),
        ("a = 1\n>>> b", "a = 1\n>>> b"),
    ],
)
def test_of_a_session_what_was_typed_is_copied(
    new_context: NewContext, address: str, code: str, typed: str
) -> None:
    page = new_context(permissions=["clipboard-read", "clipboard-write"]).new_page()
    page.goto(f"{address}/tr/harbour/outputs.html")
    frame = page.locator(".code-frame:visible").first
    frame.locator("pre").evaluate("(each, code) => { each.textContent = code }", code)
    frame.get_by_role("button").click()
    expect(page.locator("#_said")).to_have_text("Kopyalandı")
    assert page.evaluate("navigator.clipboard.readText()") == typed


def test_refusal_to_copy_is_said(new_context: NewContext, address: str) -> None:
    context = new_context()
    context.add_init_script(
        "navigator.clipboard.writeText = () => Promise.reject(new DOMException('no'))"
    )
    page = context.new_page()
    page.goto(f"{address}/tr/harbour/outputs.html")
    page.locator(".code-frame:visible").first.get_by_role("button").click()
    expect(page.locator("#_said")).to_have_text(
        "Tarayıcı, bu sayfanın kopyalamasına izin vermiyor."
    )


def test_button_on_a_phone_covers_nothing_that_cannot_be_scrolled_out_from_under_it(
    new_context: NewContext, address: str
) -> None:
    screen = {"width": 360, "height": 740}
    page = new_context(viewport=screen, has_touch=True, is_mobile=True).new_page()
    page.goto(f"{address}/tr/harbour/tides.html")
    frame = page.locator(".code-frame:visible").first
    frame.locator("pre").evaluate("(each) => { each.textContent = 'x'.repeat(35); }")
    frame.locator("pre").evaluate("(each) => { each.scrollLeft = each.scrollWidth; }")
    end = frame.locator("pre").evaluate(
        """(each) => {
          const range = document.createRange();
          range.selectNodeContents(each);
          return range.getBoundingClientRect().right;
        }"""
    )
    button = frame.get_by_role("button").bounding_box()
    assert button
    assert end < button["x"]


# ---------------------------------------------------------------- start pages, the missing page


def test_start_page_leads_to_the_first_page_in_any_framework(page: Page, address: str) -> None:
    page.goto(f"{address}/fr/index.html")
    expect(page.get_by_role("link", name="Commencer la lecture")).to_be_visible()
    page.get_by_role("list", name="Framework").get_by_role("link", name="JAX").click()
    expect(page.locator("html")).to_have_attribute("data-tab", "jax")


def test_start_page_is_its_own_contents_and_can_be_searched(page: Page, address: str) -> None:
    page.goto(f"{address}/fr/index.html")
    expect(page.locator(".contents")).to_have_count(0)
    expect(page.locator(".outline").get_by_role("link")).to_have_count(5)
    page.keyboard.press("/")
    expect(page.locator(".search input")).to_be_focused()


def test_colours_that_were_chosen_are_those_of_every_page(
    new_context: NewContext, address: str
) -> None:
    page = new_context(locale="de-DE").new_page()
    page.goto(f"{address}/{TIDES}")
    page.locator(".colours").click()
    for path in ("index.html", "404.html", "fr/index.html"):
        page.goto(f"{address}/{path}")
        expect(page.locator("html")).to_have_attribute("data-colours", "dark")


def test_missing_page_answers_at_any_depth_in_every_language(public: dict[str, SitePage]) -> None:
    missing = public["404.html"]
    addresses = [each.get("href") for each in (*missing.all("a"), *missing.all("link"))]
    assert {address for address in addresses if not address.startswith("/book/")} == set()
    said = missing.visible_text()
    for words in ("Bu adreste bir sayfa yok.", "このアドレスにページはありません。"):
        assert words in said


# ---------------------------------------------------------------- search engines, link previews


def test_page_says_where_it_is_on_the_web(public: dict[str, SitePage]) -> None:
    page = public[TIDES]
    assert [each.get("href") for each in page.all("link", rel="canonical")] == [BASE + TIDES]
    said = {each.get("property"): each.get("content") for each in page.all("meta")}
    assert said["og:url"] == BASE + TIDES
    assert said["og:locale"] == "ja"
    assert said["og:title"] == "潮と岸壁"
    assert said["og:image"] == f"{BASE}_files/img/tower.svg"
    assert (page.root / "_files/img/tower.svg").is_file()
    alternates = {
        each.get("hreflang"): each.get("href") for each in page.all("link", rel="alternate")
    }
    assert alternates["fr"] == f"{BASE}fr/harbour/tides.html"
    assert alternates["x-default"] == f"{BASE}tr/harbour/tides.html"


def test_site_map_lists_what_is_written_and_nothing_else(public: dict[str, SitePage]) -> None:
    root = public[TIDES].root
    tree = ElementTree.parse(root / "sitemap.xml")
    listed = [
        (each.text or "").removeprefix(BASE)
        for each in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
    ]
    assert len(listed) == len(set(listed))
    hidden = {
        path
        for path, page in public.items()
        if "noindex" in [each.get("content") for each in page.all("meta")]
    }
    assert set(listed) == set(public) - hidden - {"index.html"}  # which leads to one of them
    assert f"Sitemap: {BASE}sitemap.xml" in (root / "robots.txt").read_text("utf-8")


def test_book_that_knows_no_address_says_none(site: Path) -> None:
    page = site_pages(site)[TIDES]
    assert page.all("link", rel="canonical") == []
    assert not (site / "sitemap.xml").exists()


def test_page_is_edited_and_discussed_where_the_book_says(public: dict[str, SitePage]) -> None:
    def tools(path: str) -> dict[str, str]:
        (nav,) = public[path].all("nav", class_="page-tools")
        return {text_of(each): each.get("href") for each in nav.iter("a")}

    assert tools("fr/harbour/tides.html") == {
        "Modifier cette page": "https://git.example.org/edit/harbour/tides.fr.md",
        "Discuter de cette page": "https://talk.example.org/harbour/tides",
    }
    assert (
        "https://git.example.org/edit/harbour/outputs.tr.md"
        in tools("fr/harbour/outputs.html").values()
    )


@pytest.mark.parametrize("key", ["base_url", "edit_url", "discuss_url"])
def test_what_is_no_address_is_an_error(make_book: MakeBook, key: str) -> None:
    from polybook.config import read_config  # noqa: PLC0415
    from polybook.errors import ConfigError  # noqa: PLC0415

    root = make_book({"config.ini": f"[html]\n{key} = javascript:steal()\n", "a.md": "# A\n"})
    with pytest.raises(ConfigError, match="no address"):
        read_config(root)
