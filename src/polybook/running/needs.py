"""What a program needs of the machine that runs it: GPUs, cores, memory."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from polybook.book import matches
from polybook.config import Config

# What d2lbook takes for code that uses one GPU, or several: it then gives two.
_ONE_GPU = re.compile(r"gpu\(0?\)|device\('(?:cuda|/GPU:0)'\)|gpus=1")
_SEVERAL_GPUS = re.compile(r"gpu\(1\)|device\('(?:cuda:1|/GPU:1)'\)|try_all_gpus|gpus=[234]")


@dataclass(frozen=True, slots=True)
class Needs:
    """What a program claims while it runs; `memory` is in bytes.

    0 stands for no GPU, for one core like any program, and for as much memory as there happens
    to be.
    """

    gpus: int = 0
    cores: int = 0
    memory: int = 0

    def __str__(self) -> str:
        parts = [
            f"{self.gpus} GPU{'s' * (self.gpus > 1)}" if self.gpus else "",
            f"{self.cores} core{'s' * (self.cores > 1)}" if self.cores else "",
            f"{self.memory / 1024**3:.3g} GiB of memory" if self.memory else "",
        ]
        return ", ".join(filter(None, parts)) or "nothing in particular"


NOTHING = Needs()


def gpus_in(codes: Iterable[str]) -> int:
    """Return how many GPUs code seems to use, by the patterns of d2lbook: 0, 1 or 2."""
    return max(
        (2 if _SEVERAL_GPUS.search(code) else int(bool(_ONE_GPU.search(code))) for code in codes),
        default=0,
    )


def needs_of(config: Config, page: str, tab: str, gpus: int) -> Needs:
    """Return what a program needs: what its page says, then its tab, then its code's `gpus`."""
    framework = config.framework(tab)
    needs = Needs(framework.gpus or gpus, framework.cores, framework.memory)
    for pattern, asked in config.run.needs:
        if matches(f"{page}.md", pattern):
            changes: dict[str, Any] = dict(asked)
            needs = replace(needs, **changes)
    return needs
