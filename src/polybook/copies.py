"""Work that is done on all cores, in copies of this process: `docs/decisions/0023-copies.md`."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

_Item = TypeVar("_Item")

#: Does work on some items, with so many cores. What it makes of an item it leaves in files.
Work = Callable[[Sequence[_Item], int], None]

_WORTH = 32  # items for each process; with fewer, copies cost more than they bring
_MOST = 4  # processes, each of which needs memory


def share(work: Work[_Item], items: Sequence[_Item]) -> None:
    """Do work on items, a part of them here and the others in copies of this process.

    A copy knows all that is known here; nothing that it learns comes back. Where few items, a
    single core, the system or another thread forbid copies, all is done here. So is what a copy
    failed to do, and raises here what it raises.
    """
    cores = os.cpu_count() or 1
    processes = min(cores, len(items) // _WORTH, _MOST)
    # What other threads do would stop midway in a copy; macOS itself does not stand being copied.
    if processes < 2 or sys.platform != "linux" or threading.active_count() > 1:
        work(items, cores)
        return
    own, *others = [items[each::processes] for each in range(processes)]
    each = cores // processes
    context = multiprocessing.get_context("fork")
    copies = [
        context.Process(target=_quietly, args=(work, part, each), daemon=True) for part in others
    ]
    for copy in copies:
        copy.start()
    try:
        work(own, each)
    except BaseException:
        for copy in copies:
            copy.terminate()
        raise
    finally:
        for copy in copies:
            copy.join()
    for copy, part in zip(copies, others, strict=True):
        if copy.exitcode:
            work(part, cores)


def _quietly(work: Work[_Item], items: Sequence[_Item], cores: int) -> None:
    try:
        work(items, cores)
    except BaseException:  # the first process does it again, and says what is wrong
        sys.exit(1)
