"""Records of whole invoices: of every layout, altered ones, and what is no invoice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pymupdf
import pytest

from docparse.batch.packing import pack, unpack_text
from docparse.bench.invoice_make import HELD_OUT, LAYOUTS, make_invoice
from docparse.bench.invoice_match import mark
from docparse.bench.invoices import run_invoices
from docparse.convert.data import to_json
from docparse.extraction.read import read_text
from docparse.extraction.record import Record, leaves
from docparse.extraction.run import by_rules, extract
from docparse.pages.open import open_source
from docparse.pipeline import failed_page, parse
from docparse.schemas.load import load_schema
from docparse.settings import ReadSettings
from tests.command import docparse

SAMPLE = Path(__file__).parent.parent.parent / "samples" / "invoice-ja.pdf"
JAPANESE = Path(__file__).parent.parent.parent.parent / "shared" / "data" / "japanese"

Lines = list[tuple[float, float, str]]


def draw(*pages: Lines) -> bytes:
    """A PDF with lines of text at their places."""
    font = pymupdf.Font("japan")
    with pymupdf.open() as pdf:
        for lines in pages:
            page = pdf.new_page()
            writer = pymupdf.TextWriter(page.rect)
            for x, y, text in lines:
                writer.append((x, y), text, font=font, fontsize=10)
            if lines:
                writer.write_text(page)
        pdf.subset_fonts()
        return bytes(pdf.tobytes())


def codes(record: Record) -> set[str]:
    return {note.code for note in record.notes}


@pytest.mark.parametrize("layout", [*LAYOUTS, *HELD_OUT])
def test_every_value_of_every_layout_with_its_place(layout: str) -> None:
    invoice = make_invoice(layout, 7)
    record = extract(invoice.pdf, name=layout)
    marks = mark(invoice.data, invoice.places, record)
    assert [one for one in marks if not one.right] == []
    assert [one for one in marks if one.hit is False] == []
    assert [check for check in record.checks if check.verdict == "fail"] == []
    jsonschema.validate(record.data, load_schema("invoice-jp").body)
    assert {pointer for pointer, _ in leaves(record.data)} == record.evidence.keys()


@pytest.mark.parametrize("layout", [*LAYOUTS, *HELD_OUT])
def test_an_altered_number_is_caught(layout: str) -> None:
    numbers = make_invoice(layout, 11).numbers
    for index in (0, numbers // 2, numbers - 1):
        altered = make_invoice(layout, 11, alter=index)
        record = extract(altered.pdf, name=layout)
        doubts = [c for c in record.checks if c.verdict == "fail" or c.code == "rounding"]
        assert doubts, altered.altered


def test_the_sample_from_pdf_and_from_our_own_json() -> None:
    record = extract(SAMPLE)
    assert record.data["total"] == 200_778
    assert record.data["issuer"]["registration_number"] == "T7123456789012"
    assert len(record.data["line_items"]) == 9
    assert record.failed == ()
    again = extract(to_json(parse(SAMPLE)).encode())
    assert again.data["total"] == 200_778
    assert len(again.data["line_items"]) == 9


def test_words_of_a_text_layer_load_no_layout_model() -> None:
    code = (
        "import sys; from docparse.extraction.run import extract; "
        f"extract({str(SAMPLE)!r}); "
        "print('pymupdf' in sys.modules, 'pymupdf.layout' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True False"


def test_tax_rounded_on_each_line_is_told() -> None:
    lines: Lines = [
        (250, 50, "請求書"), (50, 80, "株式会社あおば 御中"), (350, 80, "みほん商事株式会社"),
        (350, 95, "登録番号 T7123456789012"), (350, 110, "発行日 2026/10/31"),
        (50, 150, "品名"), (300, 150, "数量"), (380, 150, "単価"), (480, 150, "金額"),
    ]  # fmt: skip
    for i in range(3):
        y = 170 + 20 * i
        lines += [(50, y, f"品{i}"), (305, y, "1"), (380, y, "105"), (480, y, "105")]
    lines += [(380, 250, "10%対象"), (480, 250, "315"), (380, 270, "消費税(10%)"), (480, 270, "30")]
    lines += [(380, 290, "合計"), (480, 290, "¥345")]
    record = extract(draw(lines), name="per-line")
    (check,) = [check for check in record.checks if check.code == "tax"]
    assert check.verdict == "fail"
    assert "each line" in check.message
    assert (check.figures["base"], check.figures["tax"], check.figures["floor"]) == (315, 30, 31)


def test_a_blank_page_prose_and_a_bank_statement_are_no_invoices() -> None:
    assert codes(extract(draw([]), name="blank")) == {"blank"}
    prose: Lines = [(50, 60, "会議の記録"), (50, 80, "予算は1,200,000円とすることに決めた。")]
    heads: Lines = [(50, 40, "普通預金 取引明細"), (50, 60, "日付"), (150, 60, "摘要")]
    heads += [(300, 60, "お支払金額"), (400, 60, "お預り金額"), (500, 60, "残高")]
    rows: Lines = []
    for i in range(30):
        y = 80 + 18 * i
        rows += [(50, y, "2026/10/01"), (150, y, "給与"), (400, y, "1,000"), (500, y, "9,000")]
    for pages in ([prose], [heads + rows] * 40):
        record = extract(draw(*pages), name="other")
        assert codes(record) == {"not-an-invoice"}
        assert list(leaves(record.data)) == []


def test_an_english_invoice_in_dollars_has_no_amounts() -> None:
    lines: Lines = [
        (50, 50, "INVOICE"), (300, 70, "Invoice No. 2041"), (300, 90, "Date: 4 March 2026"),
        (50, 90, "Billed to:"), (50, 104, "Imani Olowe"), (300, 110, "Pay by: Apr 30, 2026"),
        (50, 200, "Description"), (300, 200, "Qty"), (380, 200, "Unit Price"), (480, 200, "Amount"),
        (50, 220, "Widget"), (300, 220, "3"), (380, 220, "$25"), (480, 220, "$75"),
        (380, 260, "Total"), (480, 260, "$75"),
    ]  # fmt: skip
    record = extract(draw(lines), name="english")
    assert codes(record) == {"foreign-currency"}
    assert record.data["invoice_number"] == "2041"
    assert record.data["recipient"]["name"] == "Imani Olowe"
    assert (record.data["issue_date"], record.data["due_date"]) == ("2026-03-04", "2026-04-30")
    assert record.data["total"] is None
    assert record.data["line_items"] == []


def test_two_invoices_in_one_file_are_two_records() -> None:
    first, second = make_invoice("classic", 3), make_invoice("inclusive", 4)
    with pymupdf.open(stream=first.pdf) as both, pymupdf.open(stream=second.pdf) as other:
        both.insert_pdf(other)
        record = extract(bytes(both.tobytes()), name="two")
    assert codes(record) == {"several-invoices"}
    assert record.data["invoice_number"] == first.data["invoice_number"]
    assert [more.data["total"] for more in record.more] == [second.data["total"]]


def test_an_invoice_over_many_pages_is_one_record() -> None:
    invoice = make_invoice("monthly", 2)
    record = extract(invoice.pdf, name="monthly")
    assert len(record.pages) > 1
    assert record.more == ()
    assert len(record.data["line_items"]) == len(invoice.data["line_items"])


def test_real_documents_make_no_invoice_of_what_is_none() -> None:
    files = sorted((JAPANESE / "pdfme_golden").glob("*.pdf")) if JAPANESE.is_dir() else []
    if not files:
        pytest.skip("../shared/data/japanese is not here")
    for file in files:
        if file.stem not in ("見積書", "納品書"):
            record = extract(file, settings=ReadSettings(reader="nano"))
            assert "not-an-invoice" in codes(record), file.name
            assert list(leaves(record.data)) == []


def test_a_form_whose_labels_are_a_picture_under_the_text() -> None:
    file = JAPANESE / "pdfme_golden" / "見積書.pdf"
    if not file.is_file():
        pytest.skip("../shared/data/japanese is not here")
    record = extract(file, settings=ReadSettings(reader="nano"))
    assert codes(record) == {"other-document"}
    data = record.data
    assert data["document_type"] == "estimate"
    assert (data["subject"], data["issue_date"]) == ("印刷代一式御見積書", "2020-01-01")
    assert (data["subtotal"], data["tax_total"], data["total"]) == (12_000, 1_200, 13_200)
    assert data["recipient"]["name"] == "株式会社listmake.jp"
    assert data["recipient"]["address"] is None  # 東京都 is a person here
    assert [item["amount"] for item in data["line_items"]] == [1_000] * 12


def test_the_bench_counts_what_it_says() -> None:
    score = run_invoices(count=4)
    assert (score.invoices, score.altered) == (4, 4)
    assert score.total(lines=True).printed > 10
    assert "all line items" in score.to_text()


def test_the_command_writes_records_and_an_index(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    names = ("classic", "till", "freelancer")
    for name in names:
        (folder / f"{name}.pdf").write_bytes(make_invoice(name, 1).pdf)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    args = ["extract", str(folder), "-o", str(tmp_path / "out"), "-f", "json", "-f", "csv"]
    code = "import sys; from docparse.cli.main import run; run()"
    done = subprocess.run(
        [sys.executable, "-c", code, *args, "-f", "jp-pint", "--rename"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 3, done.stderr
    assert "broken.pdf" in done.stderr
    out = tmp_path / "out"
    record = json.loads((out / "classic.json").read_text("utf-8"))
    assert record["evidence"]["/total"][0]["bbox"]
    assert (out / "till.csv").read_text("utf-8-sig").startswith("source,")
    assert b"urn:peppol:pint:billing-1@jp-1" in (out / "classic.xml").read_bytes()
    assert len((out / "index.csv").read_text("utf-8-sig").splitlines()) == 4
    assert len(list((out / "renamed").iterdir())) == 3
    before = (out / "classic.json").stat().st_mtime_ns
    (out / "till.json").unlink()
    again = docparse(*args, "-f", "jp-pint")
    assert again.returncode == 3, again.stderr
    assert (out / "classic.json").stat().st_mtime_ns == before  # by the ledger, not again
    assert (out / "till.json").exists()
    assert len((out / "index.csv").read_text("utf-8-sig").splitlines()) == 4


def test_the_index_keeps_what_other_runs_have_put_and_misses_nothing(tmp_path: Path) -> None:
    for name in ("classic", "till"):
        (tmp_path / f"{name}.pdf").write_bytes(make_invoice(name, 1).pdf)

    def extract_into_out(name: str) -> list[str]:
        done = docparse("extract", tmp_path / f"{name}.pdf", "-o", f"{tmp_path}/out/")
        assert done.returncode == 0, done.stderr
        lines = (tmp_path / "out" / "index.csv").read_text("utf-8-sig").splitlines()[1:]
        return [next(cell for cell in line.split(",") if cell.endswith(".pdf")) for line in lines]

    assert extract_into_out("classic") == ["classic.pdf"]
    assert extract_into_out("till") == ["classic.pdf", "till.pdf"]
    (tmp_path / "out" / "index.sqlite").unlink()
    assert extract_into_out("till") == ["till.pdf"]  # done again, since the index lacked it


def test_a_page_that_cost_a_worker_its_life_is_a_note_of_the_record() -> None:
    page = failed_page(2, "the page gave no answer within 120 seconds")
    text = unpack_text(pack(page))
    record = by_rules([text], source="slow.pdf")
    assert codes(record) == {"page-failed"}
    assert not record.complete
    with open_source(SAMPLE, name="sample") as source:
        whole = read_text(source, 1)
    assert unpack_text(pack(whole)) == whole
