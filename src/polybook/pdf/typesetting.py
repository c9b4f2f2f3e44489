"""Has Typst set a book, and finds what it refuses: characters, images, formulas.

What is refused is left out or shown in another way, and the book is set again: a fault in one
formula costs that formula, not the book. Most books have none, so nothing is tried beforehand.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from polybook.errors import PolybookError
from polybook.pdf import fonts
from polybook.pdf.source import string

#: A formula as the text of a book has it: its call, its number, its TeX, what pandoc made of it.
FORMULA = re.compile(
    r'#p\.(?:m\(|eq\((?P<number>"[^"]*"), )(?P<tex>"(?:[^"\\]|\\.)*")\)\[(?P<typst>.*?)\];',
    re.DOTALL,
)
#: What the text of a book begins with. One letter alone is no name within a formula: there, none of
#: the template's names is met.
HEAD = '#import "template.typ" as p\n#show: p.book\n'

#: Stands at the beginning of a matrix between braces that is to have none.
NO_BRACES = "\u2063"
_BRACED, _BARE = f'delim: "{{", upright("{NO_BRACES}")', 'delim: #none, ""'
_TITLED = '#set document(title: "x")'  # as every tagged PDF has to be
_OWN = ("template.typ", "python.sublime-syntax")
_NO_FONT = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_LINE = re.compile(r"^ *\d+ │ (.{1,200})", re.MULTILINE)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_ROUNDS = 8
# They choose between forms of the character before them.
_SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))


class PdfError(PolybookError):
    """Typst refuses a book."""


@dataclass(frozen=True)
class Volume:
    """One PDF to be: its text in Typst, what the template is told, the files that it shows."""

    text: str
    told: Mapping[str, Any]
    files: Mapping[str, Path | bytes]
    system_fonts: bool


@dataclass(frozen=True)
class Refused:
    """What Typst cannot set: characters without a font, images by name, formulas as in `FORMULA`.

    With each image goes what Typst says of it. A formula is the Typst that pandoc made of it.
    """

    characters: frozenset[str] = frozenset()
    images: Mapping[str, str] = field(default_factory=dict)
    formulas: frozenset[str] = frozenset()

    @property
    def shown_by_code(self) -> frozenset[str]:
        """The characters that a reader would miss: no joiners, marks of direction, selectors."""
        return frozenset(
            each
            for each in self.characters
            if unicodedata.category(each) != "Cf" and each not in _SELECTORS
        )


class _TypstRefusesError(Exception):
    """What Typst says, and of which line; `characters` are those that no font has."""

    def __init__(self, said: str, line: str, characters: frozenset[str]) -> None:
        super().__init__(said)
        self.line = line
        self.characters = characters


def typeset(volume: Volume, folder: Path) -> tuple[bytes, Refused]:
    """Return a PDF, and what it shows in another way than it is meant.

    Args:
        volume: what is to be set.
        folder: an empty folder to work in.

    Raises:
        PdfError: Typst refuses the book for another reason.
        OSError: a file cannot be read or written.

    """
    for name, content in volume.files.items():
        data = content if isinstance(content, bytes) else content.read_bytes()
        (folder / name).write_bytes(data)
    for name in _OWN:
        (folder / name).write_bytes(Path(__file__).with_name(name).read_bytes())
    refused = Refused()
    for _ in range(_ROUNDS):
        told = {
            **volume.told,
            "characters": "".join(sorted(refused.shown_by_code)),
            "unseen": "".join(sorted(refused.characters - refused.shown_by_code)),
            "broken": sorted(refused.images),
        }
        (folder / "told.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        try:
            return _compile(_without(volume.text, refused), folder, volume.system_fonts), refused
        except _TypstRefusesError as error:
            if error.characters and not volume.system_fonts:
                volume = replace(volume, system_fonts=True)  # which may have them
                continue
            found = _find(volume, refused, error, folder)
            if found == refused:
                hint = f"It is about this line of what pandoc wrote: {error.line}"
                raise PdfError(
                    f"Typst cannot set the book: {error}", hint=hint if error.line else ""
                ) from None
            refused = found
    raise PdfError("Typst cannot set the book, whatever is left out of it.")


# Symbols whose names in Typst have changed since pandoc learnt them, the room of “\\;” and “\\!”,
# which it rounds to whole letters, and the bars of a norm around a matrix; not within words.
_SYMBOL = re.compile(r'"(?:[^"\\]|\\.)*"|\bsect(?![A-Za-z])|\.circle(?![A-Za-z])|#h\((?:0|-1)em\)')
_NAMES = {
    "sect": "inter",
    ".circle": ".o",
    "#h(0em)": "thick",
    "#h(-1em)": "#h(-0.167em)",
    '"||"': '"‖"',
}
# Bars of norms and absolute values. TeX has no room around them; Typst sets the blanks that pandoc
# writes. One behind a backslash ends a line, and those at the dollars tell where a formula stands.
_BARS = re.compile(r'"(?:[^"\\]|\\.)*"|(?:(?<![\\$]) )*(?P<bar>\\\||bar\.v\.double)(?: +(?!\$))?')
_CHARACTERS = {r"\|": r"\|", "bar.v.double": "‖"}


def as_in_tex(formula: re.Match[str]) -> str:
    """Return a formula with Typst's names of symbols, and the room that TeX gives them."""
    whole, typst = formula[0], formula["typst"]
    mended = _SYMBOL.sub(lambda each: _NAMES.get(each[0], each[0]), typst).replace(_BRACED, _BARE)
    if "bar.v" in typst or r"\|" in typst:
        mended = _BARS.sub(lambda each: _CHARACTERS.get(each["bar"], each[0]), mended)
    return f"{whole.removesuffix(f'{typst}];')}{mended}];"


def as_tex(formula: re.Match[str]) -> str:
    """Return what shows a formula's TeX in its place."""
    if formula["number"] is None:
        return f"#p.tex({formula['tex']});"
    return f"#p.eq-tex({formula['number']}, {formula['tex']});"


def _without(text: str, refused: Refused) -> str:
    """Show refused formulas as TeX."""

    def shown(found: re.Match[str]) -> str:
        return as_tex(found) if found["typst"] in refused.formulas else found[0]

    return FORMULA.sub(shown, text) if refused.formulas else text


def _find(volume: Volume, refused: Refused, error: _TypstRefusesError, folder: Path) -> Refused:
    """Return what is refused, with what an error adds to it."""
    if further := error.characters - refused.characters:
        return replace(refused, characters=refused.characters | further)
    formulas = list(dict.fromkeys(found["typst"] for found in FORMULA.finditer(volume.text)))
    images = [name for name in volume.files if name not in refused.images]

    def why(lines: Sequence[str], standards: Sequence[str] = ()) -> str:
        try:
            _compile("\n\n".join(lines), folder, volume.system_fonts, standards)
        except _TypstRefusesError as reason:
            return str(reason)
        return ""

    def why_images(names: Sequence[str]) -> str:
        return why([_TITLED, *(f'#image({string(name)}, alt: "x")' for name in names)], ("ua-1",))

    if error.characters:  # marked, and refused again: they stand in formulas or in images
        with_them = {each for each in formulas if not error.characters.isdisjoint(each)}
        if not with_them <= refused.formulas:
            return replace(refused, formulas=refused.formulas | with_them)
        failing: list[str] = []
    else:
        failing = _failing(formulas, why)
    return Refused(
        refused.characters,
        {**refused.images, **{name: why_images([name]) for name in _failing(images, why_images)}},
        refused.formulas | set(failing),
    )


def _failing(lines: Sequence[str], fails: Callable[[Sequence[str]], object]) -> list[str]:
    """Return those of some lines that fail, by halves."""
    if not lines or not fails(lines):
        return []
    if len(lines) == 1:
        return list(lines)
    middle = len(lines) // 2
    return [*_failing(lines[:middle], fails), *_failing(lines[middle:], fails)]


def _compile(
    text: str, folder: Path, system_fonts: bool, standards: Sequence[str] = ("ua-1",)
) -> bytes:
    import typst  # noqa: PLC0415 (a build that changes nothing does without it)

    main = folder / "main.typ"
    main.write_text(text, encoding="utf-8")
    compiler = typst.Compiler(root=str(folder), font_paths=fonts.search(system_fonts))
    try:
        made = compiler.compile(input=str(main), format="pdf", pdf_standards=list(standards))  # type: ignore[arg-type]
    except typst.TypstError as error:
        texts = _NO_FONT.findall(error.diagnostic)
        plain = (_ESCAPED.sub(lambda each: chr(int(each[1], 16)), each) for each in texts)
        line = _LINE.search(error.diagnostic)
        raise _TypstRefusesError(
            error.message, line[1].strip() if line else "", frozenset("".join(plain))
        ) from error
    if not isinstance(made, bytes):
        raise TypeError("Typst returned no PDF")
    return made
