"""Starts a framework's kernel for Jupyter, in an environment in which Polybook is not installed.

Run by its path in the environment's Python: `kernel.py -f CONNECTION_FILE`. `POLYBOOK_KERNEL` is
JSON: the folders that the book's own modules lie in, and by name the files of modules that the
kernel has unless its environment has them itself.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class StandIns(MetaPathFinder):
    """Finds modules that nobody else finds; it is asked last.

    So `d2lbook.tab` is there for existing books, and the real `d2lbook` wherever it is installed.

    Args:
        files: the files of modules; a package's is its `__init__.py`.

    """

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find `polybook`, `d2lbook`, what is `tab` in them, and what else there are files of."""
        del path, target
        if fullname in ("polybook", "d2lbook"):
            return ModuleSpec(fullname, None, is_package=True)
        if fullname == "d2lbook.tab":
            return ModuleSpec(fullname, _Same("polybook.tab"))
        if file := self._files.get(fullname):
            return importlib.util.spec_from_file_location(fullname, file)
        return None


class _Same(Loader):
    """Loads a module under a second name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        del spec
        return importlib.import_module(self._name)

    def exec_module(self, module: ModuleType) -> None:
        del module  # it has been


def main() -> None:
    """Run a kernel that has the book's modules and the stand-ins, with `%%tab` loaded."""
    del sys.path[0]  # this file's folder
    told = json.loads(os.environ.pop("POLYBOOK_KERNEL"))
    kernel = importlib.import_module("ipykernel.kernelapp").IPKernelApp.instance()
    kernel.initialize()
    # Not before the kernel has found its own modules: a book may well have a `random.py`.
    sys.path[:0] = told["roots"]
    sys.meta_path.append(StandIns(told["modules"]))
    # Not by IPython's own loading, which would have a page's set-up cell say that it is loaded.
    importlib.import_module("polybook.tab").load_ipython_extension(kernel.shell)
    kernel.start()


if __name__ == "__main__":
    main()
