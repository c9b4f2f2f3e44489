"""A site in a folder that the book names: what its host keeps there stays, and nothing is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from polybook.errors import BookError
from tests.conftest import MakeBook
from tests.html.sites import build
from tests.test_folder import content


@pytest.fixture
def root(make_book: MakeBook) -> Path:
    config = "[build]\noutput_dir = build\nhtml_dir = docs\n"
    return make_book({"config.ini": config, "index.md": "# Deniz\n", "old.md": "# Eski\n"})


def test_site_is_where_the_book_says(root: Path) -> None:
    report, found = build(root)
    assert found == []
    assert report.folder == root / "docs"
    assert (root / "docs" / "index.html").is_file()
    assert not (root / "build" / "html").exists()
    assert build(root)[0].changed == []


def test_files_of_the_host_stay_and_old_pages_go(root: Path) -> None:
    hosts = ("docs/CNAME", "docs/.nojekyll", "docs/.well-known/a.txt")
    for name in hosts:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("mine")
    build(root)
    (root / "old.md").unlink()
    build(root)
    for name in hosts:
        assert (root / name).read_text() == "mine"
    assert not (root / "docs" / "old.html").exists()


@pytest.mark.parametrize("name", ["guide.txt", "img/a.png", ".git/HEAD"])
def test_folder_with_anything_else_is_left_alone(root: Path, name: str) -> None:
    (root / "docs" / name).parent.mkdir(parents=True)
    (root / "docs" / name).write_text("mine")
    with pytest.raises(BookError, match="“docs” holds something else"):
        build(root)
    assert content(root / "docs") == {name: b"mine"}
