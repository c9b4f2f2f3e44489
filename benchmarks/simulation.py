"""Programs that only sleep, on a real Dask scheduler with many workers in this process."""

from __future__ import annotations

import random
import statistics
import threading
import time
from concurrent.futures import as_completed
from functools import partial
from pathlib import Path
from typing import Any

import dask
import distributed

from polybook.running.cluster import ClusterScheduler
from polybook.running.environments import Environment, EnvironmentSpec
from polybook.running.jobs import Job, RunResult
from polybook.running.worker import run_order

MEDIAN = 60.0  # seconds that a program takes; log-normal, its logarithm's deviation is 1

# A worker samples its threads a hundred times a second, looks at its loop fifty times and at the
# interpreter's lock a thousand. Each has a machine for that; two hundred in one process do not.
_UNWATCHED = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.system-monitor.gil.enabled": False,
}

_spans: list[tuple[float, float]] = []
_lock = threading.Lock()


def _sleep(job: Job, *_: Any) -> RunResult:
    began = time.perf_counter()
    time.sleep(float(job.cells[0][0]))
    with _lock:
        _spans.append((began, time.perf_counter()))
    return RunResult(outputs=((),))


def _no_environment(spec: EnvironmentSpec, *_: Any) -> Environment:
    return Environment(spec, Path())


def simulate(count: int, workers: int, speed: float) -> None:
    """Run programs on workers, in a time that goes `speed` times as fast, and print their use."""
    random.seed(0)
    lengths = [MEDIAN * random.lognormvariate(0, 1) / speed for _ in range(count)]
    specs = [EnvironmentSpec(tab, tab, (tab,)) for tab in ("one", "two", "three", "four")]
    options: dict[str, Any] = {
        "threads_per_worker": 1,
        "processes": False,
        "dashboard_address": None,
    }
    options["memory_limit"] = None  # each would take the memory of all for its own
    with (
        dask.config.set(_UNWATCHED),
        distributed.LocalCluster(n_workers=workers, **options) as cluster,
    ):
        work = partial(run_order, make=_no_environment, run=_sleep)
        start = time.perf_counter()
        programs = ClusterScheduler(
            cluster.scheduler_address, lambda *_: None, lambda _: None, work=work
        )
        futures = [
            programs.submit(
                Job(f"page-{number // 4} [{number % 4}]", ((str(length), ()),), ()),
                specs[number % 4],
            )
            for number, length in enumerate(lengths)
        ]
        submitted = time.perf_counter() - start
        for future in as_completed(futures):
            future.result()
        seconds = time.perf_counter() - start
        programs.close()
    tail = max(began for began, _ in _spans)
    busy = sum(min(ended, tail) - began for began, ended in _spans)
    used = busy / workers / (tail - start)
    least = sum(lengths) / workers
    print(f"{count} programs of {MEDIAN:.0f} s (median {statistics.median(lengths) * speed:.0f},")
    print(f"longest {max(lengths) * speed / 60:.0f} min) on {workers} workers, {speed:g} times as")
    print(f"fast: {seconds * speed / 60:.0f} min; without any loss {least * speed / 60:.0f} min")
    print(f"  submitted in {submitted:.1f} s; the tail begins after {tail - start:.0f} s of")
    print(f"  {seconds:.0f} s; until then the workers are used to {100 * used:.1f} % (goal: 95)")
