"""Citations: as links to the bibliography, the same on every page, in the language's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from polybook.document.ast import Elements, plain_text, walk
from polybook.errors import Severity
from tests.conftest import MakeBook
from tests.document.books import Documented, config

WORKS = """
@book{kaya, author = {Kaya, Elif}, title = {Clouds}, year = 2019}
@book{tanaka-a, author = {Tanaka, Jun and Kaya, Elif}, title = {Rain}, year = 2020}
@book{tanaka-b, author = {Tanaka, Jun and Kaya, Elif}, title = {Wind}, year = 2020}
@book{unread, author = {Nobody, Ann}, title = {Nothing}, year = 2000}
"""
ENGLISH = {
    "config.ini": config(more="[pdf]\nbibfile = works.bib\n"),
    "works.bib": WORKS,
    "index.md": "# One\n\nAs :citet:`kaya` says; see also :cite:`tanaka-a, tanaka-b`.\n",
    "last.md": "# Works\n\n:bibliography:`works.bib`\n\nSeen :citep:`tanaka-b`.\n",
}


def links(blocks: Elements) -> list[tuple[str, str]]:
    found = [element for element in walk(blocks) if element["t"] == "Link"]
    return [(plain_text(element["c"][1]), element["c"][2][0]) for element in found]


@pytest.fixture
def english(make_book: MakeBook) -> Documented:
    return Documented(make_book(ENGLISH))


def test_authors_are_in_the_sentence_or_in_brackets(english: Documented) -> None:
    text = plain_text(english.document("index").blocks)
    assert "As Kaya (2019) says" in text
    assert "see also (Tanaka and Kaya 2020a, 2020b)." in text


def test_citation_leads_to_its_entry(english: Documented) -> None:
    assert ("2019", "page:last#ref-kaya") in links(english.document("index").blocks)


def test_letters_behind_the_year_are_the_same_on_every_page(english: Documented) -> None:
    assert "Seen (Tanaka and Kaya 2020b)." in plain_text(english.document("last").blocks)


def test_letter_behind_a_year_in_the_file_is_no_part_of_it(make_book: MakeBook) -> None:
    works = WORKS.replace("{Wind}, year = 2020", "{Wind},\n  year = {2020b}").replace(
        "{Clouds}, year = 2019", '{Clouds},\n year="2019a"'
    )
    text = plain_text(
        Documented(make_book(ENGLISH | {"works.bib": works})).document("index").blocks
    )
    assert "As Kaya (2019) says; see also (Tanaka and Kaya 2020a, 2020b)." in text


def test_bibliography_lists_what_the_book_cites_and_nothing_else(english: Documented) -> None:
    text = plain_text(english.document("last").blocks)
    for title in ("Clouds", "Rain", "Wind"):
        assert title in text
    assert "Nothing" not in text


def test_work_that_cannot_be_read_is_an_error_and_the_others_are_cited(
    make_book: MakeBook,
) -> None:
    works = WORKS.replace("{Tanaka, Jun and Kaya, Elif}, title = {Rain}", "{Tanaka, title = {Rain}")
    root = make_book(ENGLISH | {"works.bib": works})
    book = Documented(root)
    assert "As Kaya (2019) says" in plain_text(book.document("index").blocks)
    (found,) = book.documents.diagnose_bibliography("en")
    assert str(found.location) == f"{root / 'works.bib'}:2"
    assert found.severity is Severity.ERROR
    assert "tanaka-a" in found.message


def test_work_that_is_given_twice_is_a_warning(make_book: MakeBook) -> None:
    again = "@book{kaya, author = {Kaya, Elif}, title = {Fog}, year = 2021}\n"
    book = Documented(make_book(ENGLISH | {"works.bib": WORKS + again}))
    (found,) = book.documents.diagnose_bibliography("en")
    assert found.severity is Severity.WARNING
    assert (found.location.line, found.message) == (
        5,
        "“kaya” is given twice; it is on line 1 already.",
    )
    assert "Kaya (2021)" in plain_text(book.document("index").blocks)


def test_unknown_work_is_reported_with_the_nearest(make_book: MakeBook) -> None:
    book = Documented(make_book(ENGLISH | {"index.md": "# One\n\nSee :cite:`tanaka-c`.\n"}))
    (found,) = book.findings("index")
    assert (found.location.line, found.message) == (3, "The bibliography has no “tanaka-c”.")
    assert "tanaka-" in found.hint


def test_unknown_work_is_named_and_leads_nowhere(make_book: MakeBook) -> None:
    page = "# One\n\nSee :cite:`tanaka-c, kaya`.\n"
    blocks = Documented(make_book(ENGLISH | {"index.md": page})).document("index").blocks
    assert "tanaka-c?" in plain_text(blocks)
    assert [target for _, target in links(blocks)] == ["page:last#ref-kaya"]


def test_words_are_the_languages_own(make_book: MakeBook) -> None:
    french = config(languages={"fr": "Français"}, more="[pdf]\nbibfile = works.bib\n")
    page = "# Un\n\nVoir :cite:`tanaka-a`.\n"
    book = Documented(make_book({"config.ini": french, "works.bib": WORKS, "index.fr.md": page}))
    assert "Tanaka et Kaya" in plain_text(book.document("index", "fr").blocks)


def test_without_a_bibliography_citations_are_plain_text(make_book: MakeBook) -> None:
    book = Documented(make_book(ENGLISH | {"last.md": "# Nothing\n"}))
    document = book.document("index")
    assert "As Kaya (2019) says" in plain_text(document.blocks)
    assert links(document.blocks) == []


def test_changed_work_changes_what_pages_are_made_of(make_book: MakeBook) -> None:
    root = make_book(ENGLISH)
    before = _fingerprint(root)
    (root / "works.bib").write_text(WORKS.replace("2019", "2018"), encoding="utf-8")
    assert _fingerprint(root) != before


def _fingerprint(root: Path) -> str:
    book = Documented(root)
    return str(book.documents.fingerprint(book.build.book.pages["index"], "en", {}, ()))
