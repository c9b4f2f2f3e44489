"""A page's text as a list of blocks, losslessly: put side by side, they are the text again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from polybook.dialect import tabs
from polybook.dialect.attributes import Attributes, parse_attributes
from polybook.dialect.fences import Opening, Place, Region, find_regions, read_opening, split_lines
from polybook.dialect.image_words import ImageWord, parse_image_words
from polybook.dialect.setup_cells import Setup, parse_setup
from polybook.dialect.toc import Toc, find_toctrees, parse_toc
from polybook.errors import Severity


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
    def markers(self) -> tuple[tabs.TabMarker, ...]:
        """Every line of it that marks tabs; it should have one at most."""
        return tuple(tabs.find_markers(self.body))

    @property
    def marker(self) -> tabs.TabMarker | None:
        """Its tab marker; None for a cell of the default tab."""
        return self.markers[0] if self.markers else None

    @cached_property
    def setup(self) -> Setup | None:
        """What it sets up, if it is a set-up cell."""
        return parse_setup(self.body)

    @cached_property
    def _code_lines(self) -> list[tuple[int, str]]:
        """Its lines of code, without markers and without blank lines around, by index."""
        marked = {marker.line for marker in self.markers}
        indent = len(self.opening) - len(self.opening.lstrip(" "))
        lines = [
            (number, line[min(indent, len(line) - len(line.lstrip(" "))) :])
            for number, line in enumerate(split_lines(self.body.replace("\r\n", "\n")))
            if number not in marked
        ]
        filled = [place for place, (_, line) in enumerate(lines) if line.strip()]
        return lines[filled[0] : filled[-1] + 1] if filled else []

    @cached_property
    def code(self) -> str:
        """Its code, the same for all kinds of line breaks, without its marker."""
        return "".join(line for _, line in self._code_lines).removesuffix("\n")

    def page_line(self, line: int) -> int:
        """Return the page's line on which a line of `code` stands, given by its index."""
        return self.line + 1 + (self._code_lines[line][0] if self._code_lines else 0)

    @property
    def code_line(self) -> int:
        """The page's line on which `code` begins."""
        return self.page_line(0)

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
class ImageWordsBlock(Fence):
    """What the images of the page's programs say in the page's language."""

    @cached_property
    def entries(self) -> tuple[ImageWord, ...]:
        """Its lines but the blank ones."""
        return tuple(parse_image_words(self.body))


@dataclass(frozen=True)
class RstBlock(Fence):
    """A piece of reStructuredText, ```` ```eval_rst ````."""

    @cached_property
    def tocs(self) -> tuple[tuple[int, Toc], ...]:
        """Its tables of contents, each with its line on the page."""
        return tuple(find_toctrees(self.body, self.line + 1))


_F = TypeVar("_F", bound=Fence)


@dataclass(frozen=True)
class TabText(Block):
    """Text between `:begin_tab:` and `:end_tab:`, in its three parts."""

    opening: str
    content: str
    closing: str
    names: tuple[str, ...]

    @property
    def content_line(self) -> int:
        """The page's line on which `content` begins."""
        return self.line + self.opening.count("\n")

    @cached_property
    def parts(self) -> tuple[Prose | RstBlock, ...]:
        """Its content: Markdown, and the pieces of reStructuredText in it."""
        return tuple(_parts(self.content, self.content_line - 1))


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
    return blocks, sorted(splitter.slips, key=lambda slip: slip.line)


class _Splitter:
    def __init__(self, text: str) -> None:
        self.lines = split_lines(text)
        self.slips: list[Slip] = []
        self._regions = {region.first: region for region in find_regions(self.lines)}
        self._kinds = {
            first: _kind(parse_attributes(region.opening.info))
            for first, region in self._regions.items()
            if region.opening
        }
        for region in self._regions.values():
            if region.opening:
                self._check_fence(region, region.opening)

    def blocks(self) -> Iterator[Block]:
        start = number = 0
        while number < len(self.lines):
            block, after = self._special(number)
            if block is None:
                number = after
                continue
            if start < number:
                yield Prose("".join(self.lines[start:number]), start + 1)
            yield block
            start = number = after
        if start < number:
            yield Prose("".join(self.lines[start:]), start + 1)

    def _special(self, number: int) -> tuple[Block | None, int]:
        """Return the block of the dialect's own that begins at a line, and the line after it.

        Without one, it is the line after the one that was given, or after what begins there.
        """
        line = self.lines[number]
        if "_tab:" in line:
            if found := tabs.BEGIN.fullmatch(line):
                return self._tab_text(number, found["names"])
            if tabs.END.fullmatch(line):
                hint = "Put “:begin_tab:`NAME`” before it."
                self._slip(number, "“:end_tab:” closes nothing.", hint, Severity.WARNING)
                return TabText(line, number + 1, "", "", line, ()), number + 1
        region = self._regions.get(number)
        if region is None:
            return None, number + 1
        kind = self._kinds.get(number)
        if kind is None or region.opening is None or region.opening.place is not Place.MARGIN:
            return None, region.after
        return _fence(kind, self.lines, region, region.opening), region.after

    def _tab_text(self, number: int, behind: str) -> tuple[Block, int]:
        names, surplus = tabs.parse_begin(behind)
        if not names:
            self._slip(number, "“:begin_tab:” names no tab.", "Write “:begin_tab:`NAME`”.")
        elif surplus:
            shown = surplus if len(surplus) < 60 else f"{surplus[:59]}…"
            self._slip(
                number,
                f"“{shown}” stands behind the tabs of “:begin_tab:”.",
                "Write the names as “:begin_tab:`a, b`”, and the text on lines of its own.",
                Severity.WARNING,
            )
        end = number + 1
        while end < len(self.lines) and not tabs.END.fullmatch(self.lines[end]):
            if tabs.BEGIN.fullmatch(self.lines[end]):
                break
            kind = self._kinds.get(end)
            if kind and kind is not RstBlock:
                self._slip(
                    end,
                    f"A {_name(kind)} between “:begin_tab:” and “:end_tab:” is shown as it stands.",
                    "Put it outside; a cell says which tabs it is for by “%%tab NAME”.",
                    Severity.WARNING,
                )
            region = self._regions.get(end)
            end = region.after if region else end + 1
        closed = end < len(self.lines) and bool(tabs.END.fullmatch(self.lines[end]))
        if not closed:
            # Where another one begins, what is meant is plain, and d2lbook reads it so.
            severity = Severity.WARNING if end < len(self.lines) else Severity.ERROR
            hint = "Put “:end_tab:” after its text."
            self._slip(number, "“:begin_tab:” is never closed.", hint, severity)
        # Text behind the names is text for these tabs all the same.
        cut = self.lines[number].rindex(surplus) if names and surplus else len(self.lines[number])
        opening = self.lines[number][:cut]
        content = "".join([self.lines[number][cut:], *self.lines[number + 1 : end]])
        closing = self.lines[end] if closed else ""
        text = opening + content + closing
        block = TabText(text, number + 1, opening, content, closing, names)
        return block, end + 1 if closed else end

    def _check_fence(self, region: Region, opening: Opening) -> None:
        ticks = opening.ticks
        if not region.closed:
            self._slip(
                region.first,
                f"The fence “{ticks}” is never closed.",
                f"Put “{ticks}” after its text.",
            )
        if inner := region.inner >= 0 and read_opening(self.lines[region.inner]):
            longer = max(ticks, inner.ticks) + ticks[0]
            self._slip(
                region.first,
                f"The fence “{ticks}” is not closed before another one begins in line"
                f" {region.inner + 1}.",
                f"Put “{ticks}” before that line; or, if it belongs inside, open and close the"
                f" outer fence with “{longer}”.",
            )
        if unread := parse_attributes(opening.info).unread:
            self._slip(
                region.first,
                f"“{unread}” behind the fence is no attribute, so the fence is none.",
                "Write one word, or {.class #name key=value}.",
            )
        kind = self._kinds[region.first]
        if kind and opening.place is not Place.MARGIN:
            self._slip(
                region.first,
                f"A {_name(kind)} inside a list or a quotation is shown as it stands.",
                "Begin its fence at the start of the line.",
                Severity.WARNING,
            )

    def _slip(
        self, number: int, message: str, hint: str, severity: Severity = Severity.ERROR
    ) -> None:
        self.slips.append(Slip(number + 1, message, hint, severity))


def _parts(content: str, line: int) -> Iterator[Prose | RstBlock]:
    """Split the content of a tab text that begins behind a line of the page."""
    lines = split_lines(content)
    start = 0
    for region in find_regions(lines) if "eval_rst" in content else ():
        opening = region.opening
        if not opening or _kind(parse_attributes(opening.info)) is not RstBlock:
            continue
        if opening.place is not Place.MARGIN:
            continue
        if start < region.first:
            yield Prose("".join(lines[start : region.first]), line + start + 1)
        block = _fence(RstBlock, lines, region, opening)
        yield replace(block, line=line + block.line)
        start = region.after
    if start < len(lines):
        yield Prose("".join(lines[start:]), line + start + 1)


def _fence(kind: type[_F], lines: Sequence[str], region: Region, opening: Opening) -> _F:
    last = region.after - 1 if region.closed else region.after
    first = lines[region.first]
    body = "".join(lines[region.first + 1 : last])
    closing = "".join(lines[last : region.after])
    attributes = parse_attributes(opening.info)
    return kind(first + body + closing, region.first + 1, first, body, closing, attributes)


def _kind(
    attributes: Attributes,
) -> type[Cell | TocBlock | ImageWordsBlock | RstBlock] | None:
    if {"python", "input"} <= set(attributes.classes):
        return Cell
    if "toc" in attributes.classes:
        return TocBlock
    if "image-words" in attributes.classes:
        return ImageWordsBlock
    if "eval_rst" in attributes.classes:
        return RstBlock
    return None


def _name(kind: type[Fence]) -> str:
    names = {
        Cell: "cell",
        TocBlock: "table of contents",
        ImageWordsBlock: "list of words in images",
    }
    return names.get(kind, "piece of reStructuredText")
