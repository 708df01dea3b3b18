"""What a ledger says of a run: counts, speed, failures with their reasons, and how to redo them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from docparse.batch.ledger import NAME
from docparse.batch.lock import is_held
from docparse.errors import UnreadableInputError

# States in the order in which they are told, and what people call them.
STATES = {
    "done": "done",
    "incomplete": "with pages that failed",
    "failed": "failed",
    "reading": "being read, or left when a run was stopped",
    "writing": "being written, or left when a run was stopped",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """A document that is not all there, and why."""

    document: str
    state: str
    reason: str
    retries: int


@dataclass(frozen=True, slots=True)
class Status:
    """`documents`, `pages`: counts by state. `seconds_per_page`: mean of what workers spent on one.

    `pages_per_second`: by the clock, of the last run that read any. `redo`: the command that
    does again what failed.
    """

    folder: str
    documents: Mapping[str, int]
    pages: Mapping[str, int]
    failures: tuple[Failure, ...]
    pages_per_second: float
    seconds_per_page: float
    retries: int
    running: bool
    command: str
    redo: str

    def to_json(self) -> str:
        """One object, with the fields of this class."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    def to_text(self) -> str:
        """For people."""
        lines = [f"{self.documents.get(s, 0)} documents {what}" for s, what in STATES.items()]
        lines = [line for line in lines if not line.startswith("0 ")] or ["nothing yet"]
        if self.running:
            lines.insert(0, "a run is going on")
        pages = sum(self.pages.values())
        lines.append(
            f"{pages} pages read, {self.pages.get('failed', 0)} of them not in full;"
            f" {self.pages_per_second:.2f} pages/s when last run,"
            f" {self.seconds_per_page:.2f} s a page; {self.retries} tried again after a crash"
        )
        lines += [f"{f.document}: {f.state}: {f.reason}" for f in self.failures]
        if self.failures:
            lines.append(f"to do these again: {self.redo}")
        return "\n".join(lines)


def read_status(folder: Path) -> Status:
    """The status of an output folder; UnreadableInputError where no run has written one."""
    path = folder / NAME
    if not path.is_file():
        raise UnreadableInputError(
            f"there is no ledger in {folder}",
            hint="name the folder of `docparse ... -o FOLDER/`",
        )
    try:
        return _read(folder, path)
    except sqlite3.Error as error:
        raise UnreadableInputError(
            f"cannot read the ledger {path}: {error}", hint="check that it is one of docparse's"
        ) from error


def _read(folder: Path, path: Path) -> Status:
    db = _connect(path)
    try:
        failures = db.execute(
            "SELECT name, state, reason, retries FROM documents"
            " WHERE state IN ('incomplete', 'failed') ORDER BY name"
        )
        (command,) = db.execute(
            "SELECT command FROM runs ORDER BY number DESC LIMIT 1"
        ).fetchone() or ("",)
        num_pages, elapsed = db.execute(
            "SELECT pages, ended - started FROM runs WHERE pages > 0 ORDER BY number DESC LIMIT 1"
        ).fetchone() or (0, 0.0)
        seconds, retries = db.execute(
            "SELECT coalesce(avg(seconds), 0), coalesce(sum(retries), 0) FROM pages"
        ).fetchone()
        return Status(
            folder=str(folder),
            documents=dict(db.execute("SELECT state, count(*) FROM documents GROUP BY state")),
            pages=dict(db.execute("SELECT state, count(*) FROM pages GROUP BY state")),
            failures=tuple(Failure(*row) for row in failures),
            pages_per_second=num_pages / elapsed if elapsed > 0 else 0.0,
            seconds_per_page=seconds,
            retries=retries,
            running=is_held(folder),
            command=command,
            redo=_redo(command),
        )
    finally:
        db.close()


def _redo(command: str) -> str:
    for flag in (" --redo failed", " --redo all", " --redo=failed", " --redo=all"):
        command = command.replace(flag, "")
    return f"{command} --redo failed"


def _connect(path: Path) -> sqlite3.Connection:
    """The ledger, to be read only; a run may be writing it, or the disk may be read-only."""
    place = path.absolute().as_uri()
    db = sqlite3.connect(f"{place}?mode=ro", uri=True)
    try:
        db.execute("SELECT 1 FROM documents LIMIT 1")
    except sqlite3.OperationalError:
        db.close()
        db = sqlite3.connect(f"{place}?mode=ro&immutable=1", uri=True)
    return db
