"""What comes of a run, however its programs come back: `run_programs` under other schedulers."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest

from polybook.book import Book, read_book
from polybook.config import read_config
from polybook.errors import EnvironmentFailedError
from polybook.running import distinct, run_programs
from polybook.running.environments import EnvironmentSpec
from polybook.running.jobs import Failure, Job, RunResult
from polybook.running.outputs import OutputStore
from polybook.running.programs import Program, Programmer
from tests.conftest import MakeBook

PAGE = "```{.python .input}\nprint(1)\n```\n"
CONFIG = "[build]\ntabs = plain\nnotebooks = *.md\n"

Outcome = RunResult | Exception

GOOD = RunResult(outputs=(({"output_type": "stream", "name": "stdout", "text": "1\n"},),))


class Remote:
    """A scheduler as one of another machine might be: its programs have long come back."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.jobs: list[Job] = []
        self.calls: list[str] = []
        self._outcomes = list(outcomes)

    def submit(self, job: Job, spec: EnvironmentSpec) -> Future[RunResult]:  # noqa: ARG002
        self.jobs.append(job)
        future: Future[RunResult] = Future()
        match self._outcomes.pop(0):
            case RunResult() as result:
                future.set_result(result)
            case error:
                future.set_exception(error)
        return future

    def stop(self) -> None:
        self.calls.append("stop")

    def close(self) -> None:
        self.calls.append("close")


class Told:
    """Notes what it is told, and does what a test wants then."""

    def __init__(self, then: Callable[[], None] = lambda: None) -> None:
        self.ended: dict[str, Failure | None] = {}
        self._then = then

    def finished(self, program: Program, failure: Failure | None) -> None:
        self.ended[program.page] = failure
        self._then()


@pytest.fixture
def book(make_book: MakeBook) -> Book:
    names = ("a", "b", "c")
    root = make_book({"config.ini": CONFIG, **{f"{name}.md": PAGE for name in names}})
    return read_book(read_config(root))


def programs(book: Book) -> list[Program]:
    programmer = Programmer(book)
    return distinct(
        program
        for page in book.pages.values()
        for program in programmer.programs(page, "en").values()
    )


def saved(book: Book) -> list[str]:
    return sorted(path.parent.name for path in book.root.glob("outputs/*/plain.ipynb"))


def test_same_program_on_several_pages_is_run_for_each(book: Book) -> None:
    remote = Remote(GOOD, GOOD, GOOD)
    report = run_programs(book, programs(book), OutputStore(book.root), remote, Told())
    assert report.ok
    assert [job.name for job in remote.jobs] == ["a [plain]", "b [plain]", "c [plain]"]
    assert saved(book) == ["a", "b", "c"]
    assert remote.calls == ["close"]


def test_program_that_does_not_come_back_fails_alone(book: Book) -> None:
    told = Told()
    remote = Remote(RuntimeError("lost its machine"), GOOD, GOOD)
    report = run_programs(book, programs(book), OutputStore(book.root), remote, told)
    assert not report.ok
    ((program, failure),) = report.failed
    assert (program.page, failure.cell) == ("a", -1)
    assert failure.message == "RuntimeError: lost its machine"
    assert saved(book) == ["b", "c"]
    assert told.ended == {"a": failure, "b": None, "c": None}
    assert remote.calls == ["close"]


def test_environment_that_cannot_be_made_is_told_once_for_all_its_programs(book: Book) -> None:
    told = Told()
    remote = Remote(*(EnvironmentFailedError(f"no such Python ({place})") for place in "abc"))
    report = run_programs(book, programs(book), OutputStore(book.root), remote, told)
    assert not report.ok
    assert len(report.unavailable) == 1
    assert (report.failed, report.saved, told.ended) == ([], [], {})
    assert saved(book) == []


def test_error_of_the_system_is_told_in_its_words(book: Book, tmp_path: Path) -> None:
    missing = FileNotFoundError(2, "No such file or directory", str(tmp_path / "data"))
    remote = Remote(missing, OSError("bare"), GOOD)
    report = run_programs(book, programs(book), OutputStore(book.root), remote, Told())
    messages = {program.page: failure.message for program, failure in report.failed}
    assert messages == {"a": f"No such file or directory: {tmp_path / 'data'}", "b": "bare"}


def test_interrupted_run_saves_all_that_has_come_back(book: Book) -> None:
    interrupts = iter([KeyboardInterrupt])

    def interrupt() -> None:
        for error in interrupts:
            raise error

    failing = RunResult(failure=Failure(0, "ValueError"))
    remote = Remote(GOOD, failing, GOOD)
    report = run_programs(
        book, programs(book), OutputStore(book.root), remote, Told(then=interrupt)
    )
    assert report.interrupted
    assert not report.ok
    assert saved(book) == ["a", "c"]
    assert [program.page for program, _ in report.failed] == ["b"]
    assert len(report.saved) == 2
    assert remote.calls == ["stop", "close"]


def test_run_whose_progress_cannot_be_shown_is_stopped(book: Book) -> None:
    def fail() -> None:
        raise BrokenPipeError

    remote = Remote(GOOD, GOOD, GOOD)
    with pytest.raises(BrokenPipeError):
        run_programs(book, programs(book), OutputStore(book.root), remote, Told(then=fail))
    assert remote.calls == ["stop", "close"]
