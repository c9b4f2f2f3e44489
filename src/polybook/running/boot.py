"""Starts a kernel, or runs a module, in a process that cannot outlive the build that started it.

Run by its path in another Python, in which Polybook is not installed: `boot.py MODULE ARGUMENT…`.
Unlike `python -m`, it lets nothing in the current folder be imported in a module's place.
"""

import codecs
import ctypes
import importlib
import json
import os
import runpy
import select
import signal
import sys
import threading
from collections import defaultdict
from typing import Any


def stay_with_the_build() -> None:
    """Have the system end this process when its parent ends.

    ipykernel watches its parent too, but not before it is up and not while C code holds the GIL.
    """
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
        if str(os.getppid()) != os.environ.get("POLYBOOK_PARENT"):
            sys.exit(1)


def read_pipes_in_time() -> None:
    """Have a kernel's streams, when they are flushed, read what processes have written until then.

    ipykernel reads it in a thread, which may have its turn after the cell has ended, and takes
    pieces of a thousand bytes for text, so that letters are torn.
    """
    streams = importlib.import_module("ipykernel.iostream").OutStream
    decoders: dict[int, Any] = defaultdict(lambda: codecs.getincrementaldecoder("utf-8")("replace"))
    lock = threading.RLock()

    def read(stream: Any) -> bool:
        """Read what there is; tell whether there may be more later."""
        with lock:
            while select.select([stream._fid], [], [], 0)[0]:
                content = os.read(stream._fid, 1 << 16)
                if not content or not stream._should_watch:
                    return False
                stream.write(decoders[stream._fid].decode(content))
                os.write(stream._original_stdstream_copy, content)
        return True

    def watch(stream: Any) -> None:
        while read(stream):
            select.select([stream._fid], [], [])

    def flush(stream: Any) -> None:
        if stream._fid is not None and stream._is_master_process():
            read(stream)
        send(stream)

    send, streams.flush, streams._watch_pipe_fd = streams.flush, flush, watch


def run_kernel() -> None:
    """Run a kernel that can import what lies in the book's roots, and whose output is all sent."""
    kernel = importlib.import_module("ipykernel.kernelapp").IPKernelApp.instance()
    init_iopub = kernel.init_iopub

    def init_unlimited(context: Any) -> None:
        # ZeroMQ would drop what a cell puts out faster than it is read.
        context.setsockopt(importlib.import_module("zmq").SNDHWM, 0)
        init_iopub(context)

    kernel.init_iopub = init_unlimited
    read_pipes_in_time()
    kernel.initialize()
    # Not before the kernel has found its own modules: a book may well have a `random.py`.
    roots = json.loads(os.environ.pop("POLYBOOK_ROOTS"))
    sys.path[:0] = roots
    os.environ["PYTHONPATH"] = os.pathsep.join(roots)  # for the processes that a program starts
    kernel.start()


if __name__ == "__main__":
    del sys.path[0], sys.argv[0]  # this file's folder, and this file
    stay_with_the_build()
    if sys.argv[0] == "ipykernel":
        run_kernel()
    else:
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
