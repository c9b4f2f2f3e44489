"""reStructuredText as pandoc's AST: docutils reads it, `blocks` turns its tree into ours.

Nothing but this package imports docutils, and a book without reStructuredText does not import it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from docutils import nodes
from docutils.core import publish_doctree
from docutils.frontend import get_default_settings
from docutils.parsers.rst import Parser
from docutils.readers.standalone import Reader

from polybook.dialect import PageText
from polybook.document.ast import Elements, code_block
from polybook.document.rst.blocks import CurrentModule, Finding, Translator, is_trifle
from polybook.document.rst.directives import register
from polybook.errors import quoted

__all__ = ["CurrentModule", "Reading", "read_page_rst", "read_rst"]


@dataclass(frozen=True)
class Reading:
    """What a text became, and what is to be known of it beside that, each with its line.

    `findings` are what is wrong with it, `roles` its roles, `modules` those that it makes current,
    with the tabs for which it does.
    """

    blocks: Elements
    findings: tuple[Finding, ...]
    roles: tuple[tuple[str, str, int], ...]
    modules: tuple[tuple[str, tuple[str, ...], int], ...]


def read_page_rst(page: PageText) -> list[Reading]:
    """Read the pieces of reStructuredText of a page, in their order."""
    current = CurrentModule()
    return [read_rst(block.body, block.line, current, tabs) for block, tabs in page.rst]


def read_rst(
    text: str,
    line: int,
    current: CurrentModule,
    tabs: tuple[str, ...] = (),
    *,
    docstring: bool = False,
) -> Reading:
    """Read reStructuredText.

    Args:
        text: the text.
        line: the line of the file before its first.
        current: the modules in which names are looked up; directives change it.
        tabs: the tabs of the text that it stands in, if it stands in one.
        docstring: whether it is one: its titles are no sections, and it cites nothing.

    """
    register()
    text = text.replace("\r\n", "\n")
    try:
        tree = publish_doctree(text, settings=_settings())
    except Exception as error:  # docutils fails on some of what is hardly reStructuredText
        message = f"reStructuredText: docutils fails on it with {quoted(repr(error))}."
        slip = (line + 1, message, "It is shown as it stands.")
        return Reading([code_block(text, "rst")], (slip,), (), ())
    translator = Translator(tree, text.split("\n"), line, current, tabs, docstring)
    blocks = translator.blocks(tree.children)
    findings = sorted([*translator.findings, *_messages(tree, line)])
    modules = tuple((name, tabs, at) for name, at in translator.modules)
    return Reading(blocks, tuple(findings), tuple(translator.roles), modules)


def _messages(tree: nodes.document, line: int) -> Iterator[Finding]:
    """Yield what docutils says of a text; its notes on how it read it are passed over."""
    for message in (*tree.parse_messages, *tree.transform_messages):
        if not is_trifle(message):
            said = " ".join(message.children[0].astext().split())
            kept = any(isinstance(each, nodes.literal_block) for each in message.children)
            hint = "It is shown as it stands." if kept else ""
            yield line + message.get("line", 0), f"reStructuredText: {said}", hint


@cache
def _settings() -> Any:
    """Return docutils' settings: nothing is read but the text, nothing is printed."""
    settings = get_default_settings(Parser, Reader)
    settings.__dict__.update(
        {
            "_disable_config": True,
            "report_level": 2,
            "halt_level": 5,
            "traceback": True,
            "warning_stream": "",
            "file_insertion_enabled": False,
            "raw_enabled": False,
            "doctitle_xform": False,
            "docinfo_xform": False,
            "sectsubtitle_xform": False,
            "syntax_highlight": "none",
            "smart_quotes": False,
        }
    )
    return settings
