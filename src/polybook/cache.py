"""Files that are named by the digest of all that they are made of, so that none is ever stale."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

from polybook.files import remove_unfinished, write_atomically


@cache
def code_digest() -> str:
    """Return the digest of Polybook itself: what it made may change with any of its files."""
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*")):
        if file.is_file() and file.suffix != ".pyc":
            digest.update(file.relative_to(package).as_posix().encode() + b"\0")
            digest.update(file.read_bytes())
    return digest.hexdigest()


def digest(*parts: Any) -> str:
    """Return the SHA-256, in hexadecimal, of values that JSON can hold."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


def _checksum(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).hexdigest().encode()


class ContentCache:
    """A folder of such files, which knows which of them a build has asked for."""

    def __init__(self, folder: Path, suffix: str) -> None:
        self._folder = folder
        self._suffix = suffix
        self._used: set[str] = set()

    def get(self, key: str) -> bytes | None:
        """Return what is kept under a key; a file that was damaged since counts as not there."""
        self._used.add(key)
        try:
            kept = (self._folder / f"{key}{self._suffix}").read_bytes()
        except OSError:
            return None
        checksum, _, content = kept.partition(b"\n")
        return content if checksum == _checksum(content) else None

    def has(self, key: str) -> bool:
        """Tell whether something is kept under a key, undamaged or not."""
        return (self._folder / f"{key}{self._suffix}").is_file()

    def put(self, key: str, content: bytes) -> None:
        """Keep something under a key."""
        self._used.add(key)
        kept = _checksum(content) + b"\n" + content
        write_atomically(self._folder / f"{key}{self._suffix}", kept, durable=False)

    def remember(self, key: str, make: Callable[[], Any]) -> Any:
        """Return what is kept under a key as JSON; it is made, and kept, where it is not there."""
        kept = self.get(key)
        if kept is None:
            made = make()
            self.put(key, json.dumps(made).encode())
            return made
        return json.loads(kept)

    def forget_others(self, keys: Iterable[str] = ()) -> None:
        """Remove what this build has neither asked for nor put, `keys` excepted."""
        wanted = self._used | set(keys)
        for file in self._folder.glob(f"*{self._suffix}"):
            if file.name.removesuffix(self._suffix) not in wanted:
                file.unlink(missing_ok=True)
        remove_unfinished(self._folder)
