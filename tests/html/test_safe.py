"""What a page may run, show and load, in a real browser: on our own book, and on a hostile one."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.reading import serving
from playwright.sync_api import Page

from polybook.build import Build
from polybook.config import read_config
from tests.browser import wait_until
from tests.conftest import MakeBook
from tests.html.conftest import NewContext
from tests.html.crawl import site_pages

CONFIG = """[languages]
en = English
fr = Français
[build]
notebooks = *.md
output_dir = build
"""
#: Every way in which a page might run something; each would add to the page's title.
RUNS = """# Ebb

<script>document.title += "!"</script>

Text <script>document.title += "!"</script> and <b onclick="document.title += '!'">bold</b>.

<img src="missing.png" onerror="document.title += '!'">

![Boat](missing.png){onerror="document.title += '!'"}

<a id="html" href="javascript:void(document.title += '!')">HTML</a>
[Markdown](javascript:void(document.title+='!'))

<svg width="9" onload="document.title += '!'"><script>document.title += "!"</script></svg>

`<body onload="document.title += '!'">`{=html}

```{=html}
<iframe srcdoc="<script>parent.document.title += '!'</script>"></iframe>
<details open ontoggle="document.title += '!'">
```

```eval_rst
.. raw:: html

   <video src="missing.mp4" onerror="document.title += '!'"></video>
```
"""
HIDES = """# Flood

<style>article { display: none }</style>

<p style="display: none">One</p>

[Two]{style="visibility: hidden"}

::: {style="position: absolute; left: -9999px"}
Three
:::

<p class="visually-hidden">Four</p>

<p hidden>Five</p>

[Six]{.tab-absent}

<pre class="x" style="height: 0">Eight</pre>

::: {.display style="height: 0"}
Nine
:::

<table height="0"><tr><td>Ten</td></tr></table>

<div class="tab-group"><div role="tablist"><span role="tab">Eleven</span></div></div>

<p data-<article="1"></p></article>

<audio>

Twelve

`</article></main>`{=html}

Seven
"""
LOADS = """# Calm

![Quay](https://example.org/quay.png)

<iframe src="https://example.org/film" title="Film"></iframe>

<link rel="stylesheet" href="https://example.org/a.css">
<script src="https://example.org/a.js"></script>

![Half](boat.svg){width=50%} and
<div style="width: 25%">![Quarter](boat.svg)</div>

<div style="width: 900px">Sea</div>

[Red]{style="color: red"}, and "<eos>" ends it.
"""
BOAT = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
#: Counts what a page's policy forbids, from before anything is read of it.
WATCH = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) =>
  refused.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""

Watched = tuple[Page, list[str]]


@pytest.fixture
def hostile(make_book: MakeBook) -> Path:
    """A book whose French translator wants harm."""
    return make_book(
        {
            "config.ini": CONFIG,
            "boat.svg": BOAT,
            **{f"{name}.md": f"# {name}\n" for name in ("ebb", "flood", "calm")},
            "ebb.fr.md": RUNS,
            "flood.fr.md": HIDES,
            "calm.fr.md": LOADS,
            **{f"{name}.en.md": f"# {name}\n" for name in ("ebb", "flood", "calm")},
        }
    )


def site_of(root: Path, more: str = "") -> Path:
    """Build a book's site; `more` is added to its settings."""
    config = root / "config.ini"
    config.write_text(CONFIG + more, encoding="utf-8")
    return Build(read_config(root), (), ()).html()[0].folder


@pytest.fixture
def watched(new_context: NewContext) -> Watched:
    """A page, and what its browser complains of."""
    context = new_context()
    context.add_init_script(WATCH)
    page = context.new_page()
    said: list[str] = []

    def note(text: str, *, matters: bool = True) -> None:
        if matters:
            said.append(text)

    page.on("console", lambda each: note(each.text, matters=each.type in ("error", "warning")))
    page.on("pageerror", lambda each: note(str(each)))
    page.on("request", lambda each: note(each.url, matters="//example.org" in each.url))
    return page, said


def refused(page: Page) -> list[str]:
    """Return what a page's policy has forbidden."""
    found: list[str] = page.evaluate("refused")
    return found


def test_our_own_pages_keep_to_their_policy(watched: Watched, site: Path, address: str) -> None:
    page, said = watched
    for path, each in site_pages(site).items():
        if path == "404.html":
            continue  # it is for the root of a server, and looked at below
        assert "unsafe" not in each.text.partition("Content-Security-Policy")[2].partition(">")[0]
        assert ' style="' not in each.text
        for start in (address, site.as_uri()):
            page.goto(f"{start}/{path}")
            assert (
                page.evaluate("getComputedStyle(document.querySelector('main')).display") == "block"
            )
            assert (path, refused(page), said) == (path, [], [])
    page.goto(f"{address}/404.html")
    assert (refused(page), said) == ([], [])
    page.goto(f"{address}/tr/harbour/tides.html")
    page.get_by_role("button", name="Ara").click()
    page.get_by_role("searchbox").fill("gelgit")
    page.locator(".search-results li").first.wait_for()
    assert (refused(page), said) == ([], [])


def test_nothing_of_a_translators_runs(watched: Watched, hostile: Path) -> None:
    page, _ = watched
    with serving(site_of(hostile)) as start:
        page.goto(f"{start}/fr/ebb.html")
        title = page.title()
        page.locator("article b").click()
        page.locator("#html").click()
        page.get_by_text("Markdown", exact=True).click()
        page.wait_for_timeout(200)
        assert page.title() == title
        assert "!" not in title
        assert "document" not in page.locator("article").inner_text()
        # Nothing was left for the policy to forbid: the book is safe without it.
        assert refused(page) == []


def test_nothing_of_a_page_hides(watched: Watched, hostile: Path) -> None:
    page, said = watched
    with serving(site_of(hostile)) as start:
        page.goto(f"{start}/fr/flood.html")
        for word in (
            *("One", "Two", "Three", "Four", "Five", "Six"),
            *("Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve"),
        ):
            box = page.locator("article").get_by_text(word, exact=True).bounding_box()
            assert box is not None, word
            assert box["x"] > 0, word
            assert box["width"] > 10, word
            assert box["height"] > 10, word
        # What is as large as it should be may still be cut off.
        cut = """each => [...each.querySelectorAll('*')].filter((one) => one.clientHeight
          && one.scrollHeight > one.clientHeight + 1
          && getComputedStyle(one).overflowY !== 'visible').map((one) => one.className)"""
        assert page.locator("article").evaluate(cut) == []
        assert (refused(page), said) == ([], [])


def test_what_lies_elsewhere_is_a_link_and_nothing_is_loaded(
    watched: Watched, hostile: Path
) -> None:
    page, said = watched
    with serving(site_of(hostile)) as start:
        page.goto(f"{start}/fr/calm.html")
        assert page.get_by_role("link", name="Quay").get_attribute("href") == (
            "https://example.org/quay.png"
        )
        assert page.get_by_role("link", name="Film").is_visible()
        whole = page.locator("article").evaluate("article => article.clientWidth")
        half = page.get_by_alt_text("Half").evaluate("image => image.width")
        assert half == pytest.approx(whole / 2, abs=1)
        quarter = page.get_by_alt_text("Quarter").locator("xpath=ancestor::div[1]")
        assert quarter.evaluate("each => each.clientWidth") == pytest.approx(whole / 4, abs=1)
        assert page.get_by_text("<eos>").is_visible()
        red = page.get_by_text("Red", exact=True)
        tones = set()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            tones.add(red.evaluate("each => getComputedStyle(each).color"))
        assert len(tones) == 2
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.locator("html").evaluate("each => each.scrollWidth") == 360
        assert (refused(page), said) == ([], [])


def test_nothing_of_the_bibliography_or_of_docstrings_runs(
    watched: Watched, make_book: MakeBook
) -> None:
    root = make_book(
        {
            "config.ini": "[build]\nnotebooks = *.md\noutput_dir = build\n"
            "[pdf]\nbibfile = b.bib\n[library-python]\nlib_file = sea.py\n",
            "b.bib": "@book{tide, title={Tides}, author={Aya Kaya}, year={2020},"
            " url={javascript:document.title=1}}",
            "sea.py": 'def ebb():\n    """Fall.\n\n    .. raw:: html\n\n'
            '       <b onclick="document.title=2">Now</b>\n    """\n',
            "index.md": "# A\n\n:cite:`tide`\n\n:bibliography:`b.bib`\n\n```eval_rst\n"
            ".. autofunction:: sea.ebb\n```\n",
        }
    )
    page, said = watched
    with serving(Build(read_config(root), (), ()).html()[0].folder) as start:
        page.goto(f"{start}/index.html")
        assert page.locator("article").get_by_text("Fall.").is_visible()
        assert page.locator("a[href^=javascript], [onclick]").count() == 0
        assert page.locator("article").get_by_text("Kaya").first.is_visible()
        assert (refused(page), said) == ([], [])


def test_what_is_left_out_is_said_with_file_and_line(hostile: Path) -> None:
    (hostile / "config.ini").write_text(CONFIG, encoding="utf-8")
    work = Build(read_config(hostile), (), ())
    found = [
        (each.location.path.name, each.location.line, each.message, each.hint)
        for each in work.html()[1]
    ]
    hint = "Use Markdown, or let the file's HTML pass: [html] raw_html = ebb.fr.md"
    assert ("ebb.fr.md", 3, "“<script>” is left out.", hint) in found
    assert ("ebb.fr.md", 5, "“onclick” of “b” is left out.", hint) in found
    assert ("ebb.fr.md", 9, "“onerror” of “img” is left out.", hint) in found
    assert [line for name, line, message, _ in found if name == "ebb.fr.md" and "video" in message]
    host = "Put it beside the page, or let it be loaded: [html] hosts = https://example.org"
    said = "“https://example.org/quay.png” lies on another server."
    assert ("calm.fr.md", 3, said, host) in found
    assert not [name for name, *_ in found if name.endswith(".en.md")]


def test_with_the_maintainers_consent_a_files_html_works_as_it_is(
    watched: Watched, hostile: Path
) -> None:
    (hostile / "ebb.fr.md").write_text(
        "# Ebb\n\n<style>b { color: rgb(1, 2, 3) }</style>\n"
        "<b onclick='document.title += 2'>Go</b>\n"
        "<a href=\"javascript:void(document.title += ' 3')\">On</a>"
        " [and on](javascript:void(document.title+='4'))\n"
        "<script>document.title = 1</script>\n<i style='color: rgb(4, 5, 6)'>x</i>\n",
        encoding="utf-8",
    )
    page, said = watched
    folder = site_of(hostile, "[html]\nraw_html = ebb.*\n")
    with serving(folder) as start:
        page.goto(f"{start}/fr/ebb.html")
        assert page.title() == "1"
        page.get_by_text("Go").click()
        page.get_by_text("On", exact=True).click()
        page.get_by_text("and on").click()
        wait_until(page, "document.title == '12 34'")
        colour = "each => getComputedStyle(each).color"
        assert page.locator("article b").evaluate(colour) == "rgb(1, 2, 3)"
        assert page.locator("article i").evaluate(colour) == "rgb(4, 5, 6)"
        assert (refused(page), said) == ([], [])
        assert "'unsafe-inline'; " not in page.content().partition("script-src")[2][:80]
        # The policy still holds for what is not on the page.
        page.evaluate(
            "() => { const made = document.createElement('script');"
            " made.text = 'document.title = 3'; document.body.append(made); }"
        )
        assert page.title() == "12 34"
        page.goto(f"{start}/fr/flood.html")
        assert page.get_by_text("One", exact=True).is_visible()


def test_pages_load_from_the_servers_that_the_maintainer_names(
    watched: Watched, hostile: Path
) -> None:
    page, said = watched
    page.route("https://example.org/**", lambda route: route.fulfill(body=BOAT))
    with serving(site_of(hostile, "[html]\nhosts = https://example.org\n")) as start:
        page.goto(f"{start}/fr/calm.html")
        assert page.get_by_alt_text("Quay").is_visible()
        assert page.locator("iframe").get_attribute("src") == "https://example.org/film"
        assert sorted(said) == ["https://example.org/film", "https://example.org/quay.png"]
        assert refused(page) == []
