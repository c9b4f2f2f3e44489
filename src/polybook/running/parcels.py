"""Files that travel to other machines by their content, once to each."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Parcel:
    """A folder as a tar archive; `digest` is its SHA-256 in hexadecimal."""

    digest: str
    content: bytes

    def unpack(self, folder: Path) -> Path:
        """Return the files in a folder of their own, below `folder`; they are there once."""
        target = folder / self.digest
        if not target.exists():
            folder.mkdir(parents=True, exist_ok=True)
            scratch = Path(tempfile.mkdtemp(dir=folder))
            with tarfile.open(fileobj=io.BytesIO(self.content)) as archive:
                archive.extractall(scratch, filter="tar")
            try:
                scratch.rename(target)
            except OSError:  # another thread was quicker
                shutil.rmtree(scratch, ignore_errors=True)
        return target


def pack(fill: Callable[[Path], None]) -> Parcel:
    """Return what a function puts into a folder."""
    content = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="polybook-") as name:
        folder = Path(name)
        fill(folder)
        with tarfile.open(fileobj=content, mode="w") as archive:
            for path in sorted(folder.rglob("*")):
                archive.add(path, path.relative_to(folder), recursive=False, filter=_without_owner)
    return Parcel(hashlib.sha256(content.getvalue()).hexdigest(), content.getvalue())


def _without_owner(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = member.uid = member.gid = 0
    member.uname = member.gname = ""
    member.mode |= 0o600 | (0o100 if member.isdir() else 0)
    return member


def copy(source: Path, target: Path) -> None:
    """Copy a file, whose folder is made where it is not there yet."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
