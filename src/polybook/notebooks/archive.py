"""Archives whose bytes depend on nothing but what they hold."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

#: The earliest time that the format knows.
_TIME = (1980, 1, 1, 0, 0, 0)

#: Two thirds of the usual level's time, for files two per cent larger.
_LEVEL = 4

#: What is compressed already.
_DENSE = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".zip", ".gz", ".pdf", ".mp4"})


@dataclass(frozen=True)
class Archive:
    """A zip file, to be made where it is not there already; its comment names what it holds.

    Args:
        files: its files by their path, each as its content or as a file to copy.
        digests: the digests of files to copy, as far as they are known; more are added.

    """

    files: Mapping[str, bytes | Path]
    digests: dict[Path, str]

    @cached_property
    def _comment(self) -> bytes:
        names = [f"{name} {self._digest(content)}" for name, content in sorted(self.files.items())]
        return f"polybook {_hash(chr(10).join(names).encode())}".encode()

    def _digest(self, content: bytes | Path) -> str:
        if isinstance(content, bytes):
            return _hash(content)
        if content not in self.digests:
            self.digests[content] = _hash(content.read_bytes())
        return self.digests[content]

    def is_at(self, path: Path) -> bool:
        """Tell whether a file is this archive.

        Raises:
            OSError: it cannot be read.

        """
        if not zipfile.is_zipfile(path):
            return False
        with zipfile.ZipFile(path) as archive:
            return archive.comment == self._comment

    def write(self, path: Path) -> None:
        """Make the file."""
        with zipfile.ZipFile(path, "w", compresslevel=_LEVEL) as archive:
            archive.comment = self._comment
            for name, content in sorted(self.files.items()):
                entry = zipfile.ZipInfo(name, _TIME)
                dense = Path(name).suffix.lower() in _DENSE
                entry.compress_type = zipfile.ZIP_STORED if dense else zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                data = content.read_bytes() if isinstance(content, Path) else content
                archive.writestr(entry, data, compresslevel=_LEVEL)


def _hash(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=32).hexdigest()
