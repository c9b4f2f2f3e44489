"""Marks in a cell's comments: `#@hide`, `#@hide_code`, `#@hide_output`, `#@hide_all`, `#@save`.

They are comments of Python: the same words within a string mean nothing. A cell is run whether it
is hidden or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# Strings are matched so that a `#` within them is stepped over. A cell may hold lines that are not
# Python (magics), so there is no tokenizing it.
_COMMENT = re.compile(
    r"""
    \"{3}(?:\\.|[^\\])*?\"{3} | '{3}(?:\\.|[^\\])*?'{3}
  | "(?:\\.|[^"\\\r\n])*" | '(?:\\.|[^'\\\r\n])*'
  | (?P<comment>\#[^\r\n]*)
    """,
    re.VERBOSE | re.DOTALL,
)
_HIDE = re.compile(
    r"#[ \t]*@hide(?:_(?P<what>code|outputs?|all))?\b"
    r"|^#[ \t]*hide[ \t](?P<words>code|outputs)[ \t]*$",
    re.IGNORECASE,
)
_SAVE = re.compile(r"#[ \t]*@save\b")


@dataclass(frozen=True, slots=True)
class Hidden:
    """What of a cell the page does not show; `following`: nor any cell after it."""

    code: bool = False
    output: bool = False
    following: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A mark in a comment; `start` is where it begins, `end` is where its comment ends."""

    start: int
    end: int
    word: str


def hidden(code: str) -> Hidden:
    """Tell what a cell's own marks hide.

    As in d2lbook 1.0.3 (its `rst.py`), `#@hide` hides both code and output, `#@hide_code` and
    `#@hide_output` the one that they name, and `#@hide_all` both, of this cell and of every one
    after it on the page. `# Hide code` and `# Hide outputs`, its older words, are comments of
    which they are the whole text.
    """
    words = {mark.word for mark in _hide_marks(code)}
    both = not words.isdisjoint({"", "all"})
    return Hidden(
        code=both or "code" in words,
        output=both or not words.isdisjoint({"output", "outputs"}),
        following="all" in words,
    )


def hidden_cells(codes: Iterable[str]) -> Iterator[Hidden]:
    """Tell what the page hides of each of its cells, given in their order."""
    rest = False
    for code in codes:
        own = hidden(code)
        rest = rest or own.following
        yield Hidden(True, True, True) if rest else own


def without_hide_marks(code: str) -> str:
    """Return a cell's code without the marks that hide, nor the lines that held nothing else."""
    return _without(code, list(_hide_marks(code)))


def save_marks(code: str) -> list[Mark]:
    """Find the marks `#@save`, which put code into the book's library."""
    return list(_marks(code, _SAVE)) if "@save" in code else []


def without_save_marks(code: str) -> str:
    """Return a cell's code without `#@save`; pages show the mark, slides do not."""
    return _without(code, save_marks(code))


def _hide_marks(code: str) -> Iterator[Mark]:
    return _marks(code, _HIDE) if "hide" in code.lower() else iter(())


def find_comments(code: str) -> Iterator[tuple[int, int]]:
    """Yield where each comment of a cell's code begins and where it ends."""
    return (found.span() for found in _COMMENT.finditer(code) if found["comment"])


def _marks(code: str, pattern: re.Pattern[str]) -> Iterator[Mark]:
    for start, end in find_comments(code):
        if found := pattern.search(code[start:end]):
            word = next(filter(None, found.groups()), "").lower()
            yield Mark(start + found.start(), end, word)


def _without(code: str, marks: list[Mark]) -> str:
    for mark in reversed(marks):
        before, after = code[: mark.start].rstrip(" \t"), code[mark.end :]
        if before and not before.endswith("\n"):
            code = before + after
        elif after:
            code = before + re.sub(r"\A\r?\n", "", after)
        else:
            code = before.rstrip("\r\n")
    return code
