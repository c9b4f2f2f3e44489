"""Pages as blocks: what each stretch of text is, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from polybook.dialect import (
    Block,
    Cell,
    Fence,
    ImageWordsBlock,
    PageText,
    Prose,
    RstBlock,
    TabText,
    TocBlock,
    parse_page,
)
from polybook.document.pandoc import read_markdown
from polybook.errors import Severity
from tests.pairs import Pair, read_pairs

PAIRS = read_pairs(Path(__file__).with_name("pages.txt"))


def summary(page: PageText) -> str:
    lines = [line for block in page.blocks for line in _lines(block)]
    lines += [
        f"{slip.line}! {slip.severity}: {slip.message}"
        for slip in (*page.slips, *page.inline_slips)
    ]
    return "".join(f"{line}\n" for line in lines)


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Cell(setup=setup) if setup:
            needs = f", needs {' '.join(setup.required_libs)}" if setup.required_libs else ""
            yield f"{block.line} {' '.join(['set-up cell', *setup.tabs])}{needs}"
        case Cell(marker=marker, attributes=attributes):
            names = marker.names if marker else ()
            words = [" ".join(names) or "for no tab" if marker else "default tab"]
            words += [f"#{attributes.identifier}"] if attributes.identifier else []
            words += [f"{key}={value}" for key, value in attributes.pairs if key != "n"]
            yield f"{block.line} cell{' ' if marker else ', '}{' '.join(words)}"
            yield from (f"  {line}" for line in block.code.split("\n"))
        case TocBlock(toc=toc):
            numbered = ", numbered" if toc.numbered else ""
            depth = f", depth {toc.max_depth}" if toc.max_depth else ""
            yield f"{block.line} contents: {' '.join(toc.entries)}{numbered}{depth}"
        case ImageWordsBlock(entries=entries):
            yield f"{block.line} words of images"
            yield from (f"  {word.key} → {word.text}" for word in entries)
        case RstBlock():
            yield f"{block.line} reStructuredText"
            yield from _toctrees(block)
        case TabText(names=names, content=content):
            yield f"{block.line} text for {' '.join(names) or 'no tab'}"
            yield from (f"  {line}" for line in content.splitlines())
            if len(block.parts) > 1:
                kinds = {Prose: "prose", RstBlock: "reStructuredText"}
                yield from (f"  {part.line} {kinds[type(part)]}" for part in block.parts)
                for part in block.parts:
                    yield from _toctrees(part)
        case Prose():
            yield f"{block.line} prose"


def _toctrees(block: Block) -> Iterator[str]:
    for line, toc in block.tocs if isinstance(block, RstBlock) else ():
        numbered = ", numbered" if toc.numbered else ""
        yield f"{line} toctree: {' '.join(toc.entries)}{numbered}"


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.title)
def test_page(pair: Pair) -> None:
    page = parse_page(pair.given)
    assert summary(page) == pair.expected
    assert page.text == pair.given


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.title)
def test_page_with_windows_line_breaks_and_a_byte_order_mark_means_the_same(pair: Pair) -> None:
    page = parse_page("\ufeff" + pair.given.replace("\n", "\r\n"))
    assert summary(page) == pair.expected
    assert page.bom == "\ufeff"
    assert not page.blocks[0].text.startswith("\ufeff")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_longer_fence_in_a_cell_is_part_of_it_where_its_like_closes_it(end: str) -> None:
    lines = ["```{.python .input}", "a", "````toc", "b", "````", "```", "", "```{.python .input}"]
    page = parse_page(end.join([*lines, "c", "```", ""]))
    assert [cell.code for cell in page.cells] == ["a\n````toc\nb\n````", "c"]
    assert page.slips == ()
    short = parse_page(end.join(["```{.python .input}", "a", "````toc", "b", "```", ""]))
    assert [cell.code for cell in short.cells] == ["a\n````toc\nb"]


def test_blocks_are_those_that_pandoc_sees() -> None:
    pages = {pair.title: parse_page(pair.given) for pair in PAIRS}
    plain = {
        title: page
        for title, page in pages.items()
        if not any(isinstance(block, TabText) for block in page.blocks)
        and all(slip.severity is Severity.WARNING for slip in page.slips)
    }
    read = list(read_markdown(page.text for page in plain.values()))
    ours = {title: [block.body for block in _fences(page)] for title, page in plain.items()}
    assert {title: [_at_margin(body) for body in bodies] for title, bodies in ours.items()} == {
        title: [_at_margin(body) for body in _code_blocks(blocks)]
        for title, blocks in zip(plain, read, strict=True)
    }


def _fences(page: PageText) -> Iterator[Fence]:
    return (block for block in page.blocks if isinstance(block, Fence))


def _at_margin(body: str) -> list[str]:
    return [line.strip() for line in body.splitlines()]


def _code_blocks(blocks: list[dict[str, Any]]) -> Iterator[str]:
    for block in blocks:
        if block["t"] == "CodeBlock":
            (_, classes, _), text = block["c"]
            if {"python", "input"} <= set(classes) or {"toc", "eval_rst", "image-words"} & set(
                classes
            ):
                yield text
