"""Reading the site in a real browser: languages, small screens, the start page, the network."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from benchmarks.reading import read, serving
from playwright.sync_api import Browser, Page, Request, Response, expect

from tests.conftest import MakeBook
from tests.html.conftest import NewContext
from tests.html.sites import LANGUAGES, PAGES, build

#: Pages that hold everything there is, and one of each other kind.
VARIED = (
    "index.html",
    "tr/index.html",
    "ja/harbour/tides.html",
    "fr/harbour/tides.html",
    "tr/harbour/outputs.html",
    "ar/harbour/stale.html",
)


def test_no_page_asks_another_host_or_for_what_is_not_there(
    new_context: NewContext, address: str
) -> None:
    context = new_context(java_script_enabled=True, locale="de-DE")
    asked: list[str] = []
    failed: list[str] = []
    said: list[str] = []
    context.on("request", lambda request: asked.append(request.url))

    def failing(request: Request) -> None:
        # Going on to the next page calls off what the last one still asked for.
        if request.failure != "net::ERR_ABORTED":
            failed.append(f"{request.failure}: {request.url}")

    def answered(response: Response) -> None:
        if response.status >= 400:
            failed.append(f"{response.status}: {response.url}")

    context.on("requestfailed", failing)
    context.on("response", answered)
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    paths = [f"{language}/{name}.html" for language in LANGUAGES for name in PAGES]
    for path in ["index.html", *(f"{language}/index.html" for language in LANGUAGES), *paths]:
        page.goto(f"{address}/{path}")
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert asked
    assert {urlsplit(url).netloc for url in asked} == {urlsplit(address).netloc}
    assert failed == []
    assert said == []


@pytest.mark.parametrize("path", VARIED)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_page_fits_a_phone_without_scrolling_sideways(
    new_context: NewContext, address: str, path: str, scripts: bool
) -> None:
    context = new_context(
        viewport={"width": 360, "height": 740}, java_script_enabled=scripts, locale="de-DE"
    )
    page = context.new_page()
    page.goto(f"{address}/{path}")
    root = page.locator("html")
    widths = [root.evaluate(f"root => root.{name}") for name in ("scrollWidth", "clientWidth")]
    assert widths == [360, 360]
    # The page itself, for what it would clip: nothing reaches beyond the screen's edge but within
    # something that scrolls by itself.
    beyond = root.evaluate(
        """root => [...root.querySelectorAll("main *")].filter((each) => {
          const box = each.getBoundingClientRect();
          if (box.width === 0 || (box.right <= 361 && box.left >= -1)) return false;
          for (let up = each.parentElement; up; up = up.parentElement) {
            if (["auto", "scroll"].includes(getComputedStyle(up).overflowX)) return false;
          }
          return true;
        }).map((each) => each.outerHTML.slice(0, 80))"""
    )
    assert beyond == []


def test_contents_are_closed_on_a_phone_and_open_beside_the_text(
    new_context: NewContext, address: str
) -> None:
    phone = new_context(viewport={"width": 360, "height": 740}).new_page()
    phone.goto(f"{address}/tr/harbour/tides.html")
    links = phone.locator(".contents a:visible")
    expect(links).to_have_count(0)
    phone.locator(".contents summary").click()
    expect(links).to_have_count(5 + 2)  # the page's own headings are among them
    desk = new_context(java_script_enabled=False).new_page()
    desk.goto(f"{address}/tr/harbour/tides.html")
    expect(desk.locator(".contents a:visible")).to_have_count(5)
    assert desk.locator(".contents a").first.bounding_box()


def test_language_menu_leads_to_the_same_page_section_and_framework(
    page: Page, address: str
) -> None:
    page.goto(f"{address}/tr/harbour/tides.html?framework=jax")
    page.locator("#sec_depths").evaluate("each => each.scrollIntoView()")
    page.locator(".languages summary").click()
    page.get_by_role("link", name="日本語").click()
    expect(page).to_have_url(f"{address}/ja/harbour/tides.html#sec_depths")
    expect(page.get_by_role("heading", name="岸壁の水深")).to_be_in_viewport()
    expect(page.locator("html")).to_have_attribute("data-tab", "jax")
    expect(page.locator("html")).to_have_attribute("lang", "ja")


def test_language_menu_leads_to_the_same_place_by_a_heading_without_a_label(
    page: Page, address: str
) -> None:
    page.set_viewport_size({"width": 800, "height": 400})
    page.goto(f"{address}/fr/harbour/tides.html#suyun-ritmi")
    expect(page.get_by_role("heading", name="Le rythme de l’eau")).to_be_in_viewport()
    page.locator(".languages summary").click()
    page.get_by_role("link", name="Türkçe").click()
    expect(page).to_have_url(f"{address}/tr/harbour/tides.html#suyun-ritmi")


def test_language_menu_works_without_scripts(new_context: NewContext, address: str) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{address}/tr/harbour/tides.html")
    page.locator(".languages summary").click()
    page.get_by_role("link", name="Français").click()
    expect(page).to_have_url(f"{address}/fr/harbour/tides.html")


@pytest.mark.parametrize(
    ("locale", "path"),
    [("tr-TR", "tr"), ("ja", "ja"), ("fr-CA", "fr"), ("ar-EG", "ar")],
)
def test_start_page_goes_to_the_language_of_the_browser(
    new_context: NewContext, address: str, locale: str, path: str
) -> None:
    page = new_context(locale=locale).new_page()
    page.goto(f"{address}/")
    expect(page).to_have_url(f"{address}/{path}/index.html")


def test_start_page_stays_for_a_browser_of_another_language(
    new_context: NewContext, address: str
) -> None:
    page = new_context(locale="de-DE").new_page()
    page.goto(f"{address}/")
    expect(page).to_have_url(f"{address}/")
    expect(page.get_by_role("link")).to_have_count(4)


def test_start_page_remembers_the_language_that_was_chosen(
    new_context: NewContext, address: str
) -> None:
    page = new_context(locale="fr-FR").new_page()
    page.goto(f"{address}/")
    expect(page).to_have_url(f"{address}/fr/index.html")
    page.locator(".languages summary").click()
    page.get_by_role("link", name="日本語").click()
    expect(page).to_have_url(f"{address}/ja/index.html")
    page.goto(f"{address}/")
    expect(page).to_have_url(f"{address}/ja/index.html")


def test_start_page_leaves_no_trace_in_the_history(new_context: NewContext, address: str) -> None:
    page = new_context(locale="fr-FR").new_page()
    page.goto(f"{address}/ja/index.html")
    page.goto(f"{address}/")
    expect(page).to_have_url(f"{address}/fr/index.html")
    page.go_back()
    expect(page).to_have_url(f"{address}/ja/index.html")


def test_start_page_lists_every_language_without_scripts(
    new_context: NewContext, address: str
) -> None:
    page = new_context(locale="fr-FR", java_script_enabled=False).new_page()
    page.goto(f"{address}/")
    expect(page).to_have_url(f"{address}/")
    names = ["Türkçe Liman", "日本語 港", "Français Le port", "العربية الميناء"]
    expect(page.get_by_role("link")).to_have_text(names)
    page.get_by_role("link", name="日本語").click()
    expect(page).to_have_url(f"{address}/ja/index.html")


def test_first_tab_stop_leads_to_the_text(page: Page, address: str) -> None:
    page.goto(f"{address}/tr/harbour/tides.html")
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_references_lead_to_what_they_name(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 800, "height": 400})
    page.goto(f"{address}/tr/harbour/outputs.html")
    page.locator("article").get_by_role("link", name="Bölüm 1.1").click()
    expect(page).to_have_url(f"{address}/tr/harbour/tides.html")
    page.get_by_role("link", name="Şekil 1.1.1").click()
    expect(page.locator("#fig_tower")).to_be_in_viewport()
    expect(page.locator("figcaption")).to_have_text("Şekil 1.1.1 Limanın feneri")
    page.get_by_role("link", name="Tablo 1.1.1").click()
    expect(page.locator("caption")).to_be_in_viewport()


def test_heading_that_a_link_leads_to_is_not_under_the_head_of_the_page(
    page: Page, address: str
) -> None:
    page.set_viewport_size({"width": 800, "height": 300})
    page.goto(f"{address}/tr/harbour/tides.html#sec_depths")
    heading = page.locator("#sec_depths").bounding_box()
    head = page.locator(".site-head").bounding_box()
    assert heading
    assert head
    assert heading["y"] >= head["y"] + head["height"]


def test_long_output_scrolls_in_itself_by_keyboard(page: Page, address: str) -> None:
    page.goto(f"{address}/tr/harbour/outputs.html")
    output = page.locator("pre.output").first
    box = output.bounding_box()
    assert box
    assert box["height"] < 600
    output.focus()
    page.keyboard.press("End")
    expect(output).to_have_js_property(
        "scrollTop", output.evaluate("e => e.scrollHeight - e.clientHeight")
    )


def test_japanese_headings_break_between_phrases(page: Page, address: str) -> None:
    page.goto(f"{address}/ja/harbour/tides.html")
    styles = page.locator("h2").first.evaluate("each => getComputedStyle(each).wordBreak")
    assert styles == "auto-phrase"


def test_text_that_is_not_translated_has_the_type_of_its_language(page: Page, address: str) -> None:
    page.goto(f"{address}/ja/harbour/outputs.html")
    font = "each => getComputedStyle(each).fontFamily.split(',')[0]"
    assert "Hiragino" in page.locator("body").evaluate(font)
    assert "Charter" in page.locator("article p").first.evaluate(font)
    page.goto(f"{address}/404.html")
    assert "Hiragino" in page.locator("p[lang=ja]").evaluate(font)


@pytest.mark.parametrize(("language", "slanted"), [("ja", False), ("zh", False), ("tr", True)])
def test_emphasis_is_slanted_in_scripts_that_have_italics(
    page: Page, address: str, language: str, slanted: bool
) -> None:
    page.goto(f"{address}/tr/sea/index.html")
    style, weight = page.locator("article").evaluate(
        """(article, language) => {
          const words = article.appendChild(document.createElement("em"));
          words.lang = language;
          return [getComputedStyle(words).fontStyle, getComputedStyle(words).fontWeight];
        }""",
        language,
    )
    assert (style == "italic") == slanted
    assert (weight == "400") == slanted


def test_site_reads_from_the_disk_without_a_server(new_context: NewContext, site: Path) -> None:
    page = new_context(locale="fr-FR").new_page()
    asked: list[str] = []
    said: list[str] = []

    def asking(request: Request) -> None:
        asked.append(request.url)

    page.on("request", asking)
    page.on("console", lambda message: said.append(message.text))
    page.goto((site / "index.html").as_uri())
    page.wait_for_url("**/fr/index.html")
    page.get_by_role("link", name="Les marées").last.click()
    group = page.locator(".tab-group").first
    group.get_by_role("tab", name="PyTorch").click()
    expect(group.locator(".tab-panel:visible")).to_have_attribute("data-tab", "pytorch")
    assert {urlsplit(each).scheme for each in asked} == {"file"}
    assert said == []


def test_what_grows_as_it_comes_is_shown_when_it_is_whole(
    browser: Browser, make_book: MakeBook
) -> None:
    terms = " + ".join(rf"\\frac{{x_{{{number}}}}}{{y}}" for number in range(9))
    rows = "\n".join(f"| {'long ' * number} | {number} |" for number in range(9))
    page = f"# Tides\n\n$$z = {terms}$$\n:eqlabel:`z`\n\n| a | b |\n|---|---|\n{rows}\n"
    report, _ = build(make_book({"config.ini": "", "index.md": page}))
    written = (report.folder / "index.html").read_bytes()
    piece = len(written[written.index(b"<main") :]) // 40
    assert read(browser, report.folder, "index.html", piece).shift == 0
    with serving(report.folder) as address, browser.new_context() as context:
        read_page = context.new_page()
        read_page.goto(f"{address}/index.html")
        expect(read_page.locator("math")).to_be_visible()
        expect(read_page.locator("td").last).to_be_visible()


@pytest.mark.parametrize(
    "piece",
    [
        "::: {.equation}\nOne\n:::",
        "## One {.equation}",
        "``` {.equation}\nOne\n```",
        "[One]{.equation} and `two`{.equation}, [three](https://example.org){.equation}",
        "![One](icon.svg){.equation}",
        "| a |\n|---|\n| One |\n\n: One {.equation}",
        '<div class="equation">One</div>',
        '<table class="table"><tr><td>One</td></tr></table>',
    ],
)
def test_class_of_the_sites_own_hides_nothing_of_an_author(
    new_context: NewContext, make_book: MakeBook, piece: str
) -> None:
    icon = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    page = f"# Tides\n\n{piece}\n\nTwo\n"
    report, _ = build(make_book({"config.ini": "", "icon.svg": icon, "index.md": page}))
    shown = new_context(java_script_enabled=False).new_page()
    shown.goto((report.folder / "index.html").as_uri())
    hidden = """root => [...root.querySelectorAll("*")].filter(
        (each) => getComputedStyle(each).visibility === "hidden").length"""
    assert shown.locator("main article").evaluate(hidden) == 0
