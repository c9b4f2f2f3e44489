"""Code that asks which tab is chosen.

It asks by `if tab.selected('pytorch'):`, in older books by `if d2l.USE_PYTORCH:`.
For a tab, a branch is replaced by the statements that the tab would run. The code is parsed, not
matched by pattern, so `elif`, `else`, `not`, `and`, nesting and `a if tab.selected('x') else b`
all mean what they mean in Python. Whatever does not ask keeps every byte.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_ASKS = re.compile(r"\btab\.selected\s*\(|\bd2l\.USE_[A-Z]+")
_MAGIC = re.compile(r"^(?P<indent>[ \t]*)[%!?](?P<rest>.*)$", re.MULTILINE)


def resolve_branches(code: str, tab: str) -> str:
    """Return `code` as it is for `tab`.

    Code that is not Python (after line magics are set aside) is returned as it is: running it
    reports the mistake better than this could.
    """
    if not _ASKS.search(code):
        return code
    masked = _mask_magics(code)
    try:
        tree = ast.parse(masked)
    except SyntaxError:
        return code
    return _Resolver(code, tab).resolve(tree)


def parseable(code: str) -> ast.Module | None:
    """Parse a cell's code with its magics set aside; None if it is not Python."""
    try:
        return ast.parse(_mask_magics(code))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _mask_magics(code: str) -> str:
    """Put `pass` in the place of each line magic and shell escape, at the same line."""
    return _MAGIC.sub(lambda found: found["indent"] + "pass", code)


class _Resolver:
    def __init__(self, code: str, tab: str) -> None:
        self.lines = code.splitlines(keepends=True)
        self.tab = tab

    def resolve(self, tree: ast.Module) -> str:
        """Apply the replacements from the last to the first, so that positions stay true."""
        for statement in reversed(list(self._branches(tree))):
            first = statement.lineno - 1
            last = statement.end_lineno or statement.lineno
            kept = self._replacement(statement)
            if not kept and self._is_alone(tree, statement):
                kept = [" " * statement.col_offset + "pass\n"]
            self.lines[first:last] = self._ended_like(kept, self.lines[last - 1])
        code = "".join(self.lines)
        expressions = parseable(code)
        return self._resolve_expressions(code, expressions) if expressions else code

    def _branches(self, tree: ast.AST) -> Iterator[ast.If]:
        """Yield the outermost statements that ask, in order."""
        for node in ast.iter_child_nodes(tree):
            if isinstance(node, ast.If) and self._answer(node.test) is not None:
                yield node
            else:
                yield from self._branches(node)

    def _replacement(self, statement: ast.If) -> list[str]:
        chosen = statement.body if self._answer(statement.test) else statement.orelse
        if not chosen:
            return []
        first = _first_line(chosen[0])
        last = chosen[-1].end_lineno or first
        if chosen[0].lineno == statement.lineno:  # `if tab.selected('a'): x = 1`
            text = self.lines[first - 1].encode()[chosen[0].col_offset :].decode()
            return [" " * statement.col_offset + text]
        block = self.lines[self._with_comments(first, statement) - 1 : last]
        if chosen is statement.orelse and self._is_elif(statement):
            block[0] = re.sub(r"^(\s*)elif\b", r"\1if", block[0])
            dedented = "".join(block)
        else:
            depth = chosen[0].col_offset - statement.col_offset
            dedented = "".join(_dedent(line, depth) for line in block)
        indent = " " * statement.col_offset
        if indent:
            # The block alone is parsed as the body of a function, then taken out of it again.
            return resolve_branches(f"def _():\n{dedented}", self.tab).splitlines(keepends=True)[1:]
        return resolve_branches(dedented, self.tab).splitlines(keepends=True)

    def _with_comments(self, first: int, statement: ast.If) -> int:
        """Let the comments that lead into a block come with it."""
        while first - 1 > statement.lineno and self.lines[first - 2].lstrip().startswith("#"):
            first -= 1
        return first

    def _is_elif(self, statement: ast.If) -> bool:
        following = statement.orelse[0]
        line = self.lines[following.lineno - 1][following.col_offset :]
        return isinstance(following, ast.If) and line.startswith("elif")

    @staticmethod
    def _is_alone(tree: ast.Module, statement: ast.If) -> bool:
        """Tell whether a block would be left without a statement."""
        return any(
            all(isinstance(each, ast.If) for each in block) and statement in block
            for node in ast.walk(tree)
            if node is not tree
            for name in ("body", "orelse", "finalbody")
            if isinstance(block := getattr(node, name, None), list)
        )

    @staticmethod
    def _ended_like(kept: list[str], last: str) -> list[str]:
        if kept and not last.endswith("\n"):
            kept[-1] = kept[-1].rstrip("\r\n")
        elif kept and not kept[-1].endswith("\n"):
            kept[-1] += "\n"
        return kept

    def _resolve_expressions(self, code: str, tree: ast.Module) -> str:
        for node in ast.walk(tree):
            if not isinstance(node, ast.IfExp) or self._answer(node.test) is None:
                continue
            chosen = ast.get_source_segment(
                code, node.body if self._answer(node.test) else node.orelse
            )
            whole = ast.get_source_segment(code, node)
            if chosen and whole:
                changed = code.replace(whole, chosen, 1)
                return resolve_branches(changed, self.tab)
        return code

    def _answer(self, test: ast.expr) -> bool | None:
        """Say what a condition is for the tab; None where it asks anything else as well."""
        match test:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="tab"), attr="selected"), args=args):
                return self.tab in {
                    node.value.lower()
                    for argument in args
                    for node in ast.walk(argument)
                    if isinstance(node, ast.Constant) and isinstance(node.value, str)
                }
            case ast.Attribute(value=ast.Name(id="d2l"), attr=name) if name.startswith("USE_"):
                return name.removeprefix("USE_").lower() == self.tab
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                answer = self._answer(operand)
                return None if answer is None else not answer
            case ast.BoolOp(op=operator, values=values):
                answers = [self._answer(value) for value in values]
                if None in answers:
                    return None
                return all(answers) if isinstance(operator, ast.And) else any(answers)
        return None


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _dedent(line: str, depth: int) -> str:
    blank = len(line) - len(line.lstrip(" "))
    return line[min(depth, blank) :]
