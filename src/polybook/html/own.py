"""What a book itself puts on every page: its icon, its logo, style sheets, scripts and links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from polybook.book import Book
from polybook.document.resources import FILE, find_targets, is_relative, split_target
from polybook.errors import Diagnostic, Location, Severity, quoted
from polybook.files import matching_files

#: What a script of the book is to replace before a build, as d2lbook's books have it.
_PLACEHOLDER = re.compile(r"###\w+###")


@dataclass(frozen=True)
class Own:
    """What `[html]` names, in one language.

    The icon, the logo, the card (the picture that goes with a link to the book), style sheets and
    scripts are files: paths below the book's root. A link is a name and a target as documents have
    them, or an address: elsewhere, or `./…` below the site.
    """

    favicon: str
    logo: str
    card: str
    styles: tuple[str, ...]
    scripts: tuple[str, ...]
    links: tuple[tuple[str, str], ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def files(self) -> Iterator[str]:
        """Yield every file that the site needs for it."""
        yield from filter(None, (self.favicon, self.logo, self.card, *self.styles, *self.scripts))
        yield from (split_target(target)[0] for _, target in self.links if target.startswith(FILE))


def own_things(book: Book, language: str) -> Own:
    """Find what a book puts on every page of a language, and what of it is missing."""
    config = book.config.localised(language)
    place = Location(config.folder_path or config.path)
    found: list[Diagnostic] = []

    def files(key: str, *patterns: str) -> tuple[str, ...]:
        names: dict[str, None] = {}
        for pattern in filter(None, patterns):
            matching = matching_files(book.root, pattern)
            if not matching:
                message = f"[html] {key}: there is no file {quoted(pattern)}."
                hint = "The path is relative to config.ini."
                found.append(Diagnostic(Severity.WARNING, place, message, hint))
            names |= dict.fromkeys(matching)
        return tuple(names)

    html = config.html
    unfilled = [link for link in html.header_links if _PLACEHOLDER.search("".join(link))]
    if unfilled:
        names = ", ".join(quoted(name) for name, _ in unfilled)
        message = f"[html] header_links: {names} {'is' if len(unfilled) == 1 else 'are'} left out."
        hint = "Fill in what stands between ### and ### before the build."
        found.append(Diagnostic(Severity.WARNING, place, message, hint))
    return Own(
        favicon="".join(files("favicon", html.favicon)[:1]),
        logo="".join(files("html_logo", html.html_logo)[:1]),
        card="".join(files("card", html.card)[:1]),
        styles=files("include_css", *html.include_css),
        scripts=files("include_js", *html.include_js),
        links=tuple(
            (name, _target(address, book, language))
            for name, address in html.header_links
            if (name, address) not in unfilled
        ),
        diagnostics=tuple(found),
    )


def _target(address: str, book: Book, language: str) -> str:
    """Return where an address leads from the root of the book; `./…` is below the site's root."""
    if address.startswith("/") or not is_relative(address):
        return address
    pages = book.pages_in(language) or book.pages
    page, path = next(iter(pages.values())), f"/{address}"
    return find_targets(iter([path]), book, page, language)[path] or f"./{address}"
