"""Several books as one: each keeps what is its own, and the rest is as in any book."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from polybook.book import Book, read_book
from polybook.config import Config, read_config
from polybook.errors import ConfigError
from tests.conftest import MakeBook, RunPolybook
from tests.document.books import Documented
from tests.shelf import CONFIG, FILES
from tests.test_book import outline

LAYOUT = "[languages]\ntr = T\nvi = V\n[build]\npage_layout = {lang}/{page}.md\n"


@pytest.fixture
def root(make_book: MakeBook) -> Path:
    return make_book(FILES)


def config_of(make_book: MakeBook, files: Mapping[str, str]) -> Config:
    return read_config(make_book(files))


# ---------------------------------------------------------------- settings


def test_config_of_a_folder_is_its_languages(root: Path) -> None:
    config = read_config(root)
    turkish, vietnamese, french = map(config.localised, ("tr", "vi", "fr"))
    titles = [each.project.title for each in (turkish, vietnamese, french)]
    assert titles == ["Liman", "Bến cảng", ""]
    assert (turkish.project.author, french.project.author) == ("Deniz", "Élodie")
    assert turkish.build.exclusions == ("README.md", "*/*_origin.md")
    assert config.build.exclusions == ()
    assert config.diagnostics == ()


def test_paths_in_a_folders_config_are_relative_to_it(root: Path) -> None:
    config = read_config(root).localised("tr")
    assert (config.html.html_logo, config.pdf.bibfile) == ("tr/img/logo.svg", "tr/works.bib")
    assert config.build.resources == ("tr/data",)
    assert config.libraries["library-sail"]["lib_file"] == "tr/crew/sail.py"
    assert config.root == root.resolve()


def test_paths_are_those_of_the_folder_below_the_folder_of_the_pages(make_book: MakeBook) -> None:
    outer = LAYOUT.replace("[build]", "[build]\nsource_dir = text")
    inner = """
        [html]
        favicon = /icon.svg
        html_logo = ../logo.svg
        [build]
        resources = data ../shared
        tabs = sail
        [framework-sail]
        requirements = sail.txt
        """
    files = {"config.ini": outer, "text/vi/config.ini": inner, "text/vi/index.md": ""}
    config = config_of(make_book, files).localised("vi")
    assert (config.html.favicon, config.html.html_logo) == ("/icon.svg", "text/logo.svg")
    assert config.build.resources == ("vi/data", "shared")
    assert config.framework("sail").requirements == "text/vi/sail.txt"


def test_paths_of_the_whole_book_are_looked_up_in_the_folder_first(make_book: MakeBook) -> None:
    outer = f"""{LAYOUT}tabs = sail
resources = data/ ../secret
[html]
html_logo = img/logo.svg
favicon = img/icon.svg
[pdf]
bibfile = works.bib
[framework-sail]
requirements = sail.txt
[library-sail]
lib_file = crew.py
"""
    files = dict.fromkeys(("data/a", "vi/data/b", "vi/img/logo.svg", "img/icon.svg", "crew.py"), "")
    files |= {"vi/works.bib": "", "vi/sail.txt": "", "vi/crew.py": "", "vi/a.md": "", "tr/a.md": ""}
    config = config_of(make_book, {"config.ini": outer, **files})
    turkish, vietnamese = config.localised("tr"), config.localised("vi")
    assert (turkish.html.html_logo, turkish.pdf.bibfile) == ("img/logo.svg", "works.bib")
    assert (vietnamese.html.html_logo, vietnamese.pdf.bibfile) == (
        "vi/img/logo.svg",
        "vi/works.bib",
    )
    assert vietnamese.html.favicon == "img/icon.svg"
    assert vietnamese.framework("sail").requirements == "vi/sail.txt"
    assert vietnamese.libraries["library-sail"]["lib_file"] == "vi/crew.py"
    # Of several, those of the whole book are there, too, and the language's go before them.
    assert vietnamese.build.resources == ("data/", "../secret", "vi/data")
    assert turkish.build.resources == ("data/", "../secret")


def test_what_is_said_of_one_language_goes_before_what_is_said_of_all(make_book: MakeBook) -> None:
    outer = (
        f"{LAYOUT}[project]\ntitle = All\nauthor = All\nrelease = 1\n[project-tr]\ntitle = One\n"
    )
    inner = "[project]\ntitle = Own\nauthor = Own\n"
    files = {"config.ini": outer, "tr/config.ini": inner, "vi/index.md": "# V\n"}
    config = config_of(make_book, files)
    project = config.localised("tr").project
    assert (project.title, project.author, project.release) == ("One", "Own", "1")
    assert config.localised("vi").project.title == config.project.title == "All"


def test_tabs_are_those_of_all_folders_in_their_order(root: Path) -> None:
    config = read_config(root)
    assert config.tabs == ("sail", "oar", "net")
    shown = {code: config.localised(code).tabs for code in ("tr", "vi", "fr")}
    assert shown == {"tr": ("sail", "oar"), "vi": ("oar", "sail", "net"), "fr": config.tabs}


def test_tabs_of_the_whole_book_leave_out_others(make_book: MakeBook) -> None:
    files = {**FILES, "config.ini": CONFIG.replace("[build]", "[build]\n    tabs = net, oar")}
    config = config_of(make_book, files)
    assert (config.tabs, config.localised("vi").tabs) == (("net", "oar"), ("oar", "net"))
    # Cells without a marker are still of the tab that the pages were written for.
    assert config.localised("vi").written_tabs == ("oar", "sail", "net")
    assert config.localised("tr").tabs == ("oar",)
    assert read_book(config).diagnostics == ()


def test_frameworks_of_a_folder_are_its_own(make_book: MakeBook) -> None:
    outer = f"{LAYOUT}tabs = sail\n[framework-sail]\ntitle = Sail\nenviron = A=1\n"
    inner = "[framework-sail]\nenviron = A=2\n"
    files = {"config.ini": outer, "vi/config.ini": inner, "tr/index.md": ""}
    config = config_of(make_book, files)
    assert config.localised("tr").framework("sail").environ == (("A", "1"),)
    assert config.localised("vi").framework("sail").environ == (("A", "2"),)
    assert config.localised("vi").framework("sail").title == "Sail"


def test_slips_in_a_folders_config_are_told_where_they_are(make_book: MakeBook) -> None:
    inner = """
        [project]
        titel = X
        [languages]
        de = Deutsch
        [build]
        source_dir = text
        output_dir = elsewhere
        warning_is_error = True
        """
    config = config_of(make_book, {"config.ini": LAYOUT, "vi/config.ini": inner, "tr/a.md": ""})
    path = config.root / "vi" / "config.ini"
    assert all(each.location.path == path for each in config.diagnostics)
    assert [(each.location.line, each.message) for each in config.diagnostics] == [
        (2, "Unknown key “titel” in [project]."),
        (3, "[languages] has no effect here."),
        (6, "source_dir has no effect here."),
    ]
    assert not config.localised("vi").build.warning_is_error
    assert config.output == config.root / "_build"


def test_wrong_value_in_a_folders_config_is_an_error_there(make_book: MakeBook) -> None:
    files = {"config.ini": LAYOUT, "vi/config.ini": "[build]\neval_notebook = maybe\n"}
    with pytest.raises(ConfigError) as caught:
        config_of(make_book, files)
    assert caught.value.location
    assert str(caught.value.location).endswith("vi/config.ini:2")


@pytest.mark.parametrize(
    ("layout", "home"),
    [
        ("{lang}/{page}.md", "vi"),
        ("book-{lang}/{page}.md", "book-vi"),
        ("books/{lang}/text/{page}.md", "books/vi"),
        ("{page}.{lang}.md", None),
        ("{lang}-{page}.md", None),
        ("{page}/{lang}.md", None),
    ],
)
def test_folder_of_a_language_is_where_the_layout_says(
    make_book: MakeBook, layout: str, home: str | None
) -> None:
    outer = LAYOUT.replace("{lang}/{page}.md", layout)
    inner = "[project]\ntitle = Own\n"
    folder = home or "vi"
    config = config_of(make_book, {"config.ini": outer, f"{folder}/config.ini": inner})
    assert config.home("vi") == (config.root / home if home else None)
    assert config.localised("vi").project.title == ("Own" if home else "")


def test_a_build_never_writes_into_a_languages_folder(make_book: MakeBook) -> None:
    with pytest.raises(ConfigError, match="holds the book itself"):
        config_of(make_book, {"config.ini": f"{LAYOUT}output_dir = vi\n", "vi/index.md": ""})


# ---------------------------------------------------------------- pages and their order


def pages(book: Book) -> dict[str, list[str]]:
    codes = [language.code for language in book.config.languages]
    return {code: list(book.pages_in(code)) for code in codes}


def test_each_language_has_the_pages_that_it_has_written_or_lists(root: Path) -> None:
    book = read_book(read_config(root))
    assert pages(book) == {
        "tr": ["index", "quay/index", "sea/index", "sea/lights", "sea/tides"],
        "vi": ["dock/index", "index", "sea/tides"],
        "fr": ["index", "sea/index", "sea/lights"],
    }
    assert book.source(book.pages["sea/lights"], "tr")[1] == "fr"


def test_each_language_is_read_in_its_own_order(root: Path) -> None:
    book = read_book(read_config(root))
    assert outline(book.contents("tr")) == [
        "sea/index",
        ["*sea/tides", "*sea/lights"],
        "quay/index",
    ]
    assert outline(book.contents("vi")) == ["dock/index", "sea/tides"]
    assert [page.name for page in book.order("fr")] == ["index", "sea/index", "sea/lights"]


def test_patterns_of_the_whole_book_choose_among_the_pages_of_each(make_book: MakeBook) -> None:
    chosen = CONFIG.replace("[build]", "[build]\n    notebooks = sea/*.md\n    exclusions = vi/*/*")
    book = read_book(config_of(make_book, {**FILES, "config.ini": chosen}))
    names = ["sea/index", "sea/lights", "sea/tides"]
    assert {name: list(page.sources) for name, page in book.pages.items()} == dict(
        zip(names, (["tr", "fr"], ["fr"], ["tr"]), strict=True)
    )
    (found,) = book.missing()
    assert found.message.startswith(f"No page in {book.root / 'vi'} matches")


def test_folder_without_contents_of_its_own_is_a_translation(make_book: MakeBook) -> None:
    files = {
        "config.ini": LAYOUT,
        "tr/index.md": "# T\n\n```toc\nb\na\n```\n",
        "tr/a.md": "# A",
        "tr/b.md": "# B",
        "vi/index.md": "# V\n\nNothing is listed.\n",
        "vi/a.md": "# A",
        "vi/c.md": "# C",
    }
    book = read_book(config_of(make_book, files))
    assert pages(book)["vi"] == ["a", "b", "c", "index"]
    assert outline(book.contents("vi")) == ["*b", "*a"]
    assert pages(book)["tr"] == ["a", "b", "index"]


def test_languages_side_by_side_have_all_pages_whatever_each_lists(make_book: MakeBook) -> None:
    files = {
        "config.ini": "[languages]\ntr = T\nvi = V\n",
        "index.tr.md": "```toc\na\n```\n",
        "index.vi.md": "```toc\nb\n```\n",
        "a.tr.md": "",
        "b.vi.md": "",
    }
    book = read_book(config_of(make_book, files))
    assert pages(book) == {"tr": ["a", "b", "index"], "vi": ["a", "b", "index"]}
    assert outline(book.contents("vi")) == ["*a"]


def test_book_whose_folder_holds_a_config_alone_is_reported(make_book: MakeBook) -> None:
    files = {"config.ini": LAYOUT, "tr/a.md": "# A", "vi/config.ini": "[build]\nnotebooks = x/*.md"}
    book = read_book(config_of(make_book, files))
    assert pages(book)["vi"] == []
    assert [each.message.endswith("matches “x/*.md”.") for each in book.missing()] == [True]


# ---------------------------------------------------------------- documents


def test_numbers_and_labels_are_each_books_own(root: Path) -> None:
    documents = Documented(root).documents
    assert documents.numbers("tr").pages == {
        "sea/index": "1",
        "sea/tides": "1.1",
        "sea/lights": "1.2",
        "quay/index": "2",
    }
    assert documents.numbers("vi").pages == {"dock/index": "1", "sea/tides": "2"}
    assert set(documents.numbers("vi").targets) == {"sec_dock", "sec_tides"}


def test_nothing_is_said_of_what_another_book_lacks(root: Path) -> None:
    book = Documented(root)
    for page in book.build.book.pages.values():
        for language in page.sources:
            assert book.said(page.name, language) == []
    assert list(book.build.diagnostics()) == []


def test_anchors_are_the_reference_books_where_headings_match(root: Path) -> None:
    book = Documented(root)
    assert book.anchors("sea/tides", "vi") == book.anchors("sea/tides", "tr") == ("sec_tides", "ay")


def test_pictures_and_works_are_each_books_own(root: Path) -> None:
    book = Documented(root)
    assert book.document("sea/tides", "tr").files == ("tr/img/moon.svg",)
    assert book.document("sea/tides", "vi").files == ("vi/img/moon.svg",)
    assert "bien" not in json.dumps(book.document("sea/tides", "tr").blocks)


def test_folders_may_be_links(make_book: MakeBook, tmp_path: Path) -> None:
    root = make_book(FILES)
    elsewhere = tmp_path / "elsewhere"
    (root / "vi").rename(elsewhere)
    (root / "vi").symlink_to(elsewhere, target_is_directory=True)
    book = Documented(root)
    assert book.document("sea/tides", "vi").files == ("vi/img/moon.svg",)
    assert book.said("sea/tides", "vi") == []
    assert book.build.fresh("sea/tides", "vi")["oar"][0].library.keys() == {
        "crew/__init__.py",
        "crew/oar.py",
    }


def test_missing_bibliography_is_one_error(make_book: MakeBook) -> None:
    files = {name: text for name, text in FILES.items() if name != "vi/old.bib"}
    book = Documented(make_book(files))
    (found,) = book.build.diagnostics()
    assert str(found.location).endswith("vi/config.ini")
    assert found.message == "[pdf] bibfile: there is no file “vi/old.bib”."
    assert book.said("sea/tides", "vi") == []


def test_page_from_another_book_cites_that_books_works(make_book: MakeBook) -> None:
    cited = "# Phares\n\nVoir :cite:`phare`.\n"
    files = {
        **FILES,
        "fr/sea/lights.md": cited,
        "fr/config.ini": "[pdf]\nbibfile = fr.bib\n",
        "fr/fr.bib": "@book{phare, author = {Roux}, title = {Phares}, year = 1900}\n",
    }
    blocks = Documented(make_book(files)).document("sea/lights", "tr").blocks
    assert "Roux" in json.dumps(blocks)


# ---------------------------------------------------------------- programs


def test_each_books_code_is_its_own(root: Path) -> None:
    build = Documented(root).build
    turkish, vietnamese = (build.fresh("sea/tides", code) for code in ("tr", "vi"))
    assert {tab: len(program.cells) for tab, (program, _) in turkish.items()} == {
        "sail": 1,
        "oar": 1,
    }
    assert {tab: len(program.cells) for tab, (program, _) in vietnamese.items()} == {
        "oar": 1,
        "net": 1,
    }
    assert "math.sqrt(4)" in turkish["sail"][0].cells[0].code
    assert set(turkish["sail"][0].library) == {"crew/__init__.py", "crew/sail.py"}
    assert set(vietnamese["oar"][0].library) == {"crew/__init__.py", "crew/oar.py"}


def test_programs_run_beside_their_own_books_files(root: Path, polybook: RunPolybook) -> None:
    result = polybook("run", "-C", root, "--page", "sea/tides")
    assert result.returncode == 0, result.stderr
    assert result.stdout == "4 of 4 programs ran.\n"
    saved = {path.name: printed(path) for path in (root / "outputs/sea/tides").iterdir()}
    assert saved == {
        "sail.ipynb": "3 2.0 7 kulaç\n",
        "oar.ipynb": "kürek\n",
        "oar.vi.ipynb": "8 9 sải\n",
        "net.vi.ipynb": "lưới\n",
    }
    assert not (root / "tr" / "outputs").exists()
    assert polybook("run", "-C", root, "--page", "sea/tides").stdout.startswith("Nothing to run")


def printed(path: Path) -> str:
    (cell,) = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "".join("".join(output["text"]) for output in cell["outputs"])


def test_the_same_program_in_two_books_runs_once(make_book: MakeBook) -> None:
    files = {
        "config.ini": LAYOUT,
        "tr/config.ini": "[build]\ntabs = sail\n",
        "vi/config.ini": "[build]\ntabs = sail\n",
    }
    page = "# P\n\n```{.python .input}\nimport crew\n```\n"
    files |= {f"{code}/a.md": page for code in ("tr", "vi")}
    files |= {f"{code}/b.md": page for code in ("tr", "vi")}
    files |= {f"{code}/crew.py": "n = 1\n" for code in ("tr", "vi")}
    root = make_book(files)
    assert len(Documented(root).build.programs()) == 2
    (root / "vi/crew.py").write_text("n = 2\n")
    assert len(Documented(root).build.programs()) == 4


def test_library_beside_the_whole_book_serves_all(make_book: MakeBook) -> None:
    page = "# P\n\n```{.python .input}\nimport crew\n```\n"
    files = {"config.ini": f"{LAYOUT}tabs = sail\n", "tr/a.md": page, "vi/a.md": page}
    files |= {"crew.py": "n = 1\n", "vi/crew.py": "n = 2\n"}
    build = Documented(make_book(files)).build
    digests = [build.fresh("a", code)["sail"][0].library["crew.py"] for code in ("tr", "vi")]
    assert digests[0] != digests[1]


def test_book_that_is_not_to_be_run_is_not(make_book: MakeBook, polybook: RunPolybook) -> None:
    files = {
        "config.ini": LAYOUT,
        "tr/config.ini": "[build]\ntabs = sail\n",
        "vi/config.ini": "[build]\ntabs = sail\neval_notebook = False\n",
        "tr/a.md": "# A\n\n```{.python .input}\n1\n```\n",
        "vi/a.md": "# A\n\n```{.python .input}\n1 / 0\n```\n",
    }
    result = polybook("build", "html", "-C", make_book(files))
    assert (result.returncode, result.stdout.splitlines()[0]) == (0, "1 of 1 program ran.")


def test_each_book_has_its_own_library_written(make_book: MakeBook, polybook: RunPolybook) -> None:
    save = "# A\n\n```{{.python .input}}\nn = {}  #@save\n```\n"
    files = {
        "config.ini": LAYOUT,
        "tr/config.ini": "[build]\ntabs = sail\n[library-sail]\nlib_file = crew.py\n",
        "vi/config.ini": "[build]\ntabs = oar\n[library-oar]\nlib_file = lib/oar.py\n",
        "tr/a.md": save.format(1),
        "vi/a.md": save.format(2),
    }
    root = make_book(files)
    assert polybook("build", "lib", "-C", root).returncode == 0
    assert (root / "tr/crew.py").read_text().endswith("n = 1\n")
    assert (root / "vi/lib/oar.py").read_text().endswith("n = 2\n")


# ---------------------------------------------------------------- the site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the shelf once, without running anything, and return the site's folder."""
    from polybook.build import Build  # noqa: PLC0415
    from tests.conftest import write_files  # noqa: PLC0415

    root = write_files(tmp_path_factory.mktemp("shelf"), FILES)
    report, found = Build(read_config(root), (), ()).html()
    assert found == []
    return report.folder


def page(site: Path, name: str) -> str:
    return (site / f"{name}.html").read_text(encoding="utf-8")


def test_site_holds_each_languages_own_pages(site: Path) -> None:
    made = sorted(path.relative_to(site).as_posix() for path in site.glob("??/**/*.html"))
    assert made == [
        "fr/index.html",
        "fr/sea/index.html",
        "fr/sea/lights.html",
        "tr/index.html",
        "tr/quay/index.html",
        "tr/sea/index.html",
        "tr/sea/lights.html",
        "tr/sea/tides.html",
        "vi/dock/index.html",
        "vi/index.html",
        "vi/sea/tides.html",
    ]


def test_menu_leads_to_the_same_page_or_else_to_the_start_page(site: Path) -> None:
    assert menu(page(site, "tr/sea/tides")) == {
        "tr": "tides.html",
        "vi": "../../vi/sea/tides.html",
        "fr": "../../fr/index.html",
    }
    assert menu(page(site, "vi/dock/index"))["tr"] == "../../tr/index.html"
    assert 'Français <small lang="tr">Ana sayfa</small>' in page(site, "tr/sea/tides")
    assert re.findall(r'<a rel="alternate"[^>]*hreflang="(..)"', page(site, "tr/sea/tides")) == [
        "tr",
        "vi",
    ]


def menu(html: str) -> dict[str, str]:
    (found,) = re.findall(r'<details class="languages menu".*?</details>', html, re.DOTALL)
    links = re.findall(r'href="([^"]*)" hreflang="(..)"', found)
    return {code: address for address, code in links}


def test_search_engines_are_told_of_what_each_language_has_written(site: Path) -> None:
    def told(name: str) -> list[str]:
        return re.findall(r'<link rel="alternate" hreflang="(..)"', page(site, name))

    assert told("tr/index") == ["tr", "vi", "fr"]
    assert told("tr/sea/tides") == ["tr", "vi"]
    assert told("vi/dock/index") == ["vi"]
    assert told("tr/sea/lights") == ["fr"]


def test_page_that_a_book_lists_but_lacks_is_marked_as_not_translated(site: Path) -> None:
    html = page(site, "tr/sea/lights")
    assert "noindex" in html
    assert '<article lang="fr"' in html


def test_link_to_a_page_of_another_book_leads_there(site: Path) -> None:
    assert 'href="../../tr/quay/index.html"' in page(site, "vi/sea/tides")
    assert 'href="../dock/index.html"' in page(site, "vi/sea/tides")


def test_outline_and_turning_are_each_books_own(site: Path) -> None:
    html = page(site, "vi/sea/tides")
    outline = re.search(r'<nav class="contents".*?</nav>', html, re.DOTALL)
    assert outline
    assert re.findall(r'href="([^"]*)"', outline[0]) == ["../dock/index.html", "tides.html", "#ay"]
    assert 'rel="prev" href="../dock/index.html"' in html
    assert 'rel="next"' not in html


def test_titles_and_logos_are_each_books_own(site: Path) -> None:
    assert "<title>Gelgit · Liman</title>" in page(site, "tr/sea/tides")
    assert "<title>Thủy triều · Bến cảng</title>" in page(site, "vi/sea/tides")
    assert "_files/tr/img/logo.svg" in page(site, "tr/index")
    assert "logo" not in page(site, "vi/index")
    assert all(title in page(site, "index") for title in ("Liman", "Bến cảng", "Port"))


def test_start_page_has_the_title_of_the_whole_book(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    titled = CONFIG.replace("name = harbour", "name = harbour\n    title = Ports")
    root = make_book({**FILES, "config.ini": titled})
    assert polybook("build", "html", "--no-run", "-C", root).returncode == 0
    assert "<h1>Ports</h1>" in page(root / "build/html", "index")
    assert "· Liman</title>" in page(root / "build/html", "tr/sea/tides")
    assert "· Ports</title>" in page(root / "build/html", "fr/sea/lights")


def test_one_language_alone_has_no_broken_link(make_book: MakeBook, polybook: RunPolybook) -> None:
    root = make_book(FILES)
    result = polybook("build", "html", "--no-run", "--lang", "vi", "-C", root)
    assert (result.returncode, result.stderr) == (0, "")
    tides = (root / "build/html/vi/sea/tides.html").read_text(encoding="utf-8")
    assert "../../tr" not in tides


def test_second_build_changes_nothing(make_book: MakeBook, polybook: RunPolybook) -> None:
    root = make_book(FILES)
    polybook("build", "html", "--no-run", "-C", root)
    result = polybook("build", "html", "--no-run", "-C", root)
    assert (result.returncode, result.stderr) == (0, "")
    assert "11 pages, nothing changed" in result.stdout
