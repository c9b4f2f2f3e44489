"""Polybook: one tutorial book, every language, every framework."""

__version__ = "0.1.0"
