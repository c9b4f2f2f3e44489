"""The comparison of whole books sees what pages have in common, and what is wrong with one."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.facts import CELL, Facts, cell_name, d2lbook_facts, polybook_facts
from benchmarks.faults import faults, labels_of
from benchmarks.whole_book import Difference, differences

from polybook.build import Build
from polybook.config import read_config
from tests.conftest import write_files

TABS = ("pytorch", "jax")

PAGE = """
# Tides
:label:`sec_tides`

The sea rises by $h_1$, as :numref:`fig_sea` and :citet:`kaya` say, and in cells `a` *too*.

![The sea](sea.svg)
:label:`fig_sea`

$$h = \\frac{1}{2} \\log \\mathbf{x}$$
:eqlabel:`eq_h`

:begin_tab:`jax`
Only here.
:end_tab:

```{.python .input}
%%tab pytorch
from sea import waves, tides
x = 1
```

```{.python .input}
%%tab jax
import jax
x = 2
```

See :eqref:`eq_h`.
"""

#: What d2lbook makes of it, in Sphinx's HTML.
PEER = r"""
<div class="toctree-wrapper"><a href="a.html">elsewhere</a></div>
<div class="page-content"><section><h1><span class="section-number">1. </span>Tides<a
class="headerlink" href="#tides">¶</a></h1>
<p>The sea rises by <span class="math">\(h_1\)</span>, as <a class="reference internal" href="#f">
<span class="std std-numref">Fig. 1.1</span></a> and Kaya <span>(<a class="reference internal"
href="works.html#id1" title="Kaya, E. (2019). Clouds.">2019</a>)</span> say, and in cells
<code>a</code> <em>too</em>.</p>
<figure><img src="_images/sea.svg" alt="The sea"><figcaption><p><span class="caption-number">Fig.
1.1 </span><span class="caption-text">The sea</span></p></figcaption></figure>
<div class="math"><span class="eqno">(1.1)<a class="headerlink" href="#e">¶</a></span>\[h =
\frac{1}{2} \log \mathbf{x}\]</div>
<div class="mdl-tabs"><div class="mdl-tabs__tab-bar"><a href="#jax-1">jax</a></div>
<div class="mdl-tabs__panel" id="jax-1"><p>Only here.</p></div></div>
<div class="mdl-tabs"><div class="mdl-tabs__tab-bar"><a href="#pytorch-2">pytorch</a></div>
<div class="mdl-tabs__panel" id="pytorch-2"><pre>from sea import tides
from sea import waves

x = 1</pre></div><div class="mdl-tabs__panel" id="jax-2"><pre>import jax
x = 2</pre></div></div>
<p>See <a class="reference internal" href="#e">(1.1)</a>.</p></section></div>
"""


BOOK = {
    "config.ini": "[build]\ntabs = pytorch, jax\nnotebooks = *.md\noutput_dir = build\n"
    "[pdf]\nbibfile = works.bib\n",
    "index.md": "# Book\n\n```toc\n:numbered:\n\ntides\n```\n",
    "tides.md": PAGE,
    "works.md": "# Works\n\n:bibliography:`works.bib`\n",
    "works.bib": "@book{kaya, author = {Kaya, Elif}, title = {Clouds}, year = 2019}",
    "sea.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_files(tmp_path_factory.mktemp("book"), BOOK)
    Build(read_config(root), (), ()).html()
    return root / "build" / "html"


def with_cells(theirs: Facts) -> Facts:
    """Add what d2lbook's notebooks say."""
    cells = {"pytorch": "sea tides", "jax": "jax"}
    return theirs | {f"{CELL} {tab}": [cell] for tab, cell in cells.items()}


def test_pages_that_say_the_same_do_not_differ(site: Path) -> None:
    ours = polybook_facts((site / "tides.html").read_text("utf-8"), TABS)
    theirs = with_cells(d2lbook_facts(PEER, TABS))
    assert list(differences("tides", theirs, ours)) == []
    assert theirs["heading"] == ["1 1 Tides"]
    assert theirs["reference"] == ["Fig. 1.1", "(1.1)"]
    assert theirs["number"] == ["Fig. 1.1", "(1.1)"]
    assert theirs["display formula"] == ["12ghlox"]
    assert theirs["words jax"][-3:] == ["Only", "here", "See"]
    assert "Only" not in theirs["words pytorch"]


@pytest.mark.parametrize(
    ("theirs", "ours", "different"),
    [
        (">1. </span>", ">2. </span>", "heading"),
        (r"\(h_1\)", r"\(h_2\)", "inline formula"),
        (r"\log", r"\sin", "display formula"),
        ("2019</a>", "2018</a>", "citation"),
        ("(1.1)<a", "(1.2)<a", "number"),
        ("(1.1)</a>", "(1.2)</a>", "reference"),
        ("_images/sea.svg", "_images/see.svg", "image"),
        ("x = 2</pre>", "x = 3</pre>", "code jax"),
        ("import waves", "import winds", "import pytorch"),
        ("Only here", "Only there", "words jax"),
        ("elsewhere", "nowhere", ""),
    ],
)
def test_one_difference_is_one_difference(
    site: Path, theirs: str, ours: str, different: str
) -> None:
    assert theirs in PEER
    page = polybook_facts((site / "tides.html").read_text("utf-8"), TABS)
    peer = with_cells(d2lbook_facts(PEER.replace(theirs, ours), TABS))
    assert [each.kind for each in differences("tides", peer, page)] == [different][: len(different)]


def test_code_for_a_tab_without_a_notebook_is_left_out() -> None:
    theirs: Facts = {"cell jax": ["a"], "code jax": ["a"]}
    ours: Facts = {
        "cell jax": ["b"],
        "code jax": ["a"],
        "cell pytorch": ["c"],
        "code pytorch": ["c"],
    }
    assert list(differences("a", theirs, ours)) == [Difference("a", "cell jax", ("a",), ("b",))]


def test_cell_is_told_by_its_first_import_in_any_order_or_by_its_line() -> None:
    assert cell_name("%magic\nimport sea\nfrom air import wind") == "air wind"
    assert cell_name("\nx = 1\ny = 2\n") == "x = 1"
    assert cell_name("") == ""


def test_page_without_faults_has_none(site: Path) -> None:
    pages = [site / f"{name}.html" for name in ("index", "tides", "works", "404")]
    assert [faults(site, page, {"fig_sea"}) for page in pages] == [[], [], [], []]


def test_faults_of_a_page_are_named(site: Path) -> None:
    page = site / "bad.html"
    bad = """<article><p>A :numref:`x` and [**b, here \\begin{c} cost $5 or $6; <code>:ref:</code>
        <span class="unresolved">fig_sea</span> <span class="unresolved">fig_lost</span>
        <code class="tex inline">\\nosuch</code> <code class="raw-tex">\\hat</code>
        <span class="citation">(<strong>key?</strong>)</span>
        <pre>%%tab jax\nx</pre> <pre># tab</pre>
        <img src="lost.png"><a href="lost.html">a</a><a href="index.html#lost">b</a>
        <a href="index.html#book">c</a><a href="https://example.org/lost">d</a>
        <a href="/index.html">e</a><a href="/lost.html">f</a></article>"""
    page.write_text(bad, encoding="utf-8")
    labels = labels_of(["![a](b)\n:label:`fig_sea`"])
    found = faults(site, page, labels)
    assert [what for kind, what in found if kind == "mark left in the text"] == [
        "A :numref:`x` and [**b, here \\",
        "A :numref:`x` and [**b, here \\begin{c} co",
        ":`x` and [**b, here \\begin{c} cost $5 or $6;",
    ]
    assert found[3:] == [
        ("mark left in code", "%%tab jax"),
        ("reference whose label is in the book", "fig_sea"),
        ("reference whose label is nowhere", "fig_lost"),
        ("formula as TeX", "\\nosuch"),
        ("TeX in no formula", "\\hat"),
        ("citation of no work", "key?"),
        ("image of no file", "lost.png"),
        ("link to no file", "lost.html"),
        ("link to no anchor", "index.html#lost"),
        ("link to no file", "/lost.html"),
    ]
