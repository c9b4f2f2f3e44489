"""Running: programs, what they run in, what they leave.

Nothing here looks at prose, and nothing prints: `run_programs` tells a `Progress` what goes on.
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from polybook.book import Book
from polybook.errors import EnvironmentFailedError
from polybook.running.kernels import Failure, Job, RunResult
from polybook.running.outputs import OutputStore
from polybook.running.programs import Program
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
    unavailable: dict[str, EnvironmentFailedError] = field(default_factory=dict)
    interrupted: bool = False

    @property
    def ok(self) -> bool:
        """Whether every program that was asked for has fresh outputs now."""
        return not (self.failed or self.unavailable or self.interrupted)


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
    Ctrl-C ends what is running; what had come back by then is saved, and the report says so.
    """
    report = RunReport()
    try:
        futures = {
            scheduler.submit(_job(book, program), program.environment): program
            for program in programs
        }
        for future in concurrent.futures.as_completed(futures):
            program = futures[future]
            try:
                failure = _save(book, program, future.result(), store)
            except EnvironmentFailedError as error:
                report.unavailable[program.environment.title] = error
                continue
            except OSError as error:
                failure = Failure(-1, f"{error.strerror}: {error.filename}")
            if failure:
                report.failed.append((program, failure))
            else:
                report.saved.append(program)
            progress.finished(program, failure)
    except KeyboardInterrupt:
        report.interrupted = True
        scheduler.stop()
    except BaseException:
        scheduler.stop()
        raise
    finally:
        scheduler.close()
    return report


def _save(book: Book, program: Program, result: RunResult, store: OutputStore) -> Failure | None:
    if result.failure is None:
        store.save(program, result.outputs, book.config.reference.code)
    return result.failure


def _job(book: Book, program: Program) -> Job:
    config = book.config
    return Job(
        name=program.name,
        cells=tuple((cell.code, cell.tags) for cell in program.cells),
        root=config.root,
        folder=str(Path(program.page).parent),
        resources=config.build.resources,
        cell_timeout=config.run.cell_timeout,
    )
