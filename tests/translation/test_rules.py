"""What each rule finds in a miniature book, where, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from polybook.build import Build
from polybook.config import read_config
from polybook.translation.findings import Finding
from polybook.translation.rules import RULES
from tests.conftest import MakeBook

DOCS = Path(__file__).parent.parent.parent / "docs" / "checks"
CONFIG = """
    [languages]
    tr = Türkçe
    fr = Français

    [build]
    tabs = pytorch, jax
    output_dir = build
    """
CELL = """
    ```{.python .input}
    %%tab all
    x = 1
    ```
    """


def check(make_book: MakeBook, files: Mapping[str, str], *rules: str) -> list[Finding]:
    """Return what rules find in a book of some pages."""
    root = make_book({"config.ini": CONFIG} | {name: dedent(text) for name, text in files.items()})
    return Build(read_config(root), (), ()).check(rules)


def both(make_book: MakeBook, old: str, new: str, *rules: str) -> list[tuple[int, str]]:
    """Return the lines and messages of what is found in one page, the reference `old`."""
    found = check(make_book, {"a.tr.md": old, "a.fr.md": new}, *rules)
    assert all(each.location.path.name == "a.fr.md" for each in found)
    return [(each.location.line, each.message) for each in found]


@pytest.mark.parametrize("name", sorted(RULES))
def test_each_rule_has_a_page_that_the_list_of_rules_leads_to(name: str) -> None:
    assert (DOCS / f"{name}.md").read_text("utf-8").startswith(f"# `{name}`\n")
    assert f"[`{name}`]({name}.md)" in (DOCS / "README.md").read_text("utf-8")


def test_code_that_differs_is_shown_as_a_diff(make_book: MakeBook) -> None:
    pages = {"a.tr.md": f"# A\n{dedent(CELL)}", "a.fr.md": f"# A\n{dedent(CELL)}".replace("1", "2")}
    (found,) = check(make_book, pages, "code")
    assert found.location.line == 5
    assert "-x = 1\n+x = 2" in found.detail


def test_comments_and_blank_lines_may_differ(make_book: MakeBook) -> None:
    old = "# A\n\n```{.python .input}\n%%tab all\nx = 1  # bir\n# iki\ny = '#'\n```\n"
    new = "# A\n\n```{.python .input}\n%%tab all\n# un\nx = 1\n\ny = '#'  # deux\n```\n"
    assert both(make_book, old, new, "code") == []


@pytest.mark.parametrize(
    "code",
    [
        "# a\u2028!touch x\nx = 1",
        "# a\x0c!touch x\nx = 1",
        "x = 1\n%time  # a",
        "    # a\nx = 1",
        "x = (\n... 1)",
        "x = 1  #@save",
        "x = 1\nls -l#; touch x",
        "#@hide\nx = 1",
    ],
)
def test_what_may_not_be_a_comment_to_everyone_counts_as_code(
    make_book: MakeBook, code: str
) -> None:
    page = "# A\n\n```{.python .input}\n%%tab all\nx = 1\n```\n"
    assert both(make_book, page, page.replace("x = 1", code), "code")


def test_cells_that_are_divided_otherwise_are_told_from_other_code(make_book: MakeBook) -> None:
    old = "# A\n\n```{.python .input}\n%%tab all\nx = 1\ny = 2\n```\n"
    new = old.replace("y = 2", "```\n\n```{.python .input}\n%%tab all\ny = 2")
    ((line, message),) = both(make_book, old, new, "code")
    assert line == 5
    assert "divided into cells otherwise" in message


@pytest.mark.parametrize("code", ["!ls", "x = !ls", "%time f()", "ls -l", "if x:\n    !ls"])
def test_what_a_magic_is_given_is_no_comment(make_book: MakeBook, code: str) -> None:
    page = f"# A\n\n```{{.python .input}}\n%%tab all\n{code}\n```\n"
    assert both(make_book, page, page, "code") == []
    assert both(make_book, page, page.replace(code, f"{code}#; touch y"), "code")


def test_set_up_cells_ask_for_the_same(make_book: MakeBook) -> None:
    page = "# A\n\n```{.python .input}\n%load_ext d2lbook.tab\n#required_libs(a)\n```\n"
    ((line, message),) = both(make_book, page, page.replace("(a)", "(b)"), "code")
    assert line == 3
    assert "set-up cell" in message


def test_commands_that_readers_type_are_compared_but_for_remarks(make_book: MakeBook) -> None:
    page = "# A\n\n```bash\n# bir\npip install a\n```\n\n```text\niki\n```\n"
    assert both(make_book, page, page.replace("bir", "un").replace("iki", "deux"), "code") == []
    ((line, message),) = both(make_book, page, page.replace("l a", "l b"), "code")
    assert line == 3
    assert "block of code" in message


def test_a_page_that_a_language_lacks_is_found_at_what_is_to_be_translated(
    make_book: MakeBook,
) -> None:
    pages = {"a.tr.md": "# A\n", "a.fr.md": "# A\n", "b.tr.md": "# B\n"}
    (found,) = check(make_book, pages, "missing")
    assert found.location.path.name == "b.tr.md"
    assert "missing in fr" in found.message


def test_outlines_are_compared_and_paragraphs_are_not(make_book: MakeBook) -> None:
    old = "# A\n\nBir.\n\nİki.\n\n* x\n* y\n\n## B\n:label:`b`\n\nOn.\n\n[**Üç.**]\n"
    new = "# A\n\nUn et deux.\n\n* x\n\n# C\n:label:`b`\n\nDix.\n\nTrois.\n"
    lines = both(make_book, old, new, "structure")
    assert [line for line, _ in lines] == [7, 12]
    assert both(make_book, old, old.replace("Bir.\n\n", "Bir. "), "structure") == []


def test_numbers_code_and_formulas_are_compared_by_paragraph(make_book: MakeBook) -> None:
    old = "# A\n\nTam 8760 tane `x`.\n\nBurada $y$ var.\n\nÜç: 1,5.\n"
    new = "# A\n\nIl y a 8 670 `x`.\n\nVoici $z$.\n\nTrois : 1.5.\n"
    lines = both(make_book, old, new, "numbers")
    assert [line for line, _ in lines] == [3, 5]
    assert both(make_book, old, old.replace("8760", "8\u202f760"), "numbers") == []


def test_references_and_the_words_of_images_are_compared(make_book: MakeBook) -> None:
    old = "# A\n\nBkz. :numref:`a`.\n\n```image-words\nloss = kayıp 8760\nbest = en iyi\n```\n"
    new = "# A\n\nVoir :numref:`b`.\n\n```image-words\nloss = perte 8761\n```\n"
    found = both(make_book, old, new, "numbers")
    assert [line for line, _ in found] == [3, 6, 6]
    assert "lack “best”" in found[1][1] + found[2][1]


def test_rows_of_tables_are_counted(make_book: MakeBook) -> None:
    old = "# A\n\n| a | b |\n|:--|:--|\n| c | d |\n| e | f |\n"
    ((line, message),) = both(make_book, old, old.replace("| c | d |\n", ""), "structure")
    assert line == 3
    assert "3 lines here, 4" in message


def test_conflicts_and_footnotes_that_are_not_there_are_found(make_book: MakeBook) -> None:
    page = "# A\n\nUn.[^1] Deux.[^2]\n\n[^1]: Un.\n\n<<<<<<< HEAD\nTrois `[^3]`.\n"
    found = check(make_book, {"a.tr.md": page}, "marks")
    assert [each.location.line for each in found] == [3, 7]


def test_what_looks_like_a_comment_in_code_silences_nothing(make_book: MakeBook) -> None:
    cell = "\n```{.python .input}\n%%tab all\nx = 1  # <!-- check: code: a -->\n```\n"
    assert both(make_book, f"# A\n{cell}", f"# A\n{cell}".replace("= 1", "= 2"), "code")


def test_small_and_round_numbers_may_be_words(make_book: MakeBook) -> None:
    old = "# A\n\nÜç kere 1000 kere 124.\n"
    assert both(make_book, old, "# A\n\ntrois fois mille fois 124.\n", "numbers") == []
    assert both(make_book, old, "# A\n\ntrois cent fois.\n", "numbers") != []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[** Un. **]", "blanks inside"),
        ("## [Un", "bracket that nothing closes"),
        ("[**Un.**].", "ends twice"),
        ("Un et [**deux.**]", "within a sentence"),
        ("[**Un", "stands alone"),
        (":numref: `a`", "means nothing"),
    ],
)
def test_marks_that_cannot_be_right_are_found(make_book: MakeBook, text: str, found: str) -> None:
    ((line, message),) = both(make_book, "# A\n", f"# A\n\n{text}\n", "marks")
    assert (line, found in message) == (3, True)


@pytest.mark.parametrize(
    "text", ["[**Un.**] Deux.", "Un. [**Deux.**]", "1. [**Un.**]", "Un [**deux**].", "`[** x **]`"]
)
def test_marks_that_are_right_are_left_alone(make_book: MakeBook, text: str) -> None:
    assert both(make_book, "# A\n", f"# A\n\n{text}\n", "marks") == []


def test_html_is_found_in_prose_alone(make_book: MakeBook) -> None:
    page = "# A\n\nUn<br>deux `<b>`.\n\n<div>\ntrois\n</div>\n\n```html\n<p>\n```\n\n1 < 2 > 0\n"
    assert [line for line, _ in both(make_book, "# A\n", page, "html")] == [3, 5, 7]


def test_what_markdown_would_run_hide_or_load_is_html_too(make_book: MakeBook) -> None:
    page = "# A\n\n[un](javascript:a())\n\n[deux]{onclick=a()}\n\n![trois](https://example.org/3.png)\n"
    assert [line for line, _ in both(make_book, "# A\n", page, "html")] == [3, 5, 7]


def test_words_that_a_glossary_forbids_are_found_in_prose_alone(make_book: MakeBook) -> None:
    glossary = "term\tpreferred\tforbidden\tsource\ntensor\ttenseur\ttensor*|tens\tus\n"
    page = "# A\n\nLes Tensors `tensor` et les tenseurs, intenses.\n\n```\ntensor\n```\n"
    pages = {"a.tr.md": page, "a.fr.md": page, "static/glossary/fr.tsv": glossary}
    (found,) = check(make_book, pages, "glossary")
    assert (found.location.line, found.text) == (3, "Tensors")
    assert "tenseur" in found.hint


def test_a_comment_with_a_reason_silences_one_rule_at_one_place(make_book: MakeBook) -> None:
    page = """
        # A

        <!-- check: html: a break is meant -->

        Un<br>deux.

        Un<br>deux.
        """
    assert [line for line, _ in both(make_book, "# A\n", dedent(page).lstrip(), "html")] == [7]


@pytest.mark.parametrize("comment", ["check: html", "check: htlm: why", "check: html:  "])
def test_a_comment_without_a_rule_or_a_reason_silences_nothing(
    make_book: MakeBook, comment: str
) -> None:
    page = f"# A\n\n<!-- {comment} -->\nUn<br>deux.\n"
    found = both(make_book, "# A\n", page, "html")
    assert [line for line, _ in found] == [3, 4]


def test_a_book_in_english_alone_has_nothing_in_another_language(make_book: MakeBook) -> None:
    page = "# Tides\n\nThis is a sentence of a good many words.\n"
    root = make_book({"config.ini": "[build]\noutput_dir = build\n", "index.md": page})
    assert Build(read_config(root), (), ()).check(["language"]) == []


def test_missing_tabs_are_told_in_the_order_of_the_book(make_book: MakeBook) -> None:
    pages = {"a.tr.md": f"# A\n{dedent(CELL)}", "a.fr.md": "# A\n"}
    found = [each.message for each in check(make_book, pages, "code")]
    assert [message.split("tab ")[1].split(",")[0] for message in found] == ["pytorch", "jax"]
