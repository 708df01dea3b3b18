"""A record in the making: values with their evidence put at JSON pointers of an empty invoice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from docparse.extraction.record import Evidence, Found, RecordNote

# What was read with less confidence is noted, and is no value.
LEAST_CONFIDENCE = 0.2

PARTY = (
    "name",
    "registration_number",
    "department",
    "contact",
    "postal_code",
    "address",
    "phone",
    "fax",
    "email",
)
AMOUNTS = (
    "subtotal",
    "tax_total",
    "total",
    "amount_due",
    "withholding_tax",
    "discount",
    "shipping",
    "previous_amount",
    "payment_received",
    "carry_over",
)
LINE = (
    "date", "slip_number", "code", "description", "quantity", "unit", "unit_price", "amount",
    "gross_amount", "tax_amount", "tax_rate", "reduced", "note",
)  # fmt: skip
ACCOUNT = ("bank", "branch", "branch_number", "type", "number", "holder")
TAX = ("rate", "net", "gross", "tax")


def empty_invoice() -> dict[str, Any]:
    """An invoice of which nothing is known."""
    return {
        "document_type": None,
        "title": None,
        "invoice_number": None,
        "issue_date": None,
        "transaction_date": None,
        "period": {"start": None, "end": None},
        "due_date": None,
        "subject": None,
        "order_number": None,
        "customer_number": None,
        "original_number": None,
        "issuer": dict.fromkeys(PARTY),
        "recipient": dict.fromkeys(PARTY),
        "currency": None,
        "tax_mode": None,
        **dict.fromkeys(AMOUNTS),
        "taxes": [],
        "line_items": [],
        "bank_accounts": [],
        "payment_terms": None,
        "note": None,
    }


@dataclass(slots=True)
class Draft:
    """Data and evidence; a value is put once, and its place with it.

    `notes`: what was hardly read and left out.
    """

    data: dict[str, Any] = field(default_factory=empty_invoice)
    evidence: dict[str, tuple[Evidence, ...]] = field(default_factory=dict)
    notes: list[RecordNote] = field(default_factory=list)

    def put(self, pointer: str, found: Found | None) -> None:
        """Sets a value that is not there yet; `/issuer/name` or `/total`."""
        if found is None or found.value is None or found.value == "":
            return
        if min((e.confidence for e in found.places), default=1.0) < LEAST_CONFIDENCE:
            message = f"{pointer} may be {found.value!r}: it was hardly read, and is left out"
            self.notes.append(RecordNote("unclear-value", message, found.places[0].page))
            return
        *path, last = pointer.split("/")[1:]
        node: Any = self.data
        for part in path:
            node = node[int(part)] if isinstance(node, list) else node[part]
        if node[last] is None:
            node[last] = found.value
            self.evidence[pointer] = found.places

    def put_all(self, pointer: str, values: Mapping[str, Found]) -> None:
        for name, found in values.items():
            self.put(f"{pointer}/{name}", found)

    def append(self, name: str, fields: tuple[str, ...], values: Mapping[str, Found]) -> None:
        """Adds an entry to a list of the invoice."""
        entries = self.data[name]
        entries.append(dict.fromkeys(fields))
        self.put_all(
            f"/{name}/{len(entries) - 1}", {k: v for k, v in values.items() if k in fields}
        )
