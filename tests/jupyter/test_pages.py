"""Pages as notebooks and back: no byte changes but those of what was edited."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polybook.errors import BookError
from polybook.ipynb import to_text
from polybook.jupyter.pages import to_markdown, to_notebook
from tests.dialect.test_any_text import of_blocks, of_pieces

TABS = ("mxnet", "pytorch", "jax")
ROOT = Path(__file__).parents[2]

PAGE = """\
# Tides
:label:`sec_tides`

The sea rises.

```{.python .input}
%load_ext d2lbook.tab
tab.interact_select('mxnet', 'pytorch')
```

```{.python .input}
%%tab pytorch
import torch
```

```{.python .input}
#@save
high = 1
```
```{.python .input n=3 tags="raises-exception"}
%%tab all
low
```

It falls.

## Moon

[**It pulls.**]

```python
# not a cell
```
"""


def notebook_of(text: str) -> Any:
    return nbformat.reads(to_text(to_notebook(text, TABS)), as_version=4)  # type: ignore[no-untyped-call]


def sources(notebook: Any) -> list[str]:
    return [cell["source"] for cell in notebook["cells"]]


def diff(notebook: Any) -> list[str]:
    """Return the lines that a notebook of `PAGE` would take away and add."""
    lines = difflib.ndiff(PAGE.splitlines(), to_markdown(notebook).splitlines())
    return [line for line in lines if line[0] in "+-"]


def test_each_section_and_each_code_cell_is_a_cell() -> None:
    assert sources(notebook_of(PAGE)) == [
        "# Tides\n:label:`sec_tides`\n\nThe sea rises.",
        "%load_ext d2lbook.tab\ntab.interact_select('mxnet', 'pytorch')",
        "%%tab pytorch\nimport torch",
        "%%tab mxnet\n#@save\nhigh = 1",
        "%%tab all\nlow",
        "It falls.",
        "## Moon\n\n[**It pulls.**]\n\n```python\n# not a cell\n```",
    ]
    assert notebook_of(PAGE)["cells"][4]["metadata"]["tags"] == ["raises-exception"]


def test_an_unmarked_cell_of_a_page_with_one_tab_is_shown_as_it_is() -> None:
    assert sources(notebook_of("```{.python .input}\n1\n```\n")) == ["1"]


@given(st.one_of(of_pieces, of_blocks))
def test_whatever_the_page_its_notebook_is_valid_and_saved_as_the_same_bytes(text: str) -> None:
    notebook = notebook_of(text)
    nbformat.validate(notebook)
    assert to_markdown(notebook) == text


@given(st.one_of(of_pieces, of_blocks), st.integers(0, 50))
def test_whatever_the_page_an_edit_stays_in_its_cell(text: str, place: int) -> None:
    notebook = notebook_of(text)
    if not notebook["cells"]:
        return
    notebook["cells"][place % len(notebook["cells"])]["source"] = "EDITED"
    before, _, behind = to_markdown(notebook).partition("EDITED")
    assert text.startswith(before.rstrip("\r\n"))
    assert text.endswith(behind.lstrip("\r\n"))


PAGES = sorted([*ROOT.glob("chapter_*/*.md"), *ROOT.glob("tests/**/*.md")])


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_real_page_is_saved_as_the_same_bytes(path: Path) -> None:
    text = path.read_bytes().decode()
    assert to_markdown(notebook_of(text)).encode() == path.read_bytes()


@pytest.mark.parametrize(
    ("place", "source", "changed"),
    [
        (0, "# Tides\n:label:`sec_tides`\n\nIt rises.", ["- The sea rises.", "+ It rises."]),
        (2, "%%tab pytorch\nimport torch\n1", ["+ 1"]),
        (3, "%%tab mxnet\n#@save\nhigh = 2", ["- high = 1", "+ high = 2"]),
        (3, "%%tab all\n#@save\nhigh = 1", ["+ %%tab all"]),
        (5, "", ["- It falls.", "- "]),
    ],
)
def test_an_edit_changes_its_own_lines_only(place: int, source: str, changed: list[str]) -> None:
    notebook = notebook_of(PAGE)
    notebook["cells"][place]["source"] = source
    assert [line for line in diff(notebook) if line[0] != "?"] == changed


def _insert(cells: list[Any]) -> None:
    cells.insert(1, {"cell_type": "code", "metadata": {}, "source": "new = 1", "outputs": []})


def _insert_text(cells: list[Any]) -> None:
    cells.insert(7, {"cell_type": "markdown", "metadata": {}, "source": "The end."})


def _insert_blank(cells: list[Any]) -> None:
    cells.insert(3, {"cell_type": "code", "metadata": {}, "source": "", "outputs": []})


def _delete(cells: list[Any]) -> None:
    del cells[2]


def _tag(cells: list[Any]) -> None:
    cells[4]["metadata"]["tags"] = []
    cells[2]["metadata"]["tags"] = ["raises-exception", "skip-execution"]


@pytest.mark.parametrize(
    ("edit", "changed"),
    [
        (_insert, ["+ ```{.python .input}", "+ new = 1", "+ ```", "+ "]),
        (_insert_text, ["+ ", "+ The end."]),
        (_insert_blank, []),
        (_delete, ["- ```{.python .input}", "- %%tab pytorch", "- import torch", "- ```", "- "]),
        (
            _tag,
            [
                "- ```{.python .input}",
                '+ ```{.python .input tags="raises-exception skip-execution"}',
                '- ```{.python .input n=3 tags="raises-exception"}',
                "+ ```{.python .input n=3}",
            ],
        ),
    ],
)
def test_cells_come_and_go_and_are_tagged(
    edit: Callable[[list[Any]], None], changed: list[str]
) -> None:
    notebook = notebook_of(PAGE)
    edit(notebook["cells"])
    assert sorted(line for line in diff(notebook) if line[0] != "?") == sorted(changed)


def test_outputs_and_what_jupyter_keeps_are_not_written() -> None:
    notebook = notebook_of(PAGE)
    notebook["metadata"]["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["execution_count"] = 1
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "42"}]
    assert to_markdown(notebook) == PAGE


def test_a_cell_with_a_fence_in_it_is_fenced_by_more() -> None:
    notebook = notebook_of(PAGE)
    notebook["cells"][2]["source"] = 'text = """\n```\n"""'
    again = notebook_of(to_markdown(notebook))
    assert sources(again)[2] == '%%tab mxnet\ntext = """\n```\n"""'


def test_a_fence_that_nothing_closed_is_closed_when_a_cell_follows() -> None:
    notebook = notebook_of("```{.python .input}\n1\n")
    notebook["cells"].append({"cell_type": "markdown", "metadata": {}, "source": "Text."})
    assert to_markdown(notebook) == "```{.python .input}\n1\n```\n\nText.\n"


def test_a_picture_that_is_in_the_notebook_alone_is_not_lost_unsaid() -> None:
    notebook = notebook_of(PAGE)
    notebook["cells"][0]["source"] += "\n![](attachment:sea.png)"
    notebook["cells"][0]["attachments"] = {"sea.png": {"image/png": "iVBORw0KGgo="}}
    with pytest.raises(BookError, match=r"sea\.png"):
        to_markdown(notebook)
