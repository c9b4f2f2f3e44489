"""What a page of HTML holds, read alike from Polybook's pages and from d2lbook's.

A page is parsed as the HTML standard asks and read into *facts*: short texts in reading order, by
kind, to be compared one by one. Code and words under a framework's tab are facts of that tab; those
outside of tabs are every tab's. A formula is its Latin letters and digits, sorted, a citation the
year of the work: what the two tools have in common.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from posixpath import basename
from typing import Any
from xml.etree.ElementTree import Element

import html5lib

#: Facts of a page by kind; those of a tab have its name behind them, such as `code jax`.
Facts = dict[str, list[str]]

#: Says what an element is: one of the kinds below, `tab NAME`, or nothing special.
Role = Callable[[Element], str]

HEADING, NUMBER, INLINE, DISPLAY = "heading", "number", "inline formula", "display formula"
REFERENCE, CITATION, WORK, ENTRY = "reference", "citation", "work", "entry of contents"
CELL, CODE, IMPORT, WORDS, IMAGE, TABLE = "cell", "code", "import", "words", "image", "table"
_UNSEEN = "unseen"

#: The classes that say what an element is.
_POLYBOOK = {
    **dict.fromkeys(["tab-list", "tab-name", "tab-absent", "permalink"], _UNSEEN),
    "number": NUMBER,
    "cell": CELL,
    "csl-entry": WORK,
    "toc": ENTRY,
}
_D2LBOOK = {
    **dict.fromkeys(["mdl-tabs__tab-bar", "headerlink", "side-doc-outline"], _UNSEEN),
    **dict.fromkeys(["section-number", "caption-number", "eqno"], NUMBER),
    "citation": WORK,
    "toctree-wrapper": ENTRY,
}

#: What is read as a whole.
_LEAVES = frozenset({HEADING, INLINE, DISPLAY, REFERENCE, CITATION, WORK, ENTRY})
_OF_TABS = frozenset({CELL, CODE, IMPORT, WORDS})
_WITHIN_WORDS = frozenset({"a", "code", "em", "q", "span", "strong", "sub", "sup"})

#: MathML that says something.
_MATHML = frozenset({"mi", "mn", "mo", "mtext"})
#: What of TeX is no letter: environments, blanks, and commands, unless they name a function.
_TEX = re.compile(
    r"\\(?:begin|end)\{[a-zA-Z*]+\}(?:\{[lcr|]+\})?|\\\\(?:\[[\w.]+\])?"
    r"|\\(?P<function>(?:arc)?(?:cos|sin|tan)h?|arg|det|exp|inf|lim|ln|log|max|min|sup)(?![A-Za-z])"
    r"|\\[A-Za-z]+"
)


def polybook_facts(html: str, tabs: Sequence[str]) -> Facts:
    """Return what a page of Polybook's holds; `tabs` are those of the book."""
    return _facts_of(next(parse(html).iter("article")), polybook_role, tabs)


def d2lbook_facts(html: str, tabs: Sequence[str]) -> Facts:
    """Return what a page of d2lbook 1.0.3 holds, which Sphinx writes."""
    divisions = parse(html).iter("div")
    content = next(each for each in divisions if has_class(each, "page-content"))
    return _facts_of(content, d2lbook_role, tabs)


def parse(html: str) -> Element:
    """Parse a page."""
    parser: Any = html5lib.HTMLParser(namespaceHTMLElements=False)  # type: ignore[no-untyped-call]
    tree: Element = parser.parse(html)
    for element in tree.iter():
        element.tag = str(element.tag).rpartition("}")[2]  # MathML's names become plain ones
    return tree


def has_class(element: Element, *names: str) -> bool:
    """Whether an element has one of some classes."""
    return not set(names).isdisjoint(element.get("class", "").split())


def polybook_role(element: Element) -> str:
    """Say what an element of Polybook's pages is."""
    if has_class(element, "tab-panel"):
        return f"tab {element.get('data-tab')}"
    if kind := _kind(element, _POLYBOOK):
        return kind
    if element.tag == "math" or has_class(element, "tex"):
        display = element.get("display") == "block" or has_class(element, "display")
        return DISPLAY if display else INLINE
    if element.tag == "a" and ":" not in (address := element.get("href", ":")):
        return CITATION if "#ref-" in address else REFERENCE
    return _common_role(element)


def d2lbook_role(element: Element) -> str:
    """Say what an element of d2lbook's pages is."""
    if has_class(element, "mdl-tabs__panel"):
        return f"tab {element.get('id', '').partition('-')[0]}"
    if kind := _kind(element, _D2LBOOK):
        return kind
    if has_class(element, "math"):
        return DISPLAY if element.tag == "div" else INLINE
    if has_class(element, "xref") or (element.tag == "a" and has_class(element, "internal")):
        # A citation's link has the whole work as its title. An image in a link is no reference.
        reference = "" if element.find("img") is not None else REFERENCE
        return CITATION if element.get("title") else reference
    return _common_role(element)


def _kind(element: Element, kinds: Mapping[str, str]) -> str:
    return next((kind for name, kind in kinds.items() if has_class(element, name)), "")


def _common_role(element: Element) -> str:
    if element.tag in ("script", "style", "button") or element.tag.startswith("<"):
        return _UNSEEN  # a comment's tag is a function
    return HEADING if re.fullmatch("h[1-6]", element.tag) else ""


# ---------------------------------------------------------------- walking


def _facts_of(content: Element, role: Role, tabs: Sequence[str]) -> Facts:
    result: Facts = {}
    for kind, value, tab in _facts(content, role, ""):
        kinds = [f"{kind} {each}" for each in ([tab] if tab else tabs)]
        for name in kinds if kind in _OF_TABS else [kind]:
            result.setdefault(name, []).append(value)
    for tab in tabs:
        result[f"{WORDS} {tab}"] = re.findall(r"\w+", "".join(result.get(f"{WORDS} {tab}", [])))
    return result


def _facts(element: Element, role: Role, tab: str) -> Iterator[tuple[str, str, str]]:
    own = role(element)
    if own == _UNSEEN:
        return
    tab = own.removeprefix("tab ") if own.startswith("tab ") else tab
    for kind, value in _own_facts(element, own, role):
        yield kind, value, tab
    if own in _LEAVES or own == NUMBER or element.tag == "pre":
        yield WORDS, " ", tab
        return
    inner = _inner_facts(element, role, tab)
    if element.tag in ("td", "th"):  # d2lbook cuts words in narrow columns
        found = list(inner)
        said = "".join(value for kind, value, _ in found if kind == WORDS)
        kept = [each for each in found if each[0] != WORDS]
        inner = iter([*kept, (WORDS, re.sub(r"\W", "", said), tab)])
    gap = "" if element.tag in _WITHIN_WORDS else " "
    yield WORDS, gap, tab
    yield from inner
    yield WORDS, gap, tab


def _inner_facts(element: Element, role: Role, tab: str) -> Iterator[tuple[str, str, str]]:
    yield WORDS, element.text or "", tab
    for child in element:
        yield from _facts(child, role, tab)
        yield WORDS, child.tail or "", tab


def _own_facts(element: Element, own: str, role: Role) -> Iterator[tuple[str, str]]:
    """Yield what an element itself is; what it holds comes by itself."""
    if own == ENTRY:
        yield from ((ENTRY, _text(each, role)) for each in element.iter("a"))
    elif own in _LEAVES:
        yield own, _leaf(element, own, role)
        if own == DISPLAY:
            numbers = [each for each in element.iter() if role(each) == NUMBER]
            yield from ((NUMBER, _text(each, role)) for each in numbers)
    elif own == NUMBER:
        yield NUMBER, _text(element, role)
    elif own == CELL:
        yield CELL, cell_name("".join("".join(each.itertext()) for each in element.iter("pre")))
    elif element.tag == "img":
        yield IMAGE, basename(element.get("src", ""))
    elif element.tag == "table":
        rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in element.iter("tr")]
        yield TABLE, f"{len(rows)} × {max(map(len, rows), default=0)}"
    elif element.tag == "pre":
        yield from code_lines("".join(element.itertext()))


def _leaf(element: Element, own: str, role: Role) -> str:
    """Return what an element is in a form that both tools share."""
    said = _text(element, role)
    if own == HEADING:
        number = next((_text(each, role) for each in element.iter() if role(each) == NUMBER), "")
        return f"{element.tag[1]} {number.strip('.') or '–'} {said}"
    if own in (CITATION, WORK):
        return next(iter(re.findall(r"\b\d{4}", said)), "no year")
    if own in (INLINE, DISPLAY):
        if element.tag == "math":
            said = " ".join(each.text or "" for each in element.iter() if each.tag in _MATHML)
        else:
            said = _TEX.sub(lambda found: found["function"] or "", said)
        shown = unicodedata.normalize("NFKC", said.replace("ℓ", ""))
        return "".join(sorted(re.findall(r"[A-Za-z0-9]", shown)))
    return said


def _text(element: Element, role: Role) -> str:
    """Return the text of an element in one line, without numbers and formulas within it."""

    def pieces(of: Element) -> Iterator[str]:
        yield of.text or ""
        for child in of:
            if role(child) not in (_UNSEEN, NUMBER, INLINE, DISPLAY):
                yield from pieces(child)
            yield child.tail or ""

    return " ".join("".join(pieces(element)).split())


# ---------------------------------------------------------------- code


def cell_name(code: str) -> str:
    """Return what tells a cell from others: its first import in the order of letters, or line."""
    lines = list(code_lines(code))
    imports = sorted(line for kind, line in lines if kind == IMPORT)
    return next(iter([*imports, *(line for _, line in lines)]), "")


def code_lines(code: str) -> Iterator[tuple[str, str]]:
    """Yield what code imports, and its other lines that say something, each with its kind.

    d2lbook sorts and joins imports, Polybook leaves them to their author.
    """
    lines = code.expandtabs().splitlines()
    # A magic is no Python; of the same length, it keeps every line in its place.
    plain = [f"#{line[1:]}" if line.lstrip()[:1] in ("%", "!", "?") else line for line in lines]
    try:
        statements = list(ast.walk(ast.parse("\n".join(plain))))
    except SyntaxError:
        statements = []
    for statement in statements:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            module = getattr(statement, "module", None) or ""
            for each in statement.names:
                yield IMPORT, f"{module} {ast.unparse(each)}".strip()
            first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
            lines[first:last] = [""] * (last - first)
    yield from ((CODE, line.rstrip()) for line in lines if line.strip())
