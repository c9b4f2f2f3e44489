"""Docstrings say where definitions are from; methods that are added later join their class."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from polybook.errors import BookError, Location
from polybook.library.classes import put_together, with_label
from polybook.library.saved import Saved


def labelled(code: str) -> str:
    return with_label(dedent(code).strip("\n"), "sec_tide")


def block(code: str, label: str = "") -> Saved:
    return Saved(dedent(code).strip("\n"), label, Location(Path("page.md"), 3))


def test_docstring_ends_with_the_section() -> None:
    code = '''
        @cached
        def rise(x):
            """Rise."""  # slowly
            return x

        class Moon(Body):
            """Two

            paragraphs.
            """
            full = True
    '''
    assert labelled(code).split("\n") == [
        "@cached",
        "def rise(x):",
        '    """Rise.',
        "",
        '    Defined in :numref:`sec_tide`"""  # slowly',
        "    return x",
        "",
        "class Moon(Body):",
        '    """Two',
        "",
        "    paragraphs.",
        "",
        '    Defined in :numref:`sec_tide`"""',
        "    full = True",
    ]


def test_definition_without_docstring_gets_one_behind_its_header() -> None:
    code = """
        def fall(x,
                 y) -> int:

            # towards y
            return y
    """
    assert labelled(code).split("\n") == [
        "def fall(x,",
        "         y) -> int:",
        '    """Defined in :numref:`sec_tide`"""',
        "",
        "    # towards y",
        "    return y",
    ]


def test_class_without_bases_lets_its_first_method_say_it() -> None:
    code = '''
        class Moon:
            """A moon."""
            full = True
            def wane(self):
                self.full = False
            def wax(self):
                pass
    '''
    assert labelled(code).split("\n") == [
        "class Moon:",
        '    """A moon."""',
        "    full = True",
        "    def wane(self):",
        '        """Defined in :numref:`sec_tide`"""',
        "        self.full = False",
        "    def wax(self):",
        "        pass",
    ]


@pytest.mark.parametrize(
    "code",
    ["x = 1", "def f(x): return x", "def f(x):\n    'One line.'\n    return x", "if x:\n    y = 1"],
)
def test_other_code_stays(code: str) -> None:
    assert with_label(code, "sec_tide") == code


def test_no_label_no_change() -> None:
    code = "def f():\n    return 1"
    assert with_label(code, "") == code


def test_methods_join_their_class_in_order() -> None:
    library = put_together(
        [
            block("class Boat:\n    oars = 2\n\nclass Raft(Boat):\n    pass"),
            block("speed = 1"),
            block("@d2l.add_to_class(Boat)\ndef row(self):\n\n    return 1", "sec_row"),
            block("@d2l.add_to_class(d2l.Raft)\n@cached\ndef drift(self):\n    return 2"),
            block("@d2l.add_to_class(Boat)\ndef stop(self):\n    return 3"),
        ]
    )
    assert library.split("\n") == [
        "class Boat:",
        "    oars = 2",
        "",
        "    def row(self):",
        '        """Defined in :numref:`sec_row`"""',
        "    ",
        "        return 1",
        "",
        "    def stop(self):",
        "        return 3",
        "",
        "class Raft(Boat):",
        "    pass",
        "",
        "    @cached",
        "    def drift(self):",
        "        return 2",
        "",
        "speed = 1",
    ]


def test_method_may_stand_beside_its_class_and_other_code() -> None:
    code = """
        import math
        class Boat:
            oars = 2
        @d2l.add_to_class(Boat)
        def row(self):
            return math.pi
        speed = 1
    """
    expected = """
        import math
        class Boat:
            oars = 2

            def row(self):
                return math.pi
        speed = 1
    """
    assert put_together([block(code)]) == dedent(expected).strip("\n")


def test_strings_of_a_method_keep_every_byte_but_docstrings_are_indented() -> None:
    method = '@d2l.add_to_class(A)\ndef f(self):\n    """One\n\n    two."""\n    return """a\n b"""'
    library = put_together([block("class A(B):\n    pass"), block(method)])
    assert library.endswith('        """One\n    \n        two."""\n        return """a\n b"""')


def test_decorator_of_the_page_alone_is_left() -> None:
    code = "@add_to_class(Boat)\ndef row(self):\n    pass"
    assert put_together([block(code)]) == code


def test_class_that_was_not_saved_is_named() -> None:
    with pytest.raises(BookError, match=r"page\.md:3: .*“Ship”"):
        put_together([block("@d2l.add_to_class(Ship)\ndef sink(self):\n    pass")])
