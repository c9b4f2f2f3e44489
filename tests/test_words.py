"""The words of the interface: every catalogue says everything, and says it in a form that works."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from polybook.words import KINDS, NOTICES, Words, words

PACKAGE = Path(str(resources.files("polybook")))
CATALOGUES = {file.stem: file for file in sorted((PACKAGE / "locale").glob("*.po"))}
LANGUAGES = ("tr", "vi", "ja", "fr", "id")

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")


def catalogue(language: str) -> Catalog:
    with CATALOGUES[language].open("rb") as file:
        return read_po(file)


def used() -> set[str]:
    """Return every message that the code and the templates say."""
    found = {*KINDS.values(), *NOTICES.values()}
    for file in PACKAGE.rglob("*.py"):
        found.update(_said(ast.parse(file.read_text(encoding="utf-8"))))
    for file in PACKAGE.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        found.update(said[2] for said in re.finditer(r"\b_\(([\"'])(.*?)\1", text))
    return found


def _said(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(
                func=ast.Name(id="words" | "say") | ast.Attribute(attr="_words" | "_text_words"),
                args=[ast.Constant(value=str(message))],
            ) if not re.fullmatch(r"[a-z-]+", message):
                yield message


def test_the_messages_of_code_and_templates_are_found() -> None:
    assert {"Output", "Error", "Framework", "Fig. %(number)s", "Next", "Language"} <= used()


def test_the_books_languages_have_catalogues() -> None:
    assert set(LANGUAGES) <= set(CATALOGUES)


@pytest.mark.parametrize("language", CATALOGUES)
def test_catalogue_says_every_message_and_no_other(language: str) -> None:
    messages = {str(each.id): each for each in catalogue(language) if each.id}
    assert set(messages) == used()
    assert [text for text, each in messages.items() if not each.string or each.fuzzy] == []


@pytest.mark.parametrize("language", CATALOGUES)
def test_catalogue_keeps_the_placeholders(language: str) -> None:
    for message in catalogue(language):
        if message.id:
            here, there = (
                sorted(_PLACEHOLDER.findall(str(each))) for each in (message.id, message.string)
            )
            assert here == there, message.id
            # A lone percent sign would be taken for a placeholder.
            assert "%" not in _PLACEHOLDER.sub("", str(message.string)), message.id


@pytest.mark.parametrize("language", CATALOGUES)
def test_catalogue_is_for_the_language_that_it_is_named_for(language: str) -> None:
    head = catalogue(language)
    assert str(head.locale) == language
    assert head.charset == "utf-8"


def test_message_is_said_with_its_values() -> None:
    spoken = Words("xx", {"%(a)s of %(b)s": "%(b)s: %(a)s"})
    assert spoken("%(a)s of %(b)s", a=1, b="two") == "two: 1"


def test_what_a_catalogue_lacks_is_said_in_english() -> None:
    assert words("xx")("Section %(number)s", number="1.2") == "Section 1.2"
    assert words("ja")("Nobody has translated this.") == "Nobody has translated this."


def test_variant_of_a_language_has_the_words_of_the_language() -> None:
    assert words("fr-ca").messages == words("fr").messages
    assert words("fr-ca").messages


def test_references_and_captions_in_japanese() -> None:
    assert words("ja").reference("chapter", "2") == "第2章"
    assert words("ja").caption("figure", "1.2.1") == "図1.2.1"


@pytest.mark.parametrize(
    ("language", "direction"),
    [("tr", "ltr"), ("ja", "ltr"), ("ar", "rtl"), ("he", "rtl"), ("fa-ir", "rtl"), ("xx", "ltr")],
)
def test_direction_is_that_of_the_script(language: str, direction: str) -> None:
    assert words(language).direction == direction


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "A, B, and C"),
        ("tr", "A, B ve C"),
        ("fr", "A, B et C"),
        ("ja", "A、B、C"),
        ("id", "A, B, dan C"),
        ("xx", "A, B, and C"),
    ],
)
def test_lists_are_written_as_the_language_writes_them(language: str, text: str) -> None:
    assert words(language).listed(["A", "B", "C"]) == text
    assert words(language).listed(["A"]) == "A"
    assert words(language).listed([]) == ""
