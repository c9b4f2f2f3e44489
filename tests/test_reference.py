"""The reference page of the settings says what the settings say."""

from __future__ import annotations

from pathlib import Path

from polybook.reference import configuration_reference


def test_configuration_page_is_made_from_the_settings() -> None:
    page = Path(__file__).parent.parent / "docs" / "configuration.md"
    assert page.read_text("utf-8") == configuration_reference()
