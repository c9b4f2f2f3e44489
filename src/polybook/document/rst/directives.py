"""The directives of Sphinx that books use, and the dialect's roles, for docutils to read.

docutils keeps what it knows in tables of its own; `register` adds these to them. A directive of
ours leaves a node of ours, of which `polybook.document.rst.blocks` makes blocks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive, directives, roles
from docutils.utils import unescape

from polybook.dialect.roles import ROLES
from polybook.dialect.toc import parse_toctree
from polybook.document.only import HTML, holds

#: The roles that name a thing of a library: Sphinx's own, and what each is in the dialect.
LIBRARY_ROLES: Mapping[str, str] = {
    "class": "class",
    "exc": "class",
    "func": "func",
    "meth": "func",
    "attr": "func",
    "data": "func",
    "obj": "func",
    "mod": "mod",
}


class Only(nodes.General, nodes.Element):
    """What is for some formats only: `condition`."""


class RawFile(nodes.General, nodes.Element):
    """A file to be put in as it is: `file`, `format`."""


class Toctree(nodes.General, nodes.Element):
    """A table of contents: `toc`, `caption`."""


class CurrentModule(nodes.General, nodes.Element):
    """From here on, names are looked up in the module `name`."""


class Documented(nodes.General, nodes.Element):
    """A module, class or function to be documented: `name`, `options`, `text`."""


class Role(nodes.Inline, nodes.TextElement):
    """One of the dialect's roles: `name`, `argument`."""


class _OnlyDirective(Directive):
    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        condition = self.arguments[0].strip()
        try:
            shown = holds(condition, HTML)
        except ValueError as error:
            raise self.error(f"{error}: write names of formats with and, or, not.") from None
        node = Only(condition=condition, shown=shown)
        node.document = self.state.document
        # A title may be of any level here, whatever stands around.
        memo = self.state.memo
        around = memo.title_styles, memo.section_level
        memo.title_styles, memo.section_level = [], 0
        self.state.nested_parse(self.content, self.content_offset, node, match_titles=True)
        memo.title_styles, memo.section_level = around
        return [node]


class _RawDirective(Directive):
    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "file": directives.path,
        "class": directives.class_option,
    }

    def run(self) -> list[nodes.Node]:
        file = self.options.get("file")
        if bool(file) == bool(self.content):
            raise self.error("Raw text is either below the directive or in a file.")
        formats = self.arguments[0].lower().split()
        if file:
            source = self.block_text.strip("\n")
            made: list[nodes.Node] = [
                RawFile(file=file, format=each, text=source) for each in formats
            ]
            for node in made:
                node.line = self.lineno
            return made
        text = "\n".join(self.content)
        return [nodes.raw(text, text, format=each) for each in formats]


class _ToctreeDirective(Directive):
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "maxdepth": directives.unchanged,
        "numbered": directives.unchanged,
        "titlesonly": directives.flag,
        "hidden": directives.flag,
        "includehidden": directives.flag,
        "caption": directives.unchanged_required,
        "name": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        if "hidden" in self.options:
            return []
        given = [f":{name}: {self.options[name] or ''}" for name in _TOC if name in self.options]
        toc = parse_toctree("\n".join([*given, *self.content]))
        return [Toctree(toc=toc, caption=self.options.get("caption", ""))]


class _CurrentModuleDirective(Directive):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        node = CurrentModule(name=self.arguments[0])
        node.line = self.lineno
        return [node]


class _AutoDirective(Directive):
    """`autoclass` and its like. As d2lbook has it, members need no docstring to be shown."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = dict.fromkeys(
        [
            "members",
            "exclude-members",
            "private-members",
            "special-members",
            "imported-members",
            "member-order",
            "no-index",
            "noindex",
            "undoc-members",
            "show-inheritance",
        ],
        directives.unchanged,
    )

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0].partition("(")[0].strip()
        node = Documented(
            name=name,
            module=self.name == "automodule",
            options={key: value.strip() for key, value in self.options.items()},
            text=self.block_text.strip("\n"),
        )
        node.line = self.lineno
        if self.content:
            self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


def _role_function(name: str) -> Any:  # its type in the stubs is narrower than docutils
    def read(
        _role: str,
        raw: str,
        text: str,
        line: int,
        _inliner: Any,
        options: Mapping[str, Any] | None = None,
        content: Sequence[str] = (),
    ) -> tuple[list[nodes.Node], list[nodes.Node]]:
        del options, content
        node = Role(raw, name=name, argument=" ".join(unescape(text).split()))
        node.line = line
        return [node], []

    return read


def register() -> None:
    """Make docutils know the directives and the roles; they take the place of its own.

    To be called before each text: a text may define roles, and docutils forgets none of them.
    """
    for name, kind in {
        "only": _OnlyDirective,
        "raw": _RawDirective,
        "toctree": _ToctreeDirective,
        "currentmodule": _CurrentModuleDirective,
        "py:currentmodule": _CurrentModuleDirective,
        **{f"auto{what}": _AutoDirective for what in _AUTO},
    }.items():
        directives.register_directive(name, kind)
    for name in ROLES:
        roles.register_local_role(name, _role_function(name))
    for name, meant in LIBRARY_ROLES.items():
        roles.register_local_role(name, _role_function(meant))
        roles.register_local_role(f"py:{name}", _role_function(meant))


_TOC = ("maxdepth", "numbered")
_AUTO = ("module", "class", "exception", "function", "method", "data", "attribute", "property")
