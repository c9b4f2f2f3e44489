"""The book: its pages, their languages, their order, and what is wrong with them."""

from __future__ import annotations

import glob
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polybook.book import Book, Entry, matches, read_book
from polybook.config import read_config
from polybook.errors import BookError, Location, Severity
from tests.conftest import MakeBook

LANGUAGES = "[languages]\ntr = Türkçe\nvi = Tiếng Việt\nja = 日本語\n"


def book_of(root: Path) -> Book:
    return read_book(read_config(root))


def names(book: Book) -> dict[str, list[str]]:
    return {name: list(page.sources) for name, page in book.pages.items()}


def outline(entries: tuple[Entry, ...]) -> list[object]:
    """Return a table of contents as names and lists; `*` is in front of what has no number."""
    listed: list[object] = []
    for entry in entries:
        listed.append(f"{'' if entry.numbered else '*'}{entry.page.name}")
        if entry.children:
            listed.append(outline(entry.children))
    return listed


def said(book: Book, page: str, language: str) -> list[str]:
    found = book.diagnose(book.pages[page], language)
    return [f"{each.location.line}! {each.severity}: {each.message} {each.hint}" for each in found]


# ---------------------------------------------------------------- which files are pages


def test_book_in_one_language_has_plain_pages(make_book: MakeBook) -> None:
    book = book_of(make_book({"config.ini": "", "index.md": "# A", "b/c.md": "# B", "d.txt": ""}))
    assert names(book) == {"b/c": ["en"], "index": ["en"]}
    assert book.pages["b/c"].sources["en"] == book.root / "b" / "c.md"
    assert (book.pages["b/c"].folder, book.pages["index"].folder) == ("b", "")
    assert (book.pages["b/c"].is_index, book.pages["index"].is_index) == (False, True)


@pytest.mark.parametrize(
    ("layout", "file"),
    [
        ("{page}.{lang}.md", "rain/{0}.{1}.md"),
        ("{page}_{lang}.md", "rain/{0}_{1}.md"),
        ("{lang}/{page}.md", "{1}/rain/{0}.md"),
        ("text/{lang}/{page}.md", "text/{1}/rain/{0}.md"),
    ],
)
def test_languages_lie_where_the_layout_says(make_book: MakeBook, layout: str, file: str) -> None:
    files = {
        file.format("a", "ja"): "# A",
        file.format("a", "tr"): "# A",
        file.format("b", "vi"): "# B",
        "README.md": "",
        "rain/notes.md": "",
    }
    config = f"{LANGUAGES}[build]\npage_layout = {layout}\nnotebooks = rain/*.md\n"
    book = book_of(make_book({"config.ini": config, **files}))
    assert names(book) == {"rain/a": ["tr", "ja"], "rain/b": ["vi"]}


def test_patterns_and_exclusions_match_the_path_without_its_language(make_book: MakeBook) -> None:
    config = (
        f"{LANGUAGES}[build]\nnotebooks = *.md ./sea/**/*.md\n"
        "exclusions = *draft* sea/old/ c.tr.md\nnon-notebooks = notes.md\n"
    )
    book = book_of(
        make_book(
            {
                "config.ini": config,
                "a.tr.md": "",
                "a.vi.md": "",
                "c.tr.md": "",
                "c.vi.md": "",
                "draft.tr.md": "",
                "notes.tr.md": "",
                "sea/b.tr.md": "",
                "sea/deep/b.tr.md": "",
                "sea/old/b.tr.md": "",
                "sea/old/more/b.tr.md": "",
                "sea/b-draft.tr.md": "",
                "hill/b.tr.md": "",
            }
        )
    )
    assert names(book) == {
        "a": ["tr", "vi"],
        "c": ["vi"],
        "sea/b": ["tr"],
        "sea/b-draft": ["tr"],
        "sea/deep/b": ["tr"],
    }


def test_name_of_a_page_may_hold_dots_and_blanks_and_any_letter(make_book: MakeBook) -> None:
    config = f"{LANGUAGES}pt = P\npt-BR = B\n"
    book = book_of(
        make_book(
            {
                "config.ini": config,
                "v1.2.tr.md": "",
                "yağmur ve kar.tr.md": "",
                "雨/雪.ja.md": "",
                "a.pt-br.md": "",
                "a.pt.md": "",
                ".tr.md": "",
            }
        )
    )
    assert names(book) == {
        "a": ["pt", "pt-br"],
        "v1.2": ["tr"],
        "yağmur ve kar": ["tr"],
        "雨/雪": ["ja"],
    }


def test_what_a_build_made_is_no_page(make_book: MakeBook) -> None:
    book = book_of(
        make_book(
            {
                "config.ini": "[build]\noutput_dir = sea/made\nhtml_dir = site\n",
                "a.md": "",
                "site/a.md": "",
                "outputs/a.md": "",
                "sea/outputs/a.md": "",
                "sea/made/a.md": "",
                ".venv/a.md": "",
                "node_modules/a/README.md": "",
                "sea/__pycache__/a.md": "",
                "sea/a.md/b.md": "",
            }
        )
    )
    assert names(book) == {"a": ["en"], "sea/a.md/b": ["en"], "sea/outputs/a": ["en"]}


def test_pages_may_lie_in_a_folder_of_their_own(make_book: MakeBook) -> None:
    root = make_book({"config.ini": "[build]\nsource_dir = pages/\n", "pages/a.md": "", "b.md": ""})
    assert names(book_of(root)) == {"a": ["en"]}


def test_linked_files_and_folders_are_read_and_circles_end(make_book: MakeBook) -> None:
    root = make_book({"config.ini": "", "a/b.md": "# B", "a/c/d.md": "# D"})
    shared = root.parent / "shared"
    (shared / "deep").mkdir(parents=True)
    (shared / "deep" / "e.md").write_text("# E")
    (root / "linked").symlink_to(shared, target_is_directory=True)
    (root / "f.md").symlink_to(shared / "deep" / "e.md")
    (root / "a" / "c" / "up").symlink_to(root / "a", target_is_directory=True)
    (shared / "deep" / "self").symlink_to(".", target_is_directory=True)
    (root / "self").symlink_to("self")
    assert list(names(book_of(root))) == ["a/b", "a/c/d", "f", "linked/deep/e"]


def test_link_that_leads_nowhere_is_an_error_and_no_page(make_book: MakeBook) -> None:
    root = make_book({"config.ini": "", "a.md": ""})
    (root / "b.md").symlink_to("gone.md")
    book = book_of(root)
    assert list(book.pages) == ["a"]
    (found,) = book.diagnostics
    assert (found.severity, found.location) == (Severity.ERROR, Location(root.resolve() / "b.md"))
    assert found.message == "Cannot be read: No such file or directory."


def test_book_without_a_page_is_an_error(make_book: MakeBook) -> None:
    root = make_book({"config.ini": f"{LANGUAGES}[build]\nnotebooks = a/*.md b.md\n", "b.md": ""})
    with pytest.raises(BookError) as caught:
        book_of(root)
    assert caught.value.message.endswith("matches “a/*.md b.md”.")
    assert "{page}.{lang}.md" in caught.value.hint
    assert caught.value.location == Location(root.resolve() / "config.ini")


def test_folder_of_pages_that_is_missing_is_an_error(make_book: MakeBook) -> None:
    root = make_book({"config.ini": "[build]\nsource_dir = pages\n", "a.md": ""})
    with pytest.raises(BookError, match=r"There is no folder .*pages\."):
        book_of(root)


def test_file_name_that_is_not_utf_8_is_an_error(make_book: MakeBook) -> None:
    root = make_book({"config.ini": "", "a.md": ""})
    try:
        Path(os.fsdecode(os.fsencode(root) + b"/\xff.md")).write_text("")
    except OSError:
        return  # a file system that has no such names
    with pytest.raises(BookError, match="is not UTF-8"):
        book_of(root)


def test_page_in_a_language_that_the_book_has_not_is_a_warning(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": f"{LANGUAGES}pt-BR = Português\n[build]\nexclusions = b.fr.md\n",
            "a.tr.md": "",
            "a.jp.md": "",
            "a.pt-BR.md": "",
            "a.old.copy.md": "",
            "b.tr.md": "",
            "b.fr.md": "",
            "c.fr.md": "",
        }
    )
    book = book_of(root)
    assert names(book) == {"a": ["tr"], "b": ["tr"]}
    assert all(each.severity is Severity.WARNING for each in book.diagnostics)
    assert {each.location.path.name: each.message[:6] for each in book.diagnostics} == {
        "a.jp.md": "“jp” i",
        "a.pt-BR.md": "“pt-BR",
    }
    hints = {each.location.path.name: each.hint for each in book.diagnostics}
    assert hints["a.pt-BR.md"] == "Did you mean “pt-br”?"


# ---------------------------------------------------------------- patterns

FOLDERS = ["", "a/", "a/b/", "a/b/c/", "x-1/", ".h/", "a/.h/", "[z]/", "日本/"]
FILES = ["a.md", "b.md", "ab.md", ".h.md", "a.MD", "index.md", "[x].md", "é.md", "a-b.md"]
PARTS = ["*", "**", "?", "a", "b", "??", "*b*", "[ab]", "[!a]", "[a-c]*", "[z-a]", "[", "[]]", ".*"]
PARTS += ["x-[0-9]", "**b", "日?", "é", "[[]z]", "[^a]", "*.", "!a"]

patterns = st.lists(st.sampled_from(PARTS), max_size=3).flatmap(
    lambda parts: st.sampled_from(["*.md", "a.md", "?.md", "[!i]*.md", "*", ".*.md", "**.md"]).map(
        lambda last: "/".join([*parts, last])
    )
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True, exist_ok=True)
        for file in FILES:
            (root / folder / file).write_text("")
    return root


@settings(max_examples=400, deadline=None)
@given(patterns)
def test_patterns_mean_what_glob_means(tree: Path, pattern: str) -> None:
    found = glob.glob(pattern, root_dir=tree, recursive=True)  # noqa: PTH207 (d2lbook's own)
    files = {Path(name).as_posix() for name in found if (tree / name).is_file()}
    paths = {folder + file for folder in FOLDERS for file in FILES}
    assert {path for path in paths if matches(path, pattern)} == files


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("./a/*.md", "a/b.md"),
        ("a//b.md", "a/b.md"),
        ("**/**/b.md", "b.md"),
        ("**", "a/b.md"),
        ("a/**/**/*.md", "a/x/y/b.md"),
        ("/".join(["**"] * 30 + ["x.md"]), "/".join("a" * 60) + "/x.md"),
        ("*a" * 30 + ".md", "a" * 200 + ".md"),
    ],
)
def test_pattern_matches(pattern: str, path: str) -> None:
    assert matches(path, pattern)
    assert not matches(f"{path}x", pattern) or pattern == "**"
    assert not matches("", pattern) or pattern == "**"


@pytest.mark.parametrize(
    ("pattern", "left_out"),
    [
        ("README.md", ["README.md"]),
        ("./README.md", ["README.md"]),
        ("*/*_old.md", ["a/c_old.md", "b/d_old.md"]),
        ("**/*_old.md", ["a/b/c_old.md", "a/c_old.md", "b/d_old.md", "x_old.md"]),
        ("a/*md", ["a/c.md", "a/c_old.md"]),
        ("a", ["a/b/c_old.md", "a/c.md", "a/c_old.md"]),
        ("a/", ["a/b/c_old.md", "a/c.md", "a/c_old.md"]),
        ("./a/b", ["a/b/c_old.md"]),
        ("[ab]/", []),  # folders are only known by their names
        ("a/c", []),
        ("a/c.md\n   b/*.md", ["a/c.md", "b/d_old.md"]),
        ("readme.md", []),
        ("none/ none.md", []),
    ],
)
@pytest.mark.parametrize("key", ["exclusions", "non-notebooks"])
def test_what_is_left_out_is_what_d2lbook_leaves_out(
    make_book: MakeBook, key: str, pattern: str, left_out: list[str]
) -> None:
    files = ["README.md", "x_old.md", "a/c.md", "a/c_old.md", "a/b/c_old.md", "b/d_old.md", "e.md"]
    config = f"[build]\n{key} = {pattern}\n"
    root = make_book({"config.ini": config, **dict.fromkeys(files, "# A\n")})
    pages = {f"{name}.md" for name in names(book_of(root))}
    assert sorted(set(files) - pages) == left_out


def test_pages_in_restructured_text_are_warnings(make_book: MakeBook) -> None:
    book = book_of(
        make_book(
            {
                "config.ini": "[build]\nrsts = api/**/*.rst index.rst none.rst\n",
                "a.md": "# A\n",
                "index.rst": "",
                "api/deep/b.rst": "",
                "_build/rst/api/c.rst": "",
                "other/d.rst": "",
            }
        )
    )
    assert [each.location.path.name for each in book.diagnostics] == ["b.rst", "index.rst"]
    assert {each.severity for each in book.diagnostics} == {Severity.WARNING}
    assert "Markdown" in book.diagnostics[0].hint


# ---------------------------------------------------------------- the order of pages


def test_root_page_gives_the_order(make_book: MakeBook) -> None:
    book = book_of(
        make_book(
            {
                "config.ini": "",
                "index.md": """
                    # Book

                    ```toc
                    :numbered:
                    two/index
                    one/index.md
                    ```

                    ```toc
                    end
                    missing
                    ```
                    """,
                "one/index.md": "# One",
                "one/b.md": "",
                "one/a.md": "",
                "one/deep/c.md": "",
                "two/index.md": "```toc\ny\nx\n../one/a\n```",
                "two/x.md": "",
                "two/y.md": "",
                "end.md": "",
                "unlisted.md": "",
            }
        )
    )
    assert outline(book.contents("en")) == [
        "two/index",
        ["*two/y", "*two/x", "*one/a"],
        "one/index",
        ["one/b"],
        "*end",
    ]
    assert [entry.page.name for entry in book.contents("en")[0].walk()] == [
        "two/index",
        "two/y",
        "two/x",
        "one/a",
    ]


def test_without_a_root_page_the_patterns_give_the_order(make_book: MakeBook) -> None:
    config = "[build]\nnotebooks = start.md two/*.md one/*.md */*/*.md end.md\n"
    files = {
        "one/index.md": "```toc\nb\na\n```",
        "one/a.md": "",
        "one/b.md": "",
        "two/z.md": "",
        "two/index.md": "# Two",
        "two/y.md": "",
        "two/more/x.md": "",
        "three/four/b.md": "",
        "three/four/a.md": "",
        "end.md": "",
        "start.md": "",
    }
    book = book_of(make_book({"config.ini": config, **files}))
    assert outline(book.contents("en")) == [
        "start",
        "two/index",
        ["two/y", "two/z"],
        "one/index",
        ["*one/b", "*one/a"],
        "three/four/a",
        "three/four/b",
        "two/more/x",
        "end",
    ]


def test_root_page_that_lists_nothing_leaves_the_order_to_the_patterns(make_book: MakeBook) -> None:
    for index in ("# Book", "```toc\nmissing\n```"):
        files = {"config.ini": "", "index.md": index, "a.md": "", "b/index.md": "", "b/c.md": ""}
        book = book_of(make_book(files))
        assert outline(book.contents("en")) == ["a", "b/index", ["b/c"]]


def test_root_page_may_have_another_name(make_book: MakeBook) -> None:
    config = "[build]\nindex = start.md\n"
    files = {"start.md": "```toc\nb\nindex\n```", "index.md": "", "a.md": "", "b.md": ""}
    book = book_of(make_book({"config.ini": config, **files}))
    assert outline(book.contents("en")) == ["*b", "*index"]


def test_page_that_is_listed_twice_stands_at_the_first_place(make_book: MakeBook) -> None:
    files = {
        "index.md": "```toc\na\n./b\na\nindex\n```",
        "a.md": "```toc\nb\na\nindex\nc/index\n```",
        "b.md": "```toc\na\n```",
        "c/index.md": "```toc\n../a\n../c/index\n../../outside\n/a\n```",
        "c/d.md": "",
    }
    book = book_of(make_book({"config.ini": "", **files}))
    assert outline(book.contents("en")) == ["*a", ["*b", "*c/index", ["c/d"]]]


# ---------------------------------------------------------------- languages


def test_page_that_a_language_lacks_is_the_reference_text(make_book: MakeBook) -> None:
    files = {"a.tr.md": "# Bir", "a.ja.md": "# 一", "b.vi.md": "# Hai", "b.ja.md": "# 二"}
    book = book_of(make_book({"config.ini": LANGUAGES, **files}))
    a, b = book.pages["a"], book.pages["b"]
    assert book.source(a, "ja") == (book.root / "a.ja.md", "ja")
    assert book.source(a, "vi") == (book.root / "a.tr.md", "tr")
    assert book.source(b, "tr") == (book.root / "b.vi.md", "vi")
    assert book.text(book.source(b, "tr")[0]).text == "# Hai"


def test_order_is_that_of_the_reference_language(make_book: MakeBook) -> None:
    files = {
        "index.tr.md": "```toc\nb\na\n```",
        "index.ja.md": "```toc\na\nb\n```",
        "a.ja.md": "",
        "b.tr.md": "",
    }
    book = book_of(make_book({"config.ini": LANGUAGES, **files}))
    assert outline(book.contents("vi")) == ["*b", "*a"]


# ---------------------------------------------------------------- what is wrong with a page


def test_page_is_read_once_and_as_it_is(make_book: MakeBook) -> None:
    root = make_book({"config.ini": "", "a.md": ""})
    content = "\ufeff# Yağmur\r\n\r\n```{.python .input}\r\n1\r\n```".encode()
    (root / "a.md").write_bytes(content)
    book = book_of(root)
    text = book.text(book.root / "a.md")
    assert text.text.encode() == content
    assert len(text.cells) == 1
    assert book.text(book.root / "a.md") is text


def test_page_that_is_not_utf_8_is_an_error(make_book: MakeBook) -> None:
    root = make_book({"config.ini": "", "a.md": ""})
    (root / "a.md").write_bytes(b"# Ya\xf0mur\n")
    with pytest.raises(BookError, match=r"a\.md: The page is not UTF-8: .* at byte 4\."):
        book_of(root)


def test_what_is_wrong_in_a_page_is_said_with_its_line(make_book: MakeBook) -> None:
    files = {"a.md": "# A\n\n[**b\n\n:end_tab:\n\n```toc\nb\n"}
    book = book_of(make_book({"config.ini": "", **files}))
    assert [each.split(":")[0] for each in said(book, "a", "en")] == [
        "5! warning",
        "7! error",
        "3! error",
    ]


TABS = """
# A

```{.python .input}
%load_ext d2lbook.tab
tab.interact_select('jax', 'pytorhc')
```

```{.python .input}
# two
%%tab jaxx, all
if tab.selected('mxnet'):
    a = 1 if tab.selected('jay') else 2
```

:begin_tab:`jaxs, jax`
A
:end_tab:
"""


def test_tab_that_the_book_has_not_is_an_error_with_the_nearest(make_book: MakeBook) -> None:
    book = book_of(make_book({"config.ini": "[build]\ntabs = jax, mxnet, rain\n", "a.md": TABS}))
    found = "is not one of the book's. Did you mean"
    assert said(book, "a", "en") == [
        "3! error: The tab “pytorhc” is not one of the book's. Known: all, jax, mxnet, rain.",
        f"10! error: The tab “jaxx” {found} “jax”?",
        f"12! error: The tab “jay” {found} “jax”?",
        f"15! error: The tab “jaxs” {found} “jax”?",
    ]


def test_shipped_framework_that_the_book_leaves_out_is_no_error(make_book: MakeBook) -> None:
    page = "```{.python .input}\n%%tab mxnet, tensorflow\na\n```\n"
    book = book_of(make_book({"config.ini": "[build]\ntabs = jax\n", "a.md": page}))
    assert said(book, "a", "en") == []


def test_tab_in_a_book_without_tabs_is_an_error(make_book: MakeBook) -> None:
    page = "```{.python .input}\n%%tab mxnet\na\n```\n```{.python .input}\n%%tab all\na\n```\n"
    book = book_of(make_book({"config.ini": "", "a.md": page}))
    assert said(book, "a", "en") == [
        "2! error: The tab “mxnet” is not one of the book's. Known: all, python."
    ]


# ---------------------------------------------------------------- the tabs of a page


@pytest.mark.parametrize(
    ("page", "tabs"),
    [
        ("# A\n", ()),
        ("```{.python .input}\na\n```\n", ("mxnet",)),
        ("```{.python .input}\n#@tab jax\na\n```\n", ("jax",)),
        ("```{.python .input}\n%%tab jax, mxnet\na\n```\n", ("mxnet", "jax")),
        ("```{.python .input}\n%%tab all\na\n```\n", ("mxnet", "pytorch", "jax")),
        (
            "```{.python .input}\n%%tab all\na\n```\n:begin_tab:`jax`\n:end_tab:\n",
            ("mxnet", "jax"),
        ),
        (
            "```{.python .input}\n%%tab all\na\n```\n```{.python .input}\n%%tab jax\na\n```\n",
            ("jax",),
        ),
        (
            "```{.python .input}\ntab.interact_select('jax', 'rain')\n```\n"
            "```{.python .input}\n%%tab all\na\n```\n",
            ("jax",),
        ),
        ("```{.python .input}\n%%tab rain\na\n```\n", ()),
        ("```python\n%%tab jax\n```\n", ()),
    ],
)
def test_page_has_the_tabs_that_it_has_code_for(
    make_book: MakeBook, page: str, tabs: tuple[str, ...]
) -> None:
    book = book_of(make_book({"config.ini": "[build]\ntabs = mxnet, pytorch, jax\n", "a.md": page}))
    assert book.text(book.root / "a.md").tabs(book.config.tabs) == tabs


def test_page_that_the_root_lists_is_not_taken_by_the_index_of_its_folder(
    make_book: MakeBook,
) -> None:
    book = book_of(
        make_book(
            {
                "config.ini": "",
                "index.md": "# A\n\n```toc\n:numbered:\n\nb/index\nb/c\n```\n",
                "b/index.md": "# B\n",
                "b/c.md": "# C\n",
                "b/d.md": "# D\n",
            }
        )
    )
    assert outline(book.contents("en")) == ["b/index", ["b/d"], "b/c"]


def test_resource_that_does_not_exist_is_a_warning(make_book: MakeBook) -> None:
    files = {"config.ini": "[build]\nresources = img/ data/\n", "index.md": "# A", "img/a.svg": ""}
    (found,) = book_of(make_book(files)).missing()
    assert found.severity is Severity.WARNING
    assert found.message == "[build] resources: there is no “data/”."
