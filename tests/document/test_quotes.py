"""Quotation marks are those of the language of the text."""

from __future__ import annotations

from tests.conftest import MakeBook
from tests.html.crawl import SitePage, text_of
from tests.html.sites import build

CONFIG = """
[languages]
fr = Français
en = English
[build]
notebooks = *.md
output_dir = build
"""


def test_straight_quotes_become_the_marks_of_the_texts_language(make_book: MakeBook) -> None:
    said = 'The "tide": "it\'s *\'so\'* low", `"code"`.\n'
    root = make_book(
        {
            "config.ini": CONFIG,
            **{f"page.{code}.md": f'# A "tide"\n\n{said}' for code in ("fr", "en")},
            "only.fr.md": f"# Only\n\n{said}",
        }
    )
    report, found = build(root)
    assert found == []
    page = SitePage(report.folder, "fr/page.html")
    assert "«\u202ftide\u202f»" in page.text  # a narrow space, which does not break
    french = 'The « tide »: « it’s “so” low », "code".'
    english = 'The “tide”: “it’s ‘so’ low”, "code".'
    assert text_of(page.all("title")[0]).startswith("A « tide »")
    assert french in [text_of(each) for each in page.all("p")]
    other = SitePage(report.folder, "en/page.html")
    assert english in [text_of(each) for each in other.all("p")]
    # Not translated: the text is French, whoever reads it.
    lacking = SitePage(report.folder, "en/only.html")
    assert french in [text_of(each) for each in lacking.all("p")]
