"""What a worker of a Dask cluster does with an order to run a program."""

from __future__ import annotations

import contextlib
import pickle
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import distributed
from distributed.core import Status
from distributed.utils import sync

from polybook import __version__
from polybook.errors import ClusterError, EnvironmentFailedError
from polybook.running.environments import (
    Environment,
    EnvironmentSpec,
    find_environment,
    make_environment,
)
from polybook.running.jobs import Failure, Job, RunResult
from polybook.running.kernels import remove_abandoned_scratch, run_job
from polybook.running.machine import Machine, gpus
from polybook.running.parcels import Parcel
from polybook.running.processes import ProcessGroups

#: Where the book's own modules are in a parcel: a folder for each root.
LIBRARY = "{}"

_LOOKS = 0.25  # seconds between two looks at whether a program is still wanted
_MACHINE = threading.Lock()  # two threads would count the same GPUs, each for itself
_RUNS = 2  # what has ended so many workers is not given another one


@dataclass(frozen=True, slots=True)
class Order:
    """A program to run; what it needs of files comes beside it."""

    job: Job
    roots: int
    spec: EnvironmentSpec
    topic: str


class Token:
    """Stands for an environment: Dask runs programs where this is already, if it can.

    For Dask, it is as large as the data that would take as long to bring as the environment takes
    to make.
    """

    def __init__(self, key: str, size: int) -> None:
        self.key = key
        self._size = size

    def __sizeof__(self) -> int:
        return self._size


def killed(workers: Sequence[str]) -> str:
    """Say why a program is not run a third time."""
    return f"The workers that ran it have died or gone away: {', '.join(workers)}."


def held(digest: str, content: bytes) -> Parcel:
    """Hold files in this worker's memory, for itself and for others."""
    return Parcel(digest, content)


def has_environment(spec: bytes) -> bool:
    """Tell whether this machine has an environment."""
    return find_environment(pickle.loads(spec)) is not None


def run_order(
    version: str,
    order: bytes,
    token: Token,
    library: Parcel,
    resources: Parcel,
    *,
    make: Callable[..., Environment] = make_environment,
    run: Callable[..., RunResult] = run_job,
) -> RunResult:
    """Run a program here, in an environment that is made first where it is not there yet.

    Args:
        version: that of the Polybook which ordered it.
        order: the pickled `Order`.
        token: the environment's, which Dask has brought here.
        library: the book's own modules, each below the number of its root.
        resources: what lies in the scratch folder.
        make: makes the environment.
        run: runs the program in it.

    Raises:
        ClusterError: this is another Polybook than the one that ordered.
        EnvironmentFailedError: the environment cannot be made.

    """
    del token  # that it is here is all its use
    worker = distributed.get_worker()
    if version != __version__:
        raise ClusterError(
            f"The worker {worker.address} has Polybook {__version__}; this run needs {version}."
        )
    ordered: Order = pickle.loads(order)
    key = worker.get_current_task()
    groups = ProcessGroups()
    with _stopped_when(lambda: not _wanted(worker, key), groups):
        began = _begin(worker, ordered)
        if len(began) > _RUNS:
            return RunResult(failure=Failure(-1, killed(began[:-1])))
        remove_abandoned_scratch()
        job = _unpacked(ordered, library, resources, Path(worker.local_directory) / "polybook")

        def tell(kind: str, **said: str) -> None:
            worker.log_event(ordered.topic, {"kind": kind, "worker": worker.address, **said})

        spec = ordered.spec
        try:
            environment = make(
                spec, lambda text: tell("environment", key=spec.key, text=text), groups
            )
        except EnvironmentFailedError as error:
            hint = f"{error.hint} This was on the worker {worker.address}.".lstrip()
            raise EnvironmentFailedError(error.message, hint=hint) from None
        with _MACHINE:
            machine = _machine(worker)
        with machine.claimed(job.needs) as own_gpus:
            tell("start", name=job.name)
            return run(job, environment, groups, own_gpus)


def _unpacked(order: Order, library: Parcel, resources: Parcel, folder: Path) -> Job:
    """Return the program with its files in a folder of this machine."""
    modules = library.unpack(folder)
    return replace(
        order.job,
        roots=tuple((modules / LIBRARY.format(at)).resolve() for at in range(order.roots)),
        resources=((resources.unpack(folder), "."),),
    )


def _begin(worker: Any, order: Order) -> list[str]:
    """Note on the scheduler that this worker begins a program; return all that have."""
    keys = [order.topic, order.job.name]
    began = sync(worker.loop, worker.scheduler.get_metadata, keys=keys, default=None) or []
    began = [*began, worker.address]
    sync(worker.loop, worker.scheduler.set_metadata, keys=keys, value=began)
    return list(began)


@cache
def _machine(worker: Any) -> Machine:
    """Return the GPUs of a worker; its memory and its cores are counted by Dask."""
    count = int(worker.state.total_resources.get("GPU", 0))
    installed = gpus()
    plenty = 2**62
    return Machine(plenty, plenty, installed[:count], others=bool(installed[count:]))


def _wanted(worker: Any, key: Any) -> bool:
    """Tell whether a worker is still to run a task: neither cancelled nor on its way out."""
    task = worker.state.tasks.get(key)
    return (
        worker.status in (Status.running, Status.paused, Status.closing_gracefully)
        and task is not None
        and task.state != "cancelled"
    )


@contextlib.contextmanager
def _stopped_when(unwanted: Callable[[], bool], groups: ProcessGroups) -> Iterator[None]:
    """End, within the block, what runs as soon as something holds."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(_LOOKS):
            if unwanted():
                groups.stop()
                return

    watcher = threading.Thread(target=look, name="polybook-watcher", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
