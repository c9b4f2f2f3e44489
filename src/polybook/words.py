"""The words of the interface, from gettext catalogues that translators edit: `locale/<lang>.po`.

The catalogues are read as they are: no step compiles them, and an edit shows at the next build.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.pofile import read_po

#: The kinds of things that references name, with the words for them.
KINDS: Mapping[str, str] = {
    "chapter": "Chapter %(number)s",
    "section": "Section %(number)s",
    "figure": "Fig. %(number)s",
    "table": "Table %(number)s",
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

    def caption(self, kind: str, number: str) -> str:
        """Return the head of a caption, such as “Fig. 3.2.1”."""
        return self.reference(kind, number)

    @property
    def direction(self) -> str:
        """`ltr` or `rtl`, after CLDR."""
        return _locale(self.language).text_direction

    @property
    def own_name(self) -> str:
        """The language's name for itself, after CLDR."""
        locale = _locale(self.language)
        return (locale.get_display_name(locale) or self.language).capitalize()


@cache
def words(language: str) -> Words:
    """Return the words of a language: its own catalogue, else that of its base language."""
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
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


#: Translates one message; what templates call `_`.
Translate = Callable[..., str]
