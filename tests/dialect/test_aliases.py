"""Aliases of the library are replaced where they stand, and nothing else of the code changes."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polybook.dialect.aliases import parse_aliases, rewrite_aliases

SECTION = {
    "lib_name": "wave",
    "simple_alias": """ones, zeros, exp(, log, abs,
        float32, tensor -> array, normal -> random.normal
        batch -> nd.batch""",
    "fluent_alias": "numpy -> detach().numpy, reshape, size -> numel, reduce_sum -> sum, to,",
    "args_alias": "randn(size, device=None) -> rng.draw(shape=size, where=device)\n"
    "pad(a_data, width, mode='zero') -> wave.pad(a_data, width, how=mode)\n"
    "half(a_data) -> a_data / 2",
    "reverse_alias": "d2l.Layer -> nn.Block\nd2l.sigmoid -> wave.special.sigmoid",
}
ALIASES = parse_aliases(SECTION)


def rewritten(code: str) -> str:
    return rewrite_aliases(code, ALIASES)


# ---------------------------------------------------------------- simple and reverse aliases


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("d2l.ones((2, 3))", "wave.ones((2, 3))"),
        ("d2l.tensor([1, 2])", "wave.array([1, 2])"),
        ("d2l.normal(0, 1, (2,))", "wave.random.normal(0, 1, (2,))"),
        ("d2l.batch(x)", "wave.nd.batch(x)"),
        ("x = d2l.zeros(3, dtype=d2l.float32)", "x = wave.zeros(3, dtype=wave.float32)"),
        ("steps = map(d2l.log, values)", "steps = map(wave.log, values)"),
        ("class Shore(d2l.Layer):\n    pass", "class Shore(nn.Block):\n    pass"),
        ("@d2l.Layer\ndef f(): ...", "@nn.Block\ndef f(): ..."),
        ("d2l.sigmoid(d2l.exp(x))", "wave.special.sigmoid(wave.exp(x))"),
        ("d2l.float32.itemsize", "wave.float32.itemsize"),
        ("(d2l\n .ones)(2)", "(wave.ones)(2)"),
    ],
)
def test_name_is_replaced(code: str, expected: str) -> None:
    assert rewritten(code) == expected


def test_entry_with_an_opening_bracket_is_for_calls_alone() -> None:
    assert rewritten("d2l.exp(x); f = d2l.exp") == "wave.exp(x); f = d2l.exp"


def test_alias_is_a_whole_name() -> None:
    code = "d2l.log_rmse(d2l.ones_like(x), d2l.expand(x), my.d2l.ones(2), d2lx.ones(2))"
    assert rewritten(code) == code


def test_name_that_is_assigned_stays() -> None:
    assert rewritten("d2l.ones = d2l.zeros\ndel d2l.log") == "d2l.ones = wave.zeros\ndel d2l.log"


def test_reverse_alias_goes_before_a_simple_one() -> None:
    section = {"lib_name": "wave", "simple_alias": "ones", "reverse_alias": "d2l.ones -> full(1)"}
    assert rewrite_aliases("d2l.ones.x", parse_aliases(section)) == "full(1).x"


def test_target_that_is_an_operation_is_bracketed() -> None:
    aliases = parse_aliases({"reverse_alias": "d2l.pi -> 22 / 7"})
    assert rewrite_aliases("d2l.pi ** 2", aliases) == "(22 / 7) ** 2"


# ---------------------------------------------------------------- fluent aliases


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("d2l.numpy(x)", "x.detach().numpy()"),
        ("d2l.reshape(x, (1, -1))", "x.reshape((1, -1))"),
        ("d2l.reduce_sum(x, axis=0, keepdims=True)", "x.sum(axis=0, keepdims=True)"),
        ("d2l.to(net, **options)", "net.to(**options)"),
        ("d2l.reshape(x, *shape)", "x.reshape(*shape)"),
        ("d2l.size(x,)", "x.numel()"),
        ("d2l.numpy(x)[0].T", "x.detach().numpy()[0].T"),
        ("-d2l.size(x) ** 2", "-x.numel() ** 2"),
        ("d2l.numpy(f(x)(y))", "f(x)(y).detach().numpy()"),
        ("d2l.numpy(rows[:, a+b])", "rows[:, a+b].detach().numpy()"),
        ("d2l.reshape('%s' % x, 1)", "('%s' % x).reshape(1)"),
        ("d2l.size('a(b,c' \"#\")", "'a(b,c' \"#\".numel()"),
    ],
)
def test_call_becomes_a_call_of_the_first_argument(code: str, expected: str) -> None:
    assert rewritten(code) == expected


@pytest.mark.parametrize(
    "receiver",
    [
        "a + b",
        "a**2",
        "-a",
        "not a",
        "a if b else c",
        "lambda: a",
        "a or b",
        "a < b",
        "1",
        "2.5",
        "a := b",
    ],
)
def test_receiver_is_bracketed_where_precedence_demands_it(receiver: str) -> None:
    assert rewritten(f"x = d2l.reshape({receiver}, 2)") == f"x = ({receiver}).reshape(2)"


def test_receiver_is_bracketed_after_await() -> None:
    code = "async def f():\n    return d2l.size(await g())"
    assert rewritten(code) == "async def f():\n    return (await g()).numel()"


@pytest.mark.parametrize(
    "receiver",
    [
        "a.b",
        "a[0]",
        "a()",
        "[a, b]",
        "{a: b}",
        "{a}",
        "(a, b)",
        "(a + b)",
        "((a + b))",
        "'text'",
        "f'{a}'",
        "[a for a in b]",
        "(a for a in b)",
    ],
)
def test_receiver_keeps_its_own_form_elsewhere(receiver: str) -> None:
    assert rewritten(f"x = d2l.reshape({receiver}, 2)") == f"x = {receiver}.reshape(2)"


def test_generator_without_brackets_of_its_own_gets_those_of_the_call() -> None:
    assert rewritten("d2l.size(a for a in b)") == "(a for a in b).numel()"


def test_line_breaks_stay_where_they_were() -> None:
    code = """
y = d2l.reshape(
    d2l.tensor([1,
                2]),
    (blocks,  # of the input
     -1))
"""
    expected = """
y = wave.array([1,
                2]).reshape(
    (blocks,  # of the input
     -1))
"""
    assert rewritten(code) == expected


def test_receiver_that_relied_on_the_brackets_for_its_line_breaks_gets_its_own() -> None:
    code = "d2l.reshape(x\n            .T, 3)\nd2l.size(a +\n  b)"
    assert rewritten(code) == "(x\n            .T).reshape(3)\n(a +\n  b).numel()"


def test_comments_within_the_call_are_kept() -> None:
    code = """
d2l.reshape(  # to rows,
    x,  # the (raw) input
    2)
d2l.numpy(x  # an x, as it is
          )
d2l.size((  # ((
    x))
"""
    expected = """
x.reshape(  # to rows,
      # the (raw) input
    2)
x.detach().numpy(  # an x, as it is
          )
(  # ((
    x).numel()
"""
    assert rewritten(code) == expected


def test_aliases_within_aliases_are_replaced() -> None:
    code = "d2l.reshape(d2l.reduce_sum(d2l.abs(a - d2l.ones(2)), 1), (d2l.size(b), d2l.log(c)))"
    expected = "wave.abs(a - wave.ones(2)).sum(1).reshape((b.numel(), wave.log(c)))"
    assert rewritten(code) == expected


@pytest.mark.parametrize(
    "code", ["d2l.size()", "d2l.reshape(*arguments)", "f = d2l.reshape", "d2l.to(x=1)", "numpy(x)"]
)
def test_call_without_a_first_argument_stays(code: str) -> None:
    assert rewritten(code) == code


def test_bracketed_function_stays_and_its_arguments_are_replaced() -> None:
    assert rewritten("1 if a else(d2l.size)(d2l.abs(x))") == "1 if a else(d2l.size)(wave.abs(x))"


# ---------------------------------------------------------------- aliases with arguments


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("d2l.randn(size=(1, 2))", "rng.draw(shape=(1, 2))"),
        ("d2l.randn(device=d2l.zeros(1), size=n)", "rng.draw(shape=n, where=wave.zeros(1))"),
        ("d2l.randn(size=a + b)", "rng.draw(shape=a + b)"),
        ("d2l.pad(x, width=2)", "wave.pad(x, 2)"),
        ("d2l.pad(d2l.abs(x), mode='a', width=w)", "wave.pad(wave.abs(x), w, how='a')"),
        ("d2l.half(a + b).T", "((a + b) / 2).T"),
        ("1 / d2l.half(a)", "1 / (a / 2)"),
        (
            "d2l.randn(\n    size=(1,  # rows\n          2))",
            "rng.draw(shape=(1,  # rows\n          2))",
        ),
    ],
)
def test_arguments_take_the_places_of_their_names(code: str, expected: str) -> None:
    assert rewritten(code) == expected


@pytest.mark.parametrize(
    "code",
    [
        "d2l.randn((1, 2))",
        "d2l.randn(shape=2)",
        "d2l.randn(**options)",
        "d2l.pad(x)",
        "d2l.pad(*x, width=1)",
        "d2l.half()",
    ],
)
def test_call_that_does_not_fit_stays(code: str) -> None:
    assert rewritten(code) == code


# ---------------------------------------------------------------- what is no alias


def test_strings_and_comments_keep_every_byte() -> None:
    code = """
# d2l.ones(2) and d2l.numpy(x)
text = 'd2l.ones(2)' "d2l.numpy(x)"  # d2l.log
def f():
    '''Like d2l.reshape(x, 1).'''
    return  d2l.abs( x )   ;  # d2l.abs
"""
    assert rewritten(code) == code.replace("return  d2l.abs(", "return  wave.abs(")


def test_imports_stay_in_their_order() -> None:
    code = "from d2l import wave as d2l\nimport zlib, abc\nimport os\nd2l.ones(1)"
    assert rewritten(code) == code.replace("d2l.ones", "wave.ones")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (
            'f"{d2l.numpy(x):.3f} of {d2l.size(x)!r}"',
            'f"{x.detach().numpy():.3f} of {x.numel()!r}"',
        ),
        ('f"{{d2l.ones}} d2l.ones {d2l.ones}"', 'f"{{d2l.ones}} d2l.ones {wave.ones}"'),
        ('f"é {d2l.size(a + b)}"', 'f"é {(a + b).numel()}"'),
        ('f"{x:{d2l.size(w)}}"', 'f"{x:{w.numel()}}"'),
        ('f"{d2l.size({1})}"', 'f"{ {1}.numel()}"'),
        ('"d2l.log" f"""\n{d2l.log}\n"""', '"d2l.log" f"""\n{wave.log}\n"""'),
    ],
)
def test_expressions_of_f_strings_are_code(code: str, expected: str) -> None:
    assert rewritten(code) == expected


def test_magics_stay() -> None:
    code = "%matplotlib inline\n!echo d2l.ones\nx = d2l.ones(7\n  % 3)\n%timeit d2l.ones(2)\n"
    assert rewritten(code) == code.replace("x = d2l.ones", "x = wave.ones")


@pytest.mark.parametrize("code", ["d2l.ones(", "print d2l.ones(2)", "\0d2l.ones(2)", ""])
def test_what_is_not_python_stays(code: str) -> None:
    assert rewritten(code) == code


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_any_kind_of_line_break_stays(end: str) -> None:
    code = end.join(["é = 'ü'", "d2l.size(", "  x)", "d2l.reshape(x,", "  3)", ""])
    expected = end.join(["é = 'ü'", "x.numel()", f"x.reshape({end}  3)", ""])
    assert rewritten(code) == expected


# ---------------------------------------------------------------- the configuration


def test_section_without_the_name_of_a_library_has_reverse_aliases_alone() -> None:
    section = {key: text for key, text in SECTION.items() if key != "lib_name"}
    code = "d2l.ones(d2l.Layer, d2l.size(x), d2l.half(x))"
    assert rewrite_aliases(code, parse_aliases(section)) == code.replace("d2l.Layer", "nn.Block")


def test_regular_expression_is_unused_and_said_to_be() -> None:
    entry = r"d2l.size\(([\w\_\d]+)\) -> \1.size"
    aliases = parse_aliases({"lib_name": "np", "reverse_alias": f"\n{entry}\nd2l.a -> b.c"})
    assert aliases.unused == (entry,)
    assert rewrite_aliases("d2l.size(y) + d2l.a", aliases) == "d2l.size(y) + b.c"


@pytest.mark.parametrize(
    ("key", "entry"),
    [
        ("simple_alias", "two words"),
        ("simple_alias", "x -> 3 y"),
        ("simple_alias", "x -> "),
        ("fluent_alias", "x -> y("),
        ("fluent_alias", "x.y -> z"),
        ("args_alias", "f -> g(x)"),
        ("args_alias", "f(*a) -> g(a)"),
        ("args_alias", "f(a) -> g("),
        ("reverse_alias", "d2l.x -> # nothing"),
    ],
)
def test_entry_that_is_no_python_is_unused(key: str, entry: str) -> None:
    aliases = parse_aliases({"lib_name": "wave", key: entry})
    assert aliases.unused == (entry,)


def test_no_section_no_change() -> None:
    assert rewrite_aliases("d2l.ones(2)", parse_aliases({})) == "d2l.ones(2)"


# ---------------------------------------------------------------- what always holds

_NAMES = st.sampled_from(["a", "é", "d2l.float32", "d2l.ones", "self.x", "'d2l.log'", "1", "..."])


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    calls = ["ones", "numpy", "reshape", "reduce_sum", "half", "randn", "pad", "exp", "plot"]
    gap = st.sampled_from(["", " ", "\n", "  # a (note,\n"])
    return st.one_of(
        st.builds("({} + {})".format, inner, inner),
        st.builds("{} if {} else {}".format, inner, inner, inner),
        st.builds("(lambda: {})".format, inner),
        st.builds("-{}".format, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{{}: {}}}".format, inner, inner),
        st.builds("{}[{}:{}]".format, inner, inner, inner),
        st.builds("({} for z in {})".format, inner, inner),
        st.builds("d2l.{}({})".format, st.sampled_from(calls), inner),
        st.builds(
            "d2l.{}({}{}{}, {}k={})".format, st.sampled_from(calls), gap, inner, gap, gap, inner
        ),
        st.builds("d2l.{}({}{},{}{})".format, st.sampled_from(calls), gap, inner, gap, inner),
        st.builds("d2l.pad({}, width={})".format, inner, inner),
        st.builds("({}\n.T)".format, inner),
        inner.map(lambda code: f'f"{{{code}}}"' if '"' not in code and "\n" not in code else code),
    )


_EXPRESSIONS = st.recursive(_NAMES, _larger, max_leaves=12)


@settings(deadline=None, max_examples=300)
@given(_EXPRESSIONS)
def test_what_can_be_parsed_can_be_parsed_afterwards(expression: str) -> None:
    code = f"x = ({expression}\n)"
    try:
        before = ast.parse(code)
    except SyntaxError:
        return
    after = ast.parse(rewritten(code))
    assert ast.unparse(after) == ast.unparse(_Expected().visit(before))


class _Expected(ast.NodeTransformer):
    """The same replacements, made in the tree."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        self.generic_visit(node)
        match node:
            case ast.Attribute(value=ast.Name(id="d2l"), attr="ones" | "float32" as name):
                return ast.Attribute(ast.Name("wave"), name, ast.Load())
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        name = ast.unparse(node.func)
        self.generic_visit(node)
        given = [each.arg for each in node.keywords]
        match name.removeprefix("d2l."):
            case "exp":
                node.func = ast.Attribute(ast.Name("wave"), "exp", ast.Load())
            case "numpy" | "reshape" | "reduce_sum" as alias:
                receiver, *node.args = node.args
                for part in ALIASES.fluent[alias].split("."):
                    attribute = ast.Attribute(receiver, part.removesuffix("()"), ast.Load())
                    receiver = attribute if part[-1] != ")" else ast.Call(attribute, [], [])
                node.func = receiver
            case "half" if len(node.args) == 1 and not given:
                return ast.BinOp(node.args[0], ast.Div(), ast.Constant(2))
            case "pad" if len(node.args) == 1 and given == ["width"]:
                node.func = ast.Attribute(ast.Name("wave"), "pad", ast.Load())
                node.args, node.keywords = [*node.args, node.keywords[0].value], []
        return node
