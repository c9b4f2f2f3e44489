"""`%load_ext polybook.tab`: of a page for several frameworks, run the cells of one, in Jupyter.

The extension gives `%%tab`, and itself as `tab`, with `tab.interact_select` and `tab.selected`. It
is also what `%load_ext d2lbook.tab` loads in the kernels that Polybook starts, where Polybook is
not installed (see `polybook.jupyter.kernel`): so it needs nothing but IPython, since version 7.

What is chosen is kept by the kernel, and nowhere else.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import sys
from collections.abc import Iterable
from typing import Any

#: What the kernel of a framework is told: its tab, the titles of all tabs, words to say.
_TOLD: dict[str, Any] = json.loads(os.environ.get("POLYBOOK_TAB") or "{}")

_TITLES = {"mxnet": "MXNet", "pytorch": "PyTorch", "tensorflow": "TensorFlow", "jax": "JAX"}

#: As `polybook.dialect.tabs.CELL_MARKER` has it.
_MARKER = re.compile(
    r"[ \t]*(?:(?:#[ \t]*)?%%tab|#[ \t]*@tab)(?![\w-])[ \t]*(?P<names>[^\r\n#]*)",
    re.IGNORECASE,
)
_NAME = re.compile(r"[\w.+-]+")

_chosen: str = _TOLD.get("tab", "")


def selected(*names: str | Iterable[str]) -> bool:
    """Tell whether the chosen tab is one of several; `all` is each of them."""
    return not {"all", _chosen}.isdisjoint(_flat(names))


def select(name: str) -> None:
    """Choose a tab for the cells that are run from now on."""
    global _chosen  # noqa: PLW0603 (the kernel's choice is one)
    _chosen = name.lower()


def interact_select(*names: str | Iterable[str]) -> None:
    """Let the reader choose one of several tabs, by buttons where there are ipywidgets.

    In a framework's own kernel that framework is chosen from the start, elsewhere the first; what
    has been chosen before stays chosen.
    """
    offered = _flat(names)
    if not offered:
        raise ValueError("Name the tabs to choose from: tab.interact_select('pytorch', 'jax')")
    if _chosen not in offered and not _TOLD.get("tab"):
        select(offered[0])
    try:
        widgets = importlib.import_module("ipywidgets")
    except ImportError:
        others = [f"tab.select({name!r})" for name in offered if name != _chosen]
        print(_say("Chosen: %(framework)s.", framework=_title(_chosen)), *others)  # noqa: T201
        return
    buttons = widgets.ToggleButtons(
        options=[(_title(name), name) for name in offered],
        value=_chosen if _chosen in offered else None,
    )
    buttons.observe(lambda change: select(change["new"]), names="value")
    importlib.import_module("IPython.display").display(buttons)


def load_ipython_extension(shell: Any) -> None:
    """Give a kernel `%%tab` and `tab`; what IPython calls for `%load_ext`."""
    shell.push({"tab": sys.modules[__name__]}, interactive=False)
    if _transformed not in shell.input_transformers_cleanup:
        shell.input_transformers_cleanup.append(_transformed)
    shell.register_magic_function(_skip, "cell", "tab")


def _transformed(lines: list[str]) -> list[str]:
    """Return a cell's lines as they are run: without its marker, or as the magic that skips it.

    The marker may stand on any line, as `%%tab` or as `#@tab`; the first one counts.
    """
    for number, line in enumerate(lines):
        if found := _MARKER.match(line):
            if selected(_NAME.findall(found["names"])):
                return lines[:number] + (["\n"] if number else []) + lines[number + 1 :]
            return [f"%%tab {found['names'].strip()}\n", "\n"]
    return lines


def _skip(line: str, cell: str = "") -> None:  # noqa: ARG001 (IPython's signature)
    """Say that a cell is not run: the magic is reached by the cells of other tabs alone."""
    names = ", ".join(map(_title, _flat(_NAME.findall(line))))
    print(_say("Skipped: this cell is for %(frameworks)s.", frameworks=names))  # noqa: T201


def _say(message: str, **values: str) -> str:
    return str(_TOLD.get("words", {}).get(message, message)) % values


def _title(name: str) -> str:
    return str(_TOLD.get("titles", {}).get(name) or _TITLES.get(name, name))


def _flat(names: Iterable[str | Iterable[str]]) -> list[str]:
    """Return names that are given one by one, as lists, or both."""
    several = [[each] if isinstance(each, str) else each for each in names]
    return list(dict.fromkeys(name.lower() for each in several for name in each))
