"""Whether a file is an image as EPUBs may have it; readers' programs show nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from xml.etree import ElementTree

_SVG = "{http://www.w3.org/2000/svg}svg"
#: What a whole file of each kind looks like: the core media types of EPUB 3.3 but SVG.
_LOOKS: Mapping[str, re.Pattern[bytes]] = MappingProxyType(
    {
        suffix: re.compile(pattern, re.DOTALL)
        for suffix, pattern in {
            ".png": rb"\x89PNG\r\n\x1a\n.*IEND.{4}",
            ".jpg": rb"\xff\xd8\xff.*\xff\xd9",
            ".jpeg": rb"\xff\xd8\xff.*\xff\xd9",
            ".gif": rb"GIF8[79]a.*;",
            ".webp": rb"RIFF.{4}WEBP",
        }.items()
    }
)


def is_image(data: bytes, suffix: str) -> bool:
    """Tell whether a file is an image of the kind that its suffix, such as `.png`, says."""
    if suffix == ".svg":
        try:
            return ElementTree.fromstring(data).tag == _SVG
        except ElementTree.ParseError:
            return False
    looks = _LOOKS.get(suffix)
    return looks is not None and looks.match(data) is not None
