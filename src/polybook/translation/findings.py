"""What the rules of `polybook check` give back."""

from __future__ import annotations

from dataclasses import dataclass, replace

from polybook.errors import Diagnostic, Location, Severity


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding of a rule.

    `text` is the piece of the page that it is about; `detail` holds further lines, such as a diff.
    """

    rule: str
    location: Location
    message: str
    hint: str = ""
    text: str = ""
    detail: str = ""
    severity: Severity = Severity.ERROR

    def as_warning(self) -> Finding:
        """Return the same finding, which makes no check fail."""
        return replace(self, severity=Severity.WARNING)


def from_diagnostic(rule: str, found: Diagnostic) -> Finding:
    """Return what another part of Polybook has found as the finding of a rule."""
    return Finding(rule, found.location, found.message, found.hint, severity=found.severity)
