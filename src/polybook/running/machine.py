"""What this machine has for programs, and which of them have it now."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from polybook.running.needs import Needs


class Machine:
    """Memory, cores and GPUs that programs claim while they run.

    A program that needs more than there is gets what there is, and runs alone.

    Args:
        memory: bytes.
        cores: how many there are.
        gpus: the names that `CUDA_VISIBLE_DEVICES` has for them.
        others: whether there are more GPUs, which no program is to see.

    """

    def __init__(
        self, memory: int, cores: int, gpus: Sequence[str], *, others: bool = False
    ) -> None:
        self._memory = memory
        self._cores = cores
        self._gpus = list(gpus)
        self._count = len(gpus)
        self._hides = others or bool(gpus)
        self._claims: list[Needs] = []
        self._changed = threading.Condition()

    @contextmanager
    def claimed(self, needs: Needs) -> Iterator[tuple[str, ...] | None]:
        """Hold what a program needs within the block, waiting first until it is free.

        Gives the GPUs that are the program's own; None on a machine without any.
        """
        count = min(needs.gpus, self._count)
        with self._changed:
            self._changed.wait_for(lambda: not self._claims or self._has(needs, count))
            self._claims.append(needs)
            gpus = tuple(self._gpus[:count])
            del self._gpus[:count]
        try:
            yield gpus if self._hides else None
        finally:
            with self._changed:
                self._claims.remove(needs)
                self._gpus = sorted([*self._gpus, *gpus])
                self._changed.notify_all()

    def _has(self, needs: Needs, gpus: int) -> bool:
        together = [*self._claims, needs]
        return (
            sum(each.memory for each in together) <= self._memory
            and sum(each.cores or 1 for each in together) <= self._cores
            and gpus <= len(self._gpus)
        )


def cores() -> int:
    """Return how many cores this process may use, which a container or a batch system limits."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def gpus() -> tuple[str, ...]:
    """Return the GPUs that this process may use: `CUDA_VISIBLE_DEVICES`, else what the driver has.

    As CUDA does, the list ends before the first one that is no device, such as -1.
    """
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is None:
        return _installed_gpus()
    names = [name.strip() for name in given.split(",")]
    wrong = next((at for at, name in enumerate(names) if not name or name[0] == "-"), len(names))
    return tuple(names[:wrong])


def _installed_gpus() -> tuple[str, ...]:
    if not (command := shutil.which("nvidia-smi")):
        return ()
    asked = [command, "--query-gpu=index", "--format=csv,noheader"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(said.stdout.split()) if said.returncode == 0 else ()
