"""What of an author's HTML is safe: it runs nothing, hides nothing, loads nothing from elsewhere.

Translators are many and little known, and whoever reviews their pages reads the text. What is not
known to be harmless is left out, and told. HTML is written anew from what was read of it, tag by
tag: names and attributes out of a list, values and text escaped. So it cannot mean anything else to
a browser than it meant here, and half of an element, as Markdown leaves it, is judged like a whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

#: The attributes of a tag, as written: names in small letters, values without references.
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Unsafe:
    """What is left out: how it is written in the source, best guess first, and what is said of it.

    `host` is the server that it is loaded from, where that alone is what is wrong with it.
    """

    written: tuple[str, ...]
    message: str
    host: str = ""

    @staticmethod
    def read(kept: Mapping[str, Any]) -> Unsafe:
        """Make it of what JSON has kept of it."""
        return Unsafe(tuple(kept["written"]), kept["message"], kept["host"])


@dataclass(frozen=True, slots=True)
class Judged:
    """The safe part of some HTML, and the rest.

    `silenced` is the element whose content shows nothing and that the HTML leaves open.
    """

    html: str
    unsafe: tuple[Unsafe, ...]
    silenced: str = ""


# ---------------------------------------------------------------- what is safe


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


#: Elements that show text, structure it, or show what lies beside the page.
_ELEMENTS = _set(
    """
    a abbr address article aside audio b bdi bdo big blockquote br caption center cite code col
    colgroup data dd del details dfn div dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6
    header hgroup hr i img ins kbd li mark meter nav ol p picture pre progress q rp rt ruby s samp
    section small source span strike strong sub summary sup table tbody td tfoot th thead time tr
    track tt u ul var video wbr
    circle ellipse g line path polygon polyline rect svg text tspan
    """
)
#: Elements without an end tag.
VOID = _set("br col hr img source track wbr")
#: Elements whose content is no text for readers.
_SILENT = _set("iframe noembed noframes object script style template title")
#: What else HTML has, or had; any other name is text: `<eos>` is what a token is called.
_OTHERS = _set(
    """
    applet area base basefont bgsound button canvas datalist defs desc dialog embed fieldset form
    frame frameset image input keygen label legend link main map marquee math menu meta mi mo mn
    mrow mtext optgroup option output param plaintext select slot textarea xmp
    """
)
#: Names of SVG that are words as well: they mean nothing there without attributes.
_DRAWN = _set("animate clippath filter foreignobject marker mask pattern set symbol use")
#: Elements that show nothing of their own: nobody misses them.
_FRAME = _set("body head html noscript")
_KNOWN = _ELEMENTS | _SILENT | _OTHERS | _DRAWN | _FRAME

_EVERYWHERE = _set(
    """
    align aria-describedby aria-hidden aria-label aria-labelledby class dir height id lang role
    style title translate valign width
    """
)
_ATTRIBUTES = {
    "a": "download href hreflang name rel target type",
    "audio": "controls loop muted preload src",
    "blockquote": "cite",
    "col": "span",
    "colgroup": "span",
    "data": "value",
    "del": "cite datetime",
    "details": "name open",
    "font": "face size",
    "hr": "noshade size",
    "img": "alt border decoding hspace loading src vspace",
    "ins": "cite datetime",
    "li": "type value",
    "meter": "high low max min optimum value",
    "ol": "reversed start type",
    "progress": "max value",
    "q": "cite",
    "source": "media src type",
    "table": "border cellpadding cellspacing frame rules summary",
    "td": "abbr colspan headers nowrap rowspan",
    "th": "abbr colspan headers nowrap rowspan scope",
    "time": "datetime",
    "track": "default kind label src srclang",
    "ul": "type",
    "video": "controls loop muted playsinline poster preload src",
}
_DRAWING = """
    cx cy d dx dy fill fill-rule font-family font-size font-style font-weight points r rx ry stroke
    stroke-dasharray stroke-linecap stroke-linejoin stroke-width text-anchor transform viewbox x x1
    x2 xmlns y y1 y2
"""
_DRAWINGS = _set("circle ellipse g line path polygon polyline rect svg text tspan")
_ALLOWED = {
    tag: _EVERYWHERE | _set(names)
    for tag, names in (_ATTRIBUTES | dict.fromkeys(_DRAWINGS, _DRAWING)).items()
}

#: Elements that load what their `src` names.
_LOADING = _set("audio img source track video")

#: Of Markdown's attributes, pandoc writes those that HTML knows; these do what Markdown does not.
_ACTIVE = _set(
    """
    accesskey autofocus background contenteditable hidden href imagesrcset inert ping popover poster
    slot src srcdoc srcset tabindex usemap
    """
)

#: Classes of the site by which something does not show, or not for every reader, or covers what is
#: behind it, or is what its scripts look for.
HIDING = _set(
    """
    begin beside colours contents copy downloads editions growing headings languages links menu
    offers on-page page-tools permalink search search-open search-status site-head skip tab-absent
    tab-group tab-list tab-name tab-panel trail turning visually-hidden
    """
)

_LENGTH = r"(?:auto|0|\d*\.?\d+(?:px|r?em|ex|ch|%|cm|mm|in|p[tc]|v[wh]))"
#: Of a box that may scroll by itself: wide enough for a letter, lest nothing of it be seen.
_WIDE = r"(?:auto|[1-9]\d+(?:\.\d+)?(?:px|p[tc]|mm|%|v[wh])|[1-9]\d*(?:\.\d+)?(?:r?em|ex|ch|cm|in))"
#: What has any size: it holds no text, or shows it all the same.
_SIZED = _set("audio col colgroup hr img picture source svg td th tr track video")
_WORDS = "[a-z-]+"
#: Colours of text, which the site has in tones that are read on light paper and on dark.
COLOURS = ("red", "green", "orange", "blue", "purple", "teal", "gray")
#: Properties of styles that neither hide nor cover anything, and their values.
_STYLES = {
    **dict.fromkeys(("width", "max-width", "min-width"), _LENGTH),
    **dict.fromkeys(("height", "min-height"), _LENGTH),
    **dict.fromkeys(("margin", "margin-left", "margin-right"), r"(?:(?:auto|0|0px)\s*){1,4}"),
    "border": r"(?:\d{1,2}px\s*|[a-z]+\s*|#[0-9a-f]{3,6}\s*)+",
    "border-collapse": _WORDS,
    "clear": _WORDS,
    "color": "|".join(COLOURS),
    "display": "block|inline|inline-block",
    "float": _WORDS,
    "font-size": r"(?:x{1,2}-)?(?:small|large)|smaller|larger|medium",
    "font-style": _WORDS,
    "font-weight": r"[a-z]+|\d{3}",
    "list-style-type": _WORDS,
    "text-align": _WORDS,
    "text-decoration": _WORDS,
    "vertical-align": _WORDS,
    "white-space": _WORDS,
}

_LINKS = frozenset(["", "http", "https", "mailto", "tel", "ftp", "page", "file"])
_PICTURE = re.compile(r"data:image/(?:png|jpe?g|gif|webp|avif|svg\+xml)[;,]", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_IGNORED = re.compile(r"[\x00-\x20]+")  # by browsers, at an address's ends or within


def host_of(address: str) -> str:
    """Return the server that an address is on, as `https://example.org`; empty for a path."""
    address = _IGNORED.sub("", address).replace("\\", "/")
    if address.startswith("//"):
        address = f"https:{address}"
    if not re.match("https?:", address, re.IGNORECASE):
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "https://"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower()


def _is_safe_link(address: str) -> bool:
    scheme = _SCHEME.match(_IGNORED.sub("", address))
    return (scheme[1].lower() if scheme else "") in _LINKS


def _is_safe_source(address: str) -> bool:
    address = _IGNORED.sub("", address)
    scheme = _SCHEME.match(address)
    return not scheme or scheme[1].lower() in ("page", "file") or bool(_PICTURE.match(address))


# ---------------------------------------------------------------- one tag


@dataclass(frozen=True, slots=True)
class Tag:
    """What is safe of a start tag's attributes, and what is not.

    `shows` if it still does, `changed` if the attributes are not those that were judged.
    """

    pairs: Pairs
    unsafe: tuple[Unsafe, ...]
    shows: bool = True
    changed: bool = False


def judge_tag(
    tag: str, pairs: Pairs, hosts: Sequence[str], start: str = "", *, markdown: bool = False
) -> Tag:
    """Judge the attributes of a start tag.

    Args:
        tag: its name.
        pairs: its attributes.
        hosts: servers that pages may load from.
        start: the tag as it stands in the source.
        markdown: whether they are attributes in Markdown, of which any name is an author's own.

    """
    kept: list[tuple[str, str]] = []
    unsafe: list[Unsafe] = []
    shows = True
    for name, value in pairs:
        good, bad = _judge_pair(tag, name, value, hosts, markdown)
        if good is not None:
            kept.append((name, good))
        elif name == "src":
            shows = False
        unsafe += (
            Unsafe((start, *each.written) if start else each.written, each.message, each.host)
            for each in bad
        )
    return Tag(tuple(kept), tuple(unsafe), shows, changed=kept != list(pairs))


def _judge_pair(
    tag: str, name: str, value: str, hosts: Sequence[str], markdown: bool
) -> tuple[str | None, list[Unsafe]]:
    """Return what may stand of an attribute's value, None if nothing, and what may not."""
    said = f"of “{tag}”"
    if (name in ("src", "poster") and tag in _LOADING) or (name, tag) == ("href", "a"):
        wrong = _judge_address(tag, name, value, hosts)
        return (None if wrong else value), wrong
    if name == "style":
        good, bad = _styles(tag, value)
        hides = f"{said} may hide what is there."
        wrong = [Unsafe((each, value), f"The style “{_short(each)}” {hides}") for each in bad]
        return good or None, wrong
    if name == "class":
        words = value.split()
        own = [each for each in words if each in HIDING]
        own_class = f"{said} is the site's own."
        wrong = [
            Unsafe((f'class="{value}"', f".{each}", each), f"The class “{each}” {own_class}")
            for each in own
        ]
        return " ".join(each for each in words if each not in HIDING), wrong
    if name == "id" and value.startswith("_"):
        return None, [Unsafe((value,), f"The identifier “{value}” {said} is the site's own.")]
    if _may_stand(name, value, _ALLOWED.get(tag, _EVERYWHERE), markdown=markdown):
        return value, []
    return None, [Unsafe((f"{name}=", name), f"“{name}” {said} is left out.")]


def _judge_address(tag: str, name: str, value: str, hosts: Sequence[str]) -> list[Unsafe]:
    """Return what is wrong with where a link leads, or with what is loaded."""
    host, said = host_of(value), f"“{_short(value)}”"
    if name == "href":
        return [] if _is_safe_link(value) else [Unsafe((value, "<a"), f"A link leads to {said}.")]
    if host in hosts or (not host and _is_safe_source(value)):
        return []
    if host:
        return [Unsafe((value,), f"{said} lies on another server.", host)]
    return [Unsafe((value, f"<{tag}"), f"{said} is nothing to load for “{tag}”.")]


def _may_stand(name: str, value: str, allowed: frozenset[str], *, markdown: bool) -> bool:
    if name.startswith("on") or "url(" in value.lower() or ":" in name:
        return False
    if name in allowed or re.fullmatch(r"data-[\w.-]+", name):
        return True
    # Of an image, a name is that of a property of the document.
    return markdown and name not in (_ACTIVE | {"name"} if "src" in allowed else _ACTIVE)


def safe_style(tag: str, value: str) -> str:
    """Return what of an element's style neither hides nor covers anything."""
    return _styles(tag, value)[0]


def _styles(tag: str, value: str) -> tuple[str, list[str]]:
    """Return the declarations of a style that are safe, and those that are not.

    What a box has too little height for would be cut off: it is as high as its text at least.
    """
    good, bad = [], []
    for declaration in filter(None, (each.strip() for each in value.split(";"))):
        name, _, given = (each.strip().lower() for each in declaration.partition(":"))
        pattern = _STYLES.get(name)
        if name in ("width", "max-width") and tag not in _SIZED:
            pattern = _WIDE
        if pattern and re.fullmatch(pattern, given):
            shown = "min-height" if name == "height" and tag not in _SIZED else name
            good.append(f"{shown}: {given}")
        else:
            bad.append(declaration)
    return "; ".join(good), bad


def _short(value: str) -> str:
    value = " ".join(value.split())
    return value if len(value) <= 60 else f"{value[:57]}…"


# ---------------------------------------------------------------- HTML


def judge(html: str, hosts: Sequence[str] = ()) -> Judged:
    """Return what is safe of an author's HTML, and what is not.

    Args:
        html: any piece of HTML; tags that it leaves open or closes without having opened them stay.
        hosts: servers that pages may load from, as `host_of` gives them.

    """
    reader = _Judge(hosts)
    reader.feed(html)
    reader.close()
    return Judged("".join(reader.parts), tuple(reader.unsafe), reader.silent)


class _Judge(HTMLParser):
    """Writes anew what is safe of what it reads; comments and declarations show nothing."""

    def __init__(self, hosts: Sequence[str]) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self.unsafe: list[Unsafe] = []
        self.silent = ""
        self._hosts = hosts

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.silent:
            return
        start = self.get_starttag_text() or f"<{tag}"
        pairs = tuple((name, value or "") for name, value in attrs)
        if tag in _ELEMENTS:
            self._element(tag, pairs, start)
            return
        if _is_text(tag) or (tag in _DRAWN and not attrs):
            self._text(escape(start, quote=False))
            return
        if tag in _SILENT:
            self.silent = tag
        if tag == "iframe":
            self._frame(dict(pairs), start)
        elif tag not in _FRAME:
            self._leave(start, f"“<{tag}>” is left out.", tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID and not _is_text(tag):
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            self.silent = "" if tag == self.silent else self.silent
        elif tag in _ELEMENTS and tag not in VOID:
            self.parts.append(f"</{tag}>")
        elif _is_text(tag):
            self._text(f"&lt;/{tag}&gt;")

    def handle_data(self, data: str) -> None:
        self._text(escape(data, quote=False))

    def handle_entityref(self, name: str) -> None:
        self._text(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._text(f"&#{name};")

    def _text(self, text: str) -> None:
        if not self.silent:
            self.parts.append(text)

    def _leave(self, start: str, message: str, tag: str, host: str = "") -> None:
        self.unsafe.append(Unsafe((start, f"<{tag}"), message, host))

    def _element(self, tag: str, pairs: Pairs, start: str) -> None:
        judged = judge_tag(tag, pairs, self._hosts, start)
        self.unsafe += judged.unsafe
        if judged.shows:
            self.parts.append(_tag(tag, judged.pairs))
        else:
            given = dict(pairs)
            self.parts.append(instead(given.get("src", ""), given.get("alt", "")))
            if tag not in VOID:
                self.parts.append(_tag(tag, ()))

    def _frame(self, given: dict[str, str], start: str) -> None:
        source = given.get("src", "")
        host = host_of(source)
        if host and host in self._hosts:
            names = ("src", "title", "width", "height", "allowfullscreen")
            pairs = [(name, given[name]) for name in names if name in given]
            self.parts.append(f"{_tag('iframe', pairs)}</iframe>")
            return
        message = f"“{_short(source)}” lies on another server."
        message = message if host else "“<iframe>” is left out."
        self._leave(start, message, "iframe", host)
        self.parts.append(instead(source, given.get("title", "")))


def _is_text(tag: str) -> bool:
    """Tell whether a name is none of HTML's, nor one that scripts may give a meaning to."""
    return "-" not in tag and tag not in _KNOWN


def instead(address: str, words: str = "") -> str:
    """Return a link to what is not loaded; nothing if that is nowhere in the web."""
    if not host_of(address):
        return escape(words)
    href = escape(address)
    return f'<a href="{href}">{escape(words.strip() or _short(address))}</a>'


def _tag(tag: str, pairs: Pairs) -> str:
    written = "".join(f' {_CASED.get(name, name)}="{escape(value)}"' for name, value in pairs)
    return f"<{tag}{written}>"


_CASED = {"viewbox": "viewBox"}


# ---------------------------------------------------------------- pieces side by side

#: Elements whose end tag may be missing.
_OPTIONAL = _set("colgroup dd dt li p rt tbody td tfoot th thead tr")
#: Elements that do not show the text in them.
_MUTE = _set("audio meter progress rp video")
_ONE_TAG = re.compile(r"<(?P<end>/?)(?P<tag>[a-z][a-z0-9]*)[^<>]*>")


class Balance:
    """Closes what some pieces of safe HTML leave open, and drops ends of what none has opened.

    The pieces are what stands side by side in one place of a page, so that no element of an author
    reaches beyond it, or ends one of the page.
    """

    def __init__(self) -> None:
        self._open: list[str] = []

    def add(self, html: str) -> str:
        """Return the next piece, its tags in balance with those before."""
        return _ONE_TAG.sub(self._tag, html)

    def show(self) -> str:
        """Return the ends of what does not show what comes next, and of all that is in it."""
        first = next((n for n, tag in enumerate(self._open) if tag in _MUTE), len(self._open))
        return self._close(first, every=True)

    def rest(self) -> str:
        """Return the ends of what is still open."""
        return self._close(0)

    def _tag(self, found: re.Match[str]) -> str:
        tag = found["tag"]
        if not found["end"]:
            if tag not in VOID:
                self._open.append(tag)
            return found[0]
        if tag not in self._open:
            return ""
        last = len(self._open) - 1 - self._open[::-1].index(tag)
        return self._close(last + 1) + self._close(last, every=True)

    def _close(self, start: int, *, every: bool = False) -> str:
        closed = self._open[start:]
        del self._open[start:]
        return "".join(f"</{tag}>" for tag in reversed(closed) if every or tag not in _OPTIONAL)
