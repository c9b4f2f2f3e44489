"""What d2lbook has: every verb and every setting has its place here, and none leads to noise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from polybook.cli import main
from polybook.config import read_config
from polybook.d2lbook import BUILD_VERBS, COMMANDS, KEYS, d2lbook_reference
from polybook.verbs import NO_COMMANDS, NO_VERBS, VERBS, named_verbs
from tests.conftest import MakeBook, RunPolybook

#: The settings of d2lbook 1.0.3, read off its default file and its code once more.
SETTINGS = """
project: name title author release copyright lang
build: index notebooks rsts non-notebooks exclusions dependencies resources eval_notebook
build: source_dir output_dir warning_is_error sphinx_extensions sphinx_configs tabs origin_repo
build: html_dir
html: header_links favicon html_logo include_css include_js
pdf: main_font sans_font mono_font post_latex latex_logo bibfile latex_url style
library: save_filename save_mark save_patterns version version_file root_dir
library-TAB: lib_file lib_name simple_alias fluent_alias args_alias alias reverse_alias
deploy: google_analytics_tracking_id github_repo s3_bucket other_file_s3urls
colab: github_repo exclusions libs libs_header gpu_pattern replace_svg_url
sagemaker: github_repo kernel libs libs_header
slides: top_left top_right github_repo
translation: origin_repo origin_lang translator terminology
"""


def settings() -> set[tuple[str, str]]:
    pairs = (line.split(": ") for line in SETTINGS.split("\n") if line)
    return {(section, key) for section, keys in pairs for key in keys.split()}


def test_page_is_made_from_what_there_is() -> None:
    page = Path(__file__).parent.parent / "docs" / "d2lbook.md"
    assert page.read_text("utf-8") == d2lbook_reference()


def test_page_has_every_setting_and_every_verb() -> None:
    page = d2lbook_reference()
    assert {(section, key) for section, keys in KEYS.items() for key in keys} == settings()
    for section, key in settings():
        (row,) = re.findall(rf"^\| `\[{section}\] {key}` \| (.+) \|$", page, re.MULTILINE)
        assert row
    for verb in BUILD_VERBS:
        assert re.search(rf"^\| `d2lbook build {verb}` \| .+ \|$", page, re.MULTILINE)
    for command in COMMANDS:
        assert re.search(rf"^\| `d2lbook {command}` \| .+ \|$", page, re.MULTILINE)


def test_every_verb_is_there_or_says_what_to_do_instead() -> None:
    for verb in BUILD_VERBS:
        if verb in NO_VERBS:
            with pytest.raises(ValueError, match=re.escape(NO_VERBS[verb])):
                named_verbs([verb])
        else:
            assert named_verbs([verb])
    assert set(COMMANDS) <= {*NO_COMMANDS, *main.commands}
    assert not set(NO_VERBS) & set(VERBS)
    assert not set(NO_COMMANDS) & set(main.commands)


def test_every_setting_is_accepted_without_a_word(make_book: MakeBook) -> None:
    sections: dict[str, list[str]] = {}
    for section, key in sorted(settings()):
        sections.setdefault(section.replace("TAB", "jax"), []).append(f"{key} =")
    text = "\n".join(f"[{name}]\n" + "\n".join(keys) for name, keys in sections.items())
    root = make_book({"config.ini": text.replace("tabs =", "tabs = jax"), "index.md": "# A\n"})
    assert read_config(root).diagnostics == ()


#: The shapes in which existing books write their settings.
SHAPES = """
[project]

# The name, used as
# a file's name
name = tides

title = Gelgitler ve Dalgalar

author = Ada Deniz, B. C. Liman, and E. Kıyı

translator_team = Çeviri Takımı

copyright = 2023, All authors. Licensed under X-1.0 and Y-0.

release = 1.0.3

lang = tr

[translation]

origin_repo = harbour/tides-en
origin_lang = en
translator = aws

[build]

notebooks = *.md  */*.md

resources = img/ tides.bib setup.py static/latex/

exclusions = README.md */*_origin.md contrib/*md **/*_en.md

eval_notebook = False

tabs = pytorch, mxnet, jax, tensorflow

sphinx_configs = numfig_format = {'figure': 'Şek. %%s', 'section': 'Kısım %%s'}
    latex_elements = {
    'utf8extra' : '',
    'preamble' : r'''
                \\usepackage{xyz}
                \\makeatletter
                    \\fancypagestyle{normal}{
                        \\fancyhf{}
                        \\fancyfoot[LE,RO]{{\\py@HeaderFamily\\thepage}}
                     }
                ''',

    # The size of the font.
    'pointsize': '10pt',
    }

[html]

# Three items each.
# PDF, http://example.org/tides.pdf, fas fa-file-pdf,
header_links = ###_OTHER_EDITION_###, ###_OTHER_EDITION_LINK_###, fas fa-book,
               PyTorch, ###_THIS_EDITION_LINK_###/tides.pdf, fas fa-file-pdf,
               Kod, https://example.org/tides, fab fa-github,
               日本語, https://example.org/ja, fas fa-external-link-alt

favicon = static/icon.png

html_logo = static/logo.png

include_css = static/tides.css


[pdf]

post_latex = ./static/post_latex/main.py
latex_url = https://example.org/styles/1.zip

latex_logo = static/logo.png
main_font = Source Serif Pro
bibfile = tides.bib
style = cambridge

[library]

version_file = tides/__init__.py

[library-mxnet]

lib_file = tides/mxnet.py
lib_name = np

# Map from d2l.xx to np.xx
simple_alias = ones_like, zeros, tensor -> array, normal -> random.normal,
               expand_dims
               rand -> random.rand, exp(, log

fluent_alias = numpy -> asnumpy, reshape,

alias =
       size = lambda a: a.size

reverse_alias =
       d2l.size\\(([\\w\\_\\d]+)\\) -> \\1.size

[library-pytorch]

lib_file = tides/torch.py
lib_name = torch

alias =

reverse_alias =

[deploy]

other_file_s3urls = s3://tides/releases/a-0.7.0.zip
                    s3://tides/releases/a-0.7.1.zip

google_analytics_tracking_id = XY-00000000-0


[colab]

github_repo = mxnet, harbour/tides-colab
              pytorch, harbour/tides-pytorch-colab

replace_svg_url = img, http://example.org/_images

libs = mxnet, mxnet, -U mxnet-cu101==1.7.0
       pytorch, tides, tides==RELEASE

[sagemaker]

github_repo = mxnet, harbour/tides-sagemaker

kernel = mxnet, conda_mxnet_p36

libs = mxnet, mxnet, -U mxnet-cu101==1.7.0

[slides]

top_right = <img height=80px src='http://example.org/_static/logo.png'/>

github_repo = pytorch, harbour/tides-slides
"""


def test_settings_in_the_shapes_of_existing_books_are_read_without_a_word(
    polybook: RunPolybook, make_book: MakeBook
) -> None:
    page = "# Gelgit\n\n```{.python .input}\n#@tab mxnet\nx = d2l.ones(1)\n```\n"
    root = make_book({"config.ini": SHAPES, "index.md": page, "README.md": "", "tides.bib": ""})
    icons = ("static/icon.png", "static/logo.png", "static/tides.css")
    for name in (*icons, "img/a.png", "static/latex/a.sty", "setup.py"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).touch()
    config = read_config(root)
    assert config.diagnostics == ()
    assert config.tabs == ("pytorch", "mxnet", "jax", "tensorflow")
    assert config.build.exclusions[-1] == "**/*_en.md"
    assert config.html.header_links[2:] == (
        ("Kod", "https://example.org/tides"),
        ("日本語", "https://example.org/ja"),
    )
    result = polybook("build", "html", "-C", root)
    assert result.returncode == 0
    assert [line for line in result.stderr.splitlines() if "warning" in line] == [
        f"{root}/config.ini: warning: [html] header_links:"
        " “###_OTHER_EDITION_###”, “PyTorch” are left out."
    ]


@pytest.mark.parametrize("verb", [name for name in VERBS if not name.endswith("check")])
def test_warning_fails_every_verb_where_the_book_says_so(
    polybook: RunPolybook, make_book: MakeBook, verb: str
) -> None:
    config = "[build]\ntabs = jax\nwarning_is_error = True\n[library-jax]\nlib_file = own.py\n"
    page = "# A\n\n```{.python .input}\n%load_ext d2lbook.tab\nx = 1\n```\n"
    root = make_book({"config.ini": config, "index.md": page})
    result = polybook("build", verb, "--no-run", cwd=root)
    assert "index.md:5: warning: A set-up cell is not run" in result.stderr
    assert result.returncode == 1
