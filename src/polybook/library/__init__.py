"""The book's library: the code that its pages mark with `#@save`, as Python files.

This is d2lbook's `build lib`, the one verb that writes into the folder of the source: a book keeps
these files, its pages import them. A file is only touched if its content changes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from polybook.book import Book
from polybook.errors import BookError, Location
from polybook.files import write_atomically
from polybook.library.classes import put_together
from polybook.library.names import alias_code
from polybook.library.saved import Saved, saved_in_book, saved_in_page

__all__ = ["WARNING", "library_files", "write_library"]

#: The line, d2lbook's own, below which a library file is generated.
WARNING = "#################   WARNING   ################"

_HEADER = f"""{WARNING}
# All below is made by `polybook build lib`, from the cells of the book that are marked #@save.
# Change the pages, not this file.
"""
_ALIASES = "# Alias defined in config.ini"
_GENERATED = re.compile(rf"^[ \t]*{re.escape(WARNING)}[ \t]*\r?\n?(?:#[^\n]*\n?)*", re.MULTILINE)
# What d2lbook wrote first into files that were made as a whole, before it had that line.
_GENERATED_ALL = re.compile(
    r"\A# This file is generated automatically through:\s*#\s+d2lbook build lib\b"
)
_VERSION = re.compile(r"^(?P<name>__version__[ \t]*=[ \t]*)[^\r\n]*", re.MULTILINE)


def library_files(book: Book) -> dict[Path, str]:
    """Return the text of each file of the library.

    It is made from the pages of the reference language; a language whose folder is a book of its
    own has a library of its own.

    Returns:
        By path, the `lib_file` of each tab, the `version_file` with the book's release, and below
        `root_dir`, if that is set, one file for each page that saves something in the first tab.
        Of a file that exists, the part above the line `WARNING` is kept.

    Raises:
        BookError: what is saved is not Python, a method's class is not saved, or a file that
            exists is not one that was generated.

    """
    files: dict[Path, str] = {}
    codes = [language.code for language in book.config.languages]
    for code in codes:
        if code == book.config.reference.code or book.stands_alone(code):
            files = {**_files(book, code), **files}
    return files


def _files(book: Book, language: str) -> dict[Path, str]:
    config = book.config.localised(language)
    files: dict[Path, str] = {}
    common = config.libraries.get("library", {})
    if folder := common.get("root_dir", "").strip():
        for page in book.order(language):
            path = book.root / folder / f"{page.name}.py"
            if saved := list(saved_in_page(book, page, language, config.written_tabs[0])):
                files[path] = _library_file(path, saved, {})
    for tab in config.written_tabs:
        section = config.libraries.get(f"library-{tab}", {})
        if name := section.get("lib_file", "").strip():
            path = book.root / name
            files[path] = _library_file(path, saved_in_book(book, language, tab), section)
    if name := common.get("version_file", "").strip():
        path = book.root / name
        text = files.get(path) or _read(path)
        files[path] = _with_version(text, config.project.release)
    return files


def write_library(book: Book) -> list[Path]:
    """Write the files of the library and return those whose content changed.

    Raises:
        BookError: as `library_files`; then nothing is written.
        OSError: a file cannot be written.

    """
    return [
        path for path, text in library_files(book).items() if write_atomically(path, text.encode())
    ]


def _library_file(path: Path, saved: Iterable[Saved], section: Mapping[str, str]) -> str:
    text = f"{_head(path)}\n{put_together(saved)}"
    if aliases := alias_code(section):
        return f"{text}\n\n\n{_ALIASES}\n{aliases}\n\n"
    return f"{text}\n"


def _head(path: Path) -> str:
    """Return the part of a file that is not generated, with the header that ends it."""
    text = _read(path) if path.exists() else ""
    if found := _GENERATED.search(text):
        return text[: found.end()]
    if text.strip() and not _GENERATED_ALL.match(text):
        raise BookError(
            "This file was not made from the book, so it is not overwritten.",
            hint=f"Move it, or put this line below what is to be kept of it: {WARNING}",
            location=Location(path),
        )
    return _HEADER


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        message = f"The file is not UTF-8: {error.reason} at byte {error.start}."
        raise BookError(message, hint="Save it as UTF-8.", location=Location(path)) from None
    except OSError as error:
        message = f"Cannot be read: {error.strerror}."
        raise BookError(message, location=Location(path)) from None


def _with_version(text: str, release: str) -> str:
    return _VERSION.sub(lambda found: f'{found["name"]}"{release}"', text)
