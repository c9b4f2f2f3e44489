"""`config.ini`: d2lbook's file with Polybook's additions, read into frozen dataclasses.

Each setting is one dataclass field that carries its own help and its own reader, so that the
reference page in `docs/configuration.md` is made from this module and cannot disagree with it.
"""

from __future__ import annotations

import ast
import configparser
import posixpath
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, replace
from functools import cached_property
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


def setting(default: Any, help: str, read: Callable[[str], Any] = _text, key: str = "") -> Any:  # noqa: A002
    """Declare one setting: its default, its help, how its text is read, its name in the file."""
    return field(default=default, metadata={"help": help, "read": read, "key": key})


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
        (), "Patterns of Markdown files that go beside notebooks.", _words, key="non-notebooks"
    )
    resources: tuple[str, ...] = setting(
        (), "Files and folders that programs see beside them when they run.", _words
    )
    index: str = setting("index", "The root page, when there is one.", _page)
    source_dir: str = setting(".", "The folder of the pages, relative to `config.ini`.")
    output_dir: str = setting("_build", "The folder of everything that a build makes.")
    page_layout: str = setting(
        "",
        "Where a page lies: `{page}.{lang}.md`, `{lang}/{page}.md`, or `{page}.md` alone.",
        _layout,
    )
    tabs: tuple[str, ...] = setting((), "The tabs in their order; the first is the default.", _tabs)
    eval_notebook: bool = setting(
        True, "`False`: programs are never run; what has saved outputs shows them.", _boolean
    )
    warning_is_error: bool = setting(
        False, "`True`: a warning makes the exit status 1, as an error does.", _boolean
    )


@dataclass(frozen=True)
class Html:
    """The web site."""

    favicon: str = setting("", "The site's icon: a path.")
    html_logo: str = setting("", "The logo at the head of each page: a path.")


@dataclass(frozen=True)
class Pdf:
    """PDFs, and what d2lbook keeps in this section for all formats."""

    bibfile: str = setting("", "The BibTeX file of the works that the book cites: a path.")


@dataclass(frozen=True)
class Run:
    """How programs are run."""

    jobs: int = setting(0, "How many programs run at a time; one per core if not set.", _count)
    memory: int = setting(
        0,
        "How much memory all running programs may claim; nine tenths of what is free if not set.",
        _size,
    )
    cell_timeout: float = setting(
        1200.0, "How long one cell may take: `90 s`, `20 min` (the default), `1.5 h`.", _duration
    )


@dataclass(frozen=True)
class Framework:
    """One tab's environment, `[framework-NAME]`. Polybook ships four: see `SHIPPED`."""

    title: str = setting("", "The framework's name as readers see it.")
    requirements: str = setting(
        "", "A pip requirements file, relative to `config.ini`; its pins should be exact."
    )
    environ: tuple[tuple[str, str], ...] = setting(
        (), "Environment variables: `NAME=VALUE NAME=VALUE`.", _variables
    )
    memory: int = setting(2 * 1024**3, "The memory that one of its programs claims: `2 GB`.", _size)
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

    version_file: str = setting("", "The file whose `__version__` is set to the book's release.")
    root_dir: str = setting("", "A folder for one module per page.")
    lib_file: str = setting("", "The tab's module.")
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
        ("build", "dependencies"): "what an output depends on is found by content, not listed",
        ("build", "rsts"): "pages are Markdown; reStructuredText pages are not read",
        ("build", "sphinx_extensions"): "there is no Sphinx",
        ("build", "sphinx_configs"): "there is no Sphinx",
        ("build", "html_dir"): "the site is always `html/` in the output folder",
        ("build", "origin_repo"): "the languages of a book lie side by side",
        ("html", "header_links"): "not yet read",
        ("html", "include_css"): "not yet read",
        ("html", "include_js"): "not yet read",
        ("pdf", "main_font"): "not yet read",
        ("pdf", "sans_font"): "not yet read",
        ("pdf", "mono_font"): "not yet read",
        ("pdf", "post_latex"): "PDFs are set without LaTeX",
        ("pdf", "latex_logo"): "PDFs are set without LaTeX",
        ("pdf", "latex_url"): "PDFs are set without LaTeX",
        ("pdf", "style"): "PDFs are set without LaTeX",
        ("deploy", "*"): "deploying is the work of the host's own tools",
        ("colab", "*"): "not yet read",
        ("sagemaker", "*"): "not yet read",
        ("slides", "*"): "not yet read",
        ("library", "save_filename"): "`[library-TAB] lib_file`",
        ("library", "save_mark"): "the mark is `#@save`",
        ("library", "save_patterns"): "`[library-TAB] lib_file`",
        ("library", "version"): "`[project] release`",
        ("translation", "*"): "pages are written by people; there is no translation service",
    }
)

SECTIONS: Mapping[str, type] = MappingProxyType(
    {"project": Project, "build": Build, "html": Html, "pdf": Pdf, "run": Run}
)

#: What a language may override; all else is the same for the whole book.
_PER_LANGUAGE = frozenset(
    [("build", "tabs")]
    + [(name, key_of(each)) for name in ("project", "html") for each in fields(SECTIONS[name])]
) - {("project", "lang")}


@dataclass(frozen=True, slots=True)
class Language:
    """A language of the book: its BCP 47 code and its own name for itself."""

    code: str
    name: str


@dataclass(frozen=True)
class Config:
    """Everything that `config.ini` says, checked.

    `languages` holds one entry for a book without `[languages]`; `multilingual` tells the two
    apart. `overrides` holds, by language, the sections that differ in it; `libraries` holds
    `[library]` and each `[library-TAB]` by name, their values as they stand in the file.
    """

    path: Path
    project: Project
    build: Build
    html: Html
    pdf: Pdf
    run: Run
    languages: tuple[Language, ...]
    frameworks: Mapping[str, Framework]
    multilingual: bool
    page_layout: str
    overrides: Mapping[str, Mapping[str, Any]]
    libraries: Mapping[str, Mapping[str, str]]
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
    def tabs(self) -> tuple[str, ...]:
        """The book's tabs; a book that names none has one."""
        return self.build.tabs or (IMPLICIT_TAB,)

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
) -> SectionT:
    """Read one section; keys that are absent or empty keep the value of `base` or the default."""
    read: dict[str, Any] = {}
    for entry in fields(kind):  # type: ignore[arg-type]
        text = values.get(key_of(entry), "").strip()
        if text:
            try:
                read[entry.name] = entry.metadata["read"](text)
            except ValueError as error:
                raise ConfigError(
                    f"{key_of(entry)}: {error}.",
                    hint=entry.metadata["help"],
                    location=locate(key_of(entry)),
                ) from None
        elif base is not None:
            read[entry.name] = getattr(base, entry.name)
    return kind(**read)


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


def _frameworks(source: _Source, tabs: tuple[str, ...]) -> Mapping[str, Framework]:
    frameworks = dict(SHIPPED)
    for name in dict.fromkeys([*SHIPPED, *tabs]):
        section = f"framework-{name}"
        frameworks[name] = _section(
            Framework,
            source.sections.get(section, {}),
            lambda key, section=section: source.location(section, key),  # type: ignore[misc]
            SHIPPED.get(name) or Framework(title=name),
        )
    return MappingProxyType(frameworks)


def _overrides(
    source: _Source, sections: Mapping[str, Any], languages: tuple[Language, ...]
) -> Mapping[str, Mapping[str, Any]]:
    """Read `[project-tr]` and the like: by language, the sections that differ in it."""
    overrides: dict[str, dict[str, Any]] = {language.code: {} for language in languages}
    for code, changed in overrides.items():
        for name, base in sections.items():
            section = f"{name}-{code}"
            values = {
                key: value
                for key, value in source.sections.get(section, {}).items()
                if (name, key) in _PER_LANGUAGE
            }
            if values:
                changed[name] = _section(
                    type(base),
                    values,
                    lambda key, section=section: source.location(section, key),  # type: ignore[misc]
                    base,
                )
        tabs = changed["build"].tabs if "build" in changed else ()
        for tab in tabs:
            if tab not in sections["build"].tabs:
                raise ConfigError(
                    f"tabs: “{tab}” is not one of the book's.",
                    hint=nearest(tab, sections["build"].tabs)
                    or "[build] tabs names all of them; a language may order and leave out.",
                    location=source.location(f"build-{code}", "tabs"),
                )
    return overrides


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
    output = config.output.resolve()
    for folder in (config.root, config.root / config.build.source_dir):
        if folder.resolve().is_relative_to(output):
            raise ConfigError(
                f"output_dir: “{config.build.output_dir}” holds the book itself.",
                hint="Name a folder of its own, such as build; builds replace what is in it.",
                location=source.location("build", "output_dir"),
            )


def read_config(path: Path) -> Config:
    """Read a book's `config.ini`.

    Args:
        path: the file, or the folder that holds it.

    Raises:
        ConfigError: the file is missing, malformed, or holds a wrong value; with file and line.

    """
    path = path / CONFIG_NAME if path.is_dir() or not path.suffix else path
    # The book is where the file's name is, even if that is a link to elsewhere.
    source = _Source(path.parent.resolve() / path.name)
    sections: dict[str, Any] = {
        name: _section(
            kind,
            source.sections.get(name, {}),
            lambda key, name=name: source.location(name, key),  # type: ignore[misc]
        )
        for name, kind in SECTIONS.items()
    }
    build = sections["build"]
    multilingual = "languages" in source.sections
    languages = _languages(source, sections["project"])
    tabs = build.tabs or (IMPLICIT_TAB,)
    config = Config(
        path=source.path,
        **sections,
        languages=languages,
        frameworks=_frameworks(source, tabs),
        multilingual=multilingual,
        page_layout=_page_layout(source, build, multilingual),
        overrides=_overrides(source, sections, languages),
        libraries={
            name: values
            for name, values in source.sections.items()
            if name == "library" or name.removeprefix("library-") in tabs
        },
        diagnostics=tuple(_unknown(source, languages, tabs)),
    )
    _check_output(config, source)
    return config
