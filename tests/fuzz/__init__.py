"""Texts at random through the whole tool: `test_fuzz` briefly, `python -m tests.fuzz` for long."""
