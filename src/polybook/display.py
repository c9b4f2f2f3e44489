"""What the command line shows: a progress bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import itertools
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from polybook.errors import Diagnostic, Location, Severity

if TYPE_CHECKING:
    import rich.progress

    from polybook.epub import EpubReport
    from polybook.html import SiteReport
    from polybook.notebooks import NotebooksReport
    from polybook.pdf import PdfReport
    from polybook.running import RunReport
    from polybook.running.environments import EnvironmentSpec
    from polybook.running.jobs import Failure
    from polybook.running.programs import Program
    from polybook.slides import SlidesReport
    from polybook.translation.status import Row

#: As many programs are named in one line; of more, the number is said.
_NAMED = 8

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


class Display:
    """Writes reports: what was done to standard output, what is wrong to standard error.

    `strict` makes a warning count as an error does.
    """

    def __init__(self) -> None:
        self.strict = False
        self._said: set[tuple[Location, str]] = set()
        self._advised: set[tuple[str, str]] = set()
        self._without: list[str] = []

    def line(self, text: str) -> None:
        """Say one thing."""
        click.echo(text)

    def waiting(self, text: str) -> None:
        """Say what is waited for; it is no part of what was asked for."""
        click.echo(text, err=True)

    def error(self, message: str, hint: str = "") -> None:
        """Say what went wrong and what to do."""
        click.echo(click.style("error: ", fg="red", bold=True) + message, err=True)
        if hint:
            click.echo(f"  {hint}", err=True)

    def diagnostics(self, found: Iterable[Diagnostic]) -> bool:
        """Show findings, each once; return whether none of them makes the build fail.

        What to do about the same finding in many places is said in the first of them.
        """
        clean = True
        for each in found:
            clean &= each.severity is Severity.WARNING and not self.strict
            if (each.location, each.message) in self._said:
                continue
            self._said.add((each.location, each.message))
            place = _short(each.location)
            severity = click.style(f"{each.severity}: ", fg=_COLOURS[each.severity], bold=True)
            click.echo(f"{place}: {severity}{each.message}", err=True)
            if each.hint and (each.message, each.hint) not in self._advised:
                self._advised.add((each.message, each.hint))
                click.echo(f"  {each.hint}", err=True)
        return clean

    @contextlib.contextmanager
    def running(self, total: int) -> Iterator[RunDisplay]:
        """Show how a run goes on, until the block is left."""
        if not sys.stderr.isatty():
            yield RunDisplay(total, None)
            return
        from rich.console import Console  # noqa: PLC0415 (slow to import)
        from rich.progress import (  # noqa: PLC0415
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        with Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
        ) as bar:
            yield RunDisplay(total, bar)

    def run_report(self, report: RunReport, total: int) -> None:
        """Say what came of a run."""
        from polybook.running import refusal  # noqa: PLC0415 (slow to import)

        for program, failure in report.failed:
            self._failure(program, failure)
        for error in report.unavailable.values():
            self.error(error.message, error.hint)
        if report.lost:
            self.error(report.lost.message, report.lost.hint)
        self.diagnostics(map(refusal, report.refused))
        parts = [f"{len(report.saved)} of {_programs(total)} ran"]
        if report.refused:
            parts.append(f"{len(report.refused)} not run")
        if report.failed:
            parts.append(f"{len(report.failed)} failed")
        if report.ended_early:
            parts.append("interrupted; run the same command again to go on")
        self.line("; ".join(parts) + ".")

    def _failure(self, program: Program, failure: Failure) -> None:
        line = program.cells[failure.cell].line if failure.cell >= 0 else 0
        place = _short(Location(program.path, line))
        severity = click.style("error: ", fg="red", bold=True)
        click.echo(f"{place}: {severity}{program.tab}: {failure.message}", err=True)
        if failure.cell >= 0:
            code = program.cells[failure.cell].code.strip().splitlines()
            excerpt = [*code[:8], *(["…"] if len(code) > 8 else [])]
            click.echo("\n".join(f"    {each}" for each in excerpt), err=True)
        if failure.traceback:
            click.echo("  " + "-" * 40, err=True)
            click.echo(
                "\n".join(f"    {each}" for each in failure.traceback.splitlines()), err=True
            )

    def checked(self, found: Sequence[Diagnostic], sound: str) -> bool:
        """Show what a check has found, or what is so where it has found nothing."""
        if not found:
            self.line(sound)
        return self.diagnostics(found)

    @contextlib.contextmanager
    def counting(self, what: str) -> Iterator[Callable[[str], None]]:
        """Give what counts, on a terminal, the things that are done, until the block is left."""
        if not sys.stderr.isatty():
            yield lambda _: None
            return
        done = itertools.count(1)

        def count(_: str) -> None:
            click.echo(f"\r{what}: {next(done)}", nl=False, err=True)

        try:
            yield count
        finally:
            click.echo("\r\x1b[K", nl=False, err=True)

    def library(self, changed: Sequence[Path]) -> None:
        """Say which of the book's own modules were written."""
        names = ", ".join(_short(Location(path)) for path in changed)
        self.line(f"Written: {names}." if changed else "The library is as it should be already.")

    def carried(self, changed: Sequence[Path]) -> None:
        """Say into which files code was carried."""
        names = ", ".join(_short(Location(path)) for path in changed)
        self.line(f"Code carried into {names}." if changed else "The code is the same already.")

    def accepted(self, recorded: Mapping[Path, int]) -> None:
        """Say what was recorded as up to date."""
        for path, count in recorded.items():
            what = f"{count} paragraphs recorded" if count else "nothing new to record"
            self.line(f"{_short(Location(path))}: {what}.")

    def status(self, rows: Sequence[Row]) -> None:
        """Show a table: translated paragraphs, stale ones and findings, by language and page."""
        width = max([len("page"), *(len(row.page) for row in rows)])
        head = ("translated", "stale", "checks")
        self.line(f"{'':4}{'page':{width}}" + "".join(f"{each:>12}" for each in head))
        for row in rows:
            done = "–" if row.current is None else f"{row.current} of {row.paragraphs}"
            cells = ("missing",) if row.missing else (done, row.stale or "–", row.findings or "–")
            text = f"{row.language:4}{row.page:{width}}" + "".join(f"{each:>12}" for each in cells)
            self.line(text if row.done else click.style(text, fg="yellow"))

    def site(self, report: SiteReport, stale: Sequence[Program]) -> None:
        """Say where the site is, what changed, and what it lacks."""
        self._stale(stale)
        place = report.folder / "index.html"
        self._written(report.pages, "page", report.changed, place)

    def notebooks(self, report: NotebooksReport, stale: Sequence[Program]) -> None:
        """Say where the notebooks are, what changed, and what they lack."""
        self._stale(stale)
        self._written(report.notebooks, "notebook", report.changed, report.folder)

    def slides(self, report: SlidesReport, stale: Sequence[Program]) -> None:
        """Say where the slides are, what changed, and what they lack."""
        self._stale(stale)
        self._written(report.decks, "deck", report.changed, report.folder)

    def pdfs(self, report: PdfReport, stale: Sequence[Program]) -> None:
        """Say where the PDFs are, what changed, and what they lack."""
        self._stale(stale)
        self._written(report.pdfs, "PDF", report.changed, report.folder)

    def epubs(self, report: EpubReport, stale: Sequence[Program]) -> None:
        """Say where the EPUBs are, what changed, and what they lack."""
        self._stale(stale)
        self._written(report.epubs, "EPUB", report.changed, report.folder)

    def _stale(self, programs: Sequence[Program]) -> None:
        """Name the programs without fresh outputs, once, however many formats show them."""
        names = sorted({program.name for program in programs})
        if names and names != self._without:
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            self.line(f"Without fresh outputs: {', '.join(names[:_NAMED])}{more}.")
            self._without = names

    def _written(self, count: int, kind: str, changed: Sequence[str], place: Path) -> None:
        what = f"{len(changed)} files changed" if changed else "nothing changed"
        self.line(f"{count} {kind}{'s' * (count != 1)}, {what}: {_short(Location(place))}")


class RunDisplay:
    """Shows one run. Its methods are called from several threads.

    Args:
        total: how many programs will run.
        bar: the bar on a terminal; None for plain lines.

    """

    def __init__(self, total: int, bar: rich.progress.Progress | None) -> None:
        self._bar = bar
        self._lock = threading.Lock()
        self._environments: dict[str, rich.progress.TaskID | None] = {}
        self._running: list[str] = []
        self._task = bar.add_task("running", total=total) if bar else None

    def environment(self, spec: EnvironmentSpec, text: str) -> None:
        """Show a step in the making of an environment."""
        with self._lock:
            known = spec.key in self._environments
            if self._bar:
                if not known:
                    self._environments[spec.key] = self._bar.add_task("", total=None)
                task = self._environments[spec.key]
                if task is not None:
                    said = f"environment for {spec.title}: {text}"
                    self._bar.update(task, description=said[:70])
            elif not known or text == "compiling":
                self._environments[spec.key] = None
                click.echo(f"environment for {spec.title}: {text}", err=True)

    def started(self, name: str) -> None:
        """Show that a program runs."""
        with self._lock:
            self._running.append(name)
            self._show()

    def waiting(self, text: str) -> None:
        """Show what a run waits for."""
        with self._lock:
            if self._bar:
                self._bar.console.print(text, markup=False)
            else:
                click.echo(text, err=True)

    def finished(self, program: Program, failure: Failure | None) -> None:
        """Show that a program has ended."""
        with self._lock, contextlib.suppress(ValueError):
            self._running.remove(program.name)
        with self._lock:
            if self._bar and self._task is not None:
                self._bar.advance(self._task)
                self._show()
            else:
                ended = "failed" if failure else "ran"
                click.echo(f"{ended} {program.name} ({program.language})", err=True)

    def _show(self) -> None:
        if self._bar and self._task is not None:
            names = ", ".join(dict.fromkeys(self._running)) or "running"
            self._bar.update(self._task, description=names[:70])


def _programs(count: int) -> str:
    return f"{count} program{'s' * (count != 1)}"


def _short(location: Location) -> str:
    """Name a place relative to the current folder where that is shorter."""
    path = location.path
    with contextlib.suppress(ValueError):
        path = path.relative_to(Path.cwd())
    return f"{path}:{location.line}" if location.line else str(path)
