"""`polybook run`: whole runs of small books, and what is left when they are cut short."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import nbformat
import psutil
import pytest

from tests.conftest import MakeBook, RunPolybook
from tests.running.conftest import StartPolybook, none_with, processes_with, wait_until

CONFIG = """
    [build]
    tabs = plain
    notebooks = chapter/*.md
    output_dir = build
"""

pytestmark = pytest.mark.usefixtures("plain", "temporary")


def page(*cells: str) -> str:
    """Return a page with these cells, its lines flush with the margin."""
    fenced = "\n\n".join(f"```{{.python .input}}\n{cell}\n```" for cell in cells)
    return f"# Title\n\nProse.\n\n{fenced}\n"


def files(root: Path) -> dict[str, bytes]:
    """Return all files of a book but those that a build makes for itself."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "build" not in path.relative_to(root).parts
    }


def saved(root: Path, name: str) -> list[str]:
    """Return what the cells of a page have printed."""
    path = root / "outputs" / "chapter" / name / "plain.ipynb"
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    return ["".join(output.get("text", "") for output in cell.outputs) for cell in notebook.cells]


# ---------------------------------------------------------------- runs that are not disturbed


def test_run_saves_outputs_and_leaves_nothing_else(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    book = make_book(
        {
            "config.ini": CONFIG + "    resources = data/*.txt\n",
            "chapter/a.md": page(
                "from library import part\nprint(part.value)",
                "print(open('../data/x.txt').read())\nopen('y.txt', 'w').write('y')\n"
                "open('../data/x.txt', 'w')\nNone",
                "import os\nprint(os.listdir('../data'))",
            ),
            "library/__init__.py": "",
            "library/part.py": "value = 7\n",
            "data/x.txt": "of the book",
            "data/large.bin": "no resource",
        }
    )
    before = files(book)
    first = polybook("run", "-C", book)
    assert (first.returncode, first.stderr.splitlines()) == (0, ["ran chapter/a [plain] (en)"])
    assert first.stdout == "1 of 1 program ran.\n"
    assert saved(book, "a") == ["7\n", "of the book\n", "['x.txt']\n"]
    after = files(book)
    assert after.keys() - before.keys() == {"outputs/chapter/a/plain.ipynb"}
    assert {name: after[name] for name in before} == before

    again = polybook("run", "-C", book)
    assert again.stdout == "Nothing to run: all saved outputs are fresh.\n"
    forced = polybook("run", "-C", book, "--force")
    assert forced.stdout == "1 of 1 program ran.\n"
    assert files(book) == after


def test_programs_that_fail_are_reported_with_their_place_and_the_others_run(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    book = make_book(
        {
            "config.ini": CONFIG + "    [run]\n    cell_timeout = 1.5 s\n",
            "chapter/dies.md": page("import os", "os._exit(3)"),
            "chapter/fine.md": page("print('fine')"),
            "chapter/hangs.md": page("while True: pass"),
            "chapter/raises.md": page("x = 1", "def f():\n    return x / 0\nf()"),
        }
    )
    old = book / "outputs" / "chapter" / "raises" / "plain.ipynb"
    shutil.copytree(book / "chapter", book / "aside")
    (book / "chapter" / "raises.md").write_text(page("print('once it went well')"))
    polybook("run", "-C", book, "--page", "chapter/raises")
    before = old.read_bytes()
    shutil.copy(book / "aside" / "raises.md", book / "chapter" / "raises.md")

    result = polybook("run", "-C", book, cwd=book)
    assert result.returncode == 1
    assert result.stdout == "1 of 4 programs ran; 3 failed.\n"
    said = result.stderr
    assert "chapter/dies.md:10: error: plain: The kernel ended with the exit status 3." in said
    assert "chapter/hangs.md:6: error: plain: The cell took longer than 1.5 s." in said
    assert "chapter/raises.md:10: error: plain: ZeroDivisionError: division by zero" in said
    assert "    def f():\n        return x / 0\n    f()\n" in said
    assert "----> 2     return x / 0" in said
    assert "Traceback (most recent call last):\n  File" not in said
    assert saved(book, "fine") == ["fine\n"]
    assert old.read_bytes() == before
    assert sorted(path.name for path in (book / "outputs" / "chapter").iterdir()) == [
        "fine",
        "raises",
    ]


def test_environment_that_cannot_be_made_fails_its_tab_alone(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    book = make_book(
        {
            "config.ini": CONFIG.replace("tabs = plain", "tabs = plain, broken")
            + "    [framework-broken]\n    title = Broken\n    python = python-from-nowhere\n",
            "chapter/a.md": page("%%tab all\nprint(1)"),
            "chapter/b.md": page("%%tab broken\nprint(2)", "%%tab plain\nprint(3)"),
        }
    )
    result = polybook("run", "-C", book)
    assert result.returncode == 1
    assert "The environment for Broken could not be made: python-from-nowhere" in result.stderr
    assert result.stderr.count("could not be made") == 1
    assert saved(book, "a") == ["1\n"]
    assert saved(book, "b") == ["3\n"]


def test_resources_follow_the_folder_of_the_pages(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    look = "import os\nprint(sorted(os.listdir('..')), sorted(os.listdir('../img')))"
    book = make_book(
        {
            "config.ini": CONFIG
            + "    source_dir = src\n    resources = img/ notes.txt none.txt\n",
            "src/chapter/a.md": page(look),
            "src/img/a.svg": "<svg/>",
            "src/img/deep/b.svg": "<svg/>",
            "src/notes.txt": "",
            "src/other.txt": "",
            "img/c.svg": "<svg/>",
        }
    )
    assert polybook("run", "-C", book).returncode == 0
    assert saved(book, "a") == ["['chapter', 'img', 'notes.txt'] ['a.svg', 'deep']\n"]


def test_whole_folder_of_pages_may_be_a_resource(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    book = make_book(
        {
            "config.ini": CONFIG + "    resources = .\n",
            "chapter/a.md": page("import os\nprint(sorted(os.listdir('..')))"),
            "outputs/chapter/old.txt": "",
            ".git/config": "",
        }
    )
    assert polybook("run", "-C", book).returncode == 0
    assert saved(book, "a") == ["['chapter', 'config.ini']\n"]


@pytest.mark.parametrize("outside", ["../secrets", "/etc/passwd", "img/../../secrets", ".."])
def test_resource_from_outside_of_the_book_is_an_error(
    make_book: MakeBook, polybook: RunPolybook, outside: str
) -> None:
    config = CONFIG + f"    resources = {outside}\n"
    book = make_book({"config.ini": config, "chapter/a.md": page("1")})
    (book.parent / "secrets").mkdir()
    result = polybook("run", "-C", book)
    assert result.returncode == 1
    assert f"The resource “{outside}” lies outside of the book." in result.stderr
    assert "config.ini: error" in result.stderr


# ---------------------------------------------------------------- places


@pytest.mark.parametrize("name", ["with blanks and ünïcödé 日本", "x" * 200 + "/" + "y" * 200])
def test_book_may_lie_anywhere_and_its_path_is_put_out_nowhere(
    make_book: MakeBook, polybook: RunPolybook, tmp_path: Path, name: str
) -> None:
    cells = ("import os, library\nprint(os.getcwd(), library.__file__)",)
    made = make_book({"config.ini": CONFIG, "chapter/a.md": page(*cells), "library.py": ""})
    book = tmp_path / name
    book.parent.mkdir(exist_ok=True)
    made.rename(book)
    link = tmp_path / "link"
    link.symlink_to(book)
    for place in (book, link):
        assert polybook("run", "--force", "-C", place).returncode == 0
        assert saved(book, "a") == ["./chapter ./library.py\n"]


def test_home_need_not_be_set(
    make_book: MakeBook, polybook: RunPolybook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOME")
    book = make_book({"config.ini": CONFIG, "chapter/a.md": page("print(1)")})
    result = polybook("run", "-C", book, cwd=book)
    assert result.returncode == 0
    assert saved(book, "a") == ["1\n"]
    assert not (book / "~").exists()


# ---------------------------------------------------------------- disturbances


def test_two_runs_at_once_run_each_program_once(
    make_book: MakeBook, start_polybook: StartPolybook, tmp_path: Path
) -> None:
    count = f"open({str(tmp_path / 'count')!r}, 'a').write('ran ')\nprint('done')"
    book = make_book(
        {"config.ini": CONFIG, **{f"chapter/{name}.md": page(count) for name in "abc"}}
    )
    both = [start_polybook("run", "-C", book) for _ in range(2)]
    for process in both:
        process.communicate()
    assert [process.returncode for process in both] == [0, 0]
    assert (tmp_path / "count").read_text() == "ran ran ran "
    assert [saved(book, name) for name in "abc"] == [["done\n"]] * 3


def first_process(process: subprocess.Popen[str], *_: Path) -> bool:
    return bool(processes_with("POLYBOOK_PARENT", str(process.pid)))


def kernel_is_coming_up(_: object, temporary: Path, __: Path) -> bool:
    return any(temporary.glob("polybook-*/kernel.json"))


def kernel_is_up(_: object, temporary: Path, __: Path) -> bool:
    return any(temporary.glob("polybook-*/ipython/*"))


def cell_runs(_: object, __: Path, book: Path) -> bool:
    return (book.parent / "started").exists()


def first_is_saved(_: object, __: Path, book: Path) -> bool:
    return (book / "outputs" / "chapter" / "a" / "plain.ipynb").exists()


MOMENTS = [first_process, kernel_is_coming_up, kernel_is_up, first_is_saved, cell_runs]


@pytest.fixture
def slow_book(make_book: MakeBook, tmp_path: Path) -> Path:
    """A book whose second page waits with a process of its own until the file `go` is there."""
    wait = (
        "import pathlib, subprocess, time\n"
        "subprocess.Popen(['sleep', '600'])\n"
        f"here = pathlib.Path({str(tmp_path)!r})\n(here / 'started').touch()\n"
        "while not (here / 'go').exists(): time.sleep(0.01)\n"
        "print('went on')"
    )
    config = CONFIG + "    [run]\n    jobs = 1\n"
    return make_book(
        {"config.ini": config, "chapter/a.md": page("print('a')"), "chapter/b.md": page(wait)}
    )


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_run_leaves_no_kernel_and_the_next_one_makes_good(
    slow_book: Path,
    start_polybook: StartPolybook,
    polybook: RunPolybook,
    temporary: Path,
    moment: Callable[..., bool],
) -> None:
    process = start_polybook("run", "-C", slow_book)
    wait_until(partial(moment, process, temporary, slow_book))
    scratch = [str(folder) for folder in temporary.glob("polybook-*")]
    process.kill()
    process.wait()
    wait_until(lambda: {each.info["name"] for each in of_run(process, scratch)} <= {"sleep"})

    (slow_book.parent / "go").touch()
    result = polybook("run", "-C", slow_book)
    assert result.returncode == 0
    assert [saved(slow_book, name) for name in "ab"] == [["a\n"], ["went on\n"]]
    assert of_run(process, scratch) == []
    assert list(temporary.iterdir()) == []
    assert sorted(files(slow_book)) == [
        "chapter/a.md",
        "chapter/b.md",
        "config.ini",
        "outputs/chapter/a/plain.ipynb",
        "outputs/chapter/b/plain.ipynb",
    ]


def of_run(process: subprocess.Popen[str], scratch: list[str]) -> list[psutil.Process]:
    """Return the living processes that a run has started, directly or not."""
    found = processes_with("POLYBOOK_PARENT", str(process.pid))
    for folder in scratch:
        found += processes_with("POLYBOOK_RUN", folder)
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_run_ends_with_what_had_come_back(
    slow_book: Path, start_polybook: StartPolybook, temporary: Path, number: signal.Signals
) -> None:
    process = start_polybook("run", "-C", slow_book)
    wait_until(partial(cell_runs, process, temporary, slow_book))
    process.send_signal(number)
    said, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert said == "1 of 2 programs ran; interrupted; run the same command again to go on.\n"
    assert "Traceback" not in errors
    assert none_with("POLYBOOK_PARENT", str(process.pid))
    assert list(temporary.iterdir()) == []
    assert saved(slow_book, "a") == ["a\n"]
    assert not (slow_book / "outputs" / "chapter" / "b").exists()


def test_pressing_ctrl_c_again_does_not_leave_anything_behind(
    slow_book: Path, start_polybook: StartPolybook, temporary: Path
) -> None:
    process = start_polybook("run", "-C", slow_book)
    wait_until(partial(cell_runs, process, temporary, slow_book))
    process.send_signal(signal.SIGINT)
    # Its kernel is gone, so the first one has come: it is ending.
    wait_until(partial(none_with, "POLYBOOK_PARENT", str(process.pid)))
    for _ in range(3):
        process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode != 0
    assert list(temporary.iterdir()) == []


def test_interrupted_run_ends_though_many_programs_wait(
    make_book: MakeBook, start_polybook: StartPolybook, temporary: Path
) -> None:
    """More programs than may run at once, some of them waiting for memory."""
    wait = f"open({str(temporary / 'started')!r}, 'w')\nimport time\ntime.sleep(600)"
    pages = {f"chapter/{number:02}.md": page(f"x = {number}\n{wait}") for number in range(12)}
    settings = "    [run]\n    jobs = 4\n    memory = 4 GB\n"
    book = make_book({"config.ini": CONFIG + settings, **pages})
    process = start_polybook("run", "-C", book)
    wait_until((temporary / "started").exists)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert said.startswith("0 of 12 programs ran; interrupted")
    assert none_with("POLYBOOK_PARENT", str(process.pid))


def test_full_disk_is_reported_and_what_was_saved_is_whole(
    make_book: MakeBook, start_polybook: StartPolybook, polybook: RunPolybook
) -> None:
    book = make_book(
        {
            "config.ini": CONFIG,
            "chapter/a.md": page("print('small')"),
            "chapter/b.md": page("print('once small')"),
        }
    )
    polybook("run", "-C", book)
    path = book / "outputs" / "chapter" / "b" / "plain.ipynb"
    before = path.read_bytes()
    (book / "chapter" / "a.md").write_text(page("print('small, too')"))
    (book / "chapter" / "b.md").write_text(page("print('x' * 1_000_000)"))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))

    process = start_polybook("run", "-C", book, preexec_fn=limit)
    said, errors = process.communicate()
    assert process.returncode == 1
    assert said == "1 of 2 programs ran; 1 failed.\n"
    assert f"error: plain: {os.strerror(27)}: {path}" in errors
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
    assert saved(book, "a") == ["small, too\n"]


def test_outputs_folder_that_cannot_be_written_is_reported(
    make_book: MakeBook, polybook: RunPolybook
) -> None:
    book = make_book({"config.ini": CONFIG, "chapter/a.md": page("print(1)"), "outputs": "a file"})
    result = polybook("run", "-C", book)
    assert result.returncode == 1
    assert str(book / "outputs") in result.stderr
    assert "Traceback" not in result.stderr


def test_scratch_folder_that_cannot_be_made_is_reported(
    make_book: MakeBook, polybook: RunPolybook, temporary: Path
) -> None:
    """The temporary folder has so long a path that there is room for small names alone."""
    book = make_book({"config.ini": CONFIG, "chapter/a.md": page("print(1)")})
    folder = temporary
    while missing := 4075 - len(str(folder)):
        folder /= "x" * (min(missing, 202) - 1)
        folder.mkdir()
    result = polybook("run", "-C", book, env={**os.environ, "TMPDIR": str(folder)})
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "error: plain: File name too long" in result.stderr
