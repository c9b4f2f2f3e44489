"""What becomes of a run whose network is cut: `python -m benchmarks.cut_off`, as root on Linux.

A Dask worker lives in a network namespace of its own, behind a cable of two virtual ends. While it
runs a program, the cable is pulled; another worker is there. Then the same with the scheduler and
its worker in the namespace: what is cut off is the command.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAMESPACE, CABLE, OTHER_END = "polybook-cut", "pb-cut", "pb-cut-far"
HERE, THERE = "10.213.77.1", "10.213.77.2"
SILENCE = "5s"  # after which the scheduler takes a worker for dead

_PAGE = """\
# Page

```{{.python .input}}
import time
open({began!r}, "a").write("x")
time.sleep(15)
```
"""


def main() -> None:
    """Cut off a worker, then the command, and print what comes of it."""
    for what, scheduler_at, workers_at in (
        ("a worker", HERE, (THERE, HERE)),
        ("the command", THERE, (THERE,)),
    ):
        with tempfile.TemporaryDirectory(prefix="pb") as name, _namespace():
            status, said, seconds = _cut(Path(name), scheduler_at, workers_at)
        print(f"{what} is cut off: exit status {status} {seconds:.0f} s later: {said}")


def _cut(folder: Path, scheduler_at: str, workers_at: tuple[str, ...]) -> tuple[int, str, float]:
    began = folder / "began"
    (folder / "config.ini").write_text("[build]\ntabs = plain\noutput_dir = build\n")
    (folder / "page.md").write_text(_PAGE.format(began=str(began)))
    started: list[subprocess.Popen[bytes]] = []

    def dask(at: str, *arguments: str) -> Path:
        log = folder / f"log-{len(started)}"
        inside = ["ip", "netns", "exec", NAMESPACE] if at == THERE else []
        command = [*inside, _tool("dask"), *arguments, "--no-dashboard", "--host", at]
        with log.open("wb") as output:
            started.append(subprocess.Popen(command, stdout=output, stderr=output))
        return log

    try:
        address = _said(dask(scheduler_at, "scheduler", "--port", "0"), r"Scheduler at:\s*(\S+)")
        run = None
        for number, at in enumerate(workers_at):
            local = str(folder / f"local-{number}")
            log = dask(at, "worker", address, "--no-nanny", "--local-directory", local)
            _said(log, "(Registered to)")
            if run is None:  # the first worker gets the program
                command = [_tool("polybook"), "run", "-C", str(folder), "--scheduler", address]
                run = subprocess.Popen(
                    command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
                )
                _said(began, "(x)")
        assert run
        _ip("link", "set", CABLE, "down")
        start = time.perf_counter()
        said, _ = run.communicate(timeout=300)
        lines = " / ".join(line.strip() for line in said.splitlines())
        return (
            run.returncode,
            f"{lines}; it began {len(began.read_text())} times",
            (time.perf_counter() - start),
        )
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def _tool(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _said(log: Path, pattern: str) -> str:
    """Wait until a file says something, and return it."""
    for _ in range(1200):
        if log.exists() and (found := re.search(pattern, log.read_text())):
            return found[1]
        time.sleep(0.1)
    raise TimeoutError(log.read_text() if log.exists() else f"no {log}")


@contextmanager
def _namespace() -> Iterator[None]:
    """Make a namespace that a cable leads to."""
    _ip("netns", "add", NAMESPACE)
    try:
        _ip("link", "add", CABLE, "type", "veth", "peer", "name", OTHER_END, "netns", NAMESPACE)
        _ip("addr", "add", f"{HERE}/24", "dev", CABLE)
        _ip("-n", NAMESPACE, "addr", "add", f"{THERE}/24", "dev", OTHER_END)
        _ip("-n", NAMESPACE, "link", "set", "lo", "up")
        _ip("-n", NAMESPACE, "link", "set", OTHER_END, "up")
        _ip("link", "set", CABLE, "up")
        yield
    finally:
        subprocess.run(["ip", "link", "del", CABLE], check=False)
        _ip("netns", "del", NAMESPACE)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


if __name__ == "__main__":
    os.environ["DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL"] = SILENCE
    main()
