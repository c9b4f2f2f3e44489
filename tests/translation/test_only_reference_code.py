"""`[run] only_reference_code`: what only a translation says is not run."""

from __future__ import annotations

import pytest

from tests.conftest import MakeBook, RunPolybook

CONFIG = """
    [languages]
    tr = Türkçe
    fr = Français

    [build]
    tabs = plain
    page_layout = LAYOUT
    output_dir = build

    [run]
    only_reference_code = yes
    """
FLAT = "{page}.{lang}.md"
FOLDERS = "{lang}/{page}.md"

pytestmark = pytest.mark.usefixtures("plain")


def page(code: str) -> str:
    """Return a page with one cell."""
    return f"# Title\n\n```{{.python .input}}\n{code}\n```\n"


def run(make_book: MakeBook, polybook: RunPolybook, files: dict[str, str], layout: str) -> str:
    """Run a book of two languages; return the errors, and what the page `a` has left in each."""
    root = make_book({"config.ini": CONFIG.replace("LAYOUT", layout)} | files)
    result = polybook("run", cwd=root)
    assert not (root / "ran").exists()
    assert result.returncode == (1 if "error" in result.stderr else 0)
    left = sorted(path.name for path in (root / "outputs").rglob("*.ipynb"))
    return "\n".join([*(line for line in result.stderr.splitlines() if "error" in line), *left])


def evil(make_book: MakeBook) -> str:
    """Return code that leaves a trace outside of its scratch folder."""
    return f"open({str(make_book({}) / 'ran')!r}, 'w').close()"


def test_code_that_a_translation_changes_is_reported_and_not_run(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    make_book({"config.ini": ""})
    files = {"a.tr.md": page("print(1)"), "a.fr.md": page(f"print(1)\n{evil(make_book)}")}
    said = run(make_book, polybook, files, FLAT)
    assert said.startswith("a.fr.md:4: error: plain: The code is not that of the reference")
    assert said.endswith("\nplain.ipynb")


def test_a_page_that_only_a_translation_has_is_not_run(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    make_book({"config.ini": ""})
    said = run(make_book, polybook, {"b.tr.md": "# B\n", "a.fr.md": page(evil(make_book))}, FLAT)
    assert said.startswith("a.fr.md:4: error: plain: The code is not that of the reference")


def test_translated_comments_are_run(make_book: MakeBook, polybook: RunPolybook) -> None:
    files = {"a.tr.md": page("print(1)  # bir"), "a.fr.md": page("print(1)  # un")}
    assert run(make_book, polybook, files, FLAT) == "plain.fr.ipynb\nplain.ipynb"


def test_a_comment_that_hides_a_command_is_not_run(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    root = make_book({"config.ini": ""})
    command = f"!touch {root / 'ran'}"
    files = {"a.tr.md": page("print(1)  # bir"), "a.fr.md": page(f"print(1)  # un\u2028{command}")}
    assert "not that of the reference" in run(make_book, polybook, files, FLAT)


def test_a_comment_that_a_shell_takes_for_a_command_is_not_run(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    root = make_book({"config.ini": ""})
    files = {"a.tr.md": page("!true"), "a.fr.md": page(f"!true#; touch {root / 'ran'}")}
    assert "not that of the reference" in run(make_book, polybook, files, FLAT)


def test_a_module_that_a_translation_brings_along_is_not_run(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    make_book({"config.ini": ""})
    files = {
        "tr/a.md": page("import helper"),
        "fr/a.md": page("import helper"),
        "tr/helper.py": "print(1)\n",
        "fr/helper.py": f"{evil(make_book)}\n",
    }
    said = run(make_book, polybook, files, FOLDERS)
    assert "fr/a.md:4: error: plain: The code is not that of the reference" in said
    assert said.endswith("\nplain.ipynb")


def test_a_package_that_a_translation_asks_for_is_not_installed(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    files = {
        "tr/a.md": page("print(1)"),
        "fr/a.md": page("print(1)"),
        "fr/config.ini": "[framework-plain]\nrequirements = needs.txt\n",
        "fr/needs.txt": "no-such-package==1\n",
    }
    said = run(make_book, polybook, files, FOLDERS)
    assert "fr/a.md:4: error: plain: The code is not that of the reference" in said
    assert said.endswith("\nplain.ipynb")


def test_a_translation_alone_runs_the_program_of_the_reference(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    root = make_book(
        {
            "config.ini": CONFIG.replace("LAYOUT", FOLDERS) + "\n[build-fr]\nresources = word\n",
            "tr/a.md": page("print(open('word').read())"),
            "fr/a.md": page("print(open('word').read())"),
            "tr/word": "tr",
            "fr/word": "fr",
        }
    )
    result = polybook("run", "--lang", "fr", cwd=root)
    assert "(fr)" not in result.stderr
