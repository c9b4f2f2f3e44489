"""The command line: the only place that prints."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from polybook import __version__
from polybook.errors import Diagnostic, Location, PolybookError, Severity, nearest

if TYPE_CHECKING:
    from polybook.build import Build
    from polybook.config import Config
    from polybook.display import Display
    from polybook.running import RunReport

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

Command = Callable[..., None]


def _names(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Read names that are given in one option, several options or both: `tr,ja`."""
    names = [name.strip() for value in values for name in value.split(",")]
    if "" in names:
        raise click.BadParameter("name one or more, with commas between them.")
    return tuple(dict.fromkeys(names))


def _option(*names: str, **settings: Any) -> Callable[[Command], Command]:
    return click.option(*names, **settings)


_book = _option(
    "-C",
    "--book",
    "folder",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The book's folder, or its config.ini; the current folder if not given.",
)
_lang = _option(
    "--lang", "languages", multiple=True, callback=_names, help="Only these languages: tr,ja."
)
_tab = _option(
    "--tab", "tabs", multiple=True, callback=_names, help="Only these frameworks: pytorch,jax."
)
_force = _option("--force", is_flag=True, help="Run programs whose outputs are fresh, too.")


@click.group(context_settings=_CONTEXT)
@click.version_option(__version__, prog_name="polybook")
def main() -> None:
    """Run and build one tutorial book in every language and every framework.

    A book is a folder with a config.ini and Markdown pages. Its code cells are run in an
    environment of their framework, once for all languages; what they print is saved in outputs/
    and shown by every format.
    """


@main.command()
@click.argument("format_", metavar="html|lib", type=click.Choice(["html", "lib"]))
@_book
@_lang
@_tab
@_option("--no-run", is_flag=True, help="Run nothing; show the saved outputs that are fresh.")
@_force
def build(
    format_: str,
    folder: Path,
    languages: tuple[str, ...],
    tabs: tuple[str, ...],
    no_run: bool,
    force: bool,
) -> None:
    """Run what is stale and build the web site, or write the book's own modules.

    html: the web site, in <output_dir>/html.

    lib: the modules that [library-TAB] names, from the cells marked #@save. Nothing is run.
    """
    with _session(folder, languages, tabs) as (work, display):
        clean = display.diagnostics(work.diagnostics())
        if format_ == "lib":
            display.library(work.library())
            sys.exit(0 if clean else 1)
        runs = work.config.build.eval_notebook and not no_run
        if runs:
            work.settle_outputs()
        programs = work.programs()
        stale = programs if force else work.stale(programs)
        if stale and runs:
            clean &= _run(work, stale, display)
        site, found = work.html()
        clean &= display.diagnostics(found)
        display.site(site, work.stale(programs))
    sys.exit(0 if clean else 1)


@main.command()
@_book
@_lang
@_tab
@_option(
    "--page",
    "pages",
    multiple=True,
    callback=_names,
    help="Only these pages: chapter_file_io/tensors.",
)
@_force
def run(
    folder: Path,
    languages: tuple[str, ...],
    tabs: tuple[str, ...],
    pages: tuple[str, ...],
    force: bool,
) -> None:
    """Run what has no fresh saved outputs and save what it puts out."""
    with _session(folder, languages, tabs) as (work, display):
        _known("page", pages, work.book.pages)
        clean = display.diagnostics(work.diagnostics())
        work.settle_outputs()
        programs = work.programs(pages)
        stale = programs if force else work.stale(programs)
        if stale:
            clean &= _run(work, stale, display)
        else:
            display.line("Nothing to run: all saved outputs are fresh.")
    sys.exit(0 if clean else 1)


def _run(work: Build, programs: Sequence[Any], display: Display) -> bool:
    from polybook.running.schedulers import LocalScheduler  # noqa: PLC0415 (slow to import)

    settings = work.config.run
    with display.running(len(programs)) as progress:
        scheduler = LocalScheduler(
            settings.jobs, settings.memory, progress.environment, progress.started
        )
        report: RunReport = work.run(programs, scheduler, progress)
    display.run_report(report, len(programs))
    if report.interrupted:
        sys.exit(1)
    return report.ok


@contextlib.contextmanager
def _session(
    folder: Path, languages: Sequence[str], tabs: Sequence[str]
) -> Iterator[tuple[Build, Display]]:
    """Read a book, hold its lock, and turn every error into a message and the exit status 1."""
    from polybook.build import Build  # noqa: PLC0415 (`--help` does without it)
    from polybook.config import read_config  # noqa: PLC0415
    from polybook.display import Display  # noqa: PLC0415

    display = Display()
    _end_on_signals()
    try:
        config: Config = read_config(folder)
        display.strict = config.build.warning_is_error
        _known("language", languages, [language.code for language in config.languages])
        _known("tab", tabs, config.tabs)
        with _lock(config, display):
            yield Build(config, languages, tabs), display
    except PolybookError as error:
        location = error.location or Location(Path())
        if error.location:
            display.diagnostics([Diagnostic(Severity.ERROR, location, error.message, error.hint)])
        else:
            display.error(error.message, error.hint)
        sys.exit(1)
    except OSError as error:
        display.error(f"{error.strerror}: {error.filename or ''}".rstrip(": "))
        sys.exit(1)
    except KeyboardInterrupt:
        display.error("Interrupted.", "What was there before is as it was.")
        sys.exit(1)


def _end_on_signals() -> None:
    """Let `kill` and a closed terminal do what Ctrl-C does, unless (`nohup`) they are ignored."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


@contextlib.contextmanager
def _lock(config: Config, display: Display) -> Iterator[None]:
    """Let one build of a book at a time write its outputs and its site."""
    from filelock import FileLock, Timeout  # noqa: PLC0415

    config.output.mkdir(parents=True, exist_ok=True)
    lock = FileLock(config.output / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        display.line("Another build of this book is at work; waiting for it.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _known(kind: str, names: Sequence[str], known: Iterable[str]) -> None:
    known = list(known)
    for name in names:
        if name not in known:
            raise click.UsageError(f"The book has no {kind} “{name}”. {nearest(name, known)}")
