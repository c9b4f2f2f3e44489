"""Where programs run: a scheduler takes jobs and gives futures, and knows nothing of books."""

from __future__ import annotations

import concurrent.futures
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Protocol

import psutil

from polybook.running.environments import Environment, EnvironmentSpec, make_environment
from polybook.running.jobs import Job, RunResult
from polybook.running.kernels import remove_abandoned_scratch, run_job
from polybook.running.processes import ProcessGroups

#: Told of an environment that is being made, in one line each.
EnvironmentReport = Callable[[EnvironmentSpec, str], None]

#: Told when a program's kernel starts.
StartReport = Callable[[str], None]

_MAKERS = 2  # pip waits for the network about as long as it computes


class Scheduler(Protocol):
    """What `polybook run` needs of whatever runs its programs."""

    def submit(self, job: Job, spec: EnvironmentSpec) -> Future[RunResult]:
        """Queue a program; its future raises `EnvironmentFailedError` where it cannot run."""

    def stop(self) -> None:
        """Drop what is queued and end what is running, at once."""

    def close(self) -> None:
        """Wait for what is running, and let go of everything held."""


class LocalScheduler:
    """Runs programs on this machine, one kernel process each.

    Args:
        jobs: how many run at a time; 0 for one per core.
        memory: how many bytes they may claim together; 0 for nine tenths of what is free.
        on_environment: told of environments that are being made.
        on_start: told when a program starts.

    """

    def __init__(
        self, jobs: int, memory: int, on_environment: EnvironmentReport, on_start: StartReport
    ) -> None:
        self._groups = ProcessGroups()
        self._programs = ThreadPoolExecutor(jobs or _cores(), "program")
        self._makers = ThreadPoolExecutor(_MAKERS, "environment")
        self._environments: dict[str, Future[Environment]] = {}
        self._results: list[Future[RunResult]] = []
        self._memory = MemoryBudget(memory or psutil.virtual_memory().available * 9 // 10)
        self._on_environment = on_environment
        self._on_start = on_start
        remove_abandoned_scratch()

    def submit(self, job: Job, spec: EnvironmentSpec) -> Future[RunResult]:
        """Queue a program, and the making of its environment before it."""
        if spec.key not in self._environments:
            self._environments[spec.key] = self._makers.submit(
                make_environment,
                spec,
                lambda text: self._on_environment(spec, text),
                self._groups,
            )
        self._results.append(self._programs.submit(self._run, job, spec))
        return self._results[-1]

    def _run(self, job: Job, spec: EnvironmentSpec) -> RunResult:
        environment = self._environments[spec.key].result()
        with self._memory.claimed(spec.memory):
            self._on_start(job.name)
            return run_job(job, environment, self._groups)

    def stop(self) -> None:
        """End kernels and pips with all that they started; what is queued never starts."""
        self._makers.shutdown(wait=False, cancel_futures=True)
        self._programs.shutdown(wait=False, cancel_futures=True)
        self._groups.stop()

    def close(self) -> None:
        """Wait for what is running.

        For the futures first: Python takes a thread for ended whose `join` Ctrl-C has cut short.
        """
        futures: list[Future[Any]] = [*self._environments.values(), *self._results]
        concurrent.futures.wait(future for future in futures if not future.cancelled())
        self._makers.shutdown()
        self._programs.shutdown()


def _cores() -> int:
    """Return how many cores this process may use, which a container or a batch system limits."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class MemoryBudget:
    """Bytes that programs claim while they run; a claim above the whole budget runs alone."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._claims: list[int] = []
        self._changed = threading.Condition()

    @contextmanager
    def claimed(self, amount: int) -> Iterator[None]:
        """Hold `amount` bytes within the block, waiting first until they are free."""
        with self._changed:
            self._changed.wait_for(
                lambda: not self._claims or sum(self._claims) + amount <= self._total
            )
            self._claims.append(amount)
        try:
            yield
        finally:
            with self._changed:
                self._claims.remove(amount)
                self._changed.notify_all()
