"""Messages: what is wrong, where, and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest

from polybook.errors import (
    BookError,
    Diagnostic,
    Location,
    PolybookError,
    Severity,
    nearest,
    quoted,
)


def test_location_is_written_as_editors_read_it() -> None:
    assert str(Location(Path("a/b.md"), 3)) == str(Path("a/b.md")) + ":3"
    assert str(Location(Path("b.md"))) == "b.md"


def test_diagnostic_says_where_how_bad_what_and_what_to_do() -> None:
    place = Location(Path("a.md"), 2)
    assert str(Diagnostic(Severity.ERROR, place, "It rains.")) == "a.md:2: error: It rains."
    warning = Diagnostic(Severity.WARNING, place, "It rains.", "Stay in.")
    assert str(warning) == "a.md:2: warning: It rains.\n  Stay in."


def test_error_says_where_what_and_what_to_do() -> None:
    assert str(PolybookError("It rains.")) == "It rains."
    error = BookError("It rains.", hint="Stay in.", location=Location(Path("a.md")))
    assert str(error) == "a.md: It rains.\n  Stay in."
    assert isinstance(error, PolybookError)


@pytest.mark.parametrize(
    ("name", "known", "hint"),
    [
        ("pytorhc", ["pytorch", "jax"], "Did you mean “pytorch”?"),
        ("rain", ["jax", "mxnet"], "Known: jax, mxnet."),
        ("rain", [], ""),
        ("", ["jax"], "Known: jax."),
        ("rain", [f"x{number}" for number in range(13)], ""),
        ("rain" * 50_000, ["jax"] * 2, "Known: jax, jax."),
    ],
)
def test_hint_names_the_nearest_or_all_of_a_few(name: str, known: list[str], hint: str) -> None:
    assert nearest(name, iter(known)) == hint


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a b", "“a b”"),
        (" a\n\tb\x00\x1b[31m ", "“a b [31m”"),
        ("é" * 61, f"“{'é' * 60}…”"),
        ("", "“”"),
    ],
)
def test_quotation_fits_into_one_line(text: str, shown: str) -> None:
    assert quoted(text) == shown
