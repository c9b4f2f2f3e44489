"""Terms that a language's glossary says not to use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from polybook.errors import Location
from polybook.translation.context import Context
from polybook.translation.findings import Finding
from polybook.translation.glossary import Term, read_glossary
from polybook.translation.prose import bare

NAME = "glossary"


@dataclass(frozen=True)
class _Words:
    """A language's glossary as one pattern: a group for each variant that is not to be used."""

    pattern: re.Pattern[str]
    terms: dict[str, Term]
    beginnings: frozenset[str]

    def may_be_in(self, prose: str) -> bool:
        """Tell, much sooner than the pattern does, whether it may find anything."""
        letters = prose.lower()
        return any(word in letters for word in self.beginnings)


def find(context: Context) -> Iterator[Finding]:
    """Yield each use of a forbidden variant in prose; code and formulas are left alone."""
    words = {
        language: _words(terms)
        for language in context.languages
        if (terms := read_glossary(context.book.root, language))
    }
    for _, language, path in context.files():
        for piece in context.prose(path) if language in words else ():
            prose = bare(piece.text)
            if not words[language].may_be_in(prose):
                continue
            for found in words[language].pattern.finditer(prose):
                term = words[language].terms.get(found.lastgroup or "")
                if term and not _is_gloss(term, prose, found):
                    line = piece.line + prose.count("\n", 0, found.start())
                    yield _finding(term, found[0], Location(path, line))


def _is_gloss(term: Term, prose: str, found: re.Match[str]) -> bool:
    """Tell whether the English term is said in brackets, as is done where a term is first used."""
    before = prose[: found.start()].replace("（", "(").replace("）", ")")
    return found[0].lower().startswith(term.term) and before.rfind("(") > before.rfind(")")


def _finding(term: Term, used: str, place: Location) -> Finding:
    message = f"The glossary has another word for “{term.term}” than “{used}”."
    return Finding(NAME, place, message, f"Write “{term.preferred}”.", used)


def _words(terms: tuple[Term, ...]) -> _Words:
    """Make one pattern of all variants, and of what is preferred, in which none is looked for."""
    named = {
        f"v{term.line}_{number}": (variant, term)
        for term in terms
        for number, variant in enumerate(term.forbidden)
    }
    parts = [(variant, f"(?P<{name}>{_pattern(variant)})") for name, (variant, _) in named.items()]
    parts += [(term.preferred, _pattern(f"{term.preferred}*")) for term in terms]
    longest_first = sorted(parts, key=lambda part: -len(part[0]))
    pattern = re.compile("|".join(pattern for _, pattern in longest_first), re.IGNORECASE)
    beginnings = {variant.removesuffix("*").split()[0].lower() for variant, _ in named.values()}
    return _Words(pattern, {name: term for name, (_, term) in named.items()}, frozenset(beginnings))


def _pattern(variant: str) -> str:
    """Make a pattern of a variant: whole words, unless a star says that a word may go on.

    Words of Chinese and Japanese have no borders that a pattern could look for.
    """
    word = variant.removesuffix("*")
    pattern = r"\s+".join(re.escape(part) for part in word.split())
    before = r"(?<!\w)" if re.match(r"\w", word) and not _borderless(word[0]) else ""
    after = "" if _borderless(word[-1]) else r"\w*" if variant.endswith("*") else r"(?!\w)"
    return before + pattern + after


def _borderless(letter: str) -> bool:
    return "\u3040" <= letter <= "\u9fff"
