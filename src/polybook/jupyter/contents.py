"""A contents manager for Jupyter Server: the pages of a book, which are Markdown, as notebooks.

`PageManager` is the one of Jupyter Server with these differences: pages are notebooks unless they
are asked for as text; what Markdown becomes when it is read as a notebook, and a notebook when it
is written to a Markdown file, is `polybook.jupyter.pages`; a notebook that is renamed to a page
becomes one. All else, such as refusing what is read-only or is not UTF-8, is Jupyter Server's own,
and so are its words.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from tornado.web import HTTPError

from polybook.book import page_of
from polybook.config import CONFIG_NAME, Config, read_config
from polybook.dialect import parse_page
from polybook.errors import PolybookError
from polybook.ipynb import to_text
from polybook.jupyter.kernels import kernel_name
from polybook.jupyter.pages import to_markdown, to_notebook


class PageManager(AsyncLargeFileManager):  # type: ignore[misc] # Jupyter Server is not there
    """Shows the pages of the book in its root folder as notebooks, and saves them as Markdown."""

    @cached_property
    def _book(self) -> Config | None:
        """The configuration of the book; None where there is none."""
        if not Path(self.root_dir, CONFIG_NAME).is_file():
            return None
        try:
            return read_config(Path(self.root_dir))
        except PolybookError as error:
            self.log.error("%s", error)
            return None

    def _config(self, file: str) -> Config | None:
        """Return the configuration that a file is a page by; None if it is no page."""
        if self._book is None:
            return None
        found = page_of(self._book, self._book.root / os.path.relpath(file, self.root_dir))
        return self._book.localised(found[1]) if found else None

    async def get(
        self,
        path: str,
        content: bool = True,
        type: str | None = None,  # noqa: A002 (the base's name)
        format: str | None = None,  # noqa: A002
        require_hash: bool = False,
    ) -> dict[str, Any]:
        """Return what is at a path; a page as a notebook, unless it is asked for as a file."""
        if type is None and format is None and self._config(self._get_os_path(path.strip("/"))):
            type = "notebook"  # noqa: A001
        model: dict[str, Any] = await super().get(path, content, type, format, require_hash)
        return model

    async def _read_notebook(
        self,
        os_path: str,
        as_version: int = 4,
        capture_validation_error: dict[str, Any] | None = None,
        raw: bool = False,
    ) -> Any:
        if not _is_markdown(os_path):
            found = await super()._read_notebook(os_path, as_version, capture_validation_error, raw)
            self._choose_kernel(found[0] if raw else found)
            return found
        text, _, content = await self._read_file(os_path, "text", raw=True)
        page = parse_page(text)
        for slip in (*page.slips, *page.inline_slips):
            self.log.warning("%s:%s: %s %s", os_path, slip.line, slip.message, slip.hint)
        config = self._config(os_path) or self._book
        notebook = to_notebook(text, config.written_tabs if config else ("",))
        if config:
            notebook["metadata"] |= self._kernel(page.tabs(config.written_tabs) or config.tabs)
        read = nbformat.reads(  # type: ignore[no-untyped-call]
            to_text(notebook), as_version, capture_validation_error
        )
        return (read, content) if raw else read

    def _choose_kernel(self, notebook: Any) -> None:
        """Give a notebook that Polybook has built the kernel of its framework."""
        if tab := notebook.metadata.get("polybook", {}).get("tab"):
            notebook.metadata.update(self._kernel([tab]))

    def _kernel(self, tabs: Sequence[str]) -> dict[str, Any]:
        """Return the metadata of the kernel of the first of some tabs that has one."""
        there = self.parent.kernel_spec_manager.get_all_specs()
        for tab in tabs:
            if found := there.get(kernel_name(tab)):
                spec = found["spec"]
                kernel = {"name": kernel_name(tab), "display_name": spec["display_name"]}
                return {
                    "kernelspec": {**kernel, "language": spec["language"]},
                    "language_info": spec["metadata"]["language_info"],
                }
        return {}

    async def _save_notebook(
        self, os_path: str, nb: Any, capture_validation_error: dict[str, Any] | None = None
    ) -> None:
        if not _is_markdown(os_path):
            await super()._save_notebook(os_path, nb, capture_validation_error)
            return
        content = _markdown(nb)
        file = Path(os_path)
        # What is read-only is refused even where nothing has changed: a copy could not be kept.
        if not os.access(file, os.W_OK) or file.read_bytes() != content:
            with self.atomic_writing(os_path, text=False) as stream:
                stream.write(content)

    async def rename_file(self, old_path: str, new_path: str) -> None:
        """Rename a file; a notebook that is to be a page becomes one, and a page a notebook."""
        old, new = (self._get_os_path(path.strip("/")) for path in (old_path, new_path))
        becomes_page = _is_notebook(old) and self._config(new)
        becomes_notebook = self._config(old) and _is_notebook(new)
        if not (becomes_page or becomes_notebook) or not Path(old).is_file():
            await super().rename_file(old_path, new_path)
            return
        notebook = await self._read_notebook(old)
        if becomes_page:
            _markdown(notebook)  # what cannot be a page is not renamed
        await super().rename_file(old_path, new_path)
        await self._save_notebook(new, notebook)

    def mark_trusted_cells(self, nb: Any, path: str = "") -> None:
        """Trust a page: it comes without outputs, so that there is nothing to distrust."""
        if _is_markdown(path):
            self.notary.mark_cells(nb, True)
        else:
            super().mark_trusted_cells(nb, path)


def _is_markdown(path: str) -> bool:
    return path.endswith(".md")


def _is_notebook(path: str) -> bool:
    return path.endswith(".ipynb")


def _markdown(notebook: Mapping[str, Any]) -> bytes:
    """Return the content of the page that a notebook is; what cannot be one is refused."""
    try:
        return to_markdown(notebook).encode()
    except (PolybookError, UnicodeEncodeError) as error:
        raise HTTPError(400, str(error)) from error
