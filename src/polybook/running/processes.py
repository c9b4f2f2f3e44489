"""The process groups that a run has started, so that none of them outlives it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator


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
