"""The pages on which a book documents its own library: their blocks, anchors, and what is wrong.

What a directive asks for becomes a list of definitions: the signature, under an anchor that is its
full name, then its docstring and its members.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from polybook.cache import ContentCache, code_digest, digest
from polybook.document.assemble import TAB_TEXT
from polybook.document.ast import Element, Elements, attr, code_block, div
from polybook.document.cells import ANCHOR
from polybook.document.library import Found, Item, Library, Request
from polybook.document.resources import page_link
from polybook.document.structure import make_role
from polybook.words import Words

#: The class of a division that documents things of a library, and of what names each of them.
LIBRARY, SIGNATURE = "library", "signature"


class Documentation:
    """A book's documentation of its library in one language.

    Args:
        library: the library.
        requests: what each page asks for, by its name, in reading order.
        cache: keeps what was found wrong.

    """

    def __init__(
        self, library: Library, requests: Mapping[str, Sequence[Request]], cache: ContentCache
    ) -> None:
        self.library = library
        self._requests = {page: asked for page, asked in requests.items() if asked}
        self._cache = cache

    @cached_property
    def key(self) -> str:
        """The digest of all that it is made of."""
        key = self.library.key(self._asked) if self._asked else ""
        return digest(
            key, [(page, list(map(str, asked))) for page, asked in self._requests.items()]
        )

    @property
    def _asked(self) -> list[Request]:
        return [each for asked in self._requests.values() for each in asked]

    def kept(self) -> list[str]:
        """Return the keys under which things are kept that a further build may ask for."""
        findings = [self._findings_key(page) for page in self._requests]
        return [*self.library.kept(self._asked), *findings] if self._requests else []

    def _findings_key(self, page: str) -> str:
        return digest(code_digest(), page, self.key, self.library.roots)

    @cached_property
    def owners(self) -> Mapping[str, str]:
        """The page that documents each thing, the first one that does, by its full name."""
        owners: dict[str, str] = {}
        for page, asked in self._requests.items():
            for item in self._items(asked):
                owners.setdefault(item.path, page)
        return owners

    @cached_property
    def _short_names(self) -> Mapping[str, str]:
        """Return full names by those that prose may have: `d2l.plot` for `d2l.torch.plot`."""
        names: dict[str, str] = {}
        for path in self.owners:
            parts = path.split(".")
            for start in range(1, len(parts)):
                names.setdefault(".".join(parts[start:]), path)
                names.setdefault(".".join([parts[0], *parts[start + 1 :]]), path)
        return names

    def target(self, name: str) -> str | None:
        """Return the target of a thing that is documented."""
        path = name if name in self.owners else self._short_names.get(name, "")
        return page_link(self.owners[path], path) if path else None

    def _items(self, asked: Sequence[Request]) -> Iterator[Item]:
        for request in asked:
            if request.is_indexed:
                for _, found in self._answers(request):
                    yield from self.library.item(found, request.options).walk()

    def _answers(self, request: Request) -> list[tuple[tuple[str, ...], Found]]:
        try:
            return self.library.answers(request)
        except SyntaxError:
            return []

    # ------------------------------------------------------------ blocks

    def blocks(self, page: str, request: Request, words: Words, taken: set[str]) -> Elements:
        """Return the blocks that stand in the place of a request.

        What differs between tabs is text for these tabs. What is not found is shown as it stands.

        Args:
            page: the page.
            request: the request.
            words: those of the page's language.
            taken: the anchors that the page has given; those that are given now are added.

        """
        answers = self._answers(request)
        if not answers:
            return [code_block(request.text, "rst"), *copy.deepcopy(request.more)]

        def owns(path: str) -> bool:
            return request.is_indexed and self.owners.get(path) == page

        blocks: Elements = []
        for tabs, found in answers:
            writer = _Writer(found, answers[0][1], words, owns, taken)
            shown = writer.block(self.library.item(found, request.options), request.more)
            blocks.append(div([shown], TAB_TEXT, tabs=" ".join(tabs)) if tabs else shown)
        return blocks

    # ------------------------------------------------------------ findings

    def findings(self, page: str) -> Findings:
        """Return what is wrong with what a page asks for, and with the docstrings that it shows."""
        asked = self._requests.get(page, ())
        if not asked:
            return Findings([], [], [])
        key = self._findings_key(page)
        return Findings(**self._cache.remember(key, lambda: self._findings(page, asked)))

    def _findings(self, page: str, asked: Sequence[Request]) -> dict[str, Any]:
        library = self.library
        wrong = [
            [request.line, message, hint]
            for request in asked
            for message, hint in library.findings(request)
        ]
        docstrings: list[Any] = []
        roles: list[Any] = []
        for request in asked:
            for _, found in self._answers(request):
                file = str(library.file(found.module))
                for item in library.item(found, request.options).walk():
                    if self.owners.get(item.path) == page:
                        docstrings += [[file, *each] for each in item.described.findings]
                        roles += [[file, *each] for each in item.described.roles]
        return {"wrong": wrong, "docstrings": docstrings, "roles": roles}


@dataclass(frozen=True)
class Findings:
    """What is wrong: (line, message, hint) on the page, (file, line, message, hint) in docstrings.

    `roles` are those of the docstrings that are shown: (file, name, argument, line).
    """

    wrong: list[tuple[int, str, str]]
    docstrings: list[tuple[str, int, str, str]]
    roles: list[tuple[str, str, str, int]]


class _Writer:
    def __init__(
        self,
        found: Found,
        first: Found,
        words: Words,
        owns: Callable[[str], bool],
        taken: set[str],
    ) -> None:
        self._found = found
        self._first = first
        self._words = words
        self._owns = owns
        self._taken = taken

    def block(self, item: Item, more: Elements) -> Element:
        """Return something, with what its author says more of it, and its members, as one block."""
        more = copy.deepcopy(more)
        if item.described.kind == "module":
            members = [self._definition(each, f"{item.path}.") for each in item.items]
            blocks = [*copy.deepcopy(item.described.blocks), *more, *_definitions(members)]
            return div(blocks, LIBRARY, identifier=self._anchor(item.path)[0])
        owner = item.path.rpartition(".")[0]
        return div(_definitions([self._definition(item, f"{owner}.", more)]), LIBRARY)

    def _anchor(self, path: str) -> tuple[str, dict[str, str]]:
        """Return the anchor of something, none if it is given elsewhere, and that of its like.

        Its like is what the first tab has in its place: a link to that one leads the readers of
        another tab to theirs.
        """
        like = self._first.path + path.removeprefix(self._found.path)
        pairs = {ANCHOR: like} if like != path else {}
        if path in self._taken or not self._owns(path):
            return "", pairs
        self._taken.add(path)
        return path, pairs

    def _definition(self, item: Item, owner: str = "", more: Sequence[Element] = ()) -> list[Any]:
        """Return something as a term and its definition."""
        described = item.described
        identifier, pairs = self._anchor(item.path)
        inlines: Elements = []
        for content, kind in (
            (described.words, "words"),
            (owner, "owner"),
            (item.path.rpartition(".")[2], "name"),
            (described.signature, "parameters"),
        ):
            if content:
                inlines.append({"t": "Code", "c": [attr("", [kind]), content]})
                inlines += [{"t": "Space"}] if kind == "words" else []
        term = {"t": "Span", "c": [attr(identifier, [SIGNATURE], **pairs), inlines]}
        blocks = [
            *self._bases(described.bases),
            *copy.deepcopy(described.blocks),
            *more,
            *_definitions([self._definition(each) for each in item.items]),
        ]
        return [[term], [blocks]]

    def _bases(self, bases: Sequence[tuple[str, str]]) -> Elements:
        """Return what a class is derived from, each with a link where it is documented."""
        if not bases:
            return []
        inlines: Elements = [{"t": "Str", "c": self._words("Bases:")}]
        for number, (base, full) in enumerate(bases):
            inlines += [{"t": "Str", "c": ","}] if number else []
            inlines += [{"t": "Space"}, make_role("class", f"{base} <{full}>")]
        return [div([{"t": "Plain", "c": inlines}], "bases")]


def _definitions(entries: list[list[Any]]) -> Elements:
    return [{"t": "DefinitionList", "c": entries}] if entries else []
