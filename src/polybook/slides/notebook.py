"""A notebook in which slides are marked as Jupyter marks them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from polybook.dialect.comments import without_save_marks
from polybook.document import Document
from polybook.document.ast import Element, Elements, classes_of, pairs_of
from polybook.document.cells import CELL_CLASS
from polybook.document.resources import change_addresses
from polybook.html.body import Address
from polybook.ipynb import Node, markdown_cell, notebook, to_text, with_ids
from polybook.notebooks.markdown import jupyter_blocks

#: Stands between the texts of two cells, so that pandoc writes those of a page at once. No text
#: holds it: its letter is in no font.
_BETWEEN = "<!-- \ue000 -->"


@dataclass(frozen=True)
class SlideNotebook:
    """A notebook that pandoc has still to write the texts of.

    `texts` are for it; `plan` tells of each cell its kind of slide, and its code, None for text.
    """

    texts: Elements
    plan: list[tuple[str, Node | None]]

    def file(self, written: str, framework: str, metadata: Mapping[str, object]) -> str:
        """Return the content of its file.

        Args:
            written: what pandoc has written of the texts.
            framework: the framework's title.
            metadata: what the notebook says of itself.

        """
        ready = iter(part.strip("\n") for part in written.split(_BETWEEN))
        cells: list[Node] = []
        for kind, code in self.plan:
            cell = code or markdown_cell(next(ready))
            slideshow = {"slideshow": {"slide_type": kind}}
            cells.append({**cell, "metadata": {**cell["metadata"], **slideshow}})
        own = {"celltoolbar": "Slideshow", **metadata}
        return to_text(notebook(with_ids(cells), framework, own))


def slide_notebook(document: Document, code: Mapping[int, Node], address: Address) -> SlideNotebook:
    """Return the notebook of a page.

    Args:
        document: the page, its blocks a division for each slide, which are changed as well.
        code: its code cells, by their number on the page.
        address: gives the addresses of links and images.

    """
    change_addresses(document.blocks, address)
    between: Element = {"t": "RawBlock", "c": ["html", _BETWEEN]}
    texts: Elements = []
    plan: list[tuple[str, Node | None]] = []
    for slide in document.blocks:
        kind = "slide"
        for number, blocks in _runs(slide["c"][1]):
            if number < 0:
                texts += [*jupyter_blocks(blocks, document.text_words), between]
                plan.append((kind, None))
            elif number in code:
                plan.append((kind, _without_marks(code[number])))
            else:
                continue
            kind = "-"
    return SlideNotebook(texts, plan)


def _runs(blocks: Elements) -> Iterator[tuple[int, Elements]]:
    """Yield what becomes a cell each: a code cell by its number, -1 with the text between two."""
    for number, several in groupby(
        blocks, lambda each: int(pairs_of(each)["n"]) if CELL_CLASS in classes_of(each) else -1
    ):
        yield number, list(several)


def _without_marks(cell: Node) -> Node:
    source = without_save_marks("".join(cell["source"]))
    return {**cell, "source": source.splitlines(keepends=True)}
