"""What `#@save` marks: the lines of a cell that go into the library, and where they are from."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from polybook.book import Book, Page
from polybook.dialect import Cell
from polybook.dialect.branches import resolve_branches
from polybook.dialect.comments import save_marks
from polybook.dialect.fences import split_lines
from polybook.dialect.python import lines_in_strings, parse_masked, parse_python
from polybook.dialect.roles import find_roles
from polybook.errors import BookError, Location
from polybook.running.programs import is_for


@dataclass(frozen=True, slots=True)
class Saved:
    """What is saved of one cell; `label` is that of a section, empty where there is none."""

    code: str
    label: str
    location: Location


def saved_in_book(book: Book, language: str, tab: str) -> Iterator[Saved]:
    """Yield what a tab's cells save, in the order in which a language's pages are read.

    Those are the root page and what is in the table of contents; others are not for the library.

    Raises:
        BookError: a page cannot be read, or what a cell saves is not Python.

    """
    for page in book.order(language):
        yield from saved_in_page(book, page, language, tab)


def saved_in_page(book: Book, page: Page, language: str, tab: str) -> Iterator[Saved]:
    """Yield what a tab's cells save on one page, in their order."""
    path, language = book.source(page, language)
    tabs = book.config.localised(language).written_tabs
    text = book.text(path)
    if tab not in text.tabs(tabs):
        return
    labels: list[str] = []
    prose = ""
    for block in text.blocks:
        if not isinstance(block, Cell):
            prose += block.text
            continue
        if prose.strip():
            labels.append(_section_label(prose))
        prose = ""
        if block.setup is None and is_for(block, tab, tabs[0]):
            if save_marks(block.code):
                location = Location(path, block.code_line)
                if code := saved_code(resolve_branches(block.code, tab), location):
                    yield Saved(code, _label(labels), location)
            labels.append("")


def _section_label(prose: str) -> str:
    if "sec_" not in prose:
        return ""
    labels = [role.argument for role in find_roles(prose) if role.name == "label"]
    return next((label for label in reversed(labels) if "sec_" in label), "")


def _label(labels: Sequence[str]) -> str:
    """Return the last label before a cell, given those of each cell and stretch of prose before it.

    What stands directly before the cell does not count, so the first cell of a section has the
    label of the section before. So it is in d2lbook, hence in the libraries that exist, which
    would change, and with them every saved output, if it were not so here.
    """
    return next((label for label in reversed(labels[:-1]) if label), "")


def saved_code(code: str, location: Location) -> str:
    """Return what a cell saves; an empty text if nothing.

    A mark saves the statement that it stands in, or the lines after it if it has a line of its
    own: all up to the first line that is blank or indented, then all that are blank or indented.
    Such are the lines of d2lbook; here, the lines of a statement also stay together.

    Args:
        code: the code of the cell for one tab.
        location: where it begins, for messages.

    Raises:
        BookError: what is saved is not Python.

    """
    marks = save_marks(code)
    if not marks:
        return ""
    tree = parse_python(code)
    lines = split_lines(code)
    inner = dict(_inner_lines(tree)) if tree else {}
    wanted: set[int] = set()
    cut: dict[int, str] = {}
    for mark in marks:
        line = code.count("\n", 0, mark.start)
        before = code[: mark.start].rpartition("\n")[2].rstrip()
        cut[line] = before
        wanted.update(_saved_lines(lines, inner, inner.get(line, line)))
    kept = [
        cut.get(number, lines[number].rstrip("\r\n"))
        for number in sorted(wanted)
        if cut.get(number) != ""
    ]
    saved = "\n".join(kept).strip("\n")
    found = parse_masked(saved)
    if found is None or found[1] != saved:
        raise BookError(
            "What #@save marks in this cell is not Python, so it cannot be in the library.",
            hint="Move magics and what is not finished to a cell without the mark.",
            location=location,
        )
    return "\n".join(_sorted_imports(_trimmed(saved), found[0])).strip()


def _inner_lines(tree: ast.Module) -> Iterator[tuple[int, int]]:
    """Yield the lines of each statement but its first, each with that one; indices."""
    for statement in tree.body:
        first = first_line(statement)
        for line in range(first + 1, statement.end_lineno or 0):
            yield line, first


def first_line(statement: ast.stmt) -> int:
    """Return the index of a statement's first line, decorators included."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)]) - 1


def _saved_lines(lines: Sequence[str], inner: dict[int, int], first: int) -> Iterator[int]:
    yield first
    after = first + 1

    def at_margin(line: int) -> bool:
        return line not in inner and lines[line].strip() != "" and not lines[line].startswith(" ")

    while after < len(lines) and at_margin(after):
        yield after
        after += 1
    while after < len(lines) and not at_margin(after):
        yield after
        after += 1


def _trimmed(code: str) -> list[str]:
    """Split code into lines without blanks at their ends, except within strings."""
    in_strings = lines_in_strings(code)
    lines = code.split("\n")
    return [
        line if number + 1 in in_strings else line.rstrip() for number, line in enumerate(lines)
    ]


def _sorted_imports(lines: list[str], tree: ast.Module) -> list[str]:
    """Sort each run of import lines, and end it with a blank line.

    d2lbook has isort do so; a library that exists stays as it is. Modules of the standard library
    come first, then, among these and the others, `import` before `from`.
    """
    keys = {
        statement.lineno - 1: key
        for statement in tree.body
        if statement.lineno == statement.end_lineno and (key := _import_key(statement))
    }
    result: list[str] = []
    run: list[int] = []
    for number, line in enumerate(lines):
        if number in keys:
            run.append(number)
            continue
        result += [lines[each] for each in sorted(run, key=keys.__getitem__)]
        result += [""] if run and line else []
        result.append(line)
        run = []
    return result + [lines[each] for each in sorted(run, key=keys.__getitem__)]


def _import_key(statement: ast.stmt) -> tuple[bool, bool, bool, str] | None:
    if isinstance(statement, ast.Import):
        name = statement.names[0].name
    elif isinstance(statement, ast.ImportFrom):
        name = "." * statement.level + (statement.module or "")
    else:
        return None
    foreign = name.partition(".")[0] not in sys.stdlib_module_names
    return name != "__future__", foreign, isinstance(statement, ast.ImportFrom), name.lower()
