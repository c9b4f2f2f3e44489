"""Finds the Chromium that the tests drive; run as a program, installs one where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

VARIABLE = "POLYBOOK_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

#: What a headless Chromium needs in a container, and what keeps it from calling home.
FLAGS = (
    *(("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()),
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

_HELP = (
    "Install Chromium or Google Chrome by hand, or name one:"
    f" {VARIABLE}=/path/to/chromium make test"
)


def wait_until(page: Page, expression: str) -> None:
    """Wait until an expression is true on a page.

    Playwright's own way evaluates it again within the page, which the policy of our pages forbids.
    """
    for _ in range(500):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(20)
    raise AssertionError(expression)


@cache
def chromium_path() -> str:
    """Return the browser's path.

    Raises:
        RuntimeError: there is none, or the one that the environment names does not start.

    """
    named = os.environ.get(VARIABLE)
    if named:
        if _works(named):
            return named
        raise RuntimeError(f"{VARIABLE} names {named}, which does not start as a browser.")
    for path in _candidates():
        if _works(path):
            return path
    raise RuntimeError(f"There is no Chromium. {_HELP}")


def _candidates() -> Iterator[str]:
    yield from filter(None, map(shutil.which, NAMES))
    # Asked last: it takes a process of its own.
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    with sync_playwright() as playwright:
        yield playwright.chromium.executable_path


def _works(path: str) -> bool:
    """Tell whether a program is a browser; Ubuntu has one of the name that is not."""
    if not Path(path).is_file():
        return False
    try:
        said = subprocess.run([path, "--version"], capture_output=True, timeout=120, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return said.returncode == 0 and b"Chrom" in said.stdout


def install() -> None:
    """Install a browser, with the system's packages or else with Playwright's own.

    Raises:
        RuntimeError: neither works.

    """
    for commands in _installers():
        # The first command that fails ends its way; whether a browser is there, decides.
        for command in commands:
            print("+", " ".join(command), file=sys.stderr, flush=True)  # noqa: T201
            if subprocess.run(command, check=False).returncode:
                break
        try:
            chromium_path()
        except RuntimeError:
            continue
        return
    raise RuntimeError(f"There is no Chromium, and none could be installed. {_HELP}")


def _installers() -> Iterator[list[list[str]]]:
    """Yield the ways to a browser, each a list of commands."""
    playwright = [sys.executable, "-m", "playwright"]
    privileged = _privileged()
    if shutil.which("apt-get") and privileged is not None:
        apt = [*privileged, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "--yes"]
        yield [[*apt, "update"], [*apt, "install", "--no-install-recommends", "chromium"]]
        dependencies = [*privileged, *playwright, "install-deps", "chromium"]
        yield [[*playwright, "install", "chromium"], dependencies]
    else:
        yield [[*playwright, "install", "chromium"]]


def _privileged() -> list[str] | None:
    """Return what a command begins with that needs root; None if it would ask first."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if (
        sudo
        and subprocess.run([sudo, "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return [sudo, "-n"]
    return None


def main() -> None:
    """Make sure that there is a browser."""
    try:
        try:
            chromium_path()
        except RuntimeError:
            if os.environ.get(VARIABLE):
                raise
            install()
    except RuntimeError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
