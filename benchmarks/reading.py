"""What a reader's browser does with a page, measured in one: what it weighs, whether it jumps."""

from __future__ import annotations

import functools
import http.server
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Response, Route, sync_playwright
from tests.browser import FLAGS, chromium_path

#: A telephone and a desk, in pixels of the page.
SCREENS = ((360, 740), (1440, 900))

#: How many times slower than this machine the reader's is: what comes bit by bit moves there.
_SLOWER = 8

_WEIGHED = ("document", "stylesheet", "script")

#: How far what is on the screen has moved without the reader's doing, as the Layout Instability API
#: of browsers counts it, and when the first words or pictures were painted; None is never.
_WATCH = """
window.moved = 0;
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.moved += each.value;
}).observe({ type: "layout-shift", buffered: true });
"""
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"


@dataclass(frozen=True)
class Reading:
    """What loading a page came to.

    `weight` is the bytes of its HTML, styles and scripts, uncompressed; `shift` the layout shift
    while it loads; `foreign` how many requests would leave the host; `painted` the milliseconds to
    the first contentful paint where no script ever comes, or None.
    """

    weight: int
    shift: float
    foreign: int
    painted: float | None


@contextmanager
def reading() -> Iterator[Browser]:
    """Start the browser that the tests drive, and end it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        yield browser
        browser.close()


def read(browser: Browser, site: Path, page: str, piece: int | None = None) -> Reading:
    """Load a page of a site on every screen, with and without scripts; the worst of it counts.

    With a `piece`, over a line that brings so many bytes of its HTML at a time.
    """
    with serving(site, piece) as address:
        loaded = [_load(browser, f"{address}/{page}", screen) for screen in SCREENS]
        painted = [_paint(browser, f"{address}/{page}", screen) for screen in SCREENS]
    return Reading(
        weight=max(weight for weight, _, _ in loaded),
        shift=max(shift for _, shift, _ in loaded),
        foreign=max(foreign for _, _, foreign in loaded),
        painted=None if None in painted else max(filter(None, painted)),
    )


def _load(browser: Browser, address: str, screen: Sequence[int]) -> tuple[int, float, int]:
    own = urlsplit(address).netloc
    answers: list[Response] = []
    foreign: list[str] = []

    def take(answer: Response) -> None:
        answers.append(answer)

    def leave(route: Route) -> None:
        foreign.append(route.request.url)
        route.abort()

    with _opened(browser, screen) as (context, page):
        context.route(lambda url: urlsplit(url).netloc != own, leave)
        page.on("response", take)
        page.add_init_script(_WATCH)
        throttle = {"rate": _SLOWER}
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", throttle)
        page.goto(address)
        page.wait_for_timeout(500)  # what comes late moves things, too
        shift = float(page.evaluate("window.moved"))
        weighed = [each for each in answers if each.request.resource_type in _WEIGHED]
        return sum(len(each.body()) for each in weighed), shift, len(foreign)


def _paint(browser: Browser, address: str, screen: Sequence[int]) -> float | None:
    with _opened(browser, screen) as (context, page):
        own = urlsplit(address).netloc
        context.route(lambda url: urlsplit(url).netloc != own, lambda route: route.abort())
        context.route("**/*.js*", lambda route: route.abort())
        page.goto(address)
        page.wait_for_timeout(500)
        painted: float | None = page.evaluate(_PAINTED)
        return painted


@contextmanager
def _opened(browser: Browser, screen: Sequence[int]) -> Iterator[tuple[BrowserContext, Page]]:
    """Open a page in a profile that has never been anywhere."""
    context = browser.new_context(viewport={"width": screen[0], "height": screen[1]})
    yield context, context.new_page()
    context.close()


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; HTML in pieces of so many bytes with a pause after each, if there is one."""

    def __init__(self, *args: Any, piece: int | None, **more: Any) -> None:
        self._piece = piece
        super().__init__(*args, **more)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep quiet: what the browser asked for is looked at there."""

    def copyfile(self, source: Any, outputfile: Any) -> None:
        """Send a file, each piece of a page late enough to be painted before the next comes."""
        if self._piece is None or not self.path.endswith(".html"):
            super().copyfile(source, outputfile)
            return
        while sent := source.read(self._piece):
            outputfile.write(sent)
            time.sleep(0.03)


@contextmanager
def serving(folder: Path, piece: int | None = None) -> Iterator[str]:
    """Serve a folder to this machine; give the address of its root, without a slash.

    With a `piece`, the HTML comes as over a slow line, so many bytes at a time.
    """
    handler = functools.partial(_Handler, directory=str(folder), piece=piece)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
