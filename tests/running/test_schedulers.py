"""The local scheduler: how many programs run at a time, in how much memory, and how it ends."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import psutil

from polybook.errors import EnvironmentFailedError
from polybook.running.environments import Environment, EnvironmentSpec
from polybook.running.jobs import Job, RunResult
from polybook.running.needs import NOTHING, Needs
from polybook.running.schedulers import LocalScheduler
from tests.running.conftest import texts, wait_until

GB = 1024**3

#: Tells where it is and waits until it may go on.
MEET = """
import pathlib, time
here = pathlib.Path({folder!r})
(here / 'started-{number}').touch()
while not (here / 'go').exists(): time.sleep(0.01)
print({number})
"""


def scheduler_of(
    jobs: int = 2, memory: int = 100 * GB, said: list[str] | None = None
) -> LocalScheduler:
    starts = said if said is not None else []
    return LocalScheduler(jobs, memory, lambda _, text: starts.append(text), starts.append)


def job(root: Path, code: str, name: str = "page", needs: Needs = NOTHING) -> Job:
    return Job(name, ((code, ()),), (root,), needs=needs)


def meeting(root: Path, number: int, needs: Needs = NOTHING) -> Job:
    return job(root, MEET.format(folder=str(root), number=number), str(number), needs)


def started(root: Path) -> int:
    return len(list(root.glob("started-*")))


def test_programs_run_at_the_same_time_as_many_as_allowed(
    plain: Environment, tmp_path: Path
) -> None:
    said: list[str] = []
    scheduler = scheduler_of(jobs=2, said=said)
    futures = [scheduler.submit(meeting(tmp_path, number), plain.spec) for number in range(3)]
    wait_until(lambda: started(tmp_path) == 2)
    assert sorted(said) == ["0", "1"]  # the third has not even been announced
    (tmp_path / "go").touch()
    assert [texts(future.result())[0] for future in futures] == ["0\n", "1\n", "2\n"]
    assert said[2] == "2"
    scheduler.close()


def test_programs_wait_for_memory(plain: Environment, tmp_path: Path) -> None:
    said: list[str] = []
    scheduler = scheduler_of(jobs=2, memory=3 * GB, said=said)
    greedy = Needs(memory=2 * GB)
    futures = [
        scheduler.submit(meeting(tmp_path, number, greedy), plain.spec) for number in range(2)
    ]
    wait_until(lambda: started(tmp_path) == 1)
    assert len(said) == 1
    (tmp_path / "go").touch()
    assert [texts(future.result())[0] for future in futures] == ["0\n", "1\n"]
    scheduler.close()


def test_program_that_wants_more_than_there_is_runs_all_the_same(
    plain: Environment, tmp_path: Path
) -> None:
    scheduler = scheduler_of(memory=GB)
    greedy = Needs(gpus=9, cores=9, memory=9 * GB)
    future = scheduler.submit(job(tmp_path, "print(1)", needs=greedy), plain.spec)
    assert texts(future.result()) == ["1\n"]
    scheduler.close()


def test_environment_that_cannot_be_made_fails_its_programs_alone(
    plain: Environment, tmp_path: Path
) -> None:
    scheduler = scheduler_of()
    broken = EnvironmentSpec("broken", "Broken", (), python="python-from-nowhere")
    failing = [scheduler.submit(job(tmp_path, "1"), broken) for _ in range(2)]
    future = scheduler.submit(job(tmp_path, "print(1)"), plain.spec)
    assert texts(future.result()) == ["1\n"]
    errors = [each.exception() for each in failing]
    assert all(isinstance(error, EnvironmentFailedError) for error in errors)
    assert "python-from-nowhere" in str(errors[0])
    scheduler.close()


def test_stopping_ends_what_runs_and_what_waits(plain: Environment, tmp_path: Path) -> None:
    scheduler = scheduler_of(jobs=2, memory=3 * GB)
    greedy = Needs(memory=2 * GB)
    futures: list[Future[RunResult]] = [
        scheduler.submit(meeting(tmp_path, number, greedy), plain.spec) for number in range(6)
    ]
    wait_until(lambda: started(tmp_path) == 1)
    scheduler.stop()
    scheduler.close()
    assert psutil.Process().children(recursive=True) == []
    assert started(tmp_path) == 1
    for future in futures:
        assert future.cancelled() or future.result().failure is not None
