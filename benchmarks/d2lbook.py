"""The peer of our figures: d2lbook 1.0.3, installed and run beside Polybook.

It knows one language per folder, so a multilingual book is first laid out as one book per language.
Nothing is imported from polybook: what is measured must not shape what it is measured against.
"""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from configparser import ConfigParser
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("d2lbook-requirements.txt")

_OUTPUT = "_build"
_TAB_MARK = re.compile(r"(?:#[ ]*@tab|%%tab)[ ]+([\w, ]+)|:begin_tab:`([^`]+)`")


def make_venv(cache: Path) -> Path:
    """Return a virtual environment under `cache` that runs d2lbook, made on first need.

    Raises RuntimeError when it cannot be made.
    """
    if sys.version_info[:2] != (3, 11):
        raise RuntimeError("d2lbook's pins are for Python 3.11: run the benchmark with that")
    key = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    venv = cache.resolve() / f"d2lbook-{key}"
    # Written last: a folder without it was interrupted, and is made again.
    complete = venv / "complete"
    if complete.exists():
        return venv
    shutil.rmtree(venv, ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(venv)])
    pip = [str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    _run([*pip, "install", "--requirement", str(REQUIREMENTS)])
    # d2lbook looks for pandoc on PATH; the wheel that carries it does not put it there.
    pandoc = next(venv.glob("lib/python*/site-packages/pypandoc/files/pandoc"))
    (venv / "bin" / "pandoc").symlink_to(pandoc)
    complete.touch()
    return venv


def lay_out(source_book: Path, target: Path, languages: Sequence[str]) -> list[Path]:
    """Write one d2lbook book per language into `target`, anew, and return their folders.

    `source_book` has the page layout `{page}.{lang}.md`. A page that a language lacks is taken from
    the first language of its `[languages]`, as Polybook does. Running the code is switched off.
    """
    config = _read(source_book / "config.ini")
    layout = config.get("build", "page_layout", fallback="{page}.{lang}.md")
    if layout != "{page}.{lang}.md":
        raise ValueError(f"{source_book}: page_layout = {layout} is not handled here")
    reference = next(iter(config["languages"]))
    return [
        _lay_out_language(source_book, target / language, config, language, reference)
        for language in languages
    ]


def build_html(book: Path, venv: Path, *, one_process: bool = False) -> float:
    """Return the seconds that the HTML of all tabs takes from nothing.

    By default as d2lbook's own project does it, `build eval` for each tab and then
    `build html --tab all`, which alone has nothing to merge yet. `one_process` is the least that it
    can be made to do: the verb `colab`, whose own work is off, evaluates all tabs in one process.
    """
    shutil.rmtree(book / _OUTPUT, ignore_errors=True)
    seconds = _build(book, venv, one_process=one_process)
    for page in _pages(book):
        if not _html(book, page).exists():
            raise RuntimeError(f"{book}: d2lbook made no HTML of {page}")
    return seconds


def build_html_unchanged(book: Path, venv: Path, *, one_process: bool = False) -> float:
    """Return the seconds of the same build again, when nothing has changed since `build_html`."""
    return _build(book, venv, one_process=one_process)


def build_html_edited(book: Path, venv: Path, *, one_process: bool = False) -> float:
    """Return the seconds of the same build after one paragraph of a page with code has changed.

    With evaluation on, d2lbook would run that page's whole notebook again, in every tab; it stays
    off here, so this is what d2lbook takes without that.
    """
    texts = {page: (book / page).read_text("utf-8") for page in _pages(book)}
    page = next(page for page, text in texts.items() if ".input}" in text)
    mark = f"edited{time.time_ns()}"
    (book / page).write_text(_with_edit(texts[page], mark), "utf-8")
    seconds = _build(book, venv, one_process=one_process)
    # A build that never noticed the edit would be fast as well.
    if mark not in _html(book, page).read_text("utf-8"):
        raise RuntimeError(f"{book}: the edit of {page} did not reach its HTML")
    return seconds


def copy_repository(source: Path, target: Path) -> Path:
    """Copy a d2lbook repository, with running and notebooks for other hosts switched off."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(".*", _OUTPUT))
    config = _read(target / "config.ini")
    config["build"]["eval_notebook"] = "False"
    for section in ("colab", "sagemaker"):
        config.remove_section(section)
    # Its LaTeX would be downloaded, for HTML as well.
    if config.has_section("pdf"):
        config.remove_option("pdf", "style")
    with (target / "config.ini").open("w", encoding="utf-8") as file:
        config.write(file)
    return target


def build_repository(book: Path, venv: Path) -> float:
    """Return the seconds of a build of all tabs in one process, from what is there already."""
    return _build(book, venv, one_process=True)


def run_one_cell(book: Path, venv: Path) -> float:
    """Return the seconds that evaluating one page with one cell takes, in a new book at `book`."""
    shutil.rmtree(book, ignore_errors=True)
    book.mkdir(parents=True)
    (book / "config.ini").write_text("[project]\nname = one\n[build]\nnotebooks = *.md\n", "utf-8")
    (book / "index.md").write_text("# One\n\n```{.python .input}\nprint(1)\n```\n", "utf-8")
    seconds = _time([str(venv / "bin" / "d2lbook"), "build", "eval"], book, venv)
    if '"1\\n"' not in (book / _OUTPUT / "eval" / "index.ipynb").read_text("utf-8"):
        raise RuntimeError(f"{book}: d2lbook did not run the cell")
    return seconds


def count_notebooks(book: Path) -> int:
    """Return how many notebooks a build of all tabs evaluates, a kernel each."""
    folders = [folder for folder in (book / _OUTPUT).glob("eval*") if folder.name != "eval_all"]
    notebooks = [path for folder in folders for path in folder.rglob("*.ipynb")]
    return sum(1 for path in notebooks if '"cell_type": "code"' in path.read_text("utf-8"))


def _lay_out_language(
    source: Path, book: Path, config: ConfigParser, language: str, reference: str
) -> Path:
    def settings(section: str) -> dict[str, str]:
        names = [section, f"{section}-{language}"]
        return {k: v for name in names if config.has_section(name) for k, v in config[name].items()}

    project, build, bibfile = settings("project"), settings("build"), settings("pdf").get("bibfile")
    pages = _find_pages(source, build, [reference, language])
    if not pages:
        raise ValueError(f"{source}: no page of {language} or {reference}")
    texts = {page: path.read_text("utf-8") for page, path in pages.items()}
    texts.setdefault("index", _root_index(project.get("title", language), list(pages)))

    shutil.rmtree(book, ignore_errors=True)
    for page, text in texts.items():
        path = book / f"{page}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    # d2lbook finds a bibliography only when it is among the resources.
    resources = [*build.get("resources", "").split(), *(bibfile or "").split()]
    for found in {path for pattern in resources for path in source.glob(pattern)}:
        copy = book / found.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if found.is_dir():
            shutil.copytree(found, copy, dirs_exist_ok=True)
        else:
            shutil.copy2(found, copy)

    kept = {"name", "title", "author", "release", "copyright"}
    sections = {
        "project": {k: v for k, v in project.items() if k in kept},
        "build": {
            "notebooks": "\n".join(f"{page}.md" for page in texts),
            "resources": " ".join(resources),
            "tabs": ", ".join(_used_tabs(_words(build.get("tabs", "")), "\n".join(texts.values()))),
            "output_dir": _OUTPUT,
            "eval_notebook": "False",
        },
        "pdf": {"bibfile": bibfile or ""},
        # The names that cells may use for a framework's own, and what they stand for.
        **{name: dict(config[name]) for name in config.sections() if name.startswith("library")},
    }
    _write(book / "config.ini", sections)
    return book


def _find_pages(source: Path, build: dict[str, str], languages: Sequence[str]) -> dict[str, Path]:
    """Return the pages in the book's order, each with its file in the last language that has it."""
    output = source / build.get("output_dir", _OUTPUT)
    pages: dict[str, Path] = {}
    for pattern in ["index.md", *build.get("notebooks", "**/*.md").split()]:
        found: dict[str, Path] = {}
        for language in languages:
            ending = f".{language}.md"
            for path in source.glob(pattern.removesuffix(".md") + ending):
                if not path.is_relative_to(output):
                    found[path.relative_to(source).as_posix().removesuffix(ending)] = path
        pages |= dict(sorted(found.items()))
    return pages


def _root_index(title: str, pages: Sequence[str]) -> str:
    """Return the root page that d2lbook demands; a chapter's index page stands for its chapter."""
    indexes = {page: (Path(page).parent / "index").as_posix() for page in pages}
    entries = dict.fromkeys(indexes[page] if indexes[page] in pages else page for page in pages)
    return "\n".join([f"# {title}", "", "```toc", ":maxdepth: 2", "", *entries, "```", ""])


def _used_tabs(tabs: list[str], text: str) -> list[str]:
    """Return the tabs that the text has cells for: a tab with none is a build too many to time."""
    named = {tab for mark in _TAB_MARK.finditer(text) for tab in _words(mark[1] or mark[2])}
    if not named & set(tabs) and "all" in named:
        return tabs
    # Cells without a mark belong to the first.
    return [tab for tab in tabs if tab in named or tab == tabs[0]]


def _with_edit(text: str, mark: str) -> str:
    lines = text.split("\n")
    fence = ""
    for number, line in enumerate(lines):
        found = re.match(r"`{3,}|~{3,}", line)
        if fence:
            fence = "" if line.rstrip() == fence else fence
        elif found:
            fence = found[0]
        elif line[:1].isalpha():
            lines[number] = f"{line} {mark}"
            return "\n".join(lines)
    raise ValueError("the page has no paragraph to edit")


def _build(book: Path, venv: Path, *, one_process: bool) -> float:
    tabs = _words(_read(book / "config.ini")["build"]["tabs"])
    if len(tabs) < 2:
        verbs = [["html"]]  # "all" is refused where there is nothing to merge
    elif one_process:
        verbs = [["colab", "html", "--tab", "all"]]
    else:
        verbs = [*(["eval", "--tab", tab] for tab in tabs), ["html", "--tab", "all"]]
    command = str(venv / "bin" / "d2lbook")
    return sum(_time([command, "build", *verb], book, venv) for verb in verbs)


def _time(command: list[str], book: Path, venv: Path) -> float:
    # It starts pandoc and sphinx-build by name, and reads pages in the locale's encoding.
    path = os.pathsep.join([str(venv / "bin"), os.environ.get("PATH", os.defpath)])
    environ = {**os.environ, "PATH": path, "PYTHONUTF8": "1"}
    environ.pop("PYTHONPATH", None)
    start = time.perf_counter()
    _run(command, cwd=book, environ=environ)
    return time.perf_counter() - start


def _run(
    command: list[str], cwd: Path | None = None, environ: dict[str, str] | None = None
) -> None:
    try:
        subprocess.run(
            command,
            cwd=cwd,
            env=environ,
            check=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.CalledProcessError as error:
        said = f"{shlex.join(command)}: exit status {error.returncode}\n{error.stdout}"
        raise RuntimeError(said) from error


def _pages(book: Path) -> list[str]:
    notebooks = _read(book / "config.ini")["build"]["notebooks"].split()
    return [page for page in notebooks if page != "index.md"]


def _html(book: Path, page: str) -> Path:
    return book / _OUTPUT / "html" / Path(page).with_suffix(".html")


def _words(value: str) -> list[str]:
    return [word for part in value.split(",") if (word := part.strip())]


class _Config(ConfigParser):
    def optionxform(self, optionstr: str) -> str:
        return optionstr  # codes of languages such as pt-BR keep their case


def _read(path: Path) -> ConfigParser:
    config = _Config(interpolation=None)
    config.read_string(path.read_text("utf-8"), str(path))
    return config


def _write(path: Path, sections: dict[str, dict[str, str]]) -> None:
    # No interpolation: a percent sign stays doubled, as d2lbook wants it, if it was.
    config = _Config(interpolation=None)
    config.read_dict(sections)
    with path.open("w", encoding="utf-8") as file:
        config.write(file)
