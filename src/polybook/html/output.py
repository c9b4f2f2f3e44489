"""A cell's outputs as HTML: text with its colours, images as files, tables without scripts."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from polybook.document.ast import Element, Elements, code_block, div, pairs_of
from polybook.document.safe_html import safe_style
from polybook.words import Words

#: Keeps a file beside the site's pages and returns its address from the page at hand.
Keep = Callable[[str, bytes], str]

_SUFFIXES = {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/svg+xml": "svg"}

#: Control characters that HTML does not allow; Escape stays, for the colours.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")

#: How a terminal is told where a text leads (OSC 8); the text itself stays.
_HYPERLINK = re.compile(r"\x1b\]8;[^\x07\x1b]*(?:\x07|\x1b\\)")

#: Kinds of text that look other than the rest.
_OWN_STYLE = ("stderr", "error")

#: What an HTML output may hold: tables, text, and films that are in it. No scripts, no style
#: sheets, nothing from elsewhere.
_TAGS = (
    "a b br caption code col colgroup dd div dl dt em h3 h4 h5 h6 hr i kbd li ol p pre s samp"
    " small source span strong sub sup table tbody td tfoot th thead tr u ul var video"
)
_ATTRIBUTES = {
    "*": {"style"},
    "a": {"href"},
    "source": {"src", "type"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "video": {"controls", "height", "loop", "src", "width"},
}
_FILM = re.compile(r"data:video/[\w.+-]+[;,]", re.IGNORECASE)


def render_output(output: Element, keep: Keep, words: Words) -> Elements:
    """Return an output of a cell as elements that pandoc writes as HTML."""
    kind = pairs_of(output)["kind"]
    for form in output["c"][1]:
        if shown := _rendered(pairs_of(form), form["c"][1], kind, keep, words):
            return [shown]
    return []


def _rendered(
    form: Mapping[str, str], content: str, kind: str, keep: Keep, words: Words
) -> Element | None:
    """Return one form of an output; None if it cannot be shown, so that a poorer form is."""
    mime = form["mime"]
    if mime in _SUFFIXES:
        image = _image(form, content, keep, words)
        return raw(image) if image else None
    if mime == "text/html":
        # Where nothing but scripts and styles was, nothing is left.
        clean = _clean(content)
        shows = re.search(r"[^\s<>]", re.sub(r"<(?!video)[^>]*>", "", clean))
        return raw(f'<div class="output output-html">{clean}</div>') if shows else None
    if mime == "text/latex":
        formula = content.strip().strip("$").strip()
        math = {"t": "Math", "c": [{"t": "DisplayMath"}, formula]}
        return div([{"t": "Para", "c": [math]}], "output", "output-latex")
    if mime == "text/markdown":
        return div([code_block(content, "markdown")], "output")
    return raw(_text(content, kind, words))


def raw(html: str) -> Element:
    """Make a block of HTML that stands in the page as it is."""
    return {"t": "RawBlock", "c": ["html", html]}


def _text(content: str, kind: str, words: Words) -> str:
    label = words("Error") if kind == "error" else words("Output")
    own = f" output-{kind}" if kind in _OWN_STYLE else ""
    group = f'role="group" aria-label="{escape(label)}"'
    # The HTML parser takes away a line break that comes first.
    first = "\n" if content.startswith("\n") else ""
    return f'<pre class="output{own}" {group}>{first}{coloured(content.rstrip())}</pre>'


def _image(form: Mapping[str, str], content: str, keep: Keep, words: Words) -> str | None:
    mime = form["mime"]
    try:
        data = content.encode() if mime == "image/svg+xml" else base64.b64decode(content)
    except (binascii.Error, ValueError):
        return None
    address = keep(f"{hashlib.sha256(data).hexdigest()[:16]}.{_SUFFIXES[mime]}", data)
    alternative = escape(form.get("alt") or words("Image that the code above draws"))
    size = "".join(f' {name}="{form[name]}"' for name in ("width", "height") if name in form)
    return f'<p class="output output-image"><img src="{address}" alt="{alternative}"{size}></p>'


def _clean(html: str) -> str:
    import nh3  # noqa: PLC0415 (few pages need it)

    return nh3.clean(
        html,
        tags=set(_TAGS.split()),
        clean_content_tags={"script", "style"},
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto", "data"},
        link_rel=None,
    )


def _kept(tag: str, name: str, value: str) -> str | None:
    """Return what is kept of an attribute, None if nothing is."""
    match name:
        case "style":
            return safe_style(tag, value) or None
        case "src":
            return value if _FILM.match(value) else None
        case "href":
            return None if value.lower().startswith("data:") else value
    return value


def coloured(text: str) -> str:
    """Return text as HTML, its ANSI colours as spans of the classes `ansi-0` to `ansi-15`."""
    text = _CONTROLS.sub("", text)
    text = _HYPERLINK.sub("", text)
    if "\x1b" not in text:
        return escape(text, quote=False)
    from rich.ansi import AnsiDecoder  # noqa: PLC0415 (few pages need it)

    # One decoder for all lines: a colour lasts until it is taken back.
    decoder, console = AnsiDecoder(), _console()
    lines = [decoder.decode_line(line).render(console) for line in text.split("\n")]
    return "\n".join(
        "".join(_span(escape(each.text, quote=False), each.style) for each in line).rstrip("\n")
        for line in lines
    )


def _console() -> Any:
    from rich.console import Console  # noqa: PLC0415

    return Console(color_system="truecolor", force_terminal=True, width=10**6)


def _span(html: str, style: Any) -> str:
    from rich.color import ColorSystem  # noqa: PLC0415

    if style is None or html == "\n":
        return html
    classes = [f"ansi-{name}" for name in ("bold", "italic", "underline") if getattr(style, name)]
    if style.color and not style.color.is_default:
        classes.append(f"ansi-{style.color.downgrade(ColorSystem.STANDARD).number}")
    return f'<span class="{" ".join(classes)}">{html}</span>' if classes else html
