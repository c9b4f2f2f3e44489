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
