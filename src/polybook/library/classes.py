"""The code of a library: docstrings that say where things are from, methods in their classes."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from polybook.dialect.python import lines_in_strings, parse_python
from polybook.errors import BookError, Location
from polybook.library.saved import Saved, first_line

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_INDENT = "    "


def with_label(code: str, label: str) -> str:
    """Return code in which the docstring of each function and class ends with its section.

    A definition without a docstring gets one. As in d2lbook, a class without bases does not say
    where it is from, but its first method does. What has its body in the line of its header, or a
    docstring without triple quotes, stays as it is.

    Args:
        code: Python.
        label: the label of a section; without one, nothing changes.

    """
    tree = parse_python(code)
    if not label or tree is None:
        return code
    lines = code.split("\n")
    for statement in reversed(tree.body):
        if isinstance(statement, _Definition):
            _add_label(lines, _labelled(statement, lines), f"Defined in :numref:`{label}`")
    return "\n".join(lines)


def _labelled(definition: _Definition, lines: list[str]) -> _Definition:
    if isinstance(definition, ast.ClassDef) and "(" not in lines[definition.lineno - 1]:
        methods = (each for each in definition.body if isinstance(each, ast.FunctionDef))
        return next(methods, definition)
    return definition


def _add_label(lines: list[str], definition: _Definition, said: str) -> None:
    first = definition.body[0]
    indent = " " * first.col_offset
    match first:
        case ast.Expr(value=ast.Constant(value=str()), end_lineno=int(end), end_col_offset=int(to)):
            closing = lines[end - 1].encode()[:to].decode()
            rest = lines[end - 1].removeprefix(closing)
            if closing.endswith(('"""', "'''")):
                text = "\n".join([*lines[first.lineno - 1 : end - 1], closing[:-3]]).rstrip()
                text = f"{text}\n\n{indent}{said}{closing[-3:]}{rest}"
                lines[first.lineno - 1 : end] = text.split("\n")
            return
    header = first_line(first)
    while header > definition.lineno - 1 and lines[header - 1].lstrip()[:1] in ("", "#"):
        header -= 1
    if header > definition.lineno - 1:
        lines.insert(header, f'{indent}"""{said}"""')


def put_together(blocks: Iterable[Saved]) -> str:
    """Return the code of a library: all that is saved, in order, methods in their classes.

    Functions with `@d2l.add_to_class(Class)` become methods at the end of the class, which must
    have been saved before them.

    Raises:
        BookError: there is no such class.

    """
    pieces: list[_Piece] = []
    classes: dict[str, tuple[_Piece, int]] = {}
    for block in blocks:
        rest, methods = _apart(with_label(block.code, block.label))
        if rest:
            piece = _Piece(rest)
            pieces.append(piece)
            classes.update({name: (piece, line) for name, line in _classes(rest)})
        for name, method in methods:
            if name not in classes:
                raise _no_class(name, block.location)
            owner, line = classes[name]
            owner.methods.setdefault(line, []).append(method)
    return "\n\n".join(piece.text() for piece in pieces)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Code, and the methods that go behind some of its lines, which count from 1."""

    code: str
    methods: dict[int, list[str]] = field(default_factory=dict)

    def text(self) -> str:
        lines = self.code.split("\n")
        for line, methods in sorted(self.methods.items(), reverse=True):
            lines[line:line] = ["", "\n\n".join(methods)]
        return "\n".join(lines)


def _classes(code: str) -> Iterator[tuple[str, int]]:
    tree = parse_python(code)
    for statement in tree.body if tree else ():
        if isinstance(statement, ast.ClassDef):
            yield statement.name, statement.end_lineno or 0


def _apart(code: str) -> tuple[str, list[tuple[str, str]]]:
    """Take the methods out of code; return the rest, and each method with its class's name."""
    tree = parse_python(code)
    lines = code.split("\n")
    methods: list[tuple[str, str]] = []
    for statement in reversed(tree.body if tree else []):
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for decorator in statement.decorator_list:
            if name := _class_name(decorator):
                first, after = first_line(statement), statement.end_lineno or 0
                while after < len(lines) and not lines[after].strip():
                    after += 1  # as in d2lbook: a library that exists stays as it is
                own = lines[first:after]
                at = decorator.lineno - 1 - first
                del own[at : (decorator.end_lineno or 0) - first]
                methods.insert(0, (name, _indented("\n".join(own))))
                del lines[first:after]
                break
    return "\n".join(lines).strip("\n"), methods


def _class_name(decorator: ast.expr) -> str:
    match decorator:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="d2l"), attr="add_to_class"),
            args=[ast.Name(id=name) | ast.Attribute(attr=name)],
        ):
            return name
    return ""


def _indented(method: str) -> str:
    """Indent all lines, blank ones too as d2lbook does, but for those of strings in the code."""
    tree = parse_python(method)
    docstrings = {
        line
        for node in (ast.walk(tree) if tree else ())
        if isinstance(node, _Definition) and ast.get_docstring(node) is not None
        for line in range(node.body[0].lineno, node.body[0].end_lineno or 0)
    }
    fixed = lines_in_strings(method) - docstrings
    return "\n".join(
        line if number in fixed else _INDENT + line
        for number, line in enumerate(method.split("\n"))
    )


def _no_class(name: str, location: Location) -> BookError:
    return BookError(
        f"There is no class “{name}” in the library that this method could be added to.",
        hint="Mark the class with #@save, in a cell for the same tab before this one.",
        location=location,
    )
