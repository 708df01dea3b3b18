"""The index of a folder of records: who issued what, when, for how much."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from docparse.batch.job import Job
from docparse.batch.ledger import Known, Ledger
from docparse.errors import OutputError
from docparse.extraction.index import Entry, get_entries, index_csv, make_table, put_entries
from docparse.files import write_whole
from docparse.log import logger

NAME = "index.sqlite"


class Index:
    """One index; each document is put when it is done. Close it to write the CSV as well."""

    def __init__(self, folder: Path) -> None:
        """Opens or makes it. Raises OutputError for a file that is none of ours."""
        self._folder = folder
        try:
            self._db = sqlite3.connect(folder / NAME)
            self._db.execute("PRAGMA journal_mode = WAL")  # one flush at the end, not per document
            self._db.execute("PRAGMA synchronous = NORMAL")
            make_table(self._db)
            self.sources = {entry.source for entry in get_entries(self._db)}
        except sqlite3.Error as error:
            raise OutputError(
                f"{folder / NAME} is no index of this version of docparse: {error}",
                hint="remove it, or choose another -o folder",
            ) from error

    def put(self, data: bytes) -> None:
        """The entries of one document, as JSON; says on stderr which rules its invoices break."""
        entries = [Entry(**entry) for entry in json.loads(data)]
        if not entries:
            return
        put_entries(self._db, entries[0].source, entries)
        for entry in entries:
            if entry.failed_checks:
                logger.warning("%s: failed checks: %s", entry.source, entry.failed_checks)
            if entry.notes:
                logger.warning("%s: %s", entry.source, entry.notes)

    def close(self) -> None:
        """Writes all of it as CSV too."""
        text = index_csv(get_entries(self._db))
        self._db.execute("PRAGMA journal_mode = DELETE")  # a single file, for whoever opens it
        self._db.close()
        write_whole(self._folder / "index.csv", text.encode())


class IndexedLedger(Ledger):
    """A ledger in which a document is known only if the index has it as well."""

    sources: set[str] | None = None

    def known(self, job: Job) -> Known | None:
        """See Ledger."""
        known = super().known(job)
        missing = self.sources is not None and job.name not in self.sources
        return None if known and missing and known.state in ("done", "incomplete") else known
