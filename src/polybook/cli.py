"""The command line: the only place that prints."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from polybook import __version__
from polybook.errors import (
    BookError,
    ClusterError,
    Diagnostic,
    EnvironmentFailedError,
    Location,
    PolybookError,
    Severity,
    nearest,
)
from polybook.verbs import ALIASES, ALL, NO_COMMANDS, VERBS, Kind, Verb, named_verbs

if TYPE_CHECKING:
    from polybook.build import Build
    from polybook.config import Config, Run
    from polybook.display import Display, RunDisplay
    from polybook.running import RunReport
    from polybook.running.environments import Environment, EnvironmentSpec
    from polybook.running.programs import Program
    from polybook.running.schedulers import Scheduler

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

Command = Callable[..., None]


def _names(_: click.Context, __: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Read names that are given in one option, several options or both: `tr,ja`."""
    names = [name.strip() for value in values for name in value.split(",")]
    if "" in names:
        raise click.BadParameter("name one or more, with commas between them.")
    return tuple(dict.fromkeys(names))


def _tabs(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Read names of tabs as d2lbook does: in any case, and `all` is every tab."""
    names = tuple(name.lower() for name in _names(context, parameter, values))
    return () if ALL in names else names


def _verbs(_: click.Context, __: click.Parameter, names: tuple[str, ...]) -> dict[str, Verb]:
    try:
        return named_verbs(names)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


class _Commands(click.Group):
    """Commands, of which an unknown one is answered with what to do instead."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in self.commands and not args[0].startswith("-"):
            instead = NO_COMMANDS.get(args[0]) or nearest(args[0], self.commands)
            raise click.UsageError(f"There is no command “{args[0]}”. {instead}".strip(), ctx)
        return super().resolve_command(ctx, args)


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
    "--tab",
    "tabs",
    multiple=True,
    callback=_tabs,
    help="Only these frameworks: pytorch,jax. All of them (or `all`) if not given.",
)
_scheduler = _option(
    "--scheduler",
    metavar="ADDRESS",
    default="",
    help="Run on the workers of this Dask scheduler: tcp://host:8786.",
)
_page = _option(
    "--page",
    "pages",
    multiple=True,
    callback=_names,
    help="Only these pages: chapter_file_io/tensors.",
)
_force = _option("--force", is_flag=True, help="Run programs whose outputs are fresh, too.")


@click.group(cls=_Commands, context_settings=_CONTEXT)
@click.version_option(__version__, prog_name="polybook")
def main() -> None:
    """Run and build one tutorial book in every language and every framework.

    A book is a folder with a config.ini and Markdown pages. Its code cells are run in an
    environment of their framework, once for all languages; what they print is saved in outputs/
    and shown by every format.
    """
    # Pages are large trees without cycles: looking for these takes a tenth of the time.
    gc.set_threshold(50_000, 20, 50)


_BUILD_HELP = f"""Run what is stale and build or check what the verbs name, in their order.

{"".join(f"{name}: {verb.help}.{chr(10) * 2}" for name, verb in VERBS.items())}

{ALL}: every format.

d2lbook's {", ".join(ALIASES)} are accepted, too: each writes the notebooks.
"""


@main.command(help=_BUILD_HELP)
@click.argument("verbs", metavar="VERB...", nargs=-1, required=True, callback=_verbs)
@_book
@_lang
@_tab
@_option("--no-run", is_flag=True, help="Run nothing; show the saved outputs that are fresh.")
@_force
@_scheduler
def build(
    verbs: dict[str, Verb],
    folder: Path,
    languages: tuple[str, ...],
    tabs: tuple[str, ...],
    no_run: bool,
    force: bool,
    scheduler: str,
) -> None:
    """Do verbs in their order; programs are run once, before the first that shows outputs."""
    with _session(folder, languages, tabs, scheduler) as (work, display):
        only_checks = all(verb.kind is Kind.CHECK for verb in verbs.values())
        clean = display.diagnostics(work.book_diagnostics() if only_checks else work.diagnostics())
        runs = work.config.build.eval_notebook and not no_run
        for verb in verbs.values():
            if runs and verb.kind is Kind.FORMAT:
                runs = False
                if stale := [each for each in _to_run(work, force) if work.lets_run(each)]:
                    clean &= _run_here(work, stale, display)
            clean &= verb.do(work, display)
    sys.exit(0 if clean else 1)


def _to_run(work: Build, force: bool, pages: Sequence[str] = ()) -> Sequence[Program]:
    """Return the programs that have no fresh outputs, or all of them."""
    work.settle_outputs()
    programs = work.programs(pages)
    return programs if force else work.stale(programs)


@main.command()
@_book
@_lang
@_tab
@_page
@_force
@_scheduler
def run(
    folder: Path,
    languages: tuple[str, ...],
    tabs: tuple[str, ...],
    pages: tuple[str, ...],
    force: bool,
    scheduler: str,
) -> None:
    """Run what has no fresh saved outputs and save what it puts out."""
    with _session(folder, languages, tabs, scheduler) as (work, display):
        _known("page", pages, work.book.pages)
        clean = display.diagnostics(work.diagnostics())
        if stale := _to_run(work, force, pages):
            clean &= _run_here(work, stale, display)
        else:
            display.line("Nothing to run: all saved outputs are fresh.")
    sys.exit(0 if clean else 1)


@main.command()
@_book
@_lang
@_option("--rule", "rules", multiple=True, callback=_names, help="Only these rules: code,marks.")
@_option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github"]),
    default="text",
    help="How findings are shown; github: as annotations of a pull request.",
)
def check(folder: Path, languages: tuple[str, ...], rules: tuple[str, ...], form: str) -> None:
    """Check that all languages are one book: code, structure, marks, terms and references."""
    from polybook.translation.check import show  # noqa: PLC0415 (slow to import)
    from polybook.translation.rules import RULES  # noqa: PLC0415

    _known("rule", rules, RULES)
    with _session(folder, languages, ()) as (work, display):
        clean = display.diagnostics([*work.config.diagnostics, *work.book.missing()])
        found = work.check(rules)
        for line in show(found, form):
            click.echo(line)
        if form == "text":
            errors = sum(each.severity is Severity.ERROR for each in found)
            display.line(f"{errors} errors, {len(found) - errors} warnings.")
        clean &= all(each.severity is Severity.WARNING for each in found)
    sys.exit(0 if clean else 1)


@main.command()
@_book
@_lang
@_page
@_option("--comments", is_flag=True, help="Carry the comments in the code over, too.")
@_option("--accept", is_flag=True, help="Carry nothing; record that translations are up to date.")
def sync(
    folder: Path,
    languages: tuple[str, ...],
    pages: tuple[str, ...],
    comments: bool,
    accept: bool,
) -> None:
    """Carry the code of the reference language into the others, whose prose stays as it is."""
    if comments and accept:
        raise click.UsageError(
            "--accept carries nothing over, so --comments means nothing with it."
        )
    with _session(folder, languages, ()) as (work, display):
        _known("page", pages, work.book.pages)
        if accept:
            display.accepted(work.accept(pages))
        else:
            display.carried(work.carry_code(pages, comments=comments))


@main.command()
@_book
@_lang
def status(folder: Path, languages: tuple[str, ...]) -> None:
    """Show how each page stands in each language: translated, stale, missing, checks."""
    with _session(folder, languages, ()) as (work, display):
        clean = display.diagnostics(work.book_diagnostics())
        display.status(work.status())
    sys.exit(0 if clean else 1)


@main.command()
@_book
@_lang
@_tab
@_option("--port", type=click.IntRange(0, 65535), help="The port; the first free from 8000 on.")
@_option("--no-run", is_flag=True, help="Run nothing; show the saved outputs that are fresh.")
def serve(
    folder: Path,
    languages: tuple[str, ...],
    tabs: tuple[str, ...],
    port: int | None,
    no_run: bool,
) -> None:
    """Serve the site to this machine alone; build it again, and reload it, as files change.

    What is stale is run meanwhile, as `polybook run` does it, and shown as it comes in.
    """
    import asyncio  # noqa: PLC0415 (slow to import)

    from polybook.serving import serve as serve_site  # noqa: PLC0415
    from polybook.serving.author import Author  # noqa: PLC0415

    with _configured(folder) as (config, display):
        _known("language", languages, [language.code for language in config.languages])
        _known("tab", tabs, config.tabs)
        author = Author(
            config,
            languages,
            tabs,
            None if no_run else partial(_run, display=display),
            partial(_lock, config, display),
            display,
        )

        def ready(address: str) -> None:
            display.line(f"Serving {address}, Ctrl-C ends it.")

        try:
            asyncio.run(serve_site(config.site, port, author.rebuild, author.changes(), ready))
        except (KeyboardInterrupt, asyncio.CancelledError):
            pass
        finally:
            author.close()


@main.command()
@_book
@_option("--lang", "language", help="The language to open; the one of your system if not given.")
@_tab
@_option("--port", type=click.IntRange(0, 65535), help="The port; the first free from 8888 on.")
@_option("--no-browser", is_flag=True, help="Open no browser; the address is shown in any case.")
def lab(
    folder: Path, language: str | None, tabs: tuple[str, ...], port: int | None, no_browser: bool
) -> None:
    """Open the book in JupyterLab, on this machine alone, with a kernel for each framework.

    Pages are notebooks there, and are saved as the Markdown that they are. JupyterLab and the
    environments of the frameworks are installed first where they are not yet.
    """
    import tempfile  # noqa: PLC0415 (these are slow to import)

    from polybook.book import read_book  # noqa: PLC0415
    from polybook.jupyter.launch import Lab, system_language  # noqa: PLC0415
    from polybook.running.environments import environment_specs, lab_spec  # noqa: PLC0415

    with _configured(folder) as (config, display):
        codes = [each.code for each in config.languages]
        _known("language", [language] if language else [], codes)
        _known("tab", tabs, config.tabs)
        language = language or system_language(codes)
        book = read_book(config)
        page = os.path.relpath(book.source(book.order(language)[0], language)[0], config.root)
        specs = environment_specs(config, tabs or config.tabs)
        jupyter, *frameworks = _made([lab_spec(), *specs.values()], display)
        if jupyter is None:
            sys.exit(1)
        with tempfile.TemporaryDirectory(prefix="polybook-lab-") as own:
            there = [each for each in frameworks if each]
            started = Lab(config, jupyter, there, language, Path(own))
            display.line("JupyterLab starts; Ctrl-C, twice, ends it.")
            sys.exit(started.run(Path(page).as_posix(), port, not no_browser))


def _made(specs: Sequence[EnvironmentSpec], display: Display) -> list[Environment | None]:
    """Make environments; None stands for one that could not be made, which is said."""
    from polybook.running.environments import make_environment  # noqa: PLC0415 (slow to import)
    from polybook.running.processes import ProcessGroups  # noqa: PLC0415

    groups = ProcessGroups()
    made: list[Environment | None] = []
    with display.running(len(specs)) as progress:
        for spec in specs:
            try:
                made.append(make_environment(spec, partial(progress.environment, spec), groups))
            except EnvironmentFailedError as error:
                display.error(error.message, error.hint)
                made.append(None)
            except BaseException:
                groups.stop()
                raise
    return made


@main.command()
@_book
def clear(folder: Path) -> None:
    """Remove <output_dir> and all that builds have made there; outputs/ stays."""
    with _configured(folder) as (config, display):
        if not config.output.is_dir():
            display.line(f"There is nothing to remove: {config.output}")
            return
        with _lock(config, display) as lock:
            for path in config.output.iterdir():
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                elif path != lock:
                    path.unlink()
            with contextlib.suppress(OSError):  # Windows removes no file that is open
                lock.unlink()
                config.output.rmdir()
        display.line(f"Removed: {config.output}")


def _run(
    work: Build,
    programs: Sequence[Program],
    started: Callable[[Scheduler], None] = lambda _: None,
    *,
    display: Display,
) -> RunReport:
    """Run programs; `started` is told of the scheduler that does it."""
    with display.running(len(programs)) as progress:
        scheduler = _scheduler_of(work.config.run, progress)
        started(scheduler)
        report = work.run(programs, scheduler, progress)
    display.run_report(report, len(programs))
    return report


def _scheduler_of(settings: Run, progress: RunDisplay) -> Scheduler:
    """Return the Dask cluster that the settings or Dask's own variable name, or this machine."""
    if address := settings.scheduler or os.environ.get("DASK_SCHEDULER_ADDRESS", ""):
        try:
            from polybook.running.cluster import ClusterScheduler  # noqa: PLC0415
        except ModuleNotFoundError as error:
            raise ClusterError(
                f"Running programs at {address} needs Dask: there is no module “{error.name}”.",
                hint="Install it: pip install 'polybook[cluster]'",
            ) from None
        return ClusterScheduler(
            address, progress.environment, progress.started, on_wait=progress.waiting
        )
    from polybook.running.schedulers import LocalScheduler  # noqa: PLC0415 (slow to import)

    return LocalScheduler(settings.jobs, settings.memory, progress.environment, progress.started)


def _run_here(work: Build, programs: Sequence[Program], display: Display) -> bool:
    """Run programs; an interrupted run is the end of the command."""
    report = _run(work, programs, display=display)
    if report.interrupted:
        sys.exit(1)
    return report.ok


@contextlib.contextmanager
def _session(
    folder: Path, languages: Sequence[str], tabs: Sequence[str], scheduler: str = ""
) -> Iterator[tuple[Build, Display]]:
    """Read a book and hold its lock."""
    from polybook.build import Build  # noqa: PLC0415 (`--help` does without it)

    with _configured(folder) as (config, display):
        _known("language", languages, [language.code for language in config.languages])
        _known("tab", tabs, config.tabs)
        run = replace(config.run, scheduler=scheduler or config.run.scheduler)
        with _lock(config, display):
            yield Build(replace(config, run=run), languages, tabs), display


@contextlib.contextmanager
def _configured(folder: Path) -> Iterator[tuple[Config, Display]]:
    """Read a book's settings, and turn every error into a message and the exit status 1."""
    from polybook.config import read_config  # noqa: PLC0415 (`--help` does without it)
    from polybook.display import Display  # noqa: PLC0415

    display = Display()
    _end_on_signals()
    try:
        config = read_config(folder)
        display.strict = config.build.warning_is_error
        yield config, display
    except PolybookError as error:
        location = error.location or Location(Path())
        if error.location:
            display.diagnostics([Diagnostic(Severity.ERROR, location, error.message, error.hint)])
        else:
            display.error(error.message, error.hint)
        sys.exit(1)
    except BrokenPipeError:  # who reads what we say has read enough: click ends quietly
        raise
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
def _lock(config: Config, display: Display) -> Iterator[Path]:
    """Let one build of a book at a time write its outputs and its site; give the lock's file."""
    from filelock import FileLock, Timeout  # noqa: PLC0415

    try:
        config.output.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise BookError(
            "There is something here that is no folder, and a build needs this place.",
            hint="Remove it, or name another folder: [build] output_dir.",
            location=Location(config.output),
        ) from None
    file = config.output / ".lock"
    lock = FileLock(file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        display.waiting("Another build of this book is at work; waiting for it.")
        lock.acquire()
    try:
        yield file
    finally:
        lock.release()


def _known(kind: str, names: Sequence[str], known: Iterable[str]) -> None:
    known = list(known)
    for name in names:
        if name not in known:
            raise click.UsageError(f"The book has no {kind} “{name}”. {nearest(name, known)}")
