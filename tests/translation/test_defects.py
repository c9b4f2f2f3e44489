"""The book that ships is clean, and what can go wrong with a translation is found in it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from polybook.build import Build
from polybook.config import read_config
from polybook.dialect import parse_page
from polybook.translation.findings import Finding
from polybook.translation.glossary import read_glossary
from polybook.translation.pieces import find_pieces
from polybook.translation.rules import RULES
from tests.translation.defects import planted

ROOT = Path(__file__).parent.parent.parent
PAGES = ("tensors", "index")

#: How many lines away a defect may be reported: what is lost, at what stands before it; what is
#: too much in a list, at any of its items.
_NEAR = 8


#: Sentences that hold a word, a language each.
_AROUND = {
    "tr": "Burada … var.",
    "vi": "Đây là … của ta.",
    "ja": "ここには…があります。",
    "fr": "Voici … pour tous.",
    "id": "Di sini ada … kita.",
}


def check(root: Path, *rules: str) -> list[Finding]:
    """Return what is found in a book, by all rules if none is named."""
    return Build(read_config(root), (), ()).check(rules)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the book that ships: its settings and its pages, without outputs."""
    root = tmp_path_factory.mktemp("defects") / "book"
    root.mkdir()
    shutil.copy(ROOT / "config.ini", root)
    for folder in ("chapter_file_io", "static", "translations"):
        shutil.copytree(ROOT / folder, root / folder)
    return root


def test_nothing_is_found_in_the_book(book: Path) -> None:
    unfinished = {"missing"}  # a page may be written before it is translated
    assert [each for each in check(book) if each.rule not in unfinished] == []


def test_defects_are_found_where_they_are(book: Path) -> None:
    config = read_config(book)
    done, lost = 0, []
    for name in PAGES:
        paths = {
            language.code: book / "chapter_file_io" / f"{name}.{language.code}.md"
            for language in config.languages
        }
        texts = {language: path.read_text("utf-8") for language, path in paths.items()}
        for defect, language, found in planted(texts, config.reference.code):
            path = paths[language]
            path.write_text(found.text, "utf-8")
            done += 1
            if not any(
                each.rule == defect.rule
                and each.location.path == path
                and abs(each.location.line - found.line) <= _NEAR
                for each in check(book, *({defect.rule} & RULES.keys()))
            ):
                lost.append(f"{path.name}:{found.line}: {defect.rule}: {defect.name}")
            path.write_text(texts[language], "utf-8")
    assert done >= 50
    assert len(lost) <= 0.05 * done, f"{done} planted, not found:\n" + "\n".join(lost)


@pytest.mark.parametrize("number", range(5))
def test_an_edit_of_the_reference_is_stale_in_every_other_language(book: Path, number: int) -> None:
    config = read_config(book)
    path = book / "chapter_file_io" / f"tensors.{config.reference.code}.md"
    text = path.read_text("utf-8")
    paragraphs = [each for each in find_pieces(parse_page(text)) if each.kind == "text"]
    piece = paragraphs[number * len(paragraphs) // 5]
    path.write_text(text.replace(piece.text, f"{piece.text.rstrip()} Yeni bir cümle.\n"), "utf-8")
    found = check(book, "stale")
    path.write_text(text, "utf-8")
    assert {each.location.path.suffixes[-2] for each in found} == {".vi", ".ja", ".fr", ".id"}
    assert {each.location.line for each in found} == {piece.line}


@pytest.mark.parametrize("language", ["tr", "vi", "ja", "fr", "id"])
def test_each_word_that_a_glossary_forbids_is_found(book: Path, language: str) -> None:
    path = book / "chapter_file_io" / f"tensors.{language}.md"
    text = path.read_text("utf-8")
    words = [
        variant.removesuffix("*")
        for term in read_glossary(book, language)
        for variant in term.forbidden
    ]
    lines = [f"{_AROUND[language].replace('…', word)}\n\n" for word in words]
    path.write_text("".join([*lines, text]), "utf-8")
    found = [each.location.line for each in check(book, "glossary")]
    assert found == list(range(1, 2 * len(words), 2))
    path.write_text(text, "utf-8")


@pytest.mark.parametrize("language", ["vi", "ja", "fr", "id"])
def test_a_page_that_is_taken_away_is_missing(book: Path, language: str) -> None:
    path = book / "chapter_file_io" / f"tensors.{language}.md"
    text = path.read_text("utf-8")
    path.unlink()
    found = [each.message for each in check(book, "missing")]
    path.write_text(text, "utf-8")
    assert f"The page chapter_file_io/tensors is missing in {language}." in found
