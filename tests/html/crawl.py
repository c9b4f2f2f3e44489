"""Reads the pages of a site as a browser would, to look for what is wrong with them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import html5lib

#: What loads by itself, and the attribute that says what.
LOADS = {"img": "src", "script": "src", "link": "href", "source": "src", "iframe": "src"}


@dataclass(frozen=True)
class SitePage:
    """One page: `path` is relative to the site's root."""

    root: Path
    path: str

    @cached_property
    def text(self) -> str:
        """The page as it was written."""
        return (self.root / self.path).read_text(encoding="utf-8")

    @cached_property
    def _parsed(self) -> tuple[Any, list[str]]:
        parser: Any = html5lib.HTMLParser(namespaceHTMLElements=False)  # type: ignore[no-untyped-call]
        tree = parser.parse(self.text)
        return tree, [f"{place}: {code} {values}" for place, code, values in parser.errors]

    @property
    def errors(self) -> list[str]:
        """What the parser had to mend."""
        return self._parsed[1]

    @cached_property
    def elements(self) -> list[Any]:
        """All elements, in their order."""
        return [each for each in self._parsed[0].iter() if isinstance(each.tag, str)]

    def all(self, tag: str, **attributes: str) -> list[Any]:
        """Return the elements with a tag and with these values of attributes."""
        wanted = {name.strip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            each
            for each in self.elements
            if each.tag == tag and all(each.get(name) == value for name, value in wanted.items())
        ]

    @cached_property
    def ids(self) -> list[str]:
        """All identifiers, in their order."""
        return [each.get("id") for each in self.elements if each.get("id") is not None]

    def links(self) -> Iterator[tuple[str, str]]:
        """Yield the path and the anchor of each link and each loaded file of the site itself."""
        for each in self.elements:
            address = each.get("href" if each.tag == "a" else LOADS.get(each.tag, ""))
            if address is None or urlsplit(address).scheme:
                continue
            parts = urlsplit(address)
            folder = posixpath.dirname(self.path)
            path = posixpath.normpath(posixpath.join("/", folder, unquote(parts.path)))[1:]
            yield (path if parts.path else self.path), unquote(parts.fragment)

    def visible_text(self) -> str:
        """Return the words of the page, code and formulas left out."""
        parts: list[str] = []

        def visit(element: Any) -> None:
            if not isinstance(element.tag, str) or element.tag in _SILENT:
                return
            parts.append(element.text or "")
            for child in element:
                visit(child)
                parts.append(child.tail or "")

        visit(self._parsed[0])
        return " ".join(" ".join(parts).split())


_SILENT = ("head", "code", "pre", "{http://www.w3.org/1998/Math/MathML}math")


def site_pages(root: Path) -> dict[str, SitePage]:
    """Return all pages of a site, by path."""
    paths = sorted(file.relative_to(root).as_posix() for file in root.rglob("*.html"))
    return {path: SitePage(root, path) for path in paths}


def text_of(element: Any) -> str:
    """Return the words in an element."""
    return " ".join("".join(element.itertext()).split())
