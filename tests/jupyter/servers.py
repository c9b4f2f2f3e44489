"""A real Jupyter Server on a book, as `polybook lab` starts it, and its REST API and websockets."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import re
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from polybook.config import read_config
from polybook.jupyter.launch import Lab
from polybook.running.environments import Environment, lab_spec, make_environment
from polybook.running.processes import ProcessGroups

_SAID = re.compile(r"(?P<root>http://127\.0\.0\.1:\d+/)(?P<path>\S*)\?token=(?P<token>\w+)")


@dataclass(frozen=True)
class Server:
    """A server at `address`, which has its slash at the end, and opens the path `start`."""

    book: Path
    address: str
    start: str
    token: str

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"token {self.token}"}

    def ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask the REST API."""
        address = f"{self.address}api/{path}"
        return httpx.request(method, address, headers=self._headers, timeout=60, **options)

    def get(self, page: str, **parameters: str) -> dict[str, Any]:
        """Return the model of what is at a path."""
        answer = self.ask("GET", f"contents/{page}", params={"content": "1", **parameters})
        assert answer.status_code == 200, answer.text
        model: dict[str, Any] = answer.json()
        return model

    def save(self, page: str, model: dict[str, Any]) -> httpx.Response:
        """Save a model."""
        return self.ask("PUT", f"contents/{page}", json=model)

    def run(self, page: str, kernel: str, codes: Sequence[str]) -> list[str]:
        """Run cells in a kernel that is a page's, and return what each puts out."""
        session = {"path": page, "name": page, "type": "notebook", "kernel": {"name": kernel}}
        answer = self.ask("POST", "sessions", json=session)
        assert answer.status_code == 201, answer.text
        started = answer.json()
        try:
            return asyncio.run(self._run(started["kernel"]["id"], codes))
        finally:
            self.ask("DELETE", f"sessions/{started['id']}")

    async def _run(self, kernel: str, codes: Sequence[str]) -> list[str]:
        address = f"{self.address.replace('http', 'ws', 1)}api/kernels/{kernel}/channels"
        socket = await websocket_connect(HTTPRequest(address, headers=self._headers))
        shown = []
        for code in codes:
            header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "version": "5.3"}
            content = {"code": code, "silent": False, "allow_stdin": False}
            message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
            await socket.write_message(json.dumps({**message, "channel": "shell"}))
            shown.append("")
            while True:
                text = await asyncio.wait_for(socket.read_message(), 300)
                assert isinstance(text, str)
                reply = json.loads(text)
                if reply["parent_header"].get("msg_id") != header["msg_id"]:
                    continue
                kind, content = reply["msg_type"], reply["content"]
                if kind == "status" and content["execution_state"] == "idle":
                    break
                shown[-1] += _shown(kind, content)
        socket.close()
        return shown


def _shown(kind: str, content: dict[str, Any]) -> str:
    match kind:
        case "stream":
            return str(content["text"])
        case "execute_result" | "display_data":
            return f"{content['data']['text/plain']}\n"
        case "error":
            return f"Raised: {content['ename']}: {content['evalue']}\n"
    return ""


def lab_environment() -> Environment:
    """Return the environment of JupyterLab, from the user's cache."""
    return make_environment(lab_spec(), lambda _: None, ProcessGroups())


def for_tab(environment: Environment, tab: str) -> Environment:
    """Return an environment as if it were a tab's."""
    title = {"pytorch": "PyTorch", "jax": "JAX"}.get(tab, tab)
    return Environment(replace(environment.spec, tab=tab, title=title), environment.folder)


@contextlib.contextmanager
def serving(
    book: Path, frameworks: Sequence[Environment], language: str = "en", page: str = ""
) -> Iterator[Server]:
    """Serve a book; as root too, what is read-only cannot be written to."""
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(read_config(book), lab_environment(), frameworks, language, Path(folder))
        lab.write_files()
        process = subprocess.Popen(
            lab.command,
            env={**lab.variables(page, 0, browser=False), **apart(Path(folder))},
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=_without_override(),  # noqa: PLW1509 (nothing else is going on here)
        )
        try:
            assert process.stderr
            yield read_server(book, process.stderr)
        finally:
            process.terminate()
            process.communicate(timeout=30)


def apart(folder: Path) -> dict[str, str]:
    """Return variables that keep a Jupyter from what the user's others have left."""
    return {"JUPYTER_DATA_DIR": str(folder / "data"), "IPYTHONDIR": str(folder / "ipython")}


def read_server(book: Path, lines: Iterable[str]) -> Server:
    """Return the server of a book that says where it is."""
    said = []
    for line in lines:
        said.append(line)
        if found := _SAID.search(line):
            return Server(book, found["root"], found["path"], found["token"])
    raise AssertionError("".join(said))


def _without_override() -> Callable[[], object] | None:
    """Return what takes from root the right to write to what is read-only."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    drop, dac_override = 24, 1  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(drop, dac_override, 0, 0, 0)
