"""`polybook lab` as a learner and an author meet it: a process, JupyterLab in a real browser."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect, sync_playwright

from polybook.jupyter.launch import system_language
from tests.browser import FLAGS, chromium_path
from tests.conftest import MakeBook, RunPolybook
from tests.jupyter.servers import Server, apart, read_server

TITLES = {"tr": "Gelgit", "ja": "潮の満ち引き"}
PAGE = """\
# {title}

```{{.python .input}}
%load_ext d2lbook.tab
tab.interact_select('plain', 'sail')
```

```{{.python .input}}
%%tab plain
print('plain', 6 * 7)
```

```{{.python .input}}
%%tab sail
print('sail', 6 * 7)
```
"""
FILES = {
    "config.ini": """\
        [languages]
        tr = Türkçe
        ja = 日本語
        [build]
        notebooks = sea/*.md
        tabs = plain, sail
        page_layout = {page}.{lang}.md
        output_dir = build
        [framework-plain]
        title = Plain Python
        """,
    "README.md": "# Read me\n",
    **{f"sea/tides.{code}.md": PAGE.format(title=title) for code, title in TITLES.items()},
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        yield browser
        browser.close()


@contextlib.contextmanager
def lab(book: Path, folder: Path, *arguments: str, **variables: str) -> Iterator[Server]:
    """Run `polybook lab` on a book until the block is left."""
    command = [sys.executable, "-m", "polybook", "lab", "-C", str(book), "--no-browser"]
    settings = {"JUPYTER_CONFIG_DIR": str(folder / "config"), **apart(folder)}
    process = subprocess.Popen(
        [*command, "--port", "0", *arguments],
        env={**os.environ, **settings, **variables},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stderr
        yield read_server(book, process.stderr)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


@contextlib.contextmanager
def opened(
    browser: Browser, server: Server, kernels: Callable[[Route], None] = Route.continue_
) -> Iterator[Page]:
    """Open what `polybook lab` would; no other host may be asked for anything.

    Args:
        browser: the browser.
        server: the server.
        kernels: lets pass what asks for running kernels, or for a new one.

    """
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    page.set_default_timeout(60_000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.route("**/api/sessions?*", kernels)
    page.goto(f"{server.address}{server.start}?token={server.token}")
    yield page
    page.close()
    assert not [each for each in asked if not each.startswith((server.address, "data:", "blob:"))]


def code_cell(page: Page, number: int) -> Locator:
    return page.locator(".jp-CodeCell").nth(number)


def run(page: Page, number: int) -> None:
    code_cell(page, number).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")


def picture(page: Page, name: str) -> None:
    """Save a picture to look at, where somebody asks for it."""
    if folder := os.environ.get("POLYBOOK_PICTURES"):
        page.screenshot(path=Path(folder) / f"lab-{name}.png")


def test_an_author_runs_edits_and_saves_a_page_in_japanese(
    browser: Browser, make_book: MakeBook, tmp_path: Path
) -> None:
    book = make_book(FILES)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route) if route.request.method == "POST" else route.continue_()

    with (
        lab(book, tmp_path, LANGUAGE="ja") as server,
        opened(browser, server, hold) as page,
    ):
        expect(page.locator(".jp-MarkdownCell h1")).to_have_text("潮の満ち引き¶", timeout=120_000)
        expect(page.get_by_role("menuitem", name="ファイル")).to_be_visible()
        # What is run before there is a kernel waits for it.
        run(page, 0)
        run(page, 1)
        expect(code_cell(page, 1).locator(".jp-InputPrompt")).to_have_text("[*]:")
        for each in held:
            each.continue_()
        chosen = code_cell(page, 0).locator("button.mod-active")
        expect(chosen).to_have_text("Plain Python", timeout=60_000)
        expect(page.locator(".jp-KernelName")).to_have_text("Plain Python")
        expect(code_cell(page, 1).locator(".jp-OutputArea")).to_contain_text("plain 42")
        run(page, 2)
        expect(code_cell(page, 2).locator(".jp-OutputArea")).to_contain_text("スキップ")
        picture(page, "ja")
        code_cell(page, 1).locator(".cm-content").click()
        page.keyboard.press("Control+End")
        page.keyboard.type("  # 潮")
        page.keyboard.press("Control+s")
        unsaved = page.locator(".lm-TabBar-tab.jp-mod-dirty")
        expect(unsaved).to_have_count(0, timeout=60_000)
    saved = (book / "sea/tides.ja.md").read_text(encoding="utf-8")
    edited = "print('plain', 6 * 7)  # 潮"
    assert saved == PAGE.format(title="潮の満ち引き").replace("print('plain', 6 * 7)", edited)


def test_jupyterlab_asks_before_it_overwrites_a_page_that_has_changed_in_turkish(
    browser: Browser, make_book: MakeBook, tmp_path: Path
) -> None:
    book = make_book(FILES)
    file = book / "sea/tides.tr.md"
    with (
        lab(book, tmp_path, "--tab", "sail", LANGUAGE="tr_TR.UTF-8") as server,
        opened(browser, server) as page,
    ):
        expect(page.locator(".jp-MarkdownCell h1")).to_have_text("Gelgit¶", timeout=120_000)
        expect(page.get_by_role("menuitem", name="Dosya")).to_be_visible()
        run(page, 2)
        expect(code_cell(page, 2).locator(".jp-OutputArea")).to_contain_text(
            "sail 42", timeout=60_000
        )
        elsewhere = file.read_text(encoding="utf-8") + "\nBaşka bir düzenleyiciden.\n"
        file.write_text(elsewhere, encoding="utf-8")
        code_cell(page, 2).locator(".cm-content").click()
        page.keyboard.type("# burada")
        page.keyboard.press("Control+s")
        asked = page.get_by_role("dialog")
        expect(asked).to_contain_text("sea/tides.tr.md")
        picture(page, "tr")
        assert file.read_text(encoding="utf-8") == elsewhere
        asked.get_by_role("button").first.click()
        # A file that is no page is opened as text.
        page.locator(".jp-BreadCrumbs-home").click()
        page.get_by_text("README.md").dblclick()
        expect(page.locator(".jp-FileEditor")).to_be_visible()
    assert file.read_text(encoding="utf-8") == elsewhere


def test_the_systems_locale_says_which_language_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_MESSAGES", "LC_ALL", "LC_CTYPE", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    for asked, opens in {
        "ja_JP.UTF-8": "ja",
        "pt_BR": "pt-br",
        "pt_PT.UTF-8": "tr",
        "de_DE.UTF-8": "tr",
        "C.UTF-8": "tr",
        "": "tr",
    }.items():
        monkeypatch.setenv("LANG", asked)
        assert system_language(["tr", "ja", "pt-br"]) == opens


def test_a_language_that_the_book_has_not_is_named(
    polybook: RunPolybook, make_book: MakeBook
) -> None:
    result = polybook("lab", "-C", make_book(FILES), "--lang", "fr")
    assert result.returncode == 2
    assert "The book has no language “fr”." in result.stderr
