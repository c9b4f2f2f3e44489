"""The command line as people meet it: help, exit statuses, messages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import MakeBook, RunPolybook


def test_help_names_every_command(polybook: RunPolybook) -> None:
    result = polybook("--help")
    assert result.returncode == 0
    assert "build" in result.stdout
    assert "run" in result.stdout


def test_folder_without_config_is_said_and_fails(polybook: RunPolybook, tmp_path: Path) -> None:
    result = polybook("build", "html", "-C", tmp_path)
    assert result.returncode == 1
    assert f"There is no config.ini in {tmp_path}" in result.stderr
    assert "Traceback" not in result.stderr


def test_unknown_language_is_wrong_usage(polybook: RunPolybook, make_book: MakeBook) -> None:
    book = make_book({"config.ini": "[languages]\ntr = Türkçe\n", "a.tr.md": "# A\n"})
    result = polybook("build", "html", "-C", book, "--lang", "tt")
    assert result.returncode == 2
    assert "no language “tt”" in result.stderr
    assert "tr" in result.stderr


def test_build_lib_writes_the_saved_code_and_says_so(
    polybook: RunPolybook, make_book: MakeBook
) -> None:
    book = make_book(
        {
            "config.ini": """
                [build]
                tabs = pytorch
                notebooks = *.md
                output_dir = build
                [library-pytorch]
                lib_file = own/torch.py
                """,
            "index.md": """
                # A

                ```toc
                page
                ```
                """,
            "page.md": """
                # B

                ```{.python .input}
                def double(x):  #@save
                    return 2 * x
                ```
                """,
        }
    )
    result = polybook("build", "lib", "-C", book)
    assert result.returncode == 0, result.stderr
    assert "own/torch.py" in result.stdout
    assert "def double(x):\n    return 2 * x" in (book / "own/torch.py").read_text("utf-8")
    assert "already" in polybook("build", "lib", "-C", book).stdout


def test_what_to_do_about_the_same_finding_is_said_once(
    polybook: RunPolybook, make_book: MakeBook
) -> None:
    book = make_book(
        {
            "config.ini": "[build]\nnotebooks = *.md\noutput_dir = build\n",
            "index.md": "# A\n\n## [B\n\n## [C\n",
            "last.md": "# D\n\n## [E\n",
        }
    )
    said = polybook("build", "html", "-C", book).stderr
    assert said.count("The heading opens a bracket that nothing closes") == 3
    assert said.count("take the bracket away") == 1


def test_warnings_fail_a_build_where_the_book_says_so(
    polybook: RunPolybook, make_book: MakeBook
) -> None:
    page = "# A\n\nSee :ref:`nowhere`.\n"
    settings = "[build]\nnotebooks = *.md\noutput_dir = build\nwarning_is_error = {}\n"
    lenient = make_book({"config.ini": settings.format("False"), "index.md": page})
    assert polybook("build", "html", "-C", lenient).returncode == 0
    strict = make_book({"config.ini": settings.format("True"), "index.md": page})
    result = polybook("build", "html", "-C", strict)
    assert result.returncode == 1
    assert "index.md:3: warning: The label “nowhere” does not exist." in result.stderr


THREE_LANGUAGES = {
    "config.ini": """
        [languages]
        tr = Türkçe
        fr = Français
        en = English
        [build]
        notebooks = *.md
        output_dir = build
        """,
    "a.tr.md": "# Bir\n",
}


def test_page_that_languages_lack_is_whole_in_the_one_that_has_it(
    polybook: RunPolybook, make_book: MakeBook
) -> None:
    book = make_book(THREE_LANGUAGES)
    assert polybook("build", "html", "-C", book).returncode == 0
    for language in ("tr", "fr", "en"):
        html = (book / "build" / "html" / language / "a.html").read_text("utf-8")
        assert f'<html lang="{language}"' in html
        assert ("noindex" in html) == (language != "tr")


def test_languages_may_be_named_together_or_one_by_one_and_no_page_leads_to_others(
    polybook: RunPolybook, make_book: MakeBook
) -> None:
    book = make_book(THREE_LANGUAGES)
    assert polybook("build", "html", "-C", book, "--lang", "tr", "--lang", "fr").returncode == 0
    assert sorted(each.name for each in (book / "build" / "html").glob("??")) == ["fr", "tr"]
    assert "en/" not in (book / "build" / "html" / "tr" / "a.html").read_text("utf-8")
    assert polybook("build", "html", "-C", book, "--lang", "en").returncode == 0
    assert "tr/" in (book / "build" / "html" / "en" / "a.html").read_text("utf-8")
    assert polybook("build", "html", "-C", book, "--lang", "").returncode == 2


def test_page_that_is_wrong_does_not_keep_the_others_from_being_built(
    polybook: RunPolybook, make_book: MakeBook
) -> None:
    book = make_book(THREE_LANGUAGES | {"b.tr.md": "# İki\n\n```python\nnever closed\n"})
    result = polybook("build", "html", "-C", book)
    assert result.returncode == 1
    assert "b.tr.md:3: error:" in result.stderr
    assert (book / "build" / "html" / "tr" / "a.html").exists()


def test_folder_that_the_site_is_linked_to_gets_the_site(
    polybook: RunPolybook, make_book: MakeBook, tmp_path: Path
) -> None:
    book = make_book(THREE_LANGUAGES)
    (tmp_path / "public").mkdir()
    (book / "build").mkdir()
    (book / "build" / "html").symlink_to(tmp_path / "public")
    assert polybook("build", "html", "-C", book).returncode == 0
    assert (book / "build" / "html").is_symlink()
    assert (tmp_path / "public" / "index.html").exists()


def test_file_that_cannot_be_read_is_said_and_the_others_are_built(
    polybook: RunPolybook, make_book: MakeBook
) -> None:
    book = make_book(THREE_LANGUAGES | {"b.tr.md": "# İki\n"})
    (book / "b.fr.md").write_bytes(b"# D\xe9j\xe0\n")
    result = polybook("build", "html", "-C", book)
    assert result.returncode == 1
    assert result.stderr.count("b.fr.md: error: The page is not UTF-8") == 1
    assert "not translated" not in (book / "build/html/tr/b.html").read_text("utf-8")
    assert 'lang="tr"' in (book / "build/html/fr/b.html").read_text("utf-8")


def test_verbs_are_done_in_one_command_and_all_is_every_format(
    polybook: RunPolybook, make_book: MakeBook
) -> None:
    book = make_book(
        {
            "config.ini": """
                [build]
                tabs = pytorch
                output_dir = build
                [library-pytorch]
                lib_file = own/torch.py
                """,
            "index.md": "# A\n\n```{.python .input}\nx = 1  #@save\n```\n",
        }
    )
    result = polybook("build", "all", "--no-run", "-C", book)
    assert result.returncode == 0, result.stderr
    assert (book / "build/html/index.html").exists()
    assert not (book / "own").exists()  # it lies in the source tree
    result = polybook("build", "html", "lib", "--no-run", "-C", book)
    assert result.returncode == 0, result.stderr
    # The site, which carries what there is of all else, is the last thing that is made.
    assert result.stdout.index("own/torch.py") < result.stdout.index("build/html")
    assert result.stdout.count("own/torch.py") == 1


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["build", "htlm"], "Did you mean “html”?"),
        (["build", "html", "rst"], "polybook build html"),
        (["build", "merge"], "polybook build html"),
        (["bulid"], "Did you mean “build”?"),
        (["deploy", "html"], "web server"),
        (["activate", "mxnet", "a.md"], "--tab"),
        (["translate", "a.md"], "people"),
        (["slides"], "polybook build slides"),
    ],
)
def test_what_there_is_not_is_wrong_usage_and_names_what_to_do(
    polybook: RunPolybook, make_book: MakeBook, command: list[str], said: str
) -> None:
    book = make_book({"config.ini": "[build]\noutput_dir = build\n", "index.md": "# A\n"})
    result = polybook(*command, cwd=book)
    assert result.returncode == 2
    assert said in result.stderr
    assert not (book / "build").exists()


@pytest.mark.parametrize("dangling", [True, False])
def test_file_in_the_place_of_the_output_folder_is_named(
    polybook: RunPolybook, make_book: MakeBook, *, dangling: bool
) -> None:
    book = make_book({"config.ini": "", "index.md": "# A\n"})
    if dangling:
        (book / "_build").symlink_to("nowhere")
    else:
        (book / "_build").write_text("mine", encoding="utf-8")
    result = polybook("build", "html", cwd=book)
    assert result.returncode == 1
    assert "_build: error: There is something here that is no folder" in result.stderr
    assert "output_dir" in result.stderr


def test_tab_may_be_in_any_case_and_all_is_every_tab(
    polybook: RunPolybook, make_book: MakeBook
) -> None:
    book = make_book(
        {
            "config.ini": "[build]\ntabs = pytorch, jax\noutput_dir = build\n",
            "index.md": """
                # A

                ```{.python .input}
                %%tab pytorch
                x = 1
                ```

                ```{.python .input}
                %%tab jax
                x = 2
                ```
                """,
        }
    )
    page = book / "build/html/index.html"
    for tabs in ("all", "jax,all", "PyTorch,JAX"):
        assert polybook("build", "html", "--no-run", "--tab", tabs, "-C", book).returncode == 0
        assert "JAX" in page.read_text("utf-8")
        assert "PyTorch" in page.read_text("utf-8")
    assert polybook("build", "html", "--no-run", "--tab", "JAX", "-C", book).returncode == 0
    assert "PyTorch" not in page.read_text("utf-8")


def test_clear_removes_what_builds_made_and_nothing_else(
    polybook: RunPolybook, make_book: MakeBook, tmp_path: Path
) -> None:
    book = make_book(
        {
            "config.ini": "[build]\noutput_dir = build\n",
            "index.md": "# A\n",
            "outputs/index/python.ipynb": "kept",
        }
    )
    away = tmp_path / "away"
    away.mkdir()
    (away / "file").touch()
    polybook("build", "html", "--no-run", "-C", book)
    (book / "build" / "link").symlink_to(away)
    result = polybook("clear", "-C", book)
    assert result.returncode == 0, result.stderr
    assert sorted(path.name for path in book.iterdir()) == ["config.ini", "index.md", "outputs"]
    assert (away / "file").exists()
    assert "nothing to remove" in polybook("clear", "-C", book).stdout


def test_verbs_of_d2lbook_for_notebooks_all_write_them(
    polybook: RunPolybook, make_book: MakeBook
) -> None:
    book = make_book(THREE_LANGUAGES)
    result = polybook("build", "eval", "ipynb", "pkg", "-C", book)
    assert result.returncode == 0, result.stderr
    assert result.stdout.count("notebooks") == 2  # the count and the folder, said once
    written = book / "build" / "notebooks"
    assert (written / "tr" / "python" / "a.ipynb").is_file()
    assert (written / "book-fr-python.zip").is_file()
