"""Puts a folder in its place at once: whoever looks into it sees the old or the new one whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from polybook.files import swap_folders


class Made(Protocol):
    """A file that is costly to make, and can tell without it whether it is there already."""

    def is_at(self, path: Path) -> bool:
        """Tell whether a file, which may not exist, is what `write` would make."""

    def write(self, path: Path) -> None:
        """Make the file."""


#: A folder's files, by their path below it: what each holds, a file to copy, or what makes it.
FolderFiles = Mapping[str, bytes | Path | Made]


def write_folder(folder: Path, files: FolderFiles, keep: Iterable[str] = ()) -> list[str]:
    """Make a folder hold exactly these files; return the paths of those new, changed or gone.

    Files that are already there as they should be are not written again: they keep their inode
    and their time. Nothing happens at all where nothing differs. A file that is copied to several
    places is there once, with several names.

    Args:
        folder: the folder; made if need be.
        files: what it is to hold.
        keep: files below it, and folders whose other files, that stay as they are.

    Raises:
        OSError: it cannot be written; the old folder is still whole.

    """
    folder = folder.resolve()  # where it is a link, what it leads to is exchanged
    kept = tuple(keep)
    folders = tuple(f"{name}/" for name in kept)
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    compare = _Comparison()
    changed = [name for name, made in files.items() if not compare.same(folder / name, made)]
    staying = {
        name for name in there if name in files or name in kept or name.startswith(folders)
    } - set(changed)
    gone = sorted(there - staying - set(changed))
    staging = folder.with_name(f".{folder.name}-next")
    shutil.rmtree(staging, ignore_errors=True)  # a build that was killed may have left it
    if not changed and not gone:
        return []
    try:
        staging.mkdir(parents=True)
        for name in staying:
            link_or_copy(folder / name, staging / name)
        copies: dict[Path, Path] = {}
        for name in changed:
            _write(staging / name, files[name], copies)
        swap_folders(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return [*changed, *gone]


class _Comparison:
    """Compares files with what they should be; remembers those that have several names."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, int, int], bool] = {}

    def same(self, path: Path, content: bytes | Path | Made) -> bool:
        try:
            if isinstance(content, Path):
                found = path.stat()
                key = content, found.st_dev, found.st_ino
                if key not in self._known:
                    wanted = content.stat()
                    self._known[key] = os.path.samestat(found, wanted) or (
                        found.st_size == wanted.st_size
                        and path.read_bytes() == content.read_bytes()
                    )
                return self._known[key]
            if isinstance(content, bytes):
                return path.stat().st_size == len(content) and path.read_bytes() == content
            return content.is_at(path)
        except OSError:
            return False


def link_or_copy(source: Path, target: Path) -> None:
    """Give a file a further name, or make a copy of it where the disk has no such names."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _write(target: Path, content: bytes | Path | Made, copies: dict[Path, Path]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        target.write_bytes(content)
    elif not isinstance(content, Path):
        content.write(target)
    elif content in copies:
        link_or_copy(copies[content], target)
    else:
        shutil.copyfile(content, target)
        copies[content] = target
