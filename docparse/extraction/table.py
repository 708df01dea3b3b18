"""Records as CSV: one row per line item, what holds for the whole invoice repeated in each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Any

from docparse.extraction.draft import AMOUNTS, LINE
from docparse.extraction.record import Record

WHOLE = ("document_type", "invoice_number", "issue_date", "transaction_date", "due_date", "subject")
PARTIES = (
    ("issuer", "/issuer/name"),
    ("registration_number", "/issuer/registration_number"),
    ("recipient", "/recipient/name"),
)
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    "source",
    *WHOLE,
    *(name for name, _ in PARTIES),
    *AMOUNTS,
    "failed_checks",
    *(f"line_{name}" for name in LINE),
)


def to_csv(records: Iterable[Record]) -> str:
    """CSV (RFC 4180, with a byte order mark, so that spreadsheets read Japanese)."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    for record in records:
        for row in _rows(record):
            writer.writerow({name: safe_cell(value) for name, value in row.items()})
    return "\ufeff" + out.getvalue()


def _rows(record: Record) -> Iterator[dict[str, Any]]:
    data = record.data
    whole = {"source": record.source, **{name: data[name] for name in (*WHOLE, *AMOUNTS)}}
    whole["issuer"] = data["issuer"]["name"]
    whole["registration_number"] = data["issuer"]["registration_number"]
    whole["recipient"] = data["recipient"]["name"]
    whole["failed_checks"] = " ".join(sorted({check.code for check in record.failed}))
    for line in data["line_items"] or [{}]:
        yield whole | {f"line_{name}": line.get(name) for name in LINE}


def safe_cell(value: Any) -> Any:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
