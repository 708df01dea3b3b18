"""Outputs for accounting: CSV, JP PINT, the index; and records by a model."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import xml.etree.ElementTree as ET
from pathlib import Path

import pydantic
import pytest

from docparse.bench.invoice_make import HELD_OUT, LAYOUTS, make_invoice
from docparse.engines.base import Reply, Request
from docparse.engines.fake import FakeEngine
from docparse.errors import UsageError
from docparse.extraction.index import index_csv, make_table, proposed_name, put_entries, to_entry
from docparse.extraction.run import extract
from docparse.extraction.table import to_csv
from docparse.extraction.ubl import CAC, CBC, to_ubl
from docparse.schemas.load import bounded
from docparse.settings import ReadSettings

SAMPLE = Path(__file__).parent.parent.parent / "samples" / "invoice-ja.pdf"


class Goods(pydantic.BaseModel):
    name: str | None
    amount: int | None


class Bill(pydantic.BaseModel):
    number: str | None
    issued: str | None
    total: int | None
    paid: bool | None
    goods: list[Goods]


def replying(claim: dict[str, object]) -> FakeEngine:
    def answer(request: Request) -> Reply:
        return Reply(json.dumps(claim, ensure_ascii=False), "stop")

    return FakeEngine(answer)


def test_csv_has_a_row_for_each_line_and_no_formulas() -> None:
    record = extract(SAMPLE)
    record.data["line_items"][0]["description"] = "=1+1"
    rows = list(csv.DictReader(io.StringIO(to_csv([record]).removeprefix("\ufeff"))))
    assert len(rows) == 9
    assert rows[0]["line_description"] == "'=1+1"
    assert {row["total"] for row in rows} == {"200778"}
    assert rows[-1]["line_amount"] == "-3000"


def test_jp_pint_has_the_paths_of_the_specification() -> None:
    root = ET.fromstring(to_ubl(extract(SAMPLE)))
    names = {"cac": CAC, "cbc": CBC}

    def text(path: str) -> list[str | None]:
        return [element.text for element in root.findall(path, names)]

    assert text("cbc:ID") == ["INV-2026-1031"]
    assert text("cbc:InvoiceTypeCode") == ["380"]
    supplier = "cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme/cbc:CompanyID"
    assert text(supplier) == ["T7123456789012"]
    part = "cac:TaxTotal/cac:TaxSubtotal"
    assert text(f"{part}/cbc:TaxableAmount") == ["55400", "129480"]
    assert text(f"{part}/cac:TaxCategory/cbc:ID") == ["S", "AA"]
    assert text("cac:LegalMonetaryTotal/cbc:PayableAmount") == ["200778"]
    assert len(root.findall("cac:InvoiceLine", names)) == 9


# The order in which UBL 2.1 wants what is written here.
ORDER = [
    "CustomizationID", "ProfileID", "ID", "IssueDate", "DueDate", "InvoiceTypeCode",
    "CreditNoteTypeCode", "Note", "DocumentCurrencyCode", "InvoicePeriod", "OrderReference",
    "BillingReference", "AccountingSupplierParty", "AccountingCustomerParty", "PaymentMeans",
    "PaymentTerms", "TaxTotal", "LegalMonetaryTotal", "InvoiceLine", "CreditNoteLine",
]  # fmt: skip
REQUIRED = [
    "cbc:CustomizationID", "cbc:ProfileID", "cbc:IssueDate", "cbc:DocumentCurrencyCode",
    "cac:InvoicePeriod/cbc:StartDate", "cac:InvoicePeriod/cbc:EndDate",
    "cac:AccountingSupplierParty/cac:Party/cac:PartyLegalEntity/cbc:RegistrationName",
    "cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme/cac:TaxScheme/cbc:ID",
    "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:Percent",
    "cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount", "cac:LegalMonetaryTotal/cbc:PayableAmount",
]  # fmt: skip


@pytest.mark.parametrize("layout", [*LAYOUTS, *HELD_OUT])
def test_jp_pint_of_every_layout_is_whole_in_order_and_adds_up(layout: str) -> None:
    root = ET.fromstring(to_ubl(extract(make_invoice(layout, 3).pdf, name=layout)))
    names = {"cac": CAC, "cbc": CBC}
    assert [path for path in REQUIRED if root.find(path, names) is None] == []
    places = [ORDER.index(child.tag.split("}")[1]) for child in root]
    assert places == sorted(places)
    number = root.findtext(".//cac:PartyTaxScheme/cbc:CompanyID", "", names)
    assert number[0] == "T" and len(number) == 14

    def money(path: str) -> list[int]:
        found = root.findall(path, names)
        assert all(element.get("currencyID") == "JPY" for element in found)
        return [int(element.text or "") for element in found]

    tax = money("cac:TaxTotal/cbc:TaxAmount")
    assert sum(money("cac:TaxTotal/cac:TaxSubtotal/cbc:TaxAmount")) == tax[0]
    total = "cac:LegalMonetaryTotal/cbc:"
    exclusive, inclusive = money(f"{total}TaxExclusiveAmount"), money(f"{total}TaxInclusiveAmount")
    assert exclusive[0] > 0
    assert exclusive[0] + tax[0] == inclusive[0]
    line = "cac:CreditNoteLine" if layout == "returned" else "cac:InvoiceLine"
    lines = money(f"{line}/cbc:LineExtensionAmount")
    assert bool(lines) == (layout != "formal-receipt")  # which prints no line items
    assert (sum(lines) or exclusive[0]) == money(f"{total}LineExtensionAmount")[0]


def test_a_credit_note_refers_to_its_invoice() -> None:
    record = extract(make_invoice("returned", 1).pdf, name="returned")
    root = ET.fromstring(to_ubl(record))
    assert root.tag.endswith("CreditNote")
    assert root.find(f"{{{CAC}}}BillingReference") is not None


def test_the_index_is_searched_by_its_three_keys() -> None:
    entries = [
        to_entry(extract(make_invoice("classic", seed).pdf, name=f"{seed}")) for seed in (1, 2)
    ]
    assert index_csv(entries).count("\n") == 3
    connection = sqlite3.connect(":memory:")
    make_table(connection)
    for entry in entries:
        put_entries(connection, entry.source, [entry])
    query = "SELECT source FROM invoices WHERE date >= ? AND amount >= ? AND counterparty = ?"
    one = entries[0]
    found = connection.execute(query, (one.date, one.amount, one.counterparty)).fetchall()
    assert found == [("1",)]


def test_names_hold_nothing_that_file_systems_refuse() -> None:
    assert proposed_name("2026-10-31", "株式会社 A/B:C", 1100) == "20261031_株式会社ABC_1100"
    assert proposed_name("2026-10-31", None, 1100) == ""


def test_a_model_reads_any_schema_and_what_is_not_printed_is_kept_out() -> None:
    claim = {
        "number": "INV-2026-1031",
        "issued": "2026-10-31",
        "total": 999_999,
        "paid": True,
        "goods": [
            {"name": "業務用牛乳 1L", "amount": 13_080},
            {"name": "金の延べ棒", "amount": 77_777},
        ],
    }
    engine = replying(claim)
    record = extract(SAMPLE, Bill, engine=engine)
    assert record.data["number"] == "INV-2026-1031"
    assert record.data["issued"] == "2026-10-31"
    assert record.data["total"] is None
    assert record.data["goods"] == [{"name": "業務用牛乳 1L", "amount": 13_080}]
    assert record.evidence["/issued"][0].text == "2026年10月31日"
    kinds = [note.code for note in record.notes]
    assert kinds.count("not-found") == 3
    assert kinds.count("judged") == 1
    assert engine.seen[0].schema is not None


def test_a_reply_that_is_no_json_is_a_note() -> None:
    engine = FakeEngine(lambda request: Reply("{oops", "length"))
    record = extract(SAMPLE, Bill, engine=engine)
    assert [note.code for note in record.notes] == ["bad-reply"]
    assert record.data["goods"] == []


def test_the_shipped_model_answers_no_schema() -> None:
    with pytest.raises(UsageError, match="docparse-nano"):
        extract(SAMPLE, settings=ReadSettings(reading="page"))


def test_rules_and_model_are_compared() -> None:
    record = extract(SAMPLE, engine=replying({"total": 184_880}), compare=True)
    differs = [note.message for note in record.notes if note.code == "differs"]
    assert any(
        message.startswith("/total: by rules 200778, by the model 184880") for message in differs
    )


def test_a_schema_of_ones_own_needs_a_model() -> None:
    with pytest.raises(UsageError, match="--model"):
        extract(SAMPLE, Bill)
    with pytest.raises(UsageError, match="no schema nothing"):
        extract(SAMPLE, "nothing")


def test_replies_are_bounded() -> None:
    body = bounded(Bill.model_json_schema())
    assert body["properties"]["goods"]["maxItems"] == 200
    assert body["additionalProperties"] is False
