"""What others than readers look for: search engines, link previews, servers without an answer.

Addresses of the whole web are known only where `[html] base_url` says where the site will be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from urllib.parse import quote, urlsplit

#: A page's path in each language that has it, by the language's code.
Paths = Mapping[str, str]


def address(base: str, path: str) -> str:
    """Return the address on the web of a path of the site; nothing where `base` is not known."""
    return f"{base}{quote(path)}" if base else ""


def sitemap(base: str, pages: Iterable[Paths]) -> str:
    """Return a site map: every page in every language, each with the languages that it is in."""
    entries = "".join(
        f"<url><loc>{escape(address(base, path))}</loc>{_alternates(base, paths)}</url>\n"
        for paths in pages
        for path in paths.values()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
        f"{entries}</urlset>\n"
    )


def _alternates(base: str, paths: Paths) -> str:
    if len(paths) < 2:
        return ""
    return "".join(
        f'<xhtml:link rel="alternate" hreflang="{code}" href="{escape(address(base, path))}"/>'
        for code, path in paths.items()
    )


def robots(base: str) -> str:
    """Return a `robots.txt` that lets everybody in and names the site map."""
    return f"User-agent: *\nAllow: /\nSitemap: {base}sitemap.xml\n"


def root_of(base: str) -> str:
    """Return the site's root as a page at any depth can name it: its path on its host."""
    return urlsplit(base).path or "/"
