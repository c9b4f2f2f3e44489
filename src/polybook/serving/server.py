"""The server: a folder of files for this machine alone, and a stream that tells of builds."""

from __future__ import annotations

import asyncio
import errno
import json
from collections.abc import Iterable
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING, Any

from tornado.httpserver import HTTPServer
from tornado.iostream import StreamClosedError
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler, StaticFileHandler

if TYPE_CHECKING:
    from polybook.serving import Rebuilt

HOST = "127.0.0.1"

#: The port, and how many behind it are tried where it is taken.
_PORT, _TRIED = 8000, 20

#: A page of another site could have its name lead here; it would be another host's all the same.
_HOSTS = r"(127\.0\.0\.1|localhost)"

_CLIENT = Path(__file__).with_name("client.js")
_SHARED = "_static/"


class Site:
    """What is served: a folder, the number of the last build, and what that one found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.build = 0
        self._changed: dict[str, int] = {}
        self._findings: list[dict[str, str]] = []
        self._news = asyncio.Condition()
        self.closed = False

    def show(self, rebuilt: Rebuilt) -> None:
        """Take over what came of a build, and tell every page that is open."""
        self.build += 1
        self._changed |= dict.fromkeys(rebuilt.changed, self.build)
        self._findings = [
            {
                "severity": each.severity,
                "place": str(each.location),
                "message": each.message,
                "hint": each.hint,
            }
            for each in rebuilt.findings
        ]
        self._wake()

    def close(self) -> None:
        """End every stream."""
        self.closed = True
        self._wake()

    def _wake(self) -> None:
        async def wake() -> None:
            async with self._news:
                self._news.notify_all()

        self._waking = asyncio.ensure_future(wake())

    async def after(self, build: int) -> None:
        """Wait for a build later than `build`, or for the end."""
        async with self._news:
            await self._news.wait_for(lambda: self.build > build or self.closed)

    def state(self, path: str, build: int) -> dict[str, Any]:
        """Return what a page at `path`, as it was after `build`, has to know."""
        changed = max(
            (number for name, number in self._changed.items() if name.startswith(_SHARED)),
            default=0,
        )
        stale = max(changed, self._changed.get(path, 0)) > build
        return {"build": self.build, "stale": stale, "findings": self._findings}


def bind(port: int | None) -> list[socket]:
    """Return sockets on a port of this machine alone.

    Raises:
        OSError: it is taken.

    """
    ports = [port] if port is not None else range(_PORT, _PORT + _TRIED)
    for each in ports:
        try:
            return bind_sockets(each, HOST)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or each == ports[-1]:
                raise OSError(error.errno, error.strerror, f"{HOST}:{each}") from error
    raise AssertionError


def start(site: Site, sockets: Iterable[socket]) -> HTTPServer:
    """Serve a site on some sockets."""
    application = Application(log_function=lambda _: None)
    application.add_handlers(
        _HOSTS,
        [
            ("/_polybook/client.js", _Client),
            ("/_polybook/events", _Events, {"site": site}),
            ("/(.*)", _File, {"path": str(site.folder), "site": site}),
        ],
    )
    server = HTTPServer(application)
    server.add_sockets(sockets)
    return server


class _Client(RequestHandler):
    def get(self) -> None:
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.write(_CLIENT.read_bytes())


class _Events(RequestHandler):
    """Server-sent events: one after each build, the first at once."""

    def initialize(self, site: Site) -> None:
        self._site = site

    async def get(self) -> None:
        path, build = self.get_argument("path"), int(self.get_argument("build"))
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-store")
        told = -1
        try:
            while not self._site.closed:
                if self._site.build > told:
                    told = self._site.build
                    self.write(f"data: {json.dumps(self._site.state(path, build))}\n\n")
                    await self.flush()
                await self._site.after(told)
        except (StreamClosedError, asyncio.CancelledError):
            pass  # the page was left, or the server ends


class _File(StaticFileHandler):
    """A file of the site; a page has the client added, with the number of the last build."""

    def initialize(self, path: str, site: Site) -> None:  # type: ignore[override]
        super().initialize(path, default_filename="index.html")
        self._site = site

    async def get(self, path: str, include_body: bool = True) -> None:
        page = self._page(path)
        if page is None:
            await super().get(path, include_body)
            return
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_extra_headers(path)
        script = f'<script src="/_polybook/client.js" data-build="{self._site.build}"></script>'
        self.write(page + script.encode())

    def _page(self, path: str) -> bytes | None:
        """Return the page that a path names, the one for paths that name nothing included."""
        file = (self._site.folder / path).resolve()
        if not file.is_relative_to(self._site.folder.resolve()):
            return None
        if file.is_dir() and (path.endswith("/") or not path):
            file /= "index.html"
        if not file.exists():
            self.set_status(404)
            file = self._site.folder / "404.html"
        if file.suffix != ".html":
            return None
        return file.read_bytes() if file.is_file() else b"<!doctype html><p>404"

    def compute_etag(self) -> None:
        """Give none: nothing is kept between two builds."""

    def set_extra_headers(self, path: str) -> None:  # noqa: ARG002 (its base class names it)
        self.set_header("Cache-Control", "no-cache")
