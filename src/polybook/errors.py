"""What can go wrong, said so that a person can act on it.

A `Diagnostic` is a finding about a source file: it is collected, and the work goes on.
A `PolybookError` ends the work that it is raised in.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a source file; `line` counts from 1, 0 stands for the whole file."""

    path: Path
    line: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}" if self.line else str(self.path)


class Severity(StrEnum):
    """How bad a finding is: an error makes the exit status 1, a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: what is wrong, where, and what would be right."""

    severity: Severity
    location: Location
    message: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.location}: {self.severity}: {self.message}"
        return f"{text}\n  {self.hint}" if self.hint else text


class PolybookError(Exception):
    """An error whose text says what is wrong, where, and what to do."""

    def __init__(self, message: str, *, hint: str = "", location: Location | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.location = location

    def __reduce__(self) -> tuple[Any, ...]:
        return _made_again, (type(self), self.message, self.hint, self.location)

    def __str__(self) -> str:
        text = f"{self.location}: {self.message}" if self.location else self.message
        return f"{text}\n  {self.hint}" if self.hint else text


def _made_again(
    kind: type[PolybookError], message: str, hint: str, location: Location | None
) -> PolybookError:
    """Make an error again that comes from another process."""
    return kind(message, hint=hint, location=location)


class ConfigError(PolybookError):
    """`config.ini` is missing, cannot be read, or holds a value that makes no sense."""


class BookError(PolybookError):
    """The book's files cannot be what the configuration says they are."""


class EnvironmentFailedError(PolybookError):
    """A framework's environment could not be made."""


class ClusterError(PolybookError):
    """Programs cannot be run on the Dask cluster, or no longer."""


class PandocError(PolybookError):
    """pandoc is missing or refused a document."""


def quoted(text: str) -> str:
    """Return a piece of a file in quotation marks, fit for one line of a message."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    shown = " ".join(shown.split())
    return f"“{shown[:60]}…”" if len(shown) > 60 else f"“{shown}”"


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint that names the known name nearest to `name`, or all of a few."""
    names = sorted(known)
    if close := get_close_matches(name, names, n=1, cutoff=0.6):
        return f"Did you mean “{close[0]}”?"
    return f"Known: {', '.join(names)}." if 0 < len(names) <= 12 else ""
