"""Anchors are the same in every language, so that switching the language keeps to the section."""

from __future__ import annotations

from polybook.document.ast import Elements, walk
from tests.conftest import MakeBook
from tests.document.books import Documented, config

LANGUAGES = {"tr": "Türkçe", "vi": "Tiếng Việt", "ja": "日本語"}


def book(make_book: MakeBook, **pages: str) -> Documented:
    files = {f"coast/page.{language}.md": text for language, text in pages.items()}
    return Documented(make_book({"config.ini": config(languages=LANGUAGES), **files}))


def test_reference_heading_names_the_section_in_every_language(make_book: MakeBook) -> None:
    documents = book(
        make_book,
        tr="# Kıyı\n\n## Işık ve gölge\n\n## Ağ\n",
        vi="# Bờ biển\n\n## Ánh sáng\n\n## Lưới\n",
        ja="# 海岸\n\n## 光と影\n\n## 網\n",
    )
    expected = ("kiyi", "isik-ve-golge", "ag")
    assert {documents.anchors("coast/page", language) for language in LANGUAGES} == {expected}


def test_label_comes_before_the_reference_heading(make_book: MakeBook) -> None:
    documents = book(
        make_book,
        tr="# Kıyı\n\n## Işık\n:label:`sec_light`\n",
        ja="# 海岸\n\n## 光\n:label:`sec_light`\n",
    )
    assert documents.anchors("coast/page", "ja") == ("kiyi", "sec_light")


def test_label_that_a_translation_lacks_is_its_anchor_all_the_same(make_book: MakeBook) -> None:
    documents = book(
        make_book, tr="# Kıyı\n\n## Işık\n:label:`sec_light`\n", ja="# 海岸\n\n## 光\n"
    )
    assert documents.anchors("coast/page", "ja") == ("kiyi", "sec_light")


def test_vietnamese_reference_heading_loses_its_marks(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": config(languages={"vi": "Tiếng Việt", "ja": "日本語"}),
            "page.vi.md": "# Đường bờ biển ở Việt Nam\n",
            "page.ja.md": "# 海岸\n",
        }
    )
    assert Documented(root).anchors("page", "ja") == ("duong-bo-bien-o-viet-nam",)


def test_japanese_reference_heading_stays_japanese_in_every_language(make_book: MakeBook) -> None:
    root = make_book(
        {
            "config.ini": config(languages={"ja": "日本語", "tr": "Türkçe"}),
            "page.ja.md": "# 海岸（ガイド）\n\n## [概要\n\n## がぎぐ パピプ\n",
            "page.tr.md": "# Kıyı\n\n## Özet\n\n## Harfler\n",
        }
    )
    documents = Documented(root)
    assert documents.anchors("page", "tr") == ("海岸-ガイド", "概要", "がぎぐ-パピプ")
    assert documents.anchors("page", "ja") == documents.anchors("page", "tr")


def test_scripts_with_combining_vowels_keep_them(make_book: MakeBook) -> None:
    root = make_book({"config.ini": config(), "page.md": "# हिन्दी में\n\n## ไทย\n"})
    assert Documented(root).anchors("page") == ("हिन्दी-में", "ไทย")


def test_duplicated_headings_are_told_apart_alike_in_every_language(make_book: MakeBook) -> None:
    documents = book(
        make_book,
        tr="# Kıyı\n\n## Özet\n\n## Özet\n\n### Özet\n",
        ja="# 海岸\n\n## まとめ\n\n## 要約\n\n### 要点\n",
    )
    expected = ("kiyi", "ozet", "ozet-2", "ozet-3")
    assert documents.anchors("coast/page", "tr") == expected
    assert documents.anchors("coast/page", "ja") == expected


def test_heading_named_like_a_label_further_down_leaves_it_to_the_label(
    make_book: MakeBook,
) -> None:
    documents = book(
        make_book,
        tr="# Kıyı\n\n## Harita\n\n![Harita](m.svg)\n:label:`harita`\n",
        ja="# 海岸\n\n## 地図\n\n地図はない。\n",
    )
    assert documents.anchors("coast/page", "tr") == ("kiyi", "harita-2")
    assert documents.anchors("coast/page", "ja") == ("kiyi", "harita-2")


def test_page_of_another_structure_keeps_to_its_own_headings_and_labels(
    make_book: MakeBook,
) -> None:
    documents = book(
        make_book,
        tr="# Kıyı\n\n## Işık\n\n## Ağ\n:label:`sec_net`\n",
        ja="# 海岸\n\n## 網\n:label:`sec_net`\n",
    )
    assert documents.anchors("coast/page", "ja") == ("海岸", "sec_net")


def test_page_that_is_not_translated_has_the_reference_anchors(make_book: MakeBook) -> None:
    documents = book(make_book, tr="# Kıyı\n\n## Işık\n")
    assert documents.anchors("coast/page", "ja") == ("kiyi", "isik")


def test_page_that_the_reference_language_lacks_has_anchors_of_its_own(
    make_book: MakeBook,
) -> None:
    documents = book(make_book, vi="# Bờ biển\n\n## Lưới\n", ja="# 海岸\n\n## 網\n")
    assert documents.anchors("coast/page", "ja") == ("bo-bien", "luoi")
    assert documents.anchors("coast/page", "tr") == ("bo-bien", "luoi")


def test_links_lead_to_a_labelled_heading_by_its_title_too(make_book: MakeBook) -> None:
    pages = {
        "one.md": "# One\n\n[a](two.md#high-tide) [b](two.md#sec_high) [c](two.md#none)\n",
        "two.md": "# Two\n\n## High tide\n:label:`sec_high`\n\n## Low tide\n\n[a](#high-tide)\n",
    }
    documents = Documented(make_book({"config.ini": config(), **pages}))
    found = [links(documents.document(page).blocks) for page in ("one", "two")]
    assert found == [["page:two#sec_high", "page:two#sec_high", "page:two#none"], ["#sec_high"]]
    assert documents.said("one") == ["3: The page two has no anchor “none”."]
    assert documents.said("two") == []
    headings = documents.document("two").headings
    assert [(each.anchor, each.title_anchor) for each in headings] == [
        ("two", ""),
        ("sec_high", "high-tide"),
        ("low-tide", ""),
    ]


def test_title_makes_no_anchor_that_is_taken(make_book: MakeBook) -> None:
    page = "# T\n\n## Tide\n:label:`a`\n\n## Tide\n\n## Ebb\n:label:`b`\n\n[]{#ebb} x\n"
    documents = Documented(make_book({"config.ini": config(), "page.md": page}))
    headings = documents.document("page").headings
    assert [each.anchor for each in headings] == ["t", "a", "tide", "b"]
    assert not any(each.title_anchor for each in headings)


def links(blocks: Elements) -> list[str]:
    return [each["c"][2][0] for each in walk(blocks) if each["t"] == "Link"]
