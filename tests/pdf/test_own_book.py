"""The book of this repository: all twenty PDFs, as other tools read them."""

from __future__ import annotations

import re
import shutil
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from polybook.build import Build
from polybook.config import read_config
from tests.pdf.books import bookmarks, fonts, structure

ROOT = Path(__file__).parents[2]
LANGUAGES = ("tr", "vi", "ja", "fr", "id")
TABS = ("mxnet", "pytorch", "tensorflow", "jax")
CHAPTER = "chapter_file_io"

# What stands between words in Markdown, or is shown as something else.
_MARKS = re.compile(
    r"\$[^$]+\$|:\w+:`[^`]*`|\]\([^)]*\)|[\[(]\*\*|\*\*[\])]|[*`|\[\]]|^(?:#+|\d+\.|-) |---+"
)
_ASIDE = (8.5, 5.1)  # the sizes of heads, page numbers and footnotes; and of footnotes' own numbers


@pytest.fixture(scope="module")
def pdfs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the book's PDFs, built in a copy from its saved outputs."""
    root = tmp_path_factory.mktemp("own")
    shutil.copy(ROOT / "config.ini", root)
    for folder in (CHAPTER, "outputs", "static"):
        if (ROOT / folder).is_dir():
            shutil.copytree(ROOT / folder, root / folder)
    report, found = Build(read_config(root), (), ()).pdf()
    assert (report.pdfs, found) == (len(LANGUAGES) * len(TABS), [])
    return report.folder


def sources(language: str) -> list[str]:
    """Return the text of the chapter's pages in their order."""
    read = [(ROOT / CHAPTER / f"index.{language}.md").read_text(encoding="utf-8")]
    toc = re.search(r"^```toc\n(.*?)^```$", read[0], re.DOTALL | re.MULTILINE)
    assert toc
    for name in re.findall(r"^(\w+)$", toc[1], re.MULTILINE):
        read.append((ROOT / CHAPTER / f"{name}.{language}.md").read_text(encoding="utf-8"))
    return read


def said(language: str, tab: str) -> Iterator[str]:
    """Yield, in order, the pieces of text and the lines of code that are for a framework."""
    for source in sources(language):
        shown = re.sub(
            r"^```(?:toc|image-words)$.*?^```$", "", source, flags=re.DOTALL | re.MULTILINE
        )
        shown = re.sub(r"^```{.python .input}\n%load_ext.*?^```$", "", shown, flags=re.S | re.M)
        for part in re.split(
            r"(^```{.*?^```$|^:begin_tab:.*?^:end_tab:$)", shown, flags=re.S | re.M
        ):
            head, _, inner = part.partition("\n")
            if part.startswith("```"):
                marker, _, code = inner.rpartition("\n")[0].partition("\n")
                if re.search(rf"\b(?:all|{tab})\b", marker):
                    yield from filter(str.strip, code.splitlines())
            elif not part.startswith(":begin_tab:"):
                yield from words_of(part)
            elif tab in head:
                yield from words_of(inner.removesuffix(":end_tab:"))


def words_of(prose: str) -> Iterator[str]:
    for line in prose.splitlines():
        if line.startswith(":"):  # a table's caption, which stands above it in print
            continue
        yield from (piece for piece in _MARKS.split(line) if re.search(r"\w\w", piece))


def bare(text: str) -> str:
    """Return a text without what breaking lines and setting quotes add to it or take away."""
    return re.sub(r"[\s\u00ad\u2010'’\"“”„-]", "", unicodedata.normalize("NFC", text))


@cache
def printed(path: Path) -> tuple[str, list[int]]:
    """Return what is on the pages of a PDF, which are read once: it takes a second.

    Returns:
        The text of all pages in the order of reading, without what stands aside, and the numbers of
        pages on which glyph 0 is, the box that a font has for what it lacks.

    """
    pieces: list[str] = []
    missing: list[int] = []

    def see(text: str, _: object, __: object, ___: object, size: float) -> None:
        if size not in _ASIDE:
            pieces.append(text)

    for number, page in enumerate(PdfReader(path).pages, 1):

        def look(operator: bytes, operands: Any, *_: object, number: int = number) -> None:
            if operator in (b"Tj", b"TJ") and lacks_a_glyph(operator, operands):
                missing.append(number)

        page.extract_text(visitor_text=see, visitor_operand_before=look)
    return bare("".join(pieces)), missing


def lacks_a_glyph(operator: bytes, operands: Any) -> bool:
    shown = operands[0] if operator == b"TJ" else operands
    texts = [getattr(each, "original_bytes", each) for each in shown]
    codes = [each for each in texts if isinstance(each, bytes)]
    return any((0, 0) in zip(each[::2], each[1::2], strict=True) for each in codes)


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pdf_says_what_its_pages_say_in_their_order_and_lacks_no_glyph(
    pdfs: Path, language: str, tab: str
) -> None:
    text, missing = printed(pdfs / f"polybook-{language}-{tab}.pdf")
    assert missing == []
    place = 0
    pieces = list(said(language, tab))
    assert len(pieces) > 150
    for piece in pieces:
        found = text.find(bare(piece), place)
        assert found >= 0, (piece, text[place : place + 300])
        place = found + len(bare(piece))


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pdf_is_whole_and_open_to_every_reader(pdfs: Path, language: str, tab: str) -> None:
    pdf = PdfReader(pdfs / f"polybook-{language}-{tab}.pdf")
    root: Any = pdf.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == (language, True)
    assert b"<pdfuaid:part>1<" in root["/Metadata"].get_data()
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    config = read_config(ROOT).localised(language).project
    assert pdf.metadata is not None
    assert (pdf.metadata.title, pdf.metadata.author) == (config.title, config.author)
    tags = structure(pdf)
    assert {"/H1", "/H2", "/H3", "/P", "/Table", "/TH", "/Formula", "/Code", "/L"} <= {
        each["/S"] for each in tags
    }
    for each in tags:
        if each["/S"] in ("/Figure", "/Formula"):
            assert each["/Alt"]
    for font in fonts(pdf):
        assert font.keys() & {"/FontFile2", "/FontFile3"}
        assert font["/FontName"][7] == "+"  # a subset
    pages = {page.indirect_reference for page in pdf.pages}
    links = [
        link.get_object()
        for page in pdf.pages
        for link in page.get("/Annots", ())
        if link.get_object()["/Subtype"] == "/Link"
    ]
    inner = [each for each in links if each.get("/A", {}).get("/S") != "/URI"]
    assert len(inner) > 20
    assert all((each.get("/Dest") or each["/A"]["/D"])[0] in pages for each in inner)
    heads = [
        title
        for source in sources(language)
        for title in re.findall(
            r"^#+ (.+)$", re.sub(r"^```.*?^```$", "", source, flags=re.S | re.M), re.M
        )
    ]
    assert [
        bare(re.sub(r"^[\d.]+", "", each))
        for each in bookmarks(pdf)[1:]  # after the contents
    ] == [bare(each.replace("`", "")) for each in heads]
