"""What is wrong with a page is said with its line, and what is right is not."""

from __future__ import annotations

import pytest

from polybook.errors import Severity
from tests.conftest import MakeBook
from tests.document.books import Documented, config

CASES = {
    "unknown role": (
        "# T\n\nSee :numrf:`sec_x`.\n",
        "3: Unknown role “:numrf:”.",
        "numref",
    ),
    "label that does not exist": (
        "# T\n:label:`sec_tides`\n\nSee\n:numref:`sec_tide`.\n",
        "5: The label “sec_tide” does not exist.",
        "sec_tides",
    ),
    "label given twice": (
        "# T\n:label:`sec_a`\n\n## U\n:label:`sec_a`\n",
        "5: The label “sec_a” is given twice; it is on this page already.",
        "another name",
    ),
    "label of no equation": (
        "# T\n\nNo formula.\n:eqlabel:`eq_a`\n",
        "4: “:eqlabel:`eq_a`” belongs to nothing here.",
        "$$",
    ),
    "size of no image": (
        "# T\n\nNo image.\n\n:width:`300px`\n",
        "5: “:width:`300px`” belongs to nothing here.",
        "image",
    ),
    "contents that are no page": (
        "# T\n\n```toc\npage\npge\n```\n",
        "3: The table of contents lists “pge”, which is no page.",
        "page",
    ),
    "reStructuredText": (
        "# T\n\n```eval_rst\n.. only:: html\n```\n",
        "3: reStructuredText is shown as it stands.",
        "Markdown",
    ),
    "cell that other markup swallows": (
        "# T\n\n<pre>\n\n```{.python .input}\n%%tab jax\n1\n```\n\n</pre>\n",
        "5: The cell is run, but not shown: it stands inside of other markup.",
        "Close",
    ),
    "TeX outside of formulas": (
        "# T\n\nSome \\textbf{bold} words.\n",
        "3: TeX outside of a formula is not shown: “\\textbf{bold}”.",
        "",
    ),
    "link to no page": (
        "# T\n\n[a](nowhere.md)\n",
        "3: “nowhere.md” leads to no page and no file.",
        "relative",
    ),
    "link to no section of a page": (
        "# T\n\n[a](page.md#tidse)\n\n## Tides\n",
        "3: The page page has no anchor “tidse”.",
        "tides",
    ),
    "link to no section of this page": (
        "# T\n\n[a](#tidse)\n\n## Tides\n",
        "3: The page page has no anchor “tidse”.",
        "tides",
    ),
}


@pytest.mark.parametrize(("text", "said", "hint"), CASES.values(), ids=CASES)
def test_finding_has_line_message_and_hint(
    make_book: MakeBook, text: str, said: str, hint: str
) -> None:
    root = make_book({"config.ini": config()})
    (root / "page.md").write_text(text, encoding="utf-8")
    documents = Documented(root)
    assert documents.said("page") == [said]
    (found,) = documents.findings("page")
    assert found.severity is Severity.WARNING
    assert found.location.path == root / "page.md"
    assert hint in found.hint


def test_page_with_every_mark_used_rightly_has_no_findings(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": config(more="[pdf]\nbibfile = works.bib\n"),
            "works.bib": "@book{tides, author = {Ay, Ece}, title = {Tides}, year = 2001}",
            "map.svg": "<svg/>",
            "page.md": """
                # Tides
                :label:`sec_tides`

                ::: {#note .note}
                ```{.python .input}
                %%tab all
                1
                ```
                :::

                ![Map](map.svg)
                :width:`300px`
                :label:`fig_map`

                $$x$$ :eqlabel:`eq_x`

                Words. :label:`here`

                :numref:`sec_tides` :ref:`fig_map` :eqref:`eq_x` :numref:`here` :cite:`tides`
                [a](#sec_tides) [b](#fig_map) [c](page.md#eq_x) [d](#note) [e](page.html#here)

                `:nothing:` and ``:numrf:`x` `` are code; 12:30 is a time.

                ```toc
                page
                ```
            """,
        }
    )
    assert Documented(root).said("page") == []


def test_reference_is_checked_in_each_language(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": config(languages={"tr": "a", "ja": "b"}),
            "page.tr.md": "# T\n:label:`sec_t`\n\n:numref:`sec_t`\n",
            "page.ja.md": "# T\n\n:numref:`sec_t`\n",
        }
    )
    documents = Documented(root)
    assert documents.said("page", "tr") == []
    assert documents.said("page", "ja") == ["3: The label “sec_t” does not exist."]


def test_label_of_an_untranslated_page_exists_in_every_language(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": config(languages={"tr": "a", "ja": "b"}),
            "one.tr.md": "# T\n:label:`sec_t`\n",
            "two.tr.md": "# U\n\n:numref:`sec_t`\n",
            "two.ja.md": "# U\n\n:numref:`sec_t`\n",
        }
    )
    assert Documented(root).said("two", "ja") == []
