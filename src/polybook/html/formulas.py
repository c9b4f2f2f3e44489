"""Formulas: TeX that pandoc converts as TeX means it, and its MathML as browsers show it best.

Pandoc slants all bold letters. It writes accents as combining characters, which Chromium puts
beside their letter, the bars of a norm as a relation with its spaces, and functions without any.
Browsers break a line between a formula and the comma behind it, and never within a formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape

from polybook.document.ast import Element, Elements, attr, text

# ---------------------------------------------------------------- TeX

_BOLD = re.compile(r"\\mathbf(?![A-Za-z])\s*(?:\{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}|[A-Za-z])")
# A letter of the argument; not those of a command, nor of what has an alphabet of its own.
_LETTER = re.compile(
    r"\\(?:text|math(?!bf)|operatorname|boldsymbol|bm)[a-z]*\s*\{[^{}]*\}|\\(?:[A-Za-z]+|.)"
    r"|(?P<letter>[A-Za-z])"
)
_UPRIGHT = {
    chr(ord(first) + each): chr(ord(bold) + each)
    for first, bold in (("A", "𝐀"), ("a", "𝐚"))
    for each in range(26)
}
_AS_WRITTEN = str.maketrans({bold: letter for letter, bold in _UPRIGHT.items()})


def _with_upright_bold(tex: str) -> str:
    """Make the letters of “mathbf” characters that are upright and bold by themselves."""

    def letters(found: re.Match[str]) -> str:
        return _LETTER.sub(lambda each: _UPRIGHT.get(each["letter"], each[0]), found[0])

    return _BOLD.sub(letters, tex)


# ---------------------------------------------------------------- among words

#: An inline formula whose TeX is shorter than this fits any screen.
_LONG = 20

# What may not be parted from a formula: no blank, and nothing of a script that breaks lines between
# any two of its characters but its punctuation.
_WIDE = r"\u2e80-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef"
_BEFORE = re.compile(rf"[^\s{_WIDE}\-–—/]*[「『（【《〈]*$")
_BEHIND = re.compile(rf"\A[^\s{_WIDE}\-–—/]*[\-–—/、。，．：；？！」』）】》〉]*")


def set_formulas(inlines: Elements) -> Elements:
    """Return inlines with their formulas in spans.

    A formula stays on a line with the punctuation at it (`formula`), and scrolls by itself where it
    is long (`long`) or stands on a line of its own (`display`).
    """
    result: Elements = []
    waiting = list(reversed(_without_quotes(inlines)))
    while waiting:
        element = waiting.pop()
        if element["t"] != "Math":
            result.append(element)
            continue
        kind, tex = element["c"]
        formula = {"t": "Math", "c": [kind, _with_upright_bold(tex)]}
        if kind["t"] == "DisplayMath":
            result.append(_span([formula], "display"))
            continue
        before = _cut(result, _BEFORE)
        behind = _cut(waiting, _BEHIND)
        if before or behind or len(tex) >= _LONG:
            classes = ("formula", "long") if len(tex) >= _LONG else ("formula",)
            result.append(_span([*before, formula, *behind], *classes))
        else:
            result.append(formula)
    return result


def _without_quotes(inlines: Elements) -> Elements:
    """Make words of the marks of a quotation that begins or ends with a formula."""
    result: Elements = []
    for element in inlines:
        match element:
            case {"t": "Quoted", "c": [{"t": kind}, inner]} if inner and "Math" in (
                inner[0]["t"],
                inner[-1]["t"],
            ):
                opening, closing = "“”" if kind == "DoubleQuote" else "‘’"
                result += [text(opening), *inner, text(closing)]
            case _:
                result.append(element)
    return result


def _cut(elements: Elements, pattern: re.Pattern[str]) -> Elements:
    """Take from a list's last element, if it is words, what matches; the list is changed."""
    if not elements or elements[-1]["t"] != "Str":
        return []
    words: str = elements[-1]["c"]
    found = pattern.search(words)
    if not found or not found[0]:
        return []
    elements.pop()
    if rest := words[: found.start()] + words[found.end() :]:
        elements.append(text(rest))
    return [text(found[0])]


def _span(inlines: Elements, *classes: str) -> Element:
    return {"t": "Span", "c": [attr("", classes), inlines]}


# ---------------------------------------------------------------- MathML

_TEX = re.compile(r'<span class="math (?P<kind>inline|display)">(?P<tex>[^<]*)</span>')
_START = re.compile(r'<math display="(?:inline|(block))" xmlns="[^"]*"><semantics>')
_END = re.compile(r'<annotation encoding="application/x-tex">[^<]*</annotation></semantics>')
_VARIANT = re.compile(r'<mi mathvariant="normal">(?=[^<&]<)|(<m[a-z]+) mathvariant="[a-z-]*"')
_WORD = re.compile(r'<mrow>((?:<mi mathvariant="normal">[A-Za-z]</mi>){2,})</mrow>')
_CELL = re.compile(
    r'<mtd columnalign="(?P<align>\w+)" style="text-align: \w+(?P<close>; padding-\w+: 0)?">'
)
_CELLS = {"left": "start", "right": "end"}
_BARS = re.compile(r'(<mo stretchy="\w+" form="(?:pre|post)fix">)∥(?=</mo>)')
# Chromium makes a prime of an index small once more than its character is already.
_PRIME = re.compile(
    r"<(?P<kind>msup|msubsup)>(?P<base><(m(?:i|n|o|text))[^<]*</\3>)"
    r"(?P<sub>(?:<(m(?:i|n|text))[^<]*</\5>|<mrow>(?:<m[ino][^<]*</m[ino]>)*</mrow>)?)"
    r"<m[io]>(?P<prime>[′″‴⁗]+)</m[io]></(?P=kind)>"
)
_ACCENT = re.compile(r'(?P<row></mrow>)?<mo accent="true">(?P<accent>.)</mo>')
# A function's name, and what may hold it with its indices; what is and what is not its neighbour.
_FUNCTION = re.compile(r"<mrow><mi>[^<]*</mi><mo>(?:&#8289;|\u2061)</mo></mrow>")
_SCRIPTS = re.compile(r"<(m(?:sub|sup|subsup|under|over|underover))>\Z")
_OPERAND_BEFORE = re.compile(
    r"(?:(?<![−+±∓])</mi>|</m(?!o>|i>|space>)[a-z]+>|form=\"postfix\">[^<]*</mo>)\Z"
)
_NO_OPERAND_BEHIND = re.compile(r"<mo\b|<mrow><mo\b|</|<mspace\b")
_THIN_SPACE = '<mspace width="0.17em"></mspace>'
_COMBINING = "\u0300\u0301\u0302\u0303\u0306\u0307\u0308\u030a\u030c"
_ACCENTS = dict(zip(map(ord, _COMBINING), "`´ˆ˜˘˙¨˚ˇ", strict=True))
_STRETCHED = str.maketrans("¯_", "\u0332\u0332")  # what is stretched with every font


def mend_formulas(html: str) -> str:
    """Return pandoc's HTML with its formulas as browsers show them best, and no heavier than that.

    A formula that pandoc could not convert is code.
    """
    html = _TEX.sub(lambda found: f'<code class="tex {found["kind"]}">{_tex(found)}</code>', html)
    html = _START.sub(lambda found: '<math display="block">' if found[1] else "<math>", html)
    html = _END.sub("", html)
    html = _WORD.sub(lambda found: f"<mi>{re.sub('<[^>]*>', '', found[1])}</mi>", html)
    html = _VARIANT.sub(lambda found: found[1] or found[0], html)
    html = _CELL.sub(_cell, html)
    html = _BARS.sub(r"\1‖", html)
    html = _PRIME.sub(_prime, html)
    html = _ACCENT.sub(_accent, html)
    html = "".join(_spaced(html))
    return html.replace("<mi>∇</mi>", '<mi mathvariant="normal">∇</mi>')


def _cell(found: re.Match[str]) -> str:
    """Write a cell with classes; `row` is one of aligned formulas, not of a matrix."""
    classes = [_CELLS.get(found["align"], ""), "row" if found["close"] else ""]
    named = " ".join(filter(None, classes))
    return f'<mtd class="{named}">' if named else "<mtd>"


def _prime(found: re.Match[str]) -> str:
    primed = f"<mrow>{found['base']}<mo>{found['prime']}</mo></mrow>"
    return f"<msub>{primed}{found['sub']}</msub>" if found["sub"] else primed


def _accent(found: re.Match[str]) -> str:
    row, accent = found["row"] or "", found["accent"].translate(_STRETCHED)
    if row and accent == "\u0302":
        return found[0]  # a wide hat: Chromium stretches this character, not the other
    accent = accent.translate(_ACCENTS)
    fixed = ' stretchy="false"' if accent in _ACCENTS.values() and not row else ""
    return f'{row}<mo accent="true"{fixed}>{accent}</mo>'


def _spaced(html: str) -> Iterator[str]:
    """Yield HTML with TeX's thin spaces around functions: not before a bracket, nor at an end."""
    done = 0
    for found in _FUNCTION.finditer(html):
        start, end = found.span()
        if start < done:
            continue  # in the indices of another one
        while scripts := _SCRIPTS.search(html, done, start):
            start, end = scripts.start(), _end_of(html, scripts[1], end)
        yield html[done:start]
        if start > done and _OPERAND_BEFORE.search(html, max(done, start - 80), start):
            yield _THIN_SPACE
        yield html[start : found.end()]
        yield from _spaced(html[found.end() : end])
        if not _NO_OPERAND_BEHIND.match(html, end):
            yield _THIN_SPACE
        done = end
    yield html[done:]


def _end_of(html: str, tag: str, start: int) -> int:
    """Return where an element ends that is open at an offset."""
    depth = 1
    for found in re.compile(rf"<(/?){tag}>").finditer(html, start):
        depth += -1 if found[1] else 1
        if not depth:
            return found.end()
    return start


def _tex(found: re.Match[str]) -> str:
    return found["tex"].strip("$").strip().translate(_AS_WRITTEN)


def unconverted(html: str) -> list[str]:
    """Return the formulas, as their author wrote them, that pandoc could not convert."""
    return [unescape(_tex(found)) for found in _TEX.finditer(html)]


def lines_of(formulas: Iterable[str], page: str) -> Iterator[tuple[str, int]]:
    """Yield formulas of a page's text with their lines, 0 for one that cannot be found.

    One that stands there once, but is shown in several tabs, is yielded once.
    """
    after: dict[str, int] = {}
    for formula in formulas:
        # `structure` may have put an environment around it, on lines of its own.
        written = formula if formula in page else "\n".join(formula.split("\n")[1:-1]) or formula
        start = page.find(written, after.get(written, 0))
        if start >= 0 or written not in after:
            after[written] = start + 1
            yield written.strip(), page.count("\n", 0, start) + 1 if start >= 0 else 0
