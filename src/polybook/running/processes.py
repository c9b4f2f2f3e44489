"""The processes that a run has started, so that none of them outlives it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

_LONGEST_SOCKET = 100  # bytes; the path of a Unix socket may have 104 or 108, by system

#: An environment variable that a kernel and all that it starts have in common.
MARK = "POLYBOOK_RUN"


class ProcessGroups:
    """Kernels and pips at work. Safe to use from several threads."""

    def __init__(self) -> None:
        self.stopped = False
        self._groups: set[int] = set()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def watched(self, group: int) -> Iterator[None]:
        """End a group when the block is left, however it is left, or when all are stopped."""
        with self._lock:
            self._groups.add(group)
            if self.stopped:
                _end(group)
        try:
            yield
        finally:
            _end(group)
            with self._lock:
                self._groups.discard(group)

    def stop(self) -> None:
        """End every group now, and each further one as soon as it is watched."""
        with self._lock:
            self.stopped = True
            for group in self._groups:
                _end(group)


def _end(group: int) -> None:
    if group and hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


def transport(connection: Path) -> str:
    """Choose sockets beside a kernel's connection file, given without suffix, where they can be.

    No ports can collide then, and nobody else can connect.
    """
    longest = len(os.fsencode(f"{connection}-ipc-5"))
    return "tcp" if os.name == "nt" or longest > _LONGEST_SOCKET else "ipc"


def guarded(python: str, module: str, *arguments: str) -> list[str]:
    """Return the command that runs a module so that it ends when this process does."""
    return [python, str(Path(__file__).with_name("boot.py")), module, *arguments]


def guard_environ() -> dict[str, str]:
    """Return the environment variables that a guarded command needs."""
    return {"POLYBOOK_PARENT": str(os.getpid())}


def end_marked(mark: str) -> None:
    """End whatever carries a mark: what a kernel started in a process group of its own."""
    for _ in range(100):  # what is ended may have started another one just before
        found = [process for process in psutil.process_iter() if _mark(process) == mark]
        if not found:
            return
        for process in found:
            with contextlib.suppress(psutil.Error):
                process.kill()
        time.sleep(0.01)


def _mark(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None
