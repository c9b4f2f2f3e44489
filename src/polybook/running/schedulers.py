"""Where programs run: a scheduler takes jobs and gives futures, and knows nothing of books."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

import psutil

from polybook.running.environments import Environment, EnvironmentSpec, make_environment
from polybook.running.jobs import Job, RunResult
from polybook.running.kernels import remove_abandoned_scratch, run_job
from polybook.running.machine import Machine, cores, gpus
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
        jobs: how many run at a time, of those that ask for one core; 0 for one per core.
        memory: how many bytes they may claim together; 0 for nine tenths of what is free.
        on_environment: told of environments that are being made.
        on_start: told when a program starts.

    """

    def __init__(
        self, jobs: int, memory: int, on_environment: EnvironmentReport, on_start: StartReport
    ) -> None:
        self._groups = ProcessGroups()
        self._programs = ThreadPoolExecutor(jobs or cores(), "program")
        self._makers = ThreadPoolExecutor(_MAKERS, "environment")
        self._environments: dict[str, Future[Environment]] = {}
        self._results: list[Future[RunResult]] = []
        memory = memory or psutil.virtual_memory().available * 9 // 10
        self._machine = Machine(memory, jobs or cores(), gpus())
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
        with self._machine.claimed(job.needs) as own_gpus:
            self._on_start(job.name)
            return run_job(job, environment, self._groups, own_gpus)

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
