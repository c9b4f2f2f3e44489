"""Writes `docs/configuration.md` from the settings themselves: `python -m polybook.reference`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from typing import Any

from polybook.config import SECTIONS, SHIPPED, WHOLE_BOOK, Framework, Library, key_of

_HEAD = """# Configuration

A book is a folder with a `config.ini`. This page lists every setting that it may hold; it is made
from `src/polybook/config.py` by `python -m polybook.reference > docs/configuration.md`.

A line is `key = value`; a value goes on in lines that are indented; `#` begins a comment at the
start of a line, `;` also behind a blank. Lists are separated by blanks or line breaks, names by
commas. An unknown section or key is a warning that names the nearest known one; a wrong value is an
error. Any section below can be overridden for one language: `[project-tr]`, `[build-ja]`.

With `page_layout = {lang}/{page}.md` a language's folder may have a `config.ini` of its own: a book
that is part of this one. What it says holds for that language, and goes before what is said here of
all of them; paths in it are relative to it. These settings are the whole book's alone:
WHOLE.

## `[languages]`

One language a line, `code = its own name`, in the order of the menu. The first one is the
*reference*, which the others are compared with. Without this section the book has one language,
`[project] lang`, its pages are plain `page.md` files and its site has no folder per language.

```ini
[languages]
tr = Türkçe
ja = 日本語
```
"""

_FRAMEWORKS = """
## `[framework-NAME]`

One for each tab `NAME` whose environment differs from what Polybook ships, or that it does not
know. Polybook ships {shipped}. A framework without requirements has the Python kernel alone; the
kernel's own packages are added to requirements that do not name them. A requirement that ends in
the remark `# polybook: no-deps` is installed without what it depends on.

"""

_FOOT = """
## Settings of d2lbook that have no effect

They are accepted without a warning, so that a book's file can stay as it is:
[Coming from d2lbook](d2lbook.md#settings) lists them all.
"""


def configuration_reference() -> str:
    """Return the text of `docs/configuration.md`."""
    return "".join(_parts())


def _parts() -> Iterator[str]:
    whole = (
        f"`[{section}] {key}`" if key != "*" else f"`[{section}]`" for section, key in WHOLE_BOOK
    )
    yield _HEAD.replace("WHOLE", ", ".join(sorted(whole)))
    for name, kind in SECTIONS.items():
        yield f"\n## `[{name}]`\n\n{kind.__doc__}\n\n"
        yield from _table(kind)
    names = ", ".join(f"`{name}` ({framework.title})" for name, framework in SHIPPED.items())
    yield _FRAMEWORKS.format(shipped=names)
    yield from _table(Framework)
    yield f"\n## `[library]` and `[library-TAB]`\n\n{inspect.getdoc(Library)}\n\n"
    yield from _table(Library)
    yield _FOOT


def _table(kind: type) -> Iterator[str]:
    yield "| key | default | what it is |\n|---|---|---|\n"
    for each in fields(kind):
        yield f"| `{key_of(each)}` | {_default(each)} | {each.metadata['help']} |\n"


def _default(setting: Field[Any]) -> str:
    value = setting.default
    if value is MISSING or value in ("", (), 0):
        return ""
    if setting.name == "cell_timeout":
        return f"`{value / 60:g} min`"
    if setting.name == "memory":
        return f"`{value // 1024**3} GB`"
    return f"`{' '.join(value) if isinstance(value, tuple) else value}`"


if __name__ == "__main__":
    sys.stdout.write(configuration_reference())
