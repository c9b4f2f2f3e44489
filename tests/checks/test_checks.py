"""The checks as verbs of the command line: what they report, where, and what they leave alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.checks.hosts import Host, closed_port
from tests.conftest import MakeBook, RunPolybook

CONFIG = "[build]\noutput_dir = build\ntabs = pytorch, jax\n"


def files(root: Path) -> dict[str, bytes]:
    """Return all files of a book but those that builds make."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and "build" not in path.relative_to(root).parts
    }


def check(polybook: RunPolybook, root: Path, verb: str) -> tuple[int, list[str], str]:
    """Run a check; return the exit status, its findings without the folder, and what it says."""
    before = files(root)
    result = polybook("build", verb, cwd=root)
    assert files(root) == before
    assert not (root / "build" / "html").exists()
    found = [line for line in result.stderr.splitlines() if not line.startswith("  ")]
    return result.returncode, found, result.stdout


# ---------------------------------------------------------------- outputs


def test_outputs_in_pages_are_errors_with_their_lines(
    polybook: RunPolybook, make_book: MakeBook
) -> None:
    page = """
        # A

        ```{.python .input}
        print(1)
        ```

        ```{.json .output n=1}
        [{"name": "stdout", "output_type": "stream", "text": "1"}]
        ```

        ```json
        {"not": "an output"}
        ```

        ````markdown
        ```{.json .output n=1}
        ```
        ````
        """
    root = make_book({"config.ini": CONFIG, "a.md": page, "b.md": "# B\n"})
    assert check(polybook, root, "outputcheck") == (
        1,
        ["a.md:7: error: There are outputs in the page."],
        "",
    )
    (root / "a.md").write_text("# A\n")
    assert check(polybook, root, "outputcheck")[:2] == (0, [])


# ---------------------------------------------------------------- tabs


def test_tabs_that_the_book_has_not_are_errors_with_the_nearest(
    polybook: RunPolybook, make_book: MakeBook
) -> None:
    page = """
        # A

        :begin_tab:`jaxx`
        Text.
        :end_tab:

        ```{.python .input}
        %%tab pytorch, mxnet
        x = 1
        ```

        ```{.python .input}
        %%tab all
        if tab.selected("pytorhc"):
            x = 2
        ```
        """
    root = make_book({"config.ini": CONFIG, "a.md": page})
    status, found, _ = check(polybook, root, "tabcheck")
    assert status == 1
    assert found == [
        "a.md:3: error: The tab “jaxx” is not one of the book's.",
        "a.md:8: error: The tab “mxnet” is not one of the book's.",
        "a.md:14: error: The tab “pytorhc” is not one of the book's.",
    ]
    assert "Did you mean “jax”?" in polybook("build", "tabcheck", cwd=root).stderr
    (root / "a.md").write_text("# A\n")
    assert check(polybook, root, "tabcheck") == (0, [], "All tabs are the book's.\n")


def test_check_shows_nothing_but_what_it_looks_for(
    polybook: RunPolybook, make_book: MakeBook
) -> None:
    root = make_book({"config.ini": CONFIG, "a.md": "# A\n\nA (**half mark.\n\n:ref:`nowhere`\n"})
    for verb in ("outputcheck", "tabcheck"):
        assert check(polybook, root, verb)[:2] == (0, [])
    assert "half" not in polybook("build", "linkcheck", cwd=root).stderr
    result = polybook("build", "tabcheck", "html", "--no-run", cwd=root)
    assert result.stderr.count("stands alone") == 1


# ---------------------------------------------------------------- links


def test_links_within_the_book_that_lead_nowhere_are_errors(
    polybook: RunPolybook, make_book: MakeBook
) -> None:
    index = """
        # A
        :label:`chap_a`

        See :numref:`sec_b`, :ref:`sec_c`, [B](b.md#sec_b), [none](none.md), [file](notes.txt)
        and [no file](notes.pdf).

        [B](b.md#nowhere), [here](#chap_a), [not here](#chap_b)

        ```toc
        b
        c
        ```
        """
    root = make_book(
        {
            "config.ini": CONFIG,
            "index.md": index,
            "b.md": "# B\n:label:`sec_b`\n",
            "notes.txt": "",
        }
    )
    status, found, said = check(polybook, root, "linkcheck")
    assert status == 1
    assert found == [
        "index.md:4: error: The label “sec_c” does not exist.",
        "index.md:4: error: “none.md” leads to no page and no file.",
        "index.md:5: error: “notes.pdf” leads to no page and no file.",
        "index.md:7: error: The page b has no anchor “nowhere”.",
        "index.md:7: error: The page index has no anchor “chap_b”.",
        "index.md:9: error: The table of contents lists “c”, which is no page.",
    ]
    assert said == "0 of 0 addresses of the web work.\n"


def test_links_to_the_web_are_reported_wherever_they_stand(
    polybook: RunPolybook, make_book: MakeBook, host: Host
) -> None:
    root = make_book(
        {
            "config.ini": f"""
                [languages]
                tr = Türkçe
                fr = Français
                [build]
                output_dir = build
                [html]
                header_links = A, {host.address}/410, fab fa-a
                [pdf]
                bibfile = works.bib
                """,
            "works.bib": f"""
                @article{{tide,
                  title = {{Tides}},
                  author = {{Deniz, Ada}},
                  url = {{{host.address}/404?b=1&c=2}}
                }}
                """,
            "index.tr.md": f"""
                # A

                [works]({host.address}/a) and [still]({host.address}/to/200),
                [gone]({host.address}/404#part), ![picture]({host.address}/404)

                <{host.address}/403> :cite:`tide`

                <a href="{host.address}/410?raw">raw</a> `{host.address}/500`
                [mail](mailto:a@example.org)

                :bibliography:`works.bib`
                """,
            "index.fr.md": f"# A\n\n[là]({host.address}/404)\n",
        }
    )
    status, found, said = check(polybook, root, "linkcheck")
    assert status == 1
    place = host.address
    assert found == [
        f"config.ini: error: {place}/410: The host answers 410 Gone.",
        f"index.fr.md:3: error: {place}/404: The host answers 404 Not Found.",
        f"index.tr.md:4: error: {place}/404#part: The host answers 404 Not Found.",
        f"index.tr.md:4: error: {place}/404: The host answers 404 Not Found.",
        f"index.tr.md:6: warning: {place}/403: The host answers 403 Forbidden.",
        f"index.tr.md:8: error: {place}/410?raw: The host answers 410 Gone.",
        f"works.bib:4: error: {place}/404?b=1&c=2: The host answers 404 Not Found.",
    ]
    assert said == "2 of 8 addresses of the web work.\n"
    assert len(host.asked) == len(set(host.asked))


def test_book_whose_links_all_work_is_said_to_be_sound(
    polybook: RunPolybook, make_book: MakeBook, host: Host
) -> None:
    page = f"# A\n\n[a]({host.address}/to/200) [b](#a)\n"
    root = make_book({"config.ini": CONFIG, "index.md": page})
    said = "1 of 1 addresses of the web work.\nAll links lead somewhere.\n"
    assert check(polybook, root, "linkcheck") == (0, [], said)


def test_where_nothing_can_be_reached_it_is_said_once(
    polybook: RunPolybook, make_book: MakeBook
) -> None:
    links = [f"http://127.0.0.1:{closed_port()}/{number}" for number in range(9)]
    root = make_book(
        {"config.ini": CONFIG, "index.md": f"# A\n\n{' '.join(map('<{}>'.format, links))}\n"}
    )
    status, found, _ = check(polybook, root, "linkcheck")
    assert status == 1
    assert found == ["config.ini: error: None of 9 addresses of the web can be reached from here."]


@pytest.mark.parametrize("strict", [False, True])
def test_host_that_turns_the_check_away_fails_it_only_where_the_book_says_so(
    polybook: RunPolybook, make_book: MakeBook, host: Host, strict: bool
) -> None:
    root = make_book(
        {
            "config.ini": f"{CONFIG}warning_is_error = {strict}\n",
            "index.md": f"# A\n\n<{host.address}/403>\n",
        }
    )
    assert check(polybook, root, "linkcheck")[0] == int(strict)
