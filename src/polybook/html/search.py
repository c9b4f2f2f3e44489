"""The search index of a language: what Pagefind is given to read, and what it makes of it.

Pagefind indexes words, matches them by their beginnings and stems, and ranks what it finds. Which
words there are is decided here, and in the same way for what a reader looks for, in
`static/search-worker.js`: the two must agree. `docs/decisions/0010-search.md` says why.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from html import escape
from pathlib import Path

from polybook.cache import ContentCache, digest
from polybook.errors import PolybookError
from polybook.folder import link_or_copy, write_folder
from polybook.html.sections import Piece, Section

__all__ = ["SearchError", "folded", "record", "tokens", "update_index"]

#: Thai, kana, Chinese characters: scripts without blanks between words.
_UNSPACED = (
    "\u0e00-\u0e7f\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
)

#: Those and Hangul, whose compounds are looked for by their parts: every character with the one
#: after it is a word of the index.
_RUNNING = rf"{_UNSPACED}\uac00-\ud7af"
_GRAM = 2

_LETTER = rf"[^\W_{_RUNNING}]"
_MARK = r"\u0300-\u036f\u0591-\u05c7\u0610-\u065f\u0900-\u0d7f"
_WORD = rf"{_LETTER}+(?:[{_MARK}]+{_LETTER}*)*"
_TOKEN = re.compile(rf"(?P<run>[{_RUNNING}]+)|{_WORD}(?:[._-]+{_WORD})*")
_TORN = re.compile(rf"(?<=[{_UNSPACED}])\n(?=[{_UNSPACED}])")
_SPACES = re.compile(r"\s+")
_NAMES = re.compile(r"[.-]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")

#: What is no letter with a mark, such as Pagefind takes away, and is typed as another letter.
_TYPED = str.maketrans(
    {"ı": "i", "đ": "d", "ø": "o", "ł": "l", "ħ": "h", "œ": "oe", "æ": "ae", "ß": "ss"}
)

#: Words whose forms are remembered: a book has fewer, and each of them many times.
_VOCABULARY = 65_536

#: Code counts less than prose that explains it: it is there once for every framework.
_CODE = "0.5"

#: Of what Pagefind writes, what the site needs, besides the WebAssembly.
_NAMED = "*.pf_meta"  #: It names all that are packed.
_PACKED = ("index/*", "fragment/*")
_FILES = ("pagefind.js", "pagefind-entry.json", _NAMED)

# Pagefind takes every id without its blanks; and no text has these characters.
_BLANK, _END = "\ue000", "\ue001"


class SearchError(PolybookError):
    """Pagefind cannot make an index."""


# ---------------------------------------------------------------- words


def folded(word: str) -> str:
    """Return a word as the index has it: in small letters, in one form of each character.

    Turkish `I`, `İ` and `ı` all become `i`, whatever the language: many type them alike. Other
    marks stay; Pagefind knows a word with and without them.
    """
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKC", word.replace("İ", "i")).lower().translate(_TYPED)
    return "".join(plain.split())


def tokens(text: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield a text piece by piece, each with the words that it is found by.

    Side by side the pieces are the text again; of a text without any word there are none. A name
    is one piece, and found by the whole of it and by its parts.
    """
    start, words = 0, None
    for place, found in _words(text):
        if words is not None:
            yield text[start:place], words
            start = place
        words = found
    if words is not None:
        yield text[start:], words


def _words(text: str) -> Iterator[tuple[int, Sequence[str]]]:
    for match in _TOKEN.finditer(text):
        if match.lastgroup:
            run = match[0]
            for place in range(len(run)):
                yield match.start() + place, (folded(run[place : place + _GRAM]),)
        else:
            yield match.start(), _forms(match[0])


@lru_cache(_VOCABULARY)
def _forms(word: str) -> tuple[str, ...]:
    """Return `netloadstate`, `loadstate`, `net`, `load` and `state` for `net.load_state`."""
    if word.isalpha() and (word.islower() or word[1:].islower()):
        return (folded(word),)
    names = _NAMES.split(word)
    joined = [name.replace("_", "") for name in names]
    parts = [part for name in names for part in name.split("_") if part]
    forms = [
        *("".join(joined[start:]) for start in range(len(joined))),
        *joined,
        *parts,
        *(hump for part in parts for hump in _HUMP.split(part) if len(hump) > 2),
    ]
    return tuple(dict.fromkeys(map(folded, forms)))


# ---------------------------------------------------------------- what Pagefind reads


def record(
    section: Section, page: str, address: str, language: str, titles: Mapping[str, str]
) -> str:
    """Return a section as an HTML page for Pagefind.

    Its body is what is searched. What is shown of it is JSON in an id, which Pagefind keeps beside
    what it indexes: the text in as many pieces as the body has words, and which of them are for one
    tab alone.

    Args:
        section: the section.
        page: the title of its page.
        address: where it is, from the site's root.
        language: the language of its text.
        titles: the title of each tab.

    """
    pieces = [(piece, _worded(piece.text)) for piece in section.pieces]
    if not any(words for _, words in pieces):
        # Pagefind leaves out what has no word at all.
        words = _worded(section.title) or _worded(address)
        pieces = [(Piece(""), words)]
    shown: list[str] = []
    body: list[str] = []
    tabs: list[tuple[int, int, str, str]] = []
    for piece, words in pieces:
        start = len(shown)
        for text, forms in words:
            shown += [text, *[""] * (len(forms) - 1)]
        if piece.tab:
            tabs.append((start, len(shown), piece.tab, titles[piece.tab]))
        content = _searched(words)
        body.append(f'<i data-pagefind-weight="{_CODE}">{content}</i>' if piece.code else content)
    kept = {
        "address": address,
        "title": section.title,
        "page": page,
        "language": language,
        "tabs": tabs,
        "text": _END.join(shown),
    }
    return "".join(
        (
            f'<html><body><i id="{_as_id(kept)}"></i>',
            _meta("title", section.title),
            _meta("page", page) if page != section.title else "",
            " ".join(body),
            "</body></html>",
        )
    )


def _worded(text: str) -> list[tuple[str, Sequence[str]]]:
    """Return text as tokens, with one blank for many, and none within a broken line of Japanese."""
    even = _TORN.sub("", unicodedata.normalize("NFC", text))
    return list(tokens(_SPACES.sub(" ", f"{even} ")))


def _searched(words: Iterable[tuple[str, Sequence[str]]]) -> str:
    return " ".join(form for _, forms in words for form in forms)


def _as_id(kept: Mapping[str, object]) -> str:
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    return escape(_SPACES.sub(_BLANK, text))


def _meta(name: str, text: str) -> str:
    return f'<i data-pagefind-meta="{name}:{_searched(tokens(text))}"></i>'


# ---------------------------------------------------------------- Pagefind


def update_index(
    folder: Path,
    records: Callable[[], Iterable[str]],
    language: str,
    cache: ContentCache,
    key: str,
    work: Path,
) -> None:
    """Make a folder the index of some records, unless it is that already.

    Args:
        folder: the folder, in the site.
        records: gives the records; not called where nothing has changed.
        language: their language, whose stems Pagefind is to know.
        cache: keeps what the folder was like.
        key: what the records are made of.
        work: a folder, on the same disk as the site, that keeps the records for the next time.

    Raises:
        SearchError: Pagefind fails; the folder is as it was.
        OSError: the folder cannot be written.

    """
    from importlib.metadata import version  # noqa: PLC0415 (slow to import)

    key = digest(key, language, version("pagefind_bin"))
    place = digest("search index", language)
    made_of, state = json.loads(cache.get(place) or "[null, null]")
    whole = state == _state(folder)
    if not whole or made_of != key:
        pages, made = work / "pages", work / "index"
        shutil.rmtree(made, ignore_errors=True)  # a build that was killed may have left it
        try:
            _write_pages(pages, records())
            _index(pages, made, language, folder if whole else None)
            write_folder(folder, _needed(made, language))
        finally:
            shutil.rmtree(made, ignore_errors=True)
        cache.put(place, json.dumps([key, _state(folder)]).encode())


def _state(folder: Path) -> str:
    """Return the digest of a folder's files."""
    state = hashlib.blake2b()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        state.update(f"{file.relative_to(folder).as_posix()}\0".encode())
        state.update(hashlib.blake2b(file.read_bytes()).digest())
    return state.hexdigest()


def _write_pages(pages: Path, records: Iterable[str]) -> None:
    """Make a folder hold one page for each record; what is there already is not written again."""
    pages.mkdir(parents=True, exist_ok=True)
    gone = {file.name for file in pages.iterdir()}
    for number, each in enumerate(records):
        file, content = pages / f"{number:06}.html", each.encode()
        if file.name not in gone or file.read_bytes() != content:
            file.write_bytes(content)
        gone.discard(file.name)
    for name in gone:
        (pages / name).unlink()


def _index(pages: Path, made: Path, language: str, before: Path | None) -> None:
    """Have Pagefind index pages; what an index of `before` has in common is not packed again.

    Pagefind names such files by what they hold, and leaves alone what is there.
    """
    from pagefind_bin import get_executable  # noqa: PLC0415 (most builds do without it)

    if before:
        for file in _packed(before):
            link_or_copy(file, made / file.relative_to(before))
    options = ("--site", pages, "--output-path", made, "--force-language", language, "--silent")
    # A file or a variable of Pagefind's own configuration is for another site.
    environment = {key: value for key, value in os.environ.items() if "PAGEFIND" not in key}
    done = subprocess.run(
        [get_executable(), *options],
        cwd=pages.parent,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        said = (done.stdout + done.stderr).strip()
        raise SearchError(
            f"Pagefind made no search index for “{language}”: {said}",
            hint="The pages themselves are built.",
        )


def _needed(made: Path, language: str) -> dict[str, Path]:
    """Return what the site needs of an index, by name: without what is of an older one."""
    # One of two: with the language's stems, or without where Pagefind knows none of it.
    stems = made / f"wasm.{language}.pagefind"
    files = [stems if stems.is_file() else made / "wasm.unknown.pagefind"]
    files += (file for pattern in _FILES for file in made.glob(pattern))
    named = b"".join(gzip.decompress(file.read_bytes()) for file in made.glob(_NAMED))
    files += (file for file in _packed(made) if file.stem.encode() in named)
    return {file.relative_to(made).as_posix(): file for file in files}


def _packed(index: Path) -> Iterator[Path]:
    return (file for pattern in _PACKED for file in index.glob(pattern))
