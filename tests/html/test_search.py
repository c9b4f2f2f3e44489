"""Searching the site in a real browser: what is found, by which keys, from where, without what."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from urllib.parse import urlsplit

import pytest
from benchmarks.reading import serving
from playwright.sync_api import Locator, Page, expect

from tests.html.conftest import NewContext
from tests.html.sites import build

CONFIG = """\
[project]
title = Lab
[languages]
tr = Türkçe
vi = Tiếng Việt
ja = 日本語
fr = Français
id = Bahasa Indonesia
[build]
page_layout = {page}.{lang}.md
notebooks = lab/*.md
tabs = pytorch, jax
output_dir = build
"""

CODE = """\
```{.python .input}
%%tab pytorch
import torch
torch.save(net.state_dict(), 'net.pt')
net.load_state_dict(torch.load('net.pt'))
```

```{.python .input}
%%tab jax
from flax import serialization
serialization.to_bytes(net)
```
"""

#: Of each language: title, text, the heading above the code, a last section.
TEXTS = {
    "tr": (
        "Kaydetme ve yükleme",
        "Bu işlev bir tensörü dosyaya yazar. Deniz fenerinin ışığı uzaktan görünür.",
        "Kod",
        "Özet\n\nKısaca: dosyalar kalır, bellek unutur.",
    ),
    "vi": (
        "Lưu và nạp",
        "Một mô hình được lưu vào tệp. Con đường dẫn tới biển. Mọi thứ đều mới.",
        "Mã nguồn",
        "Tóm tắt\n\nDữ liệu ở lại trong tệp.",
    ),
    "ja": (
        "保存と読み込み",
        "モデルのパラメータをファイルに書き出します。灯台の光は遠くから\n見えます。",
        "コード",
        "まとめ\n\nテンソルは、PyTorchでもJAXでも保存できます。データは残ります。",
    ),
    "fr": (
        "Enregistrer et charger",
        "Chaque paramètre du modèle est écrit dans un fichier, au cœur de l’entraînement.",
        "Le code",
        "Résumé\n\nUn mot-clé suffit peut-être : les fichiers restent.",
    ),
    "id": (
        "Menyimpan dan memuat",
        "Model disimpan ke dalam berkas. Mercusuar terlihat dari jauh.",
        "Kode",
        "Ringkasan\n\nBerkas-berkas tetap ada.",
    ),
}

LANGUAGES = tuple(TEXTS)


def make_lab(root: Path) -> Path:
    """Write the book; the page about storms is in Turkish alone."""
    (root / "lab").mkdir(parents=True)
    (root / "config.ini").write_text(CONFIG, encoding="utf-8")
    for language, (title, text, code, end) in TEXTS.items():
        start = f"# {title}\n:label:`sec_save`\n\n{text}\n\n"
        page = f"{start}## {code}\n:label:`sec_code`\n\n{CODE}\n## {end}\n"
        (root / "lab" / f"save.{language}.md").write_text(page, encoding="utf-8")
    storm = dedent("""\
        # Fırtına

        Dalgakıran limanı korur.

        ```{.python .input}
        %%tab all
        breakwater.height_above_sea()
        ```
        """)
    (root / "lab" / "storm.tr.md").write_text(storm, encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site, which no test changes."""
    report, _ = build(make_lab(tmp_path_factory.mktemp("lab") / "book"))
    return report.folder


@pytest.fixture(scope="module")
def lab_address(lab: Path) -> Iterator[str]:
    with serving(lab) as url:
        yield url


def search(page: Page, query: str) -> Locator:
    """Ask for something; return the results once they are there."""
    if not page.locator(".search").evaluate("dialog => dialog.open"):
        page.keyboard.press("/")
    page.locator(".search input").fill(query)
    expect(page.locator(".search-results")).to_have_attribute("aria-busy", "false")
    return page.locator(".search-results a")


def addresses(results: Locator) -> list[str]:
    """Return where results lead, from the folder of the language."""
    links = results.evaluate_all("links => links.map(({ href }) => href)")
    return [address.partition("/lab/")[2] for address in links]


# ---------------------------------------------------------------- what is found


@pytest.mark.parametrize(
    ("language", "query", "address", "marked"),
    [
        ("tr", "işlev", "save.html#sec_save", ["işlev"]),
        ("tr", "İŞLEV", "save.html#sec_save", ["işlev"]),
        ("tr", "ISLEV", "save.html#sec_save", ["işlev"]),
        ("tr", "isigi", "save.html#sec_save", ["ışığı"]),
        ("tr", "ışığı", "save.html#sec_save", ["ışığı"]),
        ("tr", "tensor", "save.html#sec_save", ["tensörü"]),
        ("vi", "mo hinh", "save.html#sec_save", ["mô", "hình"]),
        ("vi", "mô hình", "save.html#sec_save", ["mô", "hình"]),
        ("vi", "MÔ HÌNH", "save.html#sec_save", ["mô", "hình"]),
        ("vi", "duong dan", "save.html#sec_save", ["đường", "dẫn"]),
        ("ja", "テンソル", "save.html#ozet", ["テンソル"]),
        ("ja", "ﾃﾝｿﾙ", "save.html#ozet", ["テンソル"]),
        ("ja", "遠くから見え", "save.html#sec_save", ["遠くから見え"]),
        ("ja", "pytorch", "save.html#ozet", ["PyTorch"]),
        ("ja", "テンソルの保存", "save.html#ozet", ["テンソル", "保存"]),
        ("fr", "parametre", "save.html#sec_save", ["paramètre"]),
        ("fr", "paramètres", "save.html#sec_save", ["paramètre"]),
        ("fr", "coeur", "save.html#sec_save", ["cœur"]),
        ("fr", "l'entrainement", "save.html#sec_save", ["entraînement"]),
        ("fr", "mot clé", "save.html#ozet", ["mot-clé"]),
        ("id", "simpan", "save.html#sec_save", ["disimpan"]),
        ("id", "berkas", "save.html#sec_save", ["berkas"]),
    ],
)
def test_word_is_found_however_it_is_typed(
    page: Page, lab_address: str, language: str, query: str, address: str, marked: list[str]
) -> None:
    page.goto(f"{lab_address}/{language}/lab/save.html")
    results = search(page, query)
    assert address in addresses(results)
    result = results.nth(addresses(results).index(address))
    expect(result.locator(".search-excerpt mark")).to_have_text(marked)


def test_word_with_marks_does_not_find_others_while_there_is_the_word(
    page: Page, lab_address: str
) -> None:
    page.goto(f"{lab_address}/vi/lab/save.html")
    expect(search(page, "mới").locator("mark")).to_have_text(["mới"])
    assert set(search(page, "moi").locator("mark").all_inner_texts()) == {"mới", "Mọi"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("query", ["torch.save", "load_state_dict", "net.load_state_dict", "torch"])
def test_code_is_found_and_the_result_leads_to_its_section(
    page: Page, lab_address: str, language: str, query: str
) -> None:
    page.goto(f"{lab_address}/{language}/lab/save.html")
    results = search(page, query)
    result = results.nth(addresses(results).index("save.html#sec_code"))
    expect(result).to_contain_text(query)
    result.click()
    expect(page).to_have_url(f"{lab_address}/{language}/lab/save.html#sec_code")
    expect(page.locator(".search")).not_to_be_visible()
    expect(page.locator("#sec_code")).to_be_in_viewport()


def test_code_of_another_framework_says_so_and_leads_to_that_framework(
    page: Page, lab_address: str
) -> None:
    page.goto(f"{lab_address}/tr/lab/save.html")
    results = search(page, "serialization.to_bytes")
    assert addresses(results) == ["save.html", "save.html?framework=jax#sec_code"]
    expect(results.last.locator(".search-tab")).to_have_text("JAX")
    results.last.click()
    expect(page.locator("html")).to_have_attribute("data-tab", "jax")
    expect(page.get_by_text("serialization.to_bytes").first).to_be_visible()
    page.keyboard.press("/")
    expect(page.locator(".search-tab")).to_have_count(0)


def test_sections_stand_below_their_page(page: Page, lab_address: str) -> None:
    page.goto(f"{lab_address}/ja/lab/storm.html")
    results = search(page, "保存")
    expect(results.locator(".search-title")).to_have_text(["1 保存と読み込み", "1.2 まとめ"])
    expect(results.locator(".search-title mark")).to_have_text(["保存"])
    assert addresses(results) == ["save.html#sec_save", "save.html#ozet"]


def test_page_that_is_not_translated_is_found_in_the_language_of_its_text(
    page: Page, lab_address: str
) -> None:
    page.goto(f"{lab_address}/ja/lab/save.html")
    expect(search(page, "DALGAKIRAN")).to_have_attribute("lang", "tr")
    assert addresses(search(page, "height_above_sea")) == ["storm.html#firtina"]


def test_each_language_finds_its_own_pages_alone(page: Page, lab_address: str) -> None:
    page.goto(f"{lab_address}/fr/lab/save.html")
    expect(search(page, "tensörü")).to_have_count(0)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("query", ["qqqq", "zebrazzz", "魚釣", "+++"])
def test_what_is_not_there_is_not_found(
    page: Page, lab_address: str, language: str, query: str
) -> None:
    page.goto(f"{lab_address}/{language}/lab/save.html")
    expect(search(page, query)).to_have_count(0)
    expect(page.locator(".search-status")).to_contain_text(query)


# ---------------------------------------------------------------- by keyboard


def test_search_by_keyboard_alone(page: Page, lab_address: str) -> None:
    page.goto(f"{lab_address}/tr/lab/storm.html")
    field = page.get_by_role("searchbox")
    opener = page.get_by_role("button", name="Ara", exact=True)
    opener.focus()
    page.keyboard.press("Control+k")
    expect(field).to_be_focused()
    page.keyboard.type("dosya/dosyalar")
    expect(field).to_have_value("dosya/dosyalar")
    page.keyboard.press("Escape")
    expect(page.locator(".search")).not_to_be_visible()
    expect(opener).to_be_focused()
    page.keyboard.press("/")
    expect(field).to_be_focused()
    page.keyboard.type("torch")
    results = page.locator(".search-results a")
    expect(page.locator(".search-status")).to_have_text("Sonuç: 1")
    expect(results).to_have_count(2)
    page.keyboard.press("ArrowDown")
    expect(results.first).to_be_focused()
    page.keyboard.press("End")
    expect(results.last).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(results.last).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowUp")
    expect(field).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.type(".save")
    expect(field).to_have_value("torch.save")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{lab_address}/tr/lab/save.html#sec_code")
    page.wait_for_load_state()
    page.keyboard.press("/")
    expect(field).to_have_value("torch.save")
    expect(results).to_have_count(2)


def test_enter_leads_to_the_first_result(page: Page, lab_address: str) -> None:
    page.goto(f"{lab_address}/fr/lab/storm.html")
    search(page, "cœur")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{lab_address}/fr/lab/save.html#sec_save")


def test_dialog_closes_by_its_button_and_by_a_click_beside_it(page: Page, lab_address: str) -> None:
    page.goto(f"{lab_address}/fr/lab/save.html")
    dialog = page.get_by_role("dialog", name="Rechercher")
    page.get_by_role("button", name="Rechercher").click()
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Fermer").click()
    expect(dialog).not_to_be_visible()
    page.keyboard.press("/")
    page.mouse.click(5, 400)
    expect(dialog).not_to_be_visible()


# ---------------------------------------------------------------- wherever it is


def test_nothing_of_it_is_fetched_before_it_is_opened_and_nothing_from_elsewhere(
    page: Page, lab: Path, tmp_path: Path
) -> None:
    shutil.copytree(lab, tmp_path / "some" / "folder")
    with serving(tmp_path) as url:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{url}/some/folder/ja/lab/save.html", wait_until="networkidle")
        assert asked
        assert not [address for address in asked if "search" in address]
        results = search(page, "テンソル")
        assert addresses(results) == ["save.html", "save.html#ozet"]
        results.last.click()
        expect(page).to_have_url(f"{url}/some/folder/ja/lab/save.html#ozet")
        fetched = [address for address in asked if "/_search/" in address]
        assert {
            urlsplit(address).path.rsplit("/_search/")[1].split("/")[0] for address in fetched
        } == {"ja"}
        assert {address.startswith(f"{url}/some/folder/") for address in asked} == {True}


POLICY = (
    "default-src 'none'; script-src 'self'{}; style-src 'self'; img-src 'self'; connect-src 'self'"
)


@contextmanager
def serving_with_policy(folder: Path, policy: str) -> Iterator[str]:
    class Handler(http.server.SimpleHTTPRequestHandler):
        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", policy)
            super().end_headers()

        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_policy_needs_to_allow_web_assembly_and_nothing_else(page: Page, lab: Path) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    with serving_with_policy(lab, POLICY.format(" 'wasm-unsafe-eval'")) as url:
        page.goto(f"{url}/tr/lab/save.html")
        expect(search(page, "torch.save")).to_have_count(2)
        assert said == []
    with serving_with_policy(lab, POLICY.format("")) as url:
        page.goto(f"{url}/tr/lab/save.html")
        expect(search(page, "torch.save")).to_have_count(0)
        expect(page.locator(".search-status")).to_have_text(
            "Arama yüklenemedi. Bağlantınızı denetleyin."
        )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("tr", "Diskten açılan sayfalarda arama yapılamaz."),
        ("vi", "Không thể tìm kiếm khi mở trang trực tiếp từ đĩa."),
        ("ja", "ディスクから直接開いたページでは検索できません。"),
        ("fr", "La recherche ne fonctionne pas dans les pages ouvertes depuis le disque."),
        ("id", "Pencarian tidak tersedia pada halaman yang dibuka langsung dari disk."),
    ],
)
def test_page_from_the_disk_says_that_it_cannot_be_searched(
    page: Page, lab: Path, language: str, words: str
) -> None:
    page.goto((lab / language / "lab" / "save.html").as_uri())
    page.keyboard.press("/")
    expect(page.locator(".search-status")).to_contain_text(words)
    expect(page.get_by_role("searchbox")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_without_scripts_there_is_no_search(new_context: NewContext, lab_address: str) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{lab_address}/tr/lab/save.html")
    expect(page.locator(".site-head")).to_be_visible()
    expect(page.locator(".search-open")).not_to_be_visible()
    expect(page.locator(".search")).not_to_be_visible()


def test_what_was_found_is_found_offline(new_context: NewContext, lab_address: str) -> None:
    context = new_context()
    page = context.new_page()
    page.goto(f"{lab_address}/fr/lab/save.html")
    expect(search(page, "fichiers")).to_have_count(2)
    context.set_offline(True)
    search(page, "")
    expect(search(page, "fichiers")).to_have_count(2)


@pytest.mark.parametrize("opened", [False, True], ids=["never opened", "opened before"])
def test_search_that_cannot_be_fetched_says_so_and_works_when_it_can(
    new_context: NewContext, lab_address: str, opened: bool
) -> None:
    context = new_context()
    page = context.new_page()
    page.goto(f"{lab_address}/fr/lab/save.html")
    if opened:
        context.route("**/_search/**", lambda route: route.abort())
        expect(search(page, "fichiers")).to_have_count(0)
    context.set_offline(True)
    page.keyboard.press("/")
    expect(page.locator(".search-status")).to_contain_text("Impossible de charger la recherche.")
    context.set_offline(False)
    context.unroute("**/_search/**")
    page.keyboard.press("Escape")
    expect(search(page, "fichiers")).to_have_count(2)


def test_site_that_is_built_anew_below_an_open_page_is_searched_as_it_is_now(
    page: Page, tmp_path: Path
) -> None:
    root = make_lab(tmp_path / "book")
    build(root)
    with serving(root / "build" / "html") as url:
        page.goto(f"{url}/tr/lab/save.html")
        expect(search(page, "Dalgakıran")).to_have_count(1)
        source = root / "lab" / "save.tr.md"
        source.write_text(source.read_text("utf-8").replace("uzaktan", "çok uzaktan"), "utf-8")
        build(root)
        expect(search(page, "ışığı")).to_contain_text("Deniz fenerinin ışığı çok uzaktan görünür.")


# ---------------------------------------------------------------- as it looks


@pytest.mark.parametrize("language", LANGUAGES)
def test_dialog_fits_a_phone(new_context: NewContext, lab_address: str, language: str) -> None:
    page = new_context(viewport={"width": 360, "height": 740}).new_page()
    page.goto(f"{lab_address}/{language}/lab/save.html")
    expect(page.locator(".search-open")).to_be_in_viewport(ratio=1)
    expect(search(page, "torch")).not_to_have_count(0)
    box = page.locator(".search").bounding_box()
    assert box
    assert (box["x"], box["width"]) == (0, 360)
    inside = page.locator(".search :is(a, button, input, mark)").evaluate_all(
        "all => all.filter((each) => each.getBoundingClientRect().right > 360).length"
    )
    assert inside == 0
    assert page.evaluate("document.documentElement.scrollWidth") == 360
