"""What a Dask cluster costs, and how well it is used: `python -m benchmarks.cluster`.

The first measure runs trivial programs in real kernels through a real scheduler and two workers of
one thread each, and the same programs with nbclient alone in two threads. The second runs programs
that only sleep, on a real scheduler with many workers in this process; time goes faster there.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

import distributed
import nbformat
import psutil
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from benchmarks.simulation import simulate
from polybook.config import read_config
from polybook.running.cluster import ClusterScheduler
from polybook.running.environments import (
    Environment,
    EnvironmentSpec,
    environment_specs,
    make_environment,
)
from polybook.running.jobs import Job
from polybook.running.processes import ProcessGroups

WORKERS = 2


def main() -> None:
    """Measure what is asked for, and print it."""
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    arguments.add_argument("--programs", type=int, default=2000, help="with real kernels; 0: none")
    arguments.add_argument("--simulated", type=int, default=10_000, help="that sleep; 0: none")
    arguments.add_argument("--workers", type=int, default=200, help="of the simulation")
    arguments.add_argument("--speed", type=float, default=8, help="of time in the simulation")
    options = arguments.parse_args()
    if options.programs:
        _measure_overhead(options.programs)
    if options.simulated:
        simulate(options.simulated, options.workers, options.speed)


# ---------------------------------------------------------------- real kernels


def _measure_overhead(count: int) -> None:
    with tempfile.TemporaryDirectory(prefix="pb") as name:
        folder = Path(name)
        (folder / "config.ini").write_text("[build]\ntabs = plain\n")
        spec = environment_specs(read_config(folder), ["plain"])["plain"]
        environment = make_environment(spec, lambda _: None, ProcessGroups())
        alone = _with_nbclient(environment, count)
        with _dask(folder) as (address, scheduler):
            through, memory = _through_dask(address, scheduler, spec, count)
    per_program = [WORKERS * seconds / count for seconds in (alone, through)]
    print(f"{count} programs that print, {WORKERS} at a time; seconds for each, in its thread:")
    print(f"  nbclient alone {per_program[0]:.3f}, polybook on Dask {per_program[1]:.3f},")
    print(f"  more by {1000 * (per_program[1] - per_program[0]):.0f} ms (goal: 50)")
    first, last = memory[len(memory) // 10], memory[-1]
    print(f"  memory of the scheduler: {first:.0f} MiB after a tenth, {last:.0f} MiB at the end")


class _OneKernel(KernelSpecManager):
    def __init__(self, python: Path) -> None:
        super().__init__()
        self._python = str(python)

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        quiet = "--log-level=ERROR"  # else each kernel warns of its ports
        argv = [self._python, "-m", "ipykernel_launcher", quiet, "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name=kernel_name, language="python")


def _with_nbclient(environment: Environment, count: int) -> float:
    def run(number: int) -> None:
        cell = nbformat.v4.new_code_cell(f"print({number})")  # type: ignore[no-untyped-call]
        notebook = nbformat.v4.new_notebook(cells=[cell])  # type: ignore[no-untyped-call]
        manager = AsyncKernelManager(kernel_spec_manager=_OneKernel(environment.python))
        client = NotebookClient(notebook, km=manager, shutdown_kernel="immediate")
        client.owns_km = True  # it ends the kernel then, as it does with one of its own making
        client.execute()

    start = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(run, range(count)))
    return time.perf_counter() - start


def _through_dask(
    address: str, scheduler: psutil.Process, spec: EnvironmentSpec, count: int
) -> tuple[float, list[float]]:
    memory = []
    start = time.perf_counter()
    programs = ClusterScheduler(address, lambda *_: None, lambda _: None)
    futures = [
        programs.submit(Job(f"page-{number} [plain]", ((f"print({number})", ()),), ()), spec)
        for number in range(count)
    ]
    for future in as_completed(futures):
        assert future.result().failure is None, future.result().failure
        memory.append(scheduler.memory_info().rss / 1024**2)
    seconds = time.perf_counter() - start
    programs.close()
    return seconds, memory


@contextmanager
def _dask(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """Start a scheduler and workers; give the scheduler's address and process."""
    dask = str(Path(sys.executable).with_name("dask"))
    log = folder / "log"
    started = []
    try:
        with log.open("wb") as output:

            def start(*arguments: str) -> subprocess.Popen[bytes]:
                command = [dask, *arguments, "--no-dashboard", "--host", "127.0.0.1"]
                started.append(subprocess.Popen(command, stdout=output, stderr=output))
                return started[-1]

            scheduler = start("scheduler", "--port", "0")
            while not (found := re.search(r"Scheduler at:\s*(tcp://\S+)", log.read_text())):
                time.sleep(0.1)
            for number in range(WORKERS):
                local = str(folder / f"local-{number}")
                start(
                    "worker", found[1], "--no-nanny", "--nthreads", "1", "--local-directory", local
                )
            with distributed.Client(found[1]) as client:
                client.wait_for_workers(WORKERS)
            yield found[1], psutil.Process(scheduler.pid)
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
