"""The command line as people meet it: help, exit statuses, messages."""

from __future__ import annotations

from pathlib import Path

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
