"""Writes `docs/d2lbook.md`, for users of d2lbook 1.0.3: `python -m polybook.d2lbook`.

What a setting or a verb does here is said where it is declared; this module has the names that
d2lbook knows, and what differs where both have one of the same name.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields
from types import MappingProxyType

from polybook.config import SECTIONS, UNUSED, Library, key_of
from polybook.verbs import ALIASES, ALL, NO_COMMANDS, NO_VERBS, VERBS

#: The keys of d2lbook's default file, and those that its code reads beyond these.
KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "project": ("name", "title", "author", "release", "copyright", "lang"),
        "build": (
            *("index", "notebooks", "rsts", "non-notebooks", "exclusions", "dependencies"),
            *("resources", "eval_notebook", "source_dir", "output_dir", "html_dir"),
            *("warning_is_error", "sphinx_extensions", "sphinx_configs", "tabs", "origin_repo"),
        ),
        "html": ("header_links", "favicon", "html_logo", "include_css", "include_js"),
        "pdf": (
            *("main_font", "sans_font", "mono_font", "post_latex", "latex_logo", "bibfile"),
            *("latex_url", "style"),
        ),
        "library": (
            *("save_filename", "save_mark", "save_patterns", "version", "version_file", "root_dir"),
        ),
        "library-TAB": (
            *("lib_file", "lib_name", "simple_alias", "fluent_alias", "args_alias", "alias"),
            "reverse_alias",
        ),
        "deploy": (
            *("google_analytics_tracking_id", "github_repo", "s3_bucket", "other_file_s3urls"),
        ),
        "colab": (
            *("github_repo", "exclusions", "libs", "libs_header", "gpu_pattern"),
            "replace_svg_url",
        ),
        "sagemaker": ("github_repo", "kernel", "libs", "libs_header"),
        "slides": ("top_left", "top_right", "github_repo"),
        "translation": ("origin_repo", "origin_lang", "translator", "terminology"),
    }
)

#: d2lbook's verbs of `build`, in its own order.
BUILD_VERBS = (
    *("eval", "rst", "html", "pdf", "pkg", "linkcheck", "ipynb", "slides", "outputcheck"),
    *("tabcheck", "lib", "colab", "sagemaker", "all", "merge"),
)

#: Its commands beside `build`.
COMMANDS = ("deploy", "clear", "activate", "translate", "slides")

#: What differs where both have a key of the same name.
_KEYS_DIFFER: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("build", "index"): "A book needs none.",
        ("build", "dependencies"): "A change of their content counts, not of their date.",
        ("build", "warning_is_error"): "For every verb.",
        ("html", "header_links"): "One with a placeholder left in it, `###…###`, is reported.",
        ("html", "include_css"): "Each is linked as a file of its own.",
        ("html", "include_js"): "Each is linked as a file of its own.",
        ("colab", "libs_header"): "d2lbook has English words where it is not set.",
        ("sagemaker", "libs_header"): "d2lbook has English words where it is not set.",
    }
)

#: Keys that are read, and do another thing.
_OTHER_KEYS = frozenset({("build", "rsts"), ("build", "sphinx_configs")})

#: What differs where both have a verb of the same name.
_VERBS_DIFFER: Mapping[str, str] = MappingProxyType(
    {
        "html": "All tabs together, unless `--tab` names some.",
        "outputcheck": "With the line of each.",
        "tabcheck": "In texts and in `tab.selected(…)`, too; with the line of each.",
        "linkcheck": "With the line of each.",
        **dict.fromkeys(("colab", "sagemaker"), "For every tab that has a repository."),
    }
)

#: What in a help text is code.
_CODE = re.compile(r"(?<!`)(?:<\w+>[\w/]*|\[[\w-]+\](?: \w+)?|#@\w+)(?!`)")

_HEAD = """# Coming from d2lbook

A book that is built with d2lbook 1.0.3 is built with Polybook as it is: no page and no setting has
to change.

1. In the book's folder, `polybook build html --no-run`. Nothing is run, and the site is in
   `_build/html`. What Polybook does not understand it says, with file and line.
2. `polybook build outputcheck tabcheck linkcheck`, and mend what these report.
3. `polybook run`. Each program is run once, in an environment of its framework; a book that needs
   other versions than those that Polybook ships [names them](guide.md#frameworks-and-environments).
   Commit `outputs/`. From then on, `polybook build all` runs what has changed and nothing else.

What d2lbook left in `_build` is of no use; `polybook clear` removes it.

## What is different

- Without `--tab`, every tab is meant, as with `--tab all`; d2lbook takes the first one. A page of
  the site shows all tabs, and there is one site.
- Outputs are kept in `outputs/`, which is committed, and not in `_build/eval`. They are fresh as
  long as the code, its environment and its modules are the same; dates play no part.
- [Notebooks](guide.md#notebooks) are in `_build/notebooks/TAB`, with one archive per tab; they are
  linked to one another and have the site's numbers.
- Nothing but `lib` writes beside the pages. Programs run in a folder of their own, with
  `[build] resources` in it.
- A finding has a file, a line and the nearest name. The exit status is 0, 1 where something failed,
  2 where the command is wrong; of d2lbook's, only 0 tells anything.
- HTML that runs or hides something, or loads it from other servers, is left out of pages with a
  warning, until [`[html] raw_html`](guide.md#an-authors-html) names its file: a front page of HTML
  with its own styles is such a file.
- Formulas are MathML; there is no Sphinx, no LaTeX and no file of another host.

## On a page

Sections, figures, tables and equations have the numbers that d2lbook gives them, and a reference
says the same words: “Section 3.2”, “Fig. 3.2.1”. These differ:

- A chapter is referred to as “Chapter 7”; d2lbook says “Section 7”.
- Imports stay as their author ordered them, and what is in the brackets of an alias keeps its
  blanks.
- Citations and the bibliography follow the Chicago style, in the words of the book's language. The
  letter of `year = {2023a}` is found anew.
- Code that all tabs of a page share is shown without tabs; a reader whose framework the page lacks
  sees it as well.
- A label in a table's caption names the table, and one under a heading of the fourth level the
  heading; d2lbook loses the one, and takes the other for the figure above.
- Narrow columns of a table keep their words and formulas whole.

What d2lbook drops or garbles is read or shown, with a warning where it is a slip:

| on the page | here | d2lbook |
|---|---|---|
| `$ x^2 $`, with blanks inside | a formula | text, and its commands lost |
| `\\hat{x}` outside of a formula | its TeX | nothing |
| `[**text**](a remark)` | the text and the remark | a link to nowhere |
| `:begin_tab:`jax` text on its line` | the tab's text | nothing |
| `<eos>`, which is no HTML | `<eos>` | nothing |
| `:eqlabel:` under an image | the figure's label | a broken reference |
| a label or a work that does not exist | its name, and a warning with the nearest | its name |

`python -m benchmarks.whole_book BOOK`, in a checkout of Polybook, builds a book with both tools and
prints each difference between their pages with its cause.

## Commands

| d2lbook | here |
|---|---|
"""

_SETTINGS = """
## Settings

Every setting of d2lbook is accepted, and none that has no effect leads to a warning. What is the
same is in [Configuration](configuration.md) with its default.

| d2lbook | here |
|---|---|
"""

_FOOT = """
This page is made from `src/polybook/d2lbook.py` by `python -m polybook.d2lbook > docs/d2lbook.md`.
"""


def d2lbook_reference() -> str:
    """Return the text of `docs/d2lbook.md`."""
    return "".join(_parts())


def _parts() -> Iterator[str]:
    yield _HEAD
    for verb in BUILD_VERBS:
        yield f"| `d2lbook build {verb}` | {_verb(verb)} |\n"
    for command in COMMANDS:
        instead = NO_COMMANDS.get(command, f"The same: `polybook {command}`.")
        yield f"| `d2lbook {command}` | {_code(instead)} |\n"
    yield _SETTINGS
    for section, keys in KEYS.items():
        for key in keys:
            yield f"| `[{section}] {key}` | {_setting(section, key)} |\n"
    yield _FOOT


def _verb(name: str) -> str:
    if name in ALIASES:
        verb = ALIASES[name]
        return f"`polybook build {verb}`, also as `{name}`: {_code(VERBS[verb].help)}."
    if name not in VERBS and name != ALL:
        return _code(NO_VERBS[name])
    says = "every format" if name == ALL else VERBS[name].help
    return f"The same: {_code(says)}. {_VERBS_DIFFER.get(name, '')}".strip()


def _setting(section: str, key: str) -> str:
    """Say what a setting is here.

    Raises:
        KeyError: nothing here says anything of it.

    """
    kind = Library if section.startswith("library") else SECTIONS.get(section)
    for entry in fields(kind) if kind else ():
        if key_of(entry) == key:
            says = entry.metadata["help"]
            if (section, key) in _OTHER_KEYS:
                return str(says)
            return f"The same: {says} {_KEYS_DIFFER.get((section, key), '')}".strip()
    instead = UNUSED.get((section, key)) or UNUSED[section, "*"]
    return f"No effect: {instead}."


def _code(text: str) -> str:
    """Mark names of folders and settings as code."""
    return _CODE.sub(lambda found: f"`{found[0]}`", text)


if __name__ == "__main__":
    sys.stdout.write(d2lbook_reference())
