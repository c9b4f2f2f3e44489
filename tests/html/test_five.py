"""Reading this repository's book in all of its languages, on a telephone and on a wide screen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from benchmarks.reading import read, serving
from playwright.sync_api import Browser, Page, Request, expect

from polybook.words import words
from tests.html.conftest import NewContext

LANGUAGES = ("tr", "vi", "ja", "fr", "id")
WIDTHS = (360, 1440)
TABS = {"mxnet": "MXNet", "pytorch": "PyTorch", "tensorflow": "TensorFlow", "jax": "JAX"}

#: What a reader types, and a piece of what is found; each is one of the book's own words.
QUERIES = {
    "tr": ("İŞLEV", "işlev"),
    "vi": ("mo hinh", "mô hình"),
    "ja": ("保存", "保存"),
    "fr": ("parametre", "paramètre"),
    "id": ("tensor", "tensor"),
}


@dataclass(frozen=True)
class Reader:
    """Who reads what in which language, on a screen of which width."""

    language: str
    width: int

    @property
    def screen(self) -> dict[str, Any]:
        return {"viewport": {"width": self.width, "height": 800}, "locale": self.language}

    @property
    def page(self) -> str:
        return f"{self.language}/chapter_file_io/tensors.html"

    def says(self, message: str) -> str:
        return words(self.language)(message)


READERS = [Reader(language, width) for language in LANGUAGES for width in WIDTHS]
NAMES = [f"{each.language} {each.width}" for each in READERS]


@pytest.fixture(params=READERS, ids=NAMES)
def reader(request: pytest.FixtureRequest) -> Reader:
    found: Reader = request.param
    return found


@pytest.fixture
def book(new_context: NewContext, reader: Reader, own_address: str) -> Page:
    """The book's longest page."""
    page = new_context(**reader.screen).new_page()
    page.goto(f"{own_address}/{reader.page}")
    return page


def shown(page: Page) -> set[str]:
    """Return the frameworks that are shown: of code, of downloads, as chosen."""
    found: list[str] = page.evaluate(
        "[...document.querySelectorAll('.tab-panel, .downloads, [aria-selected=true]')]"
        ".filter((each) => each.checkVisibility()).map((each) => each.dataset.tab)"
    )
    return set(found)


# ---------------------------------------------------------------- frameworks


def test_framework_is_chosen_once_and_nothing_moves(book: Page, reader: Reader) -> None:
    assert shown(book) == {"mxnet"}
    group = book.locator(".tab-group").nth(5)
    chosen = group.get_by_role("tab", name="JAX")
    chosen.scroll_into_view_if_needed()
    before = chosen.bounding_box()
    chosen.click()
    after = chosen.bounding_box()
    assert shown(book) == {"jax"}
    assert before
    assert after
    assert after["y"] == pytest.approx(before["y"], abs=1)
    # What lies on every tab looks like any other code.
    assert book.locator(".cell:not(.tab-panel *)").count()
    book.reload()
    assert shown(book) == {"jax"}
    book.goto(book.url.replace("tensors", "index"))
    expect(book.locator("html")).to_have_attribute("data-tab", "jax")
    book.goto(f"{book.url.replace('index.html', 'tensors.html')}?framework=pytorch")
    assert shown(book) == {"pytorch"}
    expect(book.locator("html")).to_have_attribute("lang", reader.language)


def test_language_is_changed_and_the_reader_stays_where_they_were(
    book: Page, reader: Reader
) -> None:
    place = """() => {
      const headings = [...document.querySelectorAll("article h2[id]")];
      const tops = headings.map((each) => each.getBoundingClientRect().top);
      const at = tops.findLastIndex((top) => top < innerHeight / 3);
      return [headings[at].id, (innerHeight / 3 - tops[at]) / (tops[at + 1] - tops[at])];
    }"""
    book.get_by_role("tab", name="TensorFlow").first.click()
    book.evaluate("""() => {
      const [from, to] = [...document.querySelectorAll("article h2[id]")].slice(3);
      const middle = (from.getBoundingClientRect().top + to.getBoundingClientRect().top) / 2;
      scrollBy(0, middle - innerHeight / 3);
    }""")
    section, part = book.evaluate(place)
    assert part == pytest.approx(0.5, abs=0.05)
    other = LANGUAGES[(LANGUAGES.index(reader.language) + 1) % len(LANGUAGES)]
    book.locator(".languages summary").click()
    book.locator(f".languages a[lang={other}]").click()
    book.wait_for_url(f"**/{other}/**")
    book.wait_for_load_state()
    found, there = book.evaluate(place)
    assert found == section
    assert there == pytest.approx(part, abs=0.05)
    assert shown(book) == {"tensorflow"}
    # It was for once: a page that is asked for by its name begins at its beginning.
    book.goto(book.url.partition("#")[0].replace(f"/{other}/", f"/{reader.language}/"))
    assert book.evaluate("scrollY") == 0


# ---------------------------------------------------------------- search


def test_search_finds_the_languages_own_words(book: Page, reader: Reader) -> None:
    query, found = QUERIES[reader.language]
    book.keyboard.press("Control+k")
    book.locator(".search input").fill(query)
    marks = book.locator(".search-results mark")
    expect(marks.first).to_be_visible()
    assert found in " ".join(marks.all_text_contents()).lower().replace("i̇", "i")
    book.keyboard.press("ArrowDown")
    book.keyboard.press("Enter")
    expect(book.locator(".search")).to_be_hidden()
    assert f"/{reader.language}/" in book.url


def test_who_types_marks_finds_words_that_have_them(
    new_context: NewContext, own_address: str
) -> None:
    page = new_context().new_page()
    page.goto(f"{own_address}/vi/chapter_file_io/tensors.html")
    page.keyboard.press("/")
    page.locator(".search input").fill("mô hình")
    expect(page.locator(".search-results mark").first).to_be_visible()
    marked = page.locator(".search-results mark").all_text_contents()
    assert {each.lower() for each in marked} == {"mô", "hình"}  # and not một


# ---------------------------------------------------------------- keys alone


def test_page_is_walked_through_by_keys(book: Page) -> None:
    """Every stop shows that it has the focus, and nothing lies over it."""
    stop = """async () => {
      const each = document.activeElement;
      if (each === document.body) return null;
      const isSeen = () => [...each.getClientRects()].some(({ left, right, top, bottom }) => {
        const x = (Math.max(left, 0) + Math.min(right, innerWidth)) / 2;
        const y = (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2;
        const front = document.elementFromPoint(x, y);
        return front && (each.contains(front) || front.contains(each));
      });
      // A busy machine scrolls to it some frames later.
      for (let frame = 0; frame < 60 && !isSeen(); frame++)
        await new Promise(requestAnimationFrame);
      const outlined = getComputedStyle(each).outlineStyle !== "none";
      return { name: each.outerHTML.slice(0, 90), outlined, seen: isSeen() };
    }"""
    total = book.evaluate("document.querySelectorAll('a, button, summary, [tabindex]').length")
    for key in ("Tab", "Shift+Tab"):
        stops = []
        for _ in range(total + 1):
            book.keyboard.press(key)
            at = book.evaluate(stop)
            if at is None:
                break
            stops.append(at)
        assert len(stops) > 40
        assert [each for each in stops if not each["outlined"] or not each["seen"]] == []
        # The next round begins at the end.
        book.evaluate("scrollTo(0, document.body.scrollHeight)")


def test_menu_of_languages_is_used_by_keys(book: Page, reader: Reader) -> None:
    summary = book.locator(".languages summary")
    summary.focus()
    book.keyboard.press("Enter")
    book.keyboard.press("Tab")
    expect(book.locator(".languages a").first).to_be_focused()
    book.keyboard.press("Escape")
    expect(summary).to_be_focused()
    expect(book.locator(".languages a").first).to_be_hidden()
    book.keyboard.press("Enter")
    expect(book.locator(".languages a").first).to_be_visible()
    book.mouse.click(5, 700)
    expect(book.locator(".languages a").first).to_be_hidden()
    assert f"/{reader.language}/" in book.url


# ---------------------------------------------------------------- without


def test_without_scripts_all_can_be_read_and_gone_to(
    new_context: NewContext, reader: Reader, own_address: str
) -> None:
    page = new_context(**reader.screen, java_script_enabled=False).new_page()
    page.goto(f"{own_address}/{reader.page}")
    groups = page.locator(".tab-group")
    for number in (0, groups.count() - 1):
        names = groups.nth(number).locator(".tab-panel:visible > .tab-name:visible")
        assert set(names.all_text_contents()) <= set(TABS.values())
        assert names.count() > 1
    expect(page.locator(":is(.search-open, .colours, .copy, [role=tab]):visible")).to_have_count(0)
    page.locator(".languages summary").click()
    expect(page.locator(".languages a:visible")).to_have_count(len(LANGUAGES))
    page.locator(".turning a").first.click()
    expect(page).to_have_url(f"{own_address}/{reader.language}/chapter_file_io/index.html")


def test_once_loaded_a_page_needs_no_network(book: Page) -> None:
    failed: list[str] = []
    book.on("requestfailed", lambda request: failed.append(request.url))
    book.context.set_offline(True)
    book.get_by_role("tab", name="PyTorch").first.click()
    assert shown(book) == {"pytorch"}
    before = book.locator("html").evaluate("each => getComputedStyle(each).colorScheme")
    book.locator(".colours").click()
    after = book.locator("html").evaluate("each => getComputedStyle(each).colorScheme")
    assert after != before
    book.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert [each for each in failed if not each.endswith("favicon.svg")] == []


@pytest.fixture(scope="module")
def deep_address(own_site: Path) -> Iterator[str]:
    """The address of the book's site in a folder of another one."""
    with serving(own_site.parents[1]) as url:
        yield f"{url}/{own_site.relative_to(own_site.parents[1])}"


def test_site_works_below_another_one(
    new_context: NewContext, reader: Reader, deep_address: str
) -> None:
    page = new_context(**reader.screen).new_page()
    wrong: list[str] = []
    page.on("response", lambda got: wrong.extend([] if got.ok else [got.url]))

    def failing(request: Request) -> None:
        # Going on to the language's page calls off what the start page still asked for.
        if request.failure != "net::ERR_ABORTED":
            wrong.append(request.url)

    page.on("requestfailed", failing)
    page.goto(f"{deep_address}/index.html")
    page.wait_for_url(f"**/{reader.language}/index.html")
    page.get_by_role("link", name=reader.says("Start reading")).click()
    page.locator(".turning a[rel=next]").click()
    expect(page).to_have_url(f"{deep_address}/{reader.page}")
    page.keyboard.press("/")
    page.locator(".search input").fill(QUERIES[reader.language][0])
    expect(page.locator(".search-results mark").first).to_be_visible()
    assert wrong == []


def test_pages_from_the_disk_say_that_they_cannot_be_searched(
    new_context: NewContext, reader: Reader, own_site: Path
) -> None:
    page = new_context(**reader.screen).new_page()
    page.goto((own_site / reader.page).as_uri())
    page.get_by_role("tab", name="JAX").first.click()
    assert shown(page) == {"jax"}
    page.locator(".search-open").click()
    status = page.locator(".search-status")
    expect(status).to_contain_text("python -m http.server")
    words_of = "There is no search in pages that are opened from the disk."
    assert words_of not in status.inner_text()  # but in the reader's language
    assert urlsplit(page.url).scheme == "file"


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_is_painted_without_scripts_and_does_not_jump(
    browser: Browser, own_site: Path, language: str
) -> None:
    found = read(browser, own_site, Reader(language, 0).page)
    assert (found.shift, found.foreign) == (0, 0)
    assert found.painted is not None


# ---------------------------------------------------------------- print, zoom, contrast


def test_print_shows_the_chosen_framework_under_its_name(book: Page) -> None:
    book.get_by_role("tab", name="PyTorch").first.click()
    book.emulate_media(media="print")
    panels = book.locator(".tab-panel:visible")
    names = book.locator(".tab-panel:visible > .tab-name:visible")
    expect(names).to_have_count(panels.count())
    assert set(names.all_text_contents()) == {"PyTorch"}
    controls = ".site-head, .contents, .beside, .turning, .copy, [role=tab], .trail"
    expect(book.locator(f":is({controls}):visible")).to_have_count(0)


def test_twice_as_large_all_is_there_and_nothing_scrolls_sideways(
    book: Page, reader: Reader
) -> None:
    # As a browser zooms: half as many pixels of the page on the same screen. As a reader has set
    # it: letters of twice the size.
    sizes = {max(reader.width // 2, 320): 16, reader.width: 32}
    browser = book.context.new_cdp_session(book)
    for width, size in sizes.items():
        book.set_viewport_size({"width": width, "height": 400})
        browser.send("Page.setFontSizes", {"fontSizes": {"standard": size}})
        assert book.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for each in book.locator(".site-head > *:visible").all():
            box = each.bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width


def test_chosen_tab_is_seen_in_colours_of_the_system_alone(book: Page) -> None:
    book.emulate_media(forced_colors="active")
    lines = {
        each: book.locator(f"[role=tab][aria-selected={each}]").first.evaluate(
            "each => getComputedStyle(each).borderBlockEndColor"
        )
        for each in ("true", "false")
    }
    assert lines["true"] != lines["false"]
    # Buttons without a text of their own have a border there.
    border = book.locator(".colours").evaluate("each => getComputedStyle(each).borderTopStyle")
    assert border == "solid"


def test_more_contrast_leaves_no_grey(book: Page) -> None:
    book.emulate_media(contrast="more")
    colours = book.evaluate(
        "[...document.querySelectorAll('.turning small, .trail a, .on-page a, body')]"
        ".map((each) => getComputedStyle(each).color)"
    )
    ink = book.evaluate("getComputedStyle(document.body).color")
    assert len(colours) > 3
    marked = book.evaluate("getComputedStyle(document.querySelector('article a')).color")
    assert set(colours) <= {ink, marked}


# ---------------------------------------------------------------- typography


def test_script_is_set_as_it_is_read(book: Page, reader: Reader) -> None:
    names = ("lineBreak", "hyphens", "textAutospace", "textSpacingTrim")
    style = book.locator("article p").first.evaluate(
        "(each, names) => names.map((name) => getComputedStyle(each)[name])", list(names)
    )
    wanted = {
        "ja": ["strict", "manual", "normal", "trim-start"],
        "vi": ["auto", "manual", "no-autospace", "normal"],
    }
    others = ["auto", "auto", "no-autospace", "normal"]
    assert style == wanted.get(reader.language, others)
    spaced = book.locator("article :is(h2, td)").evaluate_all(
        "(all) => [...new Set(all.map((each) => getComputedStyle(each).textAutospace))]"
    )
    assert spaced == [style[2]]
    leading = book.locator("body").evaluate(
        "each => parseFloat(getComputedStyle(each).lineHeight) /"
        " parseFloat(getComputedStyle(each).fontSize)"
    )
    assert leading == pytest.approx({"ja": 1.85, "vi": 1.7}.get(reader.language, 1.6), abs=0.01)
