"""Starts a kernel that cannot outlive the build that started it.

Run by a path in an environment's own Python, in which Polybook is not installed.
"""

import os
import runpy
import sys

del sys.path[0]  # this file's folder
if sys.platform == "linux":
    import ctypes
    import signal

    # ipykernel watches its parent too, but not before it is up and not while C code holds the GIL.
    _PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if str(os.getppid()) != os.environ.get("JPY_PARENT_PID"):
        sys.exit(1)

runpy.run_module("ipykernel_launcher", run_name="__main__", alter_sys=True)
