"""Builds a d2lbook repository with Polybook and with d2lbook, and compares their pages.

`python -m benchmarks.whole_book BOOK` prints what is wrong with Polybook's pages by themselves, and
every difference between the two tools' pages, by cause. d2lbook's pages are made once, and kept in
the cache. The exit status is 1 if anything is wrong, or different for no reason that is known.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import partial
from pathlib import Path

from benchmarks import d2lbook
from benchmarks.facts import (
    CELL,
    CITATION,
    CODE,
    ENTRY,
    IMPORT,
    INLINE,
    REFERENCE,
    WORDS,
    WORK,
    Facts,
    cell_name,
    d2lbook_facts,
    polybook_facts,
)
from benchmarks.faults import faults, labels_of
from polybook.book import read_book
from polybook.config import Config, read_config
from polybook.running.environments import cache_folder


@dataclass(frozen=True)
class Difference:
    """What d2lbook's page has in a place, and what Polybook's has there; either may be empty."""

    page: str
    kind: str
    theirs: tuple[str, ...]
    ours: tuple[str, ...]

    @property
    def blanks_alone(self) -> bool:
        """Whether it is one of blanks only."""
        return "".join("".join(self.theirs).split()) == "".join("".join(self.ours).split())


def _is_chapter(found: Difference) -> bool:
    words = (re.sub(r"^Section (?=\d+$)", "Chapter ", each) for each in found.theirs)
    return found.kind == REFERENCE and tuple(words) == found.ours


def _is_label_of_table(found: Difference) -> bool:
    if found.kind.startswith(WORDS):
        return found.theirs[:1] == ("label",) and not found.ours
    table = all(re.match(r"Table \d", each) for each in found.ours)
    return found.kind == REFERENCE and table and not any(" " in each for each in found.theirs)


def _is_cut(found: Difference) -> bool:
    theirs, ours = "".join(found.theirs), "".join(found.ours)
    if found.kind.startswith(WORDS):
        return "math" in theirs or (ours[:1].isdigit() and ours.endswith(theirs) and theirs != "")
    return found.kind == INLINE and not theirs


def _is_documentation(found: Difference) -> bool:
    names = [each for each in found.ours if re.fullmatch(r"class|Defined|\w+(\.\w+)+", each)]
    return found.kind.startswith((WORDS, REFERENCE)) and bool(names) and not found.theirs


def _is_authors(found: Difference) -> bool:
    names = (*found.theirs, *found.ours)
    known = all(name[0].isupper() or name in ("et", "al", "and") for name in names)
    return found.kind.startswith(WORDS) and known and not (found.theirs and found.ours)


#: Why the two tools differ on purpose, or because d2lbook errs; the first that holds counts.
CAUSES: Mapping[str, Callable[[Difference], bool]] = {
    "Polybook says “Chapter 7” of what d2lbook calls “Section 7”": _is_chapter,
    "d2lbook loses the label of a table, with the pandoc that it has": _is_label_of_table,
    "d2lbook cuts formulas, and numbers like 1.5, in the narrow columns of a table": _is_cut,
    "The authors of works that are cited are shortened in another way": _is_authors,
    "d2lbook documents a library by importing it, which takes its frameworks": _is_documentation,
    "d2lbook does not find a file of raw HTML that Polybook finds among the book's own": (
        lambda found: found.page == "index" and not found.theirs
    ),
    "A formula in a heading is plain text in Polybook's table of contents": (
        lambda found: found.kind == ENTRY and len(found.theirs) == len(found.ours)
    ),
    "d2lbook has other blanks in the code that an alias takes, and for a tab": (
        lambda found: found.kind.startswith(CODE) and found.blanks_alone
    ),
    "d2lbook takes the label of a heading of the fourth level for the figure's before it": (
        lambda found: (
            found.kind == REFERENCE
            and "".join(found.theirs).startswith("Fig")
            and re.fullmatch(r"Section (?:\d+\.){3}\d+", "".join(found.ours)) is not None
        )
    ),
}

#: What Polybook asks for nothing, unless `[html] hosts` names it: its words are shown.
FOREIGN = "An image lies on another host, of which Polybook shows the description"
_FOREIGN_IMAGE = re.compile(r"!\[(?P<words>(?:[^\]\\]|\\.)*)\]\(https?://[^)]*/(?P<name>[^)/]+)\)")


def main() -> int:
    """Build, compare, and print; return the exit status."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.whole_book", description=__doc__)
    arguments.add_argument("book", type=Path, help="a d2lbook repository with one language")
    arguments.add_argument("--alone", action="store_true", help="leave d2lbook out")
    arguments.add_argument("--peer", type=Path, help="a folder for d2lbook's copy of the book")
    options = arguments.parse_args()
    source = options.book.resolve()
    with tempfile.TemporaryDirectory(prefix="polybook-whole-") as folder:
        book = d2lbook.copy_repository(source, Path(folder) / "book")
        command = [sys.executable, "-m", "polybook", "build", "html", "--no-run", "-C", str(book)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        counts = [done.stderr.count(f": {severity}: ") for severity in ("warning", "error")]
        print("polybook: exit status {}, {} warnings, {} errors".format(done.returncode, *counts))
        config = read_config(book)
        wrong = _print_faults(config)
        if not options.alone:
            wrong |= _print_differences(config, _peer(source, options.peer))
    return 1 if wrong or done.returncode else 0


def _peer(source: Path, given: Path | None) -> Path:
    """Return the folder of d2lbook's build of a book, which is made if it is not there yet."""
    cache = cache_folder() / "benchmarks"
    digest = hashlib.sha256()
    for path in [source / "config.ini", *sorted(source.rglob("*.md"))]:
        digest.update(path.read_bytes())
    peer = given or cache / f"{source.name}-{digest.hexdigest()[:12]}"
    built = peer / "_build"
    if not (built / "html" / "index.html").exists():
        print("d2lbook builds the book, which takes minutes", flush=True)
        venv = d2lbook.make_venv(cache)
        d2lbook.build_repository(d2lbook.copy_repository(source, peer), venv)
    return built


# ---------------------------------------------------------------- Polybook's pages alone


def _print_faults(config: Config) -> bool:
    site = config.output / "html"
    book = read_book(config)
    sources = (path for page in book.pages.values() for path in page.sources.values())
    labels = labels_of(path.read_text("utf-8") for path in sources)
    pages = sorted(site.rglob("*.html"))
    with ProcessPoolExecutor() as pool:
        found = list(pool.map(partial(faults, site, labels=labels), pages, chunksize=4))
    print(f"{len(pages)} pages with {sum(map(len, found))} faults")
    for page, listed in zip(pages, found, strict=True):
        for kind, what in listed:
            print(f"  {page.relative_to(site)}: {kind}: {what[:80]}")
    return any(found)


# ---------------------------------------------------------------- both tools' pages


def _print_differences(config: Config, peer: Path) -> bool:
    html = peer / "html"
    pages = [
        page.relative_to(html).with_suffix("").as_posix()
        for page in sorted(html.rglob("*.html"))
        if "_static" not in page.parts and page.stem not in ("genindex", "search")
    ]
    read = partial(_both, config.output / "html", peer, config.tabs)
    with ProcessPoolExecutor() as pool:
        both = list(pool.map(read, pages, chunksize=4))
    found = [
        each
        for page, (theirs, ours) in zip(pages, both, strict=True)
        for each in differences(page, theirs, ours)
    ]
    _print_counts(both, found)
    foreign = _foreign_words(config)
    by_cause: dict[str, list[Difference]] = {}
    for each in found:
        cause = next((cause for cause, holds in CAUSES.items() if holds(each)), "")
        said = set(re.findall(r"\w+", " ".join((*each.theirs, *each.ours))))
        if not cause and said <= foreign.get(each.page, set()):
            cause = FOREIGN
        by_cause.setdefault(cause, []).append(each)
    for cause, listed in sorted(by_cause.items(), reverse=True):
        print(f"\n{cause or 'For no reason that is known'}: {len(listed)}")
        for each in listed[:2] if cause else listed:
            theirs, ours = (", ".join(side)[:80] or "nothing" for side in (each.theirs, each.ours))
            print(f"  {each.page}, {each.kind}: {theirs} → {ours}")
    return "" in by_cause


def _both(site: Path, peer: Path, tabs: Sequence[str], page: str) -> tuple[Facts, Facts]:
    """Return the facts of d2lbook's page and of Polybook's."""
    theirs = d2lbook_facts((peer / "html" / f"{page}.html").read_text("utf-8"), tabs)
    for tab in tabs:
        folder = "eval" if tab == tabs[0] else f"eval_{tab}"
        if notebook := (peer / folder / f"{page}.ipynb").read_text("utf-8"):
            cells = [cell for cell in json.loads(notebook)["cells"] if cell["cell_type"] == "code"]
            names = [cell_name("".join(cell["source"])) for cell in cells]
            theirs[f"{CELL} {tab}"] = [name for name in names if name]
    return theirs, polybook_facts((site / f"{page}.html").read_text("utf-8"), tabs)


def differences(page: str, theirs: Facts, ours: Facts) -> Iterator[Difference]:
    """Yield how two tools' pages differ.

    Code for a tab that the page does not have, which is without a notebook of d2lbook's, is left
    out: Polybook shows what all tabs of a page share to every reader.
    """
    tabs = {kind.removeprefix(f"{CELL} ") for kind in theirs if kind.startswith(CELL)}
    for kind in sorted(theirs.keys() | ours.keys()):
        what, _, tab = kind.partition(" ")
        if what in (CELL, CODE, IMPORT) and tab not in tabs:
            continue
        old, new = theirs.get(kind, []), ours.get(kind, [])
        if what in (CITATION, WORK, IMPORT):  # each tool has an order of its own
            old, new = sorted(old), sorted(new)
        for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if tag != "equal":
                yield Difference(page, kind, tuple(old[a:b]), tuple(new[c:d]))


def _foreign_words(config: Config) -> Mapping[str, set[str]]:
    """Return, by page, the words of the images that lie on other hosts, and of their names."""
    book = read_book(config)
    return {
        page.name: set(re.findall(r"\w+", " ".join(map(" ".join, found))))
        for page in book.pages.values()
        if (found := _FOREIGN_IMAGE.findall(next(iter(page.sources.values())).read_text("utf-8")))
    }


def _print_counts(both: Sequence[tuple[Facts, Facts]], found: Sequence[Difference]) -> None:
    different = Counter(each.kind for each in found)
    print(f"\n{'':28}{'d2lbook':>10}{'polybook':>10}{'different':>11}")
    for kind in sorted({kind for facts in both for side in facts for kind in side}):
        theirs, ours = (sum(len(pair[side].get(kind, [])) for pair in both) for side in (0, 1))
        print(f"{kind:28}{theirs:>10}{ours:>10}{different[kind]:>11}")


if __name__ == "__main__":
    sys.exit(main())
