"""Whatever stands in a block of reStructuredText, it is read, and pandoc can write it."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from polybook.document.pandoc import write_blocks
from polybook.document.rst import CurrentModule, read_rst
from polybook.document.structure import structure

PIECES = """
.. only:: html and
.. raw:: html
   :file: x
.. autoclass:: A
   :members:
.. currentmodule:: a.b
.. toctree::

   A title <b>
.. |x| replace:: y |x|
.. _x:
.. [1] foot
.. figure:: b.png

   caption
.. list-table::
   :header-rows: 1

   * - a
.. note:: hi
.. contents::
.. role:: r(raw)
   :format: html
.. include:: /etc/hostname
:ref:`x` :class:`~a.b` :r:`<b>` |x| x_ [1]_ `a <b>`__ **
=====
- item
1. one
+---+---+
| a | b |
+---+---+
:field: body
>>> 1
""".splitlines()
texts = st.lists(
    st.one_of(st.sampled_from(PIECES), st.text(max_size=4), st.just("   ")), max_size=30
).map("\n".join)


@settings(max_examples=50, deadline=None)
@given(texts, st.booleans())
def test_any_text_can_be_read_and_written(text: str, docstring: bool) -> None:
    reading = read_rst(text, 0, CurrentModule(), docstring=docstring)
    blocks = structure(json.loads(json.dumps(reading.blocks)))
    assert isinstance(next(write_blocks([blocks], "html5", {})), str)
    assert all(line >= 0 for line, _, _ in reading.findings)


@given(st.text(alphabet="abc \n", max_size=60))
def test_no_word_is_lost(text: str) -> None:
    blocks = read_rst(text, 0, CurrentModule()).blocks
    written = next(write_blocks([blocks], "plain", {}))
    assert "".join(written.split()) == "".join(text.split())
