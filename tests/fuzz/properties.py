"""What must hold of every text, whatever it is: the tool's promises, as hypothesis reads them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from html import unescape
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from polybook.build import Build
from polybook.config import read_config
from polybook.errors import PolybookError
from tests.fuzz.texts import SETTINGS, TABS, damaged, damaged_bytes, numbers_in, pages

CONFIG = f"""
[project]
title = Waves
[build]
tabs = {", ".join(TABS)}
notebooks = *.md
output_dir = build
[pdf]
bibfile = works.bib
[library-pytorch]
lib_name = torch
simple_alias = ones, size(
fluent_alias = reshape
reverse_alias = d2l.Module -> nn.Module
[library-jax]
lib_name = jnp
simple_alias = ones
args_alias = reshape(a_x, shape) -> jnp.reshape(a_x, shape)
"""

#: Settings that the books above do without.
MORE = """
[languages]
tr = Türkçe
ja = 日本語
[project-tr]
title = Dalgalar
[build]
page_layout = {page}.{lang}.md
exclusions = other.md
warning_is_error = true
resources = figure.svg
[run]
jobs = 2
timeout = 10
[framework-jax]
title = JAX
requirements = requirements.txt
environ = A=1 B=2
[html]
header_links = Code, https://example.org, fab fa-github
[colab]
github_repo = pytorch, waves
[library-mxnet]
lib_file = lib/mxnet.py
alias = d2l.ones -> np.ones
"""

WORKS = """
@article{tanaka, author = {Tanaka, Aiko}, title = {Waves}, year = {2020}, journal = {Sea}}
@book{kaya, author = {Kaya, Deniz}, title = {Tides}, year = 2019, publisher = {Coast}}
"""


#: What keeps text from being shown, or is said of text that is not, without repeating it.
_HIDES = re.compile(r"<!--|[\[(]~~|#@hide|tab\.selected")
_NOT_SHOWN = re.compile(r"A set-up cell is not run|The tab “.*” is not one of the book's")


@contextmanager
def a_book(
    texts: Sequence[str | bytes], config: str | bytes = CONFIG, works: str | bytes = WORKS
) -> Iterator[Path]:
    """Write a book with the pages `page0`, `page1`, … and return its folder."""
    files = {
        "config.ini": config,
        "works.bib": works,
        "figure.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "other.md": "# Other\n\n:bibliography:`works.bib`\n",
        **{f"page{number}.md": text for number, text in enumerate(texts)},
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, content in files.items():
            Path(folder, name).write_bytes(
                content.encode() if isinstance(content, str) else content
            )
        yield Path(folder)


def built(root: Path) -> tuple[list[str], list[str]]:
    """Build a book's site and notebooks.

    Returns:
        The site's pages `page0`, `page1`, …, and what was said of each, locations included.

    """
    build = Build(read_config(root), (), ())
    found = [*build.diagnostics()]
    report, more = build.html()
    found += more
    build.notebooks()
    pages, said = [], []
    for source in sorted(root.glob("page*.md")):
        here = [each for each in found if each.location.path == source]
        lines = source.read_bytes().count(b"\n") + 1
        assert all(0 <= each.location.line <= lines for each in here), here
        html = report.folder / f"{source.stem}.html"
        pages.append(unescape(html.read_text("utf-8")) if html.exists() else "")
        said.append("\n".join(map(str, here)))
    return pages, said


@given(st.lists(pages, min_size=1, max_size=6))
def right_pages_are_shown_whole(texts: list[str]) -> None:
    with a_book(texts) as root:
        for text, html, said in zip(texts, *built(root), strict=True):
            assert not numbers_in(text) - numbers_in(html), (said, text)
            assert ": error: " not in said, (said, text)
            assert "is not shown" not in said, (said, text)


@given(st.lists(damaged(pages), min_size=1, max_size=6))
def damaged_pages_lose_nothing_unsaid(texts: list[str]) -> None:
    with a_book(texts) as root:
        for text, html, said in zip(texts, *built(root), strict=True):
            if not _HIDES.search(text) and not _NOT_SHOWN.search(said):
                assert not numbers_in(text) - numbers_in(html) - numbers_in(said), (said, text)


@given(
    st.lists(st.one_of(damaged_bytes(pages), st.binary()), min_size=1, max_size=2),
    damaged_bytes(damaged(st.just(WORKS))),
)
def any_files_are_built_or_refused(texts: list[bytes], works: bytes) -> None:
    with a_book(texts, works=works) as root, suppress(PolybookError):
        built(root)


@given(damaged_bytes(damaged(st.sampled_from([CONFIG, CONFIG + MORE, MORE]), SETTINGS)), pages)
def any_settings_are_taken_or_refused(config: bytes, text: str) -> None:
    with a_book([text], config) as root, suppress(PolybookError):
        if read_config(root).output.is_relative_to(root):
            Build(read_config(root), (), ()).html()


PROPERTIES: tuple[Callable[[], None], ...] = (
    right_pages_are_shown_whole,
    damaged_pages_lose_nothing_unsaid,
    any_files_are_built_or_refused,
    any_settings_are_taken_or_refused,
)
