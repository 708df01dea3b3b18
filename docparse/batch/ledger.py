"""What a run has done, kept in one SQLite file: documents, their pages, the runs themselves.

Every change is one transaction of a write-ahead log, so a run that is killed loses nothing that
it recorded. Pages of a document are kept whole until it is written and complete.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from docparse.batch.job import Job
from docparse.batch.tasks import OpenedDone, PageDone
from docparse.errors import NoRoomError, OutputError
from docparse.pipeline import Opened

NAME = ".docparse.sqlite"
# Raised with every change of the tables; a ledger of another number is refused.
VERSION = 2

State = Literal["reading", "writing", "done", "incomplete", "failed"]
# A document in one of these needs nothing more, unless it is told to be done again.
SETTLED = ("done", "incomplete", "failed")

_TABLES = """
CREATE TABLE documents (
    name TEXT PRIMARY KEY, source TEXT, size INTEGER, changed INTEGER, digest TEXT, settings TEXT,
    state TEXT, reason TEXT, code INTEGER, outputs TEXT, num_pages INTEGER, writes INTEGER,
    retries INTEGER, started REAL, ended REAL
) WITHOUT ROWID;
CREATE TABLE pages (
    document TEXT, number INTEGER, state TEXT, seconds REAL, notes TEXT, reads INTEGER,
    retries INTEGER, data BLOB, PRIMARY KEY (document, number)
);
CREATE TABLE runs (
    number INTEGER PRIMARY KEY, command TEXT, started REAL, ended REAL, pages INTEGER
);
"""


_NOTHING = Opened("")


def stamp(job: Job) -> tuple[int, int]:
    """Size in bytes and time of change in nanoseconds of a job's file; zeros where there is none.

    Together they say that a file is the same, without reading it.
    """
    try:
        found = job.data.stat() if isinstance(job.data, Path) else None
    except OSError:
        found = None
    return (found.st_size, found.st_mtime_ns) if found else (0, 0)


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger says of a document; `outputs`: the paths, as they were given."""

    state: State
    size: int
    changed: int
    digest: str
    settings: str
    code: int
    outputs: tuple[str, ...]


class Ledger:
    """One ledger; close it, or use it as a context manager."""

    def __init__(self, path: Path | None) -> None:
        """Opens or makes the file; None is a ledger in memory, for outputs without a folder.

        Raises OutputError where it cannot be written or is none of ours.
        """
        self.path = path
        self._run = 0
        with self._told():
            self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
            if path:
                self._db.execute("PRAGMA journal_mode = WAL")
                # A power cut may cost the last seconds, which are then done again; never more.
                self._db.execute("PRAGMA synchronous = NORMAL")
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version not in (0, VERSION):
                raise OutputError(
                    f"{path} is a ledger of another version of docparse",
                    hint="choose another -o folder, or remove that file to start anew",
                )
            if version == 0:
                with self._change():
                    for statement in _TABLES.split(";"):
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA user_version = {VERSION}")

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the present run, and folds the log into the file where there is room for it."""
        with contextlib.suppress(sqlite3.Error):
            self._db.execute("UPDATE runs SET ended = ? WHERE number = ?", (time.time(), self._run))
        with contextlib.suppress(sqlite3.Error):
            self._db.close()

    def start_run(self, command: str) -> None:
        """Remembers how the run was started, for `docparse status` to say how to go on."""
        with self._told():
            cursor = self._db.execute(
                "INSERT INTO runs (command, started, pages) VALUES (?, ?, 0)",
                (command, time.time()),
            )
        self._run = cursor.lastrowid or 0

    def known(self, job: Job) -> Known | None:
        """What is recorded of a document."""
        with self._told():
            row = self._db.execute(
                "SELECT state, size, changed, digest, settings, code, outputs FROM documents"
                " WHERE name = ?",
                (job.name,),
            ).fetchone()
        if row is None:
            return None
        state, size, changed, digest, settings, code, outputs = row
        return Known(state, size, changed, digest, settings, code, tuple(json.loads(outputs)))

    def begin(
        self, job: Job, opened: OpenedDone, settings: str, *, known: Known | None, redo: str
    ) -> set[int]:
        """A document is being read; returns the numbers of its pages that are recorded already.

        `known`: as the method gives it. Of one that is done again because pages failed, those that
        did not fail count as recorded.
        """
        with self._told(), self._change():
            same = known and (known.digest, known.settings) == (opened.digest, settings)
            goes_on = known and same and known.state not in SETTLED
            if known and same and known.state == "incomplete" and redo == "failed":
                goes_on = True
                self._db.execute(
                    "DELETE FROM pages WHERE document = ? AND state = 'failed'", (job.name,)
                )
            self._put(job, opened, settings, len(opened.opened.numbers))
            if not goes_on:
                self._forget_pages(job)
                return set()
            rows = self._db.execute(
                "SELECT number FROM pages WHERE document = ? AND data IS NOT NULL", (job.name,)
            )
            return {number for (number,) in rows}

    def refuse(self, job: Job, reason: str, code: int, *, settings: str, digest: str = "") -> None:
        """A document came to nothing; what it was before is forgotten, its files are not."""
        size, changed = stamp(job)
        with self._told(), self._change():
            if not digest:  # it could not even be opened
                self._put(job, OpenedDone(_NOTHING, "", size, changed), settings, 0)
            self._forget_pages(job)
            self._db.execute(
                "UPDATE documents SET state = 'failed', reason = ?, code = ?, ended = ?"
                " WHERE name = ?",
                (reason, code, time.time(), job.name),
            )

    def record_page(self, job: Job, page: PageDone, *, retries: int) -> None:
        """A page is read, well or not; it is kept until its document is written."""
        notes = json.dumps([[note.code, note.message] for note in page.notes])
        state = "done" if page.complete else "failed"
        with self._told(), self._change():
            self._db.execute(
                "INSERT INTO pages VALUES (?, ?, ?, ?, ?, 1, ?, ?) ON CONFLICT DO UPDATE SET"
                " state = excluded.state, seconds = excluded.seconds, notes = excluded.notes,"
                " reads = reads + 1, retries = excluded.retries, data = excluded.data",
                (job.name, page.number, state, page.seconds, notes, retries, page.data),
            )
            self._db.execute(
                "UPDATE runs SET pages = pages + 1, ended = ? WHERE number = ?",
                (time.time(), self._run),
            )

    def start_writing(self, job: Job) -> tuple[bytes, ...]:
        """The document's outputs are about to be written; returns its pages, packed."""
        with self._told():
            self._db.execute("UPDATE documents SET state = 'writing' WHERE name = ?", (job.name,))
            rows = self._db.execute(
                "SELECT data FROM pages WHERE document = ? ORDER BY number", (job.name,)
            )
            return tuple(data for (data,) in rows)

    def finish(self, job: Job, *, complete: bool, reason: str, retries: int) -> None:
        """The document's outputs are all there."""
        with self._told(), self._change():
            self._db.execute(
                "UPDATE documents SET state = ?, reason = ?, code = ?, ended = ?, retries = ?,"
                " writes = writes + 1 WHERE name = ?",
                (
                    "done" if complete else "incomplete",
                    reason,
                    0 if complete else 3,
                    time.time(),
                    retries,
                    job.name,
                ),
            )
            if complete:
                self._db.execute("UPDATE pages SET data = NULL WHERE document = ?", (job.name,))

    def touch(self, job: Job, opened: OpenedDone) -> None:
        """The file of a settled document is another one with the same content."""
        with self._told():
            self._db.execute(
                "UPDATE documents SET size = ?, changed = ? WHERE name = ?",
                (opened.size, opened.changed, job.name),
            )

    def _put(self, job: Job, opened: OpenedDone, settings: str, num_pages: int) -> None:
        outputs = json.dumps([str(path) for path, _ in job.outputs if path])
        source = str(job.data.absolute()) if isinstance(job.data, Path) else "stdin"
        row: Sequence[object] = (
            *(job.name, source, opened.size, opened.changed, opened.digest, settings),
            *("reading", "", 0, outputs, num_pages, 0, 0, time.time(), None),
        )
        marks = ", ".join("?" * len(row))
        self._db.execute(
            f"INSERT INTO documents VALUES ({marks}) ON CONFLICT DO UPDATE SET"
            " source = excluded.source, size = excluded.size, changed = excluded.changed,"
            " writes = iif(digest = excluded.digest AND settings = excluded.settings, writes, 0),"
            " digest = excluded.digest, settings = excluded.settings, state = excluded.state,"
            " reason = '', code = 0, outputs = excluded.outputs, num_pages = excluded.num_pages,"
            " retries = 0, started = excluded.started, ended = NULL",
            row,
        )

    def _forget_pages(self, job: Job) -> None:
        self._db.execute("DELETE FROM pages WHERE document = ?", (job.name,))

    @contextlib.contextmanager
    def _change(self) -> Iterator[None]:
        """One transaction."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # a full disk has rolled it back itself
                self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Errors of SQLite as ours."""
        try:
            yield
        except sqlite3.Error as error:
            where = self.path or "memory"
            code = getattr(error, "sqlite_errorname", "")
            if code.startswith(("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY")):
                raise NoRoomError(
                    f"cannot write the ledger {where}: {error}",
                    hint="free the disk and run the same command again; it goes on from there",
                ) from error
            raise OutputError(
                f"cannot use the ledger {where}: {error}",
                hint="choose another -o folder, or remove that file to start anew",
            ) from error
