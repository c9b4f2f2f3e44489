"""Programs in real kernels: what they put out, how they fail, what they leave behind."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import psutil
import pytest

from polybook.running.environments import Environment
from polybook.running.jobs import Failure, Job
from polybook.running.kernels import _SCRATCH, remove_abandoned_scratch, run_job
from polybook.running.processes import ProcessGroups
from tests.running.conftest import RunCells, processes_with, texts, wait_until

ENDLESS = "import time\nwhile True: time.sleep(1)"


def failure_of(run_cells: RunCells, *cells: str, **job: Any) -> Failure:
    """Run a program that must fail."""
    failure = run_cells(*cells, **job).failure
    assert failure
    return failure


# ---------------------------------------------------------------- what cells put out


def test_outputs_belong_to_their_cells(run_cells: RunCells) -> None:
    result = run_cells("x = 6", "x * 7", "print(x)", "x")
    assert texts(result) == ["", "42", "6\n", "6"]


def test_stdout_and_stderr_are_one_output_each_however_they_alternate(run_cells: RunCells) -> None:
    result = run_cells(
        """
        import sys
        for number in range(3):
            print(f'out {number}')
            print(f'err {number}', file=sys.stderr)
        """.replace("\n        ", "\n")
    )
    assert result.outputs == (
        (
            {"output_type": "stream", "name": "stdout", "text": "out 0\nout 1\nout 2\n"},
            {"output_type": "stream", "name": "stderr", "text": "err 0\nerr 1\nerr 2\n"},
        ),
    )


def test_output_of_processes_that_a_cell_starts_is_its_output(run_cells: RunCells) -> None:
    result = run_cells(
        "import subprocess\nsubprocess.run(['echo', 'one'], check=True)\nNone",
        "!echo two",
        "import os\nos.system('echo three')\nNone",
        "%%bash\necho four",
    )
    assert texts(result) == ["one\n", "two\n", "three\n", "four\n"]


def test_letters_that_a_process_writes_are_whole_and_come_before_the_next_cell(
    run_cells: RunCells,
) -> None:
    process = "[sys.executable, '-c', 'print(\"潮\" * 30_000)']"
    result = run_cells(*[f"import subprocess, sys\nsubprocess.run({process})\n0"] * 5)
    assert texts(result) == [f"{'潮' * 30_000}\n0"] * 5


def test_displays_keep_all_their_forms(run_cells: RunCells) -> None:
    (shown,), (image,) = run_cells(
        "from IPython.display import HTML, Image\nHTML('<b>bold</b>')",
        "Image(data=b'\\x89PNG\\r\\n\\x1a\\n' + bytes(20), format='png')",
    ).outputs
    assert shown["data"]["text/html"] == "<b>bold</b>"
    assert "text/plain" in shown["data"]
    assert image["data"]["image/png"].startswith("iVBORw0KGgo")


def test_display_that_is_updated_shows_its_last_state(run_cells: RunCells) -> None:
    result = run_cells(
        "shown = display('first', display_id=True)\nprint('between')\nshown.update('last')"
    )
    assert texts(result) == ["'last'between\n"]


def test_ten_megabytes_of_output_come_back_whole(run_cells: RunCells) -> None:
    result = run_cells("print('x' * 10_000_000)")
    assert texts(result) == ["x" * 10_000_000 + "\n"]


def test_no_display_is_dropped_however_many_there_are(run_cells: RunCells) -> None:
    result = run_cells("for number in range(8000): display(number)")
    assert result.failure is None
    assert [each["data"]["text/plain"] for each in result.outputs[0]] == [*map(str, range(8000))]


def test_bytes_that_are_not_utf8_are_replaced(run_cells: RunCells) -> None:
    result = run_cells("import os\nos.write(1, b'caf\\xe9\\n')\nNone", "print(1)")
    assert texts(result) == ["caf\N{REPLACEMENT CHARACTER}\n", "1\n"]


def test_program_of_300_cells_runs_in_order(run_cells: RunCells) -> None:
    result = run_cells("x = 0", *["x += 1\nprint(x)"] * 300)
    assert texts(result) == ["", *(f"{number}\n" for number in range(1, 301))]


def test_the_same_program_puts_out_the_same_twice(run_cells: RunCells) -> None:
    cells = (
        "import warnings\nwarnings.warn('beware')\nprint({'a', 'b', 'c'}, object())",
        ("import json\njson.loads('{')", ("raises-exception",)),
        "import logging\nlogging.warning('logged')\nprint(open)\nlambda: 0",
    )
    assert run_cells(*cells) == run_cells(*cells)


def test_no_path_of_the_machine_is_put_out(run_cells: RunCells, plain: Environment) -> None:
    result = run_cells(
        "import os, sys, tempfile, IPython, json\n"
        "print(os.getcwd(), os.path.abspath('..'), IPython.__file__, json.__file__, sys.path)\n"
        "print(sys.prefix, tempfile.gettempdir(), os.path.expanduser('~/data'))",
        ("json.loads('{')", ("raises-exception",)),
        "import warnings\nwarnings.warn('beware')",
    )
    assert result.failure is None
    put_out = str(result.outputs)
    assert "./chapter . <environment>/" in put_out
    assert "~/data" in put_out
    for folder in (plain.folder, plain.standard_library, Path.home(), Path.cwd()):
        assert str(folder) not in put_out
    assert "polybook-" not in put_out
    assert ".cache" not in put_out
    assert str(os.getpid()) not in put_out


# ---------------------------------------------------------------- how programs fail


def test_cell_that_raises_fails_with_its_place_message_and_traceback(run_cells: RunCells) -> None:
    failure = failure_of(run_cells, "x = 1", "def f():\n    return x / 0\n\nf()", "x = 2")
    assert failure.cell == 1
    assert failure.message == "ZeroDivisionError: division by zero"
    assert "----> 2     return x / 0" in failure.traceback
    assert failure.traceback.endswith("ZeroDivisionError: division by zero")
    assert len(failure.traceback.splitlines()) <= 12
    assert "\x1b" not in failure.traceback


def test_exception_that_says_too_much_is_cut_short(run_cells: RunCells) -> None:
    failure = failure_of(run_cells, "raise ValueError('x' * 1_000_000)")
    assert failure.message.startswith("ValueError: xxx")
    assert failure.message.endswith("x…")
    assert len(failure.message) + len(failure.traceback) < 20_000


def test_cell_that_is_no_python_fails_with_the_line(run_cells: RunCells) -> None:
    failure = failure_of(run_cells, "print('fine')", "print('unclosed'")
    assert failure.cell == 1
    assert failure.message.startswith("SyntaxError:")


def test_cell_tagged_raises_exception_may_raise(run_cells: RunCells) -> None:
    result = run_cells(("1 / 0", ("raises-exception",)), "print('on')")
    assert result.failure is None
    assert result.outputs[0][0]["ename"] == "ZeroDivisionError"
    assert result.outputs[1][0]["text"] == "on\n"


def test_cell_tagged_skip_execution_is_not_run(run_cells: RunCells) -> None:
    result = run_cells(("1 / 0", ("skip-execution",)), "print('on')")
    assert texts(result) == ["", "on\n"]


def test_kernel_that_ends_itself_is_said_with_its_exit_status(run_cells: RunCells) -> None:
    failure = failure_of(run_cells, "import os", "os._exit(3)", "print('never')")
    assert failure.cell == 1
    assert failure.message == "The kernel ended with the exit status 3."


def test_kernel_that_crashes_is_said_with_the_signal(run_cells: RunCells) -> None:
    failure = failure_of(run_cells, "import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")
    assert failure.message == "The kernel died of SIGSEGV."


def test_kernel_that_the_system_kills_hints_at_memory(run_cells: RunCells) -> None:
    failure = failure_of(run_cells, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    assert failure.message == "The kernel was killed, perhaps because there was too little memory."


@pytest.mark.parametrize(
    "code",
    [
        ENDLESS,
        "import time\nwhile True:\n    try: time.sleep(1)\n    except KeyboardInterrupt: pass",
        "import ctypes\nctypes.PyDLL(None).sleep(600)",  # holds the GIL
    ],
    ids=["sleeps", "ignores KeyboardInterrupt", "holds the GIL"],
)
def test_cell_over_its_time_limit_is_ended(run_cells: RunCells, code: str) -> None:
    failure = failure_of(run_cells, "print('quick')", code, cell_timeout=1.5)
    assert failure == Failure(1, "The cell took longer than 1.5 s.")


def test_cell_that_prints_without_end_is_ended_and_nothing_else_is_said(
    run_cells: RunCells, capfd: pytest.CaptureFixture[str]
) -> None:
    failure = failure_of(run_cells, "while True: print('x' * 1000)", cell_timeout=1.5)
    assert failure == Failure(0, "The cell took longer than 1.5 s.")
    assert tuple(capfd.readouterr()) == ("", "")


def test_time_limit_is_each_cells_own(run_cells: RunCells) -> None:
    result = run_cells(*["import time\ntime.sleep(1.2)\nprint('done')"] * 3, cell_timeout=3.0)
    assert texts(result) == ["done\n"] * 3


def test_input_in_a_cell_fails_and_does_not_wait(run_cells: RunCells) -> None:
    failure = failure_of(run_cells, "name = input('Name? ')")
    assert failure.cell == 0
    assert "does not support input requests" in failure.message


def test_kernel_that_cannot_start_is_said_with_its_last_words(run_cells: RunCells) -> None:
    failure = failure_of(run_cells, "1", environ=(("PYTHONHOME", "/nowhere"),))
    assert failure.cell == -1
    assert failure.message.startswith("The kernel did not start")
    assert "encodings" in failure.traceback


def test_environment_whose_folder_has_gone_is_an_error(
    run_cells: RunCells, plain: Environment
) -> None:
    gone = Environment(plain.spec, plain.folder.with_name("gone"))
    with pytest.raises(FileNotFoundError):
        run_job(Job("page", (("1", ()),), (Path("/"),)), gone, ProcessGroups())
    assert texts(run_cells("1")) == ["1"]  # the others are none the worse for it


# ---------------------------------------------------------------- what programs see


def test_program_starts_in_an_empty_folder_and_is_alone_there(
    run_cells: RunCells, temporary: Path
) -> None:
    result = run_cells(
        "import os\nprint(os.listdir('.'), os.listdir('..'))\nopen('made.txt', 'w').write('x')\n"
        "os.mkdir('deep')\nopen('../above.txt', 'w')\nNone"
    )
    assert texts(result) == ["[] ['chapter']\n"]
    assert texts(run_cells("import os\nos.listdir('..')")) == ["['chapter']"]
    assert list(temporary.iterdir()) == []


def test_page_of_the_root_starts_in_the_root(run_cells: RunCells) -> None:
    assert texts(run_cells("import os\nos.getcwd()", folder="")) == ["'.'"]


def test_resources_are_copies_that_a_page_reaches_as_in_the_book(
    run_cells: RunCells, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "x.txt").write_text("of the book")
    result = run_cells(
        "print(open('../data/x.txt').read())",
        "open('../data/x.txt', 'w').write('changed')\nopen('../data/new.txt', 'w')\nNone",
        resources=((data, "data"), (data / "x.txt", "chapter/y.txt")),
    )
    assert texts(result) == ["of the book\n", ""]
    assert (data / "x.txt").read_text() == "of the book"
    assert [each.name for each in data.iterdir()] == ["x.txt"]


def test_resources_with_broken_links_caches_and_no_permissions_are_copied(
    run_cells: RunCells, tmp_path: Path, temporary: Path
) -> None:
    data = tmp_path / "data"
    (data / "__pycache__").mkdir(parents=True)
    (data / ".hidden").write_text("")
    (data / "broken").symlink_to("nowhere")
    (data / "script.sh").write_text("#!/bin/sh\necho ran\n")
    (data / "script.sh").chmod(0o755)
    (data / "locked").mkdir()
    (data / "locked" / "x.txt").write_text("x")
    (data / "locked").chmod(0o555)
    result = run_cells(
        "import os\nprint(sorted(os.listdir('../data')))",
        "!../data/script.sh",
        resources=((data, "data"),),
    )
    (data / "locked").chmod(0o755)
    assert texts(result) == ["['locked', 'script.sh']\n", "ran\n"]
    assert list(temporary.iterdir()) == []


def test_books_own_modules_are_importable_and_nothing_is_written_beside_them(
    run_cells: RunCells, tmp_path: Path
) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "__init__.py").write_text("")
    (tmp_path / "library" / "part.py").write_text("value = 7\n")
    result = run_cells(
        "from library.part import value\nvalue",
        "import library\nlibrary.__file__",
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', 'import library.part as p; print(p.value)'])\nNone",
    )
    assert texts(result) == ["7", "'./library/__init__.py'", "7\n"]
    made = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*"))
    assert made == ["library", "library/__init__.py", "library/part.py"]


def test_modules_of_the_book_do_not_stand_in_for_the_kernels_own(
    run_cells: RunCells, tmp_path: Path
) -> None:
    for name in ("random", "queue", "zmq", "ipykernel", "calendar", "code"):
        (tmp_path / f"{name}.py").write_text("raise ImportError('the book has this name too')\n")
    assert texts(run_cells("print('up')")) == ["up\n"]


def test_users_own_settings_do_not_reach_a_program(
    run_cells: RunCells, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    startup = tmp_path / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00.py").write_text("print('from the startup folder')\nleaked = True\n")
    (tmp_path / "ipython" / "profile_default" / "ipython_kernel_config.py").write_text(
        "get_config().InteractiveShellApp.exec_lines = ['leaked = True']\n"
    )
    modules = tmp_path / "modules"
    modules.mkdir()
    (modules / "leaking.py").write_text("")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "ipython" / "profile_default"))
    monkeypatch.setenv("PYTHONPATH", str(modules))
    monkeypatch.setenv("PYTHONSTARTUP", str(startup / "00.py"))
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.setenv("LC_ALL", "tr_TR.UTF-8")
    monkeypatch.setenv("KEPT", "as it is")
    result = run_cells(
        "'leaked' in globals()",
        "import importlib.util\nimportlib.util.find_spec('leaking')",
        "import warnings\nwarnings.warn('only said')",
        "import os\nos.environ.get('MPLBACKEND', ''), os.environ['LC_ALL'], os.environ['KEPT']",
    )
    leaked, found, _, environ = texts(result)
    assert (leaked, found) == ("False", "")
    assert "agg" not in environ
    assert environ.endswith("'C.UTF-8', 'as it is')")


def test_environment_variables_of_the_framework_are_set(run_cells: RunCells) -> None:
    result = run_cells(
        "import os\nos.environ['LEVEL'], os.environ['TZ']",
        environ=(("LEVEL", "2"), ("TZ", "Asia/Tokyo")),
    )
    assert texts(result) == ["('2', 'Asia/Tokyo')"]


def test_cell_that_removes_the_current_folder_does_not_stop_the_next(run_cells: RunCells) -> None:
    result = run_cells(
        "import os, shutil\nhere = os.getcwd()\nos.mkdir('deep')\nos.chdir('deep')",
        "print(os.listdir('..'))",
        "shutil.rmtree(here)",
        "print('still here')",
    )
    assert texts(result) == ["", "['deep']\n", "", "still here\n"]


# ---------------------------------------------------------------- where they run


@pytest.mark.parametrize(
    "name", ["with blanks and ünïcödé 日本", "a:b", "deep/" * 12 + "long" * 20]
)
def test_temporary_folder_may_have_any_path(
    run_cells: RunCells, temporary: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = temporary / name
    folder.mkdir(parents=True)
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", None)
    result = run_cells("import warnings\nwarnings.warn('beware')", "open('x', 'w').name")
    assert texts(result) == ["<cell>:2: UserWarning: beware\n  warnings.warn('beware')\n", "'x'"]
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["with blanks and ünïcödé 日本", "a:b", "quote's", "{x} $HOME"])
def test_book_may_lie_anywhere(run_cells: RunCells, tmp_path: Path, name: str) -> None:
    root = tmp_path / name
    root.mkdir()
    (root / "library.py").write_text("here = __file__\n")
    assert texts(run_cells("import library\nprint(library.here)", roots=(root,))) == [
        "./library.py\n"
    ]


def test_home_need_not_be_set(run_cells: RunCells, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME")
    assert texts(run_cells("print('at home')")) == ["at home\n"]


# ---------------------------------------------------------------- what they leave behind


def test_processes_that_a_program_started_are_gone_with_it(run_cells: RunCells) -> None:
    """Children, children in sessions of their own, orphans of theirs, and pools."""
    result = run_cells(
        "import os, subprocess, sys\nos.environ['LEFT'] = str(os.getpid())",
        "subprocess.Popen(['sleep', '600'])",
        "subprocess.Popen(['sleep', '600'], start_new_session=True)",
        "!(setsid sleep 600 > /dev/null 2>&1 &)",
        "import multiprocessing as m, time\nm.Process(target=time.sleep, args=(600,)).start()",
        "print(os.environ['LEFT'])",
    )
    assert result.failure is None
    mark = result.outputs[-1][0]["text"].strip()
    assert processes_with("LEFT", mark) == []
    assert not psutil.pid_exists(int(mark))


def test_processes_of_a_program_that_failed_are_gone_with_it(
    run_cells: RunCells, tmp_path: Path
) -> None:
    for ending in ("1 / 0", "os._exit(1)", ENDLESS):
        failure_of(
            run_cells,
            "import os, subprocess\nos.environ['LEFT'] = str(os.getpid())\n"
            "for own in (False, True): subprocess.Popen(['sleep', '600'], start_new_session=own)\n"
            f"open({str(tmp_path / 'mark')!r}, 'w').write(os.environ['LEFT'])\n{ending}",
            cell_timeout=2.0,
        )
        assert processes_with("LEFT", (tmp_path / "mark").read_text()) == []


def test_stopping_ends_a_program_that_runs(run_cells: RunCells, tmp_path: Path) -> None:
    groups = ProcessGroups()
    results = []
    started = tmp_path / "started"
    code = f"open({str(started)!r}, 'w')\n{ENDLESS}"
    thread = threading.Thread(target=lambda: results.append(run_cells(code, groups=groups)))
    thread.start()
    wait_until(started.exists)
    groups.stop()
    thread.join(timeout=30)
    assert not thread.is_alive()
    assert results[0].failure is not None
    assert run_cells("print('never')", groups=groups).failure is not None


def test_many_programs_leave_no_descriptors_threads_or_processes(run_cells: RunCells) -> None:
    process = psutil.Process()

    def held() -> tuple[int, int, int]:
        return process.num_fds(), process.num_threads(), len(process.children(recursive=True))

    run_cells("1")
    before = held()
    for cells in (["1"], ["1 / 0"], ["import os\nos._exit(1)"], ["2"]):
        run_cells(*cells)
    run_cells("1", environ=(("PYTHONHOME", "/nowhere"),))
    assert held() == before


def test_scratch_folder_is_gone_even_where_a_program_has_locked_it(
    run_cells: RunCells, temporary: Path
) -> None:
    run_cells(
        "import os\nos.makedirs('a/b')\nos.chmod('a/b', 0)\nos.chmod('a', 0)\nos.chmod('.', 0)"
    )
    assert list(temporary.iterdir()) == []


def test_temporary_files_of_a_program_are_gone_with_it(
    run_cells: RunCells, temporary: Path
) -> None:
    result = run_cells("import tempfile\ntempfile.mkdtemp()\ntempfile.mkstemp()\nNone")
    assert result.failure is None
    assert list(temporary.iterdir()) == []


def test_scratch_folders_of_killed_builds_are_removed_and_no_others(
    run_cells: RunCells, temporary: Path
) -> None:
    run_cells("1")

    gone = next(pid for pid in range(2**22 - 1, 1, -1) if not psutil.pid_exists(pid))
    abandoned = temporary / f"{_SCRATCH}{gone}-x"
    running = temporary / f"{_SCRATCH}{os.getpid()}-x"
    elsewhere = temporary / f"polybook-00ff00-{gone}-x"  # another machine's
    for folder in (abandoned, running, elsewhere):
        (folder / "book").mkdir(parents=True)
    remove_abandoned_scratch()
    assert sorted(temporary.iterdir()) == sorted([running, elsewhere])
