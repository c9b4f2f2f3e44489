"""Notebooks: one per page, language and tab, with and without outputs, and archives of them.

The folder `notebooks` has one folder per language (none in a book without `[languages]`), and that
one per tab: `tr/pytorch/chapter/page.ipynb`. Each is whole: figures and resources lie in it as they
do in the book, and links lead to its other notebooks. `without-outputs` holds all of it again,
without outputs; `NAME-tr-pytorch.zip` is the folder of that language and tab, with them.

The folders `colab` and `sagemaker` have the same inner folders, with notebooks for these hosts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from polybook.book import Book
from polybook.cache import ContentCache, code_digest, digest
from polybook.document import Documents, Fresh
from polybook.folder import Made, write_folder
from polybook.notebooks.archive import Archive
from polybook.notebooks.hosts import Host
from polybook.notebooks.rendering import PageNotebooks, Rendering
from polybook.notebooks.shelves import folder_name, shelves

__all__ = ["NotebooksReport", "build_hosted", "build_notebooks"]

_BARE = "without-outputs"


@dataclass(frozen=True)
class NotebooksReport:
    """What came of a build of notebooks; those without outputs are not counted again."""

    folder: Path
    notebooks: int
    changed: Sequence[str]


def build_notebooks(
    book: Book,
    documents: Documents,
    fresh: Mapping[tuple[str, str], Fresh],
    languages: Sequence[str],
    tabs: Sequence[str],
) -> NotebooksReport:
    """Build the notebooks of a book.

    Args:
        book: the book.
        documents: its documents, parsed for `languages`.
        fresh: what the programs of each page have left, by page and language.
        languages: the languages to build; what is there of the others stays as it is.
        tabs: the tabs to build; likewise.

    Raises:
        BookError: a resource lies outside of the book.
        OSError: they cannot be written; the old ones are still whole.
        PandocError: pandoc refuses a page.

    """
    rendering = Rendering(book, documents, fresh, languages)
    files: dict[str, bytes | Path | Made] = {}
    digests: dict[Path, str] = {}
    count = 0
    for shelf in shelves(book, rendering, languages, tabs):
        count += len(shelf.pages)
        full = shelf.files(lambda page, tab=shelf.tab: page.full[tab])  # type: ignore[misc]
        bare = shelf.files(lambda page, tab=shelf.tab: page.bare[tab])  # type: ignore[misc]
        files |= {f"{shelf.folder}/{path}": content for path, content in full.items()}
        files |= {f"{_BARE}/{shelf.folder}/{path}": content for path, content in bare.items()}
        name = _archive_name(book, shelf.language, shelf.tab)
        packed = {f"{name}/{path}": content for path, content in full.items()}
        files[f"{name}.zip"] = Archive(packed, digests)
    folder = book.config.output / "notebooks"
    kept = [
        name
        for language, tab in _others(book, languages, tabs)
        for name in (
            folder_name(book, language, tab),
            f"{_BARE}/{folder_name(book, language, tab)}",
            f"{_archive_name(book, language, tab)}.zip",
        )
    ]
    return NotebooksReport(folder, count, write_folder(folder, files, kept))


def build_hosted(
    host: str,
    book: Book,
    documents: Documents,
    fresh: Mapping[tuple[str, str], Fresh],
    languages: Sequence[str],
    tabs: Sequence[str],
) -> NotebooksReport:
    """Build the notebooks for a host: of the tabs that the book names a repository for.

    Args:
        host: the host, one of `hosts.HOSTS`.
        book: as for `build_notebooks`, like all that follow.
        documents: see there.
        fresh: see there.
        languages: see there.
        tabs: see there.

    Raises:
        BookError: a resource lies outside of the book.
        OSError: they cannot be written; the old ones are still whole.
        PandocError: pandoc refuses a page.

    """
    wanted = [
        (language, tab)
        for language in languages
        for tab in tabs
        if Host(host, book.config.localised(language), language, tab).wanted
    ]
    cache = ContentCache(book.config.output / ".cache" / host, ".json")
    files: dict[str, bytes | Path] = {}
    count = 0
    if wanted:
        rendering = Rendering(book, documents, fresh, languages)
        for shelf in shelves(book, rendering, languages, tabs):
            if (shelf.language, shelf.tab) in wanted:
                target = Host(
                    host, book.config.localised(shelf.language), shelf.language, shelf.tab
                )
                count += len(shelf.pages)
                adapted = shelf.files(partial(_adapted, target, cache))
                files |= {f"{shelf.folder}/{path}": content for path, content in adapted.items()}
    if len(languages) == len(book.config.languages) and len(tabs) == len(book.config.tabs):
        cache.forget_others()
    kept = [folder_name(book, language, tab) for language, tab in _others(book, languages, tabs)]
    folder = book.config.output / host
    return NotebooksReport(folder, count, write_folder(folder, files, kept))


def _adapted(host: Host, cache: ContentCache, page: PageNotebooks) -> str:
    key = digest(code_digest(), host.name, host.tab, host.settings, host.release, page.key)
    text: str = cache.remember(key, lambda: host.adapt(page))
    return text


def _archive_name(book: Book, language: str, tab: str) -> str:
    name = book.config.localised(language).project.name
    return f"{name}-{folder_name(book, language, tab).replace('/', '-')}"


def _others(book: Book, languages: Sequence[str], tabs: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the languages and tabs of the book that are not built now: they stay as they are."""
    for language in book.config.languages:
        for tab in book.config.tabs:
            if language.code not in languages or tab not in tabs:
                yield language.code, tab
