"""An index of many invoices by the three keys of the electronic-books act, as CSV and SQLite.

電子帳簿保存法 asks that transactions can be searched by date, amount and counterparty, with ranges
for the first two: any spreadsheet does it with the CSV, and SQL with the table `invoices`.
"""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields

from docparse.extraction.record import Record
from docparse.extraction.table import safe_cell

# What file systems refuse in names, and what shells stumble over.
_BAD = re.compile(r"[\\/:*?\"<>|\x00-\x1f\s.]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One invoice in the index; `date` is that of the transaction, else of issue."""

    date: str | None
    amount: int | None
    counterparty: str | None
    invoice_number: str | None
    registration_number: str | None
    document_type: str | None
    source: str
    proposed_name: str
    failed_checks: str
    notes: str


def to_entry(record: Record) -> Entry:
    """The entry of a record: the counterparty is who issued the invoice."""
    data = record.data
    day = data["transaction_date"] or data["issue_date"] or data["period"]["end"]
    amount = data["amount_due"] if data["amount_due"] is not None else data["total"]
    who = data["issuer"]["name"]
    return Entry(
        day,
        amount,
        who,
        data["invoice_number"],
        data["issuer"]["registration_number"],
        data["document_type"],
        record.source,
        proposed_name(day, who, amount),
        " ".join(sorted({check.code for check in record.failed})),
        " ".join(sorted({note.code for note in record.notes})),
    )


def proposed_name(day: str | None, who: str | None, amount: int | None) -> str:
    """YYYYMMDD_取引先_金額, or "" unless all three are known."""
    if day is None or who is None or amount is None:
        return ""
    return f"{day.replace('-', '')}_{_BAD.sub('', who)[:60]}_{amount}"


def index_csv(entries: Sequence[Entry]) -> str:
    """The index as CSV with a byte order mark."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([field.name for field in fields(Entry)])
    writer.writerows([safe_cell(value) for value in astuple(entry)] for entry in entries)
    return "\ufeff" + out.getvalue()


_NAMES = [field.name for field in fields(Entry)]


def make_table(connection: sqlite3.Connection) -> None:
    """The table `invoices`, indexed by the three keys, unless it is there."""
    columns = ", ".join(f"{name} {'INTEGER' if name == 'amount' else 'TEXT'}" for name in _NAMES)
    connection.execute(f"CREATE TABLE IF NOT EXISTS invoices ({columns})")
    for key in ("date", "amount", "counterparty"):
        connection.execute(f"CREATE INDEX IF NOT EXISTS by_{key} ON invoices ({key})")


def put_entries(connection: sqlite3.Connection, source: str, entries: Sequence[Entry]) -> None:
    """The entries of one document in the place of its earlier ones."""
    marks = ", ".join("?" for _ in _NAMES)
    with connection:
        connection.execute("DELETE FROM invoices WHERE source = ?", (source,))
        rows = [astuple(entry) for entry in entries]
        connection.executemany(f"INSERT INTO invoices VALUES ({marks})", rows)


def get_entries(connection: sqlite3.Connection) -> list[Entry]:
    """All entries by source."""
    names = ", ".join(_NAMES)
    rows = connection.execute(f"SELECT {names} FROM invoices ORDER BY source, rowid")
    return [Entry(*row) for row in rows]
