"""Work that is done on all cores, in copies of this process: `docs/decisions/0023-copies.md`."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

#: Does work on some items, with so many cores. What it makes of an item it leaves in files.
Work = Callable[[Sequence[_Item], int], None]

_WORTH = 32  # items for each process; with fewer, copies cost more than they bring
_MOST = 4  # processes, each of which needs memory
_MODEST = 10  # how far what is begun aside stands back behind what is being done


def share(work: Work[_Item], items: Sequence[_Item]) -> None:
    """Do work on items, a part of them here and the others in copies of this process.

    A copy knows all that is known here; nothing that it learns comes back. Where few items, a
    single core, the system or another thread forbid copies, all is done here. So is what a copy
    failed to do, and raises here what it raises.
    """
    cores = os.cpu_count() or 1
    processes = min(cores, len(items) // _WORTH, _MOST)
    if processes < 2 or not _can_copy():
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


def aside(work: Callable[[], _Result], items: int) -> Callable[[], _Result]:
    """Begin, in a copy of this process, work on so many items; return what waits for its result.

    The result is sent back, so that it must be one that can be pickled. Where `share` does all
    here, or the copy fails or is late, the work is done when its result is asked for.
    """
    if items < 2 * _WORTH or not _can_copy():
        return work
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    copy = context.Process(target=_send, args=(work, sending, receiving), daemon=True)
    copy.start()
    sending.close()
    begun = time.monotonic()

    def result() -> _Result:
        # It stands back behind all that runs on the machine, which may be much.
        patience = (time.monotonic() - begun) / 2
        try:
            if receiving.poll(patience):
                found: _Result = receiving.recv()
                return found
        except (EOFError, OSError):  # it failed, or was killed while it was sending
            pass
        finally:
            receiving.close()
            copy.kill()
            copy.join()
        return work()

    return result


def _can_copy() -> bool:
    # What other threads do would stop midway in a copy; macOS itself does not stand being copied.
    several = (os.cpu_count() or 1) > 1
    return several and sys.platform == "linux" and threading.active_count() == 1


def _send(work: Callable[[], _Result], sending: Connection, receiving: Connection) -> None:
    receiving.close()  # of the first process alone: where that has gone, sending fails
    os.nice(_MODEST)
    with sending:
        _quietly(lambda *_: sending.send(work()), (), 1)


def _quietly(work: Work[_Item], items: Sequence[_Item], cores: int) -> None:
    try:
        work(items, cores)
    except BaseException:  # the first process does it again, and says what is wrong
        sys.exit(1)
