r"""The library's aliases, `d2l.reshape(X, s)` for `X.reshape(s)`, replaced in a cell's code.

A section `[library-TAB]` names them. An entry is `NAME -> TARGET`, or `NAME` alone if both are the
same; `lib_name` is what the framework is called in the code:

- `simple_alias`: `d2l.NAME` stands for `LIB_NAME.TARGET`, whether it is called or not; an entry
  `NAME(` is for calls alone;
- `fluent_alias`: `d2l.NAME(a, b)` stands for `a.TARGET(b)`;
- `args_alias`: `NAME(a_x, size, device=None) -> TARGET(…)` stands for a call with as many
  positional arguments as there are names that begin with `a_`, and no keywords but the other names;
  what the call does not give is left out of the target's keywords;
- `reverse_alias`: `d2l.NAME -> TARGET`, with the whole of what is put in its place.

Where two entries are for the same name, `reverse_alias` goes before `simple_alias`, and that before
the other two. `alias` itself is code for the library file and replaces nothing.

The code is parsed, so that an alias is a whole name (d2lbook also takes `d2l.log` for the beginning
of `d2l.log_rmse`) and not a piece of a string or a comment. All that is no alias keeps its bytes.

Real books hold entries of `reverse_alias` that are regular expressions, such as
`d2l.size\(([\w\_\d]+)\) -> \1.size`. d2lbook matched them as such until 2021; since then, and in
every release of the 1.0 series, it looks for their very characters, which no code contains: the
notebooks that were published say `d2l.size(y)`, which the library file defines. So it is here;
`Aliases.unused` lists such entries, so that their author can be told.
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial

from polybook.dialect.python import parse_python

_LIBRARY = "d2l"
_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+")
_LINE_START = re.compile(rb"\r\n|\r|\n")
_PUNCTUATION = re.compile(rb"#[^\r\n]*|(?P<mark>[(),])")

#: What a call or an attribute can follow without brackets around it.
_PRIMARY = (
    ast.Attribute,
    ast.Call,
    ast.Dict,
    ast.DictComp,
    ast.GeneratorExp,
    ast.JoinedStr,
    ast.List,
    ast.ListComp,
    ast.Name,
    ast.Set,
    ast.SetComp,
    ast.Subscript,
    ast.Tuple,
)


# ---------------------------------------------------------------- the configuration


@dataclass(frozen=True, slots=True)
class Target:
    """What stands in the place of a name; `called`: only where the name is called."""

    code: str
    called: bool = False


@dataclass(frozen=True, slots=True)
class Template:
    """What stands in the place of a call: an expression in which the parameters are names."""

    positional: tuple[str, ...]
    defaults: Mapping[str, str | None]
    code: str

    def fitted(self, call: ast.Call) -> str | None:
        """Return the expression for the arguments that a call gives; None if it does not fit."""
        given = {*self.positional, *(each.arg for each in call.keywords)}
        known = {*self.positional, *self.defaults}
        if len(call.args) != len(self.positional) or not given <= known:
            return None
        if any(isinstance(each, ast.Starred) for each in call.args):
            return None
        tree = ast.parse(self.code, mode="eval").body
        if isinstance(tree, ast.Call):
            tree.keywords = [
                each
                for each in tree.keywords
                if not isinstance(each.value, ast.Name) or each.value.id not in known - given
            ]
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id in known - given:
                default = self.defaults.get(node.id)
                if default is None:
                    return None
                node.id = default
        return _operand(tree)


@dataclass(frozen=True)
class Aliases:
    """A tab's aliases: `names` by dotted name, the other two by what follows `d2l.`.

    `unused` are the entries that replace nothing, since they are no names of Python.
    """

    names: Mapping[str, Target] = field(default_factory=dict)
    fluent: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, Template] = field(default_factory=dict)
    unused: tuple[str, ...] = ()

    @cached_property
    def hints(self) -> re.Pattern[str] | None:
        """What code must contain if there is to be anything to replace in it."""
        ends = {name.rpartition(".")[2] for name in self.names} | {*self.fluent, *self.arguments}
        return re.compile(rf"\b(?:{'|'.join(sorted(ends))})\b") if ends else None


def parse_entries(text: str, *, commas: bool = True) -> list[tuple[str, str]]:
    """Read a list of entries, one a line or, with `commas`, several a line: names and targets."""
    entries = []
    for entry in re.split(r"[,\n]" if commas else r"\n", text):
        name, arrow, target = (part.strip() for part in entry.partition("->"))
        if name:
            entries.append((name, target if arrow else name))
    return entries


def parse_aliases(section: Mapping[str, str]) -> Aliases:
    """Read the aliases of a section `[library-TAB]`, given by key as the file has them.

    As in d2lbook, a section without `lib_name` has no aliases but those of `reverse_alias`.
    """
    library = section.get("lib_name", "").strip()
    if not library:
        section = {"reverse_alias": section.get("reverse_alias", "")}
    names: dict[str, Target] = {}
    fluent: dict[str, str] = {}
    arguments: dict[str, Template] = {}
    unused: list[tuple[str, str]] = []
    for name, target in parse_entries(section.get("reverse_alias", ""), commas=False):
        if not _add_name(names, name, target):
            unused.append((name, target))
    for name, target in parse_entries(section.get("simple_alias", "")):
        if not _add_name(names, f"{_LIBRARY}.{name}", f"{library}.{target}"):
            unused.append((name, target))
    for name, target in parse_entries(section.get("fluent_alias", "")):
        if name.isidentifier() and _expression(f"_.{target}()"):
            fluent[name] = target
        else:
            unused.append((name, target))
    for name, target in parse_entries(section.get("args_alias", ""), commas=False):
        if template := _template(name, target):
            arguments.update([template])
        else:
            unused.append((name, target))
    said = (name if name == target else f"{name} -> {target}" for name, target in unused)
    return Aliases(names, fluent, arguments, tuple(said))


def _add_name(names: dict[str, Target], name: str, target: str) -> bool:
    """Add an alias by name, unless an earlier entry has it; tell whether it can be one."""
    code = target.removesuffix("(")
    dotted = name.removesuffix("(")
    tree = _expression(code)
    if not _DOTTED.fullmatch(dotted) or tree is None:
        return False
    code = code if isinstance(tree, _PRIMARY) else f"({code})"
    names.setdefault(dotted, Target(code, called=name.endswith("(")))
    return True


def _template(signature: str, target: str) -> tuple[str, Template] | None:
    call = _expression(signature)
    code = _expression(target)
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or code is None:
        return None
    names = [each.id for each in call.args if isinstance(each, ast.Name)]
    if len(names) < len(call.args) or not all(each.arg for each in call.keywords):
        return None
    defaults: dict[str, str | None] = {name: None for name in names if not name.startswith("a_")}
    defaults |= {each.arg or "": _operand(each.value) for each in call.keywords}
    positional = tuple(name for name in names if name.startswith("a_"))
    return call.func.id, Template(positional, defaults, target)


def _operand(value: ast.expr) -> str:
    """Return the code of an expression, bracketed if it would not stay one within another."""
    code = ast.unparse(value)
    return code if isinstance(value, (*_PRIMARY, ast.Constant)) else f"({code})"


def _expression(code: str) -> ast.expr | None:
    """Parse code that must be one expression on one line, without anything before or behind it."""
    tree = parse_python(code)
    match tree:
        case ast.Module(body=[ast.Expr(value=value)]) if "\n" not in code and "#" not in code:
            return value
    return None


# ---------------------------------------------------------------- the code


def rewrite_aliases(code: str, aliases: Aliases) -> str:
    """Return a cell's code with what its aliases stand for.

    Code that is not Python, magics aside, is returned as it is. What is returned can be parsed if
    the code can.
    """
    if not aliases.hints or not aliases.hints.search(code):
        return code
    tree = parse_python(code)
    if tree is None:
        return code
    rewritten = _Rewriter(code, tree, aliases).code()
    # Brackets, quotes and lines are accounted for; should any be overlooked, nothing breaks.
    return rewritten if rewritten == code or parse_python(rewritten) else code


@dataclass(frozen=True, slots=True)
class _Found:
    """An alias, by offsets in bytes, and what gives the text in its place."""

    start: int
    end: int
    replacement: Callable[[], bytes]


class _Rewriter:
    """Replaces aliases; all offsets are of the code in UTF-8, as those of `ast` are."""

    def __init__(self, code: str, tree: ast.Module, aliases: Aliases) -> None:
        self._source = code.encode()
        self._lines = [0, *(found.end() for found in _LINE_START.finditer(self._source))]
        self._aliases = aliases
        # Of two that begin together, the longer is first.
        self._found = sorted(self._find(tree), key=lambda found: (found.start, -found.end))
        self._starts = [found.start for found in self._found]

    def code(self) -> str:
        return self._text(0, len(self._source)).decode()

    def _span(self, node: ast.expr) -> tuple[int, int]:
        start = self._lines[node.lineno - 1] + node.col_offset
        end = self._lines[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
        return start, end

    # ------------------------------------------------------------ finding

    def _find(self, tree: ast.Module) -> Iterator[_Found]:
        nodes = list(ast.walk(tree))
        called = {id(node.func) for node in nodes if isinstance(node, ast.Call)}
        for node in nodes:
            replacement: Callable[[], bytes] | None = None
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                target = self._aliases.names.get(_dotted(node))
                if target and (not target.called or id(node) in called):
                    replacement = partial(str.encode, target.code)
            elif isinstance(node, ast.Call):
                replacement = self._call(node)
            if replacement and isinstance(node, ast.expr):
                start, end = self._span(node)
                if self._source.startswith(_root(node).encode(), start):
                    yield _Found(start, end, replacement)

    def _call(self, node: ast.Call) -> Callable[[], bytes] | None:
        dotted = _dotted(node.func)
        name = dotted.removeprefix(f"{_LIBRARY}.")
        if name == dotted or dotted in self._aliases.names:
            return None
        if self._span(node)[0] != self._span(node.func)[0]:
            return None  # `(d2l.numpy)(x)`
        if target := self._aliases.fluent.get(name):
            if node.args and not isinstance(node.args[0], ast.Starred):
                return partial(self._fluent, node, target)
            return None
        template = self._aliases.arguments.get(name)
        expression = template and template.fitted(node)
        if template and expression:
            return partial(self._with_arguments, node, template.positional, expression)
        return None

    # ------------------------------------------------------------ replacing

    def _text(self, start: int, end: int) -> bytes:
        """Return a stretch of the code with the aliases in it replaced."""
        parts = []
        at = start
        for found in self._found[bisect_left(self._starts, start) :]:
            if found.start >= end:
                break
            if found.start < at:
                continue  # it is part of the one before
            text = found.replacement()
            parts.append(self._source[at : found.start])
            if text.startswith(b"{") and self._source[: found.start].endswith(b"{"):
                parts.append(b" ")  # in an f-string, two braces are text
            parts.append(text)
            at = found.end
        return b"".join([*parts, self._source[at:end]])

    def _fluent(self, call: ast.Call, target: str) -> bytes:
        """Move the first argument before the call; what stood around it stays in its brackets."""
        first = call.args[0]
        start, end = self._span(first)
        closing = self._span(call)[1] - 1
        before = list(self._punctuation(self._span(call.func)[1], start))
        if not before:  # `f(x for x in y)`: the brackets are those of both
            return self._text(start, end) + f".{target}()".encode()
        # Brackets of the argument's own go with it.
        opening, own = before[0][0], before[1:]
        behind = self._punctuation(end, closing + 1)
        for _ in own:
            end = next(behind)[0] + 1
        start = own[0][0] if own else start
        receiver = self._text(start, end)
        if not own and not _is_primary(first, receiver):
            receiver = b"(" + receiver + b")"
        separator = next(behind)[0]
        lead, gap = self._source[opening + 1 : start], self._source[end:separator]
        rest = self._text(separator + 1, closing)
        arguments = _joined([each for each in (lead, gap) if b"#" in each], rest)
        return receiver + f".{target}(".encode() + arguments + b")"

    def _punctuation(self, start: int, end: int) -> Iterator[tuple[int, bytes]]:
        """Yield brackets and commas outside of comments; no string may stand before the last."""
        for found in _PUNCTUATION.finditer(self._source, start, end):
            if found["mark"]:
                yield found.start(), found["mark"]

    def _with_arguments(
        self, call: ast.Call, positional: tuple[str, ...], expression: str
    ) -> bytes:
        """Put a call's arguments into an expression in which they are named."""
        given = dict(zip(positional, call.args, strict=True))
        given |= {each.arg or "": each.value for each in call.keywords}
        tree = ast.parse(expression, mode="eval").body
        whole = {id(each.value) for each in ast.walk(tree) if isinstance(each, ast.keyword)}
        whole |= {
            id(each) for node in ast.walk(tree) if isinstance(node, ast.Call) for each in node.args
        }
        text = expression.encode()
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in given]
        for name in sorted(names, key=lambda node: node.col_offset, reverse=True):
            value = given[name.id]
            argument = self._text(*self._span(value))
            bare = id(name) in whole and not isinstance(value, ast.NamedExpr | ast.Yield)
            if not bare and not _is_primary(value, argument):
                argument = b"(" + argument + b")"
            text = text[: name.col_offset] + argument + text[name.end_col_offset or 0 :]
        return text


def _joined(notes: list[bytes], rest: bytes) -> bytes:
    """Put together what stays in a call's brackets: comments, then the other arguments."""
    if not rest.strip() and not notes:
        return b""
    stripped = rest.lstrip(b" \t")
    if not stripped.startswith((b"\n", b"\r", b"#", b"\\")):
        rest = stripped
    return b"".join([*notes, rest])


def _is_primary(node: ast.expr, text: bytes) -> bool:
    """Tell whether an attribute can follow an expression without brackets around it."""
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str | bytes) and _stands_alone(text)
    return isinstance(node, _PRIMARY) and _stands_alone(text)


def _stands_alone(text: bytes) -> bool:
    """Tell whether line breaks, if there are any, are all within brackets of the expression."""
    if not re.search(rb"[\r\n]", text):
        return True
    tree = parse_python(text.decode())
    return tree is not None and len(tree.body) == 1


def _dotted(node: ast.expr) -> str:
    """Return a name with dots; an empty string for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _root(node: ast.expr) -> str:
    return _dotted(node.func if isinstance(node, ast.Call) else node).partition(".")[0]
