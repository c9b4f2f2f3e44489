"""Programs on a Dask cluster: the same outputs, whatever happens to workers and scheduler."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import nbformat
import pytest

from polybook.running.environments import Environment
from tests.conftest import MakeBook, RunPolybook
from tests.running.clusters import SILENCE, Cluster
from tests.running.conftest import StartPolybook, wait_until

ROOT = Path(__file__).parents[2]

CONFIG = "[build]\ntabs = plain\noutput_dir = build\nresources = data\n"

#: Says that it runs, and goes on when it may.
WAITING = """
    import pathlib, sys, time
    from tools import five
    here = pathlib.Path({folder!r})
    (here / 'began-{name}').open('a').write('x')
    while not (here / 'go').exists(): time.sleep(0.05)
    print({name!r}, five, pathlib.Path('data/words.txt').read_text())
"""


def page(code: str) -> str:
    return f"# Page\n\n```{{.python .input}}\n{dedent(code).strip()}\n```\n"


@pytest.fixture
def cluster(plain: Environment) -> Iterator[Cluster]:  # noqa: ARG001 (made before)
    with tempfile.TemporaryDirectory(prefix="pb", ignore_cleanup_errors=True) as folder:
        made = Cluster(Path(folder))
        try:
            yield made
        finally:
            made.stop()


@pytest.fixture
def waiting(make_book: MakeBook, tmp_path: Path) -> Callable[..., Path]:
    """Make a book of programs that wait, with a library and a resource."""

    def make(*names: str) -> Path:
        pages = {
            f"{name}.md": page(WAITING.format(folder=str(tmp_path), name=name)) for name in names
        }
        more = {"tools.py": "five = 5\n", "data/words.txt": "wind"}
        return make_book({"config.ini": CONFIG, **more, **pages})

    return make


def began(folder: Path) -> dict[str, int]:
    """Return how many times each program has begun."""
    return {
        path.name.removeprefix("began-"): len(path.read_text()) for path in folder.glob("began-*")
    }


def output(book: Path, name: str) -> str:
    notebook = nbformat.read(book / f"outputs/{name}/plain.ipynb", as_version=4)  # type: ignore[no-untyped-call]
    return str(notebook.cells[0].outputs[0].text)


def ends(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=300)
    return process.returncode, out, err


def with_kernel(cluster: Cluster) -> str:
    """Return the name of a worker that runs a program, waiting for one."""
    wait_until(lambda: any(map(cluster.kernels, cluster.workers)))
    return next(name for name in cluster.workers if cluster.kernels(name))


# ---------------------------------------------------------------- the same outputs


@pytest.mark.frameworks
def test_our_own_page_leaves_the_same_bytes_as_here(
    cluster: Cluster, polybook: RunPolybook, tmp_path: Path
) -> None:
    book = tmp_path / "book"
    shutil.copytree(ROOT / "chapter_file_io", book / "chapter_file_io")
    shutil.copy(ROOT / "config.ini", book)
    only = ("--page", "chapter_file_io/tensors", "--force", "-C", book)
    assert polybook("run", *only).returncode == 0
    here = {path: path.read_bytes() for path in book.glob("outputs/*/*/*")}
    assert len(here) == 4
    shutil.rmtree(book / "outputs")
    for name in ("a", "b", "c"):
        cluster.worker(name)
    result = polybook("run", *only, "--scheduler", cluster.address)
    assert (result.returncode, result.stdout) == (0, "4 of 4 programs ran.\n"), result.stderr
    assert {path: path.read_bytes() for path in book.glob("outputs/*/*/*")} == here
    assert cluster.scratch() == []


def test_library_and_resources_travel_and_the_scheduler_may_be_named_in_other_ways(
    cluster: Cluster, polybook: RunPolybook, waiting: Callable[..., Path], tmp_path: Path
) -> None:
    book = waiting("one", "two")
    (tmp_path / "go").touch()
    for name in ("a", "b"):
        cluster.worker(name)
    variable = {**os.environ, "DASK_SCHEDULER_ADDRESS": cluster.address}
    result = polybook("run", "-C", book, env=variable)
    assert (result.returncode, result.stdout) == (0, "2 of 2 programs ran.\n"), result.stderr
    assert output(book, "one") == "one 5 wind\n"
    (book / "config.ini").write_text(f"{CONFIG}[run]\nscheduler = {cluster.address}\n")
    (book / "tools.py").write_text("five = 'V'\n")
    result = polybook("build", "html", "-C", book)
    assert result.returncode == 0, result.stderr
    assert output(book, "two") == "two V wind\n"
    assert "two V wind" in (book / "build/html/two.html").read_text()
    local = [path.name for path in cluster.folder.glob("*/local/*/*/polybook/*")]
    assert len(local) <= 6  # resources and two libraries, once per worker


def test_a_missing_environment_is_made_once_for_the_workers_of_a_machine(
    cluster: Cluster, polybook: RunPolybook, make_book: MakeBook
) -> None:
    config = f"{CONFIG.replace('resources = data', '')}[framework-plain]\nenviron = SEA=blue\n"
    code = "import os, sys\nprint(os.environ['SEA'], sys.prefix)"
    book = make_book({"config.ini": config, "a.md": page(code), "b.md": page(code + "\n")})
    shared = {"POLYBOOK_CACHE": str(cluster.folder / "cache")}
    for name in ("a", "b"):
        cluster.worker(name, environ=shared)
    result = polybook("run", "-C", book, "--scheduler", cluster.address)
    assert result.returncode == 0, result.stderr
    assert output(book, "a") == "blue <environment>\n"
    made = [path for path in (cluster.folder / "cache/environments").iterdir() if path.is_dir()]
    assert len(made) == 1
    assert "environment for plain: making a virtual environment (tcp://127.0.0.1:" in result.stderr


# ---------------------------------------------------------------- what programs need


def test_program_waits_for_a_gpu_and_sees_only_its_own(
    cluster: Cluster, polybook: RunPolybook, make_book: MakeBook
) -> None:
    shown = "import os; print(os.environ.get('CUDA_VISIBLE_DEVICES'))"
    setup = page("%load_ext d2lbook.tab\ntab.interact_select('plain')\n#required_gpus(2)")
    book = make_book(
        {
            "config.ini": f"{CONFIG}[run]\nneeds = deep/*.md: gpus 1, cores 1\n".replace(
                "resources = data\n", ""
            ),
            "none.md": page(shown),
            "tried.md": page(f"{shown}  # d2l.try_gpu()"),
            "said.md": setup + page(shown).removeprefix("# Page\n"),
            "deep/asked.md": page(shown),
        }
    )
    cluster.worker("a")
    refused = polybook("run", "-C", book, "--scheduler", cluster.address)
    assert refused.returncode == 1
    assert (
        "It needs 1 GPU, 1 core, 2 GiB of memory. No worker has that. tcp://127.0.0.1:"
        in refused.stderr
    )
    assert refused.stdout == "1 of 4 programs ran; 3 failed.\n"
    cluster.worker("b", "GPU=2", {"CUDA_VISIBLE_DEVICES": "4,7,9"})
    result = polybook("run", "-C", book, "--scheduler", cluster.address)
    assert (result.returncode, result.stdout) == (0, "3 of 3 programs ran.\n"), result.stderr
    assert output(book, "tried") == output(book, "deep/asked") == "4\n"
    assert output(book, "said") == "4,7\n"


def test_programs_that_start_at_once_on_a_worker_have_different_gpus(
    cluster: Cluster, polybook: RunPolybook, make_book: MakeBook, tmp_path: Path
) -> None:
    driver = tmp_path / "bin" / "nvidia-smi"  # a machine that takes its time to tell its GPUs
    driver.parent.mkdir()
    driver.write_text("#!/bin/sh\nsleep 0.3\nprintf '0\\n1\\n2\\n'\n")
    driver.chmod(0o755)
    path = {"PATH": f"{driver.parent}{os.pathsep}{os.environ['PATH']}"}
    meeting = f"""
        import os, pathlib, time
        here = pathlib.Path({str(tmp_path)!r})
        (here / 'began-{{name}}').touch()
        while len(list(here.glob('began-*'))) < 2: time.sleep(0.05)
        print(repr(os.environ['CUDA_VISIBLE_DEVICES']))
    """
    book = make_book(
        {
            "config.ini": "[build]\ntabs = plain\n[run]\nneeds = ?.md: gpus 1\n",
            "a.md": page(meeting.format(name="a")),
            "b.md": page(meeting.format(name="b")),
        }
    )
    cluster.worker("a", "GPU=2", path, threads=2)
    result = polybook("run", "-C", book, "--scheduler", cluster.address)
    assert result.returncode == 0, result.stderr
    assert {output(book, "a"), output(book, "b")} == {"'0'\n", "'1'\n"}


def test_memory_that_no_worker_has_is_said_at_once(
    cluster: Cluster, polybook: RunPolybook, make_book: MakeBook
) -> None:
    cluster.worker("a", "MEMORY=3e9,CPU=2")
    config = "[build]\ntabs = plain\n[framework-plain]\nmemory = 2 GB\n[run]\nneeds = "
    book = make_book({"config.ini": f"{config}a.md: cores 2, memory 9 GB\n", "a.md": page("1")})
    result = polybook("run", "-C", book, "--scheduler", cluster.address)
    assert result.returncode == 1
    assert "It needs 2 cores, 9 GiB of memory. No worker has that." in result.stderr
    assert "2 cores, 2.79 GiB of memory." in result.stderr
    (book / "config.ini").write_text(f"{config}a.md: cores 2\n")
    result = polybook("run", "-C", book, "--scheduler", cluster.address)
    assert result.returncode == 0, result.stderr


# ---------------------------------------------------------------- faults


def test_killed_worker_loses_nothing_but_what_it_ran(
    cluster: Cluster, start_polybook: StartPolybook, waiting: Callable[..., Path], tmp_path: Path
) -> None:
    names = [f"p{number}" for number in range(6)]
    book = waiting(*names)
    for name in ("a", "b", "c"):
        cluster.worker(name)
    run = start_polybook("run", "-C", book, "--scheduler", cluster.address)
    wait_until(lambda: len(began(tmp_path)) == 3)
    cluster.workers["a"].kill()
    wait_until(lambda: not cluster.kernels("a"))
    (tmp_path / "go").touch()
    assert ends(run)[:2] == (0, "6 of 6 programs ran.\n")
    assert sorted(began(tmp_path).values()) == [1, 1, 1, 1, 1, 2]
    assert [output(book, name) for name in names] == [f"{name} 5 wind\n" for name in names]
    assert list(cluster.folder.glob("[bc]/tmp/polybook-*")) == []


def test_only_worker_is_killed_before_a_kernel_is_up_and_another_joins(
    cluster: Cluster, start_polybook: StartPolybook, waiting: Callable[..., Path], tmp_path: Path
) -> None:
    book = waiting("one")
    (tmp_path / "go").touch()
    run = start_polybook("run", "-C", book, "--scheduler", cluster.address)
    assert run.stderr
    assert run.stderr.readline() == "Waiting for a worker: none is there.\n"
    cluster.worker("a")
    cluster.workers[with_kernel(cluster)].kill()
    cluster.worker("b")
    assert ends(run)[:2] == (0, "1 of 1 program ran.\n")


def test_program_that_kills_two_workers_is_not_given_a_third(
    cluster: Cluster, polybook: RunPolybook, make_book: MakeBook, tmp_path: Path
) -> None:
    killing = f"""
        import os, pathlib, signal
        pathlib.Path({str(tmp_path)!r}, 'began-bad').open('a').write('x')
        os.kill(os.getppid(), signal.SIGKILL)
    """
    config = CONFIG.replace("resources = data\n", "")
    good = {f"good{number}.md": page(f"print({number})") for number in range(3)}
    book = make_book({"config.ini": config, "bad.md": page(killing), **good})
    workers = [cluster.worker(name) for name in ("a", "b", "c")]
    result = polybook("run", "-C", book, "--scheduler", cluster.address)
    assert result.returncode == 1
    assert result.stdout == "3 of 4 programs ran; 1 failed.\n"
    assert "plain: The workers that ran it have died or gone away: tcp://" in result.stderr
    assert began(tmp_path) == {"bad": 2}
    assert [worker.poll() is None for worker in workers].count(True) == 1


def test_frozen_worker_is_given_up(
    cluster: Cluster, start_polybook: StartPolybook, waiting: Callable[..., Path], tmp_path: Path
) -> None:
    book = waiting("one")
    for name in ("a", "b"):
        cluster.worker(name)
    run = start_polybook("run", "-C", book, "--scheduler", cluster.address)
    wait_until(lambda: began(tmp_path) == {"one": 1})
    frozen = with_kernel(cluster)
    cluster.workers[frozen].send_signal(signal.SIGSTOP)
    wait_until(lambda: began(tmp_path) == {"one": 2}, 10 * SILENCE)
    (tmp_path / "go").touch()
    assert ends(run)[:2] == (0, "1 of 1 program ran.\n")
    cluster.workers[frozen].send_signal(signal.SIGCONT)
    wait_until(lambda: not cluster.kernels(frozen))


def test_worker_that_is_frozen_beforehand_is_given_up(
    cluster: Cluster, polybook: RunPolybook, waiting: Callable[..., Path], tmp_path: Path
) -> None:
    book = waiting("one")
    (tmp_path / "go").touch()
    for name in ("a", "b"):
        cluster.worker(name)
    cluster.workers["a"].send_signal(signal.SIGSTOP)
    result = polybook("run", "-C", book, "--scheduler", cluster.address)
    assert (result.returncode, result.stdout) == (0, "1 of 1 program ran.\n"), result.stderr


def test_ctrl_c_ends_the_run_where_the_scheduler_hangs(
    cluster: Cluster, start_polybook: StartPolybook, waiting: Callable[..., Path], tmp_path: Path
) -> None:
    book = waiting("one")
    cluster.worker("a")
    run = start_polybook("run", "-C", book, "--scheduler", cluster.address)
    wait_until(lambda: began(tmp_path))
    cluster.scheduler.send_signal(signal.SIGSTOP)
    run.send_signal(signal.SIGINT)
    status, out, _ = ends(run)
    assert (status, out.split(";")[0]) == (1, "0 of 1 program ran")
    cluster.scheduler.send_signal(signal.SIGCONT)  # and sees that the run is over
    wait_until(lambda: not cluster.kernels("a"))


def test_scheduler_that_goes_away_ends_the_run_and_what_came_back_is_saved(
    cluster: Cluster, start_polybook: StartPolybook, waiting: Callable[..., Path], tmp_path: Path
) -> None:
    book = waiting("one", "two")
    (book / "first.md").write_text(page("print(0)"))
    cluster.worker("a")
    run = start_polybook("run", "-C", book, "--scheduler", cluster.address)
    wait_until(lambda: began(tmp_path) and (book / "outputs/first/plain.ipynb").exists())
    cluster.scheduler.terminate()
    status, out, err = ends(run)
    assert (status, "\nerror: The Dask scheduler has gone away." in err) == (1, True)
    assert "Traceback" not in err
    assert out == "1 of 3 programs ran; interrupted; run the same command again to go on.\n"
    wait_until(lambda: not cluster.kernels("a"))
    wait_until(lambda: not cluster.scratch())
    (tmp_path / "go").touch()
    assert ends(start_polybook("run", "-C", book))[:2] == (0, "2 of 2 programs ran.\n")


def test_ctrl_c_ends_the_kernels_of_all_workers(
    cluster: Cluster, start_polybook: StartPolybook, waiting: Callable[..., Path], tmp_path: Path
) -> None:
    book = waiting("one", "two", "three", "four")
    for name in ("a", "b"):
        cluster.worker(name)
    run = start_polybook("run", "-C", book, "--scheduler", cluster.address)
    wait_until(lambda: len(began(tmp_path)) == 2)
    run.send_signal(signal.SIGINT)
    status, out, err = ends(run)
    assert (status, out) == (
        1,
        "0 of 4 programs ran; interrupted; run the same command again to go on.\n",
    ), err
    wait_until(lambda: not cluster.kernels("a") and not cluster.kernels("b"))
    wait_until(lambda: not cluster.scratch())
    (tmp_path / "go").touch()
    again = start_polybook("run", "-C", book, "--scheduler", cluster.address)
    assert ends(again)[:2] == (0, "4 of 4 programs ran.\n")


def test_killed_build_leaves_no_kernels_on_workers(
    cluster: Cluster, start_polybook: StartPolybook, waiting: Callable[..., Path], tmp_path: Path
) -> None:
    book = waiting("one")
    cluster.worker("a")
    run = start_polybook("run", "-C", book, "--scheduler", cluster.address)
    wait_until(lambda: began(tmp_path))
    run.kill()
    wait_until(lambda: not cluster.kernels("a"))
    wait_until(lambda: not cluster.scratch())


def test_program_over_its_time_is_ended_where_it_runs(
    cluster: Cluster, polybook: RunPolybook, make_book: MakeBook
) -> None:
    config = f"{CONFIG.replace('resources = data', '')}[run]\ncell_timeout = 1 s\n"
    book = make_book({"config.ini": config, "a.md": page("import time\ntime.sleep(600)")})
    cluster.worker("a")
    result = polybook("run", "-C", book, "--scheduler", cluster.address)
    assert result.returncode == 1
    assert "a.md:4: error: plain: The cell took longer than 1 s." in result.stderr
    assert (cluster.kernels("a"), cluster.scratch()) == ([], [])


# ---------------------------------------------------------------- what cannot be


def test_worker_with_another_polybook_is_refused(
    cluster: Cluster, polybook: RunPolybook, make_book: MakeBook, tmp_path: Path
) -> None:
    other = tmp_path / "other" / "polybook-99.0.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: polybook\nVersion: 99.0\n")
    cluster.worker("a", environ={"PYTHONPATH": str(other.parent)})
    book = make_book({"config.ini": "[build]\ntabs = plain\n", "a.md": page("1")})
    result = polybook("run", "-C", book, "--scheduler", cluster.address)
    assert result.returncode == 1
    assert "99.0" in result.stderr
    assert result.stderr.startswith("error: The workers need Polybook ")
    assert "Traceback" not in result.stderr


def test_scheduler_that_is_not_there_is_an_error(
    polybook: RunPolybook, make_book: MakeBook
) -> None:
    book = make_book({"config.ini": "[build]\ntabs = plain\n", "a.md": page("1")})
    for address in ("tcp://127.0.0.1:9", "nonsense://1", "tls://127.0.0.1:9"):
        result = polybook("run", "-C", book, "--scheduler", address)
        assert result.returncode == 1
        assert result.stderr.startswith(f"error: No Dask scheduler answers at {address}: ")
        hint = "DASK_DISTRIBUTED__COMM__TLS__CA_FILE" if "tls:" in address else "dask scheduler"
        assert hint in result.stderr
        assert "Traceback" not in result.stderr


def test_without_the_extra_it_is_said_how_to_install_it(make_book: MakeBook) -> None:
    book = make_book({"config.ini": "[build]\ntabs = plain\n", "a.md": page("1")})
    code = "import sys; sys.modules['distributed'] = None; from polybook.cli import main; main()"
    command = [sys.executable, "-c", code, "run", "-C", str(book), "--scheduler", "tcp://a:1"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "pip install 'polybook[cluster]'" in result.stderr
    assert "Traceback" not in result.stderr
