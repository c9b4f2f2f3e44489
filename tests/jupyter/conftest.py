"""Real kernels for the tests of Jupyter, started as Jupyter starts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager

RunCode = Callable[[str], str]
StartKernel = Callable[[Mapping[str, Any]], RunCode]


class _OneKernel(KernelSpecManager):
    spec: Mapping[str, Any] = {}

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002 (the base's name)
        return KernelSpec(**self.spec)


def run_code(client: BlockingKernelClient, code: str) -> str:
    """Run a cell and return what it shows as text; an error is its name and its value."""
    shown: list[str] = []

    def hook(message: dict[str, Any]) -> None:
        content = message["content"]
        match message["msg_type"]:
            case "stream":
                shown.append(content["text"])
            case "execute_result" | "display_data":
                shown.append(f"{content['data']['text/plain']}\n")
            case "error":
                shown.append(f"{content['ename']}: {content['evalue']}\n")

    client.execute_interactive(code, timeout=120, output_hook=hook)
    return "".join(shown)


@pytest.fixture
def start_kernel() -> Iterator[StartKernel]:
    """Start a kernel from what its `kernel.json` says; it is ended with the test."""
    started: list[tuple[KernelManager, BlockingKernelClient]] = []

    def start(spec: Mapping[str, Any]) -> RunCode:
        specs = _OneKernel()
        specs.spec = spec
        manager = KernelManager(kernel_name="one", kernel_spec_manager=specs)
        manager.start_kernel()
        client = manager.blocking_client()
        started.append((manager, client))
        client.start_channels()
        client.wait_for_ready(timeout=120)
        return lambda code: run_code(client, code)

    yield start
    for manager, client in started:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
