"""One build of a book, from its configuration to its site: what the command line drives.

Nothing here prints. Each step returns what there is to report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from polybook.book import Book, Page, read_book
from polybook.checks.image_words import image_word_findings
from polybook.checks.outputs import left_outputs
from polybook.config import Config
from polybook.document import Documents, Fresh
from polybook.document.image_words import in_words
from polybook.epub import EpubReport, build_epubs
from polybook.errors import Diagnostic, Location, Severity
from polybook.files import write_atomically
from polybook.html import SiteReport, build_site
from polybook.library import write_library
from polybook.notebooks import NotebooksReport, build_hosted, build_notebooks
from polybook.pdf import PdfReport, build_pdfs
from polybook.running import Progress, RunReport, distinct, run_programs
from polybook.running.environments import find_environment
from polybook.running.outputs import OutputStore
from polybook.running.programs import Program, Programmer
from polybook.slides import SlidesReport, build_slides

if TYPE_CHECKING:
    from polybook.checks.links import LinkReport
    from polybook.running.schedulers import Scheduler
    from polybook.translation.context import Context
    from polybook.translation.findings import Finding
    from polybook.translation.status import Row


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

    def book_diagnostics(self) -> Iterator[Diagnostic]:
        """Yield what is wrong with the configuration and the files of the book."""
        yield from self.config.diagnostics
        yield from self.book.diagnostics
        yield from self.book.missing()

    def diagnostics(self) -> Iterator[Diagnostic]:
        """Yield the same, and what is wrong with the texts of the pages that are asked for."""
        yield from self.book_diagnostics()
        for page, language in self._own_files():
            yield from self.book.diagnose(page, language)
        self.book.forget_others()

    # ------------------------------------------------------------ running

    @cached_property
    def _programs(self) -> dict[tuple[str, str], dict[str, Program]]:
        """All programs of the book, by page and language, then by tab."""
        programmer = Programmer(self.book)
        pages = [
            (page, language.code)
            for page in self.book.pages.values()
            for language in self.config.languages
            if page.name in self.book.pages_in(language.code)
        ]
        programmer.read_ahead(pages)
        programs = {
            (page.name, language): programmer.programs(page, language) for page, language in pages
        }
        programmer.forget_others()
        return programs

    def programs(self, pages: Sequence[str] = ()) -> list[Program]:
        """Return the programs that are asked for, each once, those that can start at once first."""
        wanted = distinct(
            program
            for (page, language), programs in self._programs.items()
            for tab, program in programs.items()
            if language in self.languages and tab in self.tabs and (not pages or page in pages)
        )
        specs = {program.environment.key: program.environment for program in wanted}
        missing = {key for key, spec in specs.items() if find_environment(spec) is None}
        return sorted(wanted, key=lambda program: program.environment.key in missing)

    def settle_outputs(self) -> None:
        """Name the saved outputs after the programs of the book, and remove all others."""
        everything = [each for programs in self._programs.values() for each in programs.values()]
        self.store.settle(distinct(everything), self.config.reference.code)
        self.store.prune(everything, self.book.pages)

    def stale(self, programs: Sequence[Program]) -> list[Program]:
        """Return those of some programs that have no fresh saved outputs."""
        return [program for program in programs if self.store.find(program) is None]

    def lets_run(self, program: Program) -> bool:
        """Tell whether the book of a program's language lets a build run its programs."""
        return self.config.localised(program.language).build.eval_notebook

    def run(
        self, programs: Sequence[Program], scheduler: Scheduler, progress: Progress
    ) -> RunReport:
        """Run programs, then remove saved outputs of programs that the book no longer has.

        With `[run] only_reference_code`, those that only a translation has are not run.
        """
        reviewed = [each for program in programs for each in self._reviewed(program)]
        report = run_programs(self.book, distinct(reviewed), self.store, scheduler, progress)
        report.refused += [program for program in programs if not [*self._reviewed(program)]]
        if not report.ended_early:
            self.settle_outputs()
        return report

    def _reviewed(self, program: Program) -> Iterator[Program]:
        """Yield what is run for a program: itself, the reference's that is the same, or nothing.

        A language with a folder of its own has files of its own beside its code; so what is run
        there is the reference's program, whose outputs count for both.
        """
        if not self.config.run.only_reference_code:
            yield program
            return
        from polybook.translation.same_code import same_program  # noqa: PLC0415

        code = self.config.reference.code
        reference = self._programs.get((program.page, code), {}).get(program.tab)
        if reference is None or reference.language != code:
            return
        if reference.key == program.key:
            yield reference
        elif self.config.home(program.language) is None and same_program(reference, program):
            yield program

    def fresh(self, page: str, language: str) -> Fresh:
        """Return the programs of a page in a language, each with what it has left, by tab.

        What images say is in the page's own words.
        """
        words = {key: text for key, (text, _) in self._image_words(page, language).items()}
        return {
            tab: (program, saved and in_words(saved, words))
            for tab, program in self._programs[page, language].items()
            for saved in [self.store.find(program)]
        }

    def _image_words(self, page: str, language: str) -> dict[str, tuple[str, int]]:
        path, _ = self.book.source(self.book.pages_in(language)[page], language)
        return self.book.text(path).image_words

    # ------------------------------------------------------------ checks

    def _own_files(self) -> Iterator[tuple[Page, str]]:
        """Yield each page and language that is asked for and has a file of its own."""
        for page in self.book.pages.values():
            for language in self.languages:
                if language in page.sources:
                    yield page, language

    def check_outputs(self) -> Iterator[Diagnostic]:
        """Yield, as errors, the outputs that stand in pages."""
        for page, language in self._own_files():
            path = page.sources[language]
            for line in left_outputs(self.book.text(path).text):
                message, hint = (
                    "There are outputs in the page.",
                    "Remove them: outputs/ keeps them.",
                )
                yield Diagnostic(Severity.ERROR, Location(path, line), message, hint)

    def check_tabs(self) -> Iterator[Diagnostic]:
        """Yield, as errors, the tabs that pages name and `[build] tabs` does not."""
        for page, language in self._own_files():
            yield from self.book.unknown_tabs(page, language)

    def check_links(self, progress: Callable[[str], None]) -> LinkReport:
        """Check all links; `progress` is called with each address of the web that was asked for."""
        from polybook.checks.links import check_links  # noqa: PLC0415 (slow to import)

        return check_links(self.book, self.documents, list(self._own_files()), progress)

    @cached_property
    def translations(self) -> Context:
        """What the rules of `polybook check` look at, and `sync` and `status` as well."""
        from polybook.translation.context import Context  # noqa: PLC0415 (few commands need it)

        return Context(
            self.book,
            self.languages,
            lambda page, language: self._programs[page, language],
            lambda: self.documents,
        )

    def check(self, rules: Sequence[str] = ()) -> list[Finding]:
        """Return what `polybook check` finds, by all rules if none is named."""
        from polybook.translation.check import check  # noqa: PLC0415 (slow to import)

        return check(self.translations, rules)

    def carry_code(self, pages: Sequence[str], *, comments: bool) -> list[Path]:
        """Write the reference's code into its translations; return the files that changed."""
        from polybook.translation.sync import with_code_of  # noqa: PLC0415 (few commands need it)

        return [
            each.path
            for each in self.translations.translations(pages)
            if write_atomically(
                each.path,
                with_code_of(
                    self.book.text(each.reference_path),
                    self.book.text(each.path),
                    comments=comments,
                ).encode(),
            )
        ]

    def accept(self, pages: Sequence[str]) -> dict[Path, int]:
        """Record that translations are up to date.

        Returns:
            The lock file of each language, and how many paragraphs were not recorded before.

        """
        from polybook.translation.lock import accept  # noqa: PLC0415 (few commands need it)

        return accept(self.book, self.translations.translations(pages))

    def status(self) -> list[Row]:
        """Return how each page stands in each language that is asked for."""
        from polybook.translation.status import status  # noqa: PLC0415 (few commands need it)

        return status(self.translations, self.check())

    # ------------------------------------------------------------ formats

    def library(self) -> list[Path]:
        """Write the book's own modules, and return the files whose content changed.

        They lie in the source tree: this is the one thing that writes there.
        """
        return write_library(self.book)

    @cached_property
    def documents(self) -> Documents:
        """The book's documents, parsed: of all languages, since each names the others' titles."""
        documents = Documents(self.book, self.config.output / ".cache")
        documents.parse([language.code for language in self.config.languages])
        documents.begin_citations(self.languages)
        return documents

    @cached_property
    def _fresh(self) -> dict[tuple[str, str], Fresh]:
        """What the programs of the pages that are asked for have left, by page and language."""
        return {
            (page, language): self.fresh(page, language)
            for language in self.languages
            for page in self.book.pages_in(language)
        }

    def _image_word_findings(self, page: Page, language: str) -> Iterator[Diagnostic]:
        words = self._image_words(page.name, language)
        programs = self._programs[page.name, language].values() if words else ()
        saved = [found for program in programs if (found := self.store.find(program))]
        if len(saved) == len(programs):
            yield from image_word_findings(page.sources[language], words, saved)

    @cached_property
    def _findings(self) -> list[Diagnostic]:
        """What is wrong with the pages that are asked for, and with the works that they cite."""
        works = map(self.documents.diagnose_bibliography, self.languages)
        return [
            *dict.fromkeys(diagnostic for found in works for diagnostic in found),
            *(
                diagnostic
                for page, language in self._own_files()
                for diagnostic in (
                    *self.documents.diagnose(page, language),
                    *self.documents.diagnose_html(page, language),
                    *self._image_word_findings(page, language),
                )
            ),
        ]

    def html(self) -> tuple[SiteReport, list[Diagnostic]]:
        """Build the site; return what came of it and what is wrong with the pages' marks."""
        report = build_site(self.book, self.documents, self._fresh, self.languages, self.tabs)
        return report, [*self._findings, *report.diagnostics]

    def notebooks(self) -> tuple[NotebooksReport, list[Diagnostic]]:
        """Build the notebooks; return what came of it and what is wrong with the pages' marks."""
        report = build_notebooks(self.book, self.documents, self._fresh, self.languages, self.tabs)
        return report, self._findings

    def pdf(self) -> tuple[PdfReport, list[Diagnostic]]:
        """Build the PDFs; return what came of it and what is wrong with the pages' marks."""
        report = build_pdfs(self.book, self.documents, self._fresh, self.languages, self.tabs)
        return report, [*self._findings, *report.diagnostics]

    def epub(self) -> tuple[EpubReport, list[Diagnostic]]:
        """Build the EPUBs; return what came of it and what is wrong with the pages' marks."""
        report = build_epubs(self.book, self.documents, self._fresh, self.languages, self.tabs)
        return report, [*self._findings, *report.diagnostics]

    def slides(self) -> tuple[SlidesReport, list[Diagnostic]]:
        """Build the slides; return what came of it and what is wrong with the pages' marks."""
        report = build_slides(self.book, self._fresh, self.languages, self.tabs)
        return report, self._findings

    def hosted(self, host: str) -> tuple[NotebooksReport, list[Diagnostic]]:
        """Build the notebooks for a host, one of `notebooks.hosts.HOSTS`; return the same."""
        report = build_hosted(
            host, self.book, self.documents, self._fresh, self.languages, self.tabs
        )
        return report, self._findings
