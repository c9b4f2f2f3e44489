"""PDFs: the whole book, one for each language and framework, set by Typst.

pandoc writes each page once for all frameworks, and Typst sets each PDF from what of the pages is
for it. `pdf/NAME-tr-pytorch.pdf` is the book in Turkish for PyTorch.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from polybook.book import Book
from polybook.cache import ContentCache, code_digest, digest
from polybook.document import Documents, Fresh
from polybook.document.ast import Elements
from polybook.document.pandoc import write_blocks
from polybook.document.volume import Part, file_name, find_place, other_names, parts
from polybook.errors import Diagnostic, Location, Severity, quoted
from polybook.folder import write_folder
from polybook.pdf.body import Body, segments
from polybook.pdf.fonts import Fonts, fonts_for, unknown
from polybook.pdf.typesetting import FORMULA, HEAD, Volume, as_in_tex, as_tex, typeset
from polybook.words import words

__all__ = ["PdfReport", "build_pdfs"]

_NAMED = 6  # characters in one message
_MANY = 200  # sections of the third level, a few pages of contents
_FORMAT, _OPTIONS = "typst-smart", {"wrap_text": "wrap-none"}


@dataclass(frozen=True)
class PdfReport:
    """What came of a build of PDFs."""

    folder: Path
    pdfs: int
    changed: Sequence[str]
    diagnostics: Sequence[Diagnostic]


@dataclass
class _Begun:
    """A page that pandoc is asked for."""

    key: str
    body: Body
    images: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Target:
    """A PDF to be: its name, its language and tab, its pages' keys, and its own."""

    name: str
    language: str
    tab: str
    pages: tuple[tuple[Part, str], ...]
    key: str


def build_pdfs(
    book: Book,
    documents: Documents,
    fresh: Mapping[tuple[str, str], Fresh],
    languages: Sequence[str],
    tabs: Sequence[str],
) -> PdfReport:
    """Build the PDFs of a book.

    Args:
        book: the book.
        documents: its documents, parsed for `languages`.
        fresh: what the programs of each page have left, by page and language.
        languages: the languages to build; the PDFs of the others stay as they are.
        tabs: the tabs to build; likewise.

    Raises:
        OSError: they cannot be written; the old ones are still whole.
        PandocError: pandoc refuses a page.
        PdfError: Typst refuses a book.

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
        cache = book.config.output / ".cache"
        self.pages = ContentCache(cache / "pdf-pages", ".json")
        self.images = ContentCache(cache / "pdf-images", ".bin")
        self.made = ContentCache(cache / "pdf", ".pdf")
        self.found = ContentCache(cache / "pdf-findings", ".json")
        self.diagnostics: list[Diagnostic] = []

    def build(self) -> PdfReport:
        targets = list(self._targets())
        kept = {each.name: self._kept(each) for each in targets}
        missing = [each for each in targets if kept[each.name] is None]
        if missing:
            self._render(missing)
            with ThreadPoolExecutor() as pool:  # Typst lets go of the interpreter
                list(pool.map(self._make, missing))
        files = {each.name: kept[each.name] or self.made.get(each.key) or b"" for each in targets}
        for each in targets:
            self.diagnostics += self._findings(each)
        others = other_names(self.book, self.languages, self.tabs, ".pdf")
        folder = self.book.config.output / "pdf"
        changed = write_folder(folder, files, others)
        if not others:
            self.pages.forget_others(key for each in targets for _, key in each.pages)
            for cache in (self.made, self.found):
                cache.forget_others()
        return PdfReport(folder, len(targets), changed, list(dict.fromkeys(self.diagnostics)))

    def _kept(self, target: _Target) -> bytes | None:
        """Return a PDF that an earlier build has made, if what it found is kept as well."""
        return None if self.found.get(target.key) is None else self.made.get(target.key)

    # ------------------------------------------------------------ what there is to make

    def _targets(self) -> Iterator[_Target]:
        for language in self.languages:
            pages = [(part, self._page_key(part, language)) for part in self._parts[language]]
            for tab in self.tabs:
                name = file_name(self.book, language, tab, ".pdf")
                key = digest([key for _, key in pages], self._facts(language, tab))
                yield _Target(name, language, tab, tuple(pages), key)

    @cached_property
    def _parts(self) -> dict[str, list[Part]]:
        return {language: list(parts(self.book, language)) for language in self.languages}

    def _page_key(self, part: Part, language: str) -> str:
        fresh = self.fresh[part.page.name, language]
        return digest(
            code_digest(),
            language,
            part.depth,
            part.front,
            list(self._titles(language).items()),
            self.documents.fingerprint(part.page, language, fresh, ()),
        )

    def _titles(self, language: str) -> dict[str, str]:
        return self.book.config.localised(language).titles

    @cached_property
    def _fonts(self) -> dict[str, Fonts]:
        """The fonts of each language; what a book names and nobody has is a warning."""
        found = {}
        for language in self.languages:
            config = self.book.config.localised(language)
            pdf = config.pdf
            named = tuple(filter(None, (pdf.main_font, pdf.sans_font, pdf.mono_font)))
            for name in unknown(named, system=True) if named else ():
                message = f"[pdf]: there is no font {quoted(name)}."
                hint = "Install it, or name another; the letters are set in Polybook's own."
                place = Location(config.folder_path or config.path)
                self.diagnostics.append(Diagnostic(Severity.WARNING, place, message, hint))
            found[language] = fonts_for(language, pdf)
        return found

    def _told(self, language: str, tab: str) -> dict[str, Any]:
        """Return what the template is told of a PDF, but for its labels."""
        facts, say = self._facts(language, tab), words(language)
        if number := facts["release"]:
            facts["release"] = say("Version %(number)s", number=number)
        return {**facts, "contents": say("Contents")}

    def _facts(self, language: str, tab: str) -> dict[str, Any]:
        """Return the same without words of ours: they change with the code alone."""
        project = self.book.config.localised(language).project
        code, _, region = language.partition("-")
        fonts = self._fonts[language]
        return {
            "title": self.documents.book_title(language),
            "author": project.author,
            "description": project.description,
            "release": project.release,
            "copyright": project.copyright,
            "framework": self._titles(language).get(tab, tab),
            "lang": code,
            "region": region.upper() if len(region) == 2 else None,
            "cjk": code in ("ja", "zh", "ko"),
            "main-font": fonts.main,
            "head-font": fonts.head,
            "strong-font": fonts.strong,
            "mono-font": fonts.mono,
            "math-font": fonts.math,
        }

    # ------------------------------------------------------------ pages

    def _render(self, targets: Sequence[_Target]) -> None:
        """Have pandoc write the pages that are not kept, and keep them."""
        asked = {key: (part, each.language) for each in targets for part, key in each.pages}
        begun: deque[_Begun] = deque()

        def bodies() -> Iterator[Elements]:
            for key, (part, language) in asked.items():
                if self.pages.get(key) is None:
                    begun.append(self._begin(part, language, key))
                    yield begun[-1].body.blocks()

        for written in write_blocks(bodies(), _FORMAT, _OPTIONS):
            page = begun.popleft()
            content = {
                "segments": segments(written),
                "labels": page.body.labels,
                "files": page.body.files,
                "images": page.images,
            }
            self.pages.put(page.key, json.dumps(content).encode())

    def _begin(self, part: Part, language: str, key: str) -> _Begun:
        fresh = self.fresh[part.page.name, language]
        document = self.documents.document(part.page, language, fresh)
        images: list[str] = []

        def keep(name: str, data: bytes) -> None:
            images.append(name)
            self.images.put(name, data)

        body = Body(document, self._titles(language), part.depth, part.front, keep)
        return _Begun(key, body, images)

    # ------------------------------------------------------------ PDFs

    def _make(self, target: _Target) -> None:
        """Have Typst set one PDF; keep it, and what it refused."""
        contents = [json.loads(self.pages.get(key) or b"{}") for _, key in target.pages]
        text = "\n".join(
            text
            for content in contents
            for tab, text in content["segments"]
            if tab in ("", target.tab)
        )
        labels = {
            name: True
            for content in contents
            for tab, name in content["labels"]
            if tab in ("", target.tab)
        }
        files: dict[str, Path | bytes] = {}
        for content in contents:
            files |= {name: self.book.root / path for name, path in content["files"].items()}
            for name in content["images"]:
                if name in text and (data := self.images.get(name)) is not None:
                    files[name] = data
        text, foreign = _with_tex(text)
        volume = Volume(
            text=f"{HEAD}{text}",
            told={
                **self._told(target.language, target.tab),
                "labels": labels,
                # Of a large book, more would be dozens of pages; the bookmarks have it all.
                "contents-depth": 2 if text.count("#p.section(3,") > _MANY else 3,
            },
            files=files,
            system_fonts=self._fonts[target.language].system,
        )
        with tempfile.TemporaryDirectory() as folder:
            pdf, refused = typeset(volume, Path(folder))
        by_typst = {found["typst"]: _tex_of(found) for found in FORMULA.finditer(text)}
        formulas = [*foreign, *(by_typst[each] for each in sorted(refused.formulas))]
        own = {name: path for content in contents for name, path in content["files"].items()}
        found = [
            *(self._formula(tex, target) for tex in dict.fromkeys(formulas)),
            *(
                self._image(own.get(name, name), refused.images[name], target)
                for name in sorted(refused.images)
            ),
            *self._characters(sorted(refused.shown_by_code), target),
        ]
        self.made.put(target.key, pdf)
        kept = [
            [each.severity, str(each.location.path), each.location.line, each.message, each.hint]
            for each in found
        ]
        self.found.put(target.key, json.dumps(kept).encode())

    def _findings(self, target: _Target) -> Iterator[Diagnostic]:
        kept = json.loads(self.found.get(target.key) or b"[]")
        for severity, path, line, message, hint in kept:
            yield Diagnostic(Severity(severity), Location(Path(path), line), message, hint)

    def _formula(self, tex: str, target: _Target) -> Diagnostic:
        message = f"The formula {quoted(tex)} is shown as TeX in PDFs."
        hint = "It uses a command that pandoc or Typst does not know, or a brace is missing."
        place = self._place(target, tex, tex.partition("\n")[0], tex[:24])
        return Diagnostic(Severity.WARNING, place, message, hint)

    def _image(self, path: str, said: str, target: _Target) -> Diagnostic:
        message = f"The image {quoted(path)} cannot be read; PDFs show its description."
        hint = f"Typst reads PNG, JPEG, GIF, WebP, SVG and PDF; of this one it says: {said}."
        place = self._place(target, path, path.rpartition("/")[2])
        return Diagnostic(Severity.ERROR, place, message, hint)

    def _characters(self, characters: Sequence[str], target: _Target) -> Iterator[Diagnostic]:
        """Yield what is to be said of characters that no font has, once a line."""
        by_place: dict[Location, list[str]] = {}
        for each in characters:
            by_place.setdefault(self._place(target, each), []).append(each)
        hint = "Install a font that has it, name one in [pdf] main_font, or choose another."
        for place, found in by_place.items():
            named = ", ".join(f"“{each}” (U+{ord(each):04X})" for each in found[:_NAMED])
            if len(found) == 1:
                message = f"No font has the character {named}; PDFs show its code."
            else:
                more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
                message = f"No font has the characters {named}{more}; PDFs show their codes."
            yield Diagnostic(Severity.ERROR, place, message, hint)

    def _place(self, target: _Target, *pieces: str) -> Location:
        """Return where the first of some pieces stands that a page has; else the first page."""
        pages = [part for part, _ in target.pages]
        if found := find_place(self.book, target.language, pages, *pieces):
            return found
        for part, key in target.pages:  # in an output
            content = json.loads(self.pages.get(key) or b"{}")
            if any(pieces[0] in text for _, text in content["segments"]):
                return Location(self.book.source(part.page, target.language)[0])
        return Location(self.book.config.path)


def _tex_of(formula: re.Match[str]) -> str:
    tex: str = json.loads(formula["tex"])
    return tex


def _with_tex(text: str) -> tuple[str, list[str]]:
    """Show formulas as TeX that pandoc could not convert; return these as well."""
    foreign: list[str] = []

    def shown(found: re.Match[str]) -> str:
        if not found["typst"].startswith("\\$"):
            return as_in_tex(found)
        foreign.append(_tex_of(found))
        return as_tex(found)

    return FORMULA.sub(shown, text), foreign
