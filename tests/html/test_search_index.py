"""What is searched: sections of documents, the words that they are found by, Pagefind's index."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from polybook.build import Build
from polybook.cache import ContentCache
from polybook.config import read_config
from polybook.html.search import SearchError, folded, record, tokens, update_index
from polybook.html.sections import Piece, Section, sections
from tests.conftest import MakeBook
from tests.html.sites import save_outputs, stream

WORKER = Path(__file__).parents[2] / "src/polybook/html/static/search-worker.js"


def words(text: str) -> list[str]:
    return [word for _, forms in tokens(text) for word in forms]


# ---------------------------------------------------------------- words


@given(st.text())
def test_pieces_side_by_side_are_the_text(text: str) -> None:
    pieces = [piece for piece, _ in tokens(text)]
    assert "".join(pieces) == (text if pieces else "")


@given(st.text())
def test_words_have_nothing_that_pagefind_would_split(text: str) -> None:
    for word in words(text):
        assert word
        assert word.split() == [word]
        assert word.isascii() <= word.isalnum()


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("İŞLEV", "işlev"),
        ("ISLEV", "islev"),
        ("ışık", "işik"),
        ("IŞIK", "işik"),
        ("ĐƯỜNG", "dường"),
        ("Paramètre", "paramètre"),
        ("cœur", "coeur"),
        ("Straße", "strasse"),
        ("ＰｙＴｏｒｃｈ", "pytorch"),
        ("ﾃﾝｿﾙ", "テンソル"),
    ],
)
def test_word_is_written_in_one_way(written: str, word: str) -> None:
    assert folded(written) == word


@pytest.mark.parametrize(
    ("text", "found_by"),
    [
        ("Bir işlev.", ["bir", "işlev"]),
        ("PyTorch’un", ["pytorch", "torch", "un"]),
        ("torch.save(x)", ["torchsave", "save", "torch", "x"]),
        (
            "net.load_state_dict()",
            ["netloadstatedict", "loadstatedict", "net", "load", "state", "dict"],
        ),
        ("DataLoader", ["dataloader", "data", "loader"]),
        ("masing-masing", ["masingmasing", "masing"]),
        ("l’entraînement", ["l", "entraînement"]),
        ("__init__", ["init"]),
        ("x_train", ["xtrain", "x", "train"]),
        ("テンソル", ["テン", "ンソ", "ソル", "ル"]),
        ("PyTorchで保存", ["pytorch", "torch", "で保", "保存", "存"]),
        ("학습률", ["학습", "습률", "률"]),
        ("… — !", []),
    ],
)
def test_text_is_found_by_its_words(text: str, found_by: list[str]) -> None:
    assert words(text) == found_by


TEXTS = [
    "Bir işlevin IŞIĞI, İstanbul’da ılık. torch.save(net.state_dict(), 'x.pt')",
    "Mô hình được lưu trên đường dẫn, ĐỘ SÂU",
    "テンソルを「保存」する。PyTorchのstate_dict、データ・セット、ﾃﾝｿﾙ",
    "Les paramètres du modèle, c’est-à-dire l’œuvre ; peut-être « Ça »",
    "Menyimpan berkas-berkas, nn.MultiheadAttention(embed_dim=4)",
    "深度学习模型 학습률을 조정한다 การเรียนรู้เชิงลึก",
    "गहन शिक्षण الشبكات العصبية Straße x_train 3.14 R² ½",
]


def test_whatever_stands_in_a_text_is_looked_for_as_it_is_indexed(browser: Browser) -> None:
    page = browser.new_page()
    page.add_script_tag(path=WORKER)
    bare = "each => bare(each)"
    for text in TEXTS:
        asked = page.evaluate("text => attempts(parsed(text), 'ja').map(each => each.terms)", text)
        indexed = page.evaluate(f"words => words.map({bare})", words(text))
        for terms in asked:
            assert {page.evaluate(bare, term) for term in terms} <= set(indexed)
            assert len(terms) > 3
    page.close()


# ---------------------------------------------------------------- sections

BOOK = {
    "config.ini": "[project]\ntitle = Harbour\n[build]\ntabs = pytorch, jax\noutput_dir = build\n",
    "index.md": """\
        # The harbour

        Boats of $n$ sizes^[Counted at noon.], $\\frac{a}{b}$ of them [painted](https://example.org).

        ## Tides :label:`sec_tides`

        ![A tower](tower.svg)

        | quay | metres |
        |------|--------|
        | East | seven  |

        : Depths

        ```{.python .input}
        %%tab pytorch
        import torch
        torch.save(1)
        ```

        ```{.python .input}
        %%tab jax
        print('jax')
        ```

        :begin_tab:`jax`
        Text for one.
        :end_tab:

        ### Nothing

        ## …
        """,
}


@pytest.fixture
def found(make_book: MakeBook) -> list[Section]:
    root = make_book(BOOK)
    save_outputs(root, lambda _, __: [stream("put out")])
    work = Build(read_config(root), (), ())
    (page,) = work.book.pages.values()
    return sections(work.documents.document(page, "en", work.fresh("index", "en"), work.tabs))


def test_section_is_what_stands_below_a_heading(found: list[Section]) -> None:
    assert [(each.anchor, each.title) for each in found] == [
        ("the-harbour", "The harbour"),
        ("sec_tides", "Tides"),
        ("nothing", "Nothing"),
        ("section-3", "…"),
    ]
    assert found[2].pieces == ()


def test_text_is_what_the_page_shows(found: list[Section]) -> None:
    (piece,) = found[0].pieces
    text = " ".join(piece.text.split())
    assert text == "Boats of n sizes Counted at noon., … of them painted."
    assert [each.text for each in found[1].pieces if not each.tab] == [
        "A tower",
        "Depths",
        "quay",
        "metres",
        "East",
        "seven",
    ]


def test_code_and_text_of_a_tab_are_its_own_and_outputs_are_left_out(found: list[Section]) -> None:
    assert [each for each in found[1].pieces if each.tab] == [
        Piece("import torch\ntorch.save(1)", "pytorch", code=True),
        Piece("print('jax')", "jax", code=True),
        Piece("Text for one.", "jax"),
    ]


# ---------------------------------------------------------------- the index


def index(folder: Path, cache: Path, texts: Iterable[str], key: str = "key") -> None:
    def records() -> Iterable[str]:
        for number, text in enumerate(texts):
            section = Section(f"s{number}", f"Title {number}", (Piece(text),))
            yield record(section, "Page", f"a.html#s{number}", "tr", {})

    update_index(folder, records, "tr", ContentCache(cache, ".txt"), key, cache / "work")


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file()
    }


def fragments(folder: Path) -> list[dict[str, Any]]:
    files = sorted((folder / "fragment").iterdir())
    return [
        json.loads(gzip.decompress(file.read_bytes()).partition(b"{")[2].join([b"{", b""]))
        for file in files
    ]


def test_index_has_every_section_even_one_without_a_word(tmp_path: Path) -> None:
    index(tmp_path / "tr", tmp_path, ["bir & <iki>", "", "…"])
    kept = [json.loads(each["anchors"][0]["id"]) for each in fragments(tmp_path / "tr")]
    assert sorted(each["address"] for each in kept) == ["a.html#s0", "a.html#s1", "a.html#s2"]
    assert "bir\ue000&\ue000<\ue001iki>\ue000" in [each["text"] for each in kept]


def test_index_holds_what_a_reader_fetches_and_no_more(tmp_path: Path) -> None:
    index(tmp_path / "tr", tmp_path, ["bir"])
    names = sorted(path.split(".")[0] for path in state(tmp_path / "tr"))
    assert [name for name in names if "/" not in name] == [
        "pagefind",
        "pagefind",
        "pagefind-entry",
        "wasm",
    ]


def test_same_sections_give_the_same_index_to_the_byte(tmp_path: Path) -> None:
    texts = [f"bölüm {number} {'kelime ' * number}" for number in range(40)]
    index(tmp_path / "one", tmp_path / "a", texts)
    index(tmp_path / "two", tmp_path / "b", texts)
    one, two = state(tmp_path / "one"), state(tmp_path / "two")
    assert {path: each[1] for path, each in one.items()} == {
        path: each[1] for path, each in two.items()
    }


def test_index_of_the_same_sections_is_not_made_again(tmp_path: Path) -> None:
    index(tmp_path / "tr", tmp_path, ["bir"])
    before = state(tmp_path / "tr")
    index(tmp_path / "tr", tmp_path, ["not asked for"])
    assert state(tmp_path / "tr") == before


def test_changed_index_is_the_same_as_a_new_one_to_the_byte(tmp_path: Path) -> None:
    texts = [f"bölüm {number} {'kelime ' * number}" for number in range(40)]
    index(tmp_path / "tr", tmp_path / "a", texts, "before")
    index(tmp_path / "tr", tmp_path / "a", ["yeni", *texts[:20], "başka", *texts[30:]], "after")
    index(tmp_path / "new", tmp_path / "b", ["yeni", *texts[:20], "başka", *texts[30:]])
    changed, new = state(tmp_path / "tr"), state(tmp_path / "new")
    assert {path: each[1] for path, each in changed.items()} == {
        path: each[1] for path, each in new.items()
    }


def test_index_that_was_damaged_does_not_pass_its_damage_on(tmp_path: Path) -> None:
    index(tmp_path / "tr", tmp_path / "a", ["bir", "iki"], "before")
    for file in (tmp_path / "tr" / "fragment").iterdir():
        file.write_bytes(b"damaged")
    index(tmp_path / "tr", tmp_path / "a", ["bir", "üç"], "after")
    assert len(fragments(tmp_path / "tr")) == 2


def test_index_that_was_damaged_is_made_again(tmp_path: Path) -> None:
    index(tmp_path / "tr", tmp_path, ["bir"])
    before = {path: each[1] for path, each in state(tmp_path / "tr").items()}
    next((tmp_path / "tr" / "index").iterdir()).write_bytes(b"damaged")
    (tmp_path / "tr" / "pagefind.js").unlink()
    index(tmp_path / "tr", tmp_path, ["bir"])
    assert {path: each[1] for path, each in state(tmp_path / "tr").items()} == before


def test_index_that_cannot_be_made_leaves_the_old_one(tmp_path: Path) -> None:
    index(tmp_path / "tr", tmp_path, ["bir"])
    before = state(tmp_path / "tr")
    with pytest.raises(SearchError, match="no search index for “tr”"):
        index(tmp_path / "tr", tmp_path, [], key="another")
    assert state(tmp_path / "tr") == before
