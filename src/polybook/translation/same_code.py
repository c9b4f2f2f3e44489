"""When the code of two languages is the same: all but its comments."""

from __future__ import annotations

import io
import re
import tokenize
from functools import cache

from polybook.dialect.python import parse_masked
from polybook.running.programs import Program, ProgramCell

_REMARKS = frozenset({tokenize.COMMENT, tokenize.NL})
_SHAPES = frozenset({tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT})
#: Comments that mean something to Polybook: `#@save`, `#@hide`.
_MARK = re.compile(r"#[ \t]*@")
#: IPython takes prompts off all lines if it finds one, and the blanks that the first line begins
#: with: within a string, too. Some names it calls as magics, without a sign, if they stand first.
_OTHERWISE = re.compile(
    r"""\A(?:[ \t]*\n)*[ \t]+\S | ^[ \t]*(?:>>>|\.\.\.|In\ \[)
    | ^[ \t]*(?:cat|cd|conda|cp|l[dfklsx]|ldir|less|mamba|man|mkdir|more|mv|pip|rm|rmdir|run|sx
    |system|time|timeit|uv)\b(?![ \t]*[.(\[=,:])""",
    re.MULTILINE | re.VERBOSE,
)


@cache
def essence(code: str) -> tuple[object, ...]:
    """Return what of a cell's code is run: its tokens, and comments that mean something.

    Code that is not plain Python, such as a magic's, is compared as it stands: what is a comment
    in it, Python does not know. So is code with line breaks of which Python and IPython think
    differently: what one takes for a comment, the other would run. And so is code of which IPython
    takes something off before it is run.
    """
    plain = (code.rstrip(),)
    odd_lines = len(code.splitlines()) != len(code.rstrip("\n").split("\n"))
    if odd_lines or _OTHERWISE.search(code) or not _is_plain(code):
        return plain
    try:
        return tuple(
            (token.type, "" if token.type in _SHAPES else token.string)
            for token in tokenize.generate_tokens(io.StringIO(code).readline)
            if token.type not in _REMARKS or _MARK.match(token.string)
        )
    except (tokenize.TokenError, SyntaxError):
        return plain


def _is_plain(code: str) -> bool:
    """Tell whether code is Python to the letter: in a magic, `#` may be no comment."""
    found = parse_masked(code)
    return found is not None and found[1] == code


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
