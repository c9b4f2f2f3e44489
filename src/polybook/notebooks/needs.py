"""The first cell of a notebook: it says what is missing where it is run, and else nothing.

Whoever downloads a notebook has a Jupyter, and perhaps not the framework in it; what Python says
then names one module, in English, and not what to do.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from polybook.ipynb import Node, code_cell
from polybook.running.environments import NO_DEPS
from polybook.running.programs import Program
from polybook.words import Words

_IMPORTS = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<one>\w+)|import[ \t]+(?P<several>[^\n#]+))", re.MULTILINE
)
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

_CODE = """\
import importlib.util as _util
{path}
_needed = {needed}
_missing = [name for name in _needed if _util.find_spec(name) is None]
if _missing:
    print({missing}.format(", ".join(_missing)))
    _install = " ".join(filter(None, map(_needed.get, _missing)))
    if _install:
        print({advice}.format("%pip install " + _install))"""

_PATH = """\
import sys as _sys

_sys.path.append({root!r})  # where the book's own modules are
"""


def imported(code: str) -> Iterator[str]:
    """Yield the names of the top modules that lines of code import."""
    for found in _IMPORTS.finditer(code):
        for name in (found["one"] or found["several"]).split(","):
            yield re.split(r"[.\s]", name.strip(), maxsplit=1)[0]


def needs_cell(
    program: Program, libraries: Iterable[str], title: str, words: Words, root: str
) -> Sequence[Node]:
    """Return the cell for a program; none if it imports nothing that has to be installed.

    Args:
        program: the program.
        libraries: what the page's set-up cell has pip install.
        title: the framework's title.
        words: the words of the page's language.
        root: the path, from the page's folder, of the one that the book's own modules are in.

    """
    own = {PurePosixPath(file).parts[0].removesuffix(".py") for file in program.library}
    modules = {name for cell in program.cells for name in imported(cell.code)}
    path = _PATH.format(root=root) if modules & own and root != "." else ""
    packages = dict(_packages([*program.environment.requirements, *libraries]))
    needed = {
        name: packages.get(name.lower(), "")
        for name in sorted(modules - sys.stdlib_module_names)
        if name.isidentifier()
    }
    if not needed:
        return []
    missing = words("This kernel lacks: %(modules)s.", modules="{}")
    advice = words(
        "Choose a kernel with %(framework)s, or run in a new cell: %(command)s",
        framework=title.replace("{", "{{").replace("}", "}}"),
        command="{}",
    )
    code = _CODE.format(path=path, needed=needed, missing=repr(missing), advice=repr(advice))
    return [code_cell(code, metadata={"jupyter": {"source_hidden": True}})]


def _packages(requirements: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield requirements by the names that their modules have as a rule."""
    for line in requirements:
        if found := _PACKAGE.match(line):
            name = re.sub(r"[-_.]+", "_", found[0]).lower()
            yield name, NO_DEPS.sub("", line).partition(";")[0].strip()
