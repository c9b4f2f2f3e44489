"""Numbers of chapters, sections and things, and what references make of them in each language."""

from __future__ import annotations

import pytest

from polybook.document import Document
from polybook.document.ast import attributes_of, classes_of, walk
from polybook.document.cells import TAB_GROUP
from tests.conftest import MakeBook
from tests.document.books import Documented, config
from tests.document.summary import summary

TOC = "```toc\n{options}{entries}\n```\n"


def toc(*entries: str, options: str = "") -> str:
    return TOC.format(options=options, entries="\n".join(entries))


def numbers(documents: Documented, language: str = "en") -> dict[str, str]:
    return documents.documents.numbers(language).pages


def test_chapters_and_sections_are_numbered_in_the_order_of_the_contents(
    make_book: MakeBook,
) -> None:
    root = make_book(
        {
            "config.ini": config(),
            "index.md": "# Book\n\n" + toc("sea/index", "air/index", options=":numbered:\n\n"),
            "sea/index.md": "# Sea\n\n" + toc("waves", "tides"),
            "sea/tides.md": "# Tides\n",
            "sea/waves.md": "# Waves\n",
            "air/index.md": "# Air\n",
            "air/wind.md": "# Wind\n",
        }
    )
    assert numbers(Documented(root)) == {
        "sea/index": "1",
        "sea/waves": "1.1",
        "sea/tides": "1.2",
        "air/index": "2",
        "air/wind": "2.1",
    }


def test_page_whose_title_refuses_a_number_does_not_count(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": config(),
            "index.md": "# Book\n\n" + toc("preface", "sea", options=":numbered:\n\n"),
            "preface.md": "# Preface {-}\n\n## Thanks\n",
            "sea.md": "# Sea\n\n" + toc("waves", "tides"),
            "waves.md": "# Waves {.unnumbered}\n",
            "tides.md": "# Tides\n",
        }
    )
    documents = Documented(root)
    assert numbers(documents) == {"sea": "1", "tides": "1.1"}
    assert "number=" not in summary(documents.document("preface").blocks)


def test_pages_count_with_the_sections_where_they_are_listed(make_book: MakeBook) -> None:
    shore = f"""\
# Shore

{toc("sand")}
## Rocks

{toc("pools", "caves")}
### Weed

## Cliffs

{toc("birds")}"""
    files = {f"{name}.md": f"# {name}\n\n## More\n" for name in ("pools", "caves", "birds")}
    root = make_book(
        {
            "config.ini": config(),
            "index.md": "# Book\n\n" + toc("shore", "sea/index", options=":numbered:\n\n"),
            "shore.md": shore,
            "sand.md": "# Sand\n",
            **files,
            "sea/index.md": "# Sea\n\n## Tides\n",
            "sea/waves.md": "# Waves\n",
        }
    )
    documents = Documented(root)
    assert numbers(documents) == {
        "shore": "1",
        "sand": "1.1",
        "pools": "1.2.1",
        "caves": "1.2.2",
        "birds": "1.3.1",
        "sea/index": "2",
        "sea/waves": "2.2",  # no table of contents lists it
    }
    own = {name: documents.document(name).headings for name in ("shore", "caves", "sea/index")}
    assert {name: [each.number for each in found] for name, found in own.items()} == {
        "shore": ["1", "1.2", "1.2.3", "1.3"],
        "caves": ["1.2.2", "1.2.2.1"],
        "sea/index": ["2", "2.1"],
    }


def test_only_numbered_contents_count_chapters(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": config(),
            "index.md": "# Book\n\n"
            + toc("preface")
            + "\n"
            + toc("sea/index", options=":numbered:\n\n"),
            "preface.md": "# Preface\n:label:`chap_preface`\n\n## Thanks\n:label:`sec_thanks`\n\n"
            "![A wave](w.svg)\n:label:`fig_wave`\n",
            "sea/index.md": "# Sea\n:label:`chap_sea`\n\n:numref:`chap_preface`,"
            " :numref:`sec_thanks`, :numref:`fig_wave`, :numref:`chap_sea`\n",
        }
    )
    documents = Documented(root)
    assert numbers(documents) == {"sea/index": "1"}
    preface = summary(documents.document("preface").blocks)
    assert "number=1" in preface  # the figure's: it has one, its page has none
    assert preface.startswith("Header 1 {#chap_preface}: Preface\nHeader 2 {#sec_thanks}: Thanks\n")
    text = summary(documents.document("sea/index").blocks)
    assert "[Preface](page:preface)" in text
    assert "[Thanks](page:preface#sec_thanks)" in text
    assert "[Fig. 1](page:preface#fig_wave)" in text
    assert "[Chapter 1](page:sea/index)" in text


def test_page_outside_of_the_contents_has_no_number_but_can_be_referred_to(
    make_book: MakeBook,
) -> None:
    root = make_book(
        {
            "config.ini": config(),
            "index.md": "# Book\n\n"
            + toc("sea", options=":numbered:\n\n")
            + "\n:ref:`sec_note`, :numref:`eq_x`\n",
            "sea.md": "# Sea\n",
            "notes/note.md": "# Note\n:label:`sec_note`\n\n## On waves\n\n$$x$$\n:eqlabel:`eq_x`\n",
        }
    )
    documents = Documented(root)
    assert numbers(documents) == {"sea": "1"}
    text = summary(documents.document("index").blocks)
    assert "[Note](page:notes/note), [(1)](page:notes/note#eq_x)" in text
    assert summary(documents.document("notes/note").blocks).startswith("Header 1 {#sec_note}: Note")


def test_contents_on_a_page_list_sections_and_pages_down_to_their_depth(
    make_book: MakeBook,
) -> None:
    both = toc("sea/index", options=":numbered:\n:maxdepth: 2\n\n") + "\n" + toc("sea/index")
    root = make_book(
        {
            "config.ini": config(),
            "index.md": f"# Book\n\n{both}",
            "sea/index.md": "# Sea\n\n" + toc("waves", options=":maxdepth: 3\n\n"),
            "sea/waves.md": "# Waves\n\n## Wind\n:label:`sec_wind`\n\n### Gusts\n\n#### More\n",
        }
    )
    documents = Documented(root)
    chapter = "[1. Sea](page:sea/index)"
    assert [
        line.strip() for line in summary(documents.document("index").blocks).splitlines()[1:]
    ] == [
        *("Div {.toc}", "List", "-", f"Plain: {chapter}"),
        *("List", "-", "Plain: [1.1. Waves](page:sea/waves)"),
        *("Div {.toc}", "List", "-", f"Plain: {chapter}"),
    ]
    lines = summary(documents.document("sea/index").blocks).splitlines()[1:]
    assert lines == [
        "Div {.toc}",
        "  List",
        "    -",
        "    Plain: [1.1. Waves](page:sea/waves)",
        "    List",
        "      -",
        "      Plain: [1.1.1. Wind](page:sea/waves#sec_wind)",
        "      List",
        "        -",
        "        Plain: [1.1.1.1. Gusts](page:sea/waves#gusts)",
    ]


def test_things_on_a_chapters_page_are_counted_within_its_parts(make_book: MakeBook) -> None:
    page = """
        # Sea

        $$a$$

        ## Waves

        ![High](w.svg)
        :label:`fig_high`

        $$b$$

        ### Breakers

        ![Low](w.svg)
        :label:`fig_low`

        ## Tides

        ![Ebb](w.svg)
        :label:`fig_ebb`

        $$c$$
        :eqlabel:`eq_c`

        :numref:`fig_high`, :numref:`fig_low`, :numref:`fig_ebb`, :eqref:`eq_c`
    """
    root = make_book({"config.ini": config(), "sea/index.md": page})
    document = Documented(root).document("sea/index")
    pairs = [dict((attributes_of(each) or ["", [], []])[2]) for each in walk(document.blocks)]
    shown = [pair["number"] for pair in pairs if "number" in pair]
    assert shown == (
        ["1", "1.1", "1.1", "1.1.1", "1.1.1", "1.1.1", "1.1.2", "1.2", "1.2.1", "1.2.1"]
    )
    text = summary(document.blocks)
    assert "[Fig. 1.1.1](page:sea/index#fig_high), [Fig. 1.1.2](page:sea/index#fig_low)" in text
    assert "[Fig. 1.2.1](page:sea/index#fig_ebb), [(1.2.1)](page:sea/index#eq_c)" in text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("tr", ["Bölüm 1", "Bölüm 1.1", "Bölüm 1.1.1", "Şekil 1.1.1", "Tablo 1.1.1", "(1.1.1)"]),
        ("ja", ["第1章", "1.1節", "1.1.1節", "図1.1.1", "表1.1.1", "(1.1.1)"]),
        (
            "xx",
            ["Chapter 1", "Section 1.1", "Section 1.1.1", "Fig. 1.1.1", "Table 1.1.1", "(1.1.1)"],
        ),
    ],
)
def test_references_are_in_the_words_of_the_language(
    make_book: MakeBook, language: str, words: list[str]
) -> None:
    page = """
        # Title
        :label:`sec_page`

        ## Part
        :label:`sec_part`

        ![Wave](w.svg)
        :label:`fig_x`

        :Table
        :label:`tab_x`

        | a |
        |---|
        | b |

        $$x$$
        :eqlabel:`eq_x`

        :numref:`chap_x`;:numref:`sec_page`;:numref:`sec_part`;:numref:`fig_x`;:numref:`tab_x`;:eqref:`eq_x`
    """
    root = make_book(
        {
            "config.ini": config(languages={"tr": "a", "ja": "b", "xx": "c"}),
            **{f"sea/index.{code}.md": "# T\n:label:`chap_x`\n" for code in ("tr", "ja", "xx")},
            **{f"sea/page.{code}.md": page for code in ("tr", "ja", "xx")},
        }
    )
    document = Documented(root).document("sea/page", language)
    shown = [
        "".join(each["c"].replace("\u00a0", " ") for each in element["c"][1])
        for element in walk(document.blocks)
        if element["t"] == "Link"
    ]
    assert shown == words


def test_references_on_an_untranslated_page_are_in_the_words_of_its_text(
    make_book: MakeBook,
) -> None:
    root = make_book(
        {
            "config.ini": config(languages={"tr": "a", "ja": "b"}),
            "page.tr.md": "# T\n\n![Dalga](w.svg)\n:label:`fig_x`\n\n:numref:`fig_x`\n",
        }
    )
    assert "[Şekil 1.1](" in summary(Documented(root).document("page", "ja").blocks)


MIXED = """
    # Waves

    ## Before
    :label:`sec_before`

    ![One](w.svg)
    :label:`fig_1`

    :begin_tab:`pytorch, jax, mxnet`
    ## In a tab
    :label:`sec_tab`

    ![Two](w.svg)
    :label:`fig_2`

    $$a$$
    :eqlabel:`eq_1`

    :Table
    :label:`tab_1`

    | a |
    |---|
    | b |
    :end_tab:

    :begin_tab:`jax`
    $$b$$
    :eqlabel:`eq_2`

    ![Three](w.svg)
    :label:`fig_3`
    :end_tab:

    - $$c$$
      :eqlabel:`eq_3`

    > ![Four](w.svg)
    > :label:`fig_4`

    | a |
    |---|
    | b |
    :label:`tab_2`

    ## After
    :label:`sec_after`
"""
LABELS = [
    *("sec_before", "fig_1", "sec_tab", "fig_2", "eq_1", "tab_1", "eq_2", "fig_3", "eq_3"),
    *("fig_4", "tab_2", "sec_after"),
]


def shown_numbers(document: Document) -> dict[str, set[str]]:
    """Return all numbers that stand at what has an anchor, copies included."""
    found: dict[str, set[str]] = {}
    for element in walk(document.blocks):
        attributes = attributes_of(element)
        if attributes and (number := dict(attributes[2]).get("number")):
            anchor = attributes[0] or dict(attributes[2]).get("anchor", "")
            found.setdefault(anchor, set()).add(number)
    return found


@pytest.mark.parametrize("tabs", [(), ("pytorch",), ("jax", "mxnet")])
def test_numbers_shown_are_those_of_references_whatever_tabs_are_shown(
    make_book: MakeBook, tabs: tuple[str, ...]
) -> None:
    root = make_book({"config.ini": config(tabs="mxnet, pytorch, jax"), "page.md": MIXED})
    documents = Documented(root)
    shown = shown_numbers(documents.document("page", tabs=tabs))
    targets = documents.documents.numbers("en").targets
    assert set(targets) == set(LABELS)
    present = [label for label in LABELS if label in shown]
    assert {label: shown[label] for label in present} == {
        label: {targets[label].number} for label in present
    }
    hidden = {"eq_2", "fig_3"} if "pytorch" in tabs else set()
    assert set(LABELS) - set(present) == hidden


def test_numbers_do_not_depend_on_the_tabs_that_are_shown(make_book: MakeBook) -> None:
    root = make_book({"config.ini": config(tabs="mxnet, pytorch, jax"), "page.md": MIXED})
    documents = Documented(root)
    alone = shown_numbers(documents.document("page", tabs=("pytorch",)))
    both = shown_numbers(documents.document("page"))
    assert alone.items() <= both.items()


def test_no_anchor_stands_twice_on_a_page(make_book: MakeBook) -> None:
    root = make_book({"config.ini": config(tabs="mxnet, pytorch, jax"), "page.md": MIXED})
    blocks = Documented(root).document("page").blocks
    anchors = [found[0] for each in walk(blocks) if (found := attributes_of(each)) and found[0]]
    assert sorted(anchors) == sorted(set(anchors))
    assert set(LABELS) <= set(anchors)


def test_copies_in_panels_share_nothing(make_book: MakeBook) -> None:
    """What a writer does to one panel must not be done to the others."""
    root = make_book({"config.ini": config(tabs="mxnet, pytorch, jax"), "page.md": MIXED})
    blocks = Documented(root).document("page").blocks
    elements = [id(each) for each in walk(blocks)]
    assert len(elements) == len(set(elements))
    assert any(TAB_GROUP in classes_of(block) for block in blocks)


def test_label_of_two_pages_leads_to_the_first_in_reading_order(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": config(),
            "index.md": "# Book\n\n" + toc("two", "one", options=":numbered:\n\n"),
            "one.md": "# One\n\n\n## Part\n:label:`sec_same`\n",
            "two.md": "# Two\n:label:`sec_same`\n\n:numref:`sec_same`\n",
        }
    )
    documents = Documented(root)
    assert "[Chapter 1](page:two)" in summary(documents.document("two").blocks)
    assert documents.said("two") == []
    assert documents.said("one") == [
        "5: The label “sec_same” is given twice; it is on the page two already."
    ]


def test_words_for_sphinx_call_figures_tables_and_sections(make_book: MakeBook) -> None:
    formats = "{'figure': 'Pl. %%s', 'section': '§ {number}', 'code-block': 'List %%s'}"
    files = {
        "config.ini": config() + f"sphinx_configs = numfig = True\n  numfig_format = {formats}\n",
        "index.md": "# Book\n\n" + toc("sea", options=":numbered:\n\n"),
        "sea.md": "# Sea\n\n## Ebb\n:label:`sec_ebb`\n\n![](w.svg)\n:label:`fig_w`\n\n"
        "| a |\n|---|\n| 1 |\n:label:`tab_a`\n\n"
        ":numref:`sec_ebb`, :numref:`fig_w`, :numref:`tab_a`\n",
    }
    document = Documented(make_book(files)).document("sea")
    shown = "[§ 1.1](page:sea#sec_ebb), [Pl. 1.1.1](page:sea#fig_w), [Table 1.1.1](page:sea#tab_a)"
    assert shown in summary(document.blocks)
    assert document.text_words.caption("figure", "1.1.1") == "Pl. 1.1.1"
