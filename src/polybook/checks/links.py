"""Checks every link of a book: those within it by what it has, those to the web by asking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from polybook.book import Book, Page
from polybook.checks.web import Answer, Progress, Verdict, ask
from polybook.document import Documents
from polybook.document.resources import is_web
from polybook.errors import Diagnostic, Location, Severity

#: Of more addresses than this that all cannot be reached, it is said once.
_SAID_ONE_BY_ONE = 3


@dataclass(frozen=True)
class LinkReport:
    """What came of a check: how many addresses of the web were asked for, and what is wrong."""

    asked: int
    working: int
    diagnostics: Sequence[Diagnostic]


def check_links(
    book: Book, documents: Documents, files: Sequence[tuple[Page, str]], progress: Progress
) -> LinkReport:
    """Check the links of a book.

    Args:
        book: the book.
        documents: its documents, parsed.
        files: the pages that are checked, each with the language of one of its own files.
        progress: called with each address of the web when its answer is there.

    """
    found = [
        diagnostic
        for page, language in files
        for diagnostic in documents.diagnose_links(page, language)
    ]
    places: dict[str, dict[Location, None]] = {}
    for address, place in _web_links(book, documents, files):
        places.setdefault(address, {})[place] = None
    answers = ask(places, progress)
    if _offline(answers):
        found.append(_none_reached(book, answers))
    else:
        found += (
            _diagnostic(place, address, answers[address])
            for address in places
            for place in places[address]
            if answers[address].verdict is not Verdict.WORKS
        )
    working = sum(answer.verdict is Verdict.WORKS for answer in answers.values())
    return LinkReport(len(answers), working, sorted(found, key=lambda each: each.location))


def _web_links(
    book: Book, documents: Documents, files: Sequence[tuple[Page, str]]
) -> Iterator[tuple[str, Location]]:
    for page, language in files:
        yield from documents.web_links(page, language)
    for language in dict.fromkeys(language for _, language in files):
        yield from documents.bibliography_links(language)
        config = book.config.localised(language)
        for _, address in config.html.header_links:
            if is_web(address):
                yield address, Location(config.folder_path or config.path)


def _offline(answers: Mapping[str, Answer]) -> bool:
    return len(answers) > _SAID_ONE_BY_ONE and all(
        answer.verdict is Verdict.UNREACHED for answer in answers.values()
    )


def _none_reached(book: Book, answers: Mapping[str, Answer]) -> Diagnostic:
    address, answer = next(iter(answers.items()))
    return Diagnostic(
        Severity.ERROR,
        Location(book.config.path),
        f"None of {len(answers)} addresses of the web can be reached from here.",
        f"Is this machine online? {address}: {answer.reason}.",
    )


def _diagnostic(place: Location, address: str, answer: Answer) -> Diagnostic:
    if answer.verdict is Verdict.UNKNOWN:
        hint = "It may work in a browser: look there."
        return Diagnostic(Severity.WARNING, place, f"{address}: {answer.reason}.", hint)
    return Diagnostic(Severity.ERROR, place, f"{address}: {answer.reason}.")
