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
