"""Reads a module of the book's own library as documentation; nothing of it is imported or run.

griffe reads the code, docutils the docstrings, in any of the three forms that are in use: plain
reStructuredText, Google's and NumPy's. Nothing else imports griffe.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import griffe

from polybook.document.ast import Element, Elements, attr
from polybook.document.rst import CurrentModule, read_rst

_STYLES = {
    "google": re.compile(
        r"^(?:Args|Arguments|Params|Parameters|Keyword Args|Keyword Arguments|Attributes|Returns"
        r"|Yields|Raises|Examples?):[ \t]*\n[ \t]+\S",
        re.MULTILINE,
    ),
    "numpy": re.compile(
        r"^(?:Parameters|Other Parameters|Attributes|Returns|Yields|Raises|Examples)\n-{3,}$",
        re.MULTILINE,
    ),
}
#: How a module names itself, as d2lbook's do.
_ITSELF = "sys.modules[__name__]"

_KINDS = griffe.DocstringSectionKind
_PARAMETERS = (_KINDS.parameters, _KINDS.other_parameters, _KINDS.attributes)
# What a section names, in Python's own words.
_RESULTS = {_KINDS.returns: "return", _KINDS.yields: "yield", _KINDS.raises: "raise"}


def read_module(name: str, path: Path, code: str) -> dict[str, Any]:
    """Read a module; return what `library.Described` is made of, as JSON holds it.

    Raises:
        SyntaxError: the code is no Python.

    """
    return _described(griffe.visit(name, path, code))


def _described(thing: griffe.Object | griffe.Alias) -> dict[str, Any]:
    if isinstance(thing, griffe.Alias):
        return {"name": thing.name, "kind": "import", "target": thing.target_path}
    known: dict[str, Any] = {"name": thing.name}
    match thing:
        case griffe.Module():
            known |= {"kind": "module"}
        case griffe.Class():
            known |= {"kind": "class", "words": "class", "signature": _construction(thing)}
            known["bases"] = [[str(base), _full_name(base, thing.module)] for base in thing.bases]
        case griffe.Function():
            known |= {"kind": "function", "words": _words(thing)}
            known["signature"] = thing.signature(name=" ").strip()
        case griffe.Attribute():
            known |= _attribute(thing)
    if thing.docstring:
        docstring = _Docstring()
        known["blocks"] = list(docstring.blocks(thing.docstring))
        known["findings"], known["roles"] = docstring.findings, docstring.roles
    known["members"] = [
        _described(member)
        for member in thing.members.values()
        if not isinstance(member, griffe.TypeAlias)
    ]
    return known


class _Docstring:
    """Makes blocks of one docstring, and keeps what is wrong with it, and its roles."""

    def __init__(self) -> None:
        self.findings: list[tuple[int, str, str]] = []
        self.roles: list[tuple[str, str, int]] = []

    def blocks(self, docstring: griffe.Docstring) -> Iterator[Element]:
        """Yield the blocks."""
        style = next((name for name, sign in _STYLES.items() if sign.search(docstring.value)), None)
        line = (docstring.lineno or 1) - 1
        if style == "google":
            sections = docstring.parse("google", warnings=False)
        elif style == "numpy":
            sections = docstring.parse("numpy", warnings=False)
        else:
            yield from self._rst(docstring.value, line)
            return
        for section in sections:
            yield from self._section(section, line)

    def _section(self, section: griffe.DocstringSection, line: int) -> Iterator[Element]:
        kind, value = section.kind, section.value
        if kind in _PARAMETERS:
            yield self._definitions(
                (": ".join(filter(None, [each.name, _said(each.annotation)])), each.description)
                for each in value
            )
        elif kind in _RESULTS:
            yield self._definitions(
                (" ".join(filter(None, [_RESULTS[kind], _said(each.annotation)])), each.description)
                for each in value
            )
        elif kind is _KINDS.examples:
            for part, text in value:
                yield from self._rst(text, line) if part is _KINDS.text else [_example(text)]
        elif kind is _KINDS.admonition:
            title = section.title or value.kind
            yield {"t": "Para", "c": [{"t": "Strong", "c": [{"t": "Str", "c": title}]}]}
            yield from self._rst(value.contents, line)
        else:
            yield from self._rst(str(value), line)

    def _definitions(self, entries: Iterator[tuple[str, str]]) -> Element:
        items = [
            [[{"t": "Code", "c": [attr(), term]}], [self._rst(text, 0)]] for term, text in entries
        ]
        return {"t": "DefinitionList", "c": items}

    def _rst(self, text: str, line: int) -> Elements:
        reading = read_rst(text, line, CurrentModule(), docstring=True)
        self.findings += reading.findings
        self.roles += reading.roles
        return reading.blocks


def _construction(thing: griffe.Class) -> str:
    """Return how a class is called: its own `__init__`, else that of a base in its module."""
    seen: set[str] = set()
    waiting = [thing]
    while waiting:
        each = waiting.pop(0)
        init = each.members.get("__init__")
        if isinstance(init, griffe.Function):
            return init.signature(name=" ", return_type=False).strip()
        for base in each.bases:
            module, _, name = _full_name(base, thing.module).rpartition(".")
            found = thing.module.members.get(name) if module == thing.module.path else None
            if isinstance(found, griffe.Class) and name not in seen:
                seen.add(name)
                waiting.append(found)
    return ""


def _full_name(name: str | griffe.Expr, module: griffe.Module) -> str:
    """Return the full name of a base, through what the module imports, and what it calls itself."""
    start, _, rest = str(name).partition(".")
    itself = module.members.get(start)
    if rest and isinstance(itself, griffe.Attribute) and str(itself.value) == _ITSELF:
        return f"{module.path}.{rest}"
    return str(name) if isinstance(name, str) else name.canonical_path


def _words(function: griffe.Function) -> str:
    """Return what stands before a function's name, in Python's own words."""
    known = {"async": "async", "classmethod": "classmethod", "staticmethod": "static"}
    return " ".join(word for label, word in known.items() if label in function.labels)


def _attribute(thing: griffe.Attribute) -> dict[str, Any]:
    if "property" in thing.labels:
        said = f": {thing.annotation}" if thing.annotation else ""
        return {"kind": "property", "words": "property", "signature": said}
    value = thing.value
    if isinstance(value, griffe.ExprLambda):
        made = (
            griffe.Parameter(each.name, kind=each.kind, default=each.default)
            for each in value.parameters
        )
        function = griffe.Function(thing.name, parameters=griffe.Parameters(*made))
        return {"kind": "function", "signature": function.signature(name=" ").strip()}
    said = f": {thing.annotation}" if thing.annotation else ""
    return {"kind": "data", "signature": f"{said} = {value}" if value is not None else said}


def _said(annotation: Any) -> str:
    return "" if annotation is None else str(annotation)


def _example(text: str) -> Element:
    return {"t": "CodeBlock", "c": [attr("", ["python"]), text]}
