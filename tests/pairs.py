"""Reads files of input/expected pairs: a title, the input and what is expected of it.

Each of the three ends with a line that is a single dot; a line that begins with `%%%` is a remark.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Pair:
    """One case; `line` is where its title stands."""

    title: str
    given: str
    expected: str
    line: int


def read_pairs(file: Path) -> list[Pair]:
    """Read all pairs of a file.

    Raises:
        ValueError: something stands behind the last pair.

    """
    pairs: list[Pair] = []
    parts: list[str] = []
    part: list[str] = []
    start = 0
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if line.startswith("%%%"):
            continue
        if not parts and not part:
            start = number
            if not line:
                continue
        if line != ".":
            part.append(line)
            continue
        parts.append("".join(f"{each}\n" for each in part))
        part = []
        if len(parts) == 3:
            pairs.append(Pair(parts[0].strip(), parts[1], parts[2], start))
            parts = []
    if parts or part:
        raise ValueError(f"{file}:{start}: this pair does not end with a dot")
    return pairs
