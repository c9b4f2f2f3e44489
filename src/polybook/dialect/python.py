"""A cell's code as Python's own parser sees it."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Iterator

from polybook.dialect.fences import split_lines

#: A line magic, a shell escape or a question, also one whose answer is assigned.
_MAGIC = re.compile(
    r"(?P<indent>[ \t]*)(?:[%!?]|[\w.,\[\] ]+=[ \t]*[%!]|[\w.]+\?{1,2}[ \t]*$)", re.MULTILINE
)
#: A line break to Python and to nothing else; pages that have one are reported.
LONE_RETURN = re.compile(r"\r(?!\n)")
_MOST_STEPS = 50


def parse_python(code: str) -> ast.Module | None:
    """Parse a cell's code, None if it is not Python. Each magic counts as a `pass` in its line."""
    found = parse_masked(code)
    return found and found[0]


def parse_masked(code: str) -> tuple[ast.Module, str] | None:
    """Parse a cell's code and return the tree and the text that was parsed.

    Lines that begin like a magic may also go on with an expression or be part of a string, so they
    are set aside only if the code is not Python with them: all at once, or where the parser stops.
    """
    if isinstance(found := _parse(code), ast.Module):
        return found, code
    lines = split_lines(code)
    masked = "".join(_masked(line) for line in lines)
    if isinstance(every := _parse(masked), ast.Module):
        return every, masked
    for _ in range(_MOST_STEPS):
        if not isinstance(found, SyntaxError):
            return None
        number = (found.lineno or 0) - 1
        if not 0 <= number < len(lines) or _masked(lines[number]) == lines[number]:
            return None
        lines[number] = _masked(lines[number])
        text = "".join(lines)
        if isinstance(found := _parse(text), ast.Module):
            return found, text
    return None


def _parse(code: str) -> ast.Module | Exception:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the code's own escapes: it is not ours to say
        try:
            return ast.parse(LONE_RETURN.sub(" ", code))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            return error


def _masked(line: str) -> str:
    found = _MAGIC.match(line)
    return f"{found['indent']}pass\n" if found else line


def strings(call: ast.Call) -> Iterator[str]:
    """Yield the strings that a function is called with, in a list or one by one."""
    for argument in call.args:
        for node in argument.elts if isinstance(argument, ast.List | ast.Tuple) else [argument]:
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def lines_in_strings(code: str) -> frozenset[int]:
    """Return the indices of the lines that begin inside a string; `code` must be Python."""
    if '"""' not in code and "'''" not in code and "\\\n" not in code:
        return frozenset()
    inside: set[int] = set()
    opened: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO(code, newline="\n").readline):
        kind = tokenize.tok_name[token.type]
        if kind.endswith("STRING_START"):  # since Python 3.12, strings with expressions in them
            opened.append(token.start[0])
        elif kind.endswith("STRING_END"):
            inside.update(range(opened.pop(), token.end[0]))
        elif kind == "STRING":
            inside.update(range(token.start[0], token.end[0]))
    return frozenset(inside)
