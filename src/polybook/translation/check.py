"""`polybook check`: all rules over a book, and their findings as text, as JSON or for GitHub."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from polybook.copies import aside
from polybook.errors import Severity
from polybook.translation.context import Context
from polybook.translation.findings import Finding
from polybook.translation.rules import RULES, TEXT_ALONE
from polybook.translation.silence import silenced

FORMATS = ("text", "json", "github")


def check(context: Context, rules: Sequence[str] = ()) -> list[Finding]:
    """Return what the rules find in a book, all of them if none is named, by file and line."""
    names = list(rules or RULES)
    of_texts = aside(
        lambda: _apply(context, [name for name in names if name in TEXT_ALONE]),
        sum(1 for _ in context.files()),
    )
    found = _apply(context, [name for name in names if name not in TEXT_ALONE]) + of_texts()
    texts = {
        path: context.book.text(path).text
        for page in context.book.pages.values()
        for path in page.sources.values()
    }
    distinct = dict.fromkeys(silenced(found, texts, RULES))
    return sorted(distinct, key=lambda each: (each.location, each.rule))


def _apply(context: Context, names: Sequence[str]) -> list[Finding]:
    return [each for name in names for each in RULES[name](context)]


def show(findings: Sequence[Finding], form: str) -> Iterator[str]:
    """Yield the lines that show findings in one of `FORMATS`."""
    if form == "json":
        yield json.dumps([_as_json(each) for each in findings], ensure_ascii=False, indent=2)
    for each in findings:
        if form == "github":
            yield _as_command(each)
        elif form == "text":
            yield f"{_short(each)}: {each.severity}: {each.message} [{each.rule}]"
            if each.hint:
                yield f"  {each.hint}"
            yield from (f"    {line}" for line in each.detail.splitlines())


def _path(each: Finding) -> str:
    path = each.location.path
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return os.fspath(path)


def _short(each: Finding) -> str:
    return f"{_path(each)}:{each.location.line}" if each.location.line else _path(each)


def _as_json(each: Finding) -> dict[str, object]:
    return {
        "rule": each.rule,
        "severity": each.severity.value,
        "file": _path(each),
        "line": each.location.line,
        "text": each.text,
        "message": each.message,
        "hint": each.hint,
        "detail": each.detail,
    }


def _as_command(each: Finding) -> str:
    """Write a finding as GitHub's command for an annotation.

    Its signs are escaped as docs.github.com, "Workflow commands", says.
    """
    kind = "error" if each.severity is Severity.ERROR else "warning"
    text = "\n".join(part for part in (each.message, each.hint, each.detail) if part)
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    file = _path(each).replace("%", "%25").replace(",", "%2C").replace(":", "%3A")
    return f"::{kind} file={file},line={max(each.location.line, 1)},title={each.rule}::{text}"
