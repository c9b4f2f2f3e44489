"""Fonts: those that come with Typst and with Polybook, and the system's where a book asks for them.

So a book looks the same on every machine. Where a language is written in letters that no carried
font has, or in other forms of them, the system's fonts are searched as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from polybook.config import Pdf

#: The families of Chinese, Japanese and Korean, best first: for text, for headings.
_EAST: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = MappingProxyType(
    {
        "ja": (("Noto Serif JP",), ("Noto Sans JP",)),
        "zh": (
            ("Noto Serif CJK SC", "Source Han Serif SC", "Songti SC", "SimSun"),
            ("Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei"),
        ),
        "ko": (
            ("Noto Serif CJK KR", "Source Han Serif K", "AppleMyungjo", "Batang"),
            ("Noto Sans CJK KR", "Source Han Sans K", "Apple SD Gothic Neo", "Malgun Gothic"),
        ),
    }
)

_TEXT, _CODE, _FORMULAS = "Libertinus Serif", "DejaVu Sans Mono", "New Computer Modern Math"


@dataclass(frozen=True)
class Fonts:
    """The families of a book in one language, the first choice first; `system`: from anywhere."""

    main: tuple[str, ...]
    head: tuple[str, ...]
    strong: tuple[str, ...]
    mono: tuple[str, ...]
    math: tuple[str, ...]
    system: bool


def fonts_for(language: str, pdf: Pdf) -> Fonts:
    """Return the fonts of a language."""
    base = language.partition("-")[0]
    serif, gothic = _EAST.get(base, ((), ()))
    # Letters of other scripts stand in every book now and then: names, examples.
    others = tuple(name for name in ("Noto Serif JP", "Noto Sans JP") if name not in serif)
    main = (*filter(None, [pdf.main_font]), _TEXT)
    head = (*filter(None, [pdf.sans_font]), *main)
    mono = (*filter(None, [pdf.mono_font]), _CODE)
    return Fonts(
        main=(*main, *serif, *others),
        head=(*head, *gothic, *others),
        # What is bold in other scripts is set in the other style in these.
        strong=(*main, *gothic, *serif, *others),
        mono=(*mono, *gothic, *others, _FORMULAS),
        math=(_FORMULAS, *main, *serif, *others),
        system=bool(pdf.main_font or pdf.sans_font or pdf.mono_font) or base in ("zh", "ko"),
    )


@cache
def carried() -> tuple[str, ...]:
    """Return the folders of the fonts that come with Polybook."""
    import pylopdf_fonts_jp  # noqa: PLC0415 (only where something is set)

    return (str(Path(pylopdf_fonts_jp.__file__).parent),)


@cache
def search(system: bool) -> Any:
    """Return all fonts that Typst may use."""
    import typst  # noqa: PLC0415

    return typst.Fonts(include_system_fonts=system, font_paths=list(carried()))


def unknown(families: tuple[str, ...], system: bool) -> list[str]:
    """Return those of some families that are not installed."""
    known = {name.lower() for name in search(system).families()}
    return [name for name in families if name.lower() not in known]
