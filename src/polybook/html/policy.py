"""What a page may load and run: its Content-Security-Policy, and styles that it lets pass.

A page runs scripts and shows styles that are files of the site, and loads nothing from elsewhere.
Where the maintainer lets an author's HTML pass as it is, its page may do what this HTML does.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from urllib.parse import unquote

from polybook.document.safe_html import COLOURS, host_of

#: An element's start tag with a style: what is before it, and the style.
_STYLED = re.compile(
    r'<(?P<before>[a-z][a-z0-9]*(?: [^<>]*?)?) style="(?P<style>[^"]*)"(?P<after>[^<>]*)>'
)
#: The site's own tones of the colours that a text may have.
_TONES = dict(
    zip(
        COLOURS,
        ("error", "string", "number", "function", "keyword", "accent", "quiet"),
        strict=True,
    )
)
_COLOUR = re.compile(rf"(?<![\w-])color: (?P<name>{'|'.join(_TONES)})(?![\w-])")
_DECLARATIONS = re.compile(r"[^<>{}@\\]+")
_CLASS = re.compile(r' class="([^"]*)"')


@dataclass(frozen=True)
class Needs:
    """What trusted HTML needs to work, as sources of a policy."""

    scripts: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()
    style_attributes: bool = False
    others: tuple[str, ...] = ()


def policy(hosts: Iterable[str], needs: Needs | None = None, styles: str = "") -> str:
    """Return the policy of a page.

    Args:
        hosts: servers that it may load from.
        needs: what its trusted HTML needs.
        styles: the style sheet in its head.

    """
    needs = needs or Needs()
    own = tuple(hosts)
    loaded = [*own, *needs.others]
    style = (*needs.styles, *([_hash(styles)] if styles else []))
    rules = {
        "default-src": ["'none'"],
        "script-src": ["'self'", *own, *needs.scripts],
        "style-src": ["'self'", *own, *style],
        "style-src-attr": ["'unsafe-inline'"] if needs.style_attributes else [],
        "img-src": ["'self'", "data:", *loaded],
        "font-src": ["'self'", "data:", *loaded],
        "media-src": ["'self'", "data:", *loaded],
        "connect-src": ["'self'", *loaded],
        "frame-src": loaded,
        "worker-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    return "; ".join(
        f"{name} {' '.join(dict.fromkeys(sources))}" for name, sources in rules.items() if sources
    )


def styles_as_classes(html: str) -> tuple[str, str]:
    """Return HTML without attributes of style, and the style sheet that stands for them."""
    names: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        style = unescape(found["style"]).strip(" ;")
        style = _COLOUR.sub(lambda colour: f"color: var(--{_TONES[colour['name']]})", style)
        before, after = found["before"], found["after"]
        if not _DECLARATIONS.fullmatch(style):
            return f"<{before}{after}>"
        name = names.setdefault(style, f"_s{len(names) + 1}")
        tag, classes = _CLASS.subn(rf' class="\1 {name}"', f"{before}{after}", count=1)
        return f"<{tag}>" if classes else f'<{before} class="{name}"{after}>'

    if ' style="' in html:
        html = _STYLED.sub(named, html)
    return html, "".join(f".{name}{{{_fitting(style)}}}" for style, name in names.items())


def _fitting(style: str) -> str:
    """Keep what has a width of its own within what is around it: a telephone is narrow."""
    wide = re.search(r"(?<![\w-])width:", style) and "max-width" not in style
    return f"max-inline-size: 100%; {style}" if wide else style


def _hash(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


# ---------------------------------------------------------------- trusted HTML


def needs(html: str) -> Needs:
    """Return what a page's HTML needs in order to work.

    What a script of another server loads and writes in its turn, nobody can know: with one, the
    page may load from any server, and styles may be anywhere.
    """
    found = _Found()
    found.feed(html)
    found.close()
    scripts = [_hash(each) for each in found.scripts]
    if found.handlers:
        scripts += ["'unsafe-hashes'", *map(_hash, found.handlers)]
    hosts = tuple(found.hosts)
    if not found.foreign:
        return Needs(tuple(scripts), (*map(_hash, found.styles), *hosts), found.styled, hosts)
    anywhere = ("https:", *(each for each in hosts if not each.startswith("https:")))
    return Needs((*scripts, *anywhere), ("'unsafe-inline'", *anywhere), True, anywhere)


class _Found(HTMLParser):
    """Looks for what a policy forbids."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.handlers: list[str] = []
        self.hosts: list[str] = []
        self.foreign = False
        self.styled = False
        self._inside: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self._inside = {"script": self.scripts, "style": self.styles}.get(tag)
        if tag == "script" and "src" in given:
            self._inside = None
        if self._inside is not None:
            self._inside.append("")
        self.styled |= "style" in given
        self.handlers += [value for name, value in given.items() if name.startswith("on")]
        if (address := given.get("href", "")).strip().lower().startswith("javascript:"):
            # Browsers differ in whether they look at it as written or as it is run.
            self.handlers += dict.fromkeys((address, unquote(address)))
        if tag != "a" and (host := host_of(given.get("src") or given.get("href", ""))):
            self.hosts.append(host)
            self.foreign |= tag == "script"

    def handle_endtag(self, _tag: str) -> None:
        self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside is not None:
            self._inside[-1] += data
