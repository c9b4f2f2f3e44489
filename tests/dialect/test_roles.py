"""Roles: marks of the form name and argument, wherever prose is prose."""

from __future__ import annotations

import pytest

from polybook.dialect.roles import ROLES, Role, find_roles


@pytest.mark.parametrize("name", sorted(ROLES))
def test_every_role_is_found(name: str) -> None:
    prose = f"# Yağmur\n:{name}:`sec_rain`\n"
    assert find_roles(prose) == [Role(name, "sec_rain", 9, 9 + len(name) + 12)]
    assert prose[9:-1] == f":{name}:`sec_rain`"


@pytest.mark.parametrize(
    ("prose", "found"),
    [
        ("bkz. :ref:`a`,:numref:`b`.", [("ref", "a"), ("numref", "b")]),
        ("(:cite:`a, b`) ve :eqref:``c``", [("cite", "a, b"), ("eqref", "c")]),
        (":width:` 40% `", [("width", "40%")]),
        (":cite:`Yağmur.Rüzgâr.2001,\n  Kar.2002` iyi", [("cite", "Yağmur.Rüzgâr.2001, Kar.2002")]),
        (":cite:`a\r\nb`", [("cite", "a b")]),
        (":Ref:`a` :my-role:`b` :x2:`c`", [("Ref", "a"), ("my-role", "b"), ("x2", "c")]),
        (":ref:``", [("ref", "")]),
        ("::ref:`a`", [("ref", "a")]),
        ("$x$ :ref:`a` $y$", [("ref", "a")]),
        ("bir ` iki\n\n:ref:`a` ` üç", [("ref", "a")]),
        ("$$a\n\nb :ref:`x` $$", [("ref", "x")]),
        ("```text\n:ref:`a`\n```\r\n:ref:`b`", [("ref", "b")]),
        ("```text\r\n:ref:`a`\r\n```\r\n:ref:`b`", [("ref", "b")]),
        ("~~~\n:ref:`a`\n~~~~\n:ref:`b`", [("ref", "b")]),
        ("```x``` :ref:`a`\n\n:ref:`b`", [("ref", "a"), ("ref", "b")]),
        ("| a |\n|---|\n\n: :label:`t`", [("label", "t")]),
        ("<!-- :ref:`a` --> :ref:`b` <!-- :ref:`c`", [("ref", "b"), ("ref", "c")]),
    ],
)
def test_role_is_found_outside_of_what_is_protected(
    prose: str, found: list[tuple[str, str]]
) -> None:
    assert [(role.name, role.argument) for role in find_roles(prose)] == found


@pytest.mark.parametrize(
    "prose",
    [
        "`:ref:` and `` :ref:`a` ``",
        "\\:ref: `a`",
        "$:ref:`a`$ and $$\n:ref:`a`\n$$",
        "```\n:ref:`a`\n",
        "    ```\n    :ref:`a`\n    ```\n",
        "> ```\n> :ref:`a`\n> ```\n",
        ":ref:`a\n\nb`",
        ":ref: `a` :1:`b` :ü:`c` 10:30:`d` ref:`e`",
        ":begin_tab:`jax`",
        ":ref:`a``",
        ":ref:`a``b`",
    ],
)
def test_what_looks_like_a_role_is_none(prose: str) -> None:
    assert find_roles(prose) == []


def test_keys_of_a_role_are_its_names() -> None:
    (role,) = find_roles(":cite:`a,b ,\n c,`")
    assert role.keys == ("a", "b", "c")
