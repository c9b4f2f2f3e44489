"""Notebooks made fit for hosts that run them: Google Colab and Amazon SageMaker.

What is added, and when, is what d2lbook 1.0.3 adds (its `colab.py` and `sagemaker.py`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from polybook.config import Colab, Config, Sagemaker
from polybook.ipynb import Node, code_cell, markdown_cell, to_text, with_ids
from polybook.notebooks.needs import imported
from polybook.notebooks.rendering import PageNotebooks, relative
from polybook.words import Words, words

#: The hosts, by the names of their sections and of the folders of their notebooks.
COLAB, SAGEMAKER = "colab", "sagemaker"
HOSTS: Mapping[str, str] = {COLAB: "Colab", SAGEMAKER: "SageMaker"}

_RELEASE = "==RELEASE"
_USUAL_KERNEL = "conda_python3"


@dataclass(frozen=True)
class Host:
    """A host as a book describes it, for one language and tab.

    Args:
        name: one of `HOSTS`.
        config: the book's settings for the language.
        language: the language.
        tab: the tab.

    """

    name: str
    config: Config
    language: str
    tab: str

    @property
    def settings(self) -> Colab | Sagemaker:
        """The host's section."""
        return self.config.colab if self.name == COLAB else self.config.sagemaker

    @property
    def wanted(self) -> bool:
        """Whether the book names a repository for the notebooks of this tab."""
        return self.repository != ""

    @property
    def repository(self) -> str:
        """The repository that the book names for the notebooks of this tab; empty if none."""
        return self._of_tab(self.settings.github_repo)

    def _of_tab(self, values: Sequence[tuple[str, str]]) -> str:
        return next((value for tab, value in values if tab in ("", self.tab)), "")

    @property
    def release(self) -> str:
        """The book's release, which a package may be asked for by."""
        return self.config.project.release

    def adapt(self, page: PageNotebooks) -> str:
        """Return the file of a page's notebook as the host is to have it."""
        notebook: Node = json.loads(page.full[self.tab])
        code = [_source(each) for each in notebook["cells"] if each["cell_type"] == "code"]
        packages = list(dict.fromkeys([*self._packages(code), *page.libraries]))
        cells = [*self._installing(packages, words(self.language)), *notebook["cells"]]
        kernel = notebook["metadata"]["kernelspec"]
        match self.settings:
            case Colab() as settings:
                kernel["display_name"] = "Python 3"
                if any(settings.gpu_pattern in each for each in code):
                    notebook["metadata"]["accelerator"] = "GPU"
                elsewhere = dict(_elsewhere(settings, page))
                cells = [_with_addresses(each, elsewhere) for each in cells]
            case Sagemaker() as settings:
                name = self._of_tab(settings.kernel) or _USUAL_KERNEL
                kernel.update(name=name, display_name=name)
        notebook["cells"] = with_ids(cells)
        return to_text(notebook)

    def _packages(self, code: Sequence[str]) -> Iterator[str]:
        """Yield what is to be installed for the modules that code imports."""
        modules = {module for each in code for module in imported(each)}
        for tab, module, package in self.settings.libs:
            if tab in ("", self.tab) and module in modules:
                yield package.replace(_RELEASE, f"=={self.release}")

    def _installing(self, packages: Sequence[str], words: Words) -> list[Node]:
        if not packages:
            return []
        head = self.settings.libs_header or words("This notebook needs these libraries.")
        commands = "\n".join(f"!pip install {package}" for package in packages)
        return [markdown_cell(head), code_cell(commands)]


def _source(cell: Node) -> str:
    return "".join(cell["source"])


def _elsewhere(settings: Colab, page: PageNotebooks) -> Iterator[tuple[str, str]]:
    """Yield the addresses of a page's SVG images, each with the one that it has on the web."""
    if settings.replace_svg_url:
        folder, address = settings.replace_svg_url
        for place in page.files:
            if place.endswith(".svg") and place.startswith(f"{folder}/"):
                yield relative(place, page.name), address + quote(place.removeprefix(folder))


def _with_addresses(cell: Node, addresses: Mapping[str, str]) -> Node:
    if cell["cell_type"] != "markdown" or not addresses:
        return cell
    source = _source(cell)
    for own, address in addresses.items():
        source = source.replace(f"]({own})", f"]({address})")
        source = source.replace(f'src="{own}"', f'src="{address}"')
    return {**cell, "source": source.splitlines(keepends=True)}
