"""Records as JP PINT: UBL 2.1 invoices in the form that the Peppol network takes in Japan.

Names and paths follow JP PINT 1.1 (docs.peppol.eu/poac/jp/pint-jp). What an invoice does not tell,
such as electronic addresses, is left out and has to be added before sending.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

from docparse.extraction.draft import AMOUNTS
from docparse.extraction.record import Record

INVOICE = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CREDIT = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
CUSTOMIZATION = "urn:peppol:pint:billing-1@jp-1"
PROFILE = "urn:peppol:bis:billing"
# Units of UN/ECE recommendation 20 for common Japanese ones; others are C62, one piece.
UNITS = {
    "式": "LS", "時間": "HUR", "日": "DAY", "月": "MON", "kg": "KGM", "g": "GRM",
    "m": "MTR", "l": "LTR", "箱": "XBX", "袋": "XBG", "本": "XBO",
}  # fmt: skip
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_ubl(record: Record) -> bytes:
    """The invoice as an XML document in UTF-8."""
    is_credit = record.data["document_type"] == "credit-note"
    data = _credited(record.data) if is_credit else record.data
    kind = "CreditNote" if is_credit else "Invoice"
    for prefix, uri in (("", CREDIT if is_credit else INVOICE), ("cac", CAC), ("cbc", CBC)):
        ET.register_namespace(prefix, uri)
    root = ET.Element(f"{{{CREDIT if is_credit else INVOICE}}}{kind}")
    _head(root, data, is_credit)
    _party(root, "AccountingSupplierParty", data["issuer"])
    _party(root, "AccountingCustomerParty", data["recipient"])
    _payment(root, data)
    _tax_total(root, data)
    _monetary_total(root, data)
    for number, line in enumerate(data["line_items"], start=1):
        _line(root, number, line, is_credit)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _credited(data: dict[str, Any]) -> dict[str, Any]:
    """The data with the amounts of a credit note as what is given back, however it prints them."""
    total = data["amount_due"] if data["amount_due"] is not None else data["total"]
    if total is None or total >= 0:
        return data
    turned = ("net", "gross", "tax", "amount", "gross_amount", "tax_amount")

    def turn(entry: dict[str, Any]) -> dict[str, Any]:
        even = {k: -v if k in turned and v is not None else v for k, v in entry.items()}
        plain = {k: abs(v) for k in ("quantity", "unit_price") if (v := entry.get(k)) is not None}
        return even | plain

    sums = {name: -data[name] for name in AMOUNTS if data[name] is not None}
    lists = {name: [turn(entry) for entry in data[name]] for name in ("taxes", "line_items")}
    return data | sums | lists


def _add(parent: ET.Element, path: str, value: Any = None, **attributes: str) -> ET.Element:
    """A new child, `cbc:ID` or `cac:Party`, with the text of a value."""
    prefix, name = path.split(":")
    child = ET.SubElement(parent, f"{{{CAC if prefix == 'cac' else CBC}}}{name}", attributes)
    if value is not None:
        child.text = _NOT_XML.sub("", str(value))
    return child


def _money(parent: ET.Element, name: str, value: Any) -> None:
    if value is not None:
        _add(parent, f"cbc:{name}", value, currencyID="JPY")


def _head(root: ET.Element, data: dict[str, Any], is_credit: bool) -> None:
    _add(root, "cbc:CustomizationID", CUSTOMIZATION)
    _add(root, "cbc:ProfileID", PROFILE)
    due = None if is_credit else data["due_date"]
    values = (
        ("ID", data["invoice_number"]),
        ("IssueDate", data["issue_date"] or data["transaction_date"]),
        ("DueDate", due),
        ("CreditNoteTypeCode" if is_credit else "InvoiceTypeCode", "381" if is_credit else "380"),
        ("Note", data["note"] or data["subject"]),
        ("DocumentCurrencyCode", "JPY"),
    )
    for name, value in values:
        if value is not None:
            _add(root, f"cbc:{name}", value)
    start = data["period"]["start"] or data["transaction_date"] or data["issue_date"]
    end = data["period"]["end"] or start
    if start:
        period = _add(root, "cac:InvoicePeriod")
        _add(period, "cbc:StartDate", start)
        _add(period, "cbc:EndDate", end)
    if data["order_number"]:
        _add(_add(root, "cac:OrderReference"), "cbc:ID", data["order_number"])
    if data["original_number"]:
        reference = _add(_add(root, "cac:BillingReference"), "cac:InvoiceDocumentReference")
        _add(reference, "cbc:ID", data["original_number"])


def _party(root: ET.Element, role: str, who: dict[str, Any]) -> None:
    party = _add(_add(root, f"cac:{role}"), "cac:Party")
    if who["name"]:
        _add(_add(party, "cac:PartyName"), "cbc:Name", who["name"])
    if who["address"] or who["postal_code"]:
        address = _add(party, "cac:PostalAddress")
        for name, value in (("StreetName", who["address"]), ("PostalZone", who["postal_code"])):
            if value:
                _add(address, f"cbc:{name}", value)
        _add(_add(address, "cac:Country"), "cbc:IdentificationCode", "JP")
    if who["registration_number"]:
        scheme = _add(party, "cac:PartyTaxScheme")
        _add(scheme, "cbc:CompanyID", who["registration_number"])
        _add(_add(scheme, "cac:TaxScheme"), "cbc:ID", "VAT")
    if who["name"]:
        _add(_add(party, "cac:PartyLegalEntity"), "cbc:RegistrationName", who["name"])
    contact = {"Name": who["contact"], "Telephone": who["phone"], "ElectronicMail": who["email"]}
    if any(contact.values()):
        element = _add(party, "cac:Contact")
        for name, value in contact.items():
            if value:
                _add(element, f"cbc:{name}", value)


def _payment(root: ET.Element, data: dict[str, Any]) -> None:
    for account in data["bank_accounts"]:
        means = _add(root, "cac:PaymentMeans")
        _add(means, "cbc:PaymentMeansCode", "30")
        payee = _add(means, "cac:PayeeFinancialAccount")
        names = ("bank", "branch", "branch_number", "type", "number")
        _add(payee, "cbc:ID", " ".join(account[name] for name in names if account[name]))
        if account["holder"]:
            _add(payee, "cbc:Name", account["holder"])
    if data["payment_terms"]:
        _add(_add(root, "cac:PaymentTerms"), "cbc:Note", data["payment_terms"])


def category_of(rate: Any, reduced: bool) -> str:
    """The tax category: S standard, AA reduced, E exempt where no tax is taken."""
    if reduced or rate == 8:
        return "AA"
    return "S" if rate else "E"


def _tax_of(data: dict[str, Any]) -> int | None:
    """The whole tax: as printed, else the sum of all rates."""
    printed: int | None = data["tax_total"]
    taxes = [tax["tax"] for tax in data["taxes"] if tax["tax"] is not None]
    return sum(taxes) if printed is None and taxes else printed


def _tax_total(root: ET.Element, data: dict[str, Any]) -> None:
    taxes = [tax for tax in data["taxes"] if tax["tax"] is not None]
    total = _tax_of(data)
    if total is None:
        return
    element = _add(root, "cac:TaxTotal")
    _money(element, "TaxAmount", total)
    for tax in taxes:
        part = _add(element, "cac:TaxSubtotal")
        _money(part, "TaxableAmount", _net(tax))
        _money(part, "TaxAmount", tax["tax"])
        _category(part, "cac:TaxCategory", tax["rate"], False)


def _net(tax: dict[str, Any]) -> int | None:
    if tax["net"] is not None:
        return int(tax["net"])
    return int(tax["gross"] - tax["tax"]) if tax["gross"] is not None else None


def _category(parent: ET.Element, path: str, rate: Any, reduced: bool) -> None:
    if rate is None and not reduced:
        return  # not known, which is something else than exempt
    category = _add(parent, path)
    _add(category, "cbc:ID", category_of(rate, reduced))
    if rate is not None:
        _add(category, "cbc:Percent", rate)
    _add(_add(category, "cac:TaxScheme"), "cbc:ID", "VAT")


def _totals(data: dict[str, Any]) -> Iterator[tuple[str, int | None]]:
    lines = [line["amount"] for line in data["line_items"]]
    nets = [_net(tax) for tax in data["taxes"]]
    net = data["subtotal"]
    if nets and None not in nets:
        net = sum(value for value in nets if value is not None)
    yield "LineExtensionAmount", sum(lines) if lines and None not in lines else net
    yield "TaxExclusiveAmount", net
    gross, due = data["total"], data["amount_due"]
    if gross is None and net is not None and (tax := _tax_of(data)) is not None:
        gross = net + tax
    yield "TaxInclusiveAmount", gross if gross is not None else due
    if data["carry_over"] is not None or data["previous_amount"] is not None:
        yield "PayableAmount", gross  # what earlier invoices left is no part of this one
        return
    yield "PrepaidAmount", data["payment_received"]
    yield "PayableAmount", due if due is not None else gross


def _monetary_total(root: ET.Element, data: dict[str, Any]) -> None:
    element = _add(root, "cac:LegalMonetaryTotal")
    for name, value in _totals(data):
        _money(element, name, value)


def _line(root: ET.Element, number: int, line: dict[str, Any], is_credit: bool) -> None:
    element = _add(root, "cac:CreditNoteLine" if is_credit else "cac:InvoiceLine")
    _add(element, "cbc:ID", number)
    if line["note"]:
        _add(element, "cbc:Note", line["note"])
    unit = UNITS.get((line["unit"] or "").lower(), "C62")
    quantity = 1 if line["quantity"] is None else line["quantity"]
    name = "CreditedQuantity" if is_credit else "InvoicedQuantity"
    _add(element, f"cbc:{name}", quantity, unitCode=unit)
    _money(element, "LineExtensionAmount", line["amount"])
    item = _add(element, "cac:Item")
    _add(item, "cbc:Name", line["description"] or line["code"] or "")
    if line["code"]:
        _add(_add(item, "cac:SellersItemIdentification"), "cbc:ID", line["code"])
    _category(item, "cac:ClassifiedTaxCategory", line["tax_rate"], bool(line["reduced"]))
    price = line["unit_price"] if line["unit_price"] is not None else line["amount"]
    if price is not None:
        _money(_add(element, "cac:Price"), "PriceAmount", price)
