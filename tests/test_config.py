"""`config.ini`: what is read from it, what is wrong in it, and where."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polybook.config import IMPLICIT_TAB, SHIPPED, Config, Language, read_config
from polybook.errors import ConfigError, Location, Severity


@pytest.fixture
def config_of(tmp_path: Path) -> ConfigOf:
    return ConfigOf(tmp_path)


class ConfigOf:
    """Writes a `config.ini` and reads it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder.resolve() / "config.ini"

    def __call__(self, text: str | bytes) -> Config:
        content = text if isinstance(text, bytes) else dedent(text).lstrip("\n").encode()
        self.path.write_bytes(content)
        return read_config(self.path.parent)

    def error(self, text: str | bytes) -> ConfigError:
        with pytest.raises(ConfigError) as caught:
            self(text)
        return caught.value

    def warnings(self, text: str) -> list[str]:
        found = self(text).diagnostics
        assert all(each.severity is Severity.WARNING for each in found)
        assert all(each.location.path == self.path for each in found)
        return [f"{each.location.line}: {each.message} {each.hint}".rstrip() for each in found]


# ---------------------------------------------------------------- what is read


def test_empty_file_is_a_book_in_one_language(config_of: ConfigOf) -> None:
    config = config_of("")
    assert config.root == config_of.path.parent
    assert config.output == config.root / "_build"
    assert config.languages == (Language("en", "en"),)
    assert not config.multilingual
    assert config.page_layout == "{page}.md"
    assert config.build.notebooks == ("**/*.md",)
    assert config.tabs == (IMPLICIT_TAB,)
    assert config.framework(IMPLICIT_TAB).requirements == ""
    assert (config.run.jobs, config.run.memory, config.run.cell_timeout) == (0, 0, 1200)
    assert config.build.eval_notebook
    assert not config.build.warning_is_error
    assert config.diagnostics == ()


def test_every_kind_of_value_is_read(config_of: ConfigOf) -> None:
    config = config_of(
        """
        [project]
        name = seasons
        title = Rain,
            wind
          and snow
        lang = zh_CN

        [build]
        notebooks = ./*.md
            */*.md
        exclusions = README.md  drafts/
        non-notebooks = notes.md
        resources = img/ sea.csv
        index = ./start.md
        source_dir = pages
        output_dir = out
        tabs = PyTorch,jax , MXNet,
        eval_notebook = off
        warning_is_error = Yes

        [html]
        favicon = static/icon.svg

        [run]
        jobs = 3
        memory = 1.5 GB
        cell_timeout = 1.5 h

        [framework-jax]
        environ = A=1 B="two words"
            C=
        memory = 512 MiB
        requirements = requirements/jax.txt
        """
    )
    assert config.project.title == "Rain, wind and snow"
    assert config.languages == (Language("zh-cn", "zh-cn"),)
    assert config.build.notebooks == ("./*.md", "*/*.md")
    assert config.build.exclusions == ("README.md", "drafts/")
    assert config.build.non_notebooks == ("notes.md",)
    assert config.build.resources == ("img/", "sea.csv")
    assert config.build.index == "start"
    assert config.output == config.root / "out"
    assert config.tabs == ("pytorch", "jax", "mxnet")
    assert (config.build.eval_notebook, config.build.warning_is_error) == (False, True)
    assert config.html.favicon == "static/icon.svg"
    assert (config.run.jobs, config.run.memory) == (3, 1536 * 1024**2)
    assert config.run.cell_timeout == 5400
    jax = config.framework("jax")
    assert jax.environ == (("A", "1"), ("B", "two words"), ("C", ""))
    assert (jax.title, jax.memory) == ("JAX", 512 * 1024**2)
    assert config.framework("mxnet") == SHIPPED["mxnet"]
    assert config.diagnostics == ()


def test_languages_keep_their_order_and_the_first_is_the_reference(config_of: ConfigOf) -> None:
    config = config_of(
        """
        [project]
        lang = en

        [languages]
        tr = Türkçe
        pt-BR = Português
            do Brasil
        zh_Hant = 繁體中文
        vi =
        """
    )
    assert config.multilingual
    assert config.languages == (
        Language("tr", "Türkçe"),
        Language("pt-br", "Português do Brasil"),
        Language("zh-hant", "繁體中文"),
        Language("vi", "vi"),
    )
    assert config.reference.code == "tr"
    assert config.page_layout == "{page}.{lang}.md"


@pytest.mark.parametrize("layout", ["{lang}/{page}.md", "{page}_{lang}.md", "./a/{lang}/{page}.md"])
def test_layout_of_pages_can_be_chosen(config_of: ConfigOf, layout: str) -> None:
    config = config_of(f"[languages]\ntr = Türkçe\n[build]\npage_layout = {layout}\n")
    assert config.page_layout == layout.removeprefix("./")


def test_names_of_sections_and_keys_may_be_in_any_case(config_of: ConfigOf) -> None:
    config = config_of("[Build]\nTABS: jax\n[PROJECT]\nTitle=Rain\n[Languages]\nTR = Türkçe\n")
    assert (config.tabs, config.project.title) == (("jax",), "Rain")
    assert config.reference == Language("tr", "Türkçe")
    assert config.diagnostics == ()


def test_comments_are_no_values(config_of: ConfigOf) -> None:
    config = config_of(
        """
        # A book
        ; of seasons
        [build] ; where
        tabs = jax,   ; on its processor
            # mxnet,
            pytorch
        output_dir = a;b#c
        [project]
        title = C# and ; what is left out
        """
    )
    assert config.tabs == ("jax", "pytorch")
    assert config.build.output_dir == "a;b#c"
    assert config.project.title == "C# and"


def test_percent_signs_mean_themselves(config_of: ConfigOf) -> None:
    assert config_of("[project]\ntitle = 100% %(name)s\n").project.title == "100% %(name)s"


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_byte_order_mark_and_line_breaks_of_any_system_are_read(
    config_of: ConfigOf, ends: str
) -> None:
    content = f"[build]{ends}tabs = jax{ends}[bild]".encode("utf-8-sig")
    config = config_of(content)
    assert config.tabs == ("jax",)
    assert [each.location.line for each in config.diagnostics] == [3]


def test_empty_value_is_the_default(config_of: ConfigOf) -> None:
    config = config_of("[project]\nlang =\nname =\n[build]\ntabs = \nnotebooks =\n[run]\njobs =\n")
    assert (config.reference.code, config.project.name) == ("en", "book")
    assert (config.tabs, config.build.notebooks) == ((IMPLICIT_TAB,), ("**/*.md",))


def test_file_can_be_named_itself_and_may_be_a_link(tmp_path: Path) -> None:
    elsewhere = tmp_path / "shared.ini"
    elsewhere.write_text("[project]\ntitle = Rain\n")
    book = tmp_path / "book"
    book.mkdir()
    (book / "config.ini").symlink_to(elsewhere)
    other = book / "other.ini"
    other.write_text("[project]\ntitle = Wind\n")
    assert read_config(book).project.title == "Rain"
    assert read_config(book).root == book.resolve()
    assert read_config(other).project.title == "Wind"


# ---------------------------------------------------------------- overrides


def test_language_overrides_some_settings_and_keeps_the_others(config_of: ConfigOf) -> None:
    config = config_of(
        """
        [project]
        title = Yağmur
        author = Deniz
        [build]
        tabs = mxnet, jax
        [languages]
        tr = Türkçe
        fr = Français
        [project-fr]
        title = Pluie
        [build-FR]
        tabs = jax
        [html-fr]
        html_logo = fr.svg
        """
    )
    french = config.localised("fr")
    assert (french.project.title, french.project.author) == ("Pluie", "Deniz")
    assert (french.tabs, french.html.html_logo) == (("jax",), "fr.svg")
    turkish = config.localised("tr")
    assert (turkish.project, turkish.build, turkish.html) == (
        config.project,
        config.build,
        config.html,
    )
    assert config.tabs == ("mxnet", "jax")
    assert config.diagnostics == ()


def test_override_that_has_no_effect_is_a_warning(config_of: ConfigOf) -> None:
    assert config_of.warnings(
        """
        [languages]
        tr = Türkçe
        [build-tr]
        output_dir = elsewhere
        sphinx_configs = x
        [run-tr]
        jobs = 2
        [project-tr]
        lang = tr
        """
    ) == [
        "4: “output_dir” has no effect in [build-tr]: all languages share it. Set it in [build].",
        "7: “jobs” has no effect in [run-tr]: all languages share it. Set it in [run].",
        "9: “lang” has no effect in [project-tr]: all languages share it. Set it in [project].",
    ]


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("", ()),
        ("A, https://a, fab fa-a", (("A", "https://a"),)),
        (
            "A, https://a, fab fa-a,\n   B b, b.pdf, fas fa-b",
            (("A", "https://a"), ("B b", "b.pdf")),
        ),
        (
            "A, https://a, fab fa-a, B, https://b, fab fa-b",
            (("A", "https://a"), ("B", "https://b")),
        ),
        ("\n   A, https://a\n   B, https://b,", (("A", "https://a"), ("B", "https://b"))),
        ("###_A_###, ###_B_###/a.pdf, fas fa-a", (("###_A_###", "###_B_###/a.pdf"),)),
    ],
)
def test_links_are_names_and_addresses_with_or_without_icons(
    config_of: ConfigOf, text: str, links: tuple[tuple[str, str], ...]
) -> None:
    assert config_of(f"[html]\nheader_links = {text}\n").html.header_links == links


# ---------------------------------------------------------------- what means nothing


def test_unknown_names_are_warnings_that_name_the_nearest_known_one(config_of: ConfigOf) -> None:
    assert config_of.warnings(
        """
        [project]
        titel = Rain
        [bild]
        tabs = jax
        [build]
          tabs = jax
          notebook =
            *.md
          tittle = Rain
        [html]
        faviconn = 1
        [framework-jax]
        require = a.txt
        [framework-jaxx]
        [project-tr]
        [DEFAULT]
        a = 1
        """
    ) == [
        "2: Unknown key “titel” in [project]. Did you mean “title”?",
        "3: Unknown section [bild]. Did you mean “build”?",
        "7: Unknown key “notebook” in [build]. Did you mean “notebooks”?",
        "9: Unknown key “tittle” in [build].",
        "11: Unknown key “faviconn” in [html]. Did you mean “favicon”?",
        "13: Unknown key “require” in [framework-jax]. Did you mean “requirements”?",
        "14: Unknown section [framework-jaxx]. Did you mean “framework-jax”?",
        "15: Unknown section [project-tr]. Did you mean “project”?",
        "16: Unknown section [default].",
    ]


def test_settings_of_d2lbook_are_no_warning(config_of: ConfigOf) -> None:
    assert (
        config_of.warnings(
            """
            [build]
            tabs = jax
            rsts =
            sphinx_configs = numfig = True
                x = 2
            [html]
            header_links = PDF, https://example.org, fas fa-file-pdf,
                           Code, https://example.org, fab fa-github
            include_css = a.css
            [pdf]
            main_font = Source Serif Pro
            [deploy]
            anything = 1
            [colab]
            github_repo = a, b
            [library]
            version_file = d2l/__init__.py
            [library-jax]
            lib_file = d2l/jax.py
            alias =
                size = lambda a: a.size
            [framework-mxnet]
            memory = 3 GB
            """
        )
        == []
    )


# ---------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("section", "setting", "message"),
    [
        ("build", "eval_notebook = maybe", "“maybe” is neither True nor False"),
        ("run", "jobs = 0", "“0” is not a whole number above zero"),
        ("run", "jobs = -1", "“-1” is not a whole number above zero"),
        ("run", "jobs = 1.5", "“1.5” is not a whole number above zero"),
        ("run", "jobs = ²", "“²” is not a whole number above zero"),
        ("run", f"jobs = {'9' * 5000}", f"“{'9' * 60}…” is not a whole number above zero"),
        ("run", "memory = 2", "“2” is not a size such as 800 MB or 2 GB"),
        ("run", "memory = 0 GB", "“0 GB” is not a size such as 800 MB or 2 GB"),
        ("run", "memory = two GB", "“two GB” is not a size such as 800 MB or 2 GB"),
        ("run", "cell_timeout = 0.0 s", "“0.0 s” is not a time such as 90 s, 20 min or 1.5 h"),
        ("run", "cell_timeout = 3 days", "“3 days” is not a time such as 90 s, 20 min or 1.5 h"),
        ("run", "cell_timeout = -5", "“-5” is not a time such as 90 s, 20 min or 1.5 h"),
        ("framework-jax", "environ = A", "“A” is not of the form NAME=VALUE"),
        ("framework-jax", "environ = A-B=1", "“A-B” is not of the form NAME=VALUE"),
        ("framework-jax", "environ = A='", "“A='” has a quotation mark without its other half"),
        ("framework-jax", "memory = lots", "“lots” is not a size such as 800 MB or 2 GB"),
        ("build", "notebooks = *.md *.rst", "the pattern “*.rst” does not end with .md"),
        ("build", "page_layout = page.md", "“page.md” must contain {page} once and end with .md"),
        ("build", "page_layout = {page}.txt", "“{page}.txt” must contain {page} once and end with"),
        ("build", "page_layout = {page}/{page}.md", "must contain {page} once and end with .md"),
        ("build", "page_layout = {lang}/{page}.{lang}.md", "must contain {lang} once at most"),
        ("build", "page_layout = {page}{lang}.md", "must contain {lang} once at most, apart from"),
        ("build", "tabs = a, b, A", "“a” is there twice"),
        ("build", "tabs = py torch", "“py torch” cannot be the name of a tab"),
        ("build", "tabs = ../up", "“../up” cannot be the name of a tab"),
        ("build", "tabs = a, all", "“all” cannot be the name of a tab"),
        ("project", "lang = english", "“english” is no language code such as tr, ja or pt-br"),
        ("html", "header_links = A", "“A” is not of the form “name, address, icon”"),
        ("html", "header_links = A, b, c, D", "“A, b, c, D” is not of the form"),
    ],
)
def test_wrong_value_is_an_error_with_its_line(
    config_of: ConfigOf, section: str, setting: str, message: str
) -> None:
    error = config_of.error(f"[deploy]\n[{section}]\n# what follows is wrong\n{setting}\n")
    assert message in error.message
    assert error.message.startswith(f"{setting.partition(' =')[0]}: ")
    assert error.location == Location(config_of.path, 4)
    assert len(error.message) < 200


@pytest.mark.parametrize(
    ("section", "setting", "message"),
    [
        (
            "project-tr",
            "title = a\n  b\nauthor =\n[build-tr]\ntabs = jax, jaxx",
            "“jaxx” is not one",
        ),
        ("build-tr", "# order\ntabs = a b", "cannot be the name of a tab"),
    ],
)
def test_wrong_value_of_a_language_is_an_error_with_its_line(
    config_of: ConfigOf, section: str, setting: str, message: str
) -> None:
    text = f"[languages]\ntr = Türkçe\n[build]\ntabs = jax, mxnet\n[{section}]\n{setting}\n"
    error = config_of.error(text)
    assert message in error.message
    assert error.location == Location(config_of.path, text.count("\n"))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("tabs = jax\n", 1, "“tabs = jax” stands before the first [section]."),
        ("\n\x7fELF\x01\n", 2, "“ELF” stands before the first [section]."),
        ("[build]\noutput_dir = \x00\n", 2, "There is a null byte here: this is no text."),
        ("[build\ntabs = jax\n", 1, "“[build” stands before the first [section]."),
        ("[build]\ntabs\n", 2, "“tabs” is no line of a configuration file."),
        ("[build]\n= jax\n", 2, "“= jax” is no line of a configuration file."),
        (f"[build]\n{'x' * 99}\n", 2, f"“{'x' * 60}…” is no line of a configuration file."),
        ("[build]\n\ntabs = a\n\nTABS = b\n", 5, "The key “tabs” is twice in [build]."),
        ("[build]\n[html]\n[build]\n", 3, "The section [build] is there twice."),
        ("[build]\n[html]\n[Build]\n", 3, "The section [Build] is there twice."),
        ("[languages]\n", 1, "[languages] names no language."),
        ("[languages]\ntr = Türkçe\ndeutsch = Deutsch\n", 3, "“deutsch” is no language code"),
        ("[languages]\npt-BR = a\npt_br = b\n", 3, "The language “pt-br” is there twice."),
        ("[languages]\ntr=a\n[build]\npage_layout = {page}.md\n", 4, "several languages"),
        ("[build]\npage_layout = {lang}/{page}.md\n", 2, "one language"),
        ("[build]\noutput_dir = .\n", 2, "“.” holds the book itself"),
        ("[build]\nhtml_dir = .\n", 2, "html_dir: “.” holds the book itself"),
        ("[build]\n\nhtml_dir = _build\n", 3, "html_dir: “_build” holds the book itself"),
        ("[build]\noutput_dir = ..\n", 2, "“..” holds the book itself"),
        ("[build]\noutput_dir = /\n", 2, "“/” holds the book itself"),
        ("[build]\nsource_dir = a/b\noutput_dir = a\n", 3, "“a” holds the book itself"),
    ],
)
def test_what_is_wrong_with_the_file_is_said_with_its_line(
    config_of: ConfigOf, text: str, line: int, message: str
) -> None:
    error = config_of.error(text.encode())
    assert message in error.message
    assert "\n" not in error.message
    assert error.location == Location(config_of.path, line)
    assert str(error).startswith(f"{config_of.path}:{line}: ")


def test_file_that_is_not_there_is_an_error_that_says_where(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"There is no config\.ini in") as caught:
        read_config(tmp_path / "nowhere")
    assert str(tmp_path.resolve() / "nowhere") in caught.value.message
    with pytest.raises(ConfigError, match=r"There is no other\.ini in"):
        read_config(tmp_path / "other.ini")


def test_file_that_is_a_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "config.ini").mkdir()
    with pytest.raises(ConfigError, match=r"config\.ini: Cannot be read: .*directory"):
        read_config(tmp_path)


def test_folder_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "book").write_text("")
    with pytest.raises(ConfigError, match=r"Cannot be read: Not a directory"):
        read_config(tmp_path / "book")


def test_file_that_is_not_utf_8_is_an_error(config_of: ConfigOf) -> None:
    error = config_of.error("[project]\ntitle = Yağmur\n".encode("utf-16"))
    assert error.message == "The file is not UTF-8: invalid start byte at byte 0."
    error = config_of.error(b"[project]\ntitle = \x80\n")
    assert "byte 18" in error.message
    assert error.location == Location(config_of.path)


# ---------------------------------------------------------------- lines


LINES = [
    "[build]",
    "  [html]",
    "tabs = a",
    "  notebooks = a.md",
    "    b.md",
    "\tx : 1",
    "# c",
    "   ; c",
    "",
    "  ",
    "zzz",
    "[run] ; c",
    "jobs=1 ; c",
]


@settings(deadline=None)
@given(st.lists(st.sampled_from(LINES)))
def test_what_is_found_names_the_line_that_it_stands_on(lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.ini"
        path.write_text("\n".join(lines))
        found = _found(path)
    for name, line in found:
        assert name in lines[line - 1]


def _found(path: Path) -> list[tuple[str, int]]:
    """Return the first word of what each message about a file quotes, with its line."""
    try:
        said = [(each.message, each.location) for each in read_config(path).diagnostics]
    except ConfigError as error:
        said = [(error.message, error.location or Location(path))]
    quoted = [(re.search(r"[“\[]([^”\]\s]+)", message), each.line) for message, each in said]
    return [(found[1], line) for found, line in quoted if found]
