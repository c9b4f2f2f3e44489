"""Set-up cells: `%load_ext d2lbook.tab`, `tab.interact_select(…)`, `#required_libs(…)`.

They choose a tab when a page is run by hand in Jupyter. They are never run by a build and never
shown; they say which tabs the page has, and `#required_gpus(2)` how many GPUs its programs need.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from polybook.dialect.python import parse_python, strings

_LOAD = re.compile(r"^[ \t]*%(?:load|reload)_ext[ \t]+(?:d2lbook|polybook)\.tab\b", re.MULTILINE)
_SELECT = re.compile(r"^[ \t]*tab\.interact_select[ \t]*\(", re.MULTILINE)
_LIBRARIES = re.compile(r"#[ \t]*required_libs[ \t]*\((?P<names>[^\n]*(?:\n[ \t]*#[^\n]*)*)")
_GPUS = re.compile(r"#[ \t]*required_gpus[ \t]*\([ \t]*(\d{1,4})[ \t]*\)")
_LIBRARY = re.compile(r"'(?P<single>[^'\n]*)'|\"(?P<double>[^\"\n]*)\"|(?P<bare>[^\s,'\"()#]+)|\)")


@dataclass(frozen=True, slots=True)
class Setup:
    """What a set-up cell says; `tabs` is empty where it names none.

    `other` is the index of the first line of the cell that does something else, -1 if none does;
    `required_gpus` is None where it says nothing of them.
    """

    tabs: tuple[str, ...] = ()
    required_libs: tuple[str, ...] = ()
    other: int = -1
    required_gpus: int | None = None


def parse_setup(body: str) -> Setup | None:
    """Read a cell as a set-up cell; None if it is an ordinary one."""
    if not _LOAD.search(body) and not _SELECT.search(body):
        return None
    tree = parse_python(body)
    names: list[str] = []
    other = -1 if tree else 0
    for statement in tree.body if tree else ():
        match statement:
            case ast.Expr(
                value=ast.Call(
                    func=ast.Attribute(value=ast.Name(id="tab"), attr="interact_select")
                ) as call
            ):
                names += map(str.lower, strings(call))
            case ast.Pass() | ast.ImportFrom(module="d2lbook" | "polybook"):
                pass  # the first is what a line magic is parsed as
            case _ if other < 0:
                other = statement.lineno - 1
    gpus = _GPUS.search(body)
    return Setup(
        tuple(dict.fromkeys(names)), tuple(_libraries(body)), other, int(gpus[1]) if gpus else None
    )


def _libraries(body: str) -> Iterator[str]:
    """Yield the libraries of `#required_libs("a==1", "b[c]")`, which may also be a list."""
    found = _LIBRARIES.search(body)
    for name in _LIBRARY.finditer(found["names"]) if found else ():
        if name[0] == ")":
            return
        if library := (name["single"] or name["double"] or (name["bare"] or "").strip("[]")):
            yield library
