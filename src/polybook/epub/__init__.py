"""EPUBs: the whole book, one for each language and framework, written by pandoc.

`epub/NAME-tr-pytorch.epub` is the book in Turkish for PyTorch.
"""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import tempfile
import uuid
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from polybook.book import Book
from polybook.cache import ContentCache, code_digest, digest
from polybook.document import Documents, Fresh
from polybook.document.ast import Elements, text
from polybook.document.pandoc import pandoc_path
from polybook.document.volume import Part, file_name, find_place, other_names, parts
from polybook.epub.body import Body, without_lost_links
from polybook.epub.images import is_image
from polybook.errors import Diagnostic, Location, PandocError, Severity, quoted
from polybook.folder import write_folder
from polybook.html.formulas import mend_formulas, unconverted
from polybook.pdf.fonts import fonts_for, search
from polybook.words import words

__all__ = ["EpubReport", "build_epubs"]

_HERE = Path(__file__).parent
_ARGUMENTS = (
    *("--from=json", "--to=epub3", "--mathml", "--toc", "--toc-depth=3", "--split-level=2"),
    *("--wrap=none", "--epub-cover-image=cover.png"),
    *("--css=style.css", "--output=made.epub"),
)
# In HTML a formula needs no namespace; here it does.
_MATH = re.compile(r"<math(?= display|>)")
_NAMED = '<math xmlns="http://www.w3.org/1998/Math/MathML"'
# What pandoc calls a part of a book that begins below a chapter, and the words that it begins with.
_FILE_NAME = re.compile(r"(?<=<title>)ch\d+\.xhtml(?=</title>)")
_HEADING = re.compile(r"<h[1-6][^>]*>(.*?)</h[1-6]>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_MOMENT = (2000, 1, 1, 0, 0, 0)  # when nothing was made: the same book is the same file


@dataclass(frozen=True)
class EpubReport:
    """What came of a build of EPUBs."""

    folder: Path
    epubs: int
    changed: Sequence[str]
    diagnostics: Sequence[Diagnostic]


@dataclass(frozen=True)
class _Target:
    """An EPUB to be."""

    name: str
    language: str
    tab: str
    key: str


def build_epubs(
    book: Book,
    documents: Documents,
    fresh: Mapping[tuple[str, str], Fresh],
    languages: Sequence[str],
    tabs: Sequence[str],
) -> EpubReport:
    """Build the EPUBs of a book.

    Args:
        book: the book.
        documents: its documents, parsed for `languages`.
        fresh: what the programs of each page have left, by page and language.
        languages: the languages to build; the EPUBs of the others stay as they are.
        tabs: the tabs to build; likewise.

    Raises:
        OSError: they cannot be written; the old ones are still whole.
        PandocError: pandoc refuses a book.

    """
    return _Builder(book, documents, fresh, languages, tabs).build()


class _Builder:
    def __init__(
        self,
        book: Book,
        documents: Documents,
        fresh: Mapping[tuple[str, str], Fresh],
        languages: Sequence[str],
        tabs: Sequence[str],
    ) -> None:
        self.book = book
        self.documents = documents
        self.fresh = fresh
        self.languages = languages
        self.tabs = tabs
        self.parts = {language: list(parts(book, language)) for language in languages}
        cache = book.config.output / ".cache"
        self.made = ContentCache(cache / "epub", ".epub")
        self.found = ContentCache(cache / "epub-findings", ".json")

    def build(self) -> EpubReport:
        targets = list(self._targets())
        missing = [
            each
            for each in targets
            if self.found.get(each.key) is None or self.made.get(each.key) is None
        ]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(self._make, missing))
        files = {each.name: self.made.get(each.key) or b"" for each in targets}
        found = [each for target in targets for each in self._findings(target)]
        kept = other_names(self.book, self.languages, self.tabs, ".epub")
        folder = self.book.config.output / "epub"
        changed = write_folder(folder, files, kept)
        if not kept:
            self.made.forget_others()
            self.found.forget_others()
        return EpubReport(folder, len(targets), changed, list(dict.fromkeys(found)))

    def _targets(self) -> Iterator[_Target]:
        for language in self.languages:
            pages = [
                (part.depth, part.front, self._fingerprint(part, language))
                for part in self.parts[language]
            ]
            for tab in self.tabs:
                name = file_name(self.book, language, tab, ".epub")
                key = digest(
                    code_digest(),
                    pages,
                    self._metadata(language, tab),
                    list(self._titles(language).items()),
                    self._told(language, tab),
                )
                yield _Target(name, language, tab, key)

    def _fingerprint(self, part: Part, language: str) -> Any:
        fresh = self.fresh[part.page.name, language]
        return self.documents.fingerprint(part.page, language, fresh, ())

    def _titles(self, language: str) -> dict[str, str]:
        return self.book.config.localised(language).titles

    def _metadata(self, language: str, tab: str) -> dict[str, str]:
        project = self.book.config.localised(language).project
        name = file_name(self.book, language, tab, ".epub")
        identity = f"{self.book.config.html.base_url}{name}"
        metadata = {
            "title": self.documents.book_title(language),
            "subtitle": self._titles(language).get(tab, tab),
            "author": project.author,
            "description": project.description,
            "rights": project.copyright,
            "lang": language,
            "toc-title": words(language)("Contents"),
            "identifier": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, identity)}",
        }
        return {key: value for key, value in metadata.items() if value}

    def _told(self, language: str, tab: str) -> dict[str, Any]:
        config = self.book.config.localised(language)
        fonts = fonts_for(language, config.pdf)
        return {
            "title": self.documents.book_title(language),
            "framework": self._titles(language).get(tab, tab),
            "author": config.project.author,
            "lang": language.partition("-")[0],
            "main-font": fonts.main,
            "head-font": fonts.head,
        }

    # ------------------------------------------------------------ one EPUB

    def _make(self, target: _Target) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            blocks, broken = self._blocks(target, folder)
            metadata = self._metadata(target.language, target.tab)
            # As words, not as Markdown: a title may have any character in it.
            meta = {key: {"t": "MetaInlines", "c": [text(each)]} for key, each in metadata.items()}
            document = {"pandoc-api-version": [1, 23, 1], "meta": meta, "blocks": blocks}
            (folder / "style.css").write_bytes((_HERE / "style.css").read_bytes())
            (folder / "cover.png").write_bytes(self._cover(target, folder))
            process = subprocess.run(
                [pandoc_path(), *_ARGUMENTS],
                input=json.dumps(document).encode(),
                capture_output=True,
                check=False,
                cwd=folder,
                env={**os.environ, "SOURCE_DATE_EPOCH": "946684800"},
            )
            if process.returncode:
                said = process.stderr.decode(errors="replace").strip()
                raise PandocError(f"pandoc made no EPUB: {said}")
            made, formulas = _mended((folder / "made.epub").read_bytes())
        self.made.put(target.key, made)
        self.found.put(target.key, json.dumps({"formulas": formulas, "images": broken}).encode())

    def _blocks(self, target: _Target, folder: Path) -> tuple[Elements, list[str]]:
        """Return the text of the whole book, and images that are none; others go into a folder."""
        broken: list[str] = []

        def keep(name: str, data: bytes) -> None:
            (folder / name).write_bytes(data)

        def keep_file(path: str) -> str:
            suffix = PurePosixPath(path).suffix.lower()
            data = (self.book.root / path).read_bytes()
            if not is_image(data, suffix):
                broken.append(path)
                return ""
            name = f"{digest(path)[:16]}{suffix}"
            keep(name, data)
            return name

        titles = self._titles(target.language)
        blocks: Elements = []
        for part in self.parts[target.language]:
            fresh = self.fresh[part.page.name, target.language]
            document = self.documents.document(part.page, target.language, fresh)
            blocks += Body(document, part, target.tab, titles, keep, keep_file).blocks()
        without_lost_links(blocks)
        return blocks, broken

    def _cover(self, target: _Target, folder: Path) -> bytes:
        import typst  # noqa: PLC0415 (a build that changes nothing does without it)

        told = self._told(target.language, target.tab)
        (folder / "told.json").write_text(json.dumps(told), encoding="utf-8")
        (folder / "cover.typ").write_bytes((_HERE / "cover.typ").read_bytes())
        fonts = fonts_for(target.language, self.book.config.localised(target.language).pdf)
        compiler = typst.Compiler(root=str(folder), font_paths=search(fonts.system))
        made = compiler.compile(input=str(folder / "cover.typ"), format="png", ppi=72)
        return made if isinstance(made, bytes) else b"".join((made or [])[:1])

    def _findings(self, target: _Target) -> Iterator[Diagnostic]:
        pages = self.parts[target.language]
        kept = json.loads(self.found.get(target.key) or b"{}")
        for path in kept["images"]:
            names = (path, path.rpartition("/")[2])
            place = find_place(self.book, target.language, pages, *names)
            message = f"The image {quoted(path)} cannot be read; EPUBs show its description."
            hint = "EPUBs have PNG, JPEG, GIF, WebP and SVG."
            where = place or Location(self.book.config.path)
            yield Diagnostic(Severity.ERROR, where, message, hint)
        for tex in kept["formulas"]:
            pieces = (tex, tex.partition("\n")[0], tex[:24])
            place = find_place(self.book, target.language, pages, *pieces)
            message = f"The formula {quoted(tex)} is shown as TeX in EPUBs."
            hint = "It uses a command that pandoc does not know, or a brace is missing."
            where = place or Location(self.book.config.path)
            yield Diagnostic(Severity.WARNING, where, message, hint)


def _mended(epub: bytes) -> tuple[bytes, list[str]]:
    """Return an EPUB with its formulas as browsers show them best, and those that are TeX still."""
    made = io.BytesIO()
    formulas: list[str] = []
    with zipfile.ZipFile(io.BytesIO(epub)) as old, zipfile.ZipFile(made, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith(".xhtml"):
                page = data.decode("utf-8")
                formulas += unconverted(page)
                data = _named(_MATH.sub(_NAMED, mend_formulas(page))).encode()
            elif name.endswith(".opf") and b"<math" in old.read("EPUB/nav.xhtml"):
                data = data.replace(b'properties="nav"', b'properties="nav mathml"')
            entry = zipfile.ZipInfo(name, _MOMENT)
            stored = name == "mimetype" or name.endswith((".png", ".jpg"))
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            new.writestr(entry, data)
    return made.getvalue(), list(dict.fromkeys(formulas))


def _named(page: str) -> str:
    """Give a page the title of its first heading, where it is called by the name of its file."""
    heading = _HEADING.search(page)
    title = " ".join(_TAG.sub("", heading[1]).split()) if heading else ""
    return _FILE_NAME.sub(lambda found: title or found[0], page)
