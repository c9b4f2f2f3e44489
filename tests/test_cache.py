"""The cache of what a build has made: found by what it is made of, forgotten when unused."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import polybook
from polybook.cache import ContentCache, digest

DIGEST_IN = "import polybook.cache; print(polybook.cache.code_digest())"


def test_what_was_put_is_found_by_another_build(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "cache"
    cache = ContentCache(folder, ".json")
    assert cache.get("key") is None
    cache.put("key", b"content")
    assert cache.get("key") == b"content"
    assert ContentCache(folder, ".json").get("key") == b"content"
    assert ContentCache(folder, ".html").get("key") is None


def test_damaged_file_is_nothing(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path, ".json")
    cache.put("key", b"content")
    whole = (tmp_path / "key.json").read_bytes()
    for damaged in (b"", b"{}", whole[:-1], whole + b"x", whole.replace(b"\n", b"")):
        (tmp_path / "key.json").write_bytes(damaged)
        assert cache.get("key") is None


def test_what_a_build_has_neither_asked_for_nor_put_is_forgotten(tmp_path: Path) -> None:
    for key in ("asked", "named", "unused"):
        ContentCache(tmp_path, ".json").put(key, b"content")
    (tmp_path / "other.txt").touch()
    (tmp_path / ".polybook-half").touch()
    cache = ContentCache(tmp_path, ".json")
    cache.get("asked")
    cache.get("missing")
    cache.put("put", b"content")
    cache.forget_others(["named"])
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["asked.json", "named.json", "other.txt", "put.json"]


def test_forgetting_where_nothing_was_ever_kept_does_nothing(tmp_path: Path) -> None:
    ContentCache(tmp_path / "nowhere", ".json").forget_others()
    assert list(tmp_path.iterdir()) == []


def test_digest_tells_all_its_parts_apart() -> None:
    parts = [
        (),
        ("",),
        ("a",),
        ("a", ""),
        ("ab",),
        ("a", "b"),
        (["a", "b"],),
        (1,),
        ("1",),
        (None,),
    ]
    assert len({digest(*each) for each in parts}) == len(parts)
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})


def test_digest_of_polybook_itself_changes_with_any_of_its_files(tmp_path: Path) -> None:
    package = tmp_path / "polybook"
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(polybook.__file__).parent, package, ignore=ignore)

    def code_digest() -> str:
        command = [sys.executable, "-c", DIGEST_IN]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        return done.stdout

    first = code_digest()
    assert code_digest() == first  # the byte code that the first one has left is no part of it
    style = package / "html" / "static" / "style.css"
    style.write_text(style.read_text() + "\n")
    second = code_digest()
    style.rename(style.with_name("other.css"))
    assert len({first, second, code_digest()}) == 3
