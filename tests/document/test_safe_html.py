"""What of HTML is safe: nothing of it runs, hides or loads, and what is left out is said."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st

import polybook.html
from polybook.document.safe_html import HIDING, Balance, judge

#: What harmless HTML stays, word for word.
HARMLESS = (
    '<p align="center">',
    '<img src="boat.png" width="40%" alt="A boat">',
    '<td colspan="2" style="text-align: right">',
    'a<br>b <sub>1</sub> &amp; <kbd>Ctrl</kbd> &#x2014; <font size="2">small</font>',
    '<details open="">\n<summary>More</summary>',
    '<a href="../tides.html#neap" target="_blank">tides</a>',
    '<a href="mailto:quay@example.org">write</a>',
    '<img src="data:image/png;base64,AAAA">',
    '<video src="sea.mp4" controls="" poster="sea.png"></video>',
    '<svg viewBox="0 0 9 9"><path d="M0 0h9v9z" fill="teal"></path></svg>',
    '<div style="width: 50%; float: left; margin: 0 auto">',
    '<img src="dot.png" style="width: 1px; height: 1px" data-a.b-c="d">',
    "&lt;eos&gt; and List&lt;int&gt;",
)

#: What is left of HTML that is not, and what is said of it.
HARMFUL = {
    "<script>steal()</script>": ("", "“<script>” is left out."),
    "a<SCRIPT\n>steal()": ("a", "“<script>” is left out."),
    "<style>p { display: none }</style>": ("", "“<style>” is left out."),
    '<img src="a.png" onerror="steal()">': (
        '<img src="a.png">',
        "“onerror” of “img” is left out.",
    ),
    "<img/src='a.png'/oNeRrOr=steal()>": ('<img src="a.png">', "“onerror” of “img” is left out."),
    '<a href="javascript:steal()">a</a>': ("<a>a</a>", "A link leads to “javascript:steal()”."),
    '<a href=" &#106;ava&#9;script&colon;steal()">a</a>': (
        "<a>a</a>",
        "A link leads to “java script:steal()”.",
    ),
    '<a href="data:text/html,<script>">a</a>': (
        "<a>a</a>",
        "A link leads to “data:text/html,<script>”.",
    ),
    '<p style="width: 90px; opacity: 0">': (
        '<p style="width: 90px">',
        "The style “opacity: 0” of “p” may hide what is there.",
    ),
    '<p style="width: url(//example.org)">': (
        "<p>",
        "The style “width: url(//example.org)” of “p” may hide what is there.",
    ),
    '<b style="color: red; color: white">': (
        '<b style="color: red">',
        "The style “color: white” of “b” may hide what is there.",
    ),
    '<pre style="width: 0; max-width: 1px; height: 0">': (
        '<pre style="min-height: 0">',
        "The style “width: 0” of “pre” may hide what is there.",
        "The style “max-width: 1px” of “pre” may hide what is there.",
    ),
    "<p hidden>": ("<p>", "“hidden” of “p” is left out."),
    '<p id="_said">': ("<p>", "The identifier “_said” of “p” is the site's own."),
    '<p data-<article="">': ("<p>", "“data-<article” of “p” is left out."),
    '<p class="wide visually-hidden">': (
        '<p class="wide">',
        "The class “visually-hidden” of “p” is the site's own.",
    ),
    '<iframe src="https://example.org/film" title="Film"></iframe>': (
        '<a href="https://example.org/film">Film</a>',
        "“https://example.org/film” lies on another server.",
    ),
    '<iframe srcdoc="<script>steal()</script>"></iframe>': ("", "“<iframe>” is left out."),
    '<img src="//example.org/a.png" alt="A">': (
        '<a href="//example.org/a.png">A</a>',
        "“//example.org/a.png” lies on another server.",
    ),
    "<svg onload=steal()><script>steal()</script></svg>": (
        "<svg></svg>",
        "“onload” of “svg” is left out.",
        "“<script>” is left out.",
    ),
    "<form action=/><input name=a>b</form>": (
        "b",
        "“<form>” is left out.",
        "“<input>” is left out.",
    ),
    '<meta http-equiv="refresh" content="0; url=//example.org">': ("", "“<meta>” is left out."),
    '<base href="//example.org">': ("", "“<base>” is left out."),
    '<noscript><p title="</noscript><img src=a onerror=steal()>">': (
        '<p title="&lt;/noscript&gt;&lt;img src=a onerror=steal()&gt;">',
    ),
    '<p fill="url(#a)">': ("<p>", "“fill” of “p” is left out."),
}


@pytest.mark.parametrize("html", HARMLESS)
def test_harmless_html_stays_as_it_is(html: str) -> None:
    judged = judge(html)
    assert (judged.html, judged.unsafe) == (html, ())


@pytest.mark.parametrize("html", HARMFUL)
def test_what_is_harmful_is_left_out_and_said(html: str) -> None:
    judged = judge(html)
    assert (judged.html, *(each.message for each in judged.unsafe)) == HARMFUL[html]


def test_what_is_no_html_is_text() -> None:
    judged = judge("ends with <eos>, <bos/> or </pad>; <mask> <mask id=a><my-clock>")
    assert judged.html == "ends with &lt;eos&gt;, &lt;bos/&gt; or &lt;/pad&gt;; &lt;mask&gt; "
    left_out = ["“<mask>” is left out.", "“<my-clock>” is left out."]
    assert [each.message for each in judged.unsafe] == left_out


def test_a_server_that_pages_may_load_from_is_loaded_from() -> None:
    html = '<img src="https://example.org/a.png">'
    assert judge(html, ["https://example.org"]).html == html
    assert judge(html, ["https://other.example.org"]).unsafe[0].host == "https://example.org"
    frame = judge(
        '<iframe src="https://example.org/film" onload=a></iframe>', ["https://example.org"]
    )
    assert frame.html == '<iframe src="https://example.org/film"></iframe>'


def test_pieces_side_by_side_are_closed_in_their_place() -> None:
    balance = Balance()
    pieces = ("</div><div><b>", "<ul><li>one<li>two</ul>", "</b></b>")
    assert [balance.add(each) for each in pieces] == ["<div><b>", pieces[1], "</b>"]
    assert balance.rest() == "</div>"


def test_text_is_not_within_what_does_not_show_it() -> None:
    balance = Balance()
    assert balance.add('<div><audio src="sea.mp3"><p>') == '<div><audio src="sea.mp3"><p>'
    assert [balance.show(), balance.show()] == ["</p></audio>", ""]
    assert [balance.add("</audio></div>"), balance.rest()] == ["</div>", ""]


_PIECES = """
< > / = ' " & ; <!-- --> <![CDATA[ ]]> <? <script </script> <style </style> <svg <math <mtext
<title </title> <textarea <noscript <template <img <a <p </p> <td <table <select <iframe <b </b>
src href onerror onclick style class javascript: alert(1) //e.org https:// data:
"""
PIECES = st.sampled_from([*_PIECES.split(), "\0", "\t", "\n", " "])


@given(st.lists(PIECES | st.text(max_size=3), max_size=24).map("".join))
def test_a_browser_finds_nothing_that_runs_or_loads_in_it(html: str) -> None:
    judged = judge(html)
    again = judge(judged.html)
    assert (again.html, again.unsafe) == (judged.html, ())
    parse: Any = html5lib.parseFragment
    tree = parse(judged.html, namespaceHTMLElements=False)
    for element in tree.iter():
        if not isinstance(element.tag, str) or element.tag == "DOCUMENT_FRAGMENT":
            continue
        assert not re.search("script|style|iframe|object|embed|form|base|meta|link", element.tag)
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            if name in ("src", "href", "poster"):
                assert not re.match(r"\s*(javascript|vbscript|data:text)", value, re.IGNORECASE)
            if name in ("src", "poster"):
                assert not re.match(r"\s*(https?:|//)", value, re.IGNORECASE)


def test_no_class_by_which_the_site_hides_something_is_an_authors() -> None:
    folder = Path(polybook.html.__file__).parent / "static"
    css = "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.css"))
    hides = r"display: none|visibility: hidden|opacity: 0[;. }]|clip-path|position: fixed"
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))
    hiding = {
        name
        for selectors, body in rules
        if re.search(hides, body)
        # What a rule is about is what its selectors end with.
        for selector in selectors.split(",")
        for name in re.findall(r"\.([\w-]+)", selector.strip().split(" ")[-1])
    }
    assert "visually-hidden" in hiding
    # The panels of tabs are hidden by a style sheet that each book has of its own.
    assert hiding | {"tab-panel"} <= HIDING
