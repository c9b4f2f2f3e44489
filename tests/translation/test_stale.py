"""What is recorded of translations, and what is stale after an edit of the reference."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from polybook.build import Build
from polybook.config import read_config
from polybook.errors import BookError
from polybook.translation.findings import Finding
from tests.conftest import MakeBook, RunPolybook

CONFIG = """
    [languages]
    tr = Türkçe
    fr = Français
    id = Bahasa Indonesia

    [build]
    tabs = pytorch, jax
    output_dir = build
    """
TURKISH = "# A\n\nBir.\n\nİki.\n\n* üç\n* dört\n\n:begin_tab:`jax`\nBeş.\n:end_tab:\n\nAltı.\n"
FRENCH = "# A\n\nUn.\n\nDeux.\n\n* trois\n* quatre\n\n:begin_tab:`jax`\nCinq.\n:end_tab:\n\nSix.\n"
Edit = Callable[[str], str]


def build(root: Path, *languages: str) -> Build:
    """Return the book as it is now."""
    return Build(read_config(root), languages, ())


@pytest.fixture
def book(make_book: MakeBook) -> Path:
    """A book in three languages, all of them recorded as up to date."""
    pages = {"a.tr.md": TURKISH, "a.fr.md": FRENCH, "a.id.md": FRENCH}
    root = make_book({"config.ini": CONFIG} | pages)
    build(root).accept(())
    return root


def stale(root: Path) -> list[Finding]:
    """Return what the rule finds."""
    return build(root).check(["stale"])


def places(root: Path) -> list[tuple[str, int]]:
    """Return the files and lines of what the rule finds."""
    return [(each.location.path.name, each.location.line) for each in stale(root)]


def edit(root: Path, old: str, new: str, name: str = "a.tr.md") -> None:
    """Change one page."""
    text = (root / name).read_text("utf-8")
    assert old in text
    (root / name).write_text(text.replace(old, new), "utf-8")


def test_nothing_is_stale_in_what_was_just_recorded_or_never_was(book: Path) -> None:
    assert stale(book) == []
    (book / "translations" / "fr.lock").unlink()
    edit(book, "Bir", "Tek")
    assert places(book) == [("a.id.md", 3)]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [("İki.", "İki buçuk.", 5), ("* dört", "* on", 8), ("Beş", "On", 11), ("Altı", "On", 14)],
)
def test_exactly_the_paragraph_that_was_edited_is_stale_in_each_language(
    book: Path, old: str, new: str, line: int
) -> None:
    edit(book, old, new)
    assert places(book) == [("a.fr.md", line), ("a.id.md", line)]
    assert new in stale(book)[0].detail
    assert "--accept --lang fr --page a" in stale(book)[0].hint


def test_lines_that_are_broken_otherwise_are_no_change(book: Path) -> None:
    edit(book, "Bir.", "Bir.\n ")
    assert stale(book) == []


def test_a_new_paragraph_is_stale_where_it_belongs_and_one_that_is_gone_where_it_was(
    book: Path,
) -> None:
    edit(book, "İki.", "İki.\n\nİki buçuk.")
    assert places(book) == [("a.fr.md", 5), ("a.id.md", 5)]
    edit(book, "\n\nİki.\n\nİki buçuk.", "")
    (found, _) = stale(book)
    assert (found.location.line, "no longer has" in found.message) == (5, True)
    assert "İki." in found.message


def test_accepting_records_one_language_or_one_page(book: Path) -> None:
    edit(book, "Bir", "Tek")
    assert build(book, "fr").accept(("a",)) == {book / "translations" / "fr.lock": 1}
    assert places(book) == [("a.id.md", 3)]


def test_a_page_of_which_nothing_is_recorded_is_one_finding(book: Path) -> None:
    for name in ("b.tr.md", "b.fr.md"):
        (book / name).write_text("# B\n\nBir.\n\nİki.\n", "utf-8")
    assert places(book) == [("b.fr.md", 1)]


def test_the_edit_of_a_paragraph_is_one_line_of_a_diff(book: Path) -> None:
    before = (book / "translations" / "fr.lock").read_text("utf-8").splitlines()
    edit(book, "Bir.", "Bir tane.")
    edit(book, "Un.", "Une pièce.", "a.fr.md")
    build(book).accept(())
    after = (book / "translations" / "fr.lock").read_text("utf-8").splitlines()
    assert len(before) == len(after)
    ((old, new),) = [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]
    assert (old.split("\t")[0], old.split("\t")[3]) == ("a", "Bir.")
    assert new.split("\t")[3] == "Bir tane."


def test_branches_that_accept_neighbouring_paragraphs_merge(book: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        subprocess.run(["git", *identity, *arguments], cwd=book, check=True, capture_output=True)

    (book / ".gitattributes").write_text("translations/*.lock merge=union\n", "utf-8")
    (book / ".gitignore").write_text("build/\n", "utf-8")
    git("init", "-b", "main")
    git("add", ".")
    git("commit", "-m", "a")
    for branch, old, new in (("one", "Bir.", "Tek."), ("two", "İki.", "Çift.")):
        git("checkout", "-b", branch, "main")
        edit(book, old, new)
        build(book).accept(())
        git("commit", "-am", branch)
    git("merge", "one", "-X", "ours")
    (book / "a.tr.md").write_text(TURKISH.replace("Bir.", "Tek.").replace("İki.", "Çift."), "utf-8")
    assert stale(book) == []


def test_a_merge_that_was_left_undone_is_said_with_its_line(book: Path) -> None:
    path = book / "translations" / "fr.lock"
    path.write_text(path.read_text("utf-8") + "<<<<<<< main\n", "utf-8")
    with pytest.raises(BookError) as error:
        stale(book)
    assert error.value.location is not None
    assert error.value.location.line == len(path.read_text("utf-8").splitlines())


def test_status_has_a_row_for_each_page_and_language(book: Path, polybook: RunPolybook) -> None:
    edit(book, "Bir", "Tek")
    edit(book, "Deux.", "Deux<br>.", "a.id.md")
    (book / "b.tr.md").write_text("# B\n", "utf-8")
    result = polybook("status", "-C", book)
    rows = {tuple(line.split()[:2]): line.split()[2:] for line in result.stdout.splitlines()[1:]}
    assert result.returncode == 0
    assert rows["tr", "a"] == ["7", "of", "7", "–", "–"]
    assert rows["fr", "a"] == ["6", "of", "7", "1", "–"]
    assert rows["id", "a"] == ["6", "of", "7", "1", "1"]
    assert rows["fr", "b"] == ["missing"]


def test_sync_writes_code_and_accept_writes_the_lock_file(
    book: Path, polybook: RunPolybook
) -> None:
    cell = "\n```{.python .input}\n%%tab jax\nx = 1\n```\n"
    for name in ("a.tr.md", "a.fr.md", "a.id.md"):
        (book / name).write_text((book / name).read_text("utf-8") + cell, "utf-8")
    edit(book, "x = 1", "x = 2")
    edit(book, "Bir", "Tek")
    assert polybook("check", "-C", book).returncode == 1
    assert "a.fr.md, a.id.md" in polybook("sync", cwd=book).stdout
    assert "the same already" in polybook("sync", cwd=book).stdout
    assert places(book) == [("a.fr.md", 3), ("a.id.md", 3)]
    accepted = polybook("sync", "--accept", cwd=book).stdout.splitlines()
    assert accepted[0] == "translations/fr.lock: 1 paragraphs recorded."
    assert polybook("check", "-C", book).returncode == 0


@pytest.mark.parametrize(("old", "new"), [("Deux.\n\n", ""), ("Un.\n\nDeux.", "Un et deux.")])
def test_a_translation_that_lost_a_paragraph_since_is_found(book: Path, old: str, new: str) -> None:
    edit(book, old, new, "a.fr.md")
    assert places(book) == [("a.fr.md", 3)]
    build(book).accept(())
    assert stale(book) == []


def test_paragraphs_that_were_put_into_another_order_are_found(book: Path) -> None:
    edit(book, "Bir.\n\nİki.", "İki.\n\nBir.")
    assert places(book) == [("a.fr.md", 5), ("a.id.md", 5)]
    edit(book, "Un.\n\nDeux.", "Deux.\n\nUn.", "a.fr.md")
    assert places(book) == [("a.id.md", 5)]


def test_a_lock_file_that_an_editor_gave_a_byte_order_mark_is_read(book: Path) -> None:
    lock = book / "translations" / "fr.lock"
    lock.write_text(lock.read_text("utf-8"), "utf-8-sig")
    assert stale(book) == []
