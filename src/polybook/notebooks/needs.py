"""The first cell of a notebook: it says what is missing where it is run, and else nothing.

Whoever downloads a notebook has a Jupyter, and perhaps not the framework in it; what Python says
then names one module, in English, and not what to do.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from polybook.ipynb import Node, code_cell
from polybook.running.environments import NO_DEPS
from polybook.running.programs import Program
from polybook.words import Words

_IMPORTS = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<one>\w+)|import[ \t]+(?P<several>[^\n#]+))", re.MULTILINE
)
_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

#: Variables of environments that decide what code means, each with the module that heeds it and one
#: that this then needs. All else that they set (devices, threads, messages) is the reader's matter.
_VARIABLES = {
    "TF_USE_LEGACY_KERAS": ("tensorflow", "tf_keras"),
    "FLAX_USE_ORBAX_CHECKPOINTING": ("flax", "flax"),
}

_CODE = """\
_needed = {needed}
_missing = [name for name in _needed if _util.find_spec(name) is None]
if _missing:
    print({missing}.format(", ".join(_missing)))
    _install = " ".join(filter(None, map(_needed.get, _missing)))
    if _install:
        print({advice}.format("%pip install " + _install))"""


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
    variables = {
        name: value
        for name, value in program.environment.environ
        if name in _VARIABLES and _VARIABLES[name][0] in modules
    }
    modules |= {_VARIABLES[name][1] for name in variables}
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
    code = _CODE.format(needed=needed, missing=repr(missing), advice=repr(advice))
    begin = _begin(variables, root if modules & own else ".")
    return [code_cell(begin + code, metadata={"jupyter": {"source_hidden": True}})]


def _begin(variables: Mapping[str, str], root: str) -> str:
    """Return what the cell begins with: variables are set, own modules found that are not here."""
    imports = ["import importlib.util as _util"]
    lines = []
    if variables:
        imports.append("import os as _os")
        lines += [f"_os.environ.setdefault({name!r}, {variables[name]!r})" for name in variables]
    if root != ".":
        imports.append("import sys as _sys")
        lines.append(f"_sys.path.append({root!r})  # where the book's own modules are")
    return "".join("\n".join(part) + "\n\n" for part in (imports, lines) if part)


def _packages(requirements: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield requirements by the names that their modules have as a rule."""
    for line in requirements:
        if found := _PACKAGE.match(line):
            name = re.sub(r"[-_.]+", "_", found[0]).lower()
            yield name, NO_DEPS.sub("", line).partition(";")[0].strip()
