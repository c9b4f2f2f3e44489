"""Set-up cells: `%load_ext d2lbook.tab`, `tab.interact_select(…)`, `#required_libs(…)`.

They choose a tab when a page is run by hand in Jupyter. They are never run by a build and never
shown; they say which tabs the page has.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

_LOAD = re.compile(r"^[ \t]*%(?:load|reload)_ext[ \t]+(?:d2lbook|polybook)\.tab\b", re.MULTILINE)
_SELECT = re.compile(r"\btab\.interact_select\s*\(")
_LIBRARIES = re.compile(r"#[ \t]*required_libs\(\s*\[?(?P<names>[^\])]*)\]?\s*\)")


@dataclass(frozen=True, slots=True)
class Setup:
    """What a set-up cell says; `tabs` is empty where it names none."""

    tabs: tuple[str, ...] = ()
    required_libs: tuple[str, ...] = ()


def parse_setup(body: str) -> Setup | None:
    """Read a cell as a set-up cell; None if it is an ordinary one."""
    if not _LOAD.search(body) and not _SELECT.search(body):
        return None
    libraries = _LIBRARIES.search(body)
    names = re.split(r"[\s,]+", libraries["names"]) if libraries else []
    return Setup(
        tabs=_selected(body),
        required_libs=tuple(name.strip("'\"") for name in names if name.strip("'\"")),
    )


def _selected(body: str) -> tuple[str, ...]:
    """Return every string that `tab.interact_select` is called with, in a list or one by one."""
    found = _SELECT.search(body)
    if not found:
        return ()
    call = body[found.start() :]
    for end in (index + 1 for index, letter in enumerate(call) if letter == ")"):
        try:
            tree = ast.parse(call[:end], mode="eval")
        except SyntaxError:
            continue
        strings = (
            node.value.lower()
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        return tuple(dict.fromkeys(strings))
    return ()
