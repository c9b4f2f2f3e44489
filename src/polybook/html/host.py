"""A folder that a book names for its site, which its host may have files of its own in."""

from __future__ import annotations

from collections.abc import Sequence

from polybook.config import Config
from polybook.errors import BookError, Location

#: A file that tells a site of ours, and files that GitHub Pages and others read at a site's root.
_OURS = "_static/choice.js"
_HOSTS = frozenset({"CNAME"})


def kept_by_host(config: Config) -> Sequence[str]:
    """Return what stays in `[build] html_dir` though it is no part of the site.

    Those are hidden files, such as `.nojekyll`, and those that hosts give a meaning to. What lies
    in the output folder belongs to builds alone.

    Raises:
        BookError: something else is in the folder, which a build would remove.

    """
    folder = config.site
    if not config.build.html_dir or not folder.is_dir():
        return ()
    names = [path.name for path in folder.iterdir()]
    kept = [name for name in names if name.startswith(".") or name in _HOSTS]
    ours = len(kept) == len(names) or (folder / _OURS).is_file()
    if not ours or (folder / ".git").is_dir():
        raise BookError(
            f"html_dir: “{config.build.html_dir}” holds something else than a site of Polybook's.",
            hint="Name a folder of its own, or empty this one: a build replaces what is in it.",
            location=Location(config.path),
        )
    return kept
