"""Numbers for chapters, sections, figures, tables and equations, and where each label leads."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

from polybook.book import Entry
from polybook.document.assemble import TOC
from polybook.document.ast import Attr, Elements, attributes_of, classes_of, plain_text, walk
from polybook.document.structure import EQUATION, PLACE

#: The kinds of things that a label can name, besides equations and mere places in the text.
CHAPTER, SECTION, FIGURE, TABLE = "chapter", "section", "figure", "table"

#: The attribute in which a heading, figure, table or equation of a document carries its number.
NUMBER = "number"

_TRANSLITERATED = str.maketrans(
    {"ı": "i", "đ": "d", "ø": "o", "ł": "l", "ß": "ss", "æ": "ae", "œ": "oe"}
)


@dataclass(frozen=True)
class Heading:
    """A heading of a page; `level` 1 is the page's title. `numbered` is false for `{-}`."""

    level: int
    identifier: str
    inlines: tuple[Mapping[str, Any], ...]
    numbered: bool = True

    @property
    def text(self) -> str:
        """Its words, without markup."""
        return plain_text(list(self.inlines))


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that has a number, a label or both; `section` counts the headings before it."""

    kind: str
    label: str
    section: int


@dataclass(frozen=True)
class Skeleton:
    """What a page holds that the rest of the book needs to know, each in reading order.

    `tocs` are its tables of contents: for each, how many headings stand before it.
    """

    headings: tuple[Heading, ...]
    things: tuple[Thing, ...]
    tocs: tuple[int, ...] = ()

    @property
    def title(self) -> str:
        """The words of the first heading, or nothing."""
        return self.headings[0].text if self.headings else ""

    def place_of(self, toc: int | None) -> int | None:
        """Return how many headings stand before a table of contents; None if it is not shown."""
        return None if toc is None or toc >= len(self.tocs) else self.tocs[toc]


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
    """All numbers and labels of a book in one language.

    `sections` are those of a page's headings, the first of which has the page's own; a page that is
    not there has no numbers. `duplicates` are labels that were given before: (label, page, the page
    that has it first).
    """

    pages: dict[str, str] = field(default_factory=dict)
    sections: dict[str, tuple[str, ...]] = field(default_factory=dict)
    targets: dict[str, Target] = field(default_factory=dict)
    duplicates: list[tuple[str, str, str]] = field(default_factory=list)

    def of(self, page: str, own: Skeleton) -> PageNumbers:
        """Return the numbers within a page, empty where it has none."""
        sections = self.sections.get(page) or ("",) * len(own.headings)
        return PageNumbers(self.pages.get(page, ""), sections, own)


@dataclass(frozen=True)
class PageNumbers:
    """The numbers within a page: its own, and in reading order those of its headings."""

    page: str
    sections: tuple[str, ...]
    own: Skeleton

    @property
    def things(self) -> tuple[str, ...]:
        """The number of each thing, such as 3.2.1; a place has none.

        It counts within a section of the second level, as in d2lbook: on the page 3.2 within the
        page, on the page of a chapter within its part 3.2, or before any part within the chapter.
        """
        counts: Counter[tuple[str, str]] = Counter()
        result = []
        for thing in self.own.things:
            section = self.sections[thing.section - 1] if thing.section else ""
            within = ".".join((section or self.page).split(".")[:2])
            counts[thing.kind, within] += 1
            number = ".".join(filter(None, [within, str(counts[thing.kind, within])]))
            result.append("" if thing.kind == PLACE else number)
        return tuple(result)


def skeleton(blocks: Elements) -> Skeleton:
    """Read the headings, the labelled things and the tables of contents of a page."""
    headings: list[Heading] = []
    things: list[Thing] = []
    tocs: list[int] = []
    for kind, attributes, element in _numbered(blocks):
        if kind == SECTION:
            numbered = "unnumbered" not in attributes[1]
            level, _, inlines = element["c"]
            headings.append(Heading(level, attributes[0], tuple(inlines), numbered))
        elif kind == TOC:
            tocs.append(len(headings))
        else:
            things.append(Thing(kind, attributes[0], len(headings)))
    return Skeleton(tuple(headings), tuple(things), tuple(tocs))


def _numbered(blocks: Elements) -> Iterator[tuple[str, Attr, Any]]:
    """Yield what has a number or a label, or gives some: its kind, its attributes and itself."""
    for element in walk(blocks):
        attributes = attributes_of(element)
        if attributes is None:
            continue
        match element:
            case {"t": "Header"}:
                yield SECTION, attributes, element
            case {"t": "Figure" | "Table" as kind, "c": [_, [_, caption], *_]}:
                if caption or attributes[0]:
                    yield FIGURE if kind == "Figure" else TABLE, attributes, element
            case {"t": "CodeBlock"} if TOC in classes_of(element):
                yield TOC, attributes, element
            case {"t": "Span"} if EQUATION in classes_of(element):
                yield EQUATION, attributes, element
            case {"t": "Span"} if PLACE in classes_of(element):
                yield PLACE, attributes, element


def write_numbers(blocks: Elements, page_anchors: Sequence[str], numbers: PageNumbers) -> None:
    """Give the headings and things of a page, in place, their anchors and numbers.

    A number is the value of the attribute `number`. No anchor is given twice: of two things with
    the same label, the first one has it, as references say.
    """
    headings = zip(page_anchors, numbers.sections, strict=True)
    things = iter(numbers.things)
    taken = set(page_anchors)
    for kind, attributes, _ in list(_numbered(blocks)):
        if kind == SECTION:
            attributes[0], number = next(headings)
        elif kind == TOC:
            continue
        else:
            number = next(things)
            if attributes[0] in taken:
                attributes[0] = ""
            taken.add(attributes[0])
        if number:
            attributes[2].append([NUMBER, number])


# ---------------------------------------------------------------- anchors


def anchors(own: Skeleton, reference: Skeleton) -> tuple[str, ...]:
    """Return an anchor for each heading of a page, the same in every language.

    It is the heading's label, else made from the reference page's heading in the same place;
    where the two pages differ in their headings, each keeps to its own.
    """
    same = [h.level for h in own.headings] == [h.level for h in reference.headings]
    models = reference.headings if same else own.headings
    pairs = zip(own.headings, models, strict=True)
    wanted = [heading.identifier or model.identifier for heading, model in pairs]
    taken = {label for page in (own, reference) for label in _labels(page)}
    result: list[str] = []
    for number, (label, model) in enumerate(zip(wanted, models, strict=True)):
        if label and label not in result:
            result.append(label)
            continue
        base = label or slug(model.text) or f"section-{number}"
        free = (base if n == 1 else f"{base}-{n}" for n in count(1))
        result.append(next(each for each in free if each not in taken))
        taken.add(result[-1])
    return tuple(result)


def title_anchors(
    own: Skeleton, reference: Skeleton, page_anchors: Sequence[str]
) -> dict[str, str]:
    """Return, for headings that have a label, the anchors that their titles make, and their own.

    Sphinx gives a section both; links may lead to either. One that is taken is left out.
    """
    labels = {label for page in (own, reference) for label in _labels(page)}
    bare = (_without_labels(page) for page in (own, reference))
    made = zip(anchors(*bare), page_anchors, strict=True)
    taken = labels.union(page_anchors)
    return {title: anchor for title, anchor in made if anchor in labels and title not in taken}


def _without_labels(page: Skeleton) -> Skeleton:
    return Skeleton(tuple(replace(heading, identifier="") for heading in page.headings), ())


def _labels(page: Skeleton) -> Iterator[str]:
    yield from (thing.label for thing in page.things)
    yield from (heading.identifier for heading in page.headings)


def slug(text: str) -> str:
    """Make an anchor from a heading: Latin letters lose their marks, other scripts stay."""
    folded = unicodedata.normalize(
        "NFKD", text.replace("İ", "i").lower().translate(_TRANSLITERATED)
    )
    bare = "".join(letter for letter in folded if not "\u0300" <= letter <= "\u036f")
    composed = unicodedata.normalize("NFC", bare)
    # Letters, numbers, and the marks without which many scripts cannot be read.
    kept = (letter if unicodedata.category(letter)[0] in "LNM" else "-" for letter in composed)
    return re.sub(r"-+", "-", "".join(kept)).strip("-")


# ---------------------------------------------------------------- numbers


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
        if entry.numbered and _counts(entry, pages):
            chapter += 1
            _number_entry(entry, str(chapter), pages, numbers)
    order = dict.fromkeys(each.page.name for entry in contents for each in entry.walk())
    for name in [*order, *(page for page in pages if page not in order)]:
        for label, target in _targets(name, page_anchors[name], numbers.of(name, pages[name])):
            if not label:
                continue
            first = numbers.targets.setdefault(label, target)
            if first is not target:
                numbers.duplicates.append((label, name, first.page))
    return numbers


def _number_entry(
    entry: Entry, number: str, pages: Mapping[str, Skeleton], numbers: Numbers
) -> None:
    """Give numbers to a page, its sections, and the pages that it lists, where it lists them.

    As in Sphinx: a page that is listed in the section 1.2 is the 1.2.1; one that is listed before
    any section is the 1.1, and the first section the 1.2.
    """
    own = pages[entry.page.name]
    listed: dict[int | None, list[Entry]] = defaultdict(list)
    for child in filter(lambda each: _counts(each, pages), entry.children):
        listed[own.place_of(child.toc)].append(child)
    counting = _Counting(number)
    sections = []
    for place in range(len(own.headings) + 1):
        for child in listed[place]:
            _number_entry(child, counting.page(), pages, numbers)
        if place < len(own.headings):
            sections.append(counting.heading(own.headings[place], first=place == 0))
    for child in listed[None]:
        _number_entry(child, counting.unlisted(), pages, numbers)
    numbers.pages[entry.page.name] = number
    numbers.sections[entry.page.name] = tuple(sections)


class _Counting:
    """Gives out the numbers within a page, such as 3.2.1 on the page 3.2, in reading order."""

    def __init__(self, page_number: str) -> None:
        self._page_number = page_number
        self._levels: list[int] = []
        self._counts: list[int] = []

    def heading(self, heading: Heading, *, first: bool) -> str:
        """Return a heading's number; empty if it has none. A level left out leaves no gap."""
        if not heading.numbered:
            return ""
        if first:
            return self._page_number
        depth = sum(level < heading.level for level in self._levels)
        self._levels = [*self._levels[:depth], heading.level]
        return self._next(depth)

    def page(self) -> str:
        """Return the number of a page that is listed here, in the section that was begun last."""
        return self._next(len(self._levels))

    def unlisted(self) -> str:
        """Return the number of a page that belongs to this one and is not listed on it."""
        return self._next(0)

    def _next(self, depth: int) -> str:
        before = self._counts[depth] if depth < len(self._counts) else 0
        self._counts = [*self._counts[:depth], before + 1]
        return ".".join([self._page_number, *map(str, self._counts)])


def _counts(entry: Entry, pages: Mapping[str, Skeleton]) -> bool:
    """Tell whether a page's title does not refuse a number, `# Preface {-}`."""
    return all(heading.numbered for heading in pages[entry.page.name].headings[:1])


def _targets(
    page: str, page_anchors: Sequence[str], numbers: PageNumbers
) -> Iterator[tuple[str, Target]]:
    own = numbers.own
    sections = [
        Target(
            CHAPTER if place == 0 and "." not in numbers.page else SECTION,
            page,
            anchor if place else "",
            number,
            heading.text,
        )
        for place, (heading, anchor, number) in enumerate(
            zip(own.headings, page_anchors, numbers.sections, strict=True)
        )
    ]
    for heading, target in zip(own.headings, sections, strict=True):
        yield heading.identifier, target
    for thing, number in zip(own.things, numbers.things, strict=True):
        if thing.kind == PLACE and thing.section:
            # A place in the text is called by the section that it lies in.
            around = sections[thing.section - 1]
            yield thing.label, Target(around.kind, page, thing.label, around.number, around.title)
        else:
            title = own.title if thing.kind == PLACE else ""
            yield thing.label, Target(thing.kind, page, thing.label, number, title)
