"""`config.ini`: d2lbook's file with Polybook's additions, read into frozen dataclasses.

Each setting is one dataclass field that carries its own help and its own reader, so that the
reference page in `docs/configuration.md` is made from this module and cannot disagree with it.
"""

from __future__ import annotations

import ast
import configparser
import glob
import os
import posixpath
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from functools import cached_property, partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from polybook.errors import ConfigError, Diagnostic, Location, Severity, nearest, quoted

CONFIG_NAME = "config.ini"

#: The one tab of a book that names none.
IMPLICIT_TAB = "python"

#: The word of the dialect for every tab, which cannot be the name of one.
_EVERY_TAB = "all"

SectionT = TypeVar("SectionT")


# ---------------------------------------------------------------- readers of a value


def _text(value: str) -> str:
    return " ".join(value.split())


def _words(value: str) -> tuple[str, ...]:
    return tuple(value.split())


def _tabs(value: str) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in value.split(",") if name.strip())
    for name in names:
        if not re.fullmatch(r"\w[\w.+-]*", name) or name == _EVERY_TAB:
            raise ValueError(
                f"{quoted(name)} cannot be the name of a tab; tabs are separated by commas"
            )
        if names.count(name) > 1:
            raise ValueError(f"{quoted(name)} is there twice")
    return names


def _page(value: str) -> str:
    return posixpath.normpath(value).removesuffix(".md")


def _language(value: str) -> str:
    """Read a BCP 47 code; an underscore, as in names of locales, is taken for a hyphen."""
    code = value.lower().replace("_", "-")
    if not re.fullmatch(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", code):
        raise ValueError(f"{quoted(value)} is no language code such as tr, ja or pt-br")
    return code


def _boolean(value: str) -> bool:
    states = configparser.RawConfigParser.BOOLEAN_STATES
    if value.lower() not in states:
        raise ValueError(f"{quoted(value)} is neither True nor False")
    return states[value.lower()]


def _count(value: str) -> int:
    if not re.fullmatch(r"0*[1-9]\d{0,5}", value, re.ASCII):
        raise ValueError(f"{quoted(value)} is not a whole number above zero")
    return int(value)


def _duration(value: str) -> float:
    """Seconds, from a number with an optional unit: 90, 90 s, 20 min, 1.5 h."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d+)?)\s*(s|min|h)?", value, re.ASCII)
    if not found or float(found[1]) == 0:
        raise ValueError(f"{quoted(value)} is not a time such as 90 s, 20 min or 1.5 h")
    return float(found[1]) * {"s": 1, None: 1, "min": 60, "h": 3600}[found[2]]


def _size(value: str) -> int:
    """Bytes, from a number with a unit: 800 MB, 2 GB (powers of 1024)."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d+)?)\s*([MG])i?B", value, re.ASCII | re.IGNORECASE)
    if not found or float(found[1]) == 0:
        raise ValueError(f"{quoted(value)} is not a size such as 800 MB or 2 GB")
    return int(float(found[1]) * {"m": 1024**2, "g": 1024**3}[found[2].lower()])


def _whole(value: str) -> int:
    return 0 if value.strip("0") == "" and value else _count(value)


_NEEDS: Mapping[str, Callable[[str], int]] = MappingProxyType(
    {"gpus": _whole, "cores": _count, "memory": _size}
)


def _needs(value: str) -> tuple[tuple[str, tuple[tuple[str, int], ...]], ...]:
    """Read what the programs of pages need, one pattern a line: `PATTERN: gpus 1, memory 8 GB`."""
    rows = []
    for line in filter(None, map(str.strip, value.splitlines())):
        pattern, colon, asked = line.partition(":")
        words = [each.split(maxsplit=1) for each in asked.split(",")]
        if not colon or not all(len(each) == 2 and each[0] in _NEEDS for each in words):
            raise ValueError(
                f"{quoted(line)} is not of the form “PATTERN: gpus 1, cores 4, memory 8 GB”"
            )
        (path,) = _patterns(pattern.strip()) or ("",)
        rows.append((path, tuple((name, _NEEDS[name](amount)) for name, amount in words)))
    return tuple(rows)


def _variables(value: str) -> tuple[tuple[str, str], ...]:
    try:
        words = shlex.split(value)
    except ValueError:
        raise ValueError(f"{quoted(value)} has a quotation mark without its other half") from None
    pairs = [word.partition("=") for word in words]
    for name, equals, _ in pairs:
        if not equals or not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise ValueError(f"{quoted(name)} is not of the form NAME=VALUE")
    return tuple((name, content) for name, _, content in pairs)


def _address(value: str) -> str:
    if not re.match(r"https?://\S+$", value):
        raise ValueError(f"{quoted(value)} is no address such as https://book.example.org/")
    return value


def _hosts(value: str) -> tuple[str, ...]:
    for host in value.split():
        if not re.fullmatch(r"https?://[\w.-]+(:\d+)?/?", host, re.ASCII):
            raise ValueError(f"{quoted(host)} is no server such as https://videos.example.org")
    return tuple(host.rstrip("/").lower() for host in value.split())


def _base(value: str) -> str:
    return _address(value).rstrip("/") + "/"


def _layout(value: str) -> str:
    if value.count("{page}") != 1 or not value.endswith(".md"):
        raise ValueError(f"{quoted(value)} must contain {{page}} once and end with .md")
    if value.count("{lang}") > 1 or "{lang}{page}" in value or "{page}{lang}" in value:
        raise ValueError(f"{quoted(value)} must contain {{lang}} once at most, apart from {{page}}")
    return posixpath.normpath(value)


def _patterns(value: str) -> tuple[str, ...]:
    for pattern in value.split():
        if not pattern.endswith("md"):
            raise ValueError(f"the pattern {quoted(pattern)} does not end with .md")
    return _words(value)


def _links(value: str) -> tuple[tuple[str, str], ...]:
    """Read names and addresses; each pair may have the name of an icon behind it."""
    links: list[tuple[str, str]] = []
    for line in value.splitlines():
        items = [item.strip() for item in line.split(",") if item.strip()]
        if len(items) != 2 and len(items) % 3:
            raise ValueError(f"{quoted(line)} is not of the form “name, address, icon”")
        step = 2 if len(items) == 2 else 3
        links += zip(items[::step], items[1::step], strict=True)
    return tuple(links)


_NUMFIG = re.compile(r"numfig_format\s*=\s*(?P<formats>\{(?:[^{}'\"]|'[^'\n]*'|\"[^\"\n]*\")*\})")


def _numfig_format(value: str) -> tuple[tuple[str, str], ...]:
    """Read from Python for Sphinx how numbered things are called: kinds, and words with `%s`."""
    if not (found := _NUMFIG.search(value)):
        return ()
    try:
        formats = dict(ast.literal_eval(found["formats"]))
    except (SyntaxError, TypeError, ValueError):
        raise ValueError("numfig_format is not of the form {'figure': 'Fig. %s'}") from None
    texts = {
        kind: str(text).replace("%%", "%").replace("{number}", "%s")
        for kind, text in formats.items()
        if kind in ("figure", "table", "section")
    }
    return tuple((kind, text) for kind, text in texts.items() if text.count("%s") == 1)


def _rows(value: str) -> Iterator[list[str]]:
    """Yield the items of each line, which have commas between them; the last may have some too."""
    for line in filter(None, map(str.strip, value.splitlines())):
        yield [item.strip() for item in line.split(",", 2) if item.strip()]


def _per_tab(value: str) -> tuple[tuple[str, str], ...]:
    """Read what each tab has, `TAB, VALUE`; a value alone is every tab's: its tab is empty."""
    rows = list(_rows(value))
    if len(rows) == 1 and len(rows[0]) == 1:
        return (("", rows[0][0]),)
    for row in rows:
        if len(row) != 2:
            raise ValueError(f"{quoted(', '.join(row))} is not of the form “TAB, VALUE”")
    return tuple((tab.lower(), content) for tab, content in rows)


def _packages(value: str) -> tuple[tuple[str, str, str], ...]:
    """Read tab, module and package; the tab is empty where a line names none."""
    rows = list(_rows(value))
    for row in rows:
        if len(row) not in (2, 3):
            raise ValueError(f"{quoted(', '.join(row))} is not of the form “TAB, MODULE, PACKAGE”")
    return tuple(
        (tab.lower(), module, package) for tab, module, package in (["", *r][-3:] for r in rows)
    )


def _replacement(value: str) -> tuple[str, str]:
    row = [item.strip() for item in value.split(",", 1)]
    if len(row) != 2 or not all(row):
        raise ValueError(f"{quoted(value)} is not of the form “FOLDER, ADDRESS”")
    return posixpath.normpath(row[0]), row[1].rstrip("/")


def setting(
    default: Any,
    help: str,  # noqa: A002
    read: Callable[[str], Any] = _text,
    key: str = "",
    *,
    path: bool = False,
) -> Any:
    """Declare one setting: its default, its help, how its text is read, its name in the file.

    `path` says that it names a file or a folder, relative to `config.ini`.
    """
    metadata = {"help": help, "read": read, "key": key, "path": path}
    return field(default=default, metadata=metadata)


def key_of(setting_field: Field[Any]) -> str:
    """Return the name that a setting has in `config.ini`."""
    return str(setting_field.metadata["key"] or setting_field.name)


# ---------------------------------------------------------------- the sections


@dataclass(frozen=True)
class Project:
    """What the book is called and who made it."""

    name: str = setting("book", "The name of the files that are made, such as `NAME-tr-jax.pdf`.")
    title: str = setting("", "The book's title; without one, the title of its first page.")
    author: str = setting("", "All authors' names.")
    description: str = setting("", "A sentence or two that make a stranger want to read it.")
    release: str = setting("0.0.1", "The book's release.")
    copyright: str = setting("", "The copyright line.")
    lang: str = setting("en", "The language of a book without a `[languages]` section.", _language)


@dataclass(frozen=True)
class Build:
    """Which files are the book, and where what is made of them goes."""

    notebooks: tuple[str, ...] = setting(
        ("**/*.md",), "Patterns of the pages, as paths without their language.", _patterns
    )
    exclusions: tuple[str, ...] = setting(
        (), "Patterns of Markdown files that are no page.", _words
    )
    non_notebooks: tuple[str, ...] = setting(
        (),
        "Patterns of Markdown files that are no page, and go beside the notebooks.",
        _words,
        key="non-notebooks",
    )
    resources: tuple[str, ...] = setting(
        (), "Files and folders that programs see beside them when they run.", _words, path=True
    )
    dependencies: tuple[str, ...] = setting(
        (),
        "Files that every program depends on, such as data: where one changes, all run again.",
        _words,
        path=True,
    )
    rsts: tuple[str, ...] = setting(
        (), "reStructuredText pages, which are not read: each is a warning.", _words, path=True
    )
    index: str = setting("index", "The root page, when there is one.", _page)
    source_dir: str = setting(".", "The folder of the pages, relative to `config.ini`.")
    output_dir: str = setting("_build", "The folder of everything that a build makes.")
    html_dir: str = setting("", "The folder of the site; if not set, `html` in `output_dir`.")
    page_layout: str = setting(
        "",
        "Where a page lies: `{page}.{lang}.md`, `{lang}/{page}.md`, or `{page}.md` alone.",
        _layout,
    )
    tabs: tuple[str, ...] = setting((), "The tabs in their order; the first is the default.", _tabs)
    sphinx_configs: tuple[tuple[str, str], ...] = setting(
        (),
        "Python for Sphinx; of it, `numfig_format` is read: the words of references and captions.",
        _numfig_format,
    )
    eval_notebook: bool = setting(
        True, "`False`: programs are never run; what has saved outputs shows them.", _boolean
    )
    warning_is_error: bool = setting(
        False, "`True`: a warning makes the exit status 1, as an error does.", _boolean
    )


@dataclass(frozen=True)
class Html:
    """The web site."""

    favicon: str = setting("", "The site's icon: a path.", path=True)
    html_logo: str = setting("", "The logo at the head of each page: a path.", path=True)
    header_links: tuple[tuple[str, str], ...] = setting(
        (),
        "Links at the head of each page, one a line: `name, address, icon`; icons do not show.",
        _links,
    )
    include_css: tuple[str, ...] = setting(
        (), "The book's own style sheets: paths, patterns or folders.", _words, path=True
    )
    include_js: tuple[str, ...] = setting(
        (), "The book's own scripts: paths, patterns or folders.", _words, path=True
    )
    base_url: str = setting(
        "", "Where the site will be: `https://book.example.org/`. Search engines need it.", _base
    )
    card: str = setting("", "The picture that goes with a link to the book: a path.")
    edit_url: str = setting(
        "", "Where a page is edited; `{path}` is its file: `https://…/edit/main/{path}`.", _address
    )
    discuss_url: str = setting(
        "", "Where a page is discussed; `{page}` is its name: `https://…/{page}`.", _address
    )
    raw_html: tuple[str, ...] = setting(
        (),
        "Files whose HTML is put on pages as it is, scripts included: patterns, `*` for all.",
        _words,
    )
    hosts: tuple[str, ...] = setting(
        (), "Servers that pages may load images, videos and more from: `https://…`.", _hosts
    )


@dataclass(frozen=True)
class Pdf:
    """PDFs, and what d2lbook keeps in this section for all formats."""

    bibfile: str = setting(
        "", "The BibTeX file of the works that the book cites: a path.", path=True
    )
    main_font: str = setting("", "The font of the text: a family that is installed.")
    sans_font: str = setting("", "The font of headings: a family that is installed.")
    mono_font: str = setting("", "The font of code: a family that is installed.")


_REPOSITORY = (
    "The repository on GitHub that the notebooks are put into: `OWNER/NAME`, or `TAB, OWNER/NAME`"
    " for each tab, one a line. Without it there are none."
)
_LIBS = (
    "What a notebook installs where it imports a module: `MODULE, PACKAGE` or"
    " `TAB, MODULE, PACKAGE`, one a line. `==RELEASE` stands for the book's release."
)
_LIBS_HEADER = "What is said above the cell that installs, instead of the language's own words."


@dataclass(frozen=True)
class Colab:
    """Notebooks for Google Colab, from `polybook build colab`."""

    github_repo: tuple[tuple[str, str], ...] = setting((), _REPOSITORY, _per_tab)
    github_branch: str = setting(
        "master", "The branch of the repository that pages of the site link to."
    )
    exclusions: tuple[str, ...] = setting(
        (), "Patterns of pages that have no link to Colab.", _words
    )
    libs: tuple[tuple[str, str, str], ...] = setting((), _LIBS, _packages)
    libs_header: str = setting("", _LIBS_HEADER)
    gpu_pattern: str = setting("gpu", "A notebook with this text in its code asks for a GPU.")
    replace_svg_url: tuple[str, str] | tuple[()] = setting(
        (),
        "`FOLDER, ADDRESS`: where the SVG images of a folder are on the web; Colab shows no other.",
        _replacement,
    )


@dataclass(frozen=True)
class Sagemaker:
    """Notebooks for Amazon SageMaker, from `polybook build sagemaker`."""

    github_repo: tuple[tuple[str, str], ...] = setting((), _REPOSITORY, _per_tab)
    kernel: tuple[tuple[str, str], ...] = setting(
        (),
        "The kernel: `NAME`, or `TAB, NAME` for each tab, one a line; else `conda_python3`.",
        _per_tab,
    )
    libs: tuple[tuple[str, str, str], ...] = setting((), _LIBS, _packages)
    libs_header: str = setting("", _LIBS_HEADER)


@dataclass(frozen=True)
class Run:
    """How programs are run."""

    jobs: int = setting(0, "How many programs run at a time; one per core if not set.", _count)
    memory: int = setting(
        0,
        "How much memory all running programs may claim; nine tenths of what is free if not set.",
        _size,
    )
    needs: tuple[tuple[str, tuple[tuple[str, int], ...]], ...] = setting(
        (),
        "What the programs of some pages need, one pattern a line:"
        " `chapter_cnn/*.md: gpus 1, cores 4, memory 8 GB`.",
        _needs,
    )
    scheduler: str = setting(
        "", "The Dask scheduler whose workers run programs: `tcp://HOST:8786`; else this machine."
    )
    cell_timeout: float = setting(
        1200.0, "How long one cell may take: `90 s`, `20 min` (the default), `1.5 h`.", _duration
    )
    only_reference_code: bool = setting(
        False,
        "`yes`: code of a translation that is not that of the reference language is never run.",
        _boolean,
    )


@dataclass(frozen=True)
class Framework:
    """One tab's environment, `[framework-NAME]`. Polybook ships four: see `SHIPPED`."""

    title: str = setting("", "The framework's name as readers see it.")
    requirements: str = setting(
        "",
        "A pip requirements file, relative to `config.ini`; its pins should be exact.",
        path=True,
    )
    environ: tuple[tuple[str, str], ...] = setting(
        (), "Environment variables: `NAME=VALUE NAME=VALUE`.", _variables
    )
    memory: int = setting(2 * 1024**3, "The memory that one of its programs claims: `2 GB`.", _size)
    cores: int = setting(1, "How many cores one of its programs claims.", _count)
    gpus: int = setting(
        0, "How many GPUs one of its programs claims; if not set, as many as its code uses.", _count
    )
    python: str = setting("", "The Python that its environment is made with; else Polybook's own.")


_TENSORFLOW = (
    ("TF_USE_LEGACY_KERAS", "1"),  # the Keras 2 that existing books call
    ("TF_CPP_MIN_LOG_LEVEL", "2"),  # its log lines carry process ids and dates
    ("TF_ENABLE_ONEDNN_OPTS", "0"),  # the same numbers on every processor
)
_JAX = (
    ("JAX_PLATFORMS", "cpu"),  # no search for accelerators, no warning that there is none
    ("FLAX_USE_ORBAX_CHECKPOINTING", "false"),  # checkpoints in folders named relatively
)


@dataclass(frozen=True)
class Library:
    """The book's own modules, which `polybook build lib` writes from cells marked `#@save`.

    `version_file` and `root_dir` are `[library]`'s, the others `[library-TAB]`'s. Aliases let one
    text serve several frameworks: `d2l.ones` becomes the framework's own name in each tab.
    """

    version_file: str = setting(
        "", "The file whose `__version__` is set to the book's release.", path=True
    )
    root_dir: str = setting("", "A folder for one module per page.", path=True)
    lib_file: str = setting("", "The tab's module.", path=True)
    lib_name: str = setting("", "What the tab's code calls its framework: `torch`.")
    simple_alias: str = setting("", "Names: `ones, concat -> cat` (`d2l.concat` → `torch.cat`).")
    fluent_alias: str = setting("", "Methods: `numpy -> detach().numpy` (`d2l.numpy(x)` → `x…()`).")
    args_alias: str = setting("", "Calls with other arguments: `f(a, b) -> g(b, x=a)`, one a line.")
    alias: str = setting("", "Python that the module ends with.")
    reverse_alias: str = setting("", "Texts to replace in cells: `d2l.nn_Module -> nn.Module`.")


#: The frameworks that Polybook ships requirements for, in `environments/`.
SHIPPED: Mapping[str, Framework] = MappingProxyType(
    {
        "mxnet": Framework(title="MXNet", memory=1024**3),
        "pytorch": Framework(title="PyTorch"),
        "tensorflow": Framework(title="TensorFlow", environ=_TENSORFLOW),
        "jax": Framework(title="JAX", environ=_JAX),
    }
)

#: d2lbook's keys that Polybook has no use for, and what it does instead.
UNUSED: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("project", "translator_team"): "name the translators in `author`",
        ("build", "sphinx_extensions"): "there is no Sphinx",
        ("build", "origin_repo"): "the languages of a book lie side by side",
        ("pdf", "post_latex"): "PDFs are set without LaTeX",
        ("pdf", "latex_logo"): "PDFs are set without LaTeX",
        ("pdf", "latex_url"): "PDFs are set without LaTeX",
        ("pdf", "style"): "PDFs are set without LaTeX",
        ("deploy", "google_analytics_tracking_id"): "a site asks no other host for anything",
        ("deploy", "*"): "deploying is the work of the host's own tools",
        ("slides", "github_repo"): "putting slides into a repository is the work of git",
        ("slides", "*"): "the head of each slide names the book and the framework",
        ("library", "save_filename"): "`[library-TAB] lib_file` is read",
        ("library", "save_mark"): "the mark is `#@save`",
        ("library", "save_patterns"): "`[library-TAB] lib_file` is read",
        ("library", "version"): "`[project] release` is read",
        ("translation", "*"): "pages are written by people; there is no translation service",
    }
)

SECTIONS: Mapping[str, type] = MappingProxyType(
    {
        "project": Project,
        "build": Build,
        "html": Html,
        "pdf": Pdf,
        "colab": Colab,
        "sagemaker": Sagemaker,
        "run": Run,
    }
)

#: What the `config.ini` in a language's folder does not decide: it is the same for all languages.
WHOLE_BOOK = frozenset(
    [("project", "lang"), ("html", "raw_html"), ("html", "hosts"), ("run", "*")]
    + [
        ("build", key)
        for key in ("source_dir", "output_dir", "html_dir", "page_layout", "warning_is_error")
    ]
)

#: What a language may override; all else is the same for the whole book.
_PER_LANGUAGE = frozenset(
    [("build", "tabs"), ("build", "sphinx_configs")]
    + [
        (name, key_of(each))
        for name in ("project", "html", "pdf", "colab", "sagemaker")
        for each in fields(SECTIONS[name])
    ]
) - {("project", "lang"), ("html", "raw_html"), ("html", "hosts")}


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the book: its BCP 47 code and its own name for itself."""

    code: str
    name: str


@dataclass(frozen=True)
class Config:
    """Everything that `config.ini` says, checked.

    `languages` holds one entry for a book without `[languages]`; `multilingual` tells the two
    apart. `overrides` holds, by language, what differs in it; `libraries` holds `[library]` and
    each `[library-TAB]` by name, their values as they stand in the file. `written_tabs` are the
    tabs that the pages are written for: cells without a marker belong to the first. `folder_path`
    is the `config.ini` in a language's own folder, where there is one; `made_alone` are the folders
    that builds of such folders alone write to.
    """

    path: Path
    project: Project
    build: Build
    html: Html
    pdf: Pdf
    colab: Colab
    sagemaker: Sagemaker
    run: Run
    languages: tuple[Language, ...]
    frameworks: Mapping[str, Framework]
    multilingual: bool
    page_layout: str
    overrides: Mapping[str, Mapping[str, Any]]
    libraries: Mapping[str, Mapping[str, str]]
    written_tabs: tuple[str, ...]
    made_alone: tuple[Path, ...]
    folder_path: Path | None = None
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def root(self) -> Path:
        """The folder of `config.ini`: paths in it are relative to this one."""
        return self.path.parent

    @property
    def output(self) -> Path:
        """The folder of everything that a build makes."""
        return self.root / self.build.output_dir

    @property
    def site(self) -> Path:
        """The folder of the site."""
        return self.root / self.build.html_dir if self.build.html_dir else self.output / "html"

    @property
    def made(self) -> tuple[Path, ...]:
        """The folders that builds write to, and in which nothing of the book is looked for."""
        return self.output, self.site, self.root / "outputs", *self.made_alone

    @property
    def tabs(self) -> tuple[str, ...]:
        """The book's tabs; a book that names none has one."""
        return self.build.tabs or (IMPLICIT_TAB,)

    @property
    def source(self) -> Path:
        """The folder that `page_layout` begins at."""
        return Path(os.path.normpath(self.root / self.build.source_dir))

    def home(self, code: str) -> Path | None:
        """Return the folder of a language's own, such as `tr`, if the layout gives it one."""
        home = _home(self.page_layout, code)
        return self.source / home if home else None

    @property
    def folders(self) -> tuple[Path, ...]:
        """The book's folder, and those that folders of its languages are links to; resolved."""
        root = self.root.resolve()
        homes = [self.home(language.code) for language in self.languages]
        linked = {home.resolve() for home in homes if home and home.is_dir()}
        return root, *(path for path in sorted(linked) if not path.is_relative_to(root))

    def pages(self, code: str) -> Path:
        """Return the folder that the names of a language's pages are relative to."""
        return self.source / _pages(self.page_layout).replace("{lang}", code)

    def roots(self, code: str) -> tuple[Path, ...]:
        """Return the folders from which a language's code can import the book's own modules."""
        home = self.home(code)
        return tuple(path for path in (home, self.root) if path and path.is_dir())

    @property
    def reference(self) -> Language:
        """The language that the others are compared with."""
        return self.languages[0]

    @cached_property
    def _by_language(self) -> Mapping[str, Config]:
        return {code: replace(self, **sections) for code, sections in self.overrides.items()}

    def localised(self, code: str) -> Config:
        """Return this configuration with the overrides of one language applied."""
        return self._by_language[code]

    def framework(self, tab: str) -> Framework:
        """Return a tab's framework; a tab that nothing is known of has the kernel alone."""
        return self.frameworks.get(tab) or Framework(title=tab)

    def title(self, tab: str) -> str:
        """Return what readers know a tab by."""
        return self.framework(tab).title or tab

    @property
    def titles(self) -> dict[str, str]:
        """The title of each tab, in their order."""
        return {tab: self.title(tab) for tab in self.tabs}


# ---------------------------------------------------------------- reading the file


class _Source:
    """The raw file: sections, keys, values, and the line of each; all names in lower case."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sections: dict[str, dict[str, str]] = {}
        self._lines: dict[tuple[str, str], int] = {}
        try:
            self._read(path.read_text(encoding="utf-8-sig"))
        except FileNotFoundError:
            raise ConfigError(
                f"There is no {path.name} in {path.parent}.",
                hint="Run this in a book's folder, or name one with -C.",
            ) from None
        except UnicodeDecodeError as error:
            raise ConfigError(
                f"The file is not UTF-8: {error.reason} at byte {error.start}.",
                hint="Save it as UTF-8.",
                location=Location(path),
            ) from None
        except OSError as error:
            raise ConfigError(
                f"Cannot be read: {error.strerror}.", location=Location(path)
            ) from None

    def _read(self, text: str) -> None:
        if "\0" in text:
            raise ConfigError(
                "There is a null byte here: this is no text.",
                location=Location(self.path, text.count("\n", 0, text.index("\0")) + 1),
            )
        parser = configparser.ConfigParser(
            interpolation=None, inline_comment_prefixes=(";",), default_section="\0"
        )
        try:
            parser.read_string(text)
        except configparser.Error as error:
            message, line = _explained(error)
            raise ConfigError(
                message,
                hint="A line is [section], key = value, an indented continuation, or a # comment.",
                location=Location(self.path, line),
            ) from None
        section = ""
        for name, key, line in _names_and_lines(text):
            section = name.lower()
            if not key and section in self.sections:
                raise ConfigError(
                    f"The section [{name}] is there twice.",
                    hint="Upper and lower case make no difference. Put both under one heading.",
                    location=Location(self.path, line),
                )
            self.sections.setdefault(section, dict(parser[name]))
            self._lines[section, key] = line

    def location(self, section: str, key: str = "") -> Location:
        return Location(self.path, self._lines.get((section, key), 0))


def _names_and_lines(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield each section (with an empty key) and each key, with the line on which it stands.

    Lines are told apart as configparser does: what is indented deeper than a key belongs to it.
    """
    section, indent = "", -1
    for number, line in enumerate(text.split("\n"), start=1):
        content = line.strip()
        width = len(line) - len(line.lstrip())
        if not content or content[0] in "#;" or 0 <= indent < width:
            continue
        if heading := configparser.ConfigParser.SECTCRE.match(content):
            section, indent = heading["header"], -1
            yield section, "", number
        else:
            indent = width
            yield section, re.split("[:=]", content, maxsplit=1)[0].strip().lower(), number


def _explained(error: configparser.Error) -> tuple[str, int]:
    """Say what configparser stumbled over, and on which line."""
    match error:
        case configparser.DuplicateSectionError():
            return f"The section [{error.section}] is there twice.", error.lineno or 0
        case configparser.DuplicateOptionError():
            message = f"The key “{error.option}” is twice in [{error.section}]."
            return message, error.lineno or 0
        case configparser.MissingSectionHeaderError():
            return f"{quoted(error.line)} stands before the first [section].", error.lineno
        case configparser.ParsingError(errors=[(line, text), *_]):
            text = ast.literal_eval(text)  # which configparser keeps as `repr` has it
            return f"{quoted(text)} is no line of a configuration file.", line
    return f"This is no configuration file: {error}", 0


def _section(
    kind: type[SectionT],
    values: Mapping[str, str],
    locate: Callable[[str], Location],
    base: SectionT | None = None,
    folder: str = "",
) -> SectionT:
    """Read one section; keys that are absent or empty keep the value of `base` or the default.

    Paths are put below `folder`.
    """
    read: dict[str, Any] = {}
    for entry in fields(kind):  # type: ignore[arg-type]
        text = values.get(key_of(entry), "").strip()
        if text:
            try:
                value = entry.metadata["read"](text)
            except ValueError as error:
                raise ConfigError(
                    f"{key_of(entry)}: {error}.",
                    hint=entry.metadata["help"],
                    location=locate(key_of(entry)),
                ) from None
            read[entry.name] = _below(folder, value) if entry.metadata["path"] else value
        elif base is not None:
            read[entry.name] = getattr(base, entry.name)
    return kind(**read)


def _below(folder: str, value: Any) -> Any:
    """Return a path, or each of several, that is relative to a folder as one from above it."""
    if not folder:
        return value
    if isinstance(value, tuple):
        return tuple(_below(folder, each) for each in value)
    return posixpath.normpath(posixpath.join(folder, value))


def _pages(layout: str) -> str:
    """Return the part of a layout that is folders before the name of a page."""
    return posixpath.dirname(layout.partition("{page}")[0])


def _home(layout: str, code: str) -> str:
    """Return the folder that a layout gives to a language alone; empty if there is none."""
    above, found, below = _pages(layout).partition("{lang}")
    return f"{above}{code}{below.partition('/')[0]}" if found else ""


def _languages(source: _Source, project: Project) -> tuple[Language, ...]:
    declared = source.sections.get("languages")
    if declared is None:
        return (Language(project.lang, project.lang),)
    languages: dict[str, Language] = {}
    for key, name in declared.items():
        location = source.location("languages", key)
        try:
            code = _language(key)
        except ValueError as error:
            hint = "A line is a BCP 47 code and the language's own name: tr = Türkçe"
            raise ConfigError(f"{error}.", hint=hint, location=location) from None
        if code in languages:
            raise ConfigError(f"The language “{code}” is there twice.", location=location)
        languages[code] = Language(code, _text(name) or code)
    if not declared:
        raise ConfigError(
            "[languages] names no language.",
            hint="List one a line, such as: tr = Türkçe",
            location=source.location("languages"),
        )
    return tuple(languages.values())


def _page_layout(source: _Source, build: Build, multilingual: bool) -> str:
    layout = build.page_layout or ("{page}.{lang}.md" if multilingual else "{page}.md")
    if multilingual != ("{lang}" in layout):
        raise ConfigError(
            f"page_layout “{layout}” does not fit a book with"
            f" {'several languages' if multilingual else 'one language'}.",
            hint="Use {page}.{lang}.md or {lang}/{page}.md with [languages], {page}.md without.",
            location=source.location("build", "page_layout"),
        )
    return layout


def _frameworks(
    source: _Source, tabs: tuple[str, ...], base: Mapping[str, Framework], folder: str = ""
) -> Mapping[str, Framework]:
    frameworks = dict(base)
    for name in dict.fromkeys([*base, *tabs]):
        section = f"framework-{name}"
        frameworks[name] = _section(
            Framework,
            source.sections.get(section, {}),
            partial(source.location, section),
            base.get(name) or Framework(title=name),
            folder,
        )
    return MappingProxyType(frameworks)


def _libraries(
    source: _Source, tabs: tuple[str, ...], base: Mapping[str, Mapping[str, str]], folder: str = ""
) -> Mapping[str, Mapping[str, str]]:
    paths = {key_of(entry) for entry in fields(Library) if entry.metadata["path"]}
    libraries = dict(base)
    for name, values in source.sections.items():
        if name == "library" or name.removeprefix("library-") in tabs:
            libraries[name] = {
                **libraries.get(name, {}),
                **{
                    key: _below(folder, value.strip()) if key in paths and value.strip() else value
                    for key, value in values.items()
                },
            }
    return libraries


@dataclass(frozen=True)
class _Folder:
    """A language's folder with a `config.ini`: a book of its own, which is part of this one."""

    source: _Source
    home: str  # its path below the folder of the pages
    build: Build  # as it stands in its own file

    @property
    def made(self) -> Iterator[Path]:
        """Yield the folders that builds of this folder alone write to."""
        for name in ("outputs", self.build.output_dir, self.build.html_dir):
            if name:
                yield self.source.path.parent / name

    def section(self, name: str, base: SectionT, source_dir: str) -> SectionT:
        """Return a section of the whole book as this folder's file changes it."""
        values = {
            key: value
            for key, value in self.source.sections.get(name, {}).items()
            if not {(name, key), (name, "*")} & WHOLE_BOOK
        }
        # Resources are relative to the folder of the pages, all else to the book's `config.ini`.
        folder = self.home if name == "build" else posixpath.join(source_dir, self.home)
        return _section(type(base), values, partial(self.source.location, name), base, folder)

    def diagnostics(self) -> Iterator[Diagnostic]:
        """Warn of what means nothing, or nothing here."""
        yield from _unknown(self.source, (), self.build.tabs)
        hint = "This book is a language of another one, whose config.ini decides that."
        if "languages" in self.source.sections:
            place = self.source.location("languages")
            yield Diagnostic(Severity.WARNING, place, "[languages] has no effect here.", hint)
        if posixpath.normpath(self.build.source_dir) != ".":
            place = self.source.location("build", "source_dir")
            yield Diagnostic(Severity.WARNING, place, "source_dir has no effect here.", hint)


def _folders(
    root: Path, build: Build, layout: str, languages: tuple[Language, ...]
) -> dict[str, _Folder]:
    """Return, by language, the folders that have a `config.ini` of their own."""
    folders = {}
    for language in languages:
        home = _home(layout, language.code)
        path = root / build.source_dir / home / CONFIG_NAME
        if home and path.is_file():
            source = _Source(path)
            values = source.sections.get("build", {})
            own = _section(Build, values, partial(source.location, "build"))
            folders[language.code] = _Folder(source, home, own)
    return folders


def _of_folder(folder: _Folder, config: Config) -> dict[str, Any]:
    """Return what a language's own `config.ini` changes in the configuration of the whole book."""
    source_dir = config.build.source_dir
    changed = {name: folder.section(name, getattr(config, name), source_dir) for name in SECTIONS}
    written = folder.build.tabs or config.tabs
    shown = tuple(tab for tab in written if tab in config.tabs)
    changed["build"] = replace(changed["build"], tabs=shown)
    home = posixpath.join(source_dir, folder.home)
    return {
        **changed,
        "frameworks": _frameworks(folder.source, written, config.frameworks, home),
        "libraries": _libraries(folder.source, written, config.libraries, home),
        "written_tabs": written,
        "folder_path": folder.source.path,
    }


def _near(config: Config, home: str) -> dict[str, Any]:
    """Return what changes as the paths of the whole book's settings are looked up in a folder.

    As with links and images, what the language's folder has goes before what lies beside it.
    """
    top = posixpath.join(config.build.source_dir, home)
    paths = {key_of(entry) for entry in fields(Library) if entry.metadata["path"]}
    return {
        **{name: _section_near(getattr(config, name), config.root, top) for name in SECTIONS},
        # What programs see beside them is named from the folder of the pages on.
        "build": _section_near(config.build, config.source, home),
        "frameworks": {
            tab: _section_near(framework, config.root, top)
            for tab, framework in config.frameworks.items()
        },
        "libraries": {
            name: {
                key: _path_near(value, config.root, top) if key in paths else value
                for key, value in values.items()
            }
            for name, values in config.libraries.items()
        },
    }


def _section_near(section: SectionT, start: Path, folder: str) -> SectionT:
    changed: dict[str, Any] = {}
    for entry in fields(section):  # type: ignore[arg-type]
        value = getattr(section, entry.name)
        if entry.metadata["path"] and isinstance(value, tuple):
            near = (_path_near(path, start, folder) for path in value)
            changed[entry.name] = tuple(dict.fromkeys([*value, *near]))
        elif entry.metadata["path"]:
            changed[entry.name] = _path_near(value, start, folder)
    return replace(section, **changed)  # type: ignore[type-var]


def _path_near(path: str, start: Path, folder: str) -> str:
    """Return a path or pattern as it is below a folder, if there is something to be found."""
    below = _below(folder, path)
    inside = below.startswith(f"{posixpath.normpath(folder)}/")
    found = inside and glob.glob(below, root_dir=start)  # noqa: PTH207 (never raises)
    return below if found else path


def _overrides(source: _Source, config: Config, code: str) -> dict[str, Any]:
    """Read `[project-tr]` and the like: the sections that differ in a language."""
    changed: dict[str, Any] = {}
    for name, kind in SECTIONS.items():
        section = f"{name}-{code}"
        values = {
            key: value
            for key, value in source.sections.get(section, {}).items()
            if (name, key) in _PER_LANGUAGE
        }
        if values:
            base = getattr(config, name)
            changed[name] = _section(kind, values, partial(source.location, section), base)
    for tab in changed["build"].tabs if "build" in changed else ():
        if tab not in config.tabs:
            raise ConfigError(
                f"tabs: “{tab}” is not one of the book's.",
                hint=nearest(tab, config.tabs)
                or "[build] tabs names all of them; a language may order and leave out.",
                location=source.location(f"build-{code}", "tabs"),
            )
    return changed


def _unknown(
    source: _Source, languages: tuple[Language, ...], tabs: tuple[str, ...]
) -> Iterator[Diagnostic]:
    """Warn of each section and key that means nothing here, naming the nearest that does."""
    known = _known_keys(languages, tabs)
    for section, values in source.sections.items():
        if section not in known:
            message = f"Unknown section [{section}]."
            hint = nearest(section, known)
            yield Diagnostic(Severity.WARNING, source.location(section), message, hint)
            continue
        name, _, language = section.partition("-")
        for key in values:
            location = source.location(section, key)
            if not {key, "*"} & set(known[section]):
                message, hint = f"Unknown key “{key}” in [{section}].", nearest(key, known[section])
                yield Diagnostic(Severity.WARNING, location, message, hint)
            elif language and name in SECTIONS and (name, key) not in {*_PER_LANGUAGE, *UNUSED}:
                message = f"“{key}” has no effect in [{section}]: all languages share it."
                yield Diagnostic(Severity.WARNING, location, message, f"Set it in [{name}].")


def _known_keys(languages: tuple[Language, ...], tabs: tuple[str, ...]) -> dict[str, list[str]]:
    known = {name: [key_of(entry) for entry in fields(kind)] for name, kind in SECTIONS.items()}
    for section, key in UNUSED:
        for tab in tabs if "*" in section else ("",):
            known.setdefault(section.replace("*", tab), []).append(key)
    for section in list(known):
        for language in languages:
            known.setdefault(f"{section}-{language.code}", known[section])
    for tab in dict.fromkeys([*tabs, *SHIPPED]):
        known[f"framework-{tab}"] = [key_of(entry) for entry in fields(Framework)]
    for section in ("library", *(f"library-{tab}" for tab in tabs)):
        known.setdefault(section, []).extend(key_of(entry) for entry in fields(Library))
    known["languages"] = ["*"]
    return known


def _check_output(config: Config, source: _Source) -> None:
    """Let a build never write among, or around, what people have written."""
    homes = [config.home(language.code) for language in config.languages]
    kept = [config.root, config.source, *filter(None, homes)]
    for key, made, others in (
        ("output_dir", config.output, kept),
        ("html_dir", config.site, [*kept, config.output]),
    ):
        if any(folder.resolve().is_relative_to(made.resolve()) for folder in others):
            raise ConfigError(
                f"{key}: “{getattr(config.build, key)}” holds the book itself.",
                hint="Name a folder of its own, such as build; builds replace what is in it.",
                location=source.location("build", key),
            )


def read_config(path: Path) -> Config:
    """Read a book's `config.ini`, and those in the folders of its languages.

    Args:
        path: the file, or the folder that holds it.

    Raises:
        ConfigError: the file is missing, malformed, or holds a wrong value; with file and line.

    """
    path = path / CONFIG_NAME if path.is_dir() or not path.suffix else path
    # The book is where the file's name is, even if that is a link to elsewhere.
    source = _Source(path.parent.resolve() / path.name)
    sections: dict[str, Any] = {
        name: _section(kind, source.sections.get(name, {}), partial(source.location, name))
        for name, kind in SECTIONS.items()
    }
    build = sections["build"]
    multilingual = "languages" in source.sections
    languages = _languages(source, sections["project"])
    layout = _page_layout(source, build, multilingual)
    root = source.path.parent
    folders = _folders(root, build, layout, languages)
    if not build.tabs:
        named = (tab for folder in folders.values() for tab in folder.build.tabs)
        sections["build"] = build = replace(build, tabs=tuple(dict.fromkeys(named)))
    tabs = build.tabs or (IMPLICIT_TAB,)
    config = Config(
        path=source.path,
        **sections,
        languages=languages,
        frameworks=_frameworks(source, tabs, SHIPPED),
        multilingual=multilingual,
        page_layout=layout,
        overrides={},
        libraries=_libraries(source, tabs, {}),
        written_tabs=tabs,
        made_alone=tuple(path for folder in folders.values() for path in folder.made),
        diagnostics=(
            *_unknown(source, languages, tabs),
            *(each for folder in folders.values() for each in folder.diagnostics()),
        ),
    )
    _check_output(config, source)
    overrides = {}
    for code in [language.code for language in languages]:
        home = _home(layout, code)
        near = _near(config, home) if home else {}
        own = _of_folder(folders[code], replace(config, **near)) if code in folders else {}
        changed = near | own
        overrides[code] = changed | _overrides(source, replace(config, **changed), code)
    return replace(config, overrides=overrides)
