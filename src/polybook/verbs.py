"""What `polybook build` can be asked for: a table from each verb to the function that does it.

Nothing heavy is imported here: the command line's help is made from these tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from polybook.errors import nearest

if TYPE_CHECKING:
    from polybook.build import Build
    from polybook.display import Display


#: Does what a verb asks for.
Do = Callable[["Build", "Display"], bool]


class Kind(Enum):
    """What goes before a verb is done: for all but checks, the findings of all pages are shown."""

    FORMAT = auto()  #: It shows what programs put out: what is stale is run. `all` makes it.
    SOURCE = auto()  #: It needs the pages alone, and writes beside them: only when it is named.
    CHECK = auto()  #: It shows nothing but what it looks for.


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing to build or to check; `do` shows what came of it and returns whether all is well.

    `do` is called once the book is read and its lock is held; `in_all` is called instead of it for
    the verb `all`, where that is another thing.
    """

    help: str
    do: Do
    kind: Kind = Kind.FORMAT
    in_all: Do | None = None


def _html(work: Build, display: Display) -> bool:
    site, found = work.html()
    clean = display.diagnostics(found)
    display.site(site, work.stale(work.programs()))
    return clean


def _lib(work: Build, display: Display) -> bool:
    display.library(work.library())
    return True


def _outputcheck(work: Build, display: Display) -> bool:
    return display.checked(list(work.check_outputs()), "There are no outputs in the pages.")


def _tabcheck(work: Build, display: Display) -> bool:
    return display.checked(list(work.check_tabs()), "All tabs are the book's.")


def _linkcheck(work: Build, display: Display) -> bool:
    with display.counting("Addresses asked for") as count:
        report = work.check_links(count)
    display.line(f"{report.working} of {report.asked} addresses of the web work.")
    return display.checked(report.diagnostics, "All links lead somewhere.")


def _notebooks(work: Build, display: Display) -> bool:
    report, found = work.notebooks()
    clean = display.diagnostics(found)
    display.notebooks(report, work.stale(work.programs()))
    return clean


def _pdf(work: Build, display: Display) -> bool:
    report, found = work.pdf()
    clean = display.diagnostics(found)
    display.pdfs(report, work.stale(work.programs()))
    return clean


def _epub(work: Build, display: Display) -> bool:
    report, found = work.epub()
    clean = display.diagnostics(found)
    display.epubs(report, work.stale(work.programs()))
    return clean


def _slides(work: Build, display: Display, *, asked: bool = True) -> bool:
    report, found = work.slides()
    if not report.decks:
        if asked:
            display.line("No page has slide marks: there is nothing to build.")
        return True
    clean = display.diagnostics(found)
    display.slides(report, work.stale(work.programs()))
    return clean


def _hosted(host: str, work: Build, display: Display, *, asked: bool = True) -> bool:
    report, found = work.hosted(host)
    if not report.notebooks:
        if asked:
            display.line(f"[{host}] github_repo names no repository: there is nothing to build.")
        return True
    clean = display.diagnostics(found)
    display.notebooks(report, work.stale(work.programs()))
    return clean


#: Every verb, in the order in which `all` makes the formats.
VERBS: Mapping[str, Verb] = MappingProxyType(
    {
        "html": Verb("the web site, in <output_dir>/html", _html),
        "pdf": Verb("a PDF for each language and framework, in <output_dir>/pdf", _pdf),
        "epub": Verb("an EPUB for each language and framework, in <output_dir>/epub", _epub),
        "notebooks": Verb(
            "notebooks with and without outputs, and archives of them, in <output_dir>/notebooks",
            _notebooks,
        ),
        "slides": Verb(
            "slides of what the pages' marks choose, for Jupyter and the browser, in"
            " <output_dir>/slides",
            _slides,
            in_all=partial(_slides, asked=False),
        ),
        "colab": Verb(
            "notebooks for Google Colab, in <output_dir>/colab, by the settings of [colab]",
            partial(_hosted, "colab"),
            in_all=partial(_hosted, "colab", asked=False),
        ),
        "sagemaker": Verb(
            "notebooks for Amazon SageMaker, in <output_dir>/sagemaker, by those of [sagemaker]",
            partial(_hosted, "sagemaker"),
            in_all=partial(_hosted, "sagemaker", asked=False),
        ),
        "lib": Verb(
            "the modules of [library-TAB], from the cells marked #@save", _lib, Kind.SOURCE
        ),
        "outputcheck": Verb("outputs that were left in pages", _outputcheck, Kind.CHECK),
        "tabcheck": Verb("tabs that pages name and [build] tabs does not", _tabcheck, Kind.CHECK),
        "linkcheck": Verb(
            "links that lead nowhere, in the book or in the web", _linkcheck, Kind.CHECK
        ),
    }
)

#: d2lbook's names for verbs that there are.
ALIASES: Mapping[str, str] = MappingProxyType(
    {"eval": "notebooks", "ipynb": "notebooks", "pkg": "notebooks"}
)

#: The verb that stands for every format.
ALL = "all"

#: d2lbook's verbs of `build` that there are not, and what to do instead.
NO_VERBS: Mapping[str, str] = MappingProxyType(
    {
        "rst": "There is no reStructuredText on the way to a site: `polybook build html`.",
        "merge": "A site always has all frameworks together: `polybook build html`.",
    }
)

#: d2lbook's commands that there are not, and what to do instead.
NO_COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "activate": "Nothing needs to be activated: `--tab NAME` builds or runs one framework.",
        "deploy": "Copy <output_dir>/html to any web server, with the tools of your host.",
        "slides": "`polybook build slides` makes those of all pages.",
        "translate": "Pages are written by people: put each language's files beside the others.",
    }
)


def named_verbs(names: Iterable[str]) -> dict[str, Verb]:
    """Return the verbs that are named, each once, in their order; `all` is every format.

    The site comes last: it carries what there is of the other formats.

    Raises:
        ValueError: there is no such verb; with what to do instead.

    """
    found: dict[str, Verb] = {}
    for given in names:
        name = ALIASES.get(given, given)
        if name == ALL:
            for each, verb in VERBS.items():
                if verb.kind is Kind.FORMAT:
                    found[each] = replace(verb, do=verb.in_all or verb.do)
        elif name in VERBS:
            found[name] = VERBS[name]
        else:
            instead = NO_VERBS.get(name) or nearest(name, [*VERBS, *ALIASES, ALL])
            raise ValueError(f"There is no verb “{name}”. {instead}".strip())
    if "html" in found:
        found["html"] = found.pop("html")
    return found
