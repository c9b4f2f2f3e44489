"""`.. raw:: html` with `:file:` puts a file of the book on the page; where it leads is found."""

from __future__ import annotations

from pathlib import Path

import pytest

from polybook.document.only import HTML, for_format
from polybook.document.raw_html import html_addresses, replace_addresses
from tests.conftest import MakeBook
from tests.document.books import Documented, config
from tests.document.summary import summary

PAGE = "# Page\n\n```eval_rst\n.. raw:: html\n   :file: {file}\n```\n"


def made(make_book: MakeBook, files: dict[str, str], name: str = "front.html") -> Documented:
    page = PAGE.format(file=name)
    return Documented(make_book({"config.ini": config(), "coast/page.md": page, **files}))


@pytest.mark.parametrize(
    ("files", "name", "text"),
    [
        ({"coast/front.html": "beside", "front.html": "root"}, "front.html", "beside"),
        ({"front.html": "root", "static/front.html": "static"}, "front.html", "root"),
        ({"static/deep/front.html": "static"}, "front.html", "static"),
        ({"parts/front.html": "path"}, "parts/front.html", "path"),
        ({"parts/front.html": "path"}, "/parts/front.html", "path"),
        ({"parts/front.html": "path"}, "../parts/front.html", "path"),
    ],
)
def test_file_is_found(make_book: MakeBook, files: dict[str, str], name: str, text: str) -> None:
    documented = made(make_book, files, name)
    shown = for_format(documented.document("coast/page").blocks[1:], HTML)
    assert summary(shown) == f"Raw html\n  | {text}\n"
    assert documented.said("coast/page") == []


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({}, "front.html"),
        ({"static/a/front.html": "1", "static/b/front.html": "2"}, "front.html"),
        ({"../secret.html": "secret"}, "../../secret.html"),
    ],
)
def test_file_that_is_not_there_is_said_and_the_directive_shown(
    make_book: MakeBook, files: dict[str, str], name: str
) -> None:
    documented = made(make_book, files, name)
    assert documented.said("coast/page") == [f"4: There is no file “{name}”."]
    assert f"|    :file: {name}" in summary(documented.document("coast/page").blocks)


def test_addresses_in_a_file_are_relative_to_the_page_or_to_the_file(make_book: MakeBook) -> None:
    html = (
        '<a href="other.html#a">o</a><img src=pier.svg><img src="boat.svg">'
        '<a href="nowhere.md">n</a><a href="https://example.org/x.md">e</a>'
    )
    documented = made(
        make_book,
        {
            "static/front/front.html": html,
            "static/front/boat.svg": "<svg/>",
            "coast/pier.svg": "<svg/>",
            "coast/other.md": "# Other\n",
        },
    )
    document = documented.document("coast/page")
    assert for_format(document.blocks, HTML)[1]["c"][1] == (
        '<a href="page:coast/other#a">o</a><img src="file:coast/pier.svg">'
        '<img src="file:static/front/boat.svg">'
        '<a href="nowhere.md">n</a><a href="https://example.org/x.md">e</a>'
    )
    assert sorted(document.files) == ["coast/pier.svg", "static/front/boat.svg"]
    assert documented.said("coast/page") == [
        "4: “nowhere.md” in front.html leads to no page and no file."
    ]


def test_addresses_in_html_on_a_page_lead_where_markdowns_do(make_book: MakeBook) -> None:
    text = "# Page\n\n<div>\n<a href='other.md'>o</a>\n<video poster=pier.svg></video>\n</div>\n"
    files = {"config.ini": config(), "page.md": text, "other.md": "# O\n", "pier.svg": "<svg/>"}
    documented = Documented(make_book(files))
    found = summary(documented.document("page").blocks)
    assert 'href="page:other"' in found
    assert 'poster="file:pier.svg"' in found
    assert documented.said("page") == []


def test_a_changed_file_changes_the_page(make_book: MakeBook) -> None:
    documented = made(make_book, {"front.html": "old"})
    root = documented.build.config.root

    def key(root: Path) -> object:
        build = Documented(root).build
        page = build.book.pages["coast/page"]
        return build.documents.fingerprint(page, "en", build.fresh(page.name, "en"), build.tabs)

    before = key(root)
    assert key(root) == before
    (root / "front.html").write_text("new")
    assert key(root) != before


@pytest.mark.parametrize(
    ("html", "addresses"),
    [
        ('<a href="a&amp;b">', ["a&b"]),
        ("<A HREF=a><img data-src=b src='c d'/>", ["a", "c d"]),
        ("<!-- <img src=a> --><script src=b>'<img src=c>'</script>\n<img\nsrc=d>", ["b", "d"]),
        ('<img alt="src=a" title=\'href="b"\'>', []),
        ("1 < 2 <img src=", []),
        ("\u2028\r\n<p>\u2028<img src=a>", ["a"]),
    ],
)
def test_addresses_of_html(html: str, addresses: list[str]) -> None:
    assert html_addresses(html) == addresses
    assert replace_addresses(html, lambda address: address) == html
    changed = replace_addresses(html, lambda address: f"{address}!")
    assert html_addresses(changed) == [f"{address}!" for address in addresses]
