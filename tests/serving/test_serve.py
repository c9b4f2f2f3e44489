"""`polybook serve` as its author meets it: a process, a browser, and files that change."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import FLAGS, chromium_path, wait_until
from tests.conftest import MakeBook

PARAGRAPHS = "\n\n".join(f"Paragraph {number}." for number in range(80))
PAGE = f"# Harbour\n\n{PARAGRAPHS}\n"
CELL = "\n```{.python .input}\nprint(6 * 7)\n```\n"
FILES = {
    "config.ini": "[project]\ntitle = Tides\n[build]\nnotebooks = *.md\noutput_dir = build\n",
    "index.md": "# Tides\n\n```toc\nharbour\nsea\n```\n",
    "harbour.md": PAGE,
    "sea.md": "# Sea\n",
}

Serve = Callable[..., str]


@pytest.fixture
def book(make_book: MakeBook) -> Path:
    return make_book(FILES)


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


@pytest.fixture
def serve(book: Path, processes: list[subprocess.Popen[str]]) -> Serve:
    """Serve the book; give the address of its root once it has been built."""

    def start(*arguments: str) -> str:
        command = [sys.executable, "-m", "polybook", "serve", "-C", str(book), "--port", "0"]
        process = subprocess.Popen(
            [*command, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        processes.append(process)
        assert process.stdout
        for line in process.stdout:
            if line.startswith("Serving "):
                return line.split()[1].rstrip(",")
        raise AssertionError(f"it ended with {process.wait()}")

    return start


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1200, "height": 800})
    yield page
    page.close()


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_page_is_loaded_again_where_the_reader_was(book: Path, serve: Serve, page: Page) -> None:
    page.goto(serve("--no-run") + "harbour.html")
    page.evaluate("scrollTo(0, 900)")
    change(book / "harbour.md", "Paragraph 3.", "The tide is out.")
    expect(page.get_by_text("The tide is out.")).to_be_attached()
    wait_until(page, "scrollY === 900")


def test_page_that_did_not_change_is_not_loaded_again(book: Path, serve: Serve, page: Page) -> None:
    page.goto(serve("--no-run") + "harbour.html")
    page.evaluate("window.same = true")
    (book / "sea.md").write_text("# Sea\n\n:numref:`nothing`\n", "utf-8")
    expect(page.get_by_text("0 errors, 1 warning")).to_be_visible()
    assert page.evaluate("window.same")


def test_what_is_wrong_in_the_source_is_shown_with_its_line(
    book: Path, serve: Serve, page: Page
) -> None:
    page.goto(serve("--no-run") + "harbour.html")
    change(book / "harbour.md", "Paragraph 3.", "[**Paragraph 3.")
    expect(page.get_by_text(f"{book / 'harbour.md'}:9")).to_be_visible()
    expect(page.get_by_text("The slide mark “[**” stands alone.")).to_be_visible()
    change(book / "harbour.md", "[**Paragraph 3.", "Paragraph 3.")
    expect(page.get_by_text("The slide mark")).to_have_count(0)


def test_broken_settings_are_shown_and_the_site_stays(book: Path, serve: Serve, page: Page) -> None:
    page.goto(serve("--no-run") + "harbour.html")
    change(book / "config.ini", "*.md", "*.txt")
    expect(page.get_by_text("does not end with .md")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Harbour")).to_be_visible()
    change(book / "config.ini", "*.txt", "*.md")
    expect(page.get_by_text("does not end with .md")).to_have_count(0)


def test_changed_code_is_run_and_its_output_shown(book: Path, serve: Serve, page: Page) -> None:
    page.goto(serve() + "harbour.html")
    with (book / "harbour.md").open("a", encoding="utf-8") as file:
        file.write(CELL)
    expect(page.get_by_text("42", exact=True)).to_be_attached(timeout=60_000)
    assert (book / "outputs" / "harbour" / "python.ipynb").is_file()


def test_cell_that_raises_is_shown_with_its_line_and_not_run_in_vain(
    book: Path, serve: Serve, page: Page
) -> None:
    page.goto(serve() + "harbour.html")
    with (book / "harbour.md").open("a", encoding="utf-8") as file:
        file.write(CELL.replace("6 * 7", "1 / 0"))
    line = (book / "harbour.md").read_text("utf-8").splitlines().index("print(1 / 0)") + 1
    expect(page.get_by_text(f"{book / 'harbour.md'}:{line}")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("ZeroDivisionError").first).to_be_visible()


def test_serves_this_machine_alone(serve: Serve) -> None:
    address = serve("--no-run")
    port = int(address.rstrip("/").rpartition(":")[2])
    request = urllib.request.Request(address, headers={"Host": "tides.example"})
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(request)
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    for other in others - {"127.0.0.1"}:
        with pytest.raises(OSError, match="refused"):
            socket.create_connection((str(other), port), timeout=5)


@pytest.mark.parametrize(
    "path", ["..%2f..%2fconfig.ini", "%2e%2e/%2e%2e/config.ini", "nothing.html"]
)
def test_nothing_outside_of_the_site_is_served(serve: Serve, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError, match=r"40[34]"):
        urllib.request.urlopen(serve("--no-run") + path)


def test_port_that_is_taken_is_an_error(book: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "polybook", "serve", "-C", str(book), "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ends_quietly_when_told_to(
    serve: Serve, processes: list[subprocess.Popen[str]], how: signal.Signals
) -> None:
    serve("--no-run")
    processes[0].send_signal(how)
    said, _ = processes[0].communicate(timeout=30)
    assert processes[0].returncode == 0
    assert said.strip() == ""


def test_run_that_goes_on_ends_with_the_command(
    book: Path, serve: Serve, processes: list[subprocess.Popen[str]]
) -> None:
    (book / "sea.md").write_text("# Sea\n" + CELL.replace("6 * 7", '__import__("time").sleep(600)'))
    serve()
    processes[0].send_signal(signal.SIGINT)
    processes[0].communicate(timeout=30)
    assert processes[0].returncode == 0
