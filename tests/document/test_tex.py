"""Formulas as plain text, and as TeX that pandoc converts."""

from __future__ import annotations

import pytest

from polybook.document.old_tex import renewed
from polybook.document.tex import readable


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"1\times 1", "1 × 1"),
        (r"\ell_2", "ℓ₂"),
        (r"x^{-1}", "x⁻¹"),
        (r"\mathbf{W}_{hh}", "W_hh"),
        (r"\alpha, \Sigma, \varepsilon", "α, Σ, ε"),
        (r"\log x \quad \operatorname{softmax}(\mathbf x)", "log x softmax(x)"),
        (r"\mathrm{KL}(P \| Q)", "KL(P | Q)"),
        (r"\left(a\right)", "(a)"),
        ("k", "k"),
        ("\\", ""),
    ],
)
def test_formula_as_text(tex: str, text: str) -> None:
    assert readable(tex) == text


@pytest.mark.parametrize(
    ("tex", "instead"),
    [
        (r"\begin{bmatrix} a \\ b \\ \end{bmatrix}", r"\begin{bmatrix} a \\ b \end{bmatrix}"),
        (r"\dbinom{n}{k} \bmod 2", r"\binom{n}{k} \;\mathrm{mod}\; 2"),
        (r"\textcolor{red}{x}", "{x}"),
    ],
)
def test_what_pandoc_takes_for_something_else_is_written_in_its_way(tex: str, instead: str) -> None:
    assert renewed(tex) == (instead, "")
