"""Running: programs, what they run in, what they leave.

Nothing here looks at prose, and nothing prints: `run_programs` tells a `Progress` what goes on.
"""

from __future__ import annotations

import concurrent.futures
import posixpath
import shutil
import traceback
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from polybook.book import Book
from polybook.errors import (
    ClusterError,
    Diagnostic,
    EnvironmentFailedError,
    Location,
    PolybookError,
    Severity,
)
from polybook.running.jobs import Failure, Job, RunResult
from polybook.running.outputs import OutputStore
from polybook.running.programs import Program

if TYPE_CHECKING:  # it imports Jupyter, which a build that runs nothing does without
    from polybook.running.schedulers import Scheduler


class Progress(Protocol):
    """Is told how a run goes on, from the thread that called `run_programs`."""

    def finished(self, program: Program, failure: Failure | None) -> None:
        """Take note that a program has ended and, if it went well, that its outputs are saved."""


@dataclass
class RunReport:
    """What came of a run."""

    saved: list[Program] = field(default_factory=list)
    failed: list[tuple[Program, Failure]] = field(default_factory=list)
    unavailable: dict[str, EnvironmentFailedError] = field(default_factory=dict)  # by its key
    refused: list[Program] = field(default_factory=list)
    interrupted: bool = False
    lost: PolybookError | None = None  # why a cluster has run no more of them

    @property
    def ended_early(self) -> bool:
        """Whether there are programs that have had no turn."""
        return self.interrupted or self.lost is not None

    @property
    def ok(self) -> bool:
        """Whether every program that was asked for has fresh outputs now."""
        return not (self.failed or self.unavailable or self.refused or self.ended_early)


def refusal(program: Program) -> Diagnostic:
    """Return what there is to say of a program that was refused."""
    return Diagnostic(
        Severity.ERROR,
        Location(program.path, program.cells[0].line),
        f"{program.tab}: The code is not that of the reference language, and is not run.",
        "polybook check shows where they differ; polybook sync carries the reference's code over.",
    )


def distinct(programs: Iterable[Program]) -> list[Program]:
    """Return each program once, however many languages share it; the first one stands for all."""
    first: dict[tuple[str, str], Program] = {}
    for program in programs:
        first.setdefault((program.page, program.key), program)
    return list(first.values())


def run_programs(
    book: Book,
    programs: Sequence[Program],
    store: OutputStore,
    scheduler: Scheduler,
    progress: Progress,
) -> RunReport:
    """Run programs and save the outputs of each as it comes back.

    A program that fails leaves its saved outputs as they were, and the others run all the same.
    Ctrl-C ends what is running, as does a cluster that goes away; what had come back by then is
    saved, and the report says so.

    Raises:
        BookError: the programs are to see a file from outside of the book.

    """
    report = RunReport()
    waiting: dict[Future[RunResult], Program] = {}
    try:
        resources = cache(lambda language: tuple(book.resources(language)))
        for program in programs:
            job = _job(book, program, resources(program.language))
            waiting[scheduler.submit(job, program.environment)] = program
        for future in concurrent.futures.as_completed(tuple(waiting)):
            program = waiting[future]
            failure = _take(book, program, future, store, report)
            del waiting[future]
            if program.environment.key not in report.unavailable:
                progress.finished(program, failure)
    except (KeyboardInterrupt, ClusterError) as end:
        report.interrupted = isinstance(end, KeyboardInterrupt)
        report.lost = end if isinstance(end, ClusterError) else None
        _undisturbed(scheduler.stop)
        for future, program in waiting.items():
            if future.done() and not future.cancelled() and not future.exception():
                _take(book, program, future, store, report)
    except BaseException:
        scheduler.stop()
        raise
    finally:
        _undisturbed(scheduler.close)
    return report


def _undisturbed(step: Callable[[], None]) -> None:
    """Take a step that ends the run; whoever presses Ctrl-C again is waiting for just that."""
    while True:
        try:
            step()
        except KeyboardInterrupt:
            continue
        return


def _take(
    book: Book, program: Program, future: Future[RunResult], store: OutputStore, report: RunReport
) -> Failure | None:
    """Save what a program has put out, or else put its failure into the report."""
    failure: Failure | None
    try:
        result = future.result()
        failure = result.failure
        if failure is None:
            store.save(program, result.outputs, book.config.reference.code)
            report.saved.append(program)
            return None
    except ClusterError:
        raise
    except EnvironmentFailedError as error:
        report.unavailable[program.environment.key] = error
        return None
    except OSError as error:
        failure = Failure(-1, _reason(error))
    except Exception as error:  # no program takes the others with it
        text = "".join(traceback.format_exception(error)).rstrip()
        failure = Failure(-1, f"{type(error).__name__}: {error}", text)
    report.failed.append((program, failure))
    return failure


def _reason(error: OSError) -> str:
    if isinstance(error, shutil.Error):  # one for each file that could not be copied
        _, _, reason = error.args[0][0]
        return str(reason)
    return f"{error.strerror}: {error.filename}" if error.filename else str(error)


def _job(book: Book, program: Program, resources: tuple[tuple[Path, str], ...]) -> Job:
    return Job(
        name=program.name,
        cells=tuple((cell.code, cell.tags) for cell in program.cells),
        roots=tuple(path.resolve() for path in book.config.roots(program.language)),
        folder=posixpath.dirname(program.page),
        resources=resources,
        cell_timeout=book.config.run.cell_timeout,
        needs=program.needs,
        library=tuple(sorted(program.library)),
    )
