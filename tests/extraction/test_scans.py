"""What rules make of words that were read from pixels: they lean, and readers mistake letters."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from math import radians, tan
from pathlib import Path

import pytest

from docparse.bench.invoice_make import make_invoice
from docparse.bench.invoice_match import _pairs
from docparse.convert.data import to_json
from docparse.extraction.amounts import find_sums
from docparse.extraction.draft import Draft
from docparse.extraction.fields import find_hits
from docparse.extraction.identity import identify
from docparse.extraction.invoice import read_invoice
from docparse.extraction.items import find_items
from docparse.extraction.lean import find_lean, straighten
from docparse.extraction.lines import Rates, read_item
from docparse.extraction.lookalikes import mend
from docparse.extraction.parties import find_recipient
from docparse.extraction.read import PageText
from docparse.extraction.record import Evidence, Found, PageFacts
from docparse.extraction.run import extract
from docparse.extraction.sheet import Sheet
from docparse.pipeline import parse
from docparse.types import BBox, Block, Document, Line, Word

SAMPLE = Path(__file__).parent.parent.parent / "samples" / "invoice-ja.pdf"
SLOPE = tan(radians(0.7))


def lean(box: BBox) -> BBox:
    """The box around what a box becomes on a page that leans."""
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    down, left = round(SLOPE * x), -round(SLOPE * y)
    more = round(SLOPE * box.width / 2)
    return BBox(box.x0 + left, box.y0 + down - more, box.x1 + left, box.y1 + down + more)


def as_scan(document: Document) -> Document:
    """The document as if its words had been read from a leaning page."""

    def read(block: Block) -> Block:
        words = (replace(w, bbox=lean(w.bbox), source="ocr", style=None) for w in block.words)
        return replace(block, words=tuple(words))

    pages = (replace(p, blocks=tuple(map(read, p.blocks))) for p in document.pages)
    return replace(document, pages=tuple(pages))


def test_a_page_that_leans_is_read_like_one_that_does_not() -> None:
    record = extract(to_json(as_scan(parse(SAMPLE))).encode())
    assert record.data["total"] == 200_778
    assert record.data["issuer"]["registration_number"] == "T7123456789012"
    assert [item["amount"] for item in record.data["line_items"]] == [
        item["amount"] for item in extract(SAMPLE).data["line_items"]
    ]


def test_a_mark_that_was_not_read_proves_no_rate() -> None:
    invoice = make_invoice("strip", 1)
    rates = {item["tax_rate"] for item in invoice.data["line_items"]}
    assert rates == {8, 10}
    scan = extract(to_json(as_scan(parse(invoice.pdf))).encode())
    assert {item["tax_rate"] for item in scan.data["line_items"]} == {8, None}


def sheet_of(*placed: tuple[str, int, int]) -> Sheet:
    """A page of texts, each with its left and its middle."""
    words = (
        Word(text, BBox(x, y - 6, x + 12 * len(text), y + 6), source="ocr") for text, x, y in placed
    )
    lines = tuple(Line((word,)) for word in words)
    return PageText(PageFacts(1, 595, 842, 72.0), lines).sheet


def test_a_unit_far_from_its_quantity_is_kept() -> None:
    head = (("品名", 150, 259), ("数量", 342, 259), ("単価", 419, 259), ("金額", 524, 259))
    row = (("サンプル", 150, 306), ("500", 325, 306), ("枚", 372, 306), ("50", 423, 306))
    (item,) = find_items([sheet_of(*head, *row, ("25,000", 500, 306))])
    assert [piece.key for piece in item.cells["quantity"]] == ["500", "枚"]


def test_an_amount_apart_from_its_unit_has_no_hole() -> None:
    sheet = sheet_of(("ご請求金額", 35, 210), ("¥42,820", 173, 210), ("円", 262, 210))
    assert [(found.meaning, found.value) for found in find_sums(sheet)] == [("amount_due", 42_820)]
    torn = sheet_of(("ご請求金額", 35, 210), ("¥42,", 173, 210), ("820", 226, 210))
    assert find_sums(torn) == []


@pytest.mark.parametrize(
    ("label", "value"),
    [
        ("合計", "+¥331,960"),  # ▲ as it is read when it is small
        ("合計金額", "8491589706147"),  # a registration number that lost its T
        ("合計", "496409円"),  # other amounts have commas
    ],
)
def test_an_amount_that_cannot_be_whole_is_left_out(label: str, value: str) -> None:
    sheet = sheet_of((label, 35, 210), (value, 173, 210), ("小計", 35, 260), ("¥2,000", 173, 260))
    assert [found.meaning for found in find_sums(sheet)] == ["subtotal"]


HEAD = (("品名", 100, 100), ("単価", 300, 100), ("数量", 400, 100), ("金額", 560, 100))


def test_a_line_whose_amount_is_torn_is_an_item_without_amount() -> None:
    rows = (
        ("レンタル料", 100, 130), ("11,22", 560, 130),
        ("名刺印刷", 100, 160), ("65,856", 560, 160),
    )  # fmt: skip
    first, second = find_items([sheet_of(*HEAD, *rows)])
    rates = Rates((), False, None)
    assert "amount" not in read_item(first, rates)
    assert read_item(second, rates)["amount"].value == 65_856
    assert read_item(second, rates)["description"].value == "名刺印刷"


def test_a_unit_that_is_no_word_and_a_torn_amount_are_left_out() -> None:
    row = (("サンプル", 100, 130), ("8", 300, 130), ("500)", 400, 130), ("4,00", 560, 130))
    sheet = sheet_of(("請求書", 260, 40), *HEAD, *row, ("合計", 400, 300), ("¥4,000", 560, 300))
    record = read_invoice([sheet], identify([sheet]), source="a.png")
    (item,) = record.data["line_items"]
    assert (item["quantity"], item["unit"], item["amount"]) == (500, None, None)
    assert [note.code for note in record.notes] == ["unclear-value"]


def test_a_rate_that_was_not_read_makes_no_other_sum_and_no_other_rate() -> None:
    table = (
        ("税率", 92, 386), ("金額", 173, 386), ("消費税等", 240, 386),
        ("I0P%", 93, 410), ("35,000", 163, 410), ("3,500", 251, 410),
        ("軽減8%", 81, 434), ("4,000", 163, 434), ("320", 258, 434),
    )  # fmt: skip
    assert {found.rate for found in find_sums(sheet_of(*table))} == {8}
    row = (("サンプル", 100, 130), ("10,000", 560, 130))
    (item,) = find_items([sheet_of(*HEAD, *row)])
    assert "tax_rate" not in read_item(item, Rates((Decimal(8),), True, None))


def test_a_line_whose_amount_was_hardly_read_is_an_item_of_its_own() -> None:
    rows = (("配送料", 100, 130), ("37,490円", 560, 130), ("用紙", 100, 152), ("2U,2OOJ", 560, 152))
    sheet = sheet_of(*HEAD, *rows)
    hardly = next(i for i, piece in enumerate(sheet.pieces) if "U" in piece.key)
    glyphs = tuple(replace(glyph, confidence=0.5) for glyph in sheet.pieces[hardly].glyphs)
    sheet.pieces[hardly] = replace(sheet.pieces[hardly], glyphs=glyphs)
    items = [read_item(item, Rates((), False, None)) for item in find_items([sheet])]
    assert [item["description"].value for item in items] == ["配送料", "用紙"]
    assert "amount" not in items[1]


def test_amounts_whose_head_was_not_read_are_amounts_and_no_tax_base() -> None:
    head = (*HEAD[:3], ("税率", 480, 100))
    rows = [
        (text, x, 130 + 30 * i)
        for i, amount in enumerate(("55,440", "81,006", "16,924"))
        for text, x in (("蜂蜜", 100), ("120", 300), ("4", 400), ("8%", 480), (amount, 700))
    ]
    sheet = sheet_of(*head, *rows)
    items = find_items([sheet])
    assert [item.cells["amount"][0].key for item in items] == ["55,440", "81,006", "16,924"]
    assert find_sums(sheet) == []


@pytest.mark.parametrize("hidden", ["quantity", "unit_price"])
def test_a_column_of_numbers_whose_head_was_not_read_is_found(hidden: str) -> None:
    at = {"unit_price": 300, "quantity": 400}[hidden]
    head = [entry for entry in HEAD if entry[1] != at]
    rows = [
        (text, x, 130 + 30 * i)
        for i, (price, count, amount) in enumerate(
            [("2,240", "9", "20,160"), ("3,859", "15", "57,885")]
        )
        for text, x in (
            ("会議室", 100),
            (price, 300),
            (count, 424 - 12 * len(count)),
            (amount, 540),
        )
    ]
    items = [
        read_item(item, Rates((), False, None)) for item in find_items([sheet_of(*head, *rows)])
    ]
    assert [(i["quantity"].value, i["unit_price"].value) for i in items] == [(9, 2240), (15, 3859)]
    named = sheet_of(*head, ("在庫", at, 100), *rows)
    assert not any(hidden in item.cells for item in find_items([named]))


def test_a_rate_that_never_was_is_misread() -> None:
    head = (*HEAD[:3], ("税率", 480, 100), ("金額", 560, 100))
    row = (("蜂蜜", 100, 130), ("120", 300, 130), ("4", 400, 130), ("89", 480, 130))
    (item,) = find_items([sheet_of(*head, *row, ("¥480", 560, 130))])
    assert "tax_rate" not in read_item(item, Rates((), False, None))


def test_what_is_left_of_a_price_is_no_price() -> None:
    row = (
        ("用紙", 100, 130),
        ("¥", 290, 130),
        ("0", 318, 130),
        ("1", 400, 130),
        ("¥2,660", 560, 130),
    )
    (item,) = find_items([sheet_of(*HEAD, *row)])
    assert "unit_price" not in read_item(item, Rates((), False, None))


def test_what_was_made_of_a_mark_is_no_part_of_a_description() -> None:
    sheet = sheet_of(*HEAD, ("緑茶", 100, 130), ("¥2,660", 560, 130))
    (item,) = find_items([sheet])
    (piece,) = item.cells["description"]
    smear = replace(piece.glyphs[0], raw="=", norm="=", confidence=0.3)
    item.cells["description"] = [replace(piece, glyphs=(*piece.glyphs, smear))]
    assert read_item(item, Rates((), False, None))["description"].value == "緑茶"
    sure = replace(smear, confidence=0.9)
    item.cells["description"] = [replace(piece, glyphs=(*piece.glyphs, sure))]
    assert read_item(item, Rates((), False, None))["description"].value == "緑茶="


def test_what_was_hardly_read_is_a_note_and_no_value() -> None:
    draft = Draft()
    place = Evidence(1, BBox(0, 0, 9, 9), "Namutnkun", 0.02, "ocr")
    draft.put("/title", Found("Namutnkun", (place,)))
    assert draft.data["title"] is None and draft.evidence == {}
    assert [note.code for note in draft.notes] == ["unclear-value"]
    draft.put("/title", Found("請求書", (replace(place, confidence=0.3),)))
    assert draft.data["title"] == "請求書"


def test_marks_pair_the_lines_of_a_record_in_the_best_way() -> None:
    line = {"description": "用紙", "amount": 100, "tax_rate": 10}
    printed = [{**line, "amount": n, "description": str(n)} for n in (1, 2, 3)]
    empty = {"taxes": [], "bank_accounts": []}
    pairs = _pairs({"line_items": printed, **empty}, {"line_items": printed[1:], **empty})
    assert list(pairs) == [("/line_items/1", "/line_items/0"), ("/line_items/2", "/line_items/1")]


def test_a_form_of_company_apart_from_its_name_belongs_to_it() -> None:
    sheet = sheet_of(("株式会社", 33, 112), ("ダミー", 95, 112), ("御中", 150, 112))
    party, _ = find_recipient(sheet, [])
    assert party["name"].value == "株式会社 ダミー"


def test_a_sentence_that_begins_like_a_label_is_no_value() -> None:
    prose = "Payment Terms Are Usually Stated on the Invoice. These May Vary"
    words = tuple(
        Word(t, BBox(20 + 40 * i, 90, 58 + 40 * i, 102)) for i, t in enumerate(prose.split())
    )
    sheet = PageText(PageFacts(1, 595, 842, 72.0), (Line(words),)).sheet
    assert [hit.field for hit in find_hits(sheet)] == []


def test_a_label_of_low_letters_is_found_at_the_other_end_of_its_line() -> None:
    words = (
        Word("(10%対象", BBox(122, 653, 209, 676), source="ocr"),
        Word("79,406円)", BBox(856, 654, 945, 673), source="ocr"),
    )
    lines = tuple(Line((word,)) for word in words)
    (found,) = find_sums(PageText(PageFacts(1, 1240, 1754, 150.0), lines).sheet)
    assert (found.meaning, found.rate, found.value) == ("taxable", 10, 79_406)


def test_amounts_under_a_head_that_was_not_read_are_no_sums() -> None:
    invoice = make_invoice("shop", 5034)
    document = as_scan(parse(invoice.pdf))
    data = to_json(document).replace("単価", "").encode()
    scan = extract(data)
    assert scan.data["shipping"] == 660
    assert [tax["gross"] for tax in scan.data["taxes"]] == [104_727, 55_860]


def test_the_lean_is_found_and_taken_out() -> None:
    words = [
        Word(
            "語", lean(BBox(100 + 300 * j, 100 + 50 * i, 130 + 300 * j, 130 + 50 * i)), source="ocr"
        )
        for i in range(8)
        for j in range(5)
    ]
    found = find_lean(words)
    assert found == pytest.approx(0.7, abs=0.15)
    tops = [straighten(word, 0.7).bbox.y0 for word in words[:5]]
    assert max(tops) - min(tops) <= 3
    assert find_lean([replace(word, source="text-layer") for word in words]) == 0.0


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("得意先コ一ド9594", "得意先コード9594"),
        ("A4コピ一用紙", "A4コピー用紙"),
        ("返道請求書", "返還請求書"),
        ("INv-005178", "INV-005178"),
        ("1NV-123456", "INV-123456"),
        ("システム一式", "システム一式"),
        ("みどリ野電機", "みどり野電機"),
        ("深煎リ1kg", "深煎り1kg"),
        ("リース料", "リース料"),
        ("消費稅額", "消費税額"),
        ("1,O00円", "1,000円"),
        ("紙コップ28Oml", "紙コップ280ml"),
        ("500枚=5冊", "500枚×5冊"),
        ("合計=500", "合計=500"),
        ("支払奈件", "支払条件"),
        ("奈良県", "奈良県"),
        ("S-O12", "S-O12"),
        ("牛乳2l", "牛乳2l"),
    ],
)
def test_only_what_cannot_be_meant_is_replaced(read: str, meant: str) -> None:
    assert mend(read) == meant


@pytest.mark.parametrize("amount", ["¥200 ,778", "7"])
def test_an_amount_with_a_hole_is_none(amount: str) -> None:
    document = as_scan(parse(SAMPLE))

    def hole(block: Block) -> Block:
        words: list[Word] = []
        for word in block.words:
            if "200,778" not in word.text:
                words.append(word)
                continue
            box, parts = word.bbox, amount.split(" ")
            step = box.width // (len(parts) + 1)
            for i, part in enumerate(parts):
                place = BBox(box.x0 + i * step, box.y0, box.x0 + (i + 1) * step - 8, box.y1)
                words.append(replace(word, text=part, bbox=place, space_after=True))
        return replace(block, words=tuple(words))

    pages = (replace(p, blocks=tuple(map(hole, p.blocks))) for p in document.pages)
    record = extract(to_json(replace(document, pages=tuple(pages))).encode())
    assert record.data["total"] is None
    assert record.data["amount_due"] is None
