"""`%%tab` in real kernels: in any Jupyter, and in those that Polybook starts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from polybook import tab
from polybook.config import read_config
from polybook.dialect.tabs import CELL_MARKER
from polybook.jupyter.kernels import kernel_spec
from polybook.running.environments import Environment
from tests.conftest import MakeBook
from tests.jupyter.conftest import RunCode, StartKernel

SOURCE = Path(tab.__file__).parents[1]
SETUP = "%load_ext {}.tab\ntab.interact_select('pytorch', 'jax')"


@pytest.fixture
def any_kernel(start_kernel: StartKernel, plain: Environment) -> RunCode:
    """A kernel of a Jupyter in which Polybook is installed, and which knows nothing else of it."""
    command = [str(plain.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    return start_kernel({"argv": command, "env": {"PYTHONPATH": str(SOURCE)}})


@pytest.fixture
def jax_spec(make_book: MakeBook, plain: Environment) -> dict[str, Any]:
    """The kernel of a book's framework, in an environment that is made quickly."""
    book = make_book(
        {
            "config.ini": "[build]\ntabs = pytorch, jax\n",
            "own/__init__.py": "from own.tides import HIGH\n",
            "own/tides.py": "HIGH = 7\n",
            "random.py": "raise ImportError('the book’s own')\n",
            "a.md": "# A\n",
        }
    )
    spec = replace(plain.spec, tab="jax", title="JAX", environ=(("TIDE", "high"),))
    environment = Environment(spec, plain.folder)
    return kernel_spec(environment, read_config(book), "tr", {})


def test_cells_of_the_chosen_tab_run_and_others_are_skipped_with_one_line(
    any_kernel: RunCode,
) -> None:
    assert any_kernel(SETUP.format("polybook")) == "Chosen: PyTorch. tab.select('jax')\n"
    assert any_kernel("%%tab pytorch\n6 * 7") == "42\n"
    assert any_kernel("%%tab jax, mxnet\nraise Exception") == (
        "Skipped: this cell is for JAX, MXNet.\n"
    )
    assert any_kernel("%%tab all\n%%writefile /dev/null\nx") == "Overwriting /dev/null\n"
    assert any_kernel("#@tab jax\nraise Exception").startswith("Skipped")
    assert any_kernel("#@save\n#@tab pytorch\n'both'") == "'both'\n"
    assert any_kernel("%%tab jax").startswith("Skipped")
    assert any_kernel("%%tab pytorch") == ""
    assert any_kernel("'no marker'") == "'no marker'\n"
    assert any_kernel("%%tab pytorch\n1 / 0") == "ZeroDivisionError: division by zero\n"
    assert any_kernel("%%tab all\nimport asyncio\nawait asyncio.sleep(0, 'awaited')") == (
        "'awaited'\n"
    )


def test_another_tab_can_be_chosen_by_a_plain_call_and_stays_chosen(any_kernel: RunCode) -> None:
    any_kernel(SETUP.format("polybook"))
    assert any_kernel("tab.select('jax')") == ""
    assert any_kernel("tab.selected('jax'), tab.selected(['pytorch', 'mxnet'])") == (
        "(True, False)\n"
    )
    assert any_kernel("tab.selected('all')") == "True\n"
    assert any_kernel("tab.interact_select(['pytorch', 'jax'])").startswith("Chosen: JAX.")
    assert any_kernel("tab.interact_select()").startswith("ValueError: Name the tabs")


def test_kernel_of_a_framework_has_its_tab_from_the_start(
    start_kernel: StartKernel, jax_spec: dict[str, Any]
) -> None:
    run = start_kernel(jax_spec)
    assert run("%%tab jax\ntab.selected('jax')") == "True\n"
    assert run("%%tab pytorch\nraise Exception") == "Bu hücre atlandı: PyTorch için.\n"
    assert run(SETUP.format("d2lbook")) == "Seçilen: JAX. tab.select('pytorch')\n"
    assert run("%load_ext polybook.tab") == ""
    assert run("from d2lbook import tab as own\nimport polybook.tab\nown is polybook.tab") == (
        "True\n"
    )


def test_kernel_of_a_framework_has_the_books_modules_and_variables(
    start_kernel: StartKernel, jax_spec: dict[str, Any]
) -> None:
    run = start_kernel(jax_spec)
    assert run("import os, own; own.HIGH, os.environ['TIDE']") == "(7, 'high')\n"


def test_a_real_d2lbook_goes_before_the_stand_in(
    start_kernel: StartKernel, jax_spec: dict[str, Any], tmp_path: Path
) -> None:
    real = tmp_path / "installed" / "d2lbook"
    real.mkdir(parents=True)
    (real / "__init__.py").touch()
    (real / "tab.py").write_text("def load_ipython_extension(shell):\n    print('the real one')\n")
    spec = {**jax_spec, "env": {**jax_spec["env"], "PYTHONPATH": str(real.parent)}}
    assert start_kernel(spec)("%load_ext d2lbook.tab") == "the real one\n"


def test_the_magic_reads_markers_as_the_dialect_does() -> None:
    assert tab._MARKER.pattern == CELL_MARKER.pattern
    assert tab._MARKER.flags == CELL_MARKER.flags


def test_a_kernel_is_called_by_the_frameworks_title(jax_spec: dict[str, Any]) -> None:
    assert jax_spec["display_name"] == "JAX"
    assert json.loads(jax_spec["env"]["POLYBOOK_TAB"])["titles"] == {
        "pytorch": "PyTorch",
        "jax": "JAX",
    }
