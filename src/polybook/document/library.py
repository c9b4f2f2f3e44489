"""The book's own library as documentation: what `autoclass` and its like name, and where it is.

A module is a file beside `config.ini`, read as it stands and never imported. What was read is kept
under the digest of its text; `modules` does the reading.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from polybook.book import Book
from polybook.cache import ContentCache, code_digest, digest
from polybook.document.ast import Elements
from polybook.errors import nearest

_SECTION, _FILE = "library-", "lib_file"
_LONGEST_CHAIN = 8  # of imports from one module to the next


@dataclass(frozen=True)
class Described:
    """A module, or something in one: its name there, how it is used, what its docstring says.

    `kind` is `module`, `class`, `function`, `property`, `data` or `import`; an import has a
    `target`, the name that it is taken from. `words` are what Python writes before the name;
    `bases` are those of a class, each as it is written, and its full name.
    `findings` are what is wrong with the docstring, `roles` its roles, each with its line.
    """

    name: str
    kind: str
    words: str = ""
    signature: str = ""
    bases: tuple[tuple[str, str], ...] = ()
    blocks: Elements = field(default_factory=list)
    findings: tuple[tuple[int, str, str], ...] = ()
    roles: tuple[tuple[str, str, int], ...] = ()
    members: Mapping[str, Described] = field(default_factory=dict)
    target: str = ""

    @staticmethod
    def read(content: Mapping[str, Any]) -> Described:
        """Make it of what `modules.read_module` returns."""
        members = {each["name"]: Described.read(each) for each in content.get("members", ())}
        return Described(**{**content, "members": members})


@dataclass(frozen=True)
class Request:
    """What a directive asks for.

    `modules` are those in which the name is looked up, by tab; that of the empty tab is for all
    others. `tabs` are those of the text that the directive stands in, `text` is the directive
    itself and `more` what its author wrote below it.
    """

    name: str
    module: bool
    options: Mapping[str, str]
    modules: Mapping[str, str]
    tabs: tuple[str, ...]
    text: str
    line: int
    more: Elements

    @staticmethod
    def read(content: str) -> Request:
        """Make it of what stands in its place."""
        read = json.loads(content)
        return Request(**{**read, "tabs": tuple(read["tabs"])})

    @property
    def is_indexed(self) -> bool:
        """Whether what it shows has anchors, and is linked to."""
        return not {"no-index", "noindex"} & set(self.options)


@dataclass(frozen=True)
class Found:
    """Something that a request names: its full name, the module it is in, what it is."""

    path: str
    module: str
    described: Described


@dataclass(frozen=True)
class Item:
    """Something to be shown, with those of its members that are."""

    path: str
    described: Described
    items: tuple[Item, ...]

    def walk(self) -> Iterator[Item]:
        """Yield it and all that is below it."""
        yield self
        for item in self.items:
            yield from item.walk()


class Library:
    """The modules of a book's library, as one language has them.

    A name is looked up in the module that is current where it stands; in a tab for which none is,
    in the tab's own, the `lib_file` of its `[library-TAB]`.

    Args:
        book: the book.
        language: the language; in a book with a folder per language it may have its own library.
        cache: keeps what was read.

    """

    def __init__(self, book: Book, language: str, cache: ContentCache) -> None:
        config = book.config.localised(language)
        self.roots = tuple(dict.fromkeys([config.pages(language), *config.roots(language)]))
        self._cache = cache
        self._tabs = config.tabs
        self._own = {
            section.removeprefix(_SECTION): self._module_name(book.root / keys[_FILE].strip())
            for section, keys in config.libraries.items()
            if section.startswith(_SECTION) and keys.get(_FILE, "").strip()
        }
        self._digests: dict[Path, str] = {}
        self._modules: dict[str, Described | SyntaxError | None] = {}

    def _module_name(self, file: Path) -> str:
        root = next(root for root in (*self.roots, Path(file.anchor)) if file.is_relative_to(root))
        return ".".join(file.relative_to(root).with_suffix("").parts)

    def key(self, requests: Iterable[Request]) -> str:
        """Return the digest of all that the answers to some requests depend on."""
        return digest(self._own, self._tabs, self.kept(requests))

    def kept(self, requests: Iterable[Request]) -> list[str]:
        """Return the keys under which the modules are kept that some requests may reach."""
        names = {*self._own.values()}
        for request in requests:
            names.update([request.name, *request.modules.values()])
        packages = sorted({name.partition(".")[0] for name in names if name})
        return [
            self._key(module, file) for package in packages for module, file in self._files(package)
        ]

    def _key(self, module: str, file: Path) -> str:
        if file not in self._digests:
            self._digests[file] = digest(file.read_bytes().hex())
        return digest(code_digest(), module, self._digests[file])

    def _files(self, package: str) -> Iterator[tuple[str, Path]]:
        """Yield the modules of a package, each with its file."""
        for root in self.roots:
            for file in (root / f"{package}.py", *sorted((root / package).rglob("*.py"))):
                if file.is_file():
                    parts = file.relative_to(root).with_suffix("").parts
                    yield ".".join(parts).removesuffix(".__init__"), file

    # ------------------------------------------------------------ names

    def file(self, module: str) -> Path | None:
        """Return the file of a module, if it is one of the book's."""
        parts = module.split(".")
        if not all(part.isidentifier() for part in parts):
            return None
        for root in self.roots:
            path = root.joinpath(*parts)
            for file in (path.with_suffix(".py"), path / "__init__.py"):
                if file.is_file():
                    return file
        return None

    def module(self, name: str) -> Described | None:
        """Return a module; None if the book has none of that name.

        Raises:
            SyntaxError: it cannot be read.

        """
        if name not in self._modules:
            self._modules[name] = self._read(name)
        module = self._modules[name]
        if isinstance(module, SyntaxError):
            raise module
        return module

    def _read(self, name: str) -> Described | SyntaxError | None:
        file = self.file(name)
        if file is None:
            return None

        def read() -> dict[str, Any]:
            from polybook.document.modules import read_module  # noqa: PLC0415 (griffe, docutils)

            code = file.read_text(encoding="utf-8", errors="replace")
            return read_module(name, file, code)

        try:
            return Described.read(self._cache.remember(self._key(name, file), read))
        except SyntaxError as error:
            return error

    def find(self, name: str, module: str = "") -> Found | None:
        """Find what a name means in a module, or by itself; None if it means nothing.

        Raises:
            SyntaxError: the module that it is in cannot be read.

        """
        for full in [f"{module}.{name}", name] if module else [name]:
            parts = full.split(".")
            for count in range(len(parts), 0, -1):
                start = ".".join(parts[:count])
                if self.file(start) is None:
                    continue
                described = self._member(self.module(start), parts[count:])
                if described:
                    return Found(full, start, described)
                break
        return None

    def _member(
        self, around: Described | None, names: Sequence[str], left: int = _LONGEST_CHAIN
    ) -> Described | None:
        """Return what names lead to from a module, through what it imports from others."""
        for name in names:
            around = around and around.members.get(name)
        if around and around.kind == "import":
            # What comes from elsewhere is not the book's own.
            found = self.find(around.target) if left else None
            return found.described if found else None
        return around

    # ------------------------------------------------------------ requests

    def module_for(self, tab: str, named: str) -> str:
        """Return the module in which the names of a tab are looked up.

        It is the one that is named, unless that is another tab's own while this tab has one too.
        """
        own = self._own.get(tab, "")
        others = {module for other, module in self._own.items() if other != tab}
        return own if own and (not named or named in others - {own}) else named

    def _modules_of(self, request: Request) -> dict[str, str]:
        """Return the module in which a request is looked up, by tab."""
        modules = {}
        for tab in request.tabs or self._tabs:
            modules[tab] = request.modules.get(tab, request.modules.get("", ""))
            if tab in request.modules or not modules[tab]:
                modules[tab] = self.module_for(tab, modules[tab])
        return modules

    def answers(self, request: Request) -> list[tuple[tuple[str, ...], Found]]:
        """Return what a request names, for each of several tabs; no tabs stand for all of them."""
        by_tab = {
            tab: self.find(request.name, "" if request.module else module)
            for tab, module in self._modules_of(request).items()
        }
        found = {each.path: each for each in by_tab.values() if each}
        if len(found) == 1 and None not in by_tab.values():
            return [((), each) for each in found.values()]
        return [
            (tuple(tab for tab, its in by_tab.items() if its and its.path == path), each)
            for path, each in found.items()
        ]

    def item(self, found: Found, options: Mapping[str, str]) -> Item:
        """Return something with the members that are to be shown, in their order."""
        described = found.described
        items = [
            self.item(Found(f"{found.path}.{name}", found.module, each), {**options, "members": ""})
            for name, each in self._members(described, options)
        ]
        if options.get("member-order", "alphabetical").startswith("alpha"):
            items.sort(key=lambda item: item.path)
        return Item(found.path, described, tuple(items))

    def _members(
        self, described: Described, options: Mapping[str, str]
    ) -> Iterator[tuple[str, Described]]:
        listed = _names(options.get("members", ""))
        without = _names(options.get("exclude-members", ""))
        for name, member in described.members.items() if "members" in options else ():
            known: Described | None = member
            if member.kind == "import":
                known = self._member(described, [name])
                if "imported-members" not in options and name not in listed:
                    known = None
            if known and name not in without and _is_wanted(name, known, listed, options):
                yield name, known

    # ------------------------------------------------------------ findings

    def findings(self, request: Request) -> Iterator[tuple[str, str]]:
        """Yield what is wrong with a request: a message, and what would be right."""
        try:
            if not self.answers(request):
                yield self._missing(request)
        except SyntaxError as error:
            message = f"{request.name} is not documented: the file {error.filename} is no Python."
            yield message, f"Line {error.lineno}: {error.msg}."

    def _missing(self, request: Request) -> tuple[str, str]:
        start, _, name = request.name.rpartition(".")
        if request.module:
            return self.unknown_module(request.name)
        if start and (described := self.module(start)):
            return f"{start} has no “{name}”.", nearest(name, described.members)
        if start and not any(request.modules.values()):
            return self.unknown_module(start)
        named = [module for module in self._modules_of(request).values() if module]
        known = {module: described for module in named if (described := self.module(module))}
        if known:
            hint = nearest(request.name, (name for each in known.values() for name in each.members))
            one = f"{named[0]} has no “{request.name}”."
            return one if len(
                known
            ) == 1 else f"{', '.join(known)}: none has “{request.name}”.", hint
        if named:
            return self.unknown_module(named[0])
        hint = "Write “.. currentmodule:: MODULE” before it."
        return f"“{request.name}” is looked up in no module.", hint

    def unknown_module(self, name: str) -> tuple[str, str]:
        """Return what is wrong with a module that the book lacks, and what would be right."""
        package = name.partition(".")[0]
        known = {*self._own.values(), *(module for module, _ in self._files(package))}
        return f"The book has no module “{name}”.", nearest(name, known)


def _is_wanted(
    name: str, member: Described, listed: Sequence[str], options: Mapping[str, str]
) -> bool:
    if listed:
        return name in listed
    if member.kind == "data" and not member.blocks:
        return False
    if name.startswith("__") and name.endswith("__"):
        kind = "special-members"
    elif name.startswith("_"):
        kind = "private-members"
    else:
        return True
    return kind in options and (not options[kind] or name in _names(options[kind]))


def _names(text: str) -> list[str]:
    return text.replace(",", " ").split()
