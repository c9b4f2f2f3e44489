"""Web servers of this machine, for what may come of asking for an address."""

from __future__ import annotations

import http.server
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Host:
    """A server: its address without a slash, what it was asked for, and the most at one time."""

    address: str
    asked: list[tuple[str, str]] = field(default_factory=list)
    at_once: int = 0


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers by path: `/404` with that status, `/to/PATH` by sending on, and so on."""

    host: Host
    lock: threading.Lock
    busy: int = 0

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        kind = type(self)
        with self.lock:
            self.host.asked.append((self.command, self.path))
            kind.busy += 1
            self.host.at_once = max(self.host.at_once, kind.busy)
        try:
            self._answer_path(self.path)
        finally:
            with self.lock:
                kind.busy -= 1

    def _answer_path(self, path: str) -> None:
        head = self.command == "HEAD"
        if path == "/broken-answer" or (path == "/no-head-closed" and head):
            self.connection.shutdown(socket.SHUT_RDWR)
        elif path.startswith("/slow"):
            time.sleep(0.2)
            self._status(200)
        elif path.startswith("/to/"):
            self._status(302, path.removeprefix("/to"))
        elif path.startswith("/away/"):
            self._status(301, path.removeprefix("/away/"))
        elif path == "/circle":
            self._status(301, "/circle")
        elif path == "/no-head":
            self._status(405 if head else 200)
        else:
            number = path.strip("/").partition("?")[0]
            self._status(int(number) if number.isdigit() else 200)

    def _status(self, status: int, location: str = "") -> None:
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def host() -> Iterator[Host]:
    """Run a server on 127.0.0.1."""
    kind = type("Handler", (_Handler,), {"lock": threading.Lock()})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        found = Host(f"http://127.0.0.1:{server.server_port}")
        kind.host = found  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def deaf_host() -> Iterator[str]:
    """Take connections and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def closed_port() -> int:
    """Return a port at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port
