"""From an edit of the reference to a clean check: code goes over, and each program runs once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import MakeBook, RunPolybook

CONFIG = """
    [languages]
    tr = Türkçe
    vi = Tiếng Việt
    ja = 日本語
    fr = Français
    id = Bahasa Indonesia

    [build]
    tabs = plain, other
    page_layout = {page}.{lang}.md
    output_dir = build

    [run]
    only_reference_code = yes

    [framework-other]
    environ = OTHER=1
    """
PAGE = """
    # Başlık

    ```{.python .input}
    %%tab plain
    print(1)
    ```

    ```{.python .input}
    %%tab other
    print(2)
    ```
    """

pytestmark = pytest.mark.usefixtures("plain")


def test_an_edited_cell_is_carried_over_and_run_once(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    languages = ("tr", "vi", "ja", "fr", "id")
    root = make_book({"config.ini": CONFIG} | {f"a.{code}.md": PAGE for code in languages})
    assert ran(polybook, root) == ["ran a [other] (tr)", "ran a [plain] (tr)"]
    polybook("sync", "--accept", "-C", root)
    assert polybook("check", "--rule", "code,stale,structure", "-C", root).returncode == 0

    reference = root / "a.tr.md"
    reference.write_text(reference.read_text("utf-8").replace("print(1)", "print(3)"), "utf-8")
    found = polybook("check", "--rule", "code", "-C", root).stdout
    assert found.count("The code for plain is not that of the reference.") == 4
    assert polybook("sync", "-C", root).returncode == 0
    assert ran(polybook, root) == ["ran a [plain] (tr)"]
    assert polybook("check", "--rule", "code,stale,structure", "-C", root).returncode == 0
    assert len({(root / f"a.{code}.md").read_bytes() for code in languages}) == 1


def ran(polybook: RunPolybook, root: Path) -> list[str]:
    """Run what is stale; return the programs that have run."""
    result = polybook("run", "-C", root)
    assert result.returncode == 0, result.stderr
    return sorted(line for line in result.stderr.splitlines() if line.startswith("ran "))
