"""Files and folders that are whole whatever happens while they are written."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from polybook import files
from polybook.files import remove_unfinished, swap_folders, write_atomically

#: Writes the letters a and b in turn, a megabyte of each, until it is killed.
WRITE_FOR_EVER = """
import sys
from pathlib import Path
from polybook.files import write_atomically
path = Path(sys.argv[1])
print("ready", flush=True)
while True:
    for letter in b"ab":
        write_atomically(path, bytes([letter]) * 1_000_000, durable=False)
"""

#: Writes a megabyte where no file may be larger than a tenth of one, and says what happened.
WRITE_TOO_MUCH = """
import resource, sys
from pathlib import Path
from polybook.files import write_atomically
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    write_atomically(Path(sys.argv[1]), bytes(1_000_000))
except OSError as error:
    print(error.errno, error.filename)
"""


def test_new_file_is_written_with_the_folders_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "file.txt"
    assert write_atomically(path, b"content") is True
    assert path.read_bytes() == b"content"
    assert list(path.parent.iterdir()) == [path]


def test_changed_file_is_replaced_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(b"old")
    assert write_atomically(path, b"new") is True
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_file_that_holds_the_content_already_stays_untouched(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    write_atomically(path, b"same")
    before = path.stat()
    assert write_atomically(path, b"same") is False
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_file_can_be_read_by_whom_a_usual_new_file_can(tmp_path: Path) -> None:
    usual = tmp_path / "usual"
    usual.touch()
    write_atomically(tmp_path / "ours", b"x")
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)


def test_name_may_be_as_long_as_the_system_allows(tmp_path: Path) -> None:
    path = tmp_path / ("ü" * 127)
    assert write_atomically(path, b"x")
    assert path.read_bytes() == b"x"


def test_where_a_folder_stands_in_the_way_the_error_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "folder" / "inner").mkdir(parents=True)
    with pytest.raises(OSError, match="folder") as caught:
        write_atomically(tmp_path / "folder", b"x")
    assert caught.value.filename == str(tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]

    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError) as refused:
        write_atomically(tmp_path / "file" / "below", b"x")
    assert refused.value.filename == str(tmp_path / "file")


def test_where_the_disk_is_full_the_error_names_the_file_and_the_old_one_is_whole(
    tmp_path: Path,
) -> None:
    path = tmp_path / "file.txt"
    path.write_bytes(b"old")
    command = [sys.executable, "-c", WRITE_TOO_MUCH, str(path)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said == f"{errno.EFBIG} {path}\n"
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_writer_killed_at_any_moment_leaves_the_old_or_the_new_content(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    seen = set()
    for reads in range(0, 60, 5):
        command = [sys.executable, "-c", WRITE_FOR_EVER, str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout
            process.stdout.readline()
            for _ in range(reads + 1):  # so that each is killed at another moment
                while not path.exists():
                    assert process.poll() is None
                content = path.read_bytes()
                assert content in (b"a" * 1_000_000, b"b" * 1_000_000)
            process.send_signal(signal.SIGKILL)
        content = path.read_bytes()
        assert content in (b"a" * 1_000_000, b"b" * 1_000_000)
        seen.add(content[:1])
    assert seen <= {b"a", b"b"}
    remove_unfinished(tmp_path)
    assert list(tmp_path.iterdir()) == [path]


def test_unfinished_files_are_removed_and_nothing_else(tmp_path: Path) -> None:
    for name in (".polybook-x1y2", "kept.txt", ".hidden"):
        (tmp_path / name).touch()
    remove_unfinished(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".hidden", "kept.txt"]
    remove_unfinished(tmp_path / "nowhere")


# ---------------------------------------------------------------- folders


def folder(path: Path, content: str) -> Path:
    path.mkdir()
    (path / "file.txt").write_text(content)
    return path


def test_folder_moves_where_there_is_none_yet(tmp_path: Path) -> None:
    new = folder(tmp_path / "new", "new")
    swap_folders(new, tmp_path / "current")
    assert (tmp_path / "current" / "file.txt").read_text() == "new"
    assert not new.exists()


def test_folders_are_exchanged(tmp_path: Path) -> None:
    new, current = folder(tmp_path / "new", "new"), folder(tmp_path / "cür rent", "old")
    swap_folders(new, current)
    assert (current / "file.txt").read_text() == "new"
    assert (new / "file.txt").read_text() == "old"
    assert sorted(tmp_path.iterdir()) == sorted([new, current])


def test_reader_never_finds_the_folder_missing(tmp_path: Path) -> None:
    new, current = folder(tmp_path / "new", "new"), folder(tmp_path / "current", "old")
    missing, done = [], threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                os.stat(current / "file.txt")  # noqa: PTH116 (the fastest look)
            except FileNotFoundError as error:
                missing.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(2000):
        swap_folders(new, current)
    done.set()
    reader.join()
    assert missing == []


def test_where_the_system_cannot_exchange_folders_they_are_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "_exchange", lambda *_: False)
    new, current = folder(tmp_path / "new", "new"), folder(tmp_path / "current", "old")
    folder(tmp_path / "new-old", "of a swap that was cut short")
    swap_folders(new, current)
    assert (current / "file.txt").read_text() == "new"
    assert (new / "file.txt").read_text() == "old"
    assert sorted(tmp_path.iterdir()) == sorted([new, current])


def test_exchange_that_fails_is_an_error_that_names_the_folder(tmp_path: Path) -> None:
    current = folder(tmp_path / "current", "old")
    with pytest.raises(FileNotFoundError) as caught:
        swap_folders(tmp_path / "nowhere", current)
    assert caught.value.filename == str(current)
    assert (current / "file.txt").read_text() == "old"
