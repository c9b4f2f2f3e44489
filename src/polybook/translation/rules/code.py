"""Code that differs between a translation and the reference, for each tab."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher, unified_diff

from polybook.dialect import Cell
from polybook.dialect.fences import read_opening
from polybook.running.programs import Program, ProgramCell
from polybook.translation.align import align, counterpart
from polybook.translation.context import Context, Translated
from polybook.translation.findings import Finding
from polybook.translation.same_code import alike

NAME = "code"

#: What fenced blocks begin with that hold words, and need not be the same in all languages.
_NO_CODE = frozenset({"", "text", "txt", "markdown", "md", "eval_rst", "image-words"})
_REMARK = re.compile(r"(?:^|(?<=\s))(?:#|//).*")


def find(context: Context) -> Iterator[Finding]:
    """Yield each stretch of cells that differs, with a diff, for the first of its tabs."""
    for each in context.translations():
        theirs = context.programs(each.page.name, context.reference)
        ours = context.programs(each.page.name, each.language)
        said: set[tuple[int, str]] = set()
        for tab, program in ours.items():
            if tab not in theirs:
                line = program.cells[0].line if program.cells else 1
                message = f"The reference has no code for the tab {tab}."
                hint = f"Take it away, or write it in {each.reference_path.name}, too."
                yield Finding(NAME, each.at(line), message, hint)
                continue
            for finding in _compare(each, tab, theirs[tab], program):
                if (finding.location.line, finding.detail) not in said:
                    said.add((finding.location.line, finding.detail))
                    yield finding
        for tab in (tab for tab in theirs if tab not in ours):
            message = f"The page has no code for the tab {tab}, which the reference has."
            yield Finding(NAME, each.at(1), message, "polybook sync carries it over.")
        yield from _set_up(context, each)
        yield from _blocks(each)


def _set_up(context: Context, each: Translated) -> Iterator[Finding]:
    """Yield set-up cells that offer other tabs or need something else: notebooks install that."""
    old, new = (
        [cell for cell in context.book.text(path).cells if cell.setup]
        for path in (each.reference_path, each.path)
    )
    for theirs, ours in zip(old, new, strict=False):  # how many there are, `structure` compares
        if _asked(theirs) != _asked(ours):
            message = "The set-up cell does not ask for what that of the reference asks for."
            hint = "polybook sync carries the reference's code over."
            diff = "\n".join(_diff(each, theirs.body, ours.body))
            yield Finding(NAME, each.at(ours.line), message, hint, ours.body, diff)


def _asked(cell: Cell) -> object:
    asked = cell.setup
    return asked and (set(asked.tabs), asked.required_libs, asked.required_gpus)


def _blocks(each: Translated) -> Iterator[Finding]:
    """Yield blocks of code that is shown and not run: commands that readers type."""
    for old, new in align(each.reference, each.pieces):
        if len(old) == len(new) == 1 and old[0].kind == new[0].kind == "block":
            theirs, ours = old[0].text, new[0].text
            if _is_code(theirs) and _without_remarks(theirs) != _without_remarks(ours):
                message = "The block of code is not that of the reference."
                hint = f"Compare it with {each.reference_path.name}:{old[0].line}."
                diff = "\n".join(_diff(each, theirs, ours))
                yield Finding(NAME, each.at(new[0].line), message, hint, ours, diff)


def _is_code(block: str) -> bool:
    opening = read_opening(block.splitlines(keepends=True)[0])
    return opening is not None and opening.info not in _NO_CODE


def _without_remarks(block: str) -> list[str]:
    lines = (_REMARK.sub("", line).strip() for line in block.splitlines())
    return [line for line in lines if line]


def _compare(each: Translated, tab: str, ours: Program, program: Program) -> Iterator[Finding]:
    old, new = [alike(cell) for cell in ours.cells], [alike(cell) for cell in program.cells]
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            continue
        before, after = ours.cells[i:j], program.cells[k:m]
        near = counterpart(each.reference, each.pieces, before[0].line) if before else None
        line = after[0].line if after else near.line if near else 1
        if after and before and len(before) == len(after) == 1:
            line = _first_difference(before[0], after[0])
        message = f"The code for {tab} is not that of the reference."
        if not after:
            message = f"A cell for {tab} is missing here."
        elif _joined(before) == _joined(after):
            message = f"The code for {tab} is divided into cells otherwise than in the reference."
        hint = "polybook sync carries the reference's code over."
        codes = ("\n\n".join(cell.code for cell in cells) for cells in (before, after))
        diff = "\n".join(_diff(each, *codes))
        text = after[0].code if after else ""
        yield Finding(NAME, each.at(line), message, hint, text, diff)


def _joined(cells: Sequence[ProgramCell]) -> list[str]:
    return [line for cell in cells for line in cell.code.splitlines() if line.strip()]


def _first_difference(before: ProgramCell, after: ProgramCell) -> int:
    pairs = zip(before.code.splitlines(), after.code.splitlines(), strict=False)
    same = next((n for n, (old, new) in enumerate(pairs) if old != new), 0)
    return after.line + same


def _diff(each: Translated, old: str, new: str) -> Iterator[str]:
    names = each.reference_path.name, each.path.name
    yield from unified_diff(old.splitlines(), new.splitlines(), *names, lineterm="", n=1)
