"""The words of the interface, from gettext catalogues that translators edit: `locale/<lang>.po`.

The catalogues are read as they are: no step compiles them, and an edit shows at the next build.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

# Babel is imported where it is used: a build that changes nothing says nothing.
if TYPE_CHECKING:
    from babel import Locale

#: The kinds of things that references name, with the words for them.
KINDS: Mapping[str, str] = {
    "chapter": "Chapter %(number)s",
    "section": "Section %(number)s",
    "figure": "Fig. %(number)s",
    "table": "Table %(number)s",
}


#: The kinds of boxes in the text, with the words at their heads.
NOTICES: Mapping[str, str] = {
    "note": "Note",
    "tip": "Tip",
    "hint": "Hint",
    "important": "Important",
    "warning": "Warning",
    "caution": "Caution",
    "attention": "Attention",
    "danger": "Danger",
    "error": "Error",
}


@dataclass(frozen=True)
class Words:
    """One language's words; what the catalogue lacks is said in English."""

    language: str
    messages: Mapping[str, str]

    def __call__(self, message: str, **values: object) -> str:
        """Return a message in this language, `%(name)s` replaced by the value of that name."""
        text = self.messages.get(message) or message
        return text % values if values else text

    def reference(self, kind: str, number: str) -> str:
        """Return how a numbered thing is referred to, such as “Section 3.2”."""
        return self(KINDS[kind], number=number)

    def calling(self, formats: Mapping[str, str]) -> Words:
        """Return these words with the book's own for some kinds of things, `%s` for the number."""
        own = {
            KINDS[kind]: text.replace("%", "%%").replace("%%s", "%(number)s")
            for kind, text in formats.items()
        }
        return replace(self, messages={**self.messages, **own})

    def caption(self, kind: str, number: str) -> str:
        """Return the head of a caption, such as “Fig. 3.2.1”."""
        return self.reference(kind, number)

    def listed(self, names: Sequence[str]) -> str:
        """Return names as a list in this language, such as “A, B, and C”, after CLDR."""
        from babel.lists import format_list  # noqa: PLC0415

        return format_list(names, locale=_locale(self.language))

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`, after CLDR."""
        return _locale(self.language).text_direction


@cache
def words(language: str) -> Words:
    """Return the words of a language: its own catalogue, else that of its base language."""
    from babel.messages.pofile import read_po  # noqa: PLC0415

    folder = Path(str(resources.files("polybook") / "locale"))
    messages: dict[str, str] = {}
    for code in (language.partition("-")[0], language):
        file = folder / f"{code}.po"
        if file.is_file():
            with file.open("rb") as stream:
                catalogue = read_po(stream, locale=code.replace("-", "_"))
            messages |= {
                str(message.id): str(message.string)
                for message in catalogue
                if message.id and message.string and not message.fuzzy
            }
    return Words(language, messages)


@cache
def _locale(language: str) -> Locale:
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415

    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")
