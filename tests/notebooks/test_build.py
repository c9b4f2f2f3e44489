"""The folder of notebooks: what is in it, that it is whole, and what a second build changes."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from tests.conftest import MakeBook
from tests.html.sites import LANGUAGES, TABS, copy_book, save_outputs, stream
from tests.html.test_build import edit
from tests.notebooks.books import (
    build,
    cells,
    code,
    links,
    notebook,
    outputs,
    read,
    rewritten,
    texts,
    written,
)

BARE = "without-outputs"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """The book of the site's tests, its notebooks built once already."""
    root = copy_book(tmp_path / "book")
    build(root)
    return root


def built(root: Path) -> dict[str, bytes]:
    return written(root / "build" / "notebooks")


# ---------------------------------------------------------------- what there is


def test_each_language_and_tab_has_a_folder_with_the_notebooks_that_it_has_code_or_text_for(
    book: Path,
) -> None:
    there = built(book)
    for language in LANGUAGES:
        for tab in TABS:
            start = f"{language}/{tab}/"
            names = {name.removeprefix(start) for name in there if name.startswith(start)}
            assert names == {
                "index.ipynb",
                "harbour/index.ipynb",
                "harbour/tides.ipynb",
                "sea/index.ipynb",
                "img/tower.svg",
                "harbour/outputs.ipynb" if tab == "mxnet" else "harbour/stale.ipynb",
            }
            assert f"book-{language}-{tab}.zip" in there
    whole = {name for name in there if not name.startswith(f"{BARE}/") and "/" in name}
    assert {name.removeprefix(f"{BARE}/") for name in there if name.startswith(BARE)} == whole


def test_book_of_one_language_has_no_folder_for_it(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": "[project]\nname = sea\n[build]\noutput_dir = build\ntabs = a, b\n",
            "index.md": "# Sea\n\n```{.python .input}\n#@tab a\n1\n```\n",
            "boats/page.md": "# Boats\n\nNo code.\n",
        }
    )
    report = build(root)
    assert report.notebooks == 3
    names = ["a/boats/page.ipynb", "a/index.ipynb", "b/boats/page.ipynb"]
    assert [name for name in built(root) if not name.endswith(".zip")] == [
        *names,
        *(f"{BARE}/{name}" for name in names),
    ]
    assert [name for name in built(root) if name.endswith(".zip")] == ["sea-a.zip", "sea-b.zip"]


def test_book_without_tabs_has_notebooks_all_the_same(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": "[build]\noutput_dir = build\n",
            "index.md": "# Sea\n\n```{.python .input}\n1\n```\n",
        }
    )
    build(root)
    assert cells(notebook(root, "python/index")) == [("markdown", "# Sea"), ("code", "1")]


def test_every_notebook_is_valid_and_laid_out_as_jupyter_does(book: Path) -> None:
    found = sorted((book / "build" / "notebooks").rglob("*.ipynb"))
    assert len(found) == 2 * 4 * 3 * 5
    for path in found:
        read(path)
        text = path.read_text(encoding="utf-8")
        if "image/png" not in text:  # which Jupyter puts into a list of one line
            assert rewritten(text) == text


def test_every_link_leads_to_a_place_in_a_notebook_or_to_a_file_beside_them(book: Path) -> None:
    folder = book / "build" / "notebooks"
    found = list(links(folder))
    assert {link.file.suffix for link in found} == {".ipynb", ".svg"}
    for link in found:
        inside = folder / link.source.relative_to(folder).parts[0]
        assert link.file.is_file(), link
        assert link.file.is_relative_to(inside.resolve()), link
        if link.anchor:
            assert f'<a id="{link.anchor}"></a>' in texts(read(link.file)), link


def test_reference_to_what_another_tab_shows_is_words_alone(book: Path) -> None:
    assert "[(1.1.2)](#eq_height)" in texts(notebook(book, "fr/mxnet/harbour/tides"))
    assert "par (1.1.2)." in texts(notebook(book, "fr/jax/harbour/tides"))


def test_page_of_text_for_one_framework_alone_is_everybodys(make_book: MakeBook) -> None:
    text = ":begin_tab:`a`\n## Reefs\n:label:`sec_reefs`\n:end_tab:\n"
    root = make_book(
        {
            "config.ini": "[build]\noutput_dir = build\ntabs = a, b\n",
            "index.md": f"# Sea\n\n:ref:`sec_reefs`\n\n{text}",
        }
    )
    build(root)
    for tab in ("a", "b"):
        assert "[Reefs](#sec_reefs)" in texts(notebook(root, f"{tab}/index"))
        assert '<a id="sec_reefs"></a>' in texts(notebook(root, f"{tab}/index"))


def test_archive_is_the_folder_with_outputs(book: Path) -> None:
    there = built(book)
    with zipfile.ZipFile(BytesIO(there["book-fr-jax.zip"])) as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
    start = "fr/jax/"
    assert packed == {
        f"book-fr-jax/{name.removeprefix(start)}": content
        for name, content in there.items()
        if name.startswith(start)
    }


def test_what_programs_see_lies_beside_the_notebooks_too(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": """
                [languages]
                tr = Türkçe
                [build]
                page_layout = {lang}/{page}.md
                output_dir = build
                tabs = a
                resources = data setup.py
                """,
            "tr/index.md": "# Deniz\n\n![Yelken](sail.svg) ![Kule](tower.svg)\n",
            "tr/sail.svg": "<svg/>",
            "tower.svg": "<svg/>",
            "data/tides.csv": "1,2\n",
            "data/.hidden": "",
            "setup.py": "pass\n",
        }
    )
    build(root)
    start = "tr/a/"
    assert {name.removeprefix(start) for name in built(root) if name.startswith(start)} == {
        "index.ipynb",
        "sail.svg",
        "tower.svg",
        "data/tides.csv",
        "setup.py",
    }
    assert "](sail.svg)" in texts(notebook(root, "tr/a/index"))


def test_text_that_is_no_page_goes_beside_the_notebooks(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": """
                [build]
                output_dir = build
                tabs = a
                non-notebooks = notes/*.md
                exclusions = notes/draft.md
                """,
            "index.md": "# Sea\n\n[Notes](notes/crew.md)\n",
            "notes/crew.md": "# Crew\n",
            "notes/draft.md": "# Draft\n",
        }
    )
    build(root)
    assert {name for name in built(root) if name.startswith("a/")} == {
        "a/index.ipynb",
        "a/notes/crew.md",
    }
    assert "[Notes](notes/crew.md)" in texts(notebook(root, "a/index"))


def test_languages_own_figure_does_not_take_the_place_of_the_one_that_all_share(
    make_book: MakeBook,
) -> None:
    root = make_book(
        {
            "config.ini": """
                [languages]
                tr = Türkçe
                [build]
                page_layout = {lang}/{page}.md
                output_dir = build
                tabs = a
                """,
            "tr/index.md": "# Deniz\n\n![K](img/sail.svg) ![O](../img/sail.svg)\n",
            "tr/img/sail.svg": "<svg>own</svg>",
            "img/sail.svg": "<svg>shared</svg>",
        }
    )
    build(root)
    there = built(root)
    assert there["tr/a/img/sail.svg"] == b"<svg>own</svg>"
    assert there["tr/a/_files/img/sail.svg"] == b"<svg>shared</svg>"
    assert "![K](img/sail.svg) ![O](_files/img/sail.svg)" in texts(notebook(root, "tr/a/index"))


def test_figure_from_beside_the_pages_folder_is_there(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": "[build]\noutput_dir = build\nsource_dir = pages\ntabs = a\n",
            "pages/index.md": "# Sea\n\n![T](../img/tower.svg) ![S](img/sail.svg)\n",
            "pages/img/sail.svg": "<svg/>",
            "img/tower.svg": "<svg/>",
        }
    )
    build(root)
    assert {"a/_files/img/tower.svg", "a/img/sail.svg"} <= set(built(root))


def test_nothing_is_written_beside_the_pages(book: Path) -> None:
    assert sorted(path.name for path in book.iterdir()) == [
        "build",
        "config.ini",
        "harbour",
        "img",
        "outputs",
        "sea",
    ]


# ---------------------------------------------------------------- what notebooks say of themselves


def test_kernel_is_the_one_that_every_jupyter_has_under_the_name_of_the_framework(
    book: Path,
) -> None:
    metadata = notebook(book, "fr/pytorch/harbour/tides")["metadata"]
    assert metadata["kernelspec"] == {
        "name": "python3",
        "display_name": "PyTorch",
        "language": "python",
    }
    assert metadata["language_info"] == {"name": "python"}
    assert metadata["title"] == "Les marées et les quais"
    assert metadata["polybook"] == {
        "page": "harbour/tides",
        "language": "fr",
        "tab": "pytorch",
    }


def test_page_that_is_not_translated_says_so_in_the_language_of_its_reader(book: Path) -> None:
    ja = notebook(book, "ja/mxnet/harbour/outputs")
    assert cells(ja)[0] == ("markdown", "> このページはまだ翻訳されていません。")
    assert cells(ja)[1][1].startswith("# 1.2 Çıktılar ve her türlü geniş şey")
    assert ja["metadata"]["polybook"]["language"] == "tr"
    assert cells(notebook(book, "tr/mxnet/harbour/outputs"))[0][1].startswith("# ")


def test_contents_are_listed_where_the_book_has_no_root_page(book: Path) -> None:
    assert cells(notebook(book, "fr/mxnet/index")) == [
        (
            "markdown",
            "# Le port\n\n"
            "- [1. Entrer au port](harbour/index.ipynb)\n"
            "  - [1.1. Les marées et les quais](harbour/tides.ipynb)\n"
            "  - [1.2. Çıktılar ve her türlü geniş şey](harbour/outputs.ipynb)\n"
            "  - 1.3. Henüz çalışmamış\n"
            "- [2. Le large](sea/index.ipynb)",
        )
    ]


# ---------------------------------------------------------------- a second build


def test_built_again_nothing_is_written(book: Path) -> None:
    inode = (book / "build" / "notebooks").stat().st_ino
    before = built(book)
    assert build(book).changed == []
    assert built(book) == before
    assert (book / "build" / "notebooks").stat().st_ino == inode


def test_built_elsewhere_and_without_a_cache_it_is_the_same_to_the_byte(
    book: Path, tmp_path: Path
) -> None:
    other = copy_book(tmp_path / "elsewhere")
    build(other)
    assert built(other) == built(book)
    for file in (book / "build" / ".cache").rglob("*.json"):
        file.unlink()
    assert build(book).changed == []


def test_word_of_prose_changes_its_cell_alone(book: Path) -> None:
    before = notebook(book, "ja/jax/harbour/tides")["cells"]
    edit(book / "harbour" / "tides.ja.md", "水位は", "海の水位は")
    changed = set(build(book).changed)
    assert changed == {
        *(f"ja/{tab}/harbour/tides.ipynb" for tab in TABS),
        *(f"{BARE}/ja/{tab}/harbour/tides.ipynb" for tab in TABS),
        *(f"book-ja-{tab}.zip" for tab in TABS),
    }
    after = notebook(book, "ja/jax/harbour/tides")["cells"]
    differing = [(one, other) for one, other in zip(before, after, strict=True) if one != other]
    assert len(differing) == 1
    assert differing[0][0]["id"] != differing[0][1]["id"]


def test_outputs_change_the_notebooks_that_show_them(book: Path) -> None:
    save_outputs(book, lambda program, _: [stream(f"{program.tab}\n")], but=("harbour/tides",))
    pages = {name.rpartition("/")[2] for name in build(book).changed if "ipynb" in name}
    assert pages == {"outputs.ipynb", "stale.ipynb"}
    stale = notebook(book, "tr/jax/harbour/stale")
    assert outputs(stale) == [[{"output_type": "stream", "name": "stdout", "text": ["jax\n"]}]]


def test_image_with_other_content_is_new_in_every_folder_and_archive(book: Path) -> None:
    edit(book / "img" / "tower.svg", "#c44", "#4c4")
    places = [f"{language}/{tab}/img/tower.svg" for language in LANGUAGES for tab in TABS]
    archives = [f"book-{language}-{tab}.zip" for language in LANGUAGES for tab in TABS]
    bare = [f"{BARE}/{place}" for place in places]
    assert sorted(build(book).changed) == sorted([*places, *bare, *archives])


def test_archive_that_was_damaged_is_made_again(book: Path) -> None:
    path = book / "build" / "notebooks" / "book-tr-jax.zip"
    before = path.read_bytes()
    path.write_bytes(before[:-1] + b"?")
    assert build(book).changed == ["book-tr-jax.zip"]
    assert path.read_bytes() == before


def test_building_a_part_keeps_the_rest(book: Path) -> None:
    before = built(book)
    edit(book / "harbour" / "tides.tr.md", "Su günde", "Deniz günde")
    edit(book / "harbour" / "tides.fr.md", "L'eau monte", "La mer monte")
    changed = set(build(book, languages=["fr"], tabs=["jax"]).changed)
    own = "fr/jax/harbour/tides.ipynb"
    assert changed == {own, f"{BARE}/{own}", "book-fr-jax.zip"}
    after = built(book)
    assert after.keys() == before.keys()
    assert {name for name in after if after[name] != before[name]} == changed


def test_page_that_disappears_goes_from_all_folders(book: Path) -> None:
    (book / "harbour" / "stale.tr.md").unlink()
    edit(book / "harbour" / "index.tr.md", "stale\n", "")
    edit(book / "harbour" / "index.fr.md", "stale\n", "")
    edit(book / "harbour" / "index.ja.md", "stale\n", "")
    build(book)
    assert [name for name in built(book) if "stale" in name] == []


def test_tabs_of_a_notebook_are_named_as_the_book_names_its_frameworks(book: Path) -> None:
    config = (book / "config.ini").read_text(encoding="utf-8")
    (book / "config.ini").write_text(f"{config}\n[framework-jax]\ntitle = Cax\n", encoding="utf-8")
    changed = build(book, languages=["tr"]).changed
    assert "tr/jax/sea/index.ipynb" in changed
    assert not [name for name in changed if "pytorch" in name]
    kernel = notebook(book, "tr/jax/sea/index")["metadata"]["kernelspec"]
    assert kernel["display_name"] == "Cax"


# ---------------------------------------------------------------- cells


def test_code_has_the_same_ids_in_every_language_and_with_or_without_outputs(book: Path) -> None:
    def ids(name: str) -> list[str]:
        found = notebook(book, name)["cells"]
        return [cell["id"] for cell in found if cell["cell_type"] == "code"]

    tides = ids("tr/jax/harbour/tides")
    assert len(set(tides)) == len(tides) > 1
    assert ids("fr/jax/harbour/tides") == tides
    assert ids(f"{BARE}/fr/jax/harbour/tides") == tides


def test_equal_cells_of_a_page_have_ids_of_their_own(make_book: MakeBook) -> None:
    cell = "```{.python .input}\n1\n```\n"
    root = make_book(
        {"config.ini": "[build]\noutput_dir = build\n", "index.md": f"# A\n\n{cell}\nB\n\n{cell}"}
    )
    build(root)
    first, second = (
        cell["id"]
        for cell in notebook(root, "python/index")["cells"]
        if cell["cell_type"] == "code"
    )
    assert first != second


def test_notebook_has_the_code_and_the_outputs_of_its_tab(book: Path) -> None:
    tides = notebook(book, "fr/pytorch/harbour/tides")
    assert "moor('pytorch')" in code(tides)
    assert not [source for source in code(tides) if "jax" in source or "tab" in source]
    height = {"output_type": "stream", "name": "stdout", "text": ["7.0 m\n"]}
    assert outputs(tides)[0] == [height]
    counts = [cell["execution_count"] for cell in tides["cells"] if cell["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))


def test_notebook_without_outputs_is_the_same_otherwise(book: Path) -> None:
    full = notebook(book, "tr/mxnet/harbour/outputs")
    bare = notebook(book, f"{BARE}/tr/mxnet/harbour/outputs")
    assert cells(full) == cells(bare)
    assert any(outputs(full))
    assert not any(outputs(bare))
    assert {cell.get("execution_count") for cell in bare["cells"]} == {None}


def test_outputs_are_whole_but_for_widgets_which_need_their_kernel(book: Path) -> None:
    found = dict(
        zip(
            code(notebook(book, "tr/mxnet/harbour/outputs")),
            outputs(notebook(book, "tr/mxnet/harbour/outputs")),
            strict=True,
        )
    )
    assert found["show('widget')"] == []
    (html,) = found["show('html')"]
    assert set(html["data"]) == {"text/html", "text/plain"}
    assert "<script>" in "".join(html["data"]["text/html"])  # Jupyter asks before it trusts one
    assert [each["output_type"] for each in found["fail('error')"]] == ["error"]


def test_page_that_was_not_run_has_its_code_and_counts_nothing(book: Path) -> None:
    stale = notebook(book, "tr/jax/harbour/stale")
    assert code(stale) == ["print('never run')"]
    assert stale["cells"][-1]["execution_count"] is None
