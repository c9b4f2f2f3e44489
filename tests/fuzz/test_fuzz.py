"""A few random texts through the whole tool, always the same ones."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import Phase, settings

from tests.fuzz.properties import PROPERTIES


@pytest.mark.parametrize("holds", PROPERTIES, ids=lambda each: each.__name__)
def test_whatever_the_text(holds: Callable[[], None]) -> None:
    briefly = settings(
        max_examples=4, derandomize=True, database=None, deadline=None, phases=[Phase.generate]
    )
    briefly(holds)()
