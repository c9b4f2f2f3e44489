"""What readers can take with them: a page's notebooks, the book as PDF and EPUB.

The site carries those that have been made, each under its path in the output folder. Pages of the
site never wait for them: they are made in commands of their own, or before it in the same one.
"""

from __future__ import annotations

import filecmp
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

from polybook.book import Book, matches
from polybook.document.volume import file_name
from polybook.folder import link_or_copy
from polybook.notebooks.alone import alone
from polybook.notebooks.hosts import COLAB, Host
from polybook.notebooks.shelves import folder_name

#: The folder of the site that holds them.
FOLDER = "_downloads"

_COLAB = "https://colab.research.google.com/github"


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is for one framework: paths below the output folder, empty where there is none.

    `colab` is an address; where Colab fetches the notebook from, nobody has looked.
    """

    tab: str
    notebook: str = ""
    bare: str = ""
    colab: str = ""
    pdf: str = ""
    epub: str = ""

    @property
    def paths(self) -> list[str]:
        """The files of the site, below the folder of its downloads."""
        return [each for each in (self.notebook, self.bare, self.pdf, self.epub) if each]

    def __bool__(self) -> bool:
        return bool(self.paths or self.colab)


@dataclass(frozen=True, slots=True)
class Download:
    """A file of the site that is one of those in the output folder, under a further name."""

    source: Path

    def is_at(self, path: Path) -> bool:
        """Tell whether a file has the same content."""
        return path.samefile(self.source) or filecmp.cmp(path, self.source, shallow=False)

    def write(self, path: Path) -> None:
        """Give the file its further name."""
        link_or_copy(self.source, path)


@dataclass(frozen=True, slots=True)
class LoneNotebook:
    """A notebook of those in the output folder, which is taken without what lies beside it there.

    One that shows nothing of that is the same file under a further name.
    """

    source: Path
    root: Path

    def is_at(self, path: Path) -> bool:
        """Tell whether a file has the same content."""
        if path.samefile(self.source):
            return True
        content = alone(self.source, self.root) or self.source.read_bytes()
        return path.stat().st_size == len(content) and path.read_bytes() == content

    def write(self, path: Path) -> None:
        """Make the file."""
        content = alone(self.source, self.root)
        if content is None:
            link_or_copy(self.source, path)
        else:
            path.write_bytes(content)


class Downloads:
    """The downloads of a book.

    Args:
        book: the book.

    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self._output = book.config.output

    def of_book(self, language: str, tabs: Sequence[str]) -> list[Offer]:
        """Return what there is of the book as a whole, in a language for some tabs."""
        offers = (Offer(tab, **self._volumes[language, tab]) for tab in tabs)
        return [offer for offer in offers if offer]

    def of_page(self, page: str, language: str, tabs: Sequence[str]) -> list[Offer]:
        """Return what there is of a page, whose code is for these tabs, and of its book."""
        offers = (
            Offer(
                tab,
                self._made(f"notebooks/{self._folder(language, tab)}/{page}.ipynb"),
                self._made(f"notebooks/without-outputs/{self._folder(language, tab)}/{page}.ipynb"),
                self._colab(page, language, tab),
                **self._volumes[language, tab],
            )
            for tab in tabs
        )
        return [offer for offer in offers if offer]

    def file(self, path: str) -> Download | LoneNotebook:
        """Return the file of a path that an offer has."""
        if path.endswith(".ipynb"):
            return LoneNotebook(self._output / path, self._output / "notebooks")
        return Download(self._output / path)

    def _folder(self, language: str, tab: str) -> str:
        return folder_name(self._book, language, tab)

    def _made(self, path: str) -> str:
        return path if (self._output / path).is_file() else ""

    @cached_property
    def _volumes(self) -> Mapping[tuple[str, str], Mapping[str, str]]:
        """The PDF and the EPUB of each language and tab."""
        return {
            (language.code, tab): {
                kind: self._made(f"{kind}/{file_name(self._book, language.code, tab, f'.{kind}')}")
                for kind in ("pdf", "epub")
            }
            for language in self._book.config.languages
            for tab in self._book.config.tabs
        }

    # ------------------------------------------------------------ Colab

    @cached_property
    def _repositories(self) -> Mapping[tuple[str, str], str]:
        """The repository of each language and tab for Colab; empty where there is none."""
        return {
            (language.code, tab): Host(
                COLAB, self._book.config.localised(language.code), language.code, tab
            ).repository
            for language in self._book.config.languages
            for tab in self._book.config.tabs
        }

    @cached_property
    def _shared(self) -> Counter[str]:
        return Counter(self._repositories.values())

    def _colab(self, page: str, language: str, tab: str) -> str:
        """Return where Colab opens a page's notebook.

        A repository of one language and tab alone has their notebooks at its root, as d2lbook's
        have; one that they share has the folders that `polybook build colab` makes.
        """
        settings = self._book.config.localised(language).colab
        repository = self._repositories[language, tab]
        if not repository or any(matches(f"{page}.md", each) for each in settings.exclusions):
            return ""
        folder = f"{self._folder(language, tab)}/" if self._shared[repository] > 1 else ""
        path = quote(f"{repository}/blob/{settings.github_branch}/{folder}{page}.ipynb")
        return f"{_COLAB}/{path}"
