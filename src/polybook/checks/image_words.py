"""Finds where the words that a page has for its images and what these images say differ."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from polybook.document.image_words import said
from polybook.errors import Diagnostic, Location, Severity, quoted
from polybook.running.outputs import SavedProgram

#: What makes a text words, rather than a number or a symbol.
_WORDS = re.compile(r"[^\W\d_]{2}")


def image_word_findings(
    path: Path, words: Mapping[str, tuple[str, int]], programs: Iterable[SavedProgram]
) -> Iterator[Diagnostic]:
    """Yield what no image says, and what images say that has no words.

    Args:
        path: the page's file.
        words: what the page has, with the line, by what images say; nothing is found if empty.
        programs: what all of the page's programs have left.

    """
    texts = dict.fromkeys(text for saved in programs for text in said(saved))
    for key, (_, line) in words.items():
        if key not in texts:
            message = f"No image of the page says {quoted(key)}."
            hint = "Write what the code draws, word for word."
            yield Diagnostic(Severity.WARNING, Location(path, line), message, hint)
    for text in texts:
        if words and text not in words and _WORDS.search(text):
            message = f"An image of the page says {quoted(text)}, which has no words here."
            place = Location(path, max(line for _, line in words.values()))
            yield Diagnostic(Severity.WARNING, place, message, f"Add a line “{text} = …”.")
