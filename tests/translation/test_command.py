"""`polybook check` on the command line: its formats and its exit status."""

from __future__ import annotations

import json
import subprocess
import sys

from filelock import FileLock

from tests.conftest import MakeBook, RunPolybook

FILES = {
    "config.ini": """
        [languages]
        tr = Türkçe
        fr = Français

        [build]
        tabs = pytorch, jax
        output_dir = build
        """,
    "a.tr.md": "# A\n\nBir 99.\n",
    "a.fr.md": "# A\n\nUn<br>100 %, [**deux\n",
}


def test_errors_make_the_exit_status_1_and_are_shown_with_their_lines(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    root = make_book(FILES)
    result = polybook("check", cwd=root)
    assert result.returncode == 1
    lines = [line for line in result.stdout.splitlines() if not line.startswith(" ")]
    assert lines[0].startswith("a.fr.md:3: error: ")
    assert {line.rpartition("[")[2] for line in lines[:-1]} == {"html]", "marks]", "numbers]"}
    assert lines[-1] == "3 errors, 0 warnings."


def test_a_clean_book_and_mere_warnings_are_the_exit_status_0(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    root = make_book(FILES | {"a.fr.md": "# A\n\nUn 99.\n"})
    assert polybook("check", "-C", root).returncode == 0
    (root / "a.fr.md").write_text("# A\n\nVoici [**une phrase.**]\n", "utf-8")
    result = polybook("check", "--rule", "marks", "-C", root)
    assert (result.returncode, "0 errors, 1 warnings." in result.stdout) == (0, True)


def test_json_is_the_findings_and_nothing_else(make_book: MakeBook, polybook: RunPolybook) -> None:
    result = polybook("check", "--format", "json", "--rule", "html", cwd=make_book(FILES))
    (found,) = json.loads(result.stdout)
    assert (found["rule"], found["file"], found["line"]) == ("html", "a.fr.md", 3)
    assert found["text"] == "<br>"
    assert result.returncode == 1


def test_json_is_all_that_is_put_out_where_another_build_is_waited_for(
    make_book: MakeBook,
) -> None:
    root = make_book(FILES)
    (root / "build").mkdir()
    command = [sys.executable, "-m", "polybook", "check", "--format", "json", "-C", str(root)]
    with FileLock(root / "build" / ".lock"):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stderr
        assert b"waiting for it" in process.stderr.readline()
    out, _ = process.communicate(timeout=200)
    assert json.loads(out)


def test_who_reads_on_no_more_is_told_no_error(make_book: MakeBook) -> None:
    root = make_book(FILES | {"a.fr.md": "# A\n\n" + "Un<br>100 %\n\n" * 5000})
    command = [sys.executable, "-m", "polybook", "check", "-C", str(root)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout
    assert process.stderr
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr.read() == b""
    process.wait()


def test_github_has_one_command_for_each_finding(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    result = polybook("check", "--format", "github", cwd=make_book(FILES))
    assert len(result.stdout.splitlines()) == 3
    assert all(
        line.startswith("::error file=a.fr.md,line=3,") for line in result.stdout.splitlines()
    )
    assert "only this has “100”.%0ACompare" in result.stdout


def test_a_rule_that_does_not_exist_is_wrong_usage(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    result = polybook("check", "--rule", "htlm", cwd=make_book(FILES))
    assert (result.returncode, "Did you mean “html”?" in result.stderr) == (2, True)


def test_what_is_wrong_with_the_book_is_said_once(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    pages = {
        "index.tr.md": "# I\n\n```toc\nnone\n```\n",
        "index.fr.md": "# I\n\n```toc\nnone\n```\n",
    }
    result = polybook("check", "--lang", "tr", cwd=make_book(FILES | pages))
    assert (result.stdout + result.stderr).count("index.tr.md:3: ") == 1
