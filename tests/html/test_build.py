"""Building a site again: what did not change is not written, and what did is never missed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import MakeBook, RunPolybook
from tests.html.crawl import SitePage, site_pages, text_of
from tests.html.sites import LANGUAGES, build, copy_book, display, save_outputs, stream
from tests.test_folder import content, state


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """The tests' book, built once already."""
    root = copy_book(tmp_path / "book")
    build(root)
    return root


def changed(root: Path) -> list[str]:
    """Build; return what changed below the site's root."""
    return sorted(build(root)[0].changed)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def page(root: Path, path: str) -> SitePage:
    return SitePage(root / "build" / "html", path)


# ---------------------------------------------------------------- nothing changes


def test_built_again_by_another_process_nothing_is_written(
    book: Path, polybook: RunPolybook
) -> None:
    before = state(book / "build" / "html")
    inode = (book / "build" / "html").stat().st_ino
    result = polybook("build", "html", "--no-run", "-C", book)
    assert "nothing changed" in result.stdout
    assert state(book / "build" / "html") == before
    assert (book / "build" / "html").stat().st_ino == inode


def test_built_elsewhere_the_site_is_the_same_to_the_byte(book: Path, tmp_path: Path) -> None:
    other = copy_book(tmp_path / "elsewhere")
    build(other)
    assert content(other / "build" / "html") == content(book / "build" / "html")


def test_built_without_the_cache_the_site_is_the_same(book: Path) -> None:
    before = state(book / "build" / "html")
    for file in (book / "build" / ".cache").rglob("*.json"):
        file.unlink()
    assert changed(book) == []
    assert state(book / "build" / "html") == before


def test_cache_holds_what_the_last_build_used_and_no_more(book: Path) -> None:
    cache = book / "build" / ".cache"
    before = len(list(cache.rglob("*.json")))
    for word in ("bir", "iki", "üç"):
        (book / "sea" / "index.tr.md").write_text(f"# Açık deniz\n\n{word}\n", encoding="utf-8")
        build(book)
    assert len(list(cache.rglob("*.json"))) == before


# ---------------------------------------------------------------- one thing changes


def test_word_of_prose_changes_the_pages_that_show_it(book: Path) -> None:
    edit(book / "harbour" / "tides.ja.md", "水位は", "海の水位は")
    assert changed(book) == ["ja/harbour/tides.html"]
    edit(book / "harbour" / "tides.tr.md", "Suyun ritmi", "Denizin ritmi")
    # The reference page: its anchors are every language's, and Arabic readers have its text.
    tides = [f"{language}/harbour/tides.html" for language in LANGUAGES]
    assert changed(book) == sorted(tides)


def test_title_changes_every_page_that_lists_it(book: Path) -> None:
    edit(book / "harbour" / "tides.fr.md", "# Les marées", "# Toutes les marées")
    french = {path for path in content(book / "build" / "html") if path.startswith("fr/")}
    # The other chapter's page names the chapters alone.
    assert changed(book) == sorted(french - {"fr/sea/index.html"})


def test_outputs_change_the_pages_that_show_them(book: Path) -> None:
    save_outputs(book, lambda program, _: [stream(f"{program.tab}\n")], but=("harbour/tides",))
    pages = {path for path in changed(book) if path.endswith(".html")}
    languages = [f"{language}/harbour/" for language in LANGUAGES]
    assert pages == {f"{each}{name}.html" for each in languages for name in ("outputs", "stale")}


def test_image_that_appears_is_shown_and_one_that_goes_is_reported(
    book: Path,
) -> None:
    (book / "sea" / "index.tr.md").write_text("# Deniz\n\n![Yelken](sail.svg)\n", encoding="utf-8")
    _, found = build(book)
    assert [str(each) for each in found] == [
        f"{book}/sea/index.tr.md:3: warning: “sail.svg” leads to no page and no file.\n"
        "  A path is relative to the page; a page is named without its language."
    ]
    (book / "sea" / "sail.svg").write_text("<svg/>")
    report, found = build(book)
    assert found == []
    assert "_files/sea/sail.svg" in report.changed
    (image,) = page(book, "tr/sea/index.html").all("img")
    assert image.get("src") == "../../_files/sea/sail.svg"
    (book / "sea" / "sail.svg").unlink()
    report, found = build(book)
    assert len(found) == 1
    assert "_files/sea/sail.svg" in report.changed
    assert not (report.folder / "_files" / "sea" / "sail.svg").exists()


def test_image_with_other_content_is_the_only_change(book: Path) -> None:
    edit(book / "img" / "tower.svg", "#c44", "#4c4")
    assert changed(book) == ["_files/img/tower.svg"]


def test_page_that_disappears_goes_with_what_only_it_showed(book: Path) -> None:
    for language in ("tr",):
        (book / "harbour" / f"outputs.{language}.md").unlink()
    for file in book.glob("harbour/*.md"):
        if "outputs" in file.read_text(encoding="utf-8"):
            text = file.read_text(encoding="utf-8")
            file.write_text(text.replace("outputs\n", "").replace("(outputs.md)", "(index.md)"))
    build(book)
    there = content(book / "build" / "html")
    assert not [path for path in there if "outputs" in path]
    assert [path for path in there if path.startswith("_files/")] == ["_files/img/tower.svg"]


def test_page_that_is_translated_loses_its_notice_even_with_the_same_words(book: Path) -> None:
    assert page(book, "fr/harbour/stale.html").all("article", lang="tr")
    text = (book / "harbour" / "stale.tr.md").read_text(encoding="utf-8")
    (book / "harbour" / "stale.fr.md").write_text(text, encoding="utf-8")
    build(book)
    after = page(book, "fr/harbour/stale.html")
    assert after.all("article")[0].get("lang") is None
    assert not after.all("meta", name="robots")


def test_tabs_of_a_language_in_another_order(book: Path) -> None:
    def order(path: str) -> list[str]:
        return [each.get("data-tab") for each in page(book, path).all("button", role="tab")[:3]]

    assert order("fr/harbour/tides.html") == ["jax", "mxnet", "pytorch"]
    assert order("ja/harbour/tides.html") == ["mxnet", "pytorch", "jax"]
    (script,) = page(book, "fr/harbour/tides.html").all("script", src="../../_static/choice.js")
    assert script.get("data-tabs") == "jax mxnet pytorch"
    edit(book / "config.ini", "tabs = jax, mxnet, pytorch", "tabs = pytorch, jax, mxnet")
    assert all(path.startswith("fr/") for path in changed(book))
    assert order("fr/harbour/tides.html") == ["pytorch", "jax", "mxnet"]


def test_icon_and_logo_stay_in_a_site_that_does_not_change(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": """
                [project]
                lang = tr
                [build]
                output_dir = build
                [html]
                favicon = static/icon.svg
                html_logo = static/logo.svg
            """,
            "index.md": "# Deniz\n",
            "static/icon.svg": "<svg/>",
            "static/logo.svg": "<svg/>",
        }
    )
    build(root)
    before = content(root / "build" / "html")
    assert {"_files/static/icon.svg", "_files/static/logo.svg"} <= set(before)
    assert changed(root) == []
    assert content(root / "build" / "html") == before
    (icon,) = page(root, "index.html").all("link", rel="icon")
    assert icon.get("href") == "_files/static/icon.svg"


def test_icon_that_does_not_exist_is_reported_and_appears_when_it_does(
    make_book: MakeBook,
) -> None:
    root = make_book(
        {
            "config.ini": "[build]\noutput_dir = build\n[html]\nfavicon = icon.svg\n",
            "index.md": "# Deniz\n",
        }
    )
    _, found = build(root)
    assert [each.message for each in found] == ["[html] favicon: there is no file “icon.svg”."]
    (root / "icon.svg").write_text("<svg/>")
    _, found = build(root)
    assert found == []
    (icon,) = page(root, "index.html").all("link", rel="icon")
    assert icon.get("href") == "_files/icon.svg"


def test_formula_that_pandoc_does_not_know_is_reported_by_every_build(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": "[build]\noutput_dir = build\n",
            "index.md": "# Deniz\n\nBurada $a < \\nosuch{b}$ var, $a < \\nosuch{b}$ yok.\n",
        }
    )
    for _ in range(2):
        _, found = build(root)
        assert [(each.location.line, each.message) for each in found] == [
            (3, "The formula “a < \\nosuch{b}” is shown as TeX.")
        ]


# ---------------------------------------------------------------- a part is built


def test_building_some_languages_keeps_the_others_and_what_they_share(book: Path) -> None:
    before = state(book / "build" / "html")
    edit(book / "harbour" / "tides.tr.md", "Su günde", "Deniz günde")
    edit(book / "harbour" / "tides.fr.md", "L'eau monte", "La mer monte")
    report, _ = build(book, languages=["fr"])
    assert list(report.changed) == ["fr/harbour/tides.html"]
    after = state(book / "build" / "html")
    others = {path for path in before if not path.startswith("_search/fr/")}
    assert {path for path in after if not path.startswith("_search/fr/")} == others
    assert {path for path in others if after[path] != before[path]} == {"fr/harbour/tides.html"}


def test_start_page_lists_all_languages_whichever_were_built(book: Path) -> None:
    (book / "build" / "html" / "index.html").unlink()
    build(book, languages=["ja"])
    links = page(book, "index.html").all("a")
    assert [each.get("hreflang") for each in links] == list(LANGUAGES)


def test_building_some_tabs_shows_these_alone(book: Path) -> None:
    build(book, tabs=["jax", "pytorch"])
    tides = page(book, "tr/harbour/tides.html")
    assert {each.get("data-tab") for each in tides.all("button", role="tab")} == {"pytorch", "jax"}
    assert "MXNet" not in tides.text
    build(book, tabs=["jax"])
    tides = page(book, "tr/harbour/tides.html")
    assert tides.all("button", role="tab") == []
    assert "height" in tides.text


# ---------------------------------------------------------------- what pages say of themselves


def test_page_that_is_not_translated_says_so_in_the_language_of_its_reader(book: Path) -> None:
    ja = page(book, "ja/harbour/outputs.html")
    assert ja.all("html")[0].get("lang") == "ja"
    (article,) = ja.all("article")
    assert (article.get("lang"), article.get("dir")) == ("tr", "ltr")
    (notice,) = ja.all("p", role="note")
    assert text_of(notice) == "このページはまだ翻訳されていません。"
    assert [each.get("content") for each in ja.all("meta", name="robots")] == ["noindex"]
    assert "Şekil 1.2.1" in ja.visible_text()  # the words of captions are the text's
    assert "図" not in ja.visible_text()


def test_translated_page_says_nothing_of_the_kind(book: Path) -> None:
    tr = page(book, "tr/harbour/outputs.html")
    assert tr.all("article")[0].get("lang") is None
    assert tr.all("p", role="note") == []
    assert tr.all("meta", name="robots") == []


def test_page_without_fresh_outputs_names_the_frameworks_without_them(book: Path) -> None:
    (notice,) = page(book, "tr/harbour/stale.html").all("p", role="note")
    assert text_of(notice).endswith("PyTorch ve JAX.")
    assert page(book, "tr/harbour/tides.html").all("p", role="note") == []
    edit(book / "harbour" / "tides.tr.md", "moor('mxnet')", "moor('mxnet', twice=True)")
    build(book)
    (notice,) = page(book, "tr/harbour/tides.html").all("p", role="note")
    assert text_of(notice).endswith("MXNet.")
    assert page(book, "ja/harbour/tides.html").all("p", role="note") == []


def test_code_without_fresh_outputs_stands_in_the_page_all_the_same(book: Path) -> None:
    assert "never run" in page(book, "tr/harbour/stale.html").text


def test_outputs_stand_below_their_cells(book: Path) -> None:
    tides = page(book, "tr/harbour/tides.html")
    for cell in [each for each in tides.all("div") if each.get("class") == "cell"]:
        shown = [text_of(each) for each in cell if "output" in (each.get("class") or "")]
        code = text_of(cell[0])
        assert shown == (["7.0 m"] if "tide" in code else ["all hands"] if "every" in code else [])


# ---------------------------------------------------------------- other books


def test_book_of_one_language_has_no_folder_for_it(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": "[project]\nlang = ja\n[build]\noutput_dir = build\n",
            "index.md": "# 海\n\n```toc\n:numbered:\n\nsea/index\n```\n",
            "sea/index.md": "# 潮\n\n[始め](../index.md)\n\n```toc\nwaves\n```\n",
            "sea/waves.md": "# 波\n",
            "sea/draft.md": "# 下書き\n",
        }
    )
    build(root)
    pages = site_pages(root / "build" / "html")
    assert set(pages) == {
        f"{name}.html" for name in ("404", "index", "sea/index", "sea/waves", "sea/draft")
    }
    index = pages["index.html"]
    assert index.all("html")[0].get("lang") == "ja"
    assert [text_of(each) for each in index.all("title")] == ["海 · 海"]
    assert ("sea/index.html", "") in set(index.links())
    own = [page for path, page in pages.items() if path != "404.html"]
    assert not [each for page in own for each in page.all("a") if each.get("hreflang")]
    neighbours = {
        path: [each.get("href") for each in page.all("a") if each.get("rel") in ("prev", "next")]
        for path, page in pages.items()
        if path != "404.html"
    }
    assert neighbours == {
        "index.html": ["sea/index.html"],
        "sea/index.html": ["../index.html", "waves.html"],
        "sea/waves.html": ["index.html"],
        "sea/draft.html": [],
    }


def test_contents_at_the_side_open_only_the_chapter_of_the_page(make_book: MakeBook) -> None:
    chapters = {
        f"c{chapter}/{name}.md": f"# {chapter}-{name}\n"
        for chapter in range(3)
        for name in ("index", "a", "b")
    }
    root = make_book({"config.ini": "[build]\noutput_dir = build\n", **chapters})
    build(root)

    def listed(path: str) -> list[str]:
        (nav,) = [each for each in page(root, path).all("nav") if each.get("class") == "contents"]
        return [text_of(each).partition(" ")[2] for each in nav.iter("a")]

    assert listed("c1/a.html") == ["0-index", "1-index", "1-a", "1-b", "2-index"]
    assert listed("c2/index.html") == ["0-index", "1-index", "2-index", "2-a", "2-b"]
    # The start page has nothing at the side: it is the table of contents.
    assert [each.get("class") for each in page(root, "index.html").all("nav")] == []
    (outline,) = page(root, "index.html").all("div", class_="outline")
    assert len(list(outline.iter("a"))) == 9


def test_book_without_tabs_shows_its_code_plainly(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": "[build]\noutput_dir = build\n",
            "index.md": "# Deniz\n\n```{.python .input}\nprint(1)\n```\n\nSon.\n",
        }
    )
    save_outputs(root, lambda *_: [stream("1\n")])
    build(root)
    index = page(root, "index.html")
    assert [text_of(each) for each in index.all("pre")] == ["print(1)", "1"]
    assert index.all("button", role="tab") == []


HOSTILE: dict[str, Callable[[], dict[str, str]]] = {
    "titles": lambda: {
        "config.ini": "[project]\ntitle = <b>&\"'\nauthor = <i>\ncopyright = <script>x</script>\n"
        "[build]\noutput_dir = build\ntabs = a\n[framework-a]\ntitle = <A&>\n",
        "index.md": "# A < B & `<script>`\n\n```{.python .input}\n%%tab a\n1 < 2\n```\n",
    },
    "file names": lambda: {
        "config.ini": "[build]\noutput_dir = build\n",
        "a b/ç&d.md": '# T\n\n[u](u%3Fv.md) ![w](<x "y.svg>)\n',
        "a b/u?v.md": "# U\n\n[t](<ç&d.md>)\n",
        'a b/x "y.svg': "<svg/>",
    },
}


@pytest.mark.parametrize("files", HOSTILE.values(), ids=HOSTILE)
def test_whatever_it_is_called_it_is_written_as_text(
    make_book: MakeBook, files: Callable[[], dict[str, str]]
) -> None:
    root = make_book(files())
    save_outputs(root, lambda *_: [display(text_plain="<True>")])
    report, found = build(root)
    assert found == []
    pages = site_pages(report.folder)
    for each in pages.values():
        assert each.errors == []
        assert [script.get("src") for script in each.all("script") if not script.get("src")] == []
        assert not each.all("b")
        for path, anchor in each.links():
            assert (report.folder / path).is_file(), path
            assert not anchor or anchor in pages[path].ids
