"""What an author's changes set off: a build at once, and a run of what they have made stale."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from polybook.build import Build
from polybook.config import Config, read_config
from polybook.errors import Diagnostic, Location, PolybookError, Severity
from polybook.running import RunReport, refusal
from polybook.serving import Rebuilt, watch

if TYPE_CHECKING:
    from polybook.display import Display
    from polybook.running.programs import Program
    from polybook.running.schedulers import Scheduler

#: Runs programs, and tells which scheduler does it as soon as there is one.
Run = Callable[[Build, Sequence["Program"], Callable[["Scheduler"], None]], RunReport]


class Author:
    """Builds a book again and again, and runs what is stale beside it.

    A program that has failed is not run again before it has changed.

    Args:
        config: the book's configuration, which is read anew for each build.
        languages: codes of languages; all if empty.
        tabs: names of tabs; all if empty.
        run: runs programs in a thread of their own; None to run nothing.
        lock: holds the book's lock.
        display: shows what is found.

    """

    def __init__(
        self,
        config: Config,
        languages: Sequence[str],
        tabs: Sequence[str],
        run: Run | None,
        lock: Callable[[], AbstractContextManager[object]],
        display: Display,
    ) -> None:
        self._config = config
        self._languages = languages
        self._tabs = tabs
        self._run = run
        self._lock = lock
        self._display = display
        self._running: threading.Thread | None = None
        self._scheduler: Scheduler | None = None
        self._tried: dict[str, Diagnostic | None] = {}
        self._ended: Callable[[], object] = lambda: None
        self._closed = False

    async def changes(self) -> AsyncIterator[object]:
        """Yield whenever a file of the book has changed, or a run has ended."""
        news = asyncio.Event()
        loop = asyncio.get_running_loop()
        self._ended = lambda: loop.call_soon_threadsafe(news.set)

        async def follow() -> None:
            config = self._config
            made = [path.resolve() for path in (config.output, config.site, *config.made_alone)]
            async for _ in watch(self._config.folders, made):
                news.set()

        following = asyncio.create_task(follow())
        try:
            while True:
                await news.wait()
                news.clear()
                yield None
        finally:
            following.cancel()

    def rebuild(self) -> Rebuilt:
        """Build the site from what is there, then begin to run what has no fresh outputs."""
        running = self._running is not None and self._running.is_alive()
        # A run of our own saves outputs, each of them at once, while the site is built from them.
        with nullcontext() if running else self._lock():
            try:
                work = Build(read_config(self._config.path), self._languages, self._tabs)
                found = [*work.diagnostics()]
                site, more = work.html()
                stale = work.stale(work.programs())
            except (PolybookError, OSError) as error:
                finding = _finding(error)
                self._display.diagnostics([finding])
                return Rebuilt((), [finding])
        found = list(dict.fromkeys([*found, *more]))
        self._display.diagnostics(found)
        self._display.site(site, stale)
        new = [each for each in stale if each.key not in self._tried and work.lets_run(each)]
        if new and self._run and work.config.build.eval_notebook and not running:
            self._running = threading.Thread(target=self._run_programs, args=(work, new))
            self._running.start()
        failures = filter(None, (self._tried.get(program.key) for program in stale))
        return Rebuilt(site.changed, [*failures, *found])

    def _run_programs(self, work: Build, programs: Sequence[Program]) -> None:
        assert self._run
        self._tried |= dict.fromkeys(program.key for program in programs)
        try:
            with self._lock():
                report = self._run(work, programs, self._started)
        except PolybookError as lost:
            report = RunReport(lost=lost)
        if report.lost:
            self._tried |= dict.fromkeys((each.key for each in programs), _finding(report.lost))
        for program, failure in report.failed:
            line = program.cells[failure.cell].line if failure.cell >= 0 else 0
            place = Location(program.path, line)
            message = f"{program.tab}: {failure.message}"
            self._tried[program.key] = Diagnostic(Severity.ERROR, place, message, failure.traceback)
        self._tried |= {program.key: refusal(program) for program in report.refused}
        for program in programs:
            if error := report.unavailable.get(program.environment.key):
                self._tried[program.key] = _finding(error)
        self._ended()

    def _started(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        if self._closed:
            scheduler.stop()

    def close(self) -> None:
        """End what is running; what has been saved stays."""
        self._closed = True
        self._ended = lambda: None
        if self._scheduler:
            self._scheduler.stop()
        if self._running:
            self._running.join()


def _finding(error: PolybookError | OSError) -> Diagnostic:
    if isinstance(error, PolybookError):
        location = error.location or Location(Path())
        return Diagnostic(Severity.ERROR, location, error.message, error.hint)
    return Diagnostic(Severity.ERROR, Location(Path(error.filename or ".")), str(error.strerror))
