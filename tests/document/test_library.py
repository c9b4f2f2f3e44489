"""A book documents its own library: what it shows, under which tab, and where links lead."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from polybook.document.ast import walk
from tests.conftest import MakeBook
from tests.document.books import Documented, config
from tests.document.summary import summary

LIBRARY = """
[library-pytorch]
lib_file = sea/torch.py
[library-jax]
lib_file = sea/jax.py
"""

TORCH = '''
"""What the sea does."""
import sys
import sonar
from sea.base import Water, depth as fathom
sea = sys.modules[__name__]

raise SystemExit("nothing of this is ever run")

#: not a docstring
salt = 35

class Tide(sea.Clock, sonar.Ping):
    """High and low water.

    Defined in :numref:`sec_tides`, like :class:`~sea.torch.Clock`."""
    height = 3
    """In metres."""

    async def rise(self, metres: float = 1, *, slowly=True) -> "Tide":
        """Come in."""

    @property
    def turned(self): ...

    @classmethod
    def now(cls, where): ...

    def _ebb(self): ...

class Clock:
    def __init__(self, start=0): ...
    def tick(self):
        """Go on."""

def wait(hours, /, *, until=None): "Wait."

later = lambda hours, *more: wait(hours)
'''

JAX = '''
class Tide:
    """The same in JAX."""
    def rise(self): ...
'''

BASE = '''
class Water:
    """Wet."""
def depth():
    """Deep."""
'''


@pytest.fixture
def book(make_book: MakeBook) -> Path:
    return make_book(
        {
            "config.ini": config(more=LIBRARY),
            "sea/__init__.py": "",
            "sea/torch.py": TORCH,
            "sea/jax.py": JAX,
            "sea/base.py": BASE,
            "tides.md": "# Tides\n:label:`sec_tides`\n",
        }
    )


def page(root: Path, text: str, name: str = "page") -> Documented:
    """Write a page and read the book."""
    (root / f"{name}.md").write_text(text, encoding="utf-8")
    return Documented(root)


def rst(text: str) -> str:
    return f"```eval_rst\n{text}\n```\n"


def shown(documented: Documented, name: str = "page") -> str:
    return summary(documented.document(name).blocks)


def identifiers(documented: Documented, name: str) -> list[str]:
    blocks = documented.document(name).blocks
    spans = [each["c"][0][0] for each in walk(blocks) if each["t"] in ("Span", "Div")]
    return [each for each in spans if each]


# ---------------------------------------------------------------- what is shown


def test_class_is_shown_with_bases_docstring_and_members(book: Path) -> None:
    made = page(book, rst(".. autoclass:: sea.torch.Tide\n   :members: "))
    assert shown(made) == (
        "Div {.library}\n"
        "  Definitions\n"
        "    [`class`{.words} `sea.torch.`{.owner}`Tide`{.name}`(start=0)`{.parameters}]"
        "{#sea.torch.Tide .signature}:\n"
        "    Div {.bases}\n"
        "      Plain: Bases: `sea.Clock`{.class}, `sonar.Ping`{.class}\n"
        "    Para: High and low water.\n"
        "    Para: Defined in [tides](page:tides), like `Clock`{.class}.\n".replace(
            "[tides]", "[Chapter 2]"
        )
        + "    Definitions\n"
        "      [`height`{.name}` = 3`{.parameters}]{#sea.torch.Tide.height .signature}:\n"
        "      Para: In metres.\n"
        "      [`classmethod`{.words} `now`{.name}`(where)`{.parameters}]"
        "{#sea.torch.Tide.now .signature}:\n"
        "      [`async`{.words} `rise`{.name}`(metres: float = 1, *, slowly=True) -> Tide`"
        "{.parameters}]{#sea.torch.Tide.rise .signature}:\n"
        "      Para: Come in.\n"
        "      [`property`{.words} `turned`{.name}]{#sea.torch.Tide.turned .signature}:\n"
    )


@pytest.mark.parametrize(
    ("directive", "names"),
    [
        (".. autoclass:: Tide", ["Tide"]),
        (".. autoclass:: Tide\n   :members: rise, now", ["Tide", "Tide.now", "Tide.rise"]),
        (
            ".. autoclass:: Tide\n   :members:\n   :exclude-members: now rise height",
            ["Tide", "Tide.turned"],
        ),
        (
            ".. autoclass:: Tide\n   :members:\n   :private-members:\n   :exclude-members: height",
            ["Tide", "Tide._ebb", "Tide.now", "Tide.rise", "Tide.turned"],
        ),
        (
            ".. autoclass:: Tide\n   :members: rise\n   :member-order: bysource\n   :noindex:",
            [],
        ),
        (
            ".. autoclass:: Clock\n   :members:\n   :special-members: __init__",
            ["Clock", "Clock.__init__", "Clock.tick"],
        ),
        (
            ".. autoclass:: Tide\n   :members: rise now\n   :member-order: bysource",
            ["Tide", "Tide.rise", "Tide.now"],
        ),
        (".. autofunction:: wait(hours)", ["wait"]),
        (".. autofunction:: later", ["later"]),
        (".. automethod:: Clock.tick", ["Clock.tick"]),
        (".. autodata:: salt", ["salt"]),
        (".. autoclass:: Water", ["Water"]),
        (".. autofunction:: fathom", ["fathom"]),
    ],
)
def test_options_choose_members(book: Path, directive: str, names: list[str]) -> None:
    made = page(book, rst(f".. currentmodule:: sea.torch\n\n{directive}"))
    assert identifiers(made, "page") == [f"sea.torch.{name}" for name in names]
    assert made.said("page") == []


def test_module_is_shown_with_what_is_its_own(book: Path) -> None:
    made = page(book, rst(".. automodule:: sea.torch\n   :members:"))
    assert [name for name in identifiers(made, "page") if name.count(".") < 3] == [
        "sea.torch",
        "sea.torch.Clock",
        "sea.torch.Tide",
        "sea.torch.later",
        "sea.torch.wait",
    ]
    assert "Para: What the sea does." in shown(made)


def test_module_shows_what_it_imports_from_the_books_own_modules_if_asked(book: Path) -> None:
    text = rst(".. automodule:: sea.torch\n   :members:\n   :imported-members:")
    made = page(book, text)
    assert {"sea.torch.Water", "sea.torch.fathom"} <= set(identifiers(made, "page"))
    assert "`sea.torch.`{.owner}`fathom`{.name}`()`" in shown(made)
    assert "sonar" not in "".join(identifiers(made, "page"))


@pytest.mark.parametrize(
    ("style", "docstring"),
    [
        (
            "google",
            "Wait.\n\n    Args:\n        hours (int): how *long*.\n            At least one.\n"
            "        until: when.\n\n    Returns:\n        The hour.\n\n"
            "    Raises:\n        ValueError: too long.\n",
        ),
        (
            "numpy",
            "Wait.\n\n    Parameters\n    ----------\n    hours : int\n        how *long*.\n"
            "        At least one.\n    until\n        when.\n\n    Returns\n    -------\n"
            "    int\n        The hour.\n\n    Raises\n    ------\n    ValueError\n"
            "        too long.\n",
        ),
        (
            "sphinx",
            "Wait.\n\n    :param int hours: how *long*.\n        At least one.\n"
            "    :param until: when.\n    :returns: The hour.\n    :raises ValueError: too long.\n",
        ),
    ],
)
def test_docstrings_may_be_in_any_usual_form(book: Path, style: str, docstring: str) -> None:
    (book / "sea" / "jax.py").write_text(f'def wait(hours, until):\n    """{docstring}    """\n')
    lines = shown(page(book, rst(".. autofunction:: sea.jax.wait"))).splitlines()
    parameter = "`int hours`:" if style == "sphinx" else "`hours: int`:"
    assert [line.strip() for line in lines if "Definitions" not in line][2:] == [
        "Para: Wait.",
        parameter,
        "Para: how *long*. At least one.",
        "`until`:",
        "Para: when.",
        "`return int`:" if style == "numpy" else "`return`:",
        "Para: The hour.",
        "`raise ValueError`:",
        "Para: too long.",
    ]
    assert page(book, rst(".. autofunction:: sea.jax.wait")).said("page") == []


# ---------------------------------------------------------------- which tab has which module


def test_each_tab_has_the_module_that_is_current_in_it(book: Path) -> None:
    made = page(
        book,
        ":begin_tab:`pytorch`\n"
        + rst(".. currentmodule:: sea.torch")
        + ":begin_tab:`jax`\n"
        + rst(".. currentmodule:: sea.jax")
        + ":end_tab:\n\n## Classes\n\n"
        + rst(".. autoclass:: Tide\n\n.. autofunction:: wait"),
    )
    text = shown(made)
    panels = text.split("  Div {.tab-panel tab=")
    assert text.count(".tab-group") == 1
    assert "#sea.torch.Tide" in panels[1]
    assert "#sea.torch.wait" in panels[1]
    assert "#sea.jax.Tide .signature anchor=sea.torch.Tide" in panels[2]
    assert "wait" not in panels[2]
    assert made.said("page") == []


def test_without_a_current_module_each_tab_has_its_own(book: Path) -> None:
    made = page(book, rst(".. autoclass:: Tide"))
    assert identifiers(made, "page") == ["sea.torch.Tide", "sea.jax.Tide"]
    assert made.document("page").tabs == ("pytorch", "jax")
    assert made.document("page", tabs=["jax"]).blocks[0]["c"][0][1] == ["library"]


def test_no_tab_shows_the_module_of_another_tab(book: Path) -> None:
    made = page(
        book,
        ":begin_tab:`jax`\n"
        + rst(".. currentmodule:: sea.torch")
        + ":end_tab:\n\n"
        + rst(".. autoclass:: Tide"),
    )
    assert identifiers(made, "page") == ["sea.torch.Tide", "sea.jax.Tide"]
    assert made.said("page") == ["3: “sea.torch” is the module of another tab than “jax”."]


def test_in_a_text_for_some_tabs_each_has_its_own(book: Path) -> None:
    made = page(
        book,
        ":begin_tab:`pytorch, jax`\nWords.\n\n"
        + rst(".. autoclass:: Tide\n   :members: rise")
        + ":end_tab:\n",
    )
    panels = shown(made).split("  Div {.tab-panel tab=")
    assert "Come in." in panels[1]
    assert "The same in JAX." in panels[2]
    assert "Come in." not in panels[2]
    assert all("Words." in panel for panel in panels[1:])


def test_a_current_module_outside_of_tabs_is_for_all_of_them(book: Path) -> None:
    made = page(book, rst(".. currentmodule:: sea.jax\n\n.. autoclass:: Tide"))
    assert identifiers(made, "page") == ["sea.jax.Tide"]
    assert ".tab-group" not in shown(made)


# ---------------------------------------------------------------- links


@pytest.mark.parametrize(
    ("role", "link"),
    [
        (":class:`sea.torch.Tide`", "[`sea.torch.Tide`{.class}](page:page#sea.torch.Tide)"),
        (":class:`~sea.torch.Tide`", "[`Tide`{.class}](page:page#sea.torch.Tide)"),
        (":class:`sea.Tide`", "[`sea.Tide`{.class}](page:page#sea.torch.Tide)"),
        (":func:`rising <Tide.rise>`", "[`rising`{.func}](page:page#sea.torch.Tide.rise)"),
        (":func:`sea.Tide.rise()`", "[`sea.Tide.rise()`{.func}](page:page#sea.torch.Tide.rise)"),
        (":class:`sea.torch.Clock`", "`sea.torch.Clock`{.class}"),
        (":mod:`numpy`", "`numpy`{.mod}"),
    ],
)
def test_role_leads_to_what_is_documented(book: Path, role: str, link: str) -> None:
    (book / "prose.md").write_text(f"# Prose\n\nSee {role}.\n", encoding="utf-8")
    made = page(book, rst(".. autoclass:: sea.torch.Tide\n   :members:"))
    assert shown(made, "prose").splitlines()[1] == f"Para: See {link}."
    assert made.said("prose") == []


def test_bases_lead_to_where_they_are_documented(book: Path) -> None:
    text = ".. autoclass:: sea.torch.Tide\n\n.. autoclass:: sea.torch.Clock"
    assert "Bases: [`sea.Clock`{.class}](page:page#sea.torch.Clock)" in shown(page(book, rst(text)))


def test_of_two_pages_the_first_has_the_anchor(book: Path) -> None:
    text = rst(".. autoclass:: sea.jax.Tide\n\n.. autoclass:: sea.jax.Tide")
    page(book, text, "another")
    made = page(book, f"# Page\n\n{text}\n:class:`sea.jax.Tide`\n")
    assert identifiers(made, "another") == ["sea.jax.Tide"]
    assert identifiers(made, "page") == []
    assert "(page:another#sea.jax.Tide)" in shown(made)


def test_markdown_links_lead_to_what_is_documented(book: Path) -> None:
    page(book, "# P\n\n[a](page.md#sea.jax.Tide) [b](page.md#sea.jax.Tid)\n", "prose")
    made = page(book, rst(".. autoclass:: sea.jax.Tide"))
    assert made.said("prose") == ["3: The page page has no anchor “sea.jax.Tid”."]


# ---------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        (
            ".. currentmodule:: sea.torch\n\n.. autoclass:: Tid",
            "4: sea.torch has no “Tid”.",
            "Did you mean “Tide”?",
        ),
        (".. autoclass:: sea.jax.Tida", "2: sea.jax has no “Tida”.", "Did you mean “Tide”?"),
        (
            ".. automodule:: sea.torhc",
            "2: The book has no module “sea.torhc”.",
            "Did you mean “sea.torch”?",
        ),
        (
            ".. currentmodule:: sea.jaxx\n",
            "2: The book has no module “sea.jaxx”.",
            "Did you mean “sea.jax”?",
        ),
        (".. autoclass:: Tidy", "2: sea.torch, sea.jax: none has “Tidy”.", "Did you mean “Tide”?"),
        (".. autoclass:: ../etc.x", "2: The book has no module “../etc”.", ""),
    ],
)
def test_what_does_not_exist_is_said_and_shown(book: Path, text: str, said: str, hint: str) -> None:
    made = page(book, rst(text))
    found = made.findings("page")[-1]
    assert f"{found.location.line}: {found.message}" == said
    assert hint in found.hint
    if "auto" in text:
        assert f"  | {text.splitlines()[-1]}" in shown(made)


def test_a_name_without_any_module_is_said(make_book: MakeBook) -> None:
    [found] = page(make_book({"config.ini": config()}), rst(".. autoclass:: Tide")).findings("page")
    assert found.message == "“Tide” is looked up in no module."
    assert "currentmodule" in found.hint


def test_a_module_that_is_no_python_is_said(book: Path) -> None:
    (book / "sea" / "jax.py").write_text("x = 1\nclass Tide(:\n", encoding="utf-8")
    made = page(book, rst(".. autoclass:: sea.jax.Tide"))
    [found] = made.findings("page")
    assert "no Python" in found.message
    assert found.hint.startswith("Line 2")
    assert ".. autoclass:: sea.jax.Tide" in shown(made)


def test_what_is_wrong_in_a_docstring_is_said_where_it_is(book: Path) -> None:
    code = (
        'x = 1\n\ndef wait():\n    """Wait.\n\n    See :numref:`sec_tidse`.\n\n    *Oh.\n    """\n'
    )
    (book / "sea" / "jax.py").write_text(code, encoding="utf-8")
    found = page(book, rst(".. autofunction:: sea.jax.wait")).findings("page")
    assert [(each.location.path.name, each.location.line, each.message) for each in found] == [
        (
            "jax.py",
            8,
            "reStructuredText: Inline emphasis start-string without end-string.",
        ),
        ("jax.py", 6, "The label “sec_tidse” does not exist."),
    ]
    assert found[1].hint == "Did you mean “sec_tides”?"


# ---------------------------------------------------------------- what it costs


def test_a_changed_library_changes_the_page_and_an_unchanged_one_is_not_read_again(
    book: Path,
) -> None:
    def key(made: Documented, name: str = "page") -> object:
        build = made.build
        fresh = build.fresh(name, "en")
        return made.documents.fingerprint(build.book.pages[name], "en", fresh, build.tabs)

    text = rst(".. autoclass:: sea.torch.Tide")
    first = page(book, text)
    before = [key(first), key(first, "tides")]
    assert [key(page(book, text)), key(page(book, text), "tides")] == before
    (book / "sea" / "base.py").write_text("class Other: ...\n", encoding="utf-8")
    after = page(book, text)
    assert key(after) != before[0]
    assert key(after, "tides") == before[1]


@pytest.mark.parametrize("text", ["# Page\n", rst(".. autoclass:: sea.torch.Tide")])
def test_docutils_and_griffe_are_imported_where_there_is_something_to_read(
    book: Path, text: str
) -> None:
    (book / "page.md").write_text(text, encoding="utf-8")
    code = (
        "import sys; from pathlib import Path; from polybook.build import Build;"
        "from polybook.config import read_config;"
        f"Build(read_config(Path({str(book)!r})), (), ()).html();"
        "print('docutils' in sys.modules, 'griffe' in sys.modules)"
    )

    def said() -> str:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        return subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env=environment,
        ).stdout.strip()

    wanted = "autoclass" in text
    assert said() == f"{wanted} {wanted}"
    assert said() == "False False"


def test_a_language_that_is_a_book_of_its_own_has_its_own_library(make_book: MakeBook) -> None:
    page_text = rst(".. autoclass:: Tide") + rst(".. raw:: html\n   :file: front.html")
    root = make_book(
        {
            "config.ini": config(
                languages={"en": "English", "tr": "Türkçe"}, tabs="jax", more=LIBRARY
            ).replace("[build]", "[build]\npage_layout = {lang}/{page}.md"),
            "sea/jax.py": 'class Tide:\n    "Of all."\n',
            "en/page.md": page_text,
            "static/front.html": "<p>all</p>",
            "tr/config.ini": "[build]\ntabs = jax\n[library-jax]\nlib_file = sea/jax.py\n",
            "tr/page.md": page_text,
            "tr/sea/jax.py": 'class Tide:\n    "Türkçe."\n',
            "tr/static/front/front.html": '<img src="boat.svg">',
            "tr/static/front/boat.svg": "<svg/>",
        }
    )
    made = Documented(root)
    english, turkish = (summary(made.document("page", each).blocks) for each in ("en", "tr"))
    assert "Of all." in english
    assert "<p>all</p>" in english
    assert "{#sea.jax.Tide .signature}" in turkish
    assert "Türkçe." in turkish
    assert '<img src="file:tr/static/front/boat.svg">' in turkish
    assert made.said("page", "tr") == []
