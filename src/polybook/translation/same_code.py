"""When the code of two languages is the same: all but its comments."""

from __future__ import annotations

import io
import tokenize
from functools import cache

from polybook.dialect.branches import parseable
from polybook.running.programs import Program, ProgramCell

_REMARKS = frozenset({tokenize.COMMENT, tokenize.NL})
_SHAPES = frozenset({tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT})


@cache
def essence(code: str) -> tuple[str, ...]:
    """Return what of a cell's code is run: its tokens without comments.

    Code that is not plain Python, such as a magic's, is compared as it stands: what is a comment
    in it, Python does not know. So is code with line breaks of which Python and IPython think
    differently: what one takes for a comment, the other would run.
    """
    plain = (code.rstrip(),)
    if len(code.splitlines()) != len(code.rstrip("\n").split("\n")) or parseable(code) is None:
        return plain
    try:
        return tuple(
            tokenize.tok_name[token.type] if token.type in _SHAPES else token.string
            for token in tokenize.generate_tokens(io.StringIO(code).readline)
            if token.type not in _REMARKS
        )
    except (tokenize.TokenError, SyntaxError):
        return plain


def alike(cell: ProgramCell) -> tuple[object, ...]:
    """Return what cells that run alike have in common."""
    return essence(cell.code), tuple(sorted(cell.tags))


def same_program(one: Program, other: Program) -> bool:
    """Tell whether two programs run alike: cells, what they import, and where."""
    return (
        [alike(cell) for cell in one.cells] == [alike(cell) for cell in other.cells]
        and dict(one.library) == dict(other.library)
        and one.environment.key == other.environment.key
    )
