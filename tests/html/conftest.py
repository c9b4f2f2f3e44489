"""A built site, a server for it on this machine alone, and a browser."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from benchmarks.reading import serving
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser import FLAGS, chromium_path
from tests.html.sites import build, copy_book

REPOSITORY = Path(__file__).parents[2]

NewContext = Callable[..., BrowserContext]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the book's site, built once; no test changes it."""
    root = copy_book(tmp_path_factory.mktemp("site") / "book")
    report, _ = build(root)
    return report.folder


@pytest.fixture(scope="session")
def own_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of this repository's book, built from its saved outputs; nothing was wrong."""
    root = tmp_path_factory.mktemp("own") / "book"
    root.mkdir()
    shutil.copy(REPOSITORY / "config.ini", root)
    for folder in [*REPOSITORY.glob("chapter_*"), REPOSITORY / "outputs", REPOSITORY / "static"]:
        if folder.is_dir():
            shutil.copytree(folder, root / folder.name)
    report, found = build(root)
    assert [str(each) for each in found] == []
    return report.folder


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """The address of the site's root."""
    with serving(site) as url:
        yield url


@pytest.fixture(scope="session")
def own_address(own_site: Path) -> Iterator[str]:
    """The address of its root."""
    with serving(own_site) as url:
        yield url


# Not for the session: Playwright keeps an event loop running in the thread, which the tests that
# run kernels in the same thread after these need for themselves.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A browser for all tests of this folder."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[NewContext]:
    """Open profiles of the browser, which know nothing of one another."""
    opened: list[BrowserContext] = []

    def new(**options: object) -> BrowserContext:
        options = {"locale": "tr-TR", "viewport": {"width": 1300, "height": 900}, **options}
        opened.append(browser.new_context(**options))  # type: ignore[arg-type]
        return opened[-1]

    yield new
    for context in opened:
        context.close()


@pytest.fixture
def page(new_context: NewContext) -> Page:
    """A page in a new profile of the browser, on a screen of 1300 by 900."""
    return new_context().new_page()
