"""A web server on this machine, asked for directly."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.checks.hosts import Host
from tests.checks.hosts import host as running


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask this machine itself, whatever proxy the environment names."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def host() -> Iterator[Host]:
    """A server."""
    with running() as found:
        yield found
