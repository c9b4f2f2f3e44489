"""Numbers for chapters, sections, figures, tables and equations, and where each label leads."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from polybook.book import Entry
from polybook.document.ast import Elements, plain_text, walk

#: The kinds of things that a label can name; each has a word of its own in every language.
CHAPTER, SECTION, FIGURE, TABLE, EQUATION = "chapter", "section", "figure", "table", "equation"

_TRANSLITERATED = str.maketrans(
    {"ı": "i", "đ": "d", "ø": "o", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe"}
)


@dataclass(frozen=True)
class Heading:
    """A heading of a page; `level` 1 is the page's title."""

    level: int
    identifier: str
    inlines: tuple[Mapping[str, Any], ...]

    @property
    def text(self) -> str:
        """Its words, without markup."""
        return plain_text(list(self.inlines))


@dataclass(frozen=True)
class Skeleton:
    """What a page holds that the rest of the book needs to know: headings and labelled things.

    `things` are (kind, label) pairs in reading order; the label is empty where there is none.
    """

    headings: tuple[Heading, ...]
    things: tuple[tuple[str, str], ...]

    @property
    def title(self) -> str:
        """The words of the first heading, or nothing."""
        return self.headings[0].text if self.headings else ""


@dataclass(frozen=True, slots=True)
class Target:
    """What a label names: where it is, its number (empty if it has none) and its title."""

    kind: str
    page: str
    anchor: str
    number: str
    title: str


@dataclass
class Numbers:
    """All numbers and labels of a book in one language."""

    pages: dict[str, str] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    duplicates: list[tuple[str, str]] = field(default_factory=list)


def skeleton(blocks: Elements) -> Skeleton:
    """Read the headings and the labelled things of a page."""
    headings: list[Heading] = []
    things: list[tuple[str, str]] = []
    for element in walk(blocks):
        match element:
            case {"t": "Header", "c": [level, [identifier, *_], inlines]}:
                headings.append(Heading(level, identifier, tuple(inlines)))
            case {"t": "Figure", "c": [[identifier, *_], [_, caption], _]}:
                if caption or identifier:
                    things.append((FIGURE, identifier))
            case {"t": "Table", "c": [[identifier, *_], [_, caption], *_]}:
                if caption or identifier:
                    things.append((TABLE, identifier))
            case {"t": "Span", "c": [[identifier, classes, _], _]} if "equation" in classes:
                things.append((EQUATION, identifier))
    return Skeleton(tuple(headings), tuple(things))


def anchors(own: Skeleton, reference: Skeleton) -> tuple[str, ...]:
    """Return an anchor for each heading of a page, the same in every language.

    It is the heading's label, else made from the reference page's heading in the same place;
    where the two pages differ in their headings, each keeps to its own.
    """
    same = [h.level for h in own.headings] == [h.level for h in reference.headings]
    taken: set[str] = set()
    result = []
    for number, heading in enumerate(own.headings):
        model = reference.headings[number] if same else heading
        wanted = heading.identifier or model.identifier or slug(model.text) or f"section-{number}"
        anchor, count = wanted, 1
        while anchor in taken:
            count += 1
            anchor = f"{wanted}-{count}"
        taken.add(anchor)
        result.append(anchor)
    return tuple(result)


def slug(text: str) -> str:
    """Make an anchor from a heading: Latin letters lose their marks, other scripts stay."""
    folded = unicodedata.normalize(
        "NFKD", text.replace("İ", "i").lower().translate(_TRANSLITERATED)
    )
    bare = "".join(letter for letter in folded if not "\u0300" <= letter <= "\u036f")
    composed = unicodedata.normalize("NFC", bare)
    return re.sub(r"[^\w]+", "-", composed).strip("-_")


def number_book(
    contents: Sequence[Entry],
    pages: Mapping[str, Skeleton],
    page_anchors: Mapping[str, tuple[str, ...]],
) -> Numbers:
    """Give a book in one language its numbers.

    Args:
        contents: the table of contents.
        pages: the skeleton of each page, by name.
        page_anchors: the anchor of each heading of each page.

    """
    numbers = Numbers()
    chapter = 0
    for entry in contents:
        if entry.numbered:
            chapter += 1
            _number_entry(entry, str(chapter), numbers.pages)
    listed = {each.page.name for entry in contents for each in entry.walk()}
    order = [each.page.name for entry in contents for each in entry.walk()]
    for name in [*order, *(page for page in pages if page not in listed)]:
        for label, target in _targets(
            name, pages[name], page_anchors[name], numbers.pages.get(name, "")
        ):
            if not label:
                continue
            if label in numbers.targets:
                numbers.duplicates.append((label, name))
            else:
                numbers.targets[label] = target
    return numbers


def _number_entry(entry: Entry, number: str, pages: dict[str, str]) -> None:
    pages[entry.page.name] = number
    for place, child in enumerate(entry.children, start=1):
        _number_entry(child, f"{number}.{place}", pages)


def section_numbers(own: Skeleton, page_number: str) -> tuple[str, ...]:
    """Return the number of each heading, such as 3.2.1; empty where the page has none."""
    counts: list[int] = []
    result = []
    for heading in own.headings:
        depth = heading.level - 1
        if not page_number:
            result.append("")
            continue
        counts = [*counts[:depth], *([0] * (depth - len(counts)))]
        if depth:
            counts[depth - 1] += 1
        result.append(".".join([page_number, *map(str, counts)]))
    return tuple(result)


def _targets(
    page: str, own: Skeleton, page_anchors: tuple[str, ...], page_number: str
) -> Iterator[tuple[str, Target]]:
    for heading, anchor, number in zip(
        own.headings, page_anchors, section_numbers(own, page_number), strict=True
    ):
        is_chapter = heading.level == 1 and "." not in number
        kind = CHAPTER if is_chapter else SECTION
        where = "" if heading.level == 1 else anchor
        yield heading.identifier, Target(kind, page, where, number, heading.text)
    counts: dict[str, int] = {}
    for kind, label in own.things:
        counts[kind] = counts.get(kind, 0) + 1
        number = ".".join(filter(None, [page_number, str(counts[kind])]))
        yield label, Target(kind, page, label, number, "")
