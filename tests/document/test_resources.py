"""Where links and images lead: the language's own files first, then the whole book's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import MakeBook
from tests.document.books import Documented, config
from tests.document.summary import summary

LANGUAGES = {"tr": "Türkçe", "ja": "日本語"}


def folders(more: str = "") -> str:
    return config(languages=LANGUAGES, more=f"page_layout = {{lang}}/{{page}}.md\n{more}")


def image(documents: Documented, page: str, language: str) -> str:
    """Return the target of the one image of a page."""
    text = summary(documents.document(page, language).blocks)
    return text.partition("](")[2].partition(")")[0]


def test_language_has_its_own_image_or_the_books(make_book: MakeBook) -> None:
    page = "# T\n\nA ![map](../img/map.svg) here.\n"
    root = make_book(
        {
            "config.ini": folders(),
            "tr/coast/page.md": page,
            "ja/coast/page.md": page,
            "img/map.svg": "<svg/>",
            "ja/img/map.svg": "<svg/>",
        }
    )
    documents = Documented(root)
    assert image(documents, "coast/page", "tr") == "file:img/map.svg"
    assert image(documents, "coast/page", "ja") == "file:ja/img/map.svg"


def test_untranslated_page_has_the_images_of_the_text_that_it_shows(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": folders(),
            "tr/coast/page.md": "# T\n\nA ![map](map.svg) here.\n",
            "tr/coast/map.svg": "<svg/>",
            "ja/coast/other.md": "# T\n",
        }
    )
    assert image(Documented(root), "coast/page", "ja") == "file:tr/coast/map.svg"


def test_languages_may_lie_below_a_folder(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": config(languages=LANGUAGES, more="page_layout = text/{lang}/{page}.md\n"),
            "text/tr/page.md": "# T\n\nA ![map](map.svg) here.\n",
            "text/tr/map.svg": "<svg/>",
        }
    )
    assert image(Documented(root), "page", "tr") == "file:text/tr/map.svg"


def test_languages_side_by_side_share_what_lies_beside_them(make_book: MakeBook) -> None:
    page = "# T\n\nA ![map](map.svg) here.\n"
    root = make_book(
        {
            "config.ini": config(languages=LANGUAGES),
            "coast/page.tr.md": page,
            "coast/page.ja.md": page,
            "coast/map.svg": "<svg/>",
        }
    )
    documents = Documented(root)
    assert image(documents, "coast/page", "tr") == "file:coast/map.svg"
    assert image(documents, "coast/page", "ja") == "file:coast/map.svg"


def test_page_named_with_its_language_is_the_page(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": config(languages=LANGUAGES),
            "coast/page.tr.md": "# T\n\n[b](other.tr.md#x) [c](other.md)\n",
            "coast/other.tr.md": "# O\n\n[]{#x}\n",
        }
    )
    documents = Documented(root)
    assert "[b](page:coast/other#x) [c](page:coast/other)" in summary(
        documents.document("coast/page", "tr").blocks
    )
    assert documents.said("coast/page", "tr") == []


def test_names_with_blanks_and_other_letters(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": config(),
            "page.md": """
                # T

                ![a](<img/deniz feneri.svg>) ![b](img/%E6%B5%B7.svg) ![c](img/海.svg)
            """,
            "img/deniz feneri.svg": "<svg/>",
            "img/海.svg": "<svg/>",
        }
    )
    documents = Documented(root)
    document = documents.document("page")
    assert document.files == ("img/deniz feneri.svg", "img/海.svg")
    assert documents.said("page") == []


def test_link_cannot_leave_the_book(make_book: MakeBook, tmp_path: Path) -> None:
    root = make_book({"config.ini": config(), "page.md": "# T\n\n![a](../secret.svg)\n"})
    (tmp_path / "secret.svg").write_text("<svg/>")
    documents = Documented(root)
    assert documents.document("page").files == ()
    assert documents.said("page") == ["3: “../secret.svg” leads to no page and no file."]


def test_symbolic_link_out_of_the_book_is_not_followed(make_book: MakeBook, tmp_path: Path) -> None:
    root = make_book({"config.ini": config(), "page.md": "# T\n\n![a](map.svg)\n"})
    (tmp_path / "secret.svg").write_text("<svg/>")
    try:
        (root / "map.svg").symlink_to(tmp_path / "secret.svg")
    except OSError:  # Windows grants symbolic links to few
        pytest.fail("this system makes no symbolic links")
    assert Documented(root).document("page").files == ()


def test_missing_file_is_reported_once_with_its_line(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": config(),
            "page.md": """
                # T

                :begin_tab:`pytorch, jax`
                ![a](img/none.svg)
                :end_tab:

                :begin_tab:`jax`
                Again ![a](img/none.svg).
                :end_tab:
            """,
        }
    )
    documents = Documented(root)
    (found,) = documents.findings("page")
    assert (found.location.path, found.location.line) == (root / "page.md", 4)
    assert found.message == "“img/none.svg” leads to no page and no file."
    assert found.hint
