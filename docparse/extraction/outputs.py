"""A Record to the bytes of its files: JSON, CSV, or UBL."""

from __future__ import annotations

import json
from collections.abc import Iterator

from docparse.errors import UsageError
from docparse.extraction.record import Record
from docparse.schemas.load import RULED

ENDINGS = {"json": ".json", "csv": ".csv", "jp-pint": ".xml"}


def render(record: Record, format_: str) -> Iterator[bytes]:
    """The files of a record: one, but for jp-pint one for each invoice of the document."""
    if format_ == "json":
        yield (json.dumps(record.to_data(), ensure_ascii=False, indent=1) + "\n").encode()
        return
    if record.schema != RULED:
        raise UsageError(f"-f {format_} is for invoices", hint=f"use -f json, or --schema {RULED}")
    if format_ == "csv":
        from docparse.extraction.table import to_csv

        yield to_csv(record.all()).encode()
        return
    from docparse.extraction.ubl import to_ubl

    yield from (to_ubl(part) for part in record.all())
