"""Words of images: fenced ```` ```image-words ```` blocks, one `WORDS IN THE IMAGE = WORDS` a line.

They are the page's own language for what its programs draw, so that one run serves all languages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from polybook.dialect.fences import split_lines


@dataclass(frozen=True, slots=True)
class ImageWord:
    """What stands for `key` in the images of the page; `line` counts from 0 within the block."""

    line: int
    key: str
    text: str


def parse_image_words(body: str) -> Iterator[ImageWord]:
    """Read the body of a block; what is no pair has an empty key or text."""
    for number, line in enumerate(split_lines(body)):
        if line.strip():
            key, _, text = line.partition("=")
            yield ImageWord(number, key.strip(), text.strip())
