"""Puts a site in its place at once: whoever serves the folder sees the old or the new one whole."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from polybook.files import swap_folders

#: A site's files, by their path below its root: their content, or a file to copy.
SiteFiles = Mapping[str, bytes | Path]


def write_site(folder: Path, files: SiteFiles, keep: Iterable[str] = ()) -> list[str]:
    """Make a folder hold exactly these files; return the paths of those new, changed or gone.

    Files that are already there as they should be are not written again: they keep their inode
    and their time. Nothing happens at all where nothing differs.

    Args:
        folder: the site; made if need be.
        files: what it is to hold.
        keep: folders below it whose other files stay as they are.

    Raises:
        OSError: it cannot be written; the old site is still whole.

    """
    folder = folder.resolve()  # where it is a link, what it leads to is exchanged
    kept = tuple(f"{name}/" for name in keep)
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    changed = [name for name, content in files.items() if not _same(folder / name, content)]
    staying = {name for name in there if name in files or name.startswith(kept)} - set(changed)
    gone = sorted(there - staying - set(changed))
    staging = folder.with_name(f".{folder.name}-next")
    shutil.rmtree(staging, ignore_errors=True)  # a build that was killed may have left it
    if not changed and not gone:
        return []
    try:
        staging.mkdir(parents=True)
        for name in staying:
            _link(folder / name, staging / name)
        for name in changed:
            _write(staging / name, files[name])
        swap_folders(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return [*changed, *gone]


def _same(path: Path, content: bytes | Path) -> bool:
    try:
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        if path.stat().st_size != size:
            return False
        return path.read_bytes() == (
            content if isinstance(content, bytes) else content.read_bytes()
        )
    except OSError:
        return False


def _link(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


def _write(target: Path, content: bytes | Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        target.write_bytes(content)
    else:
        shutil.copyfile(content, target)
