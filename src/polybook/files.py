"""Writing files so that whatever is interrupted, what was there before is still whole."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import glob
import os
import posixpath
import shutil
import sys
import tempfile
from pathlib import Path

# Read once, here: it can only be read by setting it, for all threads at once.
_UMASK = os.umask(0)
os.umask(_UMASK)

#: How the names of half-written files begin; only a process that was killed leaves one behind.
_UNFINISHED = ".polybook-"


def write_atomically(path: Path, content: bytes, *, durable: bool = True) -> bool:
    """Write a file so that a reader sees the old or the new content, never a part.

    Args:
        path: the file; its folder is made if need be.
        content: what it is to hold.
        durable: whether it must be whole after a power failure too; what can be made again need
            not be.

    Returns:
        Whether anything was written: a file that holds the content already stays untouched.

    Raises:
        OSError: it cannot be written; what was there before is still whole.

    """
    with contextlib.suppress(OSError):
        if path.read_bytes() == content:
            return False
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        _replace(path, content, durable)
    except OSError as error:
        # A full disk names no file, and the name of the half-written one says nothing to anybody.
        raise OSError(error.errno, error.strerror, str(path)) from error
    return True


def _replace(path: Path, content: bytes, durable: bool) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_UNFINISHED)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        Path(name).chmod(0o666 & ~_UMASK)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def matching_files(root: Path, pattern: str) -> list[str]:
    """Return the files below a folder that a pattern finds, or that lie in the folder it names.

    Patterns are those of `glob`, which d2lbook uses; `**` stands for any number of folders. The
    paths are relative, with forward slashes, in their order; what lies outside is not found.
    """
    if os.path.isdir(root / pattern):  # noqa: PTH112 (Path's raises where a name is too long)
        pattern = f"{pattern}/**"
    found = glob.glob(pattern, root_dir=root, recursive=True)  # noqa: PTH207 (never raises)
    paths = {posixpath.normpath(Path(name).as_posix()) for name in found}
    return sorted(
        path for path in paths if (root / path).is_file() and not path.startswith(("/", "../"))
    )


def remove_unfinished(folder: Path) -> None:
    """Remove what a killed process left half-written in a folder that nobody else writes to."""
    for file in folder.glob(f"{_UNFINISHED}*"):
        with contextlib.suppress(OSError):
            file.unlink()


def swap_folders(new: Path, current: Path) -> None:
    """Put the folder `new` in the place of `current`, which afterwards is at the path of `new`.

    Linux and macOS exchange two folders in one step. Elsewhere there are two steps, with a moment
    between them in which `current` is missing. Where `current` does not exist, `new` just moves.
    """
    if not current.exists():
        new.rename(current)
        return
    if _exchange(new, current):
        return
    aside = new.with_name(f"{new.name}-old")
    if aside.exists():  # a swap was cut short between its steps
        shutil.rmtree(aside)
    current.rename(aside)
    new.rename(current)
    aside.rename(new)


def _exchange(one: Path, other: Path) -> bool:
    names = os.fsencode(one), os.fsencode(other)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "linux":
            failed = libc.renameat2(-100, names[0], -100, names[1], 2)  # AT_FDCWD, RENAME_EXCHANGE
        elif sys.platform == "darwin":
            failed = libc.renamex_np(names[0], names[1], 2)  # RENAME_SWAP
        else:
            return False
    except (OSError, AttributeError, TypeError):
        return False
    if failed and ctypes.get_errno() not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(other))
    return not failed
