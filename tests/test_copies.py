"""Work that copies of the process do: it is done once, whole, and as it would be here alone."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from polybook.copies import aside, share
from tests.conftest import RunPolybook, write_files
from tests.html.sites import build

NAMES = [f"{number:03}" for number in range(150)]
COPIED = sys.platform == "linux" and (os.cpu_count() or 1) > 1

#: Leaves a file for each item, which names the process; `bad` tells where one fails to.
SCRIPT = f"""
import os
import sys
from pathlib import Path
from polybook.copies import share

first, bad = os.getpid(), sys.argv[2]

def work(names, cores):
    for name in names:
        if bad == "all" or (bad == "copies" and os.getpid() != first):
            raise ValueError("not here")
        with Path(sys.argv[1], name).open("x") as file:
            file.write(str(os.getpid()))

print("before", end="")
try:
    share(work, {NAMES!r})
except ValueError as error:
    print("", error, end="")
print(" after", end="")
"""


def run(folder: Path, bad: str) -> str:
    """Run the script, and return what it says."""
    command = [sys.executable, "-c", SCRIPT, str(folder), bad]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not done.stderr
    return done.stdout


def done_by(folder: Path) -> set[str]:
    """Return the processes that did the work, all of which is done."""
    assert sorted(file.name for file in folder.iterdir()) == NAMES
    return {file.read_text() for file in folder.iterdir()}


@contextmanager
def another_thread() -> Iterator[None]:
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


def test_every_item_is_done_once_by_several_processes(tmp_path: Path) -> None:
    assert run(tmp_path, "none") == "before after"
    assert (len(done_by(tmp_path)) > 1) == COPIED


def test_what_a_copy_fails_to_do_is_done_here(tmp_path: Path) -> None:
    assert run(tmp_path, "copies") == "before after"
    assert len(done_by(tmp_path)) == 1


def test_what_fails_here_too_is_raised_once(tmp_path: Path) -> None:
    assert run(tmp_path, "all") == "before not here after"


def test_beside_another_thread_all_is_done_here() -> None:
    seen: list[str] = []
    with another_thread():
        share(lambda names, _: seen.extend(names), NAMES)
    assert seen == NAMES
    assert not multiprocessing.active_children()


def test_few_items_are_done_here() -> None:
    seen: list[str] = []
    share(lambda names, _: seen.extend(names), NAMES[:3])
    assert seen == NAMES[:3]


# ---------------------------------------------------------------- aside


#: Prints whether work was begun before its result was asked for, whether it was done here, and
#: what it gave, which is large. What is to go wrong, if anything, is the second argument.
ASIDE = """
import multiprocessing
import os
import sys
import threading
import time
from pathlib import Path
from polybook.copies import aside

first, begun, wrong = os.getpid(), Path(sys.argv[1]), sys.argv[2]

def work():
    begun.write_text(str(os.getpid()))
    if os.getpid() == first:
        return True, "x" * 10**6
    if wrong == "late":
        time.sleep(600)
    return False, threading.Lock() if wrong == "lock" else "x" * 10**6

def wait(reached):
    deadline = time.monotonic() + 60
    while not reached() and time.monotonic() < deadline:
        time.sleep(0.01)

result = aside(work, 100)
copies = multiprocessing.active_children()
if copies:
    wait(lambda: begun.exists() and begun.read_text())
if copies and wrong in ("killed", "orphan"):
    wait(lambda: "pipe" in Path(f"/proc/{copies[0].pid}/wchan").read_text())
    copies[0].kill() if wrong == "killed" else os.kill(first, 9)
early = begun.exists()
here, found = result()
print(early, here, len(found), multiprocessing.active_children())
"""


def run_aside(begun: Path, wrong: str = "") -> str:
    """Run the script, and return what it says."""
    command = [sys.executable, "-c", ASIDE, str(begun), wrong]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert not done.stderr
    return done.stdout.strip()


def test_result_of_what_is_begun_aside_comes_back(tmp_path: Path) -> None:
    assert run_aside(tmp_path / "begun") == f"{COPIED} {not COPIED} 1000000 []"


@pytest.mark.parametrize("wrong", ["lock", "late", "killed"])
def test_what_a_copy_cannot_do_or_send_is_done_here(tmp_path: Path, wrong: str) -> None:
    assert run_aside(tmp_path / "begun", wrong) == f"{COPIED} True 1000000 []"


@pytest.mark.skipif(not COPIED, reason="here no process is copied")
def test_a_copy_ends_when_the_first_process_is_killed(tmp_path: Path) -> None:
    # It has its output from the first: while it lives, the script's output does not end.
    assert run_aside(tmp_path / "begun", "orphan") == ""


def test_what_fails_aside_is_raised_here() -> None:
    def fail() -> None:
        raise ValueError("not here")

    result = aside(fail, 100)
    with pytest.raises(ValueError, match="not here"):
        result()


def test_little_or_beside_another_thread_nothing_is_begun_aside() -> None:
    first = os.getpid()
    assert aside(os.getpid, 3)() == first
    with another_thread():
        assert aside(os.getpid, 100)() == first


PAGE = """
# Page {name}

See :numref:`sec_{other}` and :cite:`Kaya.2020`.
:label:`sec_{name}`

$$x_{{{name}}} \\nosuch$$

```{{.python .input}}
#@tab all
print('{name}')
```
"""


@pytest.mark.skipif(not COPIED, reason="here no process is copied")
def test_book_made_by_several_processes_is_the_same(tmp_path: Path, polybook: RunPolybook) -> None:
    files = {
        "config.ini": """
            [project]
            lang = en
            [build]
            notebooks = *.md
            output_dir = build
            tabs = pytorch, jax
            [pdf]
            bibfile = works.bib
        """,
        "works.bib": "@book{Kaya.2020, title = {Tides}, author = {Kaya, A.}, year = {2020}}\n",
        "index.md": "# Book\n\n```toc\n"
        + "\n".join(NAMES[:70])
        + "\n```\n\n:bibliography:`works.bib`\n",
        **{
            f"{name}.md": PAGE.format(name=name, other=other)
            for name, other in pairwise(NAMES[:71])
        },
    }
    alone, shared = (write_files(tmp_path / name / "book", files) for name in ("alone", "shared"))
    with another_thread():
        report, _ = build(alone)
    done = polybook("build", "html", "--no-run", "-C", shared)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("is shown as TeX") == len(report.diagnostics) == 70
    sites = [
        {
            file.relative_to(root).as_posix(): file.read_bytes()
            for file in (root / "build" / "html").rglob("*")
            if file.is_file()
        }
        for root in (alone, shared)
    ]
    assert sites[0] == sites[1]
