"""A real Dask cluster on this machine: a scheduler and workers, each a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from polybook.running.environments import cache_folder
from tests.running.conftest import processes_with, wait_until

#: Seconds after which a scheduler takes a worker for dead that says nothing.
SILENCE = 4

_DASK = str(Path(sys.executable).with_name("dask"))
_LOCAL = ("--no-dashboard", "--host", "127.0.0.1")


class Cluster:
    """A scheduler, and workers of one program each, by name.

    Args:
        folder: where each process has a folder of its own, with a short path.

    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        silence = {"DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": f"{SILENCE}s"}
        self.scheduler = self._start("scheduler", ["scheduler", *_LOCAL, "--port", "0"], silence)
        wait_until(lambda: "Scheduler at" in self.said("scheduler"))
        found = re.search(r"Scheduler at:\s*(tcp://\S+)", self.said("scheduler"))
        assert found
        self.address = found[1]

    def worker(
        self,
        name: str,
        resources: str = "",
        environ: Mapping[str, str] | None = None,
        threads: int = 1,
    ) -> subprocess.Popen[bytes]:
        """Start a worker that has its own cache with this user's environments; wait until it is up.

        It has no nanny, which would start it again where a test kills it.
        """
        self._share_environments(self.cache(name) / "environments")
        command = ["worker", self.address, *_LOCAL, "--no-nanny", "--nthreads", str(threads)]
        command += ["--name", name, "--local-directory", str(self.folder / name / "local")]
        command += ["--resources", resources] if resources else []
        self.workers[name] = self._start(name, command, environ or {})
        wait_until(lambda: "Registered to" in self.said(name))
        return self.workers[name]

    def cache(self, name: str) -> Path:
        """Return a worker's cache folder."""
        return self.folder / name / "cache"

    def said(self, name: str) -> str:
        """Return the log of a process."""
        return (self.folder / name / "log").read_text()

    def kernels(self, name: str) -> list[int]:
        """Return the processes that a worker has started for programs."""
        return [each.pid for each in processes_with("POLYBOOK_PARENT", str(self.workers[name].pid))]

    def scratch(self) -> list[Path]:
        """Return the folders that programs have left behind."""
        return list(self.folder.glob("*/tmp/polybook-*"))

    def stop(self) -> None:
        """End everything."""
        for process in [*self.workers.values(), self.scheduler]:
            process.send_signal(signal.SIGCONT)
            process.kill()
            process.wait()

    def _start(
        self, name: str, command: list[str], environ: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        folder = self.folder / name
        (folder / "tmp").mkdir(parents=True, exist_ok=True)
        own = {"POLYBOOK_CACHE": str(self.cache(name)), "TMPDIR": str(folder / "tmp")}
        with (folder / "log").open("wb") as log:
            return subprocess.Popen(
                [_DASK, *command],
                stdout=log,
                stderr=log,
                env={**os.environ, **own, **environ},
                start_new_session=True,
            )

    @staticmethod
    def _share_environments(folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for path in (cache_folder() / "environments").iterdir():
            if path.suffix == ".json" or path.is_dir():
                link = folder / path.name
                link.unlink(missing_ok=True)
                link.symlink_to(path.resolve())
