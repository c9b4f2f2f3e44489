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
    "size that is none": (
        "# T\n\nNo image.\n:width:`wide`\n",
        "4: “wide” is no size.",
        "400px",
    ),
    "formula that is none": (
        "# T\n:label:`sec_t`\n\nBy :eqref:`sec_t`.\n",
        "4: “sec_t” is no formula.",
        ":numref:",
    ),
    "mark that is none": (
        "# T\n\n$$x$$\n\nA word :eqlabel:`a``b`.\n",
        "5: “:eqlabel:`a``b`” is no mark.",
        "$$",
    ),
    "footnote that nothing refers to": (
        "# T\n\nThe tide.\n\n[^moon]: Drawn by the moon.\n",
        "5: “Drawn by the moon” is not shown.",
        "Footnotes",
    ),
    "footnote of a name that is taken": (
        "# T\n\nThe tide.[^a]\n\n[^a]: Ebb, and flood.\n\n[^a]: And calm.\n",
        "5: “Ebb and flood” is not shown.",
        "a name of their own",
    ),
    "cell of a table without a column": (
        "# T\n\n| ebb |\n|-----|\n| low | high |\n",
        "5: “high” is not shown.",
        "as many cells",
    ),
    "contents that are no page": (
        "# T\n\n```toc\npage\npge\n```\n",
        "3: The table of contents lists “pge”, which is no page.",
        "page",
    ),
    "directive that is not read": (
        "# T\n\n```eval_rst\nSea.\n\n.. tide:: high\n```\n",
        '6: reStructuredText: Unknown directive type "tide".',
        "It is shown as it stands.",
    ),
    "option that is not read": (
        "# T\n\n:begin_tab:`jax`\n```eval_rst\n.. autoclass:: x.Y\n   :tide:\n```\n:end_tab:\n",
        '5: reStructuredText: Error in "autoclass" directive: unknown option: "tide".',
        "It is shown as it stands.",
    ),
    "role that is not known": (
        "# T\n\n```eval_rst\nSea, :tide:`high`.\n```\n",
        '4: reStructuredText: Unknown interpreted text role "tide".',
        "",
    ),
    "label that reStructuredText refers to": (
        "# T\n:label:`sec_tides`\n\n```eval_rst\nSea\n:numref:`sec_tide`.\n```\n",
        "6: The label “sec_tide” does not exist.",
        "sec_tides",
    ),
    "condition that is none": (
        "# T\n\n```eval_rst\n.. only:: html, latex\n\n   Sea.\n```\n",
        "4: reStructuredText: “html, latex” is no condition: write names of formats with and, or,"
        " not.",
        "It is shown as it stands.",
    ),
    "table of contents in reStructuredText": (
        "# T\n\n```eval_rst\n.. toctree::\n\n   page\n   pge\n```\n",
        "4: The table of contents lists “pge”, which is no page.",
        "page",
    ),
    "file that is asked for twice over": (
        "# T\n\n```eval_rst\n.. raw:: html\n   :file: a.html\n\n   <b>\n```\n",
        "4: reStructuredText: Raw text is either below the directive or in a file.",
        "It is shown as it stands.",
    ),
    "cell that other markup swallows": (
        "# T\n\n<pre>\n\n```{.python .input}\n%%tab jax\n1\n```\n\n</pre>\n",
        "5: The cell is run, but not shown: it stands inside of other markup.",
        "Close",
    ),
    "TeX outside of formulas": (
        "# T\n\nSome $\\textbf{bold}$,\nsome \\textbf{bold} words.\n",
        "4: “\\textbf{bold}” is in no formula, and shown as TeX.",
        "dollars",
    ),
    "link to no page": (
        "# T\n\n[a](nowhere.md)\n",
        "3: “nowhere.md” leads to no page and no file.",
        "relative",
    ),
    "address that pandoc encodes": (
        "# T\n\n[a](no `such` page)\n",
        "3: “no%20%60such%60%20page” leads to no page and no file.",
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


def test_what_is_shown_otherwise_than_written_is_not_lost(make_book: MakeBook) -> None:
    root = make_book({"config.ini": config()})
    text = """# T {#top .wide key=value}

7. A caf&eacute; at [the quay][quay], [here], and https://example.org/k%C3%A4se "too".
iv) Snow*drop*s, H~2~O, x^2^, `code`, $\\alpha$, $\\tfrac12$, a\\*b, don't -- and snake_case...

[quay]: https://example.org/a%20b "Title"
[here]: <https://example.org/ä b>

Table: Of tides

| ebb | flood |
|----:|:------|
| a   | b     |

- [x] done
- [ ] not done[^note]

[^note]: A note.

<div class="note" data-kind='tide'>

<span style="color: red">Red</span> <b title="bold">bold</b> <!-- remark -->

</div>

```bash
ls --all | grep tide
```

$$\\begin{aligned} a &= \\mathbf{b} \\end{aligned}$$
"""
    (root / "page.md").write_text(text, encoding="utf-8")
    assert Documented(root).said("page") == []


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
