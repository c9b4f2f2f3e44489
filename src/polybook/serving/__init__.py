"""`polybook serve`: the site for its author alone, built again as the book's files change."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from polybook.errors import Diagnostic
from polybook.serving.server import HOST, Site, bind, start

__all__ = ["HOST", "Rebuilt", "serve", "watch"]

#: Milliseconds in which changes are taken together; an editor saves a file in several steps.
_DEBOUNCE, _STEP = 200, 20

_SKIPPED = frozenset({"node_modules", "__pycache__"})


@dataclass(frozen=True)
class Rebuilt:
    """What came of a build: the paths of the site that changed, and what is to be mended."""

    changed: Sequence[str] = ()
    findings: Sequence[Diagnostic] = field(default=())


async def serve(
    folder: Path,
    port: int | None,
    rebuild: Callable[[], Rebuilt],
    changes: AsyncIterator[object],
    ready: Callable[[str], None],
) -> None:
    """Serve a site to this machine, and build it again for each change, until cancelled.

    Args:
        folder: the site's folder; it may not exist before the first build.
        port: the port; None for the first free one of a few.
        rebuild: builds the site; called in a thread of its own, one call at a time.
        changes: yields whenever a file of the book has changed.
        ready: told the site's address, once it has been built.

    Raises:
        OSError: the port is taken.

    """
    _end_on_signals()
    sockets = bind(port)
    site = Site(folder)
    server = start(site, sockets)
    try:
        site.show(await asyncio.to_thread(rebuild))
        ready(f"http://{HOST}:{sockets[0].getsockname()[1]}/")
        async for _ in changes:
            site.show(await asyncio.to_thread(rebuild))
    finally:
        site.close()
        server.stop()


def _end_on_signals() -> None:
    """Have Ctrl-C, `kill` and a closed terminal cancel the task, where it waits for something."""
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    assert task
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) is not signal.SIG_IGN:
            with contextlib.suppress(NotImplementedError):  # Windows: `asyncio.run` sees to Ctrl-C
                loop.add_signal_handler(number, task.cancel)


async def watch(roots: Sequence[Path], made: Sequence[Path]) -> AsyncIterator[object]:
    """Yield whenever something below a book's folders has changed, but what builds make there."""
    from watchfiles import awatch  # noqa: PLC0415 (only this command needs it)

    def is_source(_: object, name: str) -> bool:
        path = Path(name)
        root = next(filter(path.is_relative_to, roots), None)
        if root is None or any(map(path.is_relative_to, made)):
            return False
        parts = path.relative_to(root).parts
        return not any(part.startswith(".") or part in _SKIPPED for part in parts)

    async for change in awatch(*roots, watch_filter=is_source, debounce=_DEBOUNCE, step=_STEP):
        yield change
