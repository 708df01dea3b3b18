"""Many records in a folder: what is left to do by the ledger, and the index of all of them."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from docparse.batch.digest import settings_digest
from docparse.batch.job import Job
from docparse.batch.ledger import SETTLED, Ledger, stamp
from docparse.batch.tasks import OpenedDone
from docparse.errors import ExitCode
from docparse.extraction.index import Entry, index_csv, index_sqlite
from docparse.files import write_whole
from docparse.pipeline import Opened
from docparse.settings import ReadSettings, WriteSettings

INDEX = "index.sqlite"


def digest_of(read: ReadSettings, schema: str, *, compare: bool) -> str:
    """The settings that shape records, as one digest; a schema's file counts by its content."""
    path = Path(schema)
    body = path.read_text("utf-8") if path.is_file() else schema
    facts = [settings_digest(read, WriteSettings()), body, compare]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def load_index(folder: Path) -> dict[str, tuple[Entry, ...]]:
    """The entries of an earlier run by source; nothing where there is no index that fits."""
    path = folder / INDEX
    if not path.is_file():
        return {}
    names = ", ".join(field.name for field in fields(Entry))
    found: dict[str, tuple[Entry, ...]] = {}
    connection = sqlite3.connect(path)
    try:
        for row in connection.execute(f"SELECT {names} FROM invoices"):
            entry = Entry(*row)
            found[entry.source] = (*found.get(entry.source, ()), entry)
    except sqlite3.Error:
        return {}
    finally:
        connection.close()
    return found


def write_index(folder: Path, entries: Sequence[Entry]) -> None:
    """Both forms of the index, whole."""
    write_whole(folder / "index.csv", index_csv(entries).encode())
    write_whole(folder / INDEX, index_sqlite(entries))


def settled_code(ledger: Ledger, job: Job, settings: str, redo: str) -> ExitCode | None:
    """How a document ended that needs nothing more; None where there is work to do."""
    known = ledger.known(job)
    if known is None or known.state not in SETTLED or known.settings != settings:
        return None
    if (
        redo == "all"
        or (redo and known.state != "done")
        or stamp(job) != (known.size, known.changed)
    ):
        return None
    outputs = [path for path, _ in job.outputs if path]
    if known.state != "failed" and not all(path.exists() for path in outputs):
        return None
    return ExitCode(known.code)


def begin(ledger: Ledger, job: Job, settings: str, redo: str) -> None:
    """Records that a document is being worked on."""
    assert isinstance(job.data, Path)
    size, changed = stamp(job)
    try:
        digest = hashlib.sha256(job.data.read_bytes()).hexdigest()
    except OSError:
        digest = ""
    opened = OpenedDone(Opened(job.name), digest, size, changed)
    ledger.begin(job, opened, settings, redo=redo)


def record(
    ledger: Ledger, job: Job, settings: str, problem: str, code: ExitCode, *, complete: bool
) -> None:
    """Records how a document ended."""
    if problem:
        ledger.refuse(job, problem, int(code), settings=settings, digest="known")
        return
    ledger.finish(job, complete=complete, reason="" if complete else "pages unread", retries=0)
