"""Notebooks for Colab and SageMaker: what is added to them, for which modules, in which words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from polybook.build import Build
from polybook.config import read_config
from polybook.errors import ConfigError
from tests.conftest import MakeBook, RunPolybook
from tests.html.sites import png
from tests.notebooks.books import cells, read, texts, written

CONFIG = """
[project]
release = 1.2

[languages]
tr = Türkçe
fr = Français

[build]
tabs = pytorch, jax
output_dir = build

[colab]
github_repo = pytorch, harbour/tides-pytorch
              jax, harbour/tides-jax
libs = pytorch, tides, tides==RELEASE
       jax, tides, -U tides[jax,cpu]==RELEASE
       jax, flax, flax
replace_svg_url = img, https://example.org/_images/

[colab-fr]
libs_header = À installer :

[sagemaker]
github_repo = harbour/tides-sagemaker
kernel = pytorch, conda_pytorch_p36
libs = tides, ..  # from the repository
"""

PAGE = """# {title}

```{{.python .input}}
%load_ext d2lbook.tab
tab.interact_select('pytorch', 'jax')
#required_libs("waves==3", "flax")
```

![Sail](../img/sail.svg) ![Tower](../img/tower.png)

![Ship](../img/deep/ship%20one.svg)
:width:`40px`

```{{.python .input}}
%%tab pytorch
from tides import torch as d2l
import os, json  # import flax
device = d2l.try_gpu()
```

```{{.python .input}}
%%tab jax
import os, tides.jax as d2l
import flax
```
"""

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="3"/>'

FILES = {
    "config.ini": CONFIG,
    "sea/page.tr.md": PAGE.format(title="Deniz"),
    "sea/page.fr.md": PAGE.format(title="La mer"),
    "sea/plain.tr.md": "# Düz\n\n```{.python .input}\n%%tab all\n1\n```\n",
    "img/sail.svg": SVG,
    "img/deep/ship one.svg": SVG,
}


@pytest.fixture
def book(make_book: MakeBook) -> Path:
    root = make_book(FILES)
    (root / "img" / "tower.png").write_bytes(png())
    return root


def build(root: Path, host: str, **parts: Any) -> list[str]:
    """Build the notebooks for a host; return what changed."""
    work = Build(read_config(root), parts.get("languages", ()), parts.get("tabs", ()))
    return list(work.hosted(host)[0].changed)


def hosted(root: Path, name: str) -> Any:
    return read(root / "build" / f"{name}.ipynb")


# ---------------------------------------------------------------- Colab


def test_notebook_for_colab_installs_what_it_imports_and_what_the_page_names(book: Path) -> None:
    build(book, "colab")
    pytorch = cells(hosted(book, "colab/tr/pytorch/sea/page"))
    assert pytorch[:2] == [
        ("markdown", "Bu not defteri şu kitaplıkları gerektirir."),
        ("code", "!pip install tides==1.2\n!pip install waves==3\n!pip install flax"),
    ]
    assert "_needed = {'tides': ''}" in pytorch[2][1]
    assert pytorch[3][1].startswith("# 1 Deniz")
    jax = cells(hosted(book, "colab/tr/jax/sea/page"))
    assert jax[1][1].splitlines() == [
        "!pip install -U tides[jax,cpu]==1.2",
        "!pip install flax",
        "!pip install waves==3",
    ]


def test_words_above_the_installation_are_the_books_where_it_has_some(book: Path) -> None:
    build(book, "colab")
    assert cells(hosted(book, "colab/fr/jax/sea/page"))[0] == ("markdown", "À installer :")


def test_notebook_that_imports_nothing_of_the_kind_installs_nothing(book: Path) -> None:
    build(book, "colab")
    assert cells(hosted(book, "colab/tr/jax/sea/plain")) == [
        ("markdown", "# 2 Düz"),
        ("code", "1"),
    ]


def test_code_that_asks_for_a_gpu_gets_one(book: Path) -> None:
    build(book, "colab")
    pytorch = hosted(book, "colab/tr/pytorch/sea/page")["metadata"]
    assert pytorch["accelerator"] == "GPU"
    assert pytorch["kernelspec"] == {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    assert "accelerator" not in hosted(book, "colab/tr/jax/sea/page")["metadata"]


def test_svg_images_come_from_the_web_and_others_lie_beside(book: Path) -> None:
    build(book, "colab")
    page = texts(hosted(book, "colab/tr/jax/sea/page"))
    assert "![Sail](https://example.org/_images/sail.svg) ![Tower](../img/tower.png)" in page
    assert 'src="https://example.org/_images/deep/ship%20one.svg"' in page
    assert "tr/jax/img/tower.png" in written(book / "build" / "colab")


def test_ids_of_the_cells_stay_those_of_the_notebook(book: Path) -> None:
    build(book, "colab")
    Build(read_config(book), (), ()).notebooks()
    own = [each["id"] for each in hosted(book, "notebooks/tr/jax/sea/plain")["cells"]]
    assert [each["id"] for each in hosted(book, "colab/tr/jax/sea/plain")["cells"]] == own


# ---------------------------------------------------------------- SageMaker


def test_notebook_for_sagemaker_has_its_kernel(book: Path) -> None:
    build(book, "sagemaker")
    pytorch = hosted(book, "sagemaker/tr/pytorch/sea/page")
    kernel = {"name": "conda_pytorch_p36", "display_name": "conda_pytorch_p36"}
    assert pytorch["metadata"]["kernelspec"] == {**kernel, "language": "python"}
    assert "accelerator" not in pytorch["metadata"]
    assert cells(pytorch)[1][1].splitlines()[0] == "!pip install ..  # from the repository"
    jax = hosted(book, "sagemaker/tr/jax/sea/page")
    assert jax["metadata"]["kernelspec"]["name"] == "conda_python3"
    assert "../img/sail.svg" in texts(jax)


# ---------------------------------------------------------------- what is built


def test_only_tabs_with_a_repository_are_built(make_book: MakeBook) -> None:
    config = CONFIG.replace("              jax, harbour/tides-jax\n", "")
    root = make_book(FILES | {"config.ini": config})
    build(root, "colab")
    assert {name.split("/")[1] for name in written(root / "build" / "colab")} == {"pytorch"}


def test_a_second_build_writes_nothing_and_a_part_keeps_the_rest(book: Path) -> None:
    everything = build(book, "colab")
    assert build(book, "colab") == []
    (book / "sea" / "plain.tr.md").write_text("# Düz\n\nYazı.\n", encoding="utf-8")
    assert build(book, "colab", languages=["fr"], tabs=["jax"]) == ["fr/jax/sea/plain.ipynb"]
    assert set(written(book / "build" / "colab")) == set(everything)


def test_without_a_repository_nothing_is_built_and_it_is_said(
    polybook: RunPolybook, make_book: MakeBook
) -> None:
    root = make_book({"config.ini": "[build]\noutput_dir = build\n", "index.md": "# A\n"})
    result = polybook("build", "colab", "sagemaker", "-C", root)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == (
        "[colab] github_repo names no repository: there is nothing to build.\n"
        "[sagemaker] github_repo names no repository: there is nothing to build.\n"
    )
    assert not (root / "build" / "colab").exists()
    assert "github_repo" not in polybook("build", "all", "-C", root).stdout


def test_every_format_includes_those_for_hosts(polybook: RunPolybook, book: Path) -> None:
    result = polybook("build", "all", "--no-run", "-C", book)
    assert result.returncode == 0
    assert {"html", "notebooks", "colab", "sagemaker"} <= {
        each.name for each in (book / "build").iterdir()
    }
    assert result.stdout.count("Without fresh outputs") == 1


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("github_repo = a/b, c/d, e/f", "“a/b, c/d, e/f” is not of the form “TAB, VALUE”"),
        ("libs = tides", "“tides” is not of the form “TAB, MODULE, PACKAGE”"),
        ("replace_svg_url = img", "“img” is not of the form “FOLDER, ADDRESS”"),
    ],
)
def test_setting_that_cannot_be_read_is_an_error(
    make_book: MakeBook, setting: str, said: str
) -> None:
    root = make_book({"config.ini": f"[colab]\n{setting}\n", "index.md": "# A\n"})
    with pytest.raises(ConfigError, match=said) as raised:
        read_config(root)
    assert raised.value.location
    assert raised.value.location.line == 2
