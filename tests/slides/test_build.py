"""Slides: what the marks of a page choose, as a notebook for Jupyter and as a deck by itself."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import Browser, sync_playwright

from polybook.build import Build
from polybook.config import read_config
from polybook.slides import SlidesReport
from tests.browser import FLAGS, chromium_path
from tests.conftest import MakeBook, RunPolybook
from tests.html.sites import save_outputs, stream

SEA = """
    # Deniz
    :label:`sec_sea`

    Giriş. [**ilk slayt bir cümledir,**] ve sonrası. (**Aynı slaytta devam eder.**)

    ```{.python .input}
    %%tab pytorch, jax
    high = 7  #@save
    print(high)
    ```

    [**Gelgit (:numref:`fig_tide`) ile $h$:
    $$h = 7$$
    :eqlabel:`eq_h`
    **]

    ![Gelgit](../img/tide.svg)
    :label:`fig_tide`

    (**![Uzak](https://example.org/a.png)**)

    [~~Yalnızca slaytta, :eqref:`eq_h`.~~] (~~Bu da.~~)

    * [**bir**] ve iki
    * üç (**dört**)

    [**
    * liste
    * burada

    ve metin **]

    ![(**Gelgit**)](../img/tide.svg)

    Burada hiçbir şey yok.

    :begin_tab:`jax`
    [**JAX için**](../img/tide.svg) ve (**yine JAX**)
    :end_tab:
    """
SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>"
TIDE = f"data:image/svg+xml;base64,{b64encode(SVG.encode()).decode()}"
FILES = {
    "config.ini": """
        [project]
        title = Denizler
        [languages]
        tr = Türkçe
        ja = 日本語
        [build]
        page_layout = {page}.{lang}.md
        tabs = pytorch, jax
        output_dir = build
        """,
    "img/tide.svg": SVG,
    "sea/page.tr.md": SEA,
    "sea/wind.tr.md": "# Rüzgâr\n\nİşaret yok.\n",
}


@pytest.fixture
def book(make_book: MakeBook) -> Path:
    root = make_book(FILES)
    save_outputs(root, lambda *_: [stream("7\n")])
    return root


def build(root: Path, languages: tuple[str, ...] = (), tabs: tuple[str, ...] = ()) -> SlidesReport:
    return Build(read_config(root), languages, tabs).slides()[0]


def slides(root: Path, tab: str) -> list[list[str]]:
    """Return the sources of the cells of each slide of the notebook."""
    path = root / f"build/slides/tr/{tab}/sea/page.ipynb"
    notebook: Any = json.loads(path.read_text(encoding="utf-8"))
    nbformat.validate(notebook)
    found: list[list[str]] = []
    for cell in notebook["cells"]:
        if cell["metadata"]["slideshow"]["slide_type"] == "slide":
            found.append([])
        found[-1].append("".join(cell["source"]))
    return found


def test_notebook_has_a_slide_for_each_mark_that_begins_one(book: Path) -> None:
    build(book)
    assert slides(book, "pytorch") == [
        ["# 1 Deniz"],
        [
            "İlk slayt bir cümledir, Aynı slaytta devam eder",
            "high = 7\nprint(high)",
        ],
        [
            "Gelgit (Şekil 1.1) ile $h$:\n\n$$\nh = 7 \\tag{1.1}\n$$\n\n[Uzak](https://example.org/a.png)"
        ],
        ["Yalnızca slaytta, (1.1). Bu da"],
        ["- bir\n- dört"],
        ["- liste\n- burada\n\nVe metin\n\n![Gelgit](" + TIDE + ")\n\n**Şekil 1.2** Gelgit"],
    ]


def test_each_notebook_has_the_text_of_its_tab(book: Path) -> None:
    build(book)
    assert "yine JAX" in str(slides(book, "jax")).replace("Yine", "yine")
    assert "yine JAX" not in str(slides(book, "pytorch")).replace("Yine", "yine")


def test_deck_is_one_file_that_asks_for_nothing(book: Path) -> None:
    build(book)
    deck = (book / "build/slides/tr/pytorch/sea/page.html").read_text(encoding="utf-8")
    assert "<title>Deniz</title>" in deck
    assert '<html lang="tr" dir="ltr">' in deck
    assert deck.count('<p class="place">') == 6
    assert "<math" in deck
    assert not re.search(r"""src=["'](?!data:)""", deck)
    assert re.findall(r'href="([^"]*)"', deck) == ["https://example.org/a.png"]
    assert not re.search("[\ue000-\uf8ff]", deck)


def test_only_pages_with_marks_have_slides_in_the_languages_that_they_are_written_in(
    book: Path,
) -> None:
    report = build(book)
    written = sorted(
        path.relative_to(report.folder).as_posix()
        for path in report.folder.rglob("*")
        if path.is_file()
    )
    assert report.decks == 2
    assert written == [
        *("tr/jax/sea/page.html", "tr/jax/sea/page.ipynb"),
        *("tr/pytorch/sea/page.html", "tr/pytorch/sea/page.ipynb"),
    ]


def test_a_second_build_writes_nothing_and_a_part_keeps_the_rest(book: Path) -> None:
    build(book)
    assert build(book).changed == []
    (book / "sea/page.tr.md").write_text("# Deniz\n\n[**Yeni.**]\n", encoding="utf-8")
    assert sorted(build(book, tabs=("jax",)).changed) == [
        "tr/jax/sea/page.html",
        "tr/jax/sea/page.ipynb",
    ]
    (book / "sea/page.tr.md").write_text("# Deniz\n", encoding="utf-8")
    assert len(build(book).changed) == 4


def test_a_book_without_marks_says_so(polybook: RunPolybook, make_book: MakeBook) -> None:
    root = make_book({"config.ini": "[build]\noutput_dir = build\n", "a.md": "# A\n"})
    result = polybook("build", "slides", "-C", root)
    assert (result.returncode, result.stdout) == (
        0,
        "No page has slide marks: there is nothing to build.\n",
    )


@pytest.fixture
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        yield browser
        browser.close()


def test_keys_lead_from_slide_to_slide(book: Path, browser: Browser) -> None:
    build(book)
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((book / "build/slides/tr/pytorch/sea/page.html").as_uri())
    for key, number in {"ArrowRight": 2, "Space": 3, "ArrowLeft": 2, "End": 6, "Home": 1}.items():
        page.keyboard.press(key)
        page.wait_for_function(
            "n => Math.abs(document.getElementById(`slide-${n}`).getBoundingClientRect().top) < 2",
            arg=number,
        )
        assert page.url.endswith(f"#slide-{number}")
    assert [each for each in asked if not each.startswith(("file:", "data:"))] == []
