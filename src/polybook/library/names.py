"""The aliases as code: what a library file defines so that `d2l.NAME` works as it stands."""

from __future__ import annotations

from collections.abc import Mapping

from polybook.dialect.aliases import parse_entries


def alias_code(section: Mapping[str, str]) -> str:
    """Return the definitions of all aliases of a section `[library-TAB]`; empty if it has none.

    `alias` is code and comes first; the others are what `polybook.dialect.aliases` says of them.
    """
    parts = []
    if code := section.get("alias", "").strip():
        parts.append(f"{code}\n")
    if library := section.get("lib_name", "").strip():
        parts += [
            f"{name.removesuffix('(')} = {library}.{target.removesuffix('(')}"
            for name, target in parse_entries(section.get("simple_alias", ""))
        ]
        parts += [
            f"{name} = lambda x, *args, **kwargs: x.{target}(*args, **kwargs)"
            for name, target in parse_entries(section.get("fluent_alias", ""))
        ]
        parts += [
            f"def {signature}:\n    return {target}"
            for signature, target in parse_entries(section.get("args_alias", ""), commas=False)
        ]
    return "\n".join(parts)
