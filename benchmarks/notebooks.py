"""Runs all notebooks of a book from top to bottom: `python -m benchmarks.notebooks [BOOK]`.

They are built from what is saved, checked by nbformat, and run by `jupyter nbconvert --execute` of
JupyterLab's environment, each on the Python of its framework's environment, in a copy of the folder
that is handed out, and without the variables that an environment sets: a reader's Jupyter has none.
The exit status is 1 if one of them fails.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat

from polybook.build import Build
from polybook.config import read_config
from polybook.running.environments import (
    Environment,
    environment_specs,
    lab_spec,
    make_environment,
)
from polybook.running.processes import ProcessGroups


def main() -> None:
    """Run the notebooks, and name those that fail."""
    config = read_config(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    specs = environment_specs(config, config.tabs)
    groups = ProcessGroups()
    made = {tab: make_environment(spec, print, groups) for tab, spec in specs.items()}
    jupyter = make_environment(lab_spec(), print, groups)
    report, _ = Build(config, (), ()).notebooks()
    paths = sorted(report.folder.rglob("*.ipynb"))
    for path in paths:
        nbformat.validate(nbformat.read(path, as_version=4))  # type: ignore[no-untyped-call]
    print(f"{len(paths)} notebooks are valid")
    failed = ran = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copied = shutil.copytree(report.folder, folder / "notebooks")
        for path in paths:
            place = path.relative_to(report.folder).parts
            tab = place[1] if config.multilingual else place[0]
            if place[0] != "without-outputs":
                ran += 1
                failed += not _runs(copied.joinpath(*place), made[tab], jupyter, folder)
    print(f"{ran} were run, {failed} failed")
    sys.exit(failed > 0)


def _runs(path: Path, environment: Environment, jupyter: Environment, folder: Path) -> bool:
    """Tell whether a notebook runs; say what is wrong if it does not."""
    spec = {
        "argv": [str(environment.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Python 3",
        "language": "python",
    }
    kernels = folder / environment.spec.tab / "kernels" / "python3"
    kernels.mkdir(parents=True, exist_ok=True)
    (kernels / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    command = [str(jupyter.python), "-m", "nbconvert", "--to", "notebook", "--execute"]
    command += ["--KernelSpecManager.ensure_native_kernel=False", "--output-dir", str(folder)]
    done = subprocess.run(
        [*command, str(path)],
        env={**os.environ, "JUPYTER_PATH": str(kernels.parents[1]), "JUPYTER_NO_CONFIG": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"{path} fails:\n{done.stderr[-2000:]}")
    return done.returncode == 0


if __name__ == "__main__":
    main()
