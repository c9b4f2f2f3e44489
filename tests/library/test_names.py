"""Aliases are defined in the library, so that code which was not rewritten runs as well."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

from polybook.dialect.aliases import parse_aliases, rewrite_aliases
from polybook.library.names import alias_code

SECTION = {
    "lib_name": "math",
    "alias": "\ntau = 6.28\ntwice = lambda x: 2 * x",
    "simple_alias": "pi, exp(, root -> sqrt",
    "fluent_alias": "upper, halves -> strip().split",
    "args_alias": "power(a_x, by=2) -> pow(a_x, by)",
}


def test_every_alias_is_a_name_of_the_library() -> None:
    library: dict[str, Any] = {"math": math}
    exec(alias_code(SECTION), library)
    assert library["tau"] == 6.28
    assert library["twice"](2) == 4
    assert (library["pi"], library["exp"](0), library["root"](9)) == (math.pi, 1, 3)
    assert library["upper"]("tide") == "TIDE"
    assert library["halves"](" high-low ", "-") == ["high", "low"]
    assert library["power"](3, by=3) == 27


def test_aliases_mean_the_same_whether_they_are_rewritten_or_not() -> None:
    library: dict[str, Any] = {"math": math}
    exec(alias_code(SECTION), library)
    names = {"d2l": SimpleNamespace(**library), "math": math}
    aliases = parse_aliases(SECTION)
    for code in ["d2l.root(d2l.exp(2))", "d2l.upper('a' + 'b')", "d2l.power(d2l.pi, by=2)"]:
        rewritten = rewrite_aliases(code, aliases)
        assert rewritten != code
        assert eval(rewritten, names) == eval(code, names)


def test_code_of_aliases_comes_before_the_others() -> None:
    assert (
        alias_code({"lib_name": "np", "alias": "a = 1", "simple_alias": "b"}) == "a = 1\n\nb = np.b"
    )


def test_section_without_aliases_defines_nothing() -> None:
    assert (
        alias_code({"lib_file": "d2l/x.py", "lib_name": "np", "reverse_alias": "d2l.a -> b"}) == ""
    )
