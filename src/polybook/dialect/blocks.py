"""A page's text as a list of blocks, losslessly: put side by side, they are the text again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from polybook.dialect import tabs
from polybook.dialect.attributes import Attributes, parse_attributes
from polybook.dialect.setup_cells import Setup, parse_setup
from polybook.dialect.toc import Toc, parse_toc
from polybook.errors import Severity

_FENCE = re.compile(r"(?P<indent>[ \t]*)(?P<ticks>`{3,}|~{3,})[ \t]*(?P<info>[^`\r\n]*)")
_DEEPEST_INDENT = 3  # deeper is code in Markdown, or part of a list


@dataclass(frozen=True)
class Block:
    """A stretch of a page; `line` counts from 1."""

    text: str
    line: int


@dataclass(frozen=True)
class Prose(Block):
    """Markdown, with whatever inline marks it holds."""


@dataclass(frozen=True)
class Fence(Block):
    """A fenced block, in its three parts; together they are its text."""

    opening: str
    body: str
    closing: str
    attributes: Attributes


@dataclass(frozen=True)
class Cell(Fence):
    """A code cell: a fence that is marked `.python` and `.input`."""

    @cached_property
    def marker(self) -> tabs.TabMarker | None:
        """Its tab marker; None for a cell of the default tab."""
        return tabs.find_marker(self.body)

    @cached_property
    def setup(self) -> Setup | None:
        """What it sets up, if it is a set-up cell."""
        return parse_setup(self.body)

    @property
    def code(self) -> str:
        """Its code, without the marker and the last line break."""
        return tabs.without_marker(self.body, self.marker).rstrip("\r\n")

    @property
    def code_line(self) -> int:
        """The page's line on which `code` begins."""
        return self.line + 1 + (1 if self.marker and self.marker.line == 0 else 0)

    def with_body(self, body: str) -> Cell:
        """Return the cell with another body; `body` ends with a line break unless empty."""
        return replace(self, body=body, text=self.opening + body + self.closing)


@dataclass(frozen=True)
class TocBlock(Fence):
    """A table of contents."""

    @cached_property
    def toc(self) -> Toc:
        """What it lists."""
        return parse_toc(self.body)


@dataclass(frozen=True)
class RstBlock(Fence):
    """A piece of reStructuredText, ```` ```eval_rst ````."""


@dataclass(frozen=True)
class TabText(Block):
    """Text between `:begin_tab:` and `:end_tab:`, in its three parts."""

    opening: str
    content: str
    closing: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Slip:
    """Something in the text that cannot be right, at a line of the page."""

    line: int
    message: str
    hint: str
    severity: Severity = Severity.ERROR


def split_blocks(text: str) -> tuple[list[Block], list[Slip]]:
    """Split a page into its blocks.

    Whatever the text, the texts of the blocks in their order are the text itself. What is left
    open is closed at the end of the page and reported.
    """
    splitter = _Splitter(text)
    blocks = list(splitter.blocks())
    return blocks, splitter.slips


class _Splitter:
    def __init__(self, text: str) -> None:
        # Not `splitlines`: it also breaks at characters that are no line break in Markdown.
        self.lines = re.findall(r"[^\n]*\n|[^\n]+", text)
        self.slips: list[Slip] = []

    def blocks(self) -> Iterator[Block]:
        start = number = 0
        while number < len(self.lines):
            block = self._special(number)
            if block is None:
                number = self._after_other_fence(number)
                continue
            if start < number:
                yield Prose("".join(self.lines[start:number]), start + 1)
            yield block
            start = number = number + len(re.findall(r"[^\n]*\n|[^\n]+", block.text))
        if start < number:
            yield Prose("".join(self.lines[start:]), start + 1)

    def _special(self, number: int) -> Block | None:
        """Return the block that begins at a line, if it is one of the dialect's own."""
        line = self.lines[number]
        if found := tabs.BEGIN.match(line):
            return self._tab_text(number, tabs.parse_names(found["names"]))
        if tabs.END.match(line):
            self._slip(number, "“:end_tab:” closes nothing.", "Put “:begin_tab:`NAME`” before it.")
            return TabText(line, number + 1, "", "", line, ())
        fence = _FENCE.match(line)
        if not fence:
            return None
        attributes = parse_attributes(fence["info"])
        kind = _kind(attributes)
        if kind is None:
            return None
        if len(fence["indent"].expandtabs(4)) > _DEEPEST_INDENT:
            self._slip(
                number,
                f"A {kind.__name__.removesuffix('Block').lower()} inside a list or a quotation"
                " is shown as it stands.",
                "Begin its fence at the start of the line.",
                Severity.WARNING,
            )
            return None
        end = self._closing(number, fence["ticks"])
        opening, body = line, "".join(self.lines[number + 1 : end])
        closing = "".join(self.lines[end : end + 1])
        return kind(opening + body + closing, number + 1, opening, body, closing, attributes)

    def _tab_text(self, number: int, names: tuple[str, ...]) -> TabText:
        if not names:
            self._slip(number, "“:begin_tab:” names no tab.", "Write “:begin_tab:`NAME`”.")
        end = number + 1
        while end < len(self.lines) and not tabs.END.match(self.lines[end]):
            if tabs.BEGIN.match(self.lines[end]):
                break
            end = self._after_other_fence(end)
        closing = (
            self.lines[end] if end < len(self.lines) and tabs.END.match(self.lines[end]) else ""
        )
        if not closing:
            # Where another one begins, what is meant is plain, and d2lbook reads it so.
            severity = Severity.WARNING if end < len(self.lines) else Severity.ERROR
            hint = "Put “:end_tab:” after its text."
            self._slip(number, "“:begin_tab:” is never closed.", hint, severity)
        opening, content = self.lines[number], "".join(self.lines[number + 1 : end])
        return TabText(opening + content + closing, number + 1, opening, content, closing, names)

    def _after_other_fence(self, number: int) -> int:
        """Return the line after the one at `number`, or after the fenced block it opens."""
        fence = _FENCE.match(self.lines[number])
        if not fence or len(fence["indent"].expandtabs(4)) > _DEEPEST_INDENT:
            return number + 1
        return self._closing(number, fence["ticks"]) + 1

    def _closing(self, number: int, ticks: str) -> int:
        """Return the line that closes a fence; the page's end, reported, if none does."""
        pattern = re.compile(rf"[ \t]{{0,3}}{re.escape(ticks)}{ticks[0]}*[ \t]*\r?\n?\Z")
        for end in range(number + 1, len(self.lines)):
            if pattern.match(self.lines[end]):
                return end
        self._slip(
            number, f"The fence “{ticks}” is never closed.", f"Put “{ticks}” after its text."
        )
        return len(self.lines)

    def _slip(
        self, number: int, message: str, hint: str, severity: Severity = Severity.ERROR
    ) -> None:
        slip = Slip(number + 1, message, hint, severity)
        if slip not in self.slips:
            self.slips.append(slip)


def _kind(attributes: Attributes) -> type[Cell | TocBlock | RstBlock] | None:
    if {"python", "input"} <= set(attributes.classes):
        return Cell
    if "toc" in attributes.classes:
        return TocBlock
    if "eval_rst" in attributes.classes:
        return RstBlock
    return None
