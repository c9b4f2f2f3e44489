"""Code that asks which tab is chosen.

It asks by `if tab.selected('pytorch'):`, in older books by `if d2l.USE_PYTORCH:`.
For a tab, a branch is replaced by the statements that the tab would run. The code is parsed, not
matched by pattern, so `elif`, `else`, `not`, `and`, nesting and `a if tab.selected('x') else b`
all mean what they mean in Python. Whatever does not ask keeps every byte.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from polybook.dialect.fences import split_lines
from polybook.dialect.python import LONE_RETURN, lines_in_strings, parse_masked, strings
from polybook.dialect.python import parse_python as parseable

__all__ = ["asked_tabs", "parseable", "resolve_branches"]

_ASKS = re.compile(r"\btab\s*\.\s*selected\b|\bd2l\s*\.\s*USE_[A-Z]+")
_INDENT = re.compile(r"(?P<before_feed>(?:[ \t]*\f)*)(?P<indent>[ \t]*)")
#: What makes Python's lines others than those that one sees.
_ODD_LINE = re.compile(rf"{LONE_RETURN.pattern}|^[ \t\f]*\\\r?\n", re.MULTILINE)

#: A part of the code, by offsets, and what to put in its place.
_Edit = tuple[int, int, str]


def resolve_branches(code: str, tab: str) -> str:
    """Return `code` as it is for `tab`.

    Code that is not Python (after line magics are set aside) is returned as it is: running it
    reports the mistake better than this could.
    """
    resolved = code
    # Each step resolves the outermost branches; what a branch holds is outermost in the next one.
    while _ASKS.search(resolved):
        source = _Source.read(resolved)
        edits = source and (
            list(_into_methods(source))
            or list(_Statements(source, tab).edits())
            or _expressions(source, tab)
        )
        if not source or not edits:
            break
        resolved = source.edited(edits)
    if resolved == code:
        return code
    ended = resolved.strip("\n")
    if ended.endswith("\\"):  # and so needs a line behind it
        return resolved
    return f"{ended}\n" if code.endswith("\n") and ended else ended


def asked_tabs(code: str) -> list[tuple[str, int]]:
    """Return the tabs that code asks for by name, each with the index of its line."""
    tree = parseable(code) if _ASKS.search(code) else None
    return [
        (name, node.lineno - 1)
        for node in ast.walk(tree or ast.Module([], []))
        if isinstance(node, ast.Call)
        for name in _asked(node) or ()
    ]


@dataclass(frozen=True)
class _Source:
    """Code with its tree; `masked` is the text that the tree is of, with the same lines."""

    lines: list[str]
    masked: str
    tree: ast.Module

    @classmethod
    def read(cls, code: str) -> _Source | None:
        lines = split_lines(code if code.endswith("\n") else f"{code}\n")
        found = None if _ODD_LINE.search(code) else parse_masked("".join(lines))
        return cls(lines, found[1], found[0]) if found else None

    def offset(self, line: int, column: int) -> int:
        """Return an offset in the code, from a line that counts from 1 and a column in bytes."""
        before = self.lines[line - 1].encode()[:column].decode()
        return sum(map(len, self.lines[: line - 1])) + len(before)

    def span(self, node: ast.expr) -> tuple[int, int]:
        """Return the offsets of an expression, without brackets around it."""
        end = self.offset(node.end_lineno or 0, node.end_col_offset or 0)
        return self.offset(node.lineno, node.col_offset), end

    def edited(self, edits: Sequence[_Edit]) -> str:
        """Return the code with edits made, which do not overlap."""
        code = "".join(self.lines)
        for start, end, text in sorted(edits, reverse=True):
            code = code[:start] + text + code[end:]
        return code


# ---------------------------------------------------------------- what is asked


def _asked(node: ast.expr) -> tuple[str, ...] | None:
    """Return the tabs that an expression asks for, None if it is no such question."""
    match node:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id="tab"), attr="selected"), args=args, keywords=[]
        ):
            names = tuple(name.lower() for name in strings(node))
            asked = sum(
                len(each.elts) if isinstance(each, ast.List | ast.Tuple) else 1 for each in args
            )
            return names if len(names) == asked else None  # else not all of them are known here
        case ast.Attribute(value=ast.Name(id="d2l"), attr=name, ctx=ast.Load()):
            return (name[4:].lower(),) if re.fullmatch("USE_[A-Z]+", name) else None
    return None


def _answer(test: ast.expr, tab: str) -> bool | None:
    """Say what a condition is for a tab; None where it also depends on anything else."""
    names = _asked(test)
    if names is not None:
        return tab in names
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            answer = _answer(operand, tab)
            return None if answer is None else not answer
        case ast.BoolOp(op=operator, values=values):
            decisive = isinstance(operator, ast.Or)
            for value in values:
                answer = _answer(value, tab)
                if answer is None or answer is decisive:
                    return answer
            return not decisive
    return None


# ---------------------------------------------------------------- statements


@dataclass(frozen=True)
class _Arm:
    """One of `if`, `elif`, `else`: its lines (from, to), and where its header ends."""

    test: ast.expr | None
    body: list[ast.stmt]
    first: int
    after: int


class _Statements:
    """Finds the outermost `if` statements that ask, and what remains of each for a tab."""

    def __init__(self, source: _Source, tab: str) -> None:
        self._source = source
        self._lines = source.lines
        self._tab = tab
        self._in_strings = lines_in_strings(source.masked)

    def edits(self) -> Iterator[_Edit]:
        waiting = [(self._source.tree.body, False)]
        while waiting:
            block, needed = waiting.pop()
            remaining: list[tuple[int, int, list[str]]] = []
            for statement in block:
                arms = self._arms(statement) if isinstance(statement, ast.If) else []
                if any(arm.test and self._answer(arm) is not None for arm in arms):
                    remaining.append((arms[0].first, arms[-1].after, self._remaining(arms)))
                elif arms:
                    waiting += [(arm.body, True) for arm in arms]
                else:
                    waiting += [(each, True) for each in _blocks(statement)]
            if needed and len(remaining) == len(block) and not any(kept for *_, kept in remaining):
                first, after, _ = remaining[0]
                remaining[0] = first, after, [f"{self._indent(first)}pass\n"]
            for first, after, kept in remaining:
                yield self._edit(first, after, kept)

    def _answer(self, arm: _Arm) -> bool | None:
        return True if arm.test is None else _answer(arm.test, self._tab)

    def _edit(self, first: int, after: int, kept: list[str]) -> _Edit:
        before = self._lines[first - 1].rstrip() if first else ""
        if not kept and (not before or before.endswith(":")):
            while after < len(self._lines) and not self._lines[after].strip():
                after += 1  # of the blank lines around what goes, those before it stay
        return self._source.offset(first + 1, 0), self._start(after), "".join(kept)

    def _start(self, line: int) -> int:
        return sum(map(len, self._lines[:line]))

    def _arms(self, statement: ast.If) -> list[_Arm]:
        indent = self._indent(statement.lineno - 1)
        starts: list[tuple[ast.expr | None, list[ast.stmt], int]] = []
        node = statement
        while True:
            starts.append((node.test, node.body, node.lineno - 1))
            following = node.orelse[0] if len(node.orelse) == 1 else None
            if isinstance(following, ast.If) and self._is_elif(following):
                node = following
                continue
            if node.orelse:
                starts.append((None, node.orelse, self._else_line(node)))
            break
        ends = [first for *_, first in starts[1:]]
        ends.append(self._with_comments(statement.end_lineno or 0, indent))
        return [
            _Arm(test, body, first, after)
            for (test, body, first), after in zip(starts, ends, strict=True)
        ]

    def _is_elif(self, node: ast.If) -> bool:
        return self._lines[node.lineno - 1][node.col_offset :].startswith("elif")

    def _else_line(self, node: ast.If) -> int:
        """Find the line of an `else`: behind the block before it, only comments may stand."""
        line = node.body[-1].end_lineno or 0
        while not self._lines[line].lstrip().startswith("else"):
            line += 1
        return line

    def _with_comments(self, after: int, indent: str) -> int:
        """Let the comments that end a block, by their indentation, count as part of it."""
        line = after
        while line < len(self._lines):
            text = self._lines[line]
            if text.lstrip().startswith("#") and len(self._indent(line)) > len(indent):
                after = line + 1
            elif text.strip():
                break
            line += 1
        return after

    def _remaining(self, arms: list[_Arm]) -> list[str]:
        """Return what remains of a statement: no branch, one without its condition, or several."""
        kept: list[str] = []
        for arm in arms:
            answer = self._answer(arm)
            if answer is False:
                continue
            if answer is None:
                kept += self._with_keyword(arm, "elif" if kept else "if")
                continue
            if not kept:
                return self._block(arm, arms[0].first)
            return kept + (self._text(arm) if arm.test is None else self._as_else(arm))
        return kept

    def _text(self, arm: _Arm) -> list[str]:
        return self._lines[arm.first : arm.after]

    def _with_keyword(self, arm: _Arm, keyword: str) -> list[str]:
        header, *rest = self._text(arm)
        return [re.sub(r"^(\s*)(?:el)?if\b", rf"\1{keyword}", header), *rest]

    def _as_else(self, arm: _Arm) -> list[str]:
        indent = self._indent(arm.first)
        header, line = self._header(arm)
        if line is not None:
            return [f"{indent}else: {line}", *self._lines[header + 1 : arm.after]]
        return [f"{indent}else:\n", *self._lines[header + 1 : arm.after]]

    def _block(self, arm: _Arm, head: int) -> list[str]:
        """Return a branch's own lines at the indentation of the whole statement."""
        indent = self._indent(head)
        header, line = self._header(arm)
        if line is not None:
            return [indent + line, *self._lines[header + 1 : arm.after]]
        inner = self._indent(_first_line(arm.body[0]))
        return [
            self._lines[number]
            if number in self._in_strings
            else _shifted(self._lines[number], inner, indent)
            for number in range(header + 1, arm.after)
        ]

    def _header(self, arm: _Arm) -> tuple[int, str | None]:
        """Return the line of a header's colon, and what of the body stands behind it."""
        line, column = arm.first, self._lines[arm.first].encode().find(b"else") + len("else")
        if arm.test is not None:
            line, column = (arm.test.end_lineno or 0) - 1, arm.test.end_col_offset or 0
        while True:
            # Nothing but brackets, comments and the colon can stand here.
            text = self._lines[line].encode()[column:].decode()
            if ":" in text.partition("#")[0]:
                break
            line, column = line + 1, 0
        first = arm.body[0]
        if first.lineno - 1 == line:
            return line, self._lines[line].encode()[first.col_offset :].decode()
        return line, None

    def _indent(self, line: int) -> str:
        found = _INDENT.match(self._lines[line])
        return found["indent"] if found else ""


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    for holder in (
        statement,
        *getattr(statement, "handlers", ()),
        *getattr(statement, "cases", ()),
    ):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(holder, name, None)
            if isinstance(block, list) and block:
                yield block


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)]) - 1


def _shifted(line: str, inner: str, outer: str) -> str:
    found = _INDENT.match(line)
    text = line.removeprefix(found["before_feed"]) if found else line  # as Python counts
    if text.startswith(inner):
        return outer + text.removeprefix(inner)
    return outer + text.lstrip() if text.lstrip().startswith("#") else line


def _into_methods(source: _Source) -> Iterator[_Edit]:
    """Indent the branches that d2lbook's reader puts into the method above them.

    It takes one level of indentation away from a branch within a branch, not two, so that books
    have methods that go on behind them: within a class, what names `self` can mean nothing else.

        if tab.selected('a', 'b'):
            def __init__(self):
                self.x = 1
            if tab.selected('b'):
                self.y = 2
    """
    outer = (
        statement
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef)
        for statement in node.body
        if isinstance(statement, ast.If) and _mentions(statement.test)
    )
    for branch in outer:
        for method, following in zip(branch.body, branch.body[1:], strict=False):
            if (
                isinstance(method, ast.FunctionDef)
                and method.body[0].lineno > method.lineno
                and isinstance(following, ast.If)
                and _mentions(following.test)
                and any(argument.arg == "self" for argument in method.args.args)
                and any(isinstance(n, ast.Name) and n.id == "self" for n in ast.walk(following))
            ):
                yield from _indented(source, method, following)


def _mentions(test: ast.expr) -> bool:
    return any(isinstance(n, ast.expr) and _asked(n) is not None for n in ast.walk(test))


def _indented(source: _Source, method: ast.FunctionDef, branch: ast.If) -> Iterator[_Edit]:
    depth = method.body[0].col_offset - method.col_offset
    in_strings = lines_in_strings(source.masked)
    for line in range(branch.lineno - 1, branch.end_lineno or 0):
        if source.lines[line].strip() and line not in in_strings:
            start = source.offset(line + 1, 0)
            yield start, start, source.lines[line][:1] * depth


# ---------------------------------------------------------------- expressions


def _expressions(source: _Source, tab: str) -> list[_Edit]:
    """Return what to change in the outermost expressions that ask."""
    edits: list[_Edit] = []
    waiting: list[ast.AST] = [source.tree]
    conditions: set[ast.AST] = set()
    while waiting:
        node = waiting.pop()
        conditions.update(_conditions(node))
        text = None
        if isinstance(node, ast.expr):
            text = _replacement(source, node, tab, node in conditions)
        if isinstance(node, ast.expr) and text is not None:
            edits.append((*source.span(node), text))
        else:
            waiting += ast.iter_child_nodes(node)
    return edits


def _conditions(node: ast.AST) -> list[ast.expr]:
    """Return the parts of a node of which only the truth counts."""
    match node:
        case ast.If() | ast.While() | ast.IfExp() | ast.Assert():
            return [node.test]
        case ast.UnaryOp(op=ast.Not()):
            return [node.operand]
        case ast.comprehension():
            return node.ifs
    return []


def _replacement(source: _Source, node: ast.expr, tab: str, condition: bool) -> str | None:
    answer = _answer(node.test if isinstance(node, ast.IfExp) else node, tab)
    if answer is None and not isinstance(node, ast.BoolOp):
        return None
    if not _is_at(source, node):
        return None
    if isinstance(node, ast.IfExp):
        return _inside(source, node, node.body if answer else node.orelse)
    if isinstance(node, ast.BoolOp) and answer is None:
        return _shortened(source, node, tab, condition)
    return str(answer)


def _shortened(source: _Source, node: ast.BoolOp, tab: str, condition: bool) -> str | None:
    """Leave out the operands that change nothing, and those that are never reached."""
    decisive = isinstance(node.op, ast.Or)
    kept: list[str] = []
    for value in node.values:
        answer = _answer(value, tab)
        if answer is None:
            kept.append(_inside(source, node, value))
        elif answer is decisive or (value is node.values[-1] and not condition):
            kept.append(str(answer))
            break
    if len(kept) == len(node.values):
        return None
    return (" or " if decisive else " and ").join(kept)


def _inside(source: _Source, whole: ast.expr, part: ast.expr) -> str:
    """Return the text of a part of an expression, with the brackets around it."""
    code = "".join(source.lines)
    first, last = source.span(whole)
    start, end = source.span(part)
    before, behind = code[first:start].rstrip(), code[end:last].lstrip()
    bracketed = False
    while before.endswith("(") and behind.startswith(")"):
        start, end = first + len(before) - 1, last - len(behind) + 1
        before, behind = code[first:start].rstrip(), code[end:last].lstrip()
        bracketed = True
    text = code[start:end]
    if not bracketed and ("\n" in text or isinstance(part, ast.NamedExpr)):
        return f"({text})"
    return text


def _is_at(source: _Source, node: ast.expr) -> bool:
    """Tell whether a node is where it says: inside of a string, Python 3.11 counts otherwise."""
    try:
        start, end = source.span(node)
    except (IndexError, UnicodeDecodeError):
        return False
    found = parseable(f"({''.join(source.lines)[start:end]}\n)")
    match found:
        case ast.Module(body=[ast.Expr(value=value)]):
            return ast.dump(value) == ast.dump(node)
    return False
