"""Pages made at random: every mark of the dialect, well formed and nested; and damage to texts.

Each word, formula and line of code that a page must show holds a number of its own, so that the
numbers in what was made of the page tell whether anything is lost.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from hypothesis import strategies as st

Texts = st.SearchStrategy[str]

TABS = ("pytorch", "jax", "mxnet")

#: What stands in templates for a number, for the next label, for a label that is given somewhere,
#: and for what one of several strategies draws.
_NUMBER, _LABEL, _GIVEN, _HOLE = "§", "¤", "¢", "…"

_NUMBERS = re.compile(r"(?<!\d)7\d{5}(?!\d)")


def numbers_in(text: str) -> set[str]:
    """Return the numbers of ours that a text holds."""
    return set(_NUMBERS.findall(text))


def _fill(template: str, *parts: Texts) -> Texts:
    """Put what strategies draw into a template, a hole for each."""
    pieces = template.split(_HOLE)
    return st.tuples(*parts).map(
        lambda drawn: "".join(
            each for pair in itertools.zip_longest(pieces, drawn, fillvalue="") for each in pair
        )
    )


def _any(*choices: str | Texts) -> Texts:
    return st.one_of(*(st.just(each) if isinstance(each, str) else each for each in choices))


def _several(texts: Texts, between: str, least: int = 1, most: int = 4) -> Texts:
    return st.lists(texts, min_size=least, max_size=most).map(between.join)


def _indented(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *(rest + line if line else "" for line in lines[1:])])


# ---------------------------------------------------------------- words

_WORDS = _any("wave§", "Rüzgâr§", "波§", "sóng §", "(§),", "§", "don't §", "“§” – 'a'")
_FORMULAS = _any("$x_{§}$", r"$\mathbf{w}^\top + §$", r"$\{§\} \neq \$$", r"$\foo{§}$")
_MARKS_OF_WORDS = _any(
    ":numref:`¢`",
    ":ref:`¢`",
    ":cite:`tanaka`",
    ":citet:`tanaka, kaya`",
    "<!-- nothing -->",
    "[~~on slides alone~~]",
    r"\*§\_",
    "&amp;",
    "a\\\n§",
    "^[a note §]",
)


def _with_words_in(inner: Texts) -> Texts:
    words = _several(inner, " ")
    return _any(
        *(
            _fill(template, words)
            for template in (
                "*…*",
                "**…**",
                "[w …](https://example.org/a_b)",
                "[w …](other.md)",
                "[w …]{.marked}",
                "w ~~…~~",
                "“…”",
                "<b>…</b>",
                "![w …](figure.svg)",
            )
        )
    )


_INLINES = st.recursive(
    _any(_WORDS, _WORDS, _FORMULAS, "`code §`", "``` a`b § ```", _MARKS_OF_WORDS),
    _with_words_in,
    max_leaves=4,
)
# Slide marks may lie within each other if they are of different kinds.
_LINES = _several(
    _any(_INLINES, _INLINES, *(_fill(each, _INLINES) for each in ("[**…**]", "(**… [**a §**]**)"))),
    " ",
)
_IN_CELLS = _INLINES.map(lambda text: text.replace("\\\n", ""))  # in one line
_PARAGRAPHS = _several(_LINES, "\n").map("w {}\n".format)

# ---------------------------------------------------------------- code

_STATEMENTS = _any(
    "x = §",
    "y = d2l.ones(§)  # a note §",
    "z = d2l.reshape(x + §, (1, 2))",
    "text = '''\n  §\n'''",
    "print(f'{d2l.size(x)} §')",
    "import zebra§, ant§",
    "%time x = §",
)


def _in_block(code: str) -> str:
    return "\n".join(f"    {line}" for line in code.split("\n"))


def _compound(inner: Texts) -> Texts:
    block = inner.map(_in_block)
    return _any(
        _fill("def f§(a):  #@save\n    '''About §.'''\n…", block),
        _fill("class A§(d2l.Module):\n…\n", block),
        _fill("for i in range(§):\n…", block),
    )


_CODE = _several(st.recursive(_STATEMENTS, _compound, max_leaves=3), "\n")
_BRANCH = _several(_STATEMENTS, "\n", most=2).map(_in_block)
#: Every branch is one that some tab takes.
_BRANCHES = _any(
    _fill("if tab.selected('jax', 'mxnet'):\n…\nelse:\n…", _BRANCH, _BRANCH),
    _fill(
        "if tab.selected('jax'):\n…\nelif tab.selected(['pytorch']):\n…\nelse:\n…",
        _BRANCH,
        _BRANCH,
        _BRANCH,
    ),
    _fill(
        "if tab.selected('jax', 'mxnet'):\n    if tab.selected('jax'):\n…\n    else:\n…",
        _BRANCH.map(_in_block),
        _BRANCH.map(_in_block),
    ),
    _fill("def f§():\n    if not tab.selected('jax'):\n…\n    return §", _BRANCH.map(_in_block)),
    "x = § if tab.selected('jax') else §",
)
_MARKERS = _any("%%tab all", "%%tab jax, pytorch", "#@tab mxnet", "#@tab all", "# %%tab jax")
_CELLS = _any(
    _fill("```{.python .input}\n…\n…\n```\n", _MARKERS, _CODE),
    _fill("```{.python .input}\n%%tab all\n…\n…\n```\n", _BRANCHES, _BRANCHES),
    _fill("```{.python .input  n=3 #a tags='raises-exception'}\n…\n```\n", _CODE),
    _fill("~~~~{.python .input}\n…\n\n…\n~~~~\n", _MARKERS, _CODE),
    "```{.python .input}\n%%tab all\n#@hide\nhidden = 1\n```\n",
)

# ---------------------------------------------------------------- blocks

_PLAIN_BLOCKS = _any(
    _PARAGRAPHS,
    _PARAGRAPHS,
    _fill("## …\n:label:`¤`\n", _LINES),
    _fill("### … {-}\n", _LINES),
    _fill("w … §\n---\n", _LINES),
    _fill("![…](figure.svg)\n:width:`300px`\n:label:`¤`\n", _LINES),
    "$$x = §$$ :eqlabel:`¤`\n",
    "$$\n\\begin{aligned}\na &= § \\\\\nb &= §\n\\end{aligned}\n$$\n:eqlabel:`¤`\n",
    "\\begin{align}\na &= §\n\\end{align}\n",
    "```bash\nls §\n```\n",
    "    indented code §\n",
    _fill("| a § | b |\n|:--|--:|\n| … | § |\n\n: The caption § :label:`¤`\n", _IN_CELLS),
    "+-----+--------+\n| a   | §      |\n+=====+========+\n| - b | §      |\n+-----+--------+\n",
    "a      § b\n------ --------\n§ b\n\nTable: Of §\n",
    "word §\n\n:   What it means: §\n",
    "| A line §\n| and another §\n",
    "Said before.[^¤]\n\n[^¤]: And said below §.\n",
    "<div class='note'>\n\nInside §\n\n</div>\n",
    "<details><summary>§</summary>\n\n§\n\n</details>\n",
    "------\n",
    "```eval_rst\n.. only:: html\n\n   text §\n```\n",
)


def _with_blocks_in(inner: Texts) -> Texts:
    blocks = _several(inner, "\n", most=3)
    return _any(
        blocks.map(lambda each: _indented(each, "- ", "  ")),
        blocks.map(lambda each: _indented(each, "1. ", "   ")),
        blocks.map(lambda each: "\n".join(f"> {line}" for line in each.split("\n")) + "\n"),
        _fill(":::: {.box}\n…\n::::\n", blocks),
    )


_TEXT_BLOCKS = st.recursive(_PLAIN_BLOCKS, _with_blocks_in, max_leaves=4)
_TAB_TEXTS = _fill(
    ":begin_tab:`…`\n…\n:end_tab:\n",
    _any("jax", "jax, mxnet", "all"),
    _several(_TEXT_BLOCKS, "\n", most=3),
)
_BLOCKS = _any(_TEXT_BLOCKS, _TEXT_BLOCKS, _CELLS, _CELLS, _TAB_TEXTS)


def _numbered(template: str) -> str:
    """Replace the placeholders of a template: each number stands once."""
    numbers, labels = itertools.count(700_001), itertools.count(1)
    text = re.sub(_NUMBER, lambda _: str(next(numbers)), template)
    text = re.sub(
        r"\[\^¤\](.*\n\W*)\[\^¤\]", lambda m: f"[^{(n := next(labels))}]{m[1]}[^{n}]", text
    )
    given = [f"l_{number}" for number in range(1, text.count(_LABEL) + 1)]
    names = iter(given)
    text = re.sub(_LABEL, lambda _: next(names), text)
    return re.sub(_GIVEN, lambda _: given[0] if given else "top", text)


_SETUP = """```{.python .input}
%load_ext d2lbook.tab
tab.interact_select('pytorch', 'jax', 'mxnet')
```
"""

#: Pages in which everything is right.
pages: Texts = _several(_BLOCKS, "\n", least=0, most=8).map(
    lambda blocks: _numbered(f"{_SETUP}# Page §\n:label:`top`\n\n{blocks}")
)

# ---------------------------------------------------------------- damage

_ODD = [
    *("\0", "\r", "\r\n", "\t", "\x0b", "\x0c", "\x1b[31m", "\x7f", "\x85", "\u2028", "\u2029"),
    *("\ufeff", "\ufffe", "\u200b", "\u202e", "\xa0", "\u3000", "İ", "ß", "日本", "न", "👩‍🔬"),
    *("e\u0301", "\U0010ffff", "\ufdd0", "−", "´", "“", "%", "%%", "%(a)s", "${a}"),
]
_PIECES = [
    *("```", "````", "~~~", "```{.python .input}", "```toc", "```eval_rst", "`", "``", "$", "$$"),
    *("%%tab jax", "#@tab all", "%load_ext d2lbook.tab", "tab.interact_select(", ":begin_tab:"),
    *(":end_tab:", ":begin_tab:`jax`", ":label:`a`", ":eqlabel:`a`", ":ref:`a`", ":numref:`a"),
    *(":cite:`a,b`", ":width:`1`", ":bibliography:`works.bib`", "[**", "**]", "(**", "**)"),
    *("[~~", "~~]", "(~~", "~~)", "<!--", "-->", "<div>", "</div>", "<pre>", "<script>", "<br"),
    *("# ", "- ", "> ", "1. ", "    ", "|", "---", "===", ":::", "::: {.a}", "[^1]", "[^1]:"),
    *("\\", "\\begin{align}", "\\end{align}", "{", "}", "{.a #b c=d}", "*", "**", "_", "~", "^"),
    *("&amp;", "&#0;", "&#x110000;", "![](", "[](", "](", "[a]: b", "<http://a>", "Table: ", ": "),
    *("#@hide", "#@save", "#@hide_all", "if tab.selected('jax'):", "else:", "d2l.ones(", '"""'),
    *("---\na: b\n---", "---\n[\n---", "% a", "+---+", "@a", "(@)", "<img src=x>", "\n", "\n\n"),
]
#: Pieces of `config.ini`.
SETTINGS = [
    *("[", "]", "[build]", "[build-tr]", "[languages]", "[framework-]", "[library-jax]", "=", ":"),
    *("tabs =", "tabs = all", "notebooks = **", "lang = xx", "page_layout = {lang}/{page}.md"),
    *("#", ";", ",", "->", "  ", "*", "/", "..", "~", "{page}", "{lang}", "true", "-1", "1e9"),
    *("simple_alias = a -> ", "fluent_alias = a.b(", "args_alias = f(a) -> g(b", "jobs = 0"),
]
_OFFSETS = st.floats(0, 1, exclude_max=True)


@st.composite
def damaged(draw: st.DrawFn, texts: Texts, pieces: Sequence[str] = _PIECES) -> str:
    """Draw a text and damage it: cut it, swap, repeat, and put in what does not belong there."""
    text = draw(texts)
    for _ in range(draw(st.integers(1, 6))):
        first, last = sorted(int(draw(_OFFSETS) * (len(text) + 1)) for _ in range(2))
        piece = draw(st.sampled_from([*pieces, *_ODD]))
        near = first + draw(st.integers(0, 20))
        text = draw(
            st.sampled_from(
                [
                    text[:first] + piece + text[first:],
                    text[:first] + f"\n{piece}\n" + text[first:],
                    text[:first] + piece + text[near:],
                    text[:first] + text[near:],
                    text[:first] + text[last:],
                    text[:last] + text[first:],
                    text[last:] + text[first:last],
                    text[:last],
                ]
            )
        )[:20_000]
    return text


@st.composite
def damaged_bytes(draw: st.DrawFn, texts: Texts) -> bytes:
    """Draw a text, and change some bytes of it."""
    content = bytearray(draw(texts).encode("utf-8", "replace"))
    for _ in range(draw(st.integers(0, 4))):
        at = int(draw(_OFFSETS) * (len(content) + 1))
        content[at : at + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(content)
