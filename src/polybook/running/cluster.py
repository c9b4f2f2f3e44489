"""Runs programs on a Dask cluster that is there already.

Queueing, transport, placing and running again are Dask's. What is here says what a program is to
Dask: a task that depends on the files it needs, and on a token for its environment.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import logging
import pickle
import threading
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import Future, InvalidStateError, wait
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import dask
import distributed
from distributed.scheduler import KilledWorker

from polybook import __version__
from polybook.errors import ClusterError
from polybook.running.environments import EnvironmentSpec
from polybook.running.jobs import Failure, Job, RunResult
from polybook.running.kernels import copy_resources
from polybook.running.needs import Needs
from polybook.running.parcels import Parcel, copy, pack
from polybook.running.schedulers import EnvironmentReport, StartReport
from polybook.running.worker import (
    LIBRARY,
    Order,
    Token,
    has_environment,
    held,
    killed,
    run_order,
)

#: The names that Dask's workers give to what they have: `dask worker --resources "GPU=2"`.
GPU, CORES, MEMORY = "GPU", "CPU", "MEMORY"

# What Dask is told about the size of an environment's token: with the 100 MB/s that it reckons
# with, making one costs twenty seconds. It sends nothing to a worker that has less memory.
_ENVIRONMENT = 2 * 1000**3

_PATIENCE = 20  # seconds in which a scheduler must answer
_LOOKS = 4  # seconds between two looks at whether there are workers for what is left
_LAST_WORDS = 5  # seconds for telling it that this is the end


class ClusterScheduler:
    """Runs programs on the workers of a Dask cluster.

    Args:
        address: the scheduler's; where Dask's own settings name it if empty.
        on_environment: told of environments that workers make.
        on_start: told when a program starts.
        work: what a worker does with an order.
        on_wait: told what is waited for, where no worker can run what is left.

    Raises:
        ClusterError: there is no such scheduler, or a worker cannot run programs of this Polybook.

    """

    def __init__(
        self,
        address: str,
        on_environment: EnvironmentReport,
        on_start: StartReport,
        work: Callable[..., RunResult] = run_order,
        on_wait: Callable[[str], None] = lambda _: None,
    ) -> None:
        for logger in ("distributed", "distributed.client"):  # what matters is said here
            logging.getLogger(logger).setLevel(logging.CRITICAL)
        self._run = uuid.uuid4().hex
        self._work = work
        self._on_environment = on_environment
        self._on_start = on_start
        self._on_wait = on_wait
        self._specs: dict[str, EnvironmentSpec] = {}
        self._tasks: dict[Future[RunResult], distributed.Future[Any]] = {}
        self._needs: dict[Future[RunResult], Needs] = {}
        self._stopped = False
        self._over = threading.Event()
        # Resources are part of what is sent, once, however large they are.
        dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TiB"})
        try:
            self._client = distributed.Client(address or None, timeout=_PATIENCE)
        except Exception as error:  # each kind of address has its own, TypeError among them
            secure = "DASK_DISTRIBUTED__COMM__TLS__CA_FILE, …__CLIENT__CERT and …__CLIENT__KEY"
            raise ClusterError(
                f"No Dask scheduler answers at {address or 'the address in Dask’s settings'}:"
                f" {str(error) or type(error).__name__}.",
                hint=f"Name the certificates in Dask’s settings: {secure}."
                if address.startswith("tls:")
                else "Start one with `dask scheduler`, and workers with `dask worker ADDRESS`.",
            ) from None
        try:
            self._require_same_version()
        except BaseException:
            self._client.close(timeout=_LAST_WORDS)
            raise
        self._client.subscribe_topic(self._topic, self._heard)
        self._sent = cache(self._send)
        self._token = cache(self._place_token)
        self._resources = cache(_packed_resources)
        self._library = cache(_packed_library)
        threading.Thread(target=self._watch, name="polybook-watcher", daemon=True).start()

    @property
    def _topic(self) -> str:
        return f"polybook-{self._run}"

    def _require_same_version(self) -> None:
        """Ask every worker which Polybook it has; those that join later say it by themselves.

        So do those that have not answered because they hang, where they come back.
        """
        versions = self._client.run(importlib.metadata.version, "polybook", on_error="return")
        own = importlib.metadata.version("polybook")
        wrong = {
            worker: "none" if isinstance(version, BaseException) else version
            for worker, version in sorted(versions.items())
            if version != own and not isinstance(version, OSError)
        }
        if wrong:
            said = ", ".join(f"{worker} has {version}" for worker, version in wrong.items())
            raise ClusterError(
                f"The workers need Polybook {own}, as it is here: {said}.",
                hint=f"Install it where they run: pip install 'polybook[cluster]=={own}'",
            )

    # ------------------------------------------------------------ going

    def submit(self, job: Job, spec: EnvironmentSpec) -> Future[RunResult]:
        """Queue a program; its future raises `ClusterError` where the scheduler has gone away."""
        outcome: Future[RunResult] = Future()
        outcome.set_running_or_notify_cancel()
        try:
            wanted = self._wanted(job.needs)
        except _UnsatisfiableError as error:
            outcome.set_result(RunResult(failure=Failure(-1, str(error))))
            return outcome
        self._specs.setdefault(spec.key, spec)
        order = Order(
            job=replace(job, roots=(), resources=(), library=()),
            roots=len(job.roots),
            spec=spec,
            topic=self._topic,
        )
        files = [self._library(job.roots, job.library), self._resources(job.resources)]
        arguments = (
            __version__,
            pickle.dumps(order),
            self._token(spec),
            *(self._sent(parcel) for parcel in files),
        )
        self._needs[outcome] = job.needs
        self._ask(outcome, job, wanted, arguments)
        return outcome

    def _ask(
        self,
        outcome: Future[RunResult],
        job: Job,
        wanted: Mapping[str, float],
        arguments: tuple[Any, ...],
    ) -> None:
        """Have a program run, and its outcome known; again where it has never begun.

        Dask counts a worker's death against every task that was waiting there.
        """
        page = hashlib.sha256(job.name.encode()).hexdigest()[:8]
        task = self._client.submit(
            self._work,
            *arguments,
            # One group of tasks for each page, which Dask then puts where their environments are;
            # one prefix for all, by which it knows how long they take.
            key=(f"polybook-program-{page}", self._run, job.name),
            resources=wanted or None,
            pure=False,
        )
        self._tasks[outcome] = task

        def ended(task: distributed.Future[Any]) -> None:
            try:
                self._settle(outcome, task, job)
            except _NeverBegunError:
                task.release()
                self._ask(outcome, job, wanted, arguments)
            except InvalidStateError:  # the run has been stopped meanwhile
                return
            except BaseException as error:
                with contextlib.suppress(InvalidStateError):
                    outcome.set_exception(error)

        task.add_done_callback(ended)

    def _settle(self, outcome: Future[RunResult], task: distributed.Future[Any], job: Job) -> None:
        if task.status == "finished":
            try:
                outcome.set_result(task.result(timeout=None))
            finally:
                task.release()
        elif task.status == "error":
            error = task.exception()
            if not isinstance(error, KilledWorker):
                raise _refused(error)
            began = self._client.get_metadata([self._topic, job.name], default=None) or []
            if len(began) < 2:
                raise _NeverBegunError
            outcome.set_result(RunResult(failure=Failure(-1, killed(began))))
        elif self._stopped:
            raise ClusterError("The run was interrupted.")
        else:
            raise ClusterError(
                "The Dask scheduler has gone away.",
                hint="What had come back is saved. Run the same command again to go on.",
            )

    # ------------------------------------------------------------ what a program needs

    def _wanted(self, needs: Needs) -> dict[str, float]:
        """Return what a program asks of a worker, in Dask's words.

        Memory and cores are counted by Dask where workers declare what they have of them.

        Raises:
            _UnsatisfiableError: no worker has as much.

        """
        if not _wanted(needs):
            return {}  # asking a large cluster for its workers takes a while
        workers = self._workers()
        if workers and not _satisfied(needs, workers):
            offers = "; ".join(f"{at}: {_offer(each)}" for at, each in sorted(workers.items()))
            raise _UnsatisfiableError(f"It needs {needs}. No worker has that. {offers}.")
        return _asked(needs, workers)

    def _watch(self) -> None:
        """Say it where what is left waits for workers that are not there, once each time."""
        said = ""
        while not self._over.wait(_LOOKS):
            with contextlib.suppress(Exception):  # the scheduler's end is noticed elsewhere
                workers = self._workers()
                left = {needs for outcome, needs in [*self._needs.items()] if not outcome.done()}
                lacking = sorted({str(each) for each in left if not _satisfied(each, workers)})
                text = f"Waiting for a worker: none has {' or '.join(lacking)}." if lacking else ""
                if left and not workers:
                    text = "Waiting for a worker: none is there."
                if text and text != said:
                    self._on_wait(text)
                said = text

    def _workers(self) -> dict[str, Any]:
        # Without the number, some versions of Dask tell of five.
        workers: dict[str, Any] = self._client.scheduler_info(n_workers=-1)["workers"]
        return workers

    def _send(self, parcel: Parcel) -> distributed.Future[Any]:
        """Return files as something that programs depend on: Dask brings it to a worker once."""
        return self._client.submit(
            held, parcel.digest, parcel.content, key=f"polybook-files-{parcel.digest}"
        )

    def _place_token(self, spec: EnvironmentSpec) -> distributed.Future[Any]:
        """Return what stands for an environment, and is where the environment is."""
        there = self._client.run(has_environment, pickle.dumps(spec), on_error="return")
        workers = [worker for worker, found in there.items() if found is True]
        token = self._client.submit(
            Token,
            spec.key,
            self._token_size(),
            key=f"polybook-environment-{spec.key}",
            workers=workers or None,
            allow_other_workers=bool(workers),
        )
        if workers:
            with contextlib.suppress(Exception):  # for a worker that has died just now
                self._client.replicate(token, workers=workers)
            # Where these workers are lost, and at that moment no other is there, Dask would never
            # give the token to one that joins.
            scheduler: Any = self._client.scheduler
            self._client.sync(scheduler.set_restrictions, worker={token.key: None})
        return token

    def _token_size(self) -> int:
        workers = self._workers().values()
        limits: list[int] = [each["memory_limit"] for each in workers if each["memory_limit"]]
        return min([_ENVIRONMENT, *(limit // 4 for limit in limits)])

    def _heard(self, event: tuple[float, Any]) -> None:
        said = event[1]
        if said["kind"] == "start":
            self._on_start(said["name"])
        else:
            self._on_environment(self._specs[said["key"]], f"{said['text']} ({said['worker']})")

    # ------------------------------------------------------------ the end

    def stop(self) -> None:
        """Drop what is queued; workers end the kernels of what is running."""
        self._stopped = True
        self._over.set()
        if tasks := [task for task in self._tasks.values() if not task.done()]:
            _try(lambda: self._client.cancel(tasks, force=True))
        for outcome in self._tasks:  # a scheduler that hangs says no more of them
            with contextlib.suppress(InvalidStateError):
                outcome.set_exception(ClusterError("The run was interrupted."))

    def close(self) -> None:
        """Wait for what is running, and let go of everything held."""
        wait(self._tasks)
        self._over.set()
        if self._client.status == "running":
            _try(lambda: self._client.set_metadata(self._topic, None))
        _try(lambda: self._client.close(timeout=_LAST_WORDS))


def _try(step: Callable[[], object]) -> None:
    """Take a step, but wait no longer than `_LAST_WORDS` for a scheduler that may hang."""

    def take() -> None:
        with contextlib.suppress(Exception):
            step()

    thread = threading.Thread(target=take, daemon=True)
    thread.start()
    thread.join(_LAST_WORDS)


class _UnsatisfiableError(Exception):
    """No worker has what a program needs."""


class _NeverBegunError(Exception):
    """A program was lost with workers that had not yet begun it."""


def _refused(error: BaseException) -> BaseException:
    """Say what a worker without this Polybook means, which cannot say it itself."""
    if isinstance(error, ModuleNotFoundError) and (error.name or "").startswith("polybook"):
        return ClusterError(
            f"A worker that has joined lacks Polybook {__version__}.",
            hint=f"Install it where they run: pip install 'polybook[cluster]=={__version__}'",
        )
    return error


def _asked(needs: Needs, workers: Mapping[str, Any]) -> dict[str, float]:
    """Return what Dask is to count."""
    return {
        name: amount
        for name, amount in _wanted(needs).items()
        if name == GPU or any(name in each["resources"] for each in workers.values())
    }


def _wanted(needs: Needs) -> dict[str, float]:
    wanted = {GPU: needs.gpus, CORES: needs.cores, MEMORY: needs.memory}
    return {name: amount for name, amount in wanted.items() if amount}


def _satisfied(needs: Needs, workers: Mapping[str, Any]) -> bool:
    """Tell whether one of the workers has what a program needs."""
    asked = _asked(needs, workers)

    def satisfies(worker: Mapping[str, Any]) -> bool:
        has = {CORES: worker["nthreads"], MEMORY: worker["memory_limit"] or float("inf")}
        return all(
            (worker["resources"] if name in asked else has).get(name, 0) >= amount
            for name, amount in _wanted(needs).items()
        )

    return any(map(satisfies, workers.values()))


def _offer(worker: Mapping[str, Any]) -> str:
    declared = worker["resources"]
    memory = declared.get(MEMORY, worker["memory_limit"] or 0)
    return str(
        Needs(int(declared.get(GPU, 0)), int(declared.get(CORES, worker["nthreads"])), int(memory))
    )


def _packed_library(roots: tuple[Path, ...], names: tuple[str, ...]) -> Parcel:
    """Pack the book's own modules, each below the number of its root."""

    def fill(folder: Path) -> None:
        for name in names:
            found = ((at, root / name) for at, root in enumerate(roots) if (root / name).is_file())
            for at, path in found:
                copy(path, folder / LIBRARY.format(at) / name)

    return pack(fill)


def _packed_resources(resources: tuple[tuple[Path, str], ...]) -> Parcel:
    return pack(lambda folder: copy_resources(resources, folder))
