"""PDFs as other tools read them: words, links, fonts, tags; and what Typst cannot set."""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from polybook.document.ast import Element
from polybook.document.pandoc import write_blocks
from polybook.errors import Severity
from polybook.pdf.body import mended
from polybook.pdf.source import around, string
from polybook.pdf.typesetting import FORMULA, as_in_tex
from tests.conftest import MakeBook, write_files
from tests.html.sites import display, png, save_outputs, stream
from tests.pdf.books import book, bookmarks, build, fonts, read, structure, words

TEXTS: Mapping[str, tuple[str, str]] = {
    "tr": ("Gelgit İşleri", "Ağrı’nın ıssız iskelesinde ölçtüğümüz gelgit grafiği değişir."),
    "vi": ("Thuỷ triều", "Đường thuỷ triều ở cảng được đo mỗi giờ, và ngữ cảnh thì không đổi."),
    "ja": ("潮汐の記録", "港の潮位をPyTorchで記録し、「高潮」を調べます。"),
    "fr": ("L’œuvre des marées", "Est-ce la marée ? Oui : « elle monte » ; voilà !"),
    "id": ("Pasang surut", "Pasang surut di pelabuhan diukur setiap jam."),
}
CELL = """
```{.python .input}
%%tab pytorch
import torch
```

```{.python .input}
%%tab jax
import jax
```
"""


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a book in five languages, built."""
    pages = {
        f"tide.{code}.md": f"# {title}\n:label:`tide`\n\n{text}\n{CELL}\n## {title} 2\n\n"
        f":numref:`tide`, $x^2$\n\n$$\\|a\\| = 1$$\n:eqlabel:`eq`\n\n:eqref:`eq`\n"
        for code, (title, text) in TEXTS.items()
    }
    root = write_files(tmp_path_factory.mktemp("five"), book(pages, *TEXTS))
    report, found = build(root)
    assert (report.pdfs, [str(each) for each in found]) == (10, [])
    return root


@pytest.mark.parametrize("language", TEXTS)
def test_a_pdf_has_the_pages_words_in_order_and_the_code_of_its_framework_alone(
    five: Path, language: str
) -> None:
    title, text = TEXTS[language]
    said = words(read(five, f"tide-{language}-pytorch"))
    place = 0
    bare = re.sub(r"[\s\u00ad]", "", said)  # where lines are broken is the typesetter's
    for part in (title, text, "import torch", f"{title} 2", "(1.1.1)"):
        place = bare.find(re.sub(r"\s", "", part), place)
        assert place >= 0, (part, said)
    assert "import jax" not in said


@pytest.mark.parametrize("language", TEXTS)
def test_a_pdf_says_what_it_is_and_is_tagged(five: Path, language: str) -> None:
    pdf = read(five, f"tide-{language}-jax")
    root: Any = pdf.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == (language, True)
    assert pdf.metadata is not None
    assert (pdf.metadata.title, pdf.metadata.author) == ("Tides", "A. Kaya")
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    assert bookmarks(pdf)[1:] == [f"1 {TEXTS[language][0]}", f"1.1 {TEXTS[language][0]} 2"]
    kinds = [each["/S"] for each in structure(pdf)]
    assert {"/H1", "/H2", "/P", "/Formula", "/TOC", "/Code"} <= set(kinds)


def test_all_fonts_are_embedded(five: Path) -> None:
    for language in TEXTS:
        for font in fonts(read(five, f"tide-{language}-pytorch")):
            assert font.keys() & {"/FontFile2", "/FontFile3"}, font["/FontName"]
            assert font["/FontName"][7] == "+"  # a subset


def test_formulas_are_described_by_their_tex(five: Path) -> None:
    formulas = [each for each in structure(read(five, "tide-tr-jax")) if each["/S"] == "/Formula"]
    assert [each["/Alt"] for each in formulas] == ["x^2", r"\|a\| = 1"]


def test_links_within_the_book_lead_somewhere(five: Path) -> None:
    pdf = read(five, "tide-fr-jax")
    there = {page.indirect_reference for page in pdf.pages}
    links = [
        annotation.get_object() for page in pdf.pages for annotation in page.get("/Annots", ())
    ]
    targets = [each["/Dest"] if "/Dest" in each else each["/A"]["/D"] for each in links]
    assert len(targets) >= 3
    assert all(target[0] in there for target in targets)


def test_a_second_build_writes_nothing(five: Path) -> None:
    assert build(five)[0].changed == []


def test_a_build_of_one_framework_keeps_the_others(five: Path) -> None:
    report, _ = build(five, ["tr"], ["jax"])
    assert (report.pdfs, report.changed) == (1, [])
    assert len(list(report.folder.iterdir())) == 10


def test_a_character_without_a_font_is_an_error_with_its_line(make_book: MakeBook) -> None:
    page = "# Deniz\n\nBir \u0378\u200d\u0378 ve \U0001ccfa işareti.\n"  # a joiner between two
    root = make_book(book({"tide.tr.md": page}, "tr"))
    report, found = build(root)
    assert [(each.severity, each.location.line) for each in found] == [(Severity.ERROR, 3)]
    for code in ("U+0378", "U+1CCFA"):
        assert code in found[0].message
        assert code in words(read(root, "tide-tr-pytorch"))
    assert report.pdfs == 2


def test_an_image_whose_words_no_font_has_is_an_error_and_its_description_is_shown(
    make_book: MakeBook,
) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="9"><text>\u0378</text></svg>'
    page = "# Deniz\n\n![Bir gemi](ship.svg)\n"
    root = make_book(book({"tide.tr.md": page, "ship.svg": svg}, "tr"))
    _, found = build(root, (), ["jax"])
    image = next(each for each in found if "ship.svg" in each.message)
    assert (image.severity, image.location.line) == (Severity.ERROR, 3)
    assert "could not be displayed" in image.hint
    assert "Bir gemi" in words(read(root, "tide-tr-jax"))


def test_a_formula_that_cannot_be_set_is_shown_as_tex(make_book: MakeBook) -> None:
    page = "# Deniz\n\nÖnce $\\harbour{x}$ sonra.\n\n$$\\quay{y}$$\n\nArdından $x$.\n"
    root = make_book(book({"tide.tr.md": page}, "tr"))
    _, found = build(root)
    assert [(each.severity, each.location.line) for each in found] == [
        (Severity.WARNING, 3),
        (Severity.WARNING, 5),
    ]
    said = words(read(root, "tide-tr-jax"))
    assert r"\harbour{x} sonra" in said
    assert r"\quay{y}" in said


def test_a_broken_image_is_an_error_and_its_description_is_shown(make_book: MakeBook) -> None:
    page = "# Deniz\n\n![Bir iskele](quay.png)\n\n![Bir gemi](ship.svg)\n"
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    root = make_book(book({"tide.tr.md": page, "quay.png": "no picture", "ship.svg": svg}, "tr"))
    _, found = build(root)
    assert [(each.severity, each.location.line) for each in found] == [(Severity.ERROR, 3)]
    pdf = read(root, "tide-tr-jax")
    assert "Bir iskele" in words(pdf)
    assert "Bir gemi" in [each.get("/Alt") for each in structure(pdf)]


def test_a_font_that_is_not_there_is_a_warning(make_book: MakeBook) -> None:
    more = "[pdf]\nmain_font = No Such Font\n"
    root = make_book(book({"tide.tr.md": "# Deniz\n\nMetin.\n"}, "tr", more=more))
    _, found = build(root)
    assert [each.message for each in found] == ["[pdf]: there is no font “No Such Font”."]
    assert "Metin." in words(read(root, "tide-tr-jax"))


def test_levels_that_are_left_out_leave_no_gap(make_book: MakeBook) -> None:
    root = make_book(book({"tide.tr.md": "# Deniz\n\n#### Derin\n\nMetin.\n"}, "tr"))
    build(root)
    kinds = {each["/S"] for each in structure(read(root, "tide-tr-jax"))}
    assert {"/H1", "/H2"} <= kinds
    assert "/H4" not in kinds


def test_what_is_wider_than_the_page_breaks_within_it(make_book: MakeBook) -> None:
    formula = " + ".join(f"a_{{{number}}}" for number in range(60))
    page = (
        f"# Deniz\n\n`{'c' * 300}`\n\n```python\n{'x' * 400}\n```\n\n$${formula}$$\n\n"
        f"| a | b |\n|---|---|\n| {'y' * 200} | {'word ' * 60} |\n"
    )
    root = make_book(book({"tide.tr.md": page}, "tr"))
    build(root)
    starts: list[float] = []

    def see(text: str, _: object, matrix: list[float], *__: object) -> None:
        starts.append(matrix[4] if text.strip() else 0)

    for sheet in read(root, "tide-tr-jax").pages:
        sheet.extract_text(visitor_text=see)
        assert max(starts) < sheet.mediabox.width
    assert "x" * 400 in words(read(root, "tide-tr-jax")).replace(" ", "")


def test_a_very_long_output_is_cut_and_says_so(tmp_path: Path) -> None:
    page = "# Mer\n\n```{.python .input}\n%%tab all\nprint(1)\n```\n"
    root = write_files(tmp_path, book({"tide.fr.md": page}, "fr"))
    lines = "\n".join(f"line {number}" for number in range(100_000))
    save_outputs(root, lambda *_: [stream(f"\x1b[31m{lines}\x1b[0m")])
    _, found = build(root)
    assert found == []
    said = words(read(root, "tide-fr-jax"))
    assert "line 59 … 99920 lignes omises … line 99980" in said
    assert "line 99999" in said


def test_a_picture_that_a_program_drew_is_described(tmp_path: Path) -> None:
    page = "# Mer\n\n```{.python .input}\n%%tab all\nx = 1\ndraw(x,\n     2)\n```\n"
    root = write_files(tmp_path, book({"tide.fr.md": page}, "fr"))
    picture = base64.b64encode(png()).decode()
    save_outputs(root, lambda *_: [display(image_png=picture, text_plain="Figure")])
    build(root)
    pdf = read(root, "tide-fr-jax")
    said = "Image produite par le code ci-dessus – draw(x, 2)"
    assert said in [each.get("/Alt") for each in structure(pdf)]
    assert sum(len(each.images) for each in pdf.pages) == 1


@pytest.mark.parametrize(
    ("plain", "shown"), [("    a    b\n0  1  2.5", "    a    b\n"), ("<Table at 0x7f>", "a b\n")]
)
def test_a_table_of_a_program_has_its_columns(tmp_path: Path, plain: str, shown: str) -> None:
    page = "# Mer\n\n```{.python .input}\n%%tab all\nx\n```\n"
    root = write_files(tmp_path, book({"tide.fr.md": page}, "fr"))
    table = "<table><tr><th></th><th>a</th><th>b</th></tr><tr><th>0</th><td>1</td></tr></table>"
    save_outputs(root, lambda *_: [display(text_html=table, text_plain=plain)])
    build(root, (), ["jax"])
    assert shown in read(root, "tide-fr-jax").pages[-1].extract_text()


def test_a_program_without_outputs_says_so_in_the_pdf_of_its_framework(make_book: MakeBook) -> None:
    page = "# Mer\n\n```{.python .input}\n%%tab jax\nx\n```\n\nFin.\n"
    root = make_book(book({"tide.fr.md": page}, "fr"))
    build(root)
    notice = "pas de résultats à jour pour"
    assert notice in words(read(root, "tide-fr-jax"))
    other = words(read(root, "tide-fr-pytorch"))
    assert notice not in other
    assert "Rien ici pour PyTorch" in other


def test_text_for_another_framework_leaves_nothing(make_book: MakeBook) -> None:
    page = f"# Mer\n{CELL}\nAvant.\n\n:begin_tab:`jax`\nPour JAX.\n:end_tab:\n\nAprès.\n"
    root = make_book(book({"tide.fr.md": page}, "fr"))
    build(root)
    assert "Avant. Après." in words(read(root, "tide-fr-pytorch"))
    assert "Avant. Pour JAX. Après." in words(read(root, "tide-fr-jax"))


def test_what_is_html_by_the_authors_own_word_is_left_out(make_book: MakeBook) -> None:
    raw = "```eval_rst\n.. raw:: html\n\n   <b>gras</b>\n\nTexte.\n```\n"
    index = f"# Marées\n\n{raw.replace('Texte.', '')}\n```toc\ntide\n```\n"
    root = make_book(book({"index.fr.md": index, "tide.fr.md": f"# Mer\n\n{raw}"}, "fr"))
    build(root)
    pdf = read(root, "tide-fr-jax")
    assert "Texte." in words(pdf)
    assert "gras" not in words(pdf)
    assert "Marées" not in bookmarks(pdf)  # the root page has nothing else


def test_code_breaks_between_pages_where_it_may(tmp_path: Path) -> None:
    """No line of code stands alone, short code is not broken, its output is on the same page."""
    page = "# Deniz\n\n"
    for cell in range(40):
        lines = "\n".join(f"c{cell}_{line} = {line}" for line in range((4, 12, 25)[cell % 3]))
        page += "Gelgit.\n\n" * (cell % 7) + f"```{{.python .input}}\n%%tab all\n{lines}\n```\n\n"
    root = write_files(tmp_path, book({"tide.tr.md": page}, "tr"))
    save_outputs(root, lambda *_: [stream("o_0 = 0\no_1 = 1\no_2 = 2")])
    build(root)
    seen = [
        (sheet, found["what"], int(found["line"]))
        for sheet, content in enumerate(read(root, "tide-tr-jax").pages)
        for found in re.finditer(
            r"^(?P<what>[co]\d*)_(?P<line>\d+) =", content.extract_text(), re.M
        )
    ]
    sizes = dict(zip([what for _, what, _ in seen], [0] * len(seen), strict=True))
    for _, what, line in seen:
        sizes[what] = max(sizes[what], line + 1)
    broken = 0
    for (sheet, what, line), (next_sheet, next_what, next_line) in itertools.pairwise(seen):
        if sheet == next_sheet:
            continue
        if what == next_what and next_line:
            assert sizes[what] > 6
            assert line > 0
            assert next_line < sizes[what] - 1
            broken += 1
        elif next_what == "o":
            assert sizes[what] > 15
    assert broken > 3


def test_a_picture_wider_than_the_page_is_made_smaller_as_a_whole(tmp_path: Path) -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="900" height="90"/>'
    page = "# Mer\n\n![large](quay.svg)\n:width:`900px`\n\nAprès.\n"
    root = write_files(tmp_path, book({"tide.fr.md": page, "quay.svg": svg}, "fr"))
    build(root)
    pdf = read(root, "tide-fr-jax")
    figures = [each["/A"] for each in structure(pdf) if each["/S"] == "/Figure"]
    (box,) = [each["/BBox"] for each in itertools.chain(*figures) if "/BBox" in each]
    width, height = float(box[2] - box[0]), float(box[3] - box[1])
    assert width < float(pdf.pages[0].mediabox.width)
    assert height == pytest.approx(width / 10, rel=0.02)


def test_of_an_authors_html_the_words_are_printed(make_book: MakeBook) -> None:
    page = (
        "# Deniz\n\n<div class='x'><script>steal()</script>\n<p>Bir &amp; iki</p></div>\n\n<hr>\n"
    )
    root = make_book(book({"tide.tr.md": page}, "tr"))
    build(root)
    said = words(read(root, "tide-tr-jax"))
    assert "Bir & iki" in said
    assert "steal" not in said


@pytest.mark.parametrize(
    ("tex", "typst"),
    [
        (r"\|x\|_2 = |a| |b|", r"$‖x‖_2 =\|a\|\|b\|$"),
        (r"\text{a | b} | c", r'$upright("a | b")\|c$'),
        (r"a\;b\!c", "$a thick b #h(-0.167em) c$"),
        (r"\begin{vmatrix} a & b \end{vmatrix}", '$mat(delim: "|", a, b)$'),
        (r"\begin{Vmatrix} a & b \end{Vmatrix}", '$mat(delim: "‖", a, b)$'),
        (r"\begin{matrix} a & b \\ c & d \end{matrix}", '$mat(delim: #none, "" a, b; c, d)$'),
        (r"\left[ \begin{array}{cc} a & b \end{array} \right]", '$mat(delim: "[", a, b)$'),
        (
            r"\left\{ \begin{array}{lr} a & b \\ c & d \end{array} \right.",
            "$cases({, a & quad b, c & quad d)$",
        ),
        (r"\begin{cases} a & b \\ c &\quad d \end{cases}", "$cases({, a & quad b, c & quad d)$"),
    ],
)
def test_formulas_have_the_room_that_tex_gives_them(tex: str, typst: str) -> None:
    formula: Element = {"t": "Math", "c": [{"t": "InlineMath"}, mended(tex)]}
    call = around(f"#p.m({string(tex)})", [formula])
    (written,) = write_blocks([[{"t": "Para", "c": call}]], "typst", {})
    shown = FORMULA.sub(as_in_tex, written)
    assert typst.replace("({,", '(delim: "{",') in shown


def test_a_formula_without_anything_leaves_nothing(make_book: MakeBook) -> None:
    root = make_book(book({"tide.tr.md": "# Deniz\n\nÖnce $\\label{a}$ sonra.\n"}, "tr"))
    _, found = build(root, (), ["jax"])
    assert found == []
    assert "Önce sonra." in words(read(root, "tide-tr-jax"))


def test_a_page_has_its_title_even_if_that_is_for_the_site_alone(make_book: MakeBook) -> None:
    page = "```eval_rst\n.. only:: html\n\n   Sources\n   =======\n```\n\nTexte.\n"
    root = make_book(book({"tide.fr.md": "# Mer\n", "works.fr.md": page}, "fr"))
    build(root, (), ["jax"])
    pdf = read(root, "tide-fr-jax")
    assert "Sources Texte." in words(pdf)
    assert bookmarks(pdf)[-1] == "2 Sources"


def test_many_columns_stay_apart(make_book: MakeBook) -> None:
    columns = 17
    rows = [
        "| x " * columns + "|",
        "|---" * columns + "|",
        "| unbreakableword " * columns + "|",
    ]
    page = "# Mer\n\n" + "\n".join(rows) + "\n"
    root = make_book(book({"tide.fr.md": page}, "fr"))
    build(root, (), ["jax"])
    spans: list[tuple[float, float]] = []

    def see(text: str, matrix: list[float], place: list[float], *_: object) -> None:
        if text.strip() and set(text.strip()) <= set("unbreakableword"):
            spans.append((place[4] + matrix[4], place[5] + matrix[5]))

    read(root, "tide-fr-jax").pages[-1].extract_text(visitor_text=see)
    assert len({round(left) for left, _ in spans}) >= columns


def test_the_title_of_a_japanese_section_is_broken_between_words(make_book: MakeBook) -> None:
    page = "# 潮\n\n## テンソル：メモリからファイルへ、そして再びメモリへ\n\n本文。\n"
    root = make_book(book({"tide.ja.md": page}, "ja"))
    build(root, (), ["jax"])
    assert "そして再び メモリへ" in words(read(root, "tide-ja-jax"))


def test_words_of_html_are_no_part_of_the_paragraph_behind(make_book: MakeBook) -> None:
    page = "# Mer\n\n<details><summary>Avant</summary>Dedans</details>\n\nAprès.\n"
    root = make_book(book({"tide.fr.md": page}, "fr"))
    build(root, (), ["jax"])
    paragraphs = [each for each in structure(read(root, "tide-fr-jax")) if each["/S"] == "/P"]
    assert len(paragraphs) >= 3


def test_symbols_operators_and_names_in_formulas_are_set(make_book: MakeBook) -> None:
    """What pandoc calls by other names than Typst, and what the template has for its own."""
    formulas = (
        r"$A \cap B$ $\bigcap_i A_i$ $a \odot b$ $a \otimes b$ $\mathop{\textrm{Argmin }}_x$"
        r" $code + p.to$ $\|x\|$"
    )
    root = make_book(book({"tide.tr.md": f"# Deniz\n\n{formulas}\n"}, "tr"))
    _, found = build(root)
    assert found == []
    said = words(read(root, "tide-tr-jax"))
    for symbol in ("∩", "⋂", "⊙", "⊗", "Argmin", "‖"):
        assert symbol in said


def test_a_chapter_lists_its_pages_with_the_pages_of_print(make_book: MakeBook) -> None:
    pages = {
        "index.fr.md": "# Marées\n\n```toc\n:numbered:\n\ncoast/index\n```\n",
        "coast/index.fr.md": "# Côte\n\n```toc\n:maxdepth: 2\n\nquay\n```\n\nSuite.\n",
        "coast/quay.fr.md": f"# Quai\n\n{'Long. ' * 900}\n\n## Dessous\n",
    }
    config = book({}, "fr")["config.ini"].replace("*.md", "*.md coast/*.md")
    root = make_book({**pages, "config.ini": config})
    build(root)
    sheet = words(read(root, "tide-fr-jax")).partition("Chapitre")[2]
    assert sheet.startswith(" 1 Côte 1.1. Quai 3 Suite."), sheet[:200]


def test_the_fonts_that_a_book_names_are_used(make_book: MakeBook) -> None:
    more = (
        "[pdf]\nmain_font = New Computer Modern\nsans_font = DejaVu Sans Mono\n"
        "[pdf-ja]\nmain_font = Noto Sans JP\nmono_font = New Computer Modern\n"
    )
    page = "# Gelgit 潮\n\nMetin 潮.\n\n`kod`\n"
    root = make_book(book({"tide.tr.md": page, "tide.ja.md": page}, "tr", "ja", more=more))
    _, found = build(root)
    assert found == []

    def used(language: str) -> set[str]:
        pdf = read(root, f"tide-{language}-jax")
        return {re.split(r"[+-]", font["/FontName"])[1] for font in fonts(pdf)}

    assert used("tr") == {"NewCM10", "DejaVuSansMono", "NotoSerifJP"}
    assert used("ja") == {"NotoSansJP", "DejaVuSansMono", "NewCM10"}


def test_an_emoji_in_a_heading_ends_in_a_clear_message_or_well(make_book: MakeBook) -> None:
    root = make_book(book({"tide.tr.md": "# Deniz 🌊\n\nMetin.\n"}, "tr"))
    _, found = build(root)
    said = words(read(root, "tide-tr-jax"))
    if found:  # this machine has no font for it
        assert [(each.severity, each.location.line) for each in found] == [(Severity.ERROR, 1)]
        assert "“🌊” (U+1F30A)" in found[0].message
        assert "Deniz U+1F30A" in said
    else:
        assert "Deniz 🌊" in said
