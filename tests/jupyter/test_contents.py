"""A real Jupyter Server on a book: pages are opened, run, edited and saved through its REST API."""

from __future__ import annotations

import difflib
import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from polybook.config import read_config
from polybook.running.environments import (
    Environment,
    EnvironmentSpec,
    environment_specs,
    make_environment,
)
from polybook.running.processes import ProcessGroups
from tests.conftest import write_files
from tests.jupyter.servers import Server, for_tab, serving

ROOT = Path(__file__).parents[2]

PAGE = """\
# Gelgit

```{.python .input}
%load_ext d2lbook.tab
tab.interact_select('pytorch', 'jax')
```

Deniz yükselir.

```{.python .input}
%%tab pytorch
high = 'pytorch'
```

```{.python .input}
%%tab jax
high = 'jax'
```

```{.python .input}
%%tab all
high, tab.selected('jax')
```
"""

FILES = {
    "config.ini": """\
        [build]
        tabs = pytorch, jax
        page_layout = {page}.{lang}.md
        notebooks = sea/*.md
        exclusions = sea/notes.*
        [languages]
        tr = Türkçe
        ja = 日本語
        """,
    "README.md": "# Read me\n",
    "sea/notes.tr.md": "# Notes\n",
    "sea/wave.txt": "wave\n",
    "sea/malformed.tr.md": "# [**Ay\n\n:begin_tab:`jax`\n\n```{.python .input}\n%%tab\n1\n",
    **{f"sea/{name}.tr.md": PAGE for name in ("run", "edit", "two", "locked", "copy", "unedited")},
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, plain: Environment) -> Iterator[Server]:
    book = write_files(tmp_path_factory.mktemp("lab") / "book", FILES)
    (book / "sea" / "broken.tr.md").write_bytes("# Yağmur\n".encode("iso-8859-9"))
    frameworks = [for_tab(plain, "pytorch"), for_tab(plain, "jax")]
    with serving(book, frameworks, "tr") as started:
        yield started


def sources(model: dict[str, Any]) -> list[str]:
    return [cell["source"] for cell in model["content"]["cells"]]


def codes(model: dict[str, Any]) -> list[str]:
    cells = model["content"]["cells"]
    return [cell["source"] for cell in cells if cell["cell_type"] == "code"]


def changes(before: str, after: str) -> list[str]:
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line[0] in "+-"]


def test_pages_are_notebooks_and_other_files_what_they_are(server: Server) -> None:
    listed = {each["name"]: each["type"] for each in server.get("sea")["content"]}
    assert listed["run.tr.md"] == "notebook"
    assert listed["notes.tr.md"] == listed["wave.txt"] == "file"
    assert server.get("README.md")["content"] == "# Read me\n"
    assert server.get("sea/run.tr.md", type="file", format="text")["content"] == PAGE
    assert sources(server.get("sea/run.tr.md"))[:3] == [
        "# Gelgit",
        "%load_ext d2lbook.tab\ntab.interact_select('pytorch', 'jax')",
        "Deniz yükselir.",
    ]


def test_a_page_starts_with_a_kernel_of_its_own_and_there_is_one_per_framework(
    server: Server,
) -> None:
    kernels = server.ask("GET", "kernelspecs").json()["kernelspecs"]
    assert {name: each["spec"]["display_name"] for name, each in kernels.items()} == {
        "polybook-pytorch": "PyTorch",
        "polybook-jax": "JAX",
    }
    notebook = server.get("sea/run.tr.md")["content"]
    assert notebook["metadata"]["kernelspec"]["name"] == "polybook-pytorch"


def test_a_notebook_that_was_built_starts_with_the_kernel_of_its_framework(server: Server) -> None:
    metadata = {"polybook": {"tab": "jax"}, "kernelspec": {"name": "python3", "display_name": "x"}}
    built = {"cells": [], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    (server.book / "built.ipynb").write_text(json.dumps(built), encoding="utf-8")
    notebook = server.get("built.ipynb")["content"]
    assert notebook["metadata"]["kernelspec"]["name"] == "polybook-jax"


@pytest.mark.parametrize("tab", ["pytorch", "jax"])
def test_a_page_runs_on_the_kernel_of_each_framework(server: Server, tab: str) -> None:
    shown = server.run("sea/run.tr.md", f"polybook-{tab}", codes(server.get("sea/run.tr.md")))
    other = {"pytorch": "JAX", "jax": "PyTorch"}[tab]
    assert [each for each in shown[1:3] if each] == [f"Bu hücre atlandı: {other} için.\n"]
    assert shown[3] == f"('{tab}', {tab == 'jax'})\n"


def test_the_widgets_of_jupyterlab_are_there_for_each_framework(server: Server) -> None:
    first = codes(server.get("sea/run.tr.md"))[0]
    assert "ToggleButtons" in server.run("sea/run.tr.md", "polybook-jax", [first])[0]


def test_an_edited_cell_is_all_that_differs_and_outputs_are_not_written(server: Server) -> None:
    model = server.get("sea/edit.tr.md")
    cell = model["content"]["cells"][3]
    cell["source"] += "\nlow = 1"
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "42\n"}]
    cell["execution_count"] = 3
    answer = server.save("sea/edit.tr.md", model)
    assert (answer.status_code, answer.json()["type"]) == (200, "notebook")
    saved = (server.book / "sea/edit.tr.md").read_text(encoding="utf-8")
    assert changes(PAGE, saved) == ["+ low = 1"]


def test_a_save_without_an_edit_leaves_the_file_untouched(server: Server) -> None:
    file = server.book / "sea/unedited.tr.md"
    before = file.stat().st_mtime_ns, file.read_bytes()
    model = server.get("sea/unedited.tr.md")
    assert server.save("sea/unedited.tr.md", model).status_code == 200
    assert (file.stat().st_mtime_ns, file.read_bytes()) == before


def test_a_page_that_changed_on_disk_can_be_told(server: Server) -> None:
    """What an editor asks before it saves: JupyterLab then says so, and lets the author choose."""
    first = server.get("sea/two.tr.md", hash="1")
    second = server.get("sea/two.tr.md", hash="1")
    second["content"]["cells"][2]["source"] = "Deniz alçalır."
    assert server.save("sea/two.tr.md", second).status_code == 200
    now = server.get("sea/two.tr.md", hash="1", content="0")
    assert now["hash"] != first["hash"]
    assert now["last_modified"] >= first["last_modified"]
    # Whoever saves all the same writes what they see, and nothing of what the other one has.
    assert server.save("sea/two.tr.md", first).status_code == 200
    assert (server.book / "sea/two.tr.md").read_text(encoding="utf-8") == PAGE


def test_a_read_only_page_is_opened_as_such_and_refused_when_saved(server: Server) -> None:
    file = server.book / "sea/locked.tr.md"
    file.chmod(0o444)
    model = server.get("sea/locked.tr.md")
    assert model["writable"] is False
    assert server.save("sea/locked.tr.md", model).status_code == 403
    model["content"]["cells"][2]["source"] = "Deniz alçalır."
    answer = server.save("sea/locked.tr.md", model)
    assert answer.status_code == 403
    assert answer.json()["message"] == "Permission denied: sea/locked.tr.md"
    assert file.read_text(encoding="utf-8") == PAGE


def test_a_page_with_malformed_marks_opens_and_loses_nothing(server: Server) -> None:
    text = (server.book / "sea/malformed.tr.md").read_text(encoding="utf-8")
    model = server.get("sea/malformed.tr.md")
    cell = model["content"]["cells"][0]
    cell["source"] = cell["source"].replace("[**Ay", "[**Ay**]")
    assert server.save("sea/malformed.tr.md", model).status_code == 200
    saved = (server.book / "sea/malformed.tr.md").read_text(encoding="utf-8")
    assert saved == text.replace("[**Ay", "[**Ay**]")


def test_a_page_that_is_not_utf8_is_refused_in_jupyters_words(server: Server) -> None:
    answer = server.ask("GET", "contents/sea/broken.tr.md")
    assert answer.status_code == 400
    assert "is not UTF-8 encoded" in answer.json()["message"]


def test_a_picture_in_the_notebook_alone_is_refused_and_the_file_stays(server: Server) -> None:
    model = server.get("sea/copy.tr.md")
    model["content"]["cells"][0] |= {
        "source": "![](attachment:sea.png)",
        "attachments": {"sea.png": {"image/png": "iVBORw0KGgo="}},
    }
    answer = server.save("sea/copy.tr.md", model)
    assert answer.status_code == 400
    assert "“sea.png” is in the notebook alone" in answer.json()["message"]
    assert (server.book / "sea/copy.tr.md").read_text(encoding="utf-8") == PAGE


def test_copies_and_new_files_are_what_their_names_say(server: Server) -> None:
    copied = server.ask("POST", "contents/sea", json={"copy_from": "sea/copy.tr.md"})
    assert copied.json()["type"] == "notebook"
    assert (server.book / copied.json()["path"]).read_text(encoding="utf-8") == PAGE
    new = server.ask("POST", "contents/sea", json={"type": "notebook"})
    assert new.json()["name"] == "Untitled.ipynb"
    assert '"nbformat"' in (server.book / new.json()["path"]).read_text(encoding="utf-8")


def rename(server: Server, old: str, new: str) -> str:
    """Rename a file, and return the type of what it is then."""
    answer = server.ask("PATCH", f"contents/{old}", json={"path": new})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["type"])


def test_a_new_notebook_that_is_renamed_to_a_page_is_one_and_a_page_can_become_a_notebook(
    server: Server,
) -> None:
    new = server.ask("POST", "contents/sea", json={"type": "notebook"}).json()["path"]
    cells = [
        {"cell_type": "markdown", "id": "a", "metadata": {}, "source": "# Ay"},
        {"cell_type": "code", "id": "b", "metadata": {}, "source": "1", "outputs": []},
    ]
    model = server.get(new)
    model["content"]["cells"] = [cells[0], {**cells[1], "execution_count": None}]
    assert server.save(new, model).status_code == 200
    assert rename(server, new, "sea/moon.tr.md") == "notebook"
    moon = "# Ay\n\n```{.python .input}\n1\n```\n"
    assert (server.book / "sea/moon.tr.md").read_text(encoding="utf-8") == moon
    assert rename(server, "sea/moon.tr.md", "sea/moon.ipynb") == "notebook"
    assert sources(server.get("sea/moon.ipynb")) == ["# Ay", "1"]
    assert rename(server, "sea/moon.ipynb", "moon.md") == "file"
    assert json.loads((server.book / "moon.md").read_text(encoding="utf-8"))["nbformat"] == 4


def test_nobody_gets_in_without_the_token(server: Server) -> None:
    assert replace(server, token="wrong").ask("GET", "contents").status_code == 403
    assert server.ask("GET", "contents").status_code == 200


@pytest.mark.frameworks
def test_our_own_pages_run_on_every_frameworks_own_kernel(tmp_path: Path) -> None:
    shutil.copy(ROOT / "config.ini", tmp_path)
    config = read_config(tmp_path)
    specs = environment_specs(config, config.tabs).values()
    # All at once, each in a folder of its own: what a page saves has the same name for all.
    pages = [f"chapter_{tab}/tensors.tr.md" for tab in config.tabs]
    for page in pages:
        shutil.copytree(ROOT / "chapter_file_io", (tmp_path / page).parent)
    before = [(tmp_path / page).read_bytes() for page in pages]

    def make(spec: EnvironmentSpec) -> Environment:
        return make_environment(spec, print, ProcessGroups())

    with ThreadPoolExecutor(len(specs)) as pool:
        frameworks = list(pool.map(make, specs))
        with serving(tmp_path, frameworks, "tr") as server:
            models = [server.get(page) for page in pages]
            kernels = [f"polybook-{tab}" for tab in config.tabs]
            for shown in pool.map(server.run, pages, kernels, map(codes, models)):
                assert not [each for each in shown if "Raised" in each]
                assert [each for each in shown if each and "atlandı" not in each]
            for page, model in zip(pages, models, strict=True):
                assert server.save(page, model).status_code == 200
    assert [(tmp_path / page).read_bytes() for page in pages] == before
