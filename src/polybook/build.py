"""One build of a book, from its configuration to its site: what the command line drives.

Nothing here prints. Each step returns what there is to report.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from polybook.book import Book, read_book
from polybook.config import Config
from polybook.document import Documents, Fresh
from polybook.errors import Diagnostic
from polybook.html import SiteReport, build_site
from polybook.library import write_library
from polybook.running import Progress, RunReport, distinct, run_programs
from polybook.running.environments import EnvironmentSpec, environment_specs, find_environment
from polybook.running.outputs import OutputStore
from polybook.running.programs import Program, Programmer

if TYPE_CHECKING:
    from polybook.running.schedulers import Scheduler


class Build:
    """A book, with the languages and tabs that are asked for.

    Args:
        config: the book's configuration.
        languages: codes of languages; all if empty.
        tabs: names of tabs; all if empty.

    """

    def __init__(self, config: Config, languages: Sequence[str], tabs: Sequence[str]) -> None:
        self.config = config
        self.languages = languages or [language.code for language in config.languages]
        self.tabs = tabs or config.tabs
        self.book: Book = read_book(config)
        self.store = OutputStore(config.root)

    def diagnostics(self) -> Iterator[Diagnostic]:
        """Yield what is wrong with the configuration and the pages that are asked for."""
        yield from self.config.diagnostics
        yield from self.book.diagnostics
        for page in self.book.pages.values():
            for language in self.languages:
                if language in page.sources:
                    yield from self.book.diagnose(page, language)

    # ------------------------------------------------------------ running

    @cached_property
    def environments(self) -> dict[str, EnvironmentSpec]:
        """What defines the environment of each tab of the book."""
        return environment_specs(self.config, self.config.tabs)

    @cached_property
    def _programs(self) -> dict[tuple[str, str], dict[str, Program]]:
        """All programs of the book, by page and language, then by tab."""
        programmer = Programmer(self.book, self.environments)
        return {
            (page.name, language.code): programmer.programs(page, language.code)
            for page in self.book.pages.values()
            for language in self.config.languages
        }

    def programs(self, pages: Sequence[str] = ()) -> list[Program]:
        """Return the programs that are asked for, each once, those that can start at once first."""
        wanted = distinct(
            program
            for (page, language), programs in self._programs.items()
            for tab, program in programs.items()
            if language in self.languages and tab in self.tabs and (not pages or page in pages)
        )
        return sorted(wanted, key=lambda program: find_environment(program.environment) is None)

    def settle_outputs(self) -> None:
        """Name the saved outputs after the programs of the book, and remove all others."""
        everything = [each for programs in self._programs.values() for each in programs.values()]
        self.store.settle(distinct(everything), self.config.reference.code)
        self.store.prune(everything, self.book.pages)

    def stale(self, programs: Sequence[Program]) -> list[Program]:
        """Return those of some programs that have no fresh saved outputs."""
        return [program for program in programs if self.store.find(program) is None]

    def run(
        self, programs: Sequence[Program], scheduler: Scheduler, progress: Progress
    ) -> RunReport:
        """Run programs, then remove saved outputs of programs that the book no longer has."""
        report = run_programs(self.book, programs, self.store, scheduler, progress)
        if not report.interrupted:
            self.settle_outputs()
        return report

    def fresh(self, page: str, language: str) -> Fresh:
        """Return the programs of a page in a language, each with what it has left, by tab."""
        return {
            tab: (program, self.store.find(program))
            for tab, program in self._programs[page, language].items()
        }

    # ------------------------------------------------------------ formats

    def library(self) -> list[Path]:
        """Write the book's own modules, and return the files whose content changed.

        They lie in the source tree: this is the one thing that writes there.
        """
        return write_library(self.book, self.config.libraries)

    @cached_property
    def documents(self) -> Documents:
        """The book's documents, parsed: of all languages, since each names the others' titles."""
        documents = Documents(self.book, self.config.output / ".cache")
        documents.parse([language.code for language in self.config.languages])
        return documents

    def html(self) -> tuple[SiteReport, list[Diagnostic]]:
        """Build the site; return what came of it and what is wrong with the pages' marks."""
        fresh = {
            (page, language): self.fresh(page, language)
            for page in self.book.pages
            for language in self.languages
        }
        report = build_site(self.book, self.documents, fresh, self.languages, self.tabs)
        found = [
            diagnostic
            for page in self.book.pages.values()
            for language in self.languages
            if language in page.sources
            for diagnostic in self.documents.diagnose(page, language)
        ]
        return report, [*found, *report.diagnostics]
