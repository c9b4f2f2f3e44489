"""Notebooks in a real kernel: whoever has one runs it from top to bottom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient import NotebookClient

from polybook.running.environments import Environment
from tests.conftest import MakeBook, RunPolybook
from tests.notebooks.books import build, code, notebook, outputs, read

BOOK = {
    "config.ini": """
        [build]
        tabs = plain, other
        output_dir = build
        resources = data
        """,
    "data/tides.txt": "7\n9\n",
    "sea/index.md": """
        # Sea

        ```{.python .input}
        %load_ext d2lbook.tab
        tab.interact_select('plain', 'other')
        ```

        ```{.python .input}
        #@hide
        from pathlib import Path
        ```

        ```{.python .input}
        %%tab all
        if tab.selected("plain"):
            metres = [int(line) for line in Path('../data/tides.txt').read_text().split()]
        if tab.selected("other"):
            metres = []
        print(sum(metres))
        ```

        ```{.python .input}
        #@hide_output
        metres[0]
        ```

        ```{.python .input tags="raises-exception"}
        #@hide_code
        metres[9]
        ```

        ```{.python .input}
        metres[1]
        ```

        ```{.python .input}
        display({"image/svg+xml": "<svg/>"}, raw=True, metadata={"image/svg+xml": {"alt": "a < b"}})
        ```
        """,
}


class OneKernel(KernelSpecManager):
    """Knows one kernel, by the name that every Jupyter has one under."""

    python: str = ""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        assert kernel_name == "python3"
        command = [self.python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=command, display_name="Python 3", language="python")


def execute(path: Path, environment: Environment) -> Any:
    """Run a notebook's file where it lies, as `jupyter nbconvert --execute` does."""
    found = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    specs = OneKernel()
    specs.python = str(environment.python)
    kernel = found.metadata.kernelspec.name
    manager = AsyncKernelManager(kernel_name=kernel, kernel_spec_manager=specs)
    folder = {"metadata": {"path": str(path.parent)}}
    try:
        return NotebookClient(found, km=manager, timeout=120, resources=folder).execute()
    finally:
        # A kernel of a manager that it was given is not nbclient's to end.
        run_sync(manager.shutdown_kernel)(now=True)


@pytest.fixture
def book(make_book: MakeBook, polybook: RunPolybook, plain: Environment) -> Path:  # noqa: ARG001
    """The book, run and built by the command line."""
    root = make_book(BOOK)
    result = polybook("build", "notebooks", "--tab", "plain", "-C", root)
    assert (result.returncode, result.stderr) == (0, "ran sea/index [plain] (en)\n")
    assert "notebooks" in result.stdout
    return root


def test_what_the_page_hides_is_there_and_folded(book: Path) -> None:
    sea = notebook(book, "plain/sea/index")
    assert code(sea)[0] == "from pathlib import Path"
    metadata = [cell["metadata"] for cell in sea["cells"] if cell["cell_type"] == "code"]
    assert metadata == [
        {"jupyter": {"source_hidden": True, "outputs_hidden": True}},
        {},
        {"jupyter": {"outputs_hidden": True}},
        {"jupyter": {"source_hidden": True}, "tags": ["raises-exception"]},
        {},
        {},
    ]


@pytest.mark.parametrize("folder", ["plain", "without-outputs/plain"])
def test_notebook_runs_where_it_lies_and_gives_what_is_saved(
    book: Path, plain: Environment, folder: str
) -> None:
    path = book / "build" / "notebooks" / folder / "sea" / "index.ipynb"
    executed = [cell.outputs for cell in execute(path, plain).cells if cell.cell_type == "code"]
    saved = outputs(notebook(book, "plain/sea/index"))
    assert len(saved) == len(executed) == 6
    for one, other in zip(saved, executed, strict=True):
        assert [each["output_type"] for each in one] == [each["output_type"] for each in other]
    assert saved[1] == [{"output_type": "stream", "name": "stdout", "text": ["16\n"]}]
    assert executed[1][0]["text"] == "16\n"
    assert saved[4][0]["data"] == {"text/plain": ["9"]}
    assert executed[4][0]["data"] == {"text/plain": "9"}
    # JupyterLab shows no SVG of a notebook that it does not trust.
    image = '<img src="data:image/svg+xml;base64,PHN2Zy8+" alt="a &lt; b">'
    assert saved[5][0]["data"] == {"image/svg+xml": ["<svg/>"], "text/html": [image]}
    assert read(path)["metadata"]["kernelspec"]["name"] == "python3"


def test_first_cell_says_in_the_pages_language_what_its_kernel_lacks(
    make_book: MakeBook, plain: Environment
) -> None:
    root = make_book(
        {
            "config.ini": """
                [project]
                lang = tr
                [build]
                tabs = plain
                output_dir = build
                [framework-plain]
                title = Düz {Python}
                requirements = plain.txt
                environ = FLAX_USE_ORBAX_CHECKPOINTING=false JAX_PLATFORMS=cpu
                """,
            "plain.txt": "Not-There==1.5 ; python_version > '3'\n",
            "own/__init__.py": "from own.tides import HIGH\n",
            "own/tides.py": "HIGH = 7\n",
            "sea/sea.md": """
                # Deniz

                ```{.python .input tags="raises-exception"}
                import json, os.path
                import own
                from not_there import tides, moon
                import neither.here as here
                import flax
                ```

                ```{.python .input}
                import os
                [os.environ.get(name) for name in ("FLAX_USE_ORBAX_CHECKPOINTING", "JAX_PLATFORMS")]
                ```
                """,
            "moon.md": """
                # Ay

                ```{.python .input}
                import json
                ```
                """,
        }
    )
    build(root)
    # The book's own modules are handed out with the notebooks, and found from their folders.
    cells = execute(root / "build/notebooks/plain/sea/sea.ipynb", plain).cells
    first = cells[0]
    assert first["metadata"]["jupyter"] == {"source_hidden": True}
    assert [each["text"] for each in first["outputs"]] == [
        "Bu çekirdekte eksik olanlar: flax, neither, not_there.\n"
        "Düz {Python} bulunan bir çekirdek seçin ya da yeni bir hücrede şunu çalıştırın:"
        " %pip install Not-There==1.5\n"
    ]
    # What its environment sets is set where code means another thing without it.
    assert cells[-1].outputs[0]["data"] == {"text/plain": "['false', None]"}
    assert code(notebook(root, "plain/moon")) == ["import json"]
