"""What JupyterLab is told of a book: which files are pages, those that will be made included."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polybook.book import page_of
from polybook.config import read_config
from polybook.jupyter.launch import _page_patterns
from tests.conftest import write_files

LAYOUTS = {
    "flat": "[languages]\ntr = Türkçe\npt-br = Português\n[build]\nnotebooks = sea/*.md *.md\n"
    "exclusions = README.md sea/[mn]otes*.md drafts\npage_layout = {page}.{lang}.md\n",
    "folders": "[languages]\ntr = Türkçe\nja = 日本語\n[build]\nnotebooks = **/*.md\n"
    "exclusions = README.md */notes.md drafts\nsource_dir = text\npage_layout = {lang}/{page}.md\n",
    "plain": "[build]\nexclusions = README.md sea/no?es.md drafts/ STYLE*\n",
}
PARTS = ["sea", "text", "tr", "ja", "_build", "drafts", ".hidden", "a+b", "sea/tr"]
NAMES = ["moon", "notes", "README", "STYLE_GUIDE", "moon.tr", "moon.pt-br", "moon.en", ".tr", "a.b"]


@pytest.fixture(scope="module", params=LAYOUTS)
def layout(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("book")
    return write_files(folder, {"config.ini": LAYOUTS[request.param]})


@given(
    st.lists(st.sampled_from(PARTS), max_size=3),
    st.sampled_from(NAMES),
    st.sampled_from([".md", ""]),
)
def test_the_browser_knows_pages_as_the_book_does(
    layout: Path, parts: list[str], name: str, suffix: str
) -> None:
    config = read_config(layout)
    told = dict(_page_patterns(config))
    path = "/".join([*parts, name + suffix])
    matched = {
        kind: any(re.fullmatch(each, path) for each in expressions)
        for kind, expressions in told.items()
    }
    is_page = matched["polybookPages"] and not matched["polybookOthers"]
    assert is_page == (page_of(config, config.root / path) is not None)
