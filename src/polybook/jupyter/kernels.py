"""A kernel per framework: what Jupyter is told of how to start it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polybook.words import words

if TYPE_CHECKING:  # Jupyter's own environment lacks what making environments needs
    from polybook.config import Config
    from polybook.running.environments import Environment

_HERE = Path(__file__).parent


def kernel_name(tab: str) -> str:
    """Return the name of a tab's kernel, which may not hold all that a tab's may."""
    return f"polybook-{re.sub(r'[^a-z0-9._-]', '-', tab.lower())}"


def kernel_spec(
    environment: Environment, config: Config, language: str, modules: Mapping[str, Path]
) -> dict[str, Any]:
    """Return the `kernel.json` of a framework.

    Args:
        environment: the framework's environment.
        config: the book's configuration.
        language: the language of what the kernel says.
        modules: files of modules that the kernel has unless its environment has them itself.

    """
    say = words(language)
    told = {
        "tab": environment.spec.tab,
        "titles": config.titles,
        "words": {
            "Chosen: %(framework)s.": say("Chosen: %(framework)s."),
            "Skipped: this cell is for %(frameworks)s.": say(
                "Skipped: this cell is for %(frameworks)s."
            ),
        },
    }
    files = {"polybook.tab": _HERE.parent / "tab.py", **modules}
    kernel = {
        "roots": [str(config.root)],
        "modules": {name: str(file) for name, file in files.items()},
    }
    return {
        "argv": [str(environment.python), str(_HERE / "kernel.py"), "-f", "{connection_file}"],
        "display_name": environment.spec.title,
        "language": "python",
        "metadata": {"debugger": True, "language_info": _language_info(environment.version)},
        "env": {
            **dict(environment.spec.environ),
            "POLYBOOK_TAB": json.dumps(told, ensure_ascii=False),
            "POLYBOOK_KERNEL": json.dumps(kernel, ensure_ascii=False),
        },
    }


def _language_info(version: str) -> dict[str, Any]:
    """Return what a kernel will say of its language, so that a page need not wait for it.

    JupyterLab takes a notebook for changed once a kernel says anything new.
    """
    return {
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
        "version": version,
    }
