"""JupyterLab on a book: what it is told, and the files that it is given beside the book."""

from __future__ import annotations

import json
import os
import posixpath
import re
import signal
import subprocess
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jupyter_core.paths import jupyter_config_dir

from polybook.config import Config
from polybook.files import write_atomically
from polybook.jupyter.kernels import kernel_name, kernel_spec
from polybook.running.environments import Environment
from polybook.running.processes import transport

_HERE = Path(__file__).parent

#: The name of what we add to JupyterLab in the browser.
_EXTENSION = "polybook"


@dataclass(frozen=True)
class Lab:
    """JupyterLab on a book, for a reader of one of its languages.

    Args:
        config: the book's configuration.
        environment: the environment that JupyterLab is installed in.
        frameworks: the environments of the frameworks that are to have a kernel.
        language: the language of what JupyterLab and the kernels say.
        folder: an empty folder for its files, which nobody else can read.

    """

    config: Config
    environment: Environment
    frameworks: Sequence[Environment]
    language: str
    folder: Path

    @property
    def _running(self) -> Path:
        """Where it keeps what belongs to this run of it alone."""
        return self.folder / "run"

    @property
    def command(self) -> list[str]:
        """What starts it, with the variables of `variables`."""
        return [str(self.environment.python), str(_HERE / "lab.py")]

    def variables(self, page: str, port: int | None, browser: bool) -> dict[str, str]:
        """Return the variables that it is started with.

        The user's configuration of Jupyter's servers is not read: one that lets everybody in must
        not hold here. Settings of JupyterLab are the user's; what is open in it is the book's.

        Args:
            page: the path of the page that is opened, below the book's folder.
            port: the port; None for the first that is free from 8888 on.
            browser: whether a browser is opened.

        """
        arguments = {
            "Application.log_level": "WARN",
            "ServerApp.root_dir": self.config.root,
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.allow_root": True,  # in a container everybody is
            "ServerApp.open_browser": browser,
            "ServerApp.contents_manager_class": "polybook.jupyter.contents.PageManager",
            "KernelManager.transport": transport(self._running / f"kernel-{uuid.uuid4()}"),
            "KernelSpecManager.ensure_native_kernel": False,
            "LabApp.default_url": f"/lab/tree/{quote(page)}",
            "LabApp.app_settings_dir": self.folder / "settings",
            "LabApp.extra_labextensions_path": self.folder / "labextensions",
            # Nothing is asked of other hosts.
            "LabApp.news_url": None,
            "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
            "LabApp.extension_manager": "readonly",
        }
        if port is not None:
            arguments |= {"ServerApp.port": port, "ServerApp.port_retries": 0}
        kernels = [("KernelSpecManager.allowed_kernelspecs", each) for each in self._kernels()]
        told = [f"--{name}={value}" for name, value in [*arguments.items(), *kernels]]
        settings = Path(jupyter_config_dir(), "lab", "user-settings")
        return {
            "JUPYTERLAB_SETTINGS_DIR": str(settings),
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTHON")},
            "JUPYTERLAB_WORKSPACES_DIR": str(self.config.output / ".lab"),
            "JUPYTER_CONFIG_DIR": str(self.folder / "config"),
            "JUPYTER_RUNTIME_DIR": str(self._running),
            "JUPYTER_PATH": str(self.folder),
            "POLYBOOK_LAB": json.dumps(told),
        }

    def run(self, page: str, port: int | None, browser: bool) -> int:
        """Run it until its user ends it, and return its exit status; as for `variables`."""
        self.write_files()
        process = subprocess.Popen(self.command, env=self.variables(page, port, browser))
        asks_back = signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches it as well
        try:
            return process.wait()
        finally:
            process.terminate()
            process.wait()
            signal.signal(signal.SIGINT, asks_back)

    def write_files(self) -> None:
        """Write the files that it is given: kernels, settings, what the browser is to know."""
        files: dict[str, Any] = {
            f"kernels/{name}/kernel.json": spec for name, spec in self._kernels().items()
        }
        files["settings/overrides.json"] = _settings(self.language)
        files["settings/page_config.json"] = dict(_page_patterns(self.config))
        extension = f"labextensions/{_EXTENSION}"
        files[f"{extension}/package.json"] = {
            "name": _EXTENSION,
            "version": "1",
            "jupyterlab": {
                "_build": {"load": "lab.js", "extension": "./pages"},
                "disabledExtensions": ["@jupyterlab/notebook-extension:cell-executor"],
            },
        }
        for name, content in files.items():
            text = json.dumps(content, ensure_ascii=False, indent=1)
            write_atomically(self.folder / name, text.encode(), durable=False)
        script = (_HERE / "lab.js").read_bytes()
        write_atomically(self.folder / extension / "lab.js", script, durable=False)

    def _kernels(self) -> Mapping[str, Mapping[str, Any]]:
        """Return what is told of each kernel; those without widgets of their own have ours."""
        modules = {"ipywidgets": self.environment.packages / "ipywidgets" / "__init__.py"}
        return {
            kernel_name(each.spec.tab): kernel_spec(each, self.config, self.language, modules)
            for each in self.frameworks
        }


def system_language(known: Sequence[str]) -> str:
    """Return which of some languages the system's locale asks for, else the first of them."""
    from babel import default_locale, negotiate_locale  # noqa: PLC0415 (slow to import)

    asked = (default_locale("LC_MESSAGES") or "").replace("_", "-")
    return (negotiate_locale([asked], known, sep="-") or known[0]).lower()


def _settings(language: str) -> Mapping[str, Any]:
    """Return settings of JupyterLab that the user's own go before."""
    from babel.core import get_global  # noqa: PLC0415 (slow to import)

    locale = str(get_global("likely_subtags").get(language.replace("-", "_"), language))
    base, *others = locale.replace("-", "_").split("_")
    return {
        "@jupyterlab/translation-extension:plugin": {"locale": "_".join([base, *others[-1:]])},
        "@jupyterlab/apputils-extension:notification": {
            "fetchNews": "false",
            "checkForUpdates": False,
        },
    }


def _page_patterns(config: Config) -> Iterator[tuple[str, list[str]]]:
    """Yield what tells the browser which files are pages, those that will be made included.

    These are regular expressions for paths below the book's folder, which JavaScript and Python
    read alike: `polybookPages` are the pages, unless they are among `polybookOthers`.
    """
    below = posixpath.relpath(config.source.as_posix(), config.root.as_posix())
    start = "" if below == "." else f"{re.escape(below)}/"
    pages: list[str] = []
    others = [f"{_expression(pattern)}(?:/.*)?" for pattern in _left_out(config)]
    for language in config.languages:
        own = config.localised(language.code)
        code = re.escape(language.code)
        head, tail = re.escape(config.page_layout).replace(r"\{lang\}", code).split(r"\{page\}")
        pages += [f"{head}{_stem(pattern)}{tail}" for pattern in own.build.notebooks]
        for pattern in _left_out(own):
            others += [f"{head}{_stem(pattern)}{tail}", f"{head}{_expression(pattern)}/.*{tail}"]
    made = [os.path.relpath(folder, config.root) for folder in config.made]
    yield "polybookPages", [start + each for each in dict.fromkeys(pages)]
    yield (
        "polybookOthers",
        [
            *(start + each for each in dict.fromkeys(others)),
            *(f"{re.escape(Path(each).as_posix())}/.*" for each in made),
        ],
    )


def _left_out(config: Config) -> Sequence[str]:
    return *config.build.exclusions, *config.build.non_notebooks


def _stem(pattern: str) -> str:
    """Return a pattern of pages, such as `chapter_*/*.md`, as an expression for their names."""
    return _expression(pattern.removesuffix("md").removesuffix("."))


def _expression(pattern: str) -> str:
    """Return a pattern of paths as a regular expression."""
    parts: Iterable[str] = posixpath.normpath(pattern).split("/")
    steps = ["(?:[^/.][^/]*/)*" if part == "**" else _of_name(part) + "/" for part in parts]
    return "".join(steps).removesuffix("/")


def _of_name(pattern: str) -> str:
    """Return a pattern of the name of a file or folder as a regular expression."""
    wild = {"*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"([*?]|\[!?\]?[^\]/]*\])", pattern)
    body = "".join(
        wild.get(part)
        or (part.replace("[!", "[^") if part[:1] == "[" and part[-1:] == "]" else re.escape(part))
        for part in parts
    )
    return body if pattern.startswith(".") else f"(?!\\.){body}"
