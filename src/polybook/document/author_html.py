"""An author's HTML in a page: raw pieces, and attributes of what is written in Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from html import unescape

from polybook.document.ast import (
    Element,
    Elements,
    attr,
    attributes_of,
    block_lists,
    link,
    replace_inlines,
    text,
    walk,
)
from polybook.document.safe_html import Balance, Tag, Unsafe, host_of, judge, judge_tag

#: The tag that pandoc makes of an element, where its name matters.
_TAGS = {"Image": "img", "Link": "a"}
_ADDRESS = {"Image": "src", "Link": "href"}
_RAW = ("RawBlock", "RawInline")


def unsafe_html(blocks: Elements) -> Iterator[Unsafe]:
    """Yield what is unsafe on a page, in its order."""
    for element in walk(blocks):
        if element["t"] in _RAW:
            if element["c"][0] == "html":
                yield from judge(element["c"][1]).unsafe
        elif (judged := _judged(element, ())) is not None:
            yield from judged.unsafe


def placed_in(source: str, unsafe: Iterable[Unsafe]) -> Iterator[tuple[int, Unsafe]]:
    """Yield each with the line on which it stands in its source; 0 if it is not found there."""
    low = source.lower()
    at = 0
    after: dict[Unsafe, int] = {}
    for each in unsafe:
        forms = [form.lower() for form in each.written]
        # Most are behind the one before; reStructuredText and what is in tables may not be.
        found = (low.find(form, start) for start in (after.get(each, at), 0) for form in forms)
        start = next((start for start in found if start >= 0), -1)
        at = max(start, 0)
        after[each] = at + 1
        yield source.count("\n", 0, start) + 1 if start >= 0 else 0, each


def make_safe(blocks: Elements, hosts: Sequence[str]) -> None:
    """Leave out, in place, what is unsafe on a page."""
    for element in walk(blocks):
        judged = _judged(element, hosts)
        attributes = attributes_of(element)
        if judged and attributes and judged.changed:
            kept = dict(judged.pairs)
            attributes[0] = kept.pop("id", "")
            attributes[1][:] = kept.pop("class", "").split()
            name = _ADDRESS.get(element["t"])
            leads = name is None or kept.pop(name, None) is not None
            attributes[2][:] = [[name, value] for name, value in kept.items()]
            if not leads:
                element.update(_instead(element))
    for each in list(block_lists(blocks)):
        each[:] = _safe_list(each, hosts, _block)
    replace_inlines(blocks, lambda inlines: _safe_list(inlines, hosts, _inline))


def _judged(element: Element, hosts: Sequence[str]) -> Tag | None:
    """Judge the attributes of an element, and where it leads; None if it has none."""
    attributes = attributes_of(element)
    name = _ADDRESS.get(element["t"])
    if attributes is None or not (name or any(attributes)):
        return None
    identifier, classes, others = attributes
    pairs = [("id", identifier), ("class", " ".join(classes)), *map(tuple, others)]
    if name:
        # What comes first counts: an attribute of the same name is nothing to browsers.
        pairs = [(name, element["c"][2][0]), *(pair for pair in pairs if pair[0] != name)]
    return judge_tag(_TAGS.get(element["t"], element["t"].lower()), pairs, hosts, markdown=True)


def _instead(element: Element) -> Element:
    """Return what stands for a link that leads nowhere good, and for an image from elsewhere."""
    attributes, inlines, (address, _) = element["c"]
    if element["t"] == "Image" and host_of(address):
        return link(inlines or [text(address)], address)
    return {"t": "Span", "c": [attr(attributes[0], attributes[1]), inlines]}


def _block(html: str) -> Element:
    return {"t": "RawBlock", "c": ["html", html]}


def _inline(html: str) -> Element:
    if "<" not in html:
        return text(unescape(html))
    return {"t": "RawInline", "c": ["html", html]}


def _safe_list(elements: Elements, hosts: Sequence[str], raw: Callable[[str], Element]) -> Elements:
    """Return what stands side by side with the safe part of its HTML, every tag closed in it."""
    if not any(_is_html(element) for element in elements):
        return elements
    balance = Balance()
    result: Elements = []
    silenced = ""
    for element in elements:
        if _is_html(element):
            judged = judge(f"<{silenced}>{element['c'][1]}" if silenced else element["c"][1], hosts)
            silenced = judged.silenced if raw is _inline else ""
            if html := balance.add(judged.html):
                result.append(raw(html))
        elif not silenced:
            if raw is _block and (ends := balance.show()):
                result.append(raw(ends))
            result.append(element)
    if rest := balance.rest():
        result.append(raw(rest))
    return result


def _is_html(element: Element) -> bool:
    return element["t"] in _RAW and element["c"][0] == "html"
