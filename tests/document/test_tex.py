"""Formulas as plain text."""

from __future__ import annotations

import pytest

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
