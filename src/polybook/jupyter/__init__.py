"""A book in Jupyter: its pages as notebooks, a kernel per framework, `%%tab`."""
