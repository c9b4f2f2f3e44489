"""docutils' tree as pandoc's blocks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from docutils import nodes

from polybook.dialect.roles import ROLES
from polybook.document.assemble import DOCUMENTED, RAW_FILE, TOC
from polybook.document.ast import Element, Elements, attr, code_block, div, link, text
from polybook.document.numbering import slug
from polybook.document.only import only, raw_for
from polybook.document.references import LIBRARY, REFERENCES
from polybook.document.rst import directives
from polybook.document.structure import NOTICE, make_role

#: What is wrong: the line, a message, and what would be right.
Finding = tuple[int, str, str]

# The levels of titles by the characters below them, as d2lbook's own pages have them.
_LEVELS = "=-~^'"
_BLANKS = re.compile(r"(\s+)")
_STYLES = {
    "arabic": "Decimal",
    "loweralpha": "LowerAlpha",
    "upperalpha": "UpperAlpha",
    "lowerroman": "LowerRoman",
    "upperroman": "UpperRoman",
}
# What a field of a docstring names, in Python's own words.
_FIELDS = {
    **dict.fromkeys(("param", "parameter", "arg", "argument", "key", "keyword"), ""),
    **dict.fromkeys(("var", "ivar", "cvar"), ""),
    **dict.fromkeys(("return", "returns"), "return"),
    **dict.fromkeys(("raises", "raise", "except", "exception"), "raise"),
    **dict.fromkeys(("yield", "yields"), "yield"),
}
# What has no place of its own on a page.
_UNSEEN = (
    nodes.comment,
    nodes.substitution_definition,
    nodes.target,
    nodes.footnote,
    nodes.pending,
    nodes.decoration,
    nodes.meta,
)


@dataclass
class CurrentModule:
    """The module in which names are looked up: for all tabs, and for those that have another."""

    name: str = ""
    by_tab: dict[str, str] = field(default_factory=dict)

    def set(self, name: str, tabs: Sequence[str]) -> None:
        """Change it from here on: for some tabs, or for all if none are given."""
        if tabs:
            self.by_tab.update(dict.fromkeys(tabs, name))
        else:
            self.name = name
            self.by_tab.clear()


class Translator:
    """Makes blocks of a tree's nodes; what it meets on its way is kept beside them.

    Args:
        tree: the whole tree.
        lines: the text that was read.
        line: the line of the page before its first.
        current: the modules in which names are looked up.
        tabs: the tabs of the text that the tree stands in.
        docstring: whether it is one: its titles are no sections, and it cites nothing.

    """

    def __init__(
        self,
        tree: nodes.document,
        lines: Sequence[str],
        line: int,
        current: CurrentModule,
        tabs: tuple[str, ...],
        docstring: bool,
    ) -> None:
        self.findings: list[Finding] = []
        self.roles: list[tuple[str, str, int]] = []
        self.modules: list[tuple[str, int]] = []
        self._lines = lines
        self._line = line
        self._current = current
        self._tabs = tabs
        self._titles_count = not docstring
        self._roles = _DOCSTRING_ROLES if docstring else ROLES
        self._footnotes = {
            name: note for note in tree.findall(nodes.footnote) for name in note["ids"]
        }
        self._anchors = {
            name: _label(section) or slug(section.children[0].astext())
            for section in tree.findall(nodes.section)
            for name in section["ids"]
        }

    def blocks(self, children: Iterable[nodes.Node]) -> Elements:
        """Return the blocks of some nodes."""
        return [block for child in children for block in self._block(child)]

    def _block(self, node: nodes.Node) -> Elements:  # noqa: PLR0911, PLR0912 (one case per kind)
        match node:
            case nodes.section():
                return [self._header(node), *self.blocks(node.children[1:])]
            case nodes.paragraph():
                return [{"t": "Para", "c": self.inlines(node)}]
            case nodes.rubric() | nodes.title():
                return [_bold(self.inlines(node))]
            case nodes.bullet_list():
                return [{"t": "BulletList", "c": self._items(node)}]
            case nodes.enumerated_list():
                return [{"t": "OrderedList", "c": [_numbering(node), self._items(node)]}]
            case nodes.definition_list():
                return [_definitions(self._definition(item) for item in node.children)]
            case nodes.field_list():
                return [_definitions(self._field(item) for item in node.children)]
            case nodes.option_list():
                return [_definitions(self._option(item) for item in node.children)]
            case nodes.block_quote():
                return [{"t": "BlockQuote", "c": self.blocks(node.children)}]
            case nodes.literal_block():
                return [code_block(node.astext(), *node["classes"][1:2])]
            case nodes.doctest_block():
                return [code_block(node.astext(), "python")]
            case nodes.math_block():
                return [_formula(node)]
            case nodes.line_block():
                return [{"t": "LineBlock", "c": list(self._verses(node, ""))}]
            case nodes.transition():
                return [{"t": "HorizontalRule"}]
            case nodes.raw():
                return raw_for(node["format"], node.astext())
            case nodes.image():
                return [{"t": "Para", "c": self._inline(node)}]
            case nodes.figure():
                return [self._figure(node)]
            case nodes.table():
                return [self._table(node)]
            case nodes.Admonition() | nodes.topic() | nodes.sidebar():
                kind = node.__class__.__name__
                return [div(self.blocks(node.children), NOTICE, kind=kind)]
            case nodes.container() | nodes.compound() | nodes.attribution() | nodes.legend():
                return self._contained(node)
            case nodes.system_message() if is_trifle(node):
                return []
            case nodes.system_message():
                # What docutils cannot read is in there, word for word.
                kept = [each for each in node.children if isinstance(each, nodes.literal_block)]
                return [code_block(each.astext(), "rst") for each in kept]
            case _ if isinstance(node, _UNSEEN):
                return []
        return self._own_block(node)

    def _own_block(self, node: nodes.Node) -> Elements:
        """Return the blocks of what a directive of ours left."""
        match node:
            case directives.Only():
                return self._only(node)
            case directives.Toctree():
                caption = [_bold([text(node["caption"])])] if node["caption"] else []
                return [*caption, code_block(node["toc"].text, TOC)]
            case directives.RawFile():
                asked = {name: node[name] for name in ("file", "format", "text")}
                return [_place(RAW_FILE, line=self._at(node), **asked)]
            case directives.CurrentModule():
                self._current.set(node["name"], self._tabs)
                self.modules.append((node["name"], self._at(node)))
                return []
            case directives.Documented():
                return [self._documented(node)]
        kind = node.__class__.__name__
        message = f"reStructuredText: “{kind}” is not read."
        self.findings.append((self._at(node), message, "It is shown as it stands."))
        return [code_block(getattr(node, "rawsource", "") or node.astext(), "rst")]

    def _at(self, node: nodes.Node) -> int:
        """Return the line of the page on which a node stands, as far as docutils knows it."""
        line = None
        around: nodes.Node | None = node
        while around is not None and line is None:
            line, around = around.line, around.parent
        return self._line + (line or 0)

    def _at_role(self, node: directives.Role) -> int:
        """Return the line of the page on which a role begins; docutils knows its paragraph's."""
        start = node.rawsource.partition("\n")[0]
        lines = range(node.line or 1, len(self._lines) + 1)
        found = (line for line in lines if start in self._lines[line - 1])
        return self._line + next(found, node.line or 0)

    # ------------------------------------------------------------ blocks

    def _header(self, section: nodes.section) -> Element:
        title = section.children[0]
        assert isinstance(title, nodes.title)
        if not self._titles_count:
            return _bold(self.inlines(title))
        rule = self._lines[section.line - 1].strip()[:1] if section.line else ""
        level = _LEVELS.find(rule) + 1 if rule else 0
        depth = 1
        around = section.parent
        while around is not None:
            depth += isinstance(around, nodes.section)
            around = around.parent
        return {"t": "Header", "c": [level or depth, attr(_label(section)), self.inlines(title)]}

    def _only(self, node: directives.Only) -> Elements:
        # The book's order is that of its site: what the site lacks adds no section to it.
        before = self._titles_count
        self._titles_count = before and node["shown"]
        blocks = self.blocks(node.children)
        self._titles_count = before
        return only(blocks, node["condition"])

    def _contained(self, node: nodes.Element) -> Elements:
        if node.children and isinstance(node.children[0], nodes.Inline | nodes.Text):
            return [{"t": "Para", "c": self.inlines(node)}]
        return self.blocks(node.children)

    def _items(self, node: nodes.Element) -> list[Elements]:
        """Return the items of a list, without paragraphs where each has no more than one."""
        tight = all(
            sum(isinstance(each, nodes.paragraph) for each in item.children) < 2
            and all(isinstance(each, _IN_TIGHT) for each in item.children)
            for item in node.children
        )
        items = [self.blocks(item.children) for item in node.children]
        for block in (block for item in items for block in item if tight):
            block["t"] = "Plain" if block["t"] == "Para" else block["t"]
        return items

    def _definition(self, item: nodes.Node) -> tuple[Elements, Elements]:
        term: Elements = []
        blocks: Elements = []
        for child in item.children:
            match child:
                case nodes.term():
                    term += self.inlines(child)
                case nodes.classifier():
                    term += [text(" : "), *self.inlines(child)]
                case _:
                    blocks += self.blocks(child.children)
        return term, blocks

    def _field(self, item: nodes.Node) -> tuple[Elements, Elements]:
        name, body = item.children
        kind, _, argument = name.astext().partition(" ")
        said = " ".join(filter(None, [_FIELDS.get(kind, kind), argument]))
        term = [_code(said)] if kind in _FIELDS else self.inlines(name)
        return term, self.blocks(body.children)

    def _option(self, item: nodes.Node) -> tuple[Elements, Elements]:
        options, description = item.children
        said = ", ".join(option.astext() for option in options.children)
        return [_code(said)], self.blocks(description.children)

    def _verses(self, node: nodes.Node, indent: str) -> Iterable[Elements]:
        for child in node.children:
            if isinstance(child, nodes.line_block):
                yield from self._verses(child, f"{indent}\u00a0\u00a0")
            else:
                yield [*([text(indent)] if indent else []), *self.inlines(child)]

    def _figure(self, node: nodes.Element) -> Element:
        captions = [each for each in node.children if isinstance(each, nodes.caption)]
        images = list(node.findall(nodes.image))
        caption = [{"t": "Plain", "c": self.inlines(each)} for each in captions]
        shown = [each for each in node.children if each not in captions]
        legend = [each for each in shown if isinstance(each, nodes.legend)]
        image = [inline for each in shown if each not in legend for inline in self._inline(each)]
        label = next((name for each in images for name in each["names"]), "")
        content = [{"t": "Plain", "c": image}, *self.blocks(legend)]
        return {"t": "Figure", "c": [attr(label), [None, caption], content]}

    def _table(self, node: nodes.Element) -> Element:
        titles = [each for each in node.children if isinstance(each, nodes.title)]
        caption = [{"t": "Plain", "c": self.inlines(each)} for each in titles]
        columns = [[{"t": "AlignDefault"}, {"t": "ColWidthDefault"}]] * sum(
            1 for _ in node.findall(nodes.colspec)
        )
        head = [self._row(row) for part in node.findall(nodes.thead) for row in part.children]
        rows = [self._row(row) for part in node.findall(nodes.tbody) for row in part.children]
        label = _label(node)
        body = [attr(), 0, [], rows]
        parts = [attr(label), [None, caption], columns, [attr(), head], [body], [attr(), []]]
        return {"t": "Table", "c": parts}

    def _row(self, row: nodes.Node) -> list[Any]:
        return [
            attr(),
            [
                [
                    attr(),
                    {"t": "AlignDefault"},
                    entry.get("morerows", 0) + 1,
                    entry.get("morecols", 0) + 1,
                    self.blocks(entry.children),
                ]
                for entry in row.children
                if isinstance(entry, nodes.entry)
            ],
        ]

    def _documented(self, node: directives.Documented) -> Element:
        current = self._current
        modules = {tab: current.by_tab.get(tab, current.name) for tab in self._tabs}
        return _place(
            DOCUMENTED,
            name=node["name"],
            module=node["module"],
            options=node["options"],
            modules=modules or {"": current.name, **current.by_tab},
            tabs=list(self._tabs),
            text=node["text"],
            line=self._at(node),
            more=self.blocks(node.children),
        )

    # ------------------------------------------------------------ within a paragraph

    def inlines(self, node: nodes.Node) -> Elements:
        """Return what is in a paragraph, a title or the like."""
        return [inline for child in node.children for inline in self._inline(child)]

    def _inline(self, node: nodes.Node) -> Elements:  # noqa: PLR0911, PLR0912 (one case per kind)
        match node:
            case nodes.Text():
                return list(_words(node.astext()))
            case nodes.emphasis() | nodes.title_reference():
                return [{"t": "Emph", "c": self.inlines(node)}]
            case nodes.strong():
                return [{"t": "Strong", "c": self.inlines(node)}]
            case nodes.superscript():
                return [{"t": "Superscript", "c": self.inlines(node)}]
            case nodes.subscript():
                return [{"t": "Subscript", "c": self.inlines(node)}]
            case nodes.literal():
                return [_code(node.astext())]
            case nodes.math():
                return [{"t": "Math", "c": [{"t": "InlineMath"}, node.astext()]}]
            case nodes.raw():
                return [{"t": "RawInline", "c": [node["format"], node.astext()]}]
            case nodes.image():
                return [_image(node)]
            case nodes.reference():
                anchor = node.get("refid", "")
                target = node.get("refuri") or f"#{self._anchors.get(anchor, anchor)}"
                return [link(self.inlines(node), target)]
            case nodes.footnote_reference() if node.get("refid") in self._footnotes:
                note = self._footnotes[node["refid"]]
                inner = [each for each in note.children if not isinstance(each, nodes.label)]
                return [{"t": "Note", "c": self.blocks(inner)}]
            case directives.Role() if node["name"] not in self._roles:
                return [_code(node["argument"])]
            case directives.Role():
                self.roles.append((node["name"], node["argument"], self._at_role(node)))
                return [make_role(node["name"], node["argument"])]
            case nodes.problematic():
                return list(_words(node.astext()))
            case nodes.target() | nodes.substitution_definition():
                return []
        return self.inlines(node) or list(_words(node.astext()))


def is_trifle(message: nodes.system_message) -> bool:
    """Tell whether docutils says what no author needs to know: all is read as it is meant."""
    said = message.children[0].astext()
    return message["level"] < 2 or said.startswith(_SHORT_RULE)


# docutils' levels are 0 debug, 1 info, 2 warning, 3 error, 4 severe.
_SHORT_RULE = ("Title underline too short", "Title overline too short")
_DOCSTRING_ROLES = REFERENCES | LIBRARY
_IN_TIGHT = (nodes.paragraph, nodes.bullet_list, nodes.enumerated_list)


def _words(content: str) -> Iterable[Element]:
    for part in filter(None, _BLANKS.split(content)):
        if part.isspace():
            yield {"t": "SoftBreak" if "\n" in part else "Space"}
        else:
            yield text(part)


def _code(content: str) -> Element:
    return {"t": "Code", "c": [attr(), content]}


def _bold(inlines: Elements) -> Element:
    return {"t": "Para", "c": [{"t": "Strong", "c": inlines}]}


def _definitions(entries: Iterable[tuple[Elements, Elements]]) -> Element:
    return {"t": "DefinitionList", "c": [[term, [blocks]] for term, blocks in entries]}


def _numbering(node: nodes.Element) -> list[Any]:
    delimiter = {".": "Period", ")": "OneParen"}.get(node.get("suffix", ""), "DefaultDelim")
    if node.get("prefix"):
        delimiter = "TwoParens"
    style = _STYLES.get(node.get("enumtype", ""), "DefaultStyle")
    return [node.get("start", 1), {"t": style}, {"t": delimiter}]


def _formula(node: nodes.Element) -> Element:
    formula: Element = {"t": "Math", "c": [{"t": "DisplayMath"}, node.astext()]}
    label = _label(node)
    return {"t": "Para", "c": [formula, *([make_role("eqlabel", label)] if label else [])]}


def _image(node: nodes.Element) -> Element:
    said = {name: node[name] for name in ("alt", "width", "height") if node.get(name)}
    return {"t": "Image", "c": [attr("", [], **said), [], [node["uri"], ""]]}


def _label(node: nodes.Element) -> str:
    """Return the name that an author gave to something; a section's title is none."""
    own = ""
    if isinstance(node, nodes.section):
        own = nodes.fully_normalize_name(node.children[0].astext())
    return next((name for name in node["names"] if name != own), "")


def _place(kind: str, **asked: Any) -> Element:
    return code_block(json.dumps(asked), kind)
