"""What a book puts on every page of its site: links, style sheets, scripts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from benchmarks.reading import serving
from playwright.sync_api import Page, expect

from tests.conftest import MakeBook
from tests.html.conftest import NewContext
from tests.html.crawl import SitePage
from tests.html.sites import build

CONFIG = """
[languages]
tr = Türkçe
ja = 日本語
[project]
title = Denizlerin ve Limanların Büyük Kitabı
[build]
output_dir = build
[html]
header_links = Kaynak, https://example.org/deniz?a=1&b=2, fab fa-github,
               Basılı, deniz.pdf, fas fa-file-pdf,
               Defter, files/notes.txt, fas fa-book,
               Sözlük, words/index.md, fas fa-book
include_css = static/*.css
include_js = static/own/
[html-ja]
header_links = ソース, https://example.org/ja, fab fa-github
"""

FILES: Mapping[str, str] = {
    "index.tr.md": "# Deniz\n",
    "words/index.tr.md": "# Sözlük\n",
    "words/index.ja.md": "# 言葉\n",
    "static/b.css": "p { color: rgb(1, 2, 3); }\n",
    "static/a.css": "p { color: rgb(9, 9, 9); }\n",
    "static/own/one.js": "document.documentElement.dataset.own = 'here';\n",
    "files/notes.txt": "Notlar\n",
}


@pytest.fixture
def root(make_book: MakeBook) -> Path:
    return make_book({"config.ini": CONFIG, **FILES})


def site_page(root: Path, path: str) -> SitePage:
    return SitePage(root / "build" / "html", path)


def header_links(root: Path, path: str) -> dict[str, str]:
    (nav,) = (each for each in site_page(root, path).all("nav") if each.get("class") == "links")
    return {each.text: each.get("href") for each in nav.iter() if each.tag == "a"}


def test_links_lead_elsewhere_to_pages_files_and_below_the_site(root: Path) -> None:
    _, found = build(root)
    assert found == []
    assert header_links(root, "tr/words/index.html") == {
        "Kaynak": "https://example.org/deniz?a=1&b=2",
        "Basılı": "../../deniz.pdf",
        "Defter": "../../_files/files/notes.txt",
        "Sözlük": "index.html",
    }
    assert header_links(root, "tr/index.html")["Sözlük"] == "words/index.html"
    assert header_links(root, "ja/words/index.html") == {"ソース": "https://example.org/ja"}
    assert (root / "build/html/_files/files/notes.txt").read_text("utf-8") == "Notlar\n"


def test_link_that_no_script_has_filled_in_is_left_out_and_said(make_book: MakeBook) -> None:
    links = [
        "###_TITLE_###, ###_HOST_###, fas fa-book,",
        "PDF, ###_HOST_###/a.pdf, fas fa-file,",
        "A, https://example.org, fas fa-file",
    ]
    root = make_book(
        {
            "config.ini": "[build]\noutput_dir = build\n[html]\nheader_links = "
            + "\n  ".join(links),
            "index.md": "# Deniz\n",
        }
    )
    _, found = build(root)
    assert [each.message for each in found] == [
        "[html] header_links: “###_TITLE_###”, “PDF” are left out."
    ]
    assert header_links(root, "index.html") == {"A": "https://example.org"}


def test_own_style_sheets_and_scripts_are_on_every_page_behind_polybooks(root: Path) -> None:
    build(root)
    for path in ("index.html", "tr/words/index.html", "ja/index.html"):
        page = site_page(root, path)
        styles = [each.get("href") for each in page.all("link", rel="stylesheet")]
        assert [each.rpartition("_files/")[2] for each in styles[-2:]] == [
            "static/a.css",
            "static/b.css",
        ]
        assert page.all("script")[-1].get("src").endswith("_files/static/own/one.js")


def test_own_files_that_do_not_exist_are_reported_and_appear_when_they_do(
    make_book: MakeBook,
) -> None:
    config = (
        "[build]\noutput_dir = build\n[html]\ninclude_css = a.css ../b.css\ninclude_js = *.js\n"
    )
    root = make_book({"config.ini": config, "index.md": "# Deniz\n"})
    (root.parent / "b.css").touch()
    _, found = build(root)
    assert [each.message for each in found] == [
        "[html] include_css: there is no file “a.css”.",
        "[html] include_css: there is no file “../b.css”.",
        "[html] include_js: there is no file “*.js”.",
    ]
    (root / "a.css").touch()
    _, found = build(root)
    assert len(found) == 2
    assert site_page(root, "index.html").all("link", href="_files/a.css")


def test_own_style_sheet_and_script_work_in_the_browser(root: Path, page: Page) -> None:
    build(root)
    with serving(root / "build" / "html") as address:
        page.goto(f"{address}/tr/words/index.html")
        expect(page.locator("html")).to_have_attribute("data-own", "here")
        page.evaluate("document.querySelector('article').append(document.createElement('p'))")
        expect(page.locator("article p").first).to_have_css("color", "rgb(1, 2, 3)")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_links_stand_in_a_row_on_a_wide_screen_and_in_a_menu_on_a_phone(
    root: Path, new_context: NewContext, scripts: bool
) -> None:
    build(root)
    with serving(root / "build" / "html") as address:
        desk = new_context(java_script_enabled=scripts).new_page()
        desk.goto(f"{address}/tr/words/index.html")
        navigation = desk.get_by_role("navigation", name="Bağlantılar")
        expect(navigation.get_by_role("link")).to_have_count(4)
        tops = {box.bounding_box()["y"] for box in navigation.locator("a").all()}  # type: ignore[index]
        assert len(tops) == 1
        phone = new_context(
            java_script_enabled=scripts, viewport={"width": 360, "height": 640}
        ).new_page()
        phone.goto(f"{address}/tr/words/index.html")
        expect(phone.locator(".links a:visible")).to_have_count(0)
        phone.locator(".links summary").click()
        expect(phone.locator(".links a:visible")).to_have_count(4)
        expect(phone.get_by_role("link", name="Kaynak")).to_be_in_viewport(ratio=1)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 360
        phone.locator(".languages summary").click()
        expect(phone.locator(".links a:visible")).to_have_count(0)
