"""A cell's outputs in the page: each kind as its HTML, and nothing dangerous."""

from __future__ import annotations

import base64

import pytest

from polybook.document.assemble import CELL
from polybook.document.ast import code_block, walk
from polybook.document.cells import OUTPUT, CellContent, place_cells
from polybook.document.pandoc import write_blocks
from polybook.html.output import coloured, render_output
from polybook.words import words
from tests.html.sites import HTML, SVG, Output, display, error, png, stream

GROUP = 'role="group" aria-label="{label}"'


class Kept(dict[str, bytes]):
    """The files that outputs leave beside the pages."""

    def keep(self, name: str, data: bytes) -> str:
        self[name] = data
        return f"kept/{name}"


def rendered(output: Output, kept: Kept | None = None, language: str = "en") -> str:
    """Return what an output is in a page."""
    place = code_block("", CELL, n="0")
    blocks = place_cells([place], {0: {"jax": CellContent("1", (output,))}}, ["jax"])
    divisions = [each for each in walk(blocks) if each["t"] == "Div" and OUTPUT in each["c"][0][1]]
    keep = (Kept() if kept is None else kept).keep
    elements = [each for found in divisions for each in render_output(found, keep, words(language))]
    return next(write_blocks([elements], "html5", {"html_math_method": "mathml"})).rstrip("\n")


def text(kind: str, content: str, label: str = "Output") -> str:
    own = f" output-{kind}" if kind in ("stderr", "error") else ""
    return f'<pre class="output{own}" {GROUP.format(label=label)}>{content}</pre>'


@pytest.mark.parametrize(
    ("output", "html"),
    [
        (stream("one\ntwo\n\n"), text("stdout", "one\ntwo")),
        (stream("a < b & c\n", "stderr"), text("stderr", "a &lt; b &amp; c")),
        (stream("\n  indented"), text("stdout", "\n\n  indented")),
        (display(text_plain="array([1,\n       2])"), text("display", "array([1,\n       2])")),
        (error("Traceback", "E: no"), text("error", "Traceback\nE: no", "Error")),
    ],
    ids=["stream", "warning", "leading line break", "result", "error"],
)
def test_text_stands_as_it_was_printed(output: Output, html: str) -> None:
    assert rendered(output) == html


@pytest.mark.parametrize(
    ("printed", "html"),
    [
        ("\x1b[31mred\x1b[0m plain", '<span class="ansi-1">red</span> plain'),
        ("\x1b[1;94mbold\x1b[0m", '<span class="ansi-bold ansi-12">bold</span>'),
        (
            "\x1b[31mtwo\nlines\x1b[0m",
            '<span class="ansi-1">two</span>\n<span class="ansi-1">lines</span>',
        ),
        ("\x1b[38;5;196mof 256\x1b[m", '<span class="ansi-1">of 256</span>'),
        ("\x1b[38;2;0;170;0mof all\x1b[m", '<span class="ansi-2">of all</span>'),
        ("\x1b[32m<b>&\x1b[0m", '<span class="ansi-2">&lt;b&gt;&amp;</span>'),
        ("\x1b[2Kcleared \x1b[1Aup", "cleared up"),
        (
            "\x1b[4;3mboth\x1b[0m\n\n  end",
            '<span class="ansi-italic ansi-underline">both</span>\n\n  end',
        ),
        ("bell\x07 form\x0c null\x00", "bell form null"),
        ("line\u2028separator\x85 and tab\t|", "line\u2028separator and tab\t|"),
    ],
    ids=[
        *("colour", "bold", "over lines", "256 colours", "true colour", "escaped", "cursor"),
        *("styles", "controls", "separators"),
    ],
)
def test_ansi_colours_become_classes(printed: str, html: str) -> None:
    assert rendered(stream(printed)) == text("stdout", html)


def test_label_is_in_the_language_of_the_reader() -> None:
    assert 'aria-label="出力"' in rendered(stream("a"), language="ja")


def test_table_keeps_its_cells_and_loses_all_that_runs_or_decorates() -> None:
    html = rendered(display(text_html=HTML))
    assert html.startswith('<div class="output output-html">')
    for kept in (
        "<table>",
        "<th>quay</th>",
        '<th style="color: red">metres</th>',
        "<td>7</td>",
        "steal</a>",
    ):
        assert kept in html
    for gone in ("<style", "script", "onclick", "javascript", "steal()", "<img", "example.org"):
        assert gone not in html


@pytest.mark.parametrize(
    "html",
    [
        '<b onmouseover="x()" style="position:fixed" id="main" class="notice">b</b>',
        "<svg><script>x()</script></svg><b>b</b>",
        '<iframe src="//example.org"></iframe><b>b</b>',
        '<form action="//example.org"><input><b>b</b></form>',
        '<a href="data:text/html,x"><b>b</b></a>',
        "<b>b</b></div></article><!-- ",
        "<style>@import '//example.org'</style><b>b</b>",
    ],
)
def test_html_has_nothing_that_runs_loads_or_breaks_out(html: str) -> None:
    shown = rendered(display(text_html=html))
    inner = shown.removeprefix('<div class="output output-html">').removesuffix("</div>")
    assert "<b>b</b>" in inner
    for gone in ("on", "=", "script", "example", "data:", "</div>", "</article>", "<!--"):
        assert gone not in inner


def test_film_that_an_output_holds_is_shown() -> None:
    film = '<source src="data:video/mp4;base64,AAAA" type="video/mp4">'
    html = f'<video controls="" width="99">{film}</video>'
    assert rendered(display(text_html=html)) == f'<div class="output output-html">{html}</div>'
    assert "example" not in rendered(display(text_html='<video src="//example.org/a.mp4">'))


def test_html_of_scripts_alone_gives_way_to_text() -> None:
    html = "<div id='plot'></div><script>plot()</script>"
    assert rendered(display(text_html=html, text_plain="Plot()")) == text("display", "Plot()")


def test_picture_is_a_file_named_by_its_content() -> None:
    kept = Kept()
    html = rendered(display(image_png=base64.b64encode(png()).decode(), text_plain="x"), kept)
    ((name, data),) = kept.items()
    assert data == png()
    assert name.endswith(".png")
    assert html == (
        f'<p class="output output-image"><img src="kept/{name}"'
        ' alt="Image that the code above draws"></p>'
    )


def test_drawing_is_a_file_and_never_part_of_the_page() -> None:
    kept = Kept()
    drawing = SVG.replace("<path", "<script>steal()</script><path")
    html = rendered(display(image_svg__xml=drawing), kept)
    assert "steal" not in html
    assert "<svg" not in html
    assert list(kept.values()) == [drawing.encode()]


def test_picture_that_cannot_be_read_gives_way_to_text() -> None:
    assert rendered(display(image_png="no!", text_plain="<Figure>")) == text(
        "display", "&lt;Figure&gt;"
    )


def test_formula_is_mathml() -> None:
    html = rendered(display(text_latex=r"$\displaystyle \frac{a}{b}$", text_plain="a/b"))
    assert '<div class="output output-latex">' in html
    assert "<mfrac><mi>a</mi><mi>b</mi></mfrac>" in html


def test_markdown_is_shown_as_it_stands() -> None:
    html = rendered(display(text_markdown="**a** <script>", text_plain="x"))
    assert "**a**" in html.replace('<span class="co">', "").replace("</span>", "")
    assert "<script>" not in html


def test_links_of_a_terminal_are_their_text() -> None:
    assert (
        coloured("see \x1b]8;;https://example.org\x1b\\the page\x1b]8;;\x1b\\.") == "see the page."
    )


def test_picture_has_the_size_and_the_words_that_the_program_gave_it() -> None:
    shown = display(image_png=base64.b64encode(png()).decode())
    shown["metadata"] = {"image/png": {"width": 300, "alt": 'A "rising" line', "height": "1px;x"}}
    html = rendered(shown)
    assert 'width="300"' in html
    assert 'alt="A &quot;rising&quot; line"' in html
    assert "height" not in html
