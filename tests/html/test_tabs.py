"""Framework tabs in a real browser: by mouse, by keyboard, remembered, and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.html.conftest import NewContext

TIDES = "/tr/harbour/tides.html"
TITLES = {"mxnet": "MXNet", "pytorch": "PyTorch", "jax": "JAX"}


def group(page: Page, number: int = 0) -> Locator:
    return page.locator(".tab-group").nth(number)


def tab(page: Page, name: str, number: int = 0) -> Locator:
    return group(page, number).get_by_role("tab", name=TITLES[name])


def assert_chosen(page: Page, name: str) -> None:
    """Check every group of the page: what is selected, what shows, what the keyboard reaches."""
    expect(page.locator("html")).to_have_attribute("data-tab", name)
    groups = page.locator(".tab-group")
    assert groups.count() == 4
    for each in groups.all():
        has = each.get_by_role("tab", name=TITLES[name]).count() == 1
        expect(each.locator(".tab-panel:visible")).to_have_count(1 if has else 0)
        expect(each.locator(".tab-absent:visible")).to_have_count(0 if has else 1)
        expect(each.locator('[role="tab"][aria-selected="true"]')).to_have_count(1 if has else 0)
        expect(each.locator('[role="tab"][tabindex="0"]')).to_have_count(1)
        if has:
            selected = each.locator('[role="tab"][aria-selected="true"]')
            expect(selected).to_have_attribute("data-tab", name)
            expect(selected).to_have_attribute("tabindex", "0")
            expect(each.get_by_role("tabpanel")).to_have_accessible_name(TITLES[name])
            panel = each.locator(".tab-panel:visible")
            expect(panel).to_have_id(selected.get_attribute("aria-controls") or "")


def test_the_first_framework_of_the_language_shows_at_first(page: Page, address: str) -> None:
    page.goto(address + TIDES)
    assert_chosen(page, "mxnet")
    page.goto(f"{address}/fr/harbour/tides.html")
    assert_chosen(page, "jax")


def test_click_chooses_for_every_group(page: Page, address: str) -> None:
    page.goto(address + TIDES)
    tab(page, "pytorch", 2).click()
    assert_chosen(page, "pytorch")
    tab(page, "jax").click()
    assert_chosen(page, "jax")


def test_group_that_lacks_the_framework_says_so_and_what_it_has(page: Page, address: str) -> None:
    page.goto(f"{address}{TIDES}?framework=jax")
    said = group(page, 1).locator(".tab-absent:visible")
    expect(said).to_contain_text("JAX")
    expect(said).to_contain_text("MXNet ve PyTorch")
    expect(group(page, 1).get_by_role("tab")).to_have_count(2)
    tab(page, "pytorch", 1).click()
    assert_chosen(page, "pytorch")


def test_arrow_keys_home_and_end_move_and_choose(page: Page, address: str) -> None:
    page.goto(address + TIDES)
    tab(page, "mxnet").focus()
    for key, name in [
        ("ArrowRight", "pytorch"),
        ("ArrowRight", "jax"),
        ("ArrowRight", "mxnet"),
        ("ArrowLeft", "jax"),
        ("ArrowUp", "pytorch"),
        ("ArrowDown", "jax"),
        ("Home", "mxnet"),
        ("End", "jax"),
    ]:
        page.keyboard.press(key)
        expect(tab(page, name)).to_be_focused()
        assert_chosen(page, name)


def test_arrow_keys_follow_the_direction_of_the_script(page: Page, address: str) -> None:
    page.goto(f"{address}/ar/harbour/tides.html")
    # The text is Turkish, not yet translated: its groups run from left to right.
    tab(page, "mxnet").focus()
    page.keyboard.press("ArrowRight")
    expect(tab(page, "pytorch")).to_be_focused()
    page.evaluate("document.querySelector('article').dir = 'rtl'")
    page.keyboard.press("ArrowRight")
    expect(tab(page, "mxnet")).to_be_focused()


def test_keys_with_modifiers_are_left_to_the_browser(page: Page, address: str) -> None:
    page.goto(address + TIDES)
    tab(page, "mxnet").focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Control+End")
    assert_chosen(page, "mxnet")


def test_tab_key_enters_a_group_once_and_leaves_it_for_its_panel(page: Page, address: str) -> None:
    page.goto(f"{address}{TIDES}?framework=pytorch")
    tab(page, "pytorch").focus()
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.closest('.tab-panel')?.dataset.tab")
    assert focused == "pytorch"
    page.keyboard.press("Shift+Tab")
    expect(tab(page, "pytorch")).to_be_focused()


def test_choice_lasts_over_reloads_pages_languages_and_windows(
    new_context: NewContext, address: str
) -> None:
    context = new_context()
    page, other = context.new_page(), context.new_page()
    page.goto(address + TIDES)
    other.goto(f"{address}/ja/harbour/tides.html")
    tab(page, "pytorch").click()
    assert_chosen(other, "pytorch")  # told by the browser, without a reload
    page.reload()
    assert_chosen(page, "pytorch")
    page.goto(f"{address}/fr/harbour/tides.html")
    assert_chosen(page, "pytorch")


def test_choice_of_one_reader_is_not_anothers(new_context: NewContext, address: str) -> None:
    page = new_context().new_page()
    page.goto(address + TIDES)
    tab(page, "jax").click()
    other = new_context().new_page()
    other.goto(address + TIDES)
    assert_chosen(other, "mxnet")


def test_address_can_ask_for_a_framework_and_the_reader_goes_on_with_it(
    page: Page, address: str
) -> None:
    page.goto(f"{address}{TIDES}?framework=jax")
    assert_chosen(page, "jax")
    page.goto(f"{address}/ja/harbour/tides.html")
    assert_chosen(page, "jax")


def test_choice_is_not_undone_by_the_address_when_the_page_is_reloaded(
    page: Page, address: str
) -> None:
    page.goto(f"{address}{TIDES}?framework=jax&x=1#sec_depths")
    tab(page, "pytorch").click()
    expect(page).to_have_url(f"{address}{TIDES}?framework=pytorch&x=1#sec_depths")
    page.reload()
    assert_chosen(page, "pytorch")


@pytest.mark.parametrize("asked", ["theano", "", "jax%22%5D", "mxnet,jax"])
def test_framework_that_the_book_lacks_is_passed_over(page: Page, address: str, asked: str) -> None:
    page.goto(f"{address}{TIDES}?framework={asked}")
    assert_chosen(page, "mxnet")
    page.evaluate("localStorage.setItem('polybook-framework', 'theano')")
    page.reload()
    assert_chosen(page, "mxnet")


def test_choice_works_where_storage_is_forbidden(new_context: NewContext, address: str) -> None:
    context: BrowserContext = new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('no'); }})"
    )
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.goto(f"{address}{TIDES}?framework=jax")
    assert_chosen(page, "jax")
    tab(page, "pytorch").click()
    assert_chosen(page, "pytorch")
    assert failures == []


def test_page_from_the_history_follows_the_choice_made_since(
    new_context: NewContext, address: str
) -> None:
    page = new_context().new_page()
    page.goto(address + TIDES)
    page.goto(f"{address}/ja/harbour/tides.html")
    tab(page, "jax").click()
    page.go_back()
    assert_chosen(page, "jax")
    # As a browser does that kept the page in memory, scripts and all.
    page.evaluate(
        "localStorage.setItem('polybook-framework', 'pytorch');"
        "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
    )
    assert_chosen(page, "pytorch")


def test_choice_is_made_before_anything_is_painted(new_context: NewContext, address: str) -> None:
    context = new_context()
    context.new_page().goto(f"{address}{TIDES}?framework=jax")
    page = context.new_page()
    # The other scripts never come: what shows is what the first paint shows.
    page.route(
        "**/*.js",
        lambda route: route.fallback() if "choice.js" in route.request.url else route.abort(),
    )
    page.add_init_script(
        """
        window.seen = [];
        new MutationObserver(() => {
          const html = document.documentElement;
          if (document.body) window.seen.push(html?.dataset.tab);
        }).observe(document, {childList: true, subtree: true});
        """
    )
    page.goto(address + TIDES)
    assert set(page.evaluate("window.seen")) == {"jax"}
    for each in page.locator(".tab-group").all():
        assert each.locator(".tab-panel:visible").count() <= 1
        expect(each.locator('.tab-panel[data-tab="mxnet"]')).to_be_hidden()


def test_tab_that_was_clicked_stays_where_it_was_on_the_screen(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 600, "height": 500})
    page.goto(address + TIDES)
    for name in ("pytorch", "jax", "mxnet", "pytorch"):
        # The third group: panels above it become taller and less tall.
        tab(page, name, 2).scroll_into_view_if_needed()
        before = tab(page, name, 2).bounding_box()
        scrolled = page.evaluate("scrollY")
        tab(page, name, 2).click()
        assert_chosen(page, name)
        after = tab(page, name, 2).bounding_box()
        assert before
        assert after
        assert after["y"] == pytest.approx(before["y"], abs=1)
        assert page.evaluate("scrollY") != scrolled or name == "mxnet"


def test_link_into_a_panel_that_is_hidden_leads_to_its_like_or_its_group(
    page: Page, address: str
) -> None:
    page.set_viewport_size({"width": 600, "height": 400})
    page.goto(f"{address}{TIDES}?framework=pytorch#eq_height")
    shown = group(page).locator('.tab-panel[data-tab="pytorch"] .equation')
    expect(shown).to_be_in_viewport()
    page.goto(f"{address}{TIDES}?framework=jax#eq_height")
    expect(group(page)).to_be_in_viewport()
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.evaluate("location.hash = ''")
    page.evaluate("location.hash = 'eq_height'")
    expect(group(page)).to_be_in_viewport()


def test_without_scripts_all_panels_show_under_their_names(
    new_context: NewContext, address: str
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(address + TIDES)
    expect(page.locator(".tab-panel:visible")).to_have_count(3 + 2 + 3 + 2)
    expect(page.locator('[role="tab"]:visible')).to_have_count(0)
    expect(page.locator(".tab-absent:visible")).to_have_count(0)
    for name, count in {"mxnet": 4, "pytorch": 4, "jax": 2}.items():
        names = page.locator(f'.tab-panel[data-tab="{name}"] > .tab-name:visible')
        expect(names).to_have_text([TITLES[name]] * count)
    page.goto(f"{address}{TIDES}#eq_height")
    expect(page.locator("#eq_height")).to_be_in_viewport()


def test_reader_mode_finds_the_chosen_framework_alone(page: Page, address: str) -> None:
    """Browsers read the page as it stands then: attributes count, style sheets do not."""
    page.goto(f"{address}{TIDES}?framework=pytorch")
    page.get_by_role("tab", name="JAX").first.click()
    found = page.evaluate(
        """() => {
          const { outerHTML } = document.documentElement;
          const read = new DOMParser().parseFromString(outerHTML, "text/html");
          for (const each of read.querySelectorAll("[hidden]")) each.remove();
          const named = [...read.querySelectorAll("article :is(.tab-panel, .tab-absent)")];
          const headings = [...read.querySelectorAll("article .heading")];
          return [
            named.map(({ dataset }) => dataset.tab),
            headings.filter(({ textContent }) => textContent.includes("#")).length,
            read.querySelector("meta[property='og:title']").content,
            read.querySelector("h1").textContent,
          ];
        }"""
    )
    shown, signs, title, heading = found
    assert (shown, signs) == (["jax"] * 4, 0)
    assert heading.endswith(title)


def test_print_shows_the_chosen_framework_and_no_controls(page: Page, address: str) -> None:
    page.goto(f"{address}{TIDES}?framework=pytorch")
    page.emulate_media(media="print")
    expect(page.locator(".tab-panel:visible")).to_have_count(4)
    for panel in page.locator(".tab-panel:visible").all():
        expect(panel).to_have_attribute("data-tab", "pytorch")
        expect(panel.locator(".tab-name")).to_have_text("PyTorch")
        expect(panel.locator(".tab-name")).to_be_visible()
    for hidden in ('[role="tab"]', ".contents", ".site-head", ".turning"):
        expect(page.locator(f"{hidden}:visible")).to_have_count(0)


def test_print_says_what_the_chosen_framework_lacks(page: Page, address: str) -> None:
    page.goto(f"{address}{TIDES}?framework=jax")
    page.emulate_media(media="print")
    expect(page.locator(".tab-absent:visible")).to_have_count(2)


def test_print_is_dark_on_light_even_for_who_reads_light_on_dark(
    new_context: NewContext, address: str
) -> None:
    page = new_context(color_scheme="dark").new_page()
    page.goto(address + TIDES)
    colour = "getComputedStyle(document.body).color"
    on_screen = page.evaluate(colour)
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(colour) == "rgb(28, 32, 36)" != on_screen
