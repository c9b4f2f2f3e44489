"""Environments, made by real pip from small packages of the tests' own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from queue import Queue

import pytest

from polybook.config import Config, read_config
from polybook.errors import ConfigError, EnvironmentFailedError
from polybook.running.environments import (
    Environment,
    EnvironmentSpec,
    cache_folder,
    environment_specs,
    find_environment,
    make_environment,
)
from polybook.running.processes import ProcessGroups
from tests.conftest import MakeBook
from tests.running.conftest import MakeWheel, none_with, wait_until

SMALL = EnvironmentSpec(tab="small", title="Small", requirements=("small==1.0",))

#: Makes the small environment in a process of its own and says what it does.
MAKE_SMALL = """
from polybook.running.environments import EnvironmentSpec, make_environment
from polybook.running.processes import ProcessGroups
spec = EnvironmentSpec(tab="small", title="Small", requirements=("small==1.0",))
made = make_environment(spec, lambda text: print(text, flush=True), ProcessGroups())
print(made.folder, flush=True)
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, with a path that needs quoting."""
    folder = tmp_path / "the cache ü"
    monkeypatch.setenv("POLYBOOK_CACHE", str(folder))
    return folder


def make(spec: EnvironmentSpec, groups: ProcessGroups | None = None) -> Environment:
    return make_environment(spec, lambda _: None, groups or ProcessGroups())


def imported(environment: Environment, code: str) -> str:
    """Run code in an environment's Python and return what it prints."""
    command = [str(environment.python), "-B", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def folders(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "environments").iterdir() if path.is_dir())


# ---------------------------------------------------------------- making


def test_environment_is_made_once_with_byte_code_and_again_where_it_was_deleted(
    cache: Path, wheels: MakeWheel
) -> None:
    wheels("small")
    assert find_environment(SMALL) is None
    said: list[str] = []
    made = make_environment(SMALL, said.append, ProcessGroups())
    assert imported(made, "import small; print(small.version)") == "1.0"
    assert any(made.folder.glob("lib/*/site-packages/__pycache__/small.*.pyc"))
    assert said[0] == "making a virtual environment"
    assert said[-1] == "compiling"
    assert "installing" in " ".join(said)

    again: list[str] = []
    assert make_environment(SMALL, again.append, ProcessGroups()) == made
    assert find_environment(SMALL) == made
    assert again == []
    assert folders(cache) == [made.folder.name]

    shutil.rmtree(made.folder)
    assert find_environment(SMALL) is None
    second = make(SMALL)
    assert imported(second, "import small; print(small.version)") == "1.0"
    assert folders(cache) == [second.folder.name]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"folder": 7}', '{"folder": "gone"}', "\0"])
def test_damaged_pointer_counts_as_none(cache: Path, content: str) -> None:
    (cache / "environments").mkdir(parents=True)
    assert find_environment(SMALL) is None
    pointer = pointer_of(SMALL, cache)
    pointer.write_text(content)
    assert find_environment(SMALL) is None


def pointer_of(spec: EnvironmentSpec, cache: Path) -> Path:
    """Return the file that will name the folder, by making one that cannot be made."""
    with pytest.raises(EnvironmentFailedError):
        make(spec, stopped_groups())
    (log,) = (cache / "environments").glob("*.log")
    return log.with_suffix(".json")


def stopped_groups() -> ProcessGroups:
    groups = ProcessGroups()
    groups.stop()
    return groups


def test_environment_killed_half_way_is_made_again_and_nothing_is_left(
    cache: Path, wheels: MakeWheel
) -> None:
    wheels("small")
    for moment in ("making a virtual environment", "installing"):
        command = [sys.executable, "-c", MAKE_SMALL]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            assert moment in map(str.strip, process.stdout)
            process.kill()
        wait_until(partial(none_with, "POLYBOOK_PARENT", str(process.pid)))
        assert find_environment(SMALL) is None
    made = make(SMALL)
    assert imported(made, "import small; print(small.version)") == "1.0"
    assert folders(cache) == [made.folder.name]


def test_two_processes_at_once_make_one(cache: Path, wheels: MakeWheel) -> None:
    wheels("small")
    command = [sys.executable, "-c", MAKE_SMALL]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate()[0].splitlines() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert said[0][-1] == said[1][-1]
    assert len(folders(cache)) == 1
    assert ["compiling" in lines for lines in said].count(True) == 1


def test_waiting_for_another_build_can_be_stopped(cache: Path, wheels: MakeWheel) -> None:
    wheels("small")
    lock = pointer_of(SMALL, cache).with_suffix(".lock")
    hold = (
        "import sys, time, filelock\nlock = filelock.FileLock(sys.argv[1])\nlock.acquire()\n"
        "print('held', flush=True)\ntime.sleep(600)"
    )
    command = [sys.executable, "-c", hold, str(lock)]
    groups, said = ProcessGroups(), Queue[str]()
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE) as holder,
        ThreadPoolExecutor() as pool,
    ):
        assert holder.stdout
        holder.stdout.readline()
        try:
            future = pool.submit(make_environment, SMALL, said.put, groups)
            assert said.get(timeout=30) == "waiting for another build that makes this environment"
            groups.stop()
            error = future.exception(timeout=30)
        finally:
            holder.kill()
    assert isinstance(error, EnvironmentFailedError)
    assert error.message == "The environment for Small was not waited for."


def test_stopping_ends_the_making_and_leaves_nothing(cache: Path, wheels: MakeWheel) -> None:
    wheels("small")
    groups = ProcessGroups()
    with pytest.raises(EnvironmentFailedError):
        make_environment(SMALL, lambda _: groups.stop(), groups)
    assert folders(cache) == []
    assert find_environment(SMALL) is None


# ---------------------------------------------------------------- what cannot be made


def test_what_is_not_found_ends_with_pips_last_lines_and_leaves_nothing(
    cache: Path, wheels: MakeWheel
) -> None:
    """Without a network, a requirement that does not exist; the next attempt may find it."""
    with pytest.raises(EnvironmentFailedError) as caught:
        make(SMALL)
    lines = caught.value.message.splitlines()
    assert lines[0] == (
        "The environment for Small could not be made:"
        " “python -m pip install” ended with the exit status 1."
    )
    assert "No matching distribution found for small==1.0" in lines[-1]
    assert len(lines) <= 13
    log = Path(caught.value.hint.removeprefix("All that was said is in ").removesuffix("."))
    assert "No matching distribution" in log.read_text()
    assert folders(cache) == []
    assert find_environment(SMALL) is None
    wheels("small")
    assert imported(make(SMALL), "import small; print(small.version)") == "1.0"


@pytest.mark.usefixtures("cache")
def test_interpreter_that_does_not_exist_is_named() -> None:
    with pytest.raises(EnvironmentFailedError) as caught:
        make(replace(SMALL, python="python-from-nowhere"))
    assert caught.value.message == (
        "The environment for Small could not be made:"
        " python-from-nowhere: No such file or directory."
    )


def test_cache_folder_that_cannot_be_written_is_named(cache: Path) -> None:
    cache.write_text("a file where the folder should be")
    with pytest.raises(EnvironmentFailedError) as caught:
        make(SMALL)
    assert "Not a directory" in caught.value.message or "File exists" in caught.value.message
    assert str(cache) in caught.value.hint
    assert "POLYBOOK_CACHE" in caught.value.hint


# ---------------------------------------------------------------- how pip is called


def test_requirement_remarked_no_deps_comes_alone_and_with_the_files_options(
    cache: Path, wheels: MakeWheel, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheels("small")
    wheels("needy", requires=["missing"])
    monkeypatch.delenv("PIP_FIND_LINKS")
    links = f"--find-links={(cache.parent / 'wheels').as_uri()}"
    made = make(replace(SMALL, requirements=(links, "small", "needy  # polybook: no-deps")))
    assert imported(made, "import needy, small; print('both')") == "both"


@pytest.mark.usefixtures("cache")
def test_users_pip_settings_hold_and_those_of_python_do_not(
    tmp_path: Path, wheels: MakeWheel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which versions they allow is theirs to say; where pip installs and what it imports is not."""
    wheels("small", version="1.0")
    wheels("small", version="2.0")
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("small<2\n")
    config = tmp_path / "pip.conf"
    config.write_text(f"[install]\nuser = true\nconstraint = {constraints}\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    for name in ("PIP_TARGET", "PIP_PREFIX", "PYTHONPYCACHEPREFIX"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "modules"))
    for folder in ("modules", "here"):
        (tmp_path / folder).mkdir()
        for name in ("venv", "pip", "compileall", "platform", "random", "logging", "ensurepip"):
            (tmp_path / folder / f"{name}.py").write_text(f"raise ImportError('{folder}')\n")
    monkeypatch.chdir(tmp_path / "here")
    made = make(replace(SMALL, requirements=("small",)))
    assert (
        imported(made, "import sys; del sys.path[:2]; import small; print(small.version)") == "1.0"
    )
    assert not (tmp_path / "elsewhere").exists()


def test_cache_folder_may_be_named_relative_to_the_current_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POLYBOOK_CACHE", "near")
    assert cache_folder() == tmp_path / "near"
    monkeypatch.setenv("POLYBOOK_CACHE", "~/near")
    assert cache_folder() == Path.home() / "near"
    monkeypatch.delenv("POLYBOOK_CACHE")
    assert cache_folder().is_absolute()


# ---------------------------------------------------------------- what defines an environment


def config_of(make_book: MakeBook, requirements: str, **others: str) -> Config:
    files = {f"{name}.txt": text for name, text in others.items()}
    settings = """
        [build]
        tabs = one, plain
        [framework-one]
        requirements = one.txt
    """
    return read_config(make_book({"config.ini": settings, "one.txt": requirements, **files}))


def spec_of(config: Config) -> EnvironmentSpec:
    return environment_specs(config, config.tabs)["one"]


def test_every_environment_has_the_kernel(make_book: MakeBook) -> None:
    config = config_of(make_book, "example==1.0\n")
    one, plain = environment_specs(config, config.tabs).values()
    assert one.requirements == ("example==1.0", *plain.requirements)
    assert any(line.startswith("ipykernel==") for line in plain.requirements)


def test_books_own_version_of_what_the_kernel_needs_holds(make_book: MakeBook) -> None:
    spec = spec_of(config_of(make_book, "IPyKernel == 6.29.5\nnest_asyncio2<2\n"))
    named = [line for line in spec.requirements if "kernel" in line.lower() or "nest" in line]
    assert named == ["IPyKernel == 6.29.5", "nest_asyncio2<2"]


@pytest.mark.parametrize(
    "text",
    [
        "a==1.0\nb==2.0  # why\n",
        "# why\n\n  a==1.0\t\n\n\nb==2.0",
        "b==2.0\na==1.0\n",
        "a==1.0\r\nb==2.0\r\n",
        "\ufeffa==1.0\nb==2.0\na==1.0\n",
        "-r two.txt\na==1.0\n",
        "--requirement=two.txt  # why\na==1.0\n",
        "a==1.0\n-r deep/../two.txt\n-r one.txt\n-r two.txt",
        "a=\\\n=1.0\nb==2.0\n",
    ],
)
def test_what_installs_the_same_has_the_same_key(make_book: MakeBook, text: str) -> None:
    plain = spec_of(config_of(make_book, "a==1.0\nb==2.0\n", two="b==2.0\n"))
    config = config_of(make_book, text)
    (config.root / "deep").mkdir(exist_ok=True)
    assert spec_of(config).key == plain.key


@pytest.mark.parametrize(
    "text",
    [
        "a==1.0\n",
        "a==1.0\nb==2.1\n",
        "a==1.0\nb==2.0  # polybook: no-deps\n",
        "a==1.0\nB==2.0\n#\nc",
    ],
)
def test_what_installs_something_else_has_another_key(make_book: MakeBook, text: str) -> None:
    plain = spec_of(config_of(make_book, "a==1.0\nb==2.0\n"))
    assert spec_of(config_of(make_book, text)).key != plain.key


@pytest.mark.parametrize(
    "line",
    [
        "a @ https://example.org/a-1.0-py3-none-any.whl#sha256=0a1b",
        "git+https://example.org/a.git@v1#egg=a",
        "--extra-index-url https://example.org/simple",
        "--find-links=https://example.org/wheels",
        "-f /srv/wheels",
        "/srv/wheels/a-1.0-py3-none-any.whl",
        "a==1.0 --hash=sha256:0a1b",
        "a==1.0 ; python_version < '3.12'",
    ],
)
def test_every_other_line_that_pip_reads_is_kept(make_book: MakeBook, line: str) -> None:
    assert line in spec_of(config_of(make_book, f"{line}\n")).requirements


def test_missing_requirements_file_is_an_error_with_its_place(make_book: MakeBook) -> None:
    config = config_of(make_book, "")
    (config.root / "one.txt").unlink()
    with pytest.raises(ConfigError) as caught:
        spec_of(config)
    assert str(caught.value).startswith(
        f"{config.path}: The requirements file {config.root / 'one.txt'} cannot be read:"
        " No such file or directory."
    )


def test_missing_included_file_is_an_error_with_file_and_line(make_book: MakeBook) -> None:
    config = config_of(make_book, "# first\n-r two.txt\n", two="# two\n\n-r three.txt\n")
    with pytest.raises(ConfigError) as caught:
        spec_of(config)
    assert str(caught.value).startswith(f"{config.root / 'two.txt'}:3: The requirements file ")


def test_requirements_file_that_is_not_utf8_is_an_error(make_book: MakeBook) -> None:
    config = config_of(make_book, "")
    (config.root / "one.txt").write_bytes(b"caf\xe9")
    with pytest.raises(ConfigError, match="it is not UTF-8"):
        spec_of(config)


@pytest.mark.parametrize(
    "line",
    [
        "-e .",
        "--editable=lib",
        "-c pins.txt",
        "--constraint pins.txt",
        "./lib",
        "..",
        "wheels/a-1.0-py3-none-any.whl",
        "-f wheels",
    ],
)
def test_what_lies_in_the_book_is_no_part_of_a_shared_environment(
    make_book: MakeBook, line: str
) -> None:
    config = config_of(make_book, f"a==1.0\n{line}\n")
    with pytest.raises(ConfigError) as caught:
        spec_of(config)
    assert str(caught.value).startswith(f"{config.root / 'one.txt'}:2: “{line}” names a file")


def test_plain_environment_is_whole(plain: Environment) -> None:
    assert json.loads(imported(plain, "import ipykernel, json; print(json.dumps('kernel'))"))
    assert plain.standard_library.is_dir()
    assert (plain.standard_library / "json").is_dir()
