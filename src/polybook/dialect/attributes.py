"""The attributes behind a fence: `{.python .input n=3 #id tags="raises-exception"}`.

The form is pandoc's `fenced_code_attributes`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ATTRIBUTE = re.compile(
    r"""\s*(?:
        \#(?P<id>[^\s}]+)
      | \.(?P<class>[^\s}]+)
      | (?P<key>[A-Za-z_][\w:.-]*)\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s}"]+))
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Attributes:
    """What a fence is marked with; `pairs` keeps the order of the file."""

    identifier: str = ""
    classes: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()

    def get(self, key: str, default: str = "") -> str:
        """Return the value of `key`, the last one if it is given twice."""
        return dict(self.pairs).get(key, default)


def parse_attributes(info: str) -> Attributes:
    """Read what stands behind a fence: `{…}`, or one bare word that names a class."""
    info = info.strip()
    if not (info.startswith("{") and info.endswith("}")):
        return Attributes(classes=tuple(info.split()[:1]))
    identifier, classes, pairs = "", [], []
    for found in _ATTRIBUTE.finditer(info[1:-1]):
        if found["id"]:
            identifier = found["id"]
        elif found["class"]:
            classes.append(found["class"])
        else:
            pairs.append((found["key"], found["quoted"] or found["bare"] or ""))
    return Attributes(identifier, tuple(classes), tuple(pairs))
