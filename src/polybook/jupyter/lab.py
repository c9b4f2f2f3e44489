"""Starts JupyterLab in an environment in which Polybook is not installed, but can be imported.

Run by its path in that environment's Python: `lab.py`. `POLYBOOK_LAB` is JSON: JupyterLab's own
arguments.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from pathlib import Path


def make_importable() -> None:
    """Make `polybook` importable, and nothing else of the environment that it is installed in."""
    file = Path(__file__).parents[1] / "__init__.py"
    spec = importlib.util.spec_from_file_location("polybook", file)
    assert spec  # the file is there
    assert spec.loader
    sys.modules["polybook"] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


def main() -> None:
    """Run JupyterLab."""
    del sys.path[0]  # this file's folder
    make_importable()
    arguments = json.loads(os.environ.pop("POLYBOOK_LAB"))
    importlib.import_module("jupyterlab.labapp").LabApp.launch_instance(arguments)


if __name__ == "__main__":
    main()
