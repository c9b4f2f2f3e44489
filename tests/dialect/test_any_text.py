"""Whatever the text: it is read, nothing of it is lost, and each block is where it says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polybook.dialect import Cell, PageText, Prose, TabText, parse_page
from polybook.dialect.branches import asked_tabs
from polybook.dialect.roles import find_roles
from polybook.dialect.slides import find_half_headings, find_slide_marks, without_slide_marks

TABS = ("mxnet", "pytorch", "jax")

#: Separators that are line breaks to some, and to neither Markdown nor Python.
SEPARATORS = ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
PIECES = [
    *("```", "````", "~~~", "~~~~~", "{.python .input}", "{.python .input n=3 #a}", "toc"),
    *("eval_rst", "bash", "{.python", "}", "    ", "   ", "\t", "- ", "> ", "1. ", "\\"),
    *("%%tab jax", "#@tab mxnet, pytorch", "%%tab all", "#@tab", "%load_ext d2lbook.tab"),
    *("tab.interact_select(['mxnet', 'jax'])", "#required_libs('a')", "if tab.selected('jax'):"),
    *(":begin_tab:`jax`", ":begin_tab:", ":end_tab:", ":label:`a`", ":ref:`b", ":label:"),
    *("[**", "**]", "(**", "**)", "[~~", "~~]", "(~~", "~~)", "(a.md)", "`", "``", "$", "$$"),
    *("<!--", "-->", "# ", "Yağmur", "日本", "\ufeff", "\x00", "\r", *SEPARATORS),
]
ENDS = ["\n", "\n", "\n", "\n\n", "\r\n", " \n", ""]

of_pieces = st.lists(
    st.tuples(
        st.lists(st.sampled_from(PIECES), max_size=4).map("".join), st.sampled_from(ENDS)
    ).map("".join),
    max_size=25,
).map("".join)
of_blocks = st.lists(
    st.sampled_from(
        [
            "# Yağmur\n",
            "[**Rüzgâr** eser.\n",
            "\n",
            ":begin_tab:`jax`\n",
            ":end_tab:\n",
            "```{.python .input}\n",
            "````{.python .input}\n",
            "~~~{.python .input}\n",
            "%%tab jax\n",
            "if tab.selected('jax'):\n",
            "    a = 1\n",
            "```toc\n",
            "```\n",
            "````\n",
            "~~~\n",
            "<!--\n",
            "-->\n",
            "- ```\n",
            "    ```\n",
            "> ```\n",
        ]
    ),
    max_size=30,
).map("".join)
texts = st.one_of(st.text(), of_pieces, of_blocks)


@settings(max_examples=500)
@given(texts)
def test_text_is_read_and_written_back_byte_for_byte(text: str) -> None:
    page = parse_page(text)
    assert page.text == text
    assert page.bom + "".join(block.text for block in page.blocks) == text


@settings(max_examples=300)
@given(texts)
def test_each_block_is_in_the_line_that_it_says(text: str) -> None:
    page = parse_page(text)
    line = 1
    for block in page.blocks:
        assert block.text
        assert block.line == line
        line += block.text.count("\n")
        assert block.text.endswith("\n") or block is page.blocks[-1]
    assert all(not isinstance(a, Prose) or not isinstance(b, Prose) for a, b in _pairs(page))
    for slip in (*page.slips, *page.inline_slips):
        assert 1 <= slip.line <= text.count("\n") + 1


def _pairs(page: PageText) -> list[tuple[object, object]]:
    return list(zip(page.blocks, page.blocks[1:], strict=False))


@settings(max_examples=300)
@given(texts)
def test_everything_can_be_asked_of_any_text(text: str) -> None:
    page = parse_page(text)
    assert set(page.tabs(TABS)) <= set(TABS)
    assert all(toc.max_depth >= 0 for toc in page.tocs)
    for cell in page.cells:
        assert cell.text == cell.opening + cell.body + cell.closing
        assert "\r\n" not in cell.code or "\r\r" in text
        assert cell.line < cell.code_line <= cell.line + 1 + cell.body.count("\n")
        for _, line in asked_tabs(cell.code):
            assert cell.line < cell.page_line(line) <= cell.line + 1 + cell.body.count("\n")
    for block in page.blocks:
        if isinstance(block, TabText):
            assert block.text == block.opening + block.content + block.closing
        if isinstance(block, TabText | Prose):
            for role in find_roles(block.text):
                assert block.text.startswith(f":{role.name}:`", role.start)
            marks, stray = find_slide_marks(block.text)
            without = without_slide_marks(block.text)
            assert (without == block.text) == (not marks and not find_half_headings(block.text))
            starts = [each.start for each in stray]
            assert starts == sorted(set(starts))


BODIES = ["", "a\n", "%%tab jax\na\n", "\n\n", "'''\u2028'''\n", "# ~~~ `` é\r\n"]


@settings(max_examples=300)
@given(texts, st.data())
def test_another_body_changes_the_lines_of_its_cell_only(text: str, data: st.DataObject) -> None:
    page = parse_page(text)
    if not page.cells:
        return
    cell = data.draw(st.sampled_from(page.cells))
    body = data.draw(st.sampled_from(BODIES))
    changed = cell.with_body(body)
    assert (changed.opening, changed.body, changed.closing) == (cell.opening, body, cell.closing)
    assert (changed.line, changed.attributes) == (cell.line, cell.attributes)
    blocks = [changed if block is cell else block for block in page.blocks]
    written = "".join(block.text for block in blocks)
    before = sum(len(block.text) for block in page.blocks[: page.blocks.index(cell)])
    assert page.text.removeprefix(page.bom)[:before] == written[:before]
    after = page.text.removeprefix(page.bom)[before + len(cell.text) :]
    assert written == written[:before] + cell.opening + body + cell.closing + after
    if cell.closing and cell.opening.endswith("\n"):
        read = parse_page(written)
        assert [(type(each), each.text) for each in read.blocks] == [
            (type(each), each.text) for each in blocks
        ]
        again = next(each for each in read.cells if each.line == cell.line)
        assert (again.code, again.marker) == (changed.code, changed.marker)


LONG = 100_000  # characters, beyond which reading in more than linear time would not end


@pytest.mark.parametrize(
    "repeated",
    [
        "`",
        "`a``b```c",
        "$",
        "$a",
        "$$",
        "\\",
        "~",
        "~~]",
        "<!--",
        "<!-- ",
        "<!--\n",
        "[**",
        "[**a**](",
        ":a",
        ":ref:`",
        ":label:",
        ":begin_tab:",
        ":begin_tab:`a`\n",
        ":end_tab:\n",
        ":begin_tab: \r",
        "- ",
        ">",
        "- ```\n",
        "    ```\n",
        "    `````\n   ```\n    ~~~\n",
        "> ~~~\n",
        "```x\n```\n",
        "```{.python .input}\n",
        "```{.python .input}\n%%tab a\n```\n",
        "```{.python .input}\n#required_libs((\n```\n",
        "\n\n \n",
        " \r",
    ],
)
def test_reading_long_texts_ends(repeated: str) -> None:
    for text in (repeated * (LONG // len(repeated)), f"x {repeated * (LONG // len(repeated))} y"):
        page = parse_page(text)
        assert page.text == text
        assert isinstance(page.inline_slips, tuple)
        for block in page.blocks:
            if isinstance(block, Cell):
                assert block.code is not None
            else:
                find_roles(block.text)
                without_slide_marks(block.text)


@pytest.mark.parametrize(
    ("opening", "repeated"),
    [
        ("```{", ".a "),
        ("```{", 'k="'),
        ("```{", "k='\\'"),
        ("```{", "a"),
        ("```{.python .input}\n", "(\n"),
        ("```{.python .input}\n", "%%tab a\n"),
        ("```{.python .input}\n", "\n"),
        ("```{.python .input}\n%load_ext d2lbook.tab\n#required_libs(", "['"),
        ("```{.python .input}\ntab.interact_select(", "[)"),
        ("```toc\n", ":a:"),
        (":begin_tab:", " \t"),
        (":begin_tab:`a", ", a"),
    ],
)
def test_reading_long_lines_ends(opening: str, repeated: str) -> None:
    text = f"{opening}{repeated * (LONG // len(repeated))}\n```\n"
    page = parse_page(text)
    assert page.text == text
    assert isinstance(page.inline_slips, tuple)
    assert page.tabs(TABS) is not None
    assert len(page.tocs) + len(page.cells) <= 1
