"""What readers can take with them: notebooks of a page, the book as PDF and EPUB."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from pathlib import Path

import nbformat
import pytest
from benchmarks.reading import serving
from playwright.sync_api import Page, expect

from polybook.build import Build
from polybook.config import read_config
from tests.conftest import write_files
from tests.html.conftest import NewContext
from tests.html.crawl import SitePage, text_of
from tests.html.sites import png

CELLS = """
```{.python .input}
%%tab pytorch
1
```

```{.python .input}
%%tab jax
2
```
"""
FILES = {
    "config.ini": """
        [project]
        name = tide
        [languages]
        tr = Türkçe
        ja = 日本語
        [build]
        notebooks = *.md
        tabs = pytorch, jax
        output_dir = build
        [colab]
        github_repo = pytorch, harbour/tides
                      jax, harbour/tides
        exclusions = prose.md
        [colab-ja]
        github_repo = pytorch, harbour/tides-ja
        github_branch = main
        """,
    **{f"both.{code}.md": f"# Both\n{CELLS}" for code in ("tr", "ja")},
    "prose.tr.md": f"# Prose\n\nNot for Colab.\n{CELLS}",
    "words.tr.md": "# Words\n\nNo code.\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_files(tmp_path / "book", FILES)


def build(root: Path, *formats: str, languages: Sequence[str] = ()) -> SitePage:
    """Build a book's formats, then its site; return a page of it."""
    work = Build(read_config(root), languages, ())
    for each in formats:
        getattr(work, each)()
    report, _ = work.html()
    return SitePage(report.folder, "tr/both.html")


def offered(page: SitePage) -> dict[str, dict[str, str]]:
    """Return what a page offers: words and addresses, by tab."""
    return {
        each.get("data-tab"): {text_of(link): link.get("href") for link in each.iter("a")}
        for each in page.all("section", class_="downloads")
    }


def test_there_is_what_has_been_made(root: Path) -> None:
    page = build(root)
    assert set(offered(page)["jax"]) == {"Colab’da aç"}
    page = build(root, "notebooks")
    assert list(offered(page)) == ["pytorch", "jax"]
    assert set(offered(page)["jax"]) == {"Not defteri", "Çıktısız not defteri", "Colab’da aç"}
    page = build(root, "epub")
    assert "Kitabın tamamı (EPUB)" in offered(page)["pytorch"]
    start = SitePage(page.root, "ja/index.html")
    assert [text_of(each) for each in start.all("a", download="")] == [
        "PyTorch: EPUB",
        "JAX: EPUB",
    ]
    for path in ("tr/both.html", "ja/index.html"):
        each = SitePage(page.root, path)
        assert [file for file, _ in each.links() if not (page.root / file).is_file()] == []
    for made in (root / "build" / "epub").iterdir():
        made.unlink()
    assert "Kitabın tamamı (EPUB)" not in offered(build(root))["pytorch"]
    assert list((page.root / "_downloads").rglob("*.epub")) == []


def test_page_without_code_has_nothing_to_run(root: Path) -> None:
    site = build(root, "notebooks").root
    assert offered(SitePage(site, "tr/words.html")) == {}
    assert set(offered(SitePage(site, "tr/prose.html"))) == {"pytorch", "jax"}


def test_colab_opens_what_is_in_the_repository(root: Path) -> None:
    opened = "https://colab.research.google.com/github/harbour"
    site = build(root).root

    def address(path: str, tab: str) -> str | None:
        offers = offered(SitePage(site, path)).get(tab, {})
        return offers.get("Colab’da aç") or offers.get("Colabで開く")

    # Two tabs share it, each in its folder; one alone has it all.
    assert address("tr/both.html", "jax") == f"{opened}/tides/blob/master/tr/jax/both.ipynb"
    assert address("ja/both.html", "pytorch") == f"{opened}/tides-ja/blob/main/both.ipynb"
    assert address("ja/both.html", "jax") is None
    assert address("tr/prose.html", "jax") is None


def test_nothing_is_copied_and_nothing_is_done_twice(root: Path) -> None:
    site = build(root, "notebooks").root
    path = "notebooks/tr/jax/both.ipynb"
    assert (site / "_downloads" / path).samefile(root / "build" / path)
    report, _ = Build(read_config(root), (), ()).html()
    assert report.changed == []


def test_a_notebook_takes_its_images_with_it(root: Path) -> None:
    drawing = "<svg xmlns='http://www.w3.org/2000/svg' width='4' height='3'/>"
    (root / "boat.svg").write_text(drawing, encoding="utf-8")
    (root / "quay.png").write_bytes(png())
    text = f"# Both\n\n![A [boat](boat.svg) &](boat.svg) ![Quay](quay.png){{width=40}}\n{CELLS}\n"
    (root / "both.tr.md").write_text(
        f"{text}\n![Quay](quay.png) ![None](../../../../../etc/none.png)\n", encoding="utf-8"
    )
    site = build(root, "notebooks").root
    path = "notebooks/tr/jax/both.ipynb"
    content = json.loads((site / "_downloads" / path).read_text(encoding="utf-8"))
    nbformat.validate(content)
    cells = [each for each in content["cells"] if each["cell_type"] == "markdown"]
    shown = "".join("".join(each["source"]) for each in cells)
    quay = base64.b64encode(png()).decode()
    boat = base64.b64encode(drawing.encode()).decode()
    assert f'src="data:image/svg+xml;base64,{boat}"' in shown
    assert f'src="data:image/png;base64,{quay}"' in shown
    assert "![Quay](attachment:quay.png)" in shown
    assert [each["attachments"] for each in cells if "attachments" in each] == [
        {"quay.png": {"image/png": quay}}
    ]
    assert "boat.svg)" in (root / "build" / path).read_text(encoding="utf-8")
    report, _ = Build(read_config(root), (), ()).html()
    assert report.changed == []
    (root / "quay.png").write_bytes(png(5))
    build(root, "notebooks")
    assert base64.b64encode(png(5)).decode() in (site / "_downloads" / path).read_text("utf-8")


def test_building_one_language_keeps_what_the_others_offer(root: Path) -> None:
    site = build(root, "notebooks").root
    build(root, languages=["tr"])
    assert (site / "_downloads/notebooks/ja/jax/both.ipynb").is_file()


def test_reader_takes_the_notebook_of_the_chosen_framework(root: Path, page: Page) -> None:
    with serving(build(root, "notebooks").root) as address:
        page.goto(f"{address}/ja/both.html")
        link = page.get_by_role("link", name="ノートブック", exact=True)
        for tab in ("pytorch", "jax"):
            page.get_by_role("tab").and_(page.locator(f"[data-tab={tab}]")).click()
            expect(link).to_have_count(1)
            with page.expect_download() as begun:
                link.click()
            notebook = json.loads(begun.value.path().read_text("utf-8"))
            assert begun.value.suggested_filename == "both.ipynb"
            assert notebook["metadata"]["polybook"]["tab"] == tab


def test_without_scripts_all_is_offered_under_the_names_of_the_frameworks(
    root: Path, new_context: NewContext
) -> None:
    page = new_context(java_script_enabled=False).new_page()
    with serving(build(root, "notebooks").root) as address:
        page.goto(f"{address}/tr/both.html")
        expect(page.locator(".downloads h2:visible")).to_have_text(
            ["PyTorch için indirilebilenler", "JAX için indirilebilenler"]
        )


@pytest.mark.parametrize("width", [360, 1440])
def test_downloads_stand_beside_the_text_or_below_it(
    root: Path, new_context: NewContext, width: int
) -> None:
    page = new_context(viewport={"width": width, "height": 740}).new_page()
    with serving(build(root, "notebooks").root) as address:
        page.goto(f"{address}/tr/both.html")
        downloads = page.locator(".downloads:visible").bounding_box()
        text = page.locator("article").bounding_box()
    assert downloads
    assert text
    beside = downloads["x"] >= text["x"] + text["width"]
    assert beside == (width == 1440)
    assert beside or downloads["y"] >= text["y"] + text["height"]
