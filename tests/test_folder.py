"""A folder that is built: whole at every moment, and untouched where nothing changed."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from polybook.folder import write_folder

State = dict[str, tuple[int, int, bytes]]


def state(folder: Path) -> State:
    """Return inode, time and content of each file."""
    return {
        path.relative_to(folder).as_posix(): (
            path.stat().st_ino,
            path.stat().st_mtime_ns,
            path.read_bytes(),
        )
        for path in folder.rglob("*")
        if path.is_file()
    }


def content(folder: Path) -> dict[str, bytes]:
    return {path: each[2] for path, each in state(folder).items()}


def test_folder_holds_exactly_the_files(tmp_path: Path) -> None:
    (tmp_path / "source.svg").write_bytes(b"<svg/>")
    files: dict[str, bytes | Path] = {
        "index.html": b"1",
        "tr/a/b.html": b"2",
        "_files/s.svg": tmp_path / "source.svg",
    }
    assert sorted(write_folder(tmp_path / "html", files)) == sorted(files)
    assert content(tmp_path / "html") == {
        "index.html": b"1",
        "tr/a/b.html": b"2",
        "_files/s.svg": b"<svg/>",
    }
    assert sorted(each.name for each in tmp_path.iterdir()) == ["html", "source.svg"]


def test_same_files_again_write_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "html"
    files = {"a.html": b"1", "b/c.html": b"2"}
    write_folder(folder, files)
    before, inode = state(folder), folder.stat().st_ino
    assert write_folder(folder, files) == []
    assert state(folder) == before
    assert folder.stat().st_ino == inode


def test_unchanged_files_keep_inode_and_time_when_others_change(tmp_path: Path) -> None:
    folder = tmp_path / "html"
    write_folder(folder, {"a.html": b"1", "b.html": b"2", "c.html": b"3"})
    before = state(folder)
    changed = write_folder(folder, {"a.html": b"1", "b.html": b"x", "d.html": b"4"})
    assert sorted(changed) == ["b.html", "c.html", "d.html"]
    after = state(folder)
    assert after["a.html"] == before["a.html"]
    assert content(folder) == {"a.html": b"1", "b.html": b"x", "d.html": b"4"}


def test_same_size_and_other_content_is_a_change(tmp_path: Path) -> None:
    folder = tmp_path / "html"
    write_folder(folder, {"a.html": b"1"})
    assert write_folder(folder, {"a.html": b"2"}) == ["a.html"]


def test_page_that_disappears_goes_with_its_empty_folder(tmp_path: Path) -> None:
    folder = tmp_path / "html"
    write_folder(folder, {"a.html": b"1", "old/b.html": b"2"})
    assert write_folder(folder, {"a.html": b"1"}) == ["old/b.html"]
    assert [path.name for path in folder.iterdir()] == ["a.html"]


def test_kept_folders_keep_their_files(tmp_path: Path) -> None:
    folder = tmp_path / "html"
    write_folder(folder, {"tr/a.html": b"1", "ja/a.html": b"2", "japan.html": b"3"})
    before = state(folder)
    write_folder(folder, {"tr/a.html": b"x"}, keep=["ja"])
    assert content(folder) == {"tr/a.html": b"x", "ja/a.html": b"2"}
    assert state(folder)["ja/a.html"] == before["ja/a.html"]


def test_kept_file_stays(tmp_path: Path) -> None:
    folder = tmp_path / "notebooks"
    write_folder(folder, {"a.zip": b"1", "b.zip": b"2"})
    write_folder(folder, {"b.zip": b"3"}, keep=["a.zip"])
    assert content(folder) == {"a.zip": b"1", "b.zip": b"3"}


def test_file_that_is_copied_to_two_places_is_there_once(tmp_path: Path) -> None:
    folder, source = tmp_path / "notebooks", tmp_path / "source.svg"
    source.write_bytes(b"<svg/>")
    files = {"jax/a.svg": source, "pytorch/a.svg": source}
    write_folder(folder, files)
    assert content(folder) == dict.fromkeys(files, b"<svg/>")
    assert len({inode for inode, _, _ in state(folder).values()}) == 1
    assert source.stat().st_ino not in {inode for inode, _, _ in state(folder).values()}
    source.write_bytes(b"<SVG/>")
    assert write_folder(folder, files) == list(files)
    assert content(folder) == dict.fromkeys(files, b"<SVG/>")


class Costly:
    """Counts how often it is made."""

    def __init__(self) -> None:
        self.made = 0

    def is_at(self, path: Path) -> bool:
        return path.read_bytes() == b"costly"

    def write(self, path: Path) -> None:
        self.made += 1
        path.write_bytes(b"costly")


def test_what_is_costly_to_make_is_made_where_it_is_not_there(tmp_path: Path) -> None:
    folder, costly = tmp_path / "notebooks", Costly()
    assert write_folder(folder, {"a.zip": costly, "b": b"1"}) == ["a.zip", "b"]
    assert write_folder(folder, {"a.zip": costly, "b": b"2"}) == ["b"]
    assert content(folder) == {"a.zip": b"costly", "b": b"2"}
    assert costly.made == 1


def test_folder_that_becomes_a_page_and_back(tmp_path: Path) -> None:
    folder = tmp_path / "html"
    write_folder(folder, {"a/b.html": b"1"})
    write_folder(folder, {"a": b"2"})
    assert content(folder) == {"a": b"2"}
    write_folder(folder, {"a/b.html": b"1"})
    assert content(folder) == {"a/b.html": b"1"}


def test_file_that_is_gone_fails_and_leaves_the_old_site_whole(tmp_path: Path) -> None:
    folder = tmp_path / "html"
    write_folder(folder, {"a.html": b"1"})
    before = state(folder)
    with pytest.raises(FileNotFoundError):
        write_folder(folder, {"a.html": b"2", "b.svg": tmp_path / "none.svg"})
    assert state(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["html"]


def test_what_a_killed_build_left_goes_even_if_nothing_changed(tmp_path: Path) -> None:
    folder = tmp_path / "html"
    write_folder(folder, {"a.html": b"1"})
    left = tmp_path / ".html-next"
    left.mkdir()
    (left / "half.html").write_bytes(b"half")
    assert write_folder(folder, {"a.html": b"1"}) == []
    assert [path.name for path in tmp_path.iterdir()] == ["html"]


# ---------------------------------------------------------------- two states, by turns

PAGES = [f"tr/page-{number}.html" for number in range(20)]


def edition(number: int) -> dict[str, bytes | Path]:
    """Return a site of which every page but one says its number; every second has a page more."""
    files: dict[str, bytes | Path] = dict.fromkeys(PAGES, b"edition %d" % number)
    files["same.html"] = b"always the same"
    if number % 2:
        files["odd.html"] = b"edition %d" % number
    return files


def assert_whole(found: dict[str, bytes]) -> int:
    """Check that all files are of one edition; return which."""
    number = int(found[PAGES[0]].split()[1])
    assert found == edition(number)
    return number


def read_through(folder: int) -> dict[str, bytes] | None:
    """Read a site by its open folder; None if it was taken away meanwhile."""
    found = {}
    try:
        for path, _, names, place in os.fwalk(".", dir_fd=folder):
            for name in names:
                with os.fdopen(os.open(name, os.O_RDONLY, dir_fd=place), "rb") as file:
                    found[Path(path, name).as_posix()] = file.read()
    except FileNotFoundError:
        return None
    return found


def test_reader_never_meets_a_missing_folder_or_a_mix(tmp_path: Path) -> None:
    site = tmp_path / "html"
    write_folder(site, edition(0))
    done = threading.Event()
    seen: set[int] = set()
    wrong: list[str] = []

    def read() -> None:
        while not done.is_set():
            try:
                folder = os.open(site, os.O_RDONLY | os.O_DIRECTORY)
            except FileNotFoundError:
                wrong.append("the site was missing")
                continue
            found = read_through(folder)
            # What was replaced while it was read is being removed: only what is still there counts.
            current = os.fstat(folder).st_ino == site.stat().st_ino
            os.close(folder)
            if found is not None and current:
                try:
                    seen.add(assert_whole(found))
                except (AssertionError, KeyError) as error:
                    wrong.append(repr(error))

    reader = threading.Thread(target=read)
    reader.start()
    number = 0
    # Until the reader has seen many editions, whatever the machine's speed.
    while len(seen) < 30 and not wrong and number < 5000:
        number += 1
        write_folder(site, edition(number))
    done.set()
    reader.join()
    assert wrong == []
    assert len(seen) >= 30
    assert assert_whole(content(site)) == number


WRITER = """
import itertools, sys
from pathlib import Path
from polybook.folder import write_folder
from tests.test_folder import edition

for number in itertools.count(int(sys.argv[2])):
    write_folder(Path(sys.argv[1]), edition(number))
    print(number, flush=True)
"""


def test_killed_at_any_moment_the_site_is_whole(tmp_path: Path) -> None:
    site = tmp_path / "html"
    chance = random.Random(8)
    last = 0
    for _ in range(8):
        command = [sys.executable, "-c", WRITER, str(site), str(last + 1)]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
            assert process.stdout
            for _ in range(chance.randrange(1, 6)):
                written = int(process.stdout.readline())
            # Somewhere within the next edition or two.
            try:
                process.wait(chance.uniform(0, 0.02))
            except subprocess.TimeoutExpired:
                process.kill()
        number = assert_whole(content(site))
        assert number >= written
        last = number
    write_folder(site, edition(last + 1))
    assert assert_whole(content(site)) == last + 1
    assert [path.name for path in tmp_path.iterdir()] == ["html"]
