"""Files that reStructuredText puts in as they are: `.. raw:: html` with `:file:`."""

from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from polybook.book import Book, Page
from polybook.cache import ContentCache, code_digest, digest
from polybook.document.ast import Elements, code_block
from polybook.document.author_html import placed_in
from polybook.document.only import raw_for
from polybook.document.raw_html import html_addresses
from polybook.document.resources import find_file, find_targets, resolve_resources
from polybook.document.safe_html import Unsafe, judge

#: Where books keep the files that are no pages.
_STATIC = "static"


@dataclass(frozen=True)
class RawFile:
    """What a directive asks for: a file, what it is (`html`), and the directive itself."""

    file: str
    format: str
    text: str
    line: int

    @staticmethod
    def read(content: str) -> RawFile:
        """Make it of what stands in its place."""
        return RawFile(**json.loads(content))


@dataclass(frozen=True)
class RawText:
    """What a file holds, where the relative addresses in it lead, and what is unsafe, by line."""

    path: Path
    content: str
    targets: Mapping[str, str | None]
    unsafe: tuple[tuple[int, Unsafe], ...] = ()


def read_raw_file(
    asked: RawFile, book: Book, page: Page, language: str, cache: ContentCache
) -> RawText | None:
    """Read a file; None if there is none. What addresses are in it is kept in a cache.

    It is looked up beside the page, then at the root of the book, then by its name alone below
    `static/`, if one file there has it. Addresses in it are relative to the page, or else to the
    file itself.
    """
    path = _find(asked.file, book, page, language)
    if path is None:
        return None
    content = path.read_text(encoding="utf-8", errors="replace")
    if asked.format != "html":
        return RawText(path, content, {})
    key = digest(code_digest(), content)
    addresses, unsafe = cache.remember(key, lambda: _read_html(content))
    beside = Path(os.path.relpath(path.parent, book.config.source)).as_posix()
    targets = find_targets(iter(addresses), book, page, language)
    nowhere = (address for address, target in targets.items() if target is None)
    others = find_targets(nowhere, book, Page(f"{beside}/page", page.sources), language)
    placed = tuple((line, Unsafe.read(each)) for line, each in unsafe)
    return RawText(path, content, {**targets, **others}, placed)


def _read_html(content: str) -> tuple[list[str], list[tuple[int, dict[str, Any]]]]:
    """Return the addresses in some HTML, and what is unsafe of it, by line, for the cache."""
    unsafe = placed_in(content, judge(content).unsafe)
    return html_addresses(content), [(line, asdict(each)) for line, each in unsafe]


def raw_blocks(asked: RawFile, found: RawText | None) -> Elements:
    """Return the blocks in the place of a file; the directive, if there is no file."""
    if found is None:
        return [code_block(asked.text, "rst")]
    blocks = raw_for(asked.format, found.content)
    resolve_resources(blocks, found.targets)
    return blocks


def _find(asked: str, book: Book, page: Page, language: str) -> Path | None:
    wanted = asked.lstrip("/")
    for name in (posixpath.join(page.folder, wanted), wanted):
        if found := find_file(name, book, page, language):
            return book.root / found
    for root in book.config.roots(language):
        path = Path(os.path.normpath(root / wanted))
        if path.is_file() and path.resolve().is_relative_to(root.resolve()):
            return path
        named = [path for path in (root / _STATIC).rglob(Path(wanted).name) if path.is_file()]
        if named:
            return named[0] if len(named) == 1 else None
    return None
