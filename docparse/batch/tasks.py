"""What goes between a run and whoever does its work: tasks one way, answers the other.

All of it can be pickled, and none of it is large but the pages.
"""

from __future__ import annotations

from dataclasses import dataclass

from docparse.batch.job import Job
from docparse.errors import DocparseError
from docparse.pipeline import Opened
from docparse.settings import ReadSettings, WriteSettings
from docparse.types import Note


@dataclass(frozen=True, slots=True)
class Wish:
    """Records are wanted: of which schema, as which of json, csv and jp-pint.

    `rename`: a copy of each document under a name made of its date, counterparty and amount.
    `compare`: read by rules and by a model.
    """

    schema: str
    formats: tuple[str, ...]
    rename: bool = False
    compare: bool = False


@dataclass(frozen=True, slots=True)
class Setup:
    """What all tasks of a run have in common. `memory`: bytes that one worker may take, or 0.

    `wish`: records are made of the documents, and not documents.
    """

    read: ReadSettings
    write: WriteSettings
    is_batch: bool = False
    verbose: bool = False
    quiet: bool = False
    single_thread: bool = False
    memory: int = 0
    stdin: bytes = b""
    wish: Wish | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """Open a document and say what it holds."""

    job: Job


@dataclass(frozen=True, slots=True)
class Read:
    """Read one page, by its number from 1."""

    job: Job
    number: int


@dataclass(frozen=True, slots=True)
class Finish:
    """Make a document of its pages and write it. `pages`: as `PageDone.data`, in any order."""

    job: Job
    opened: Opened
    pages: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """Say how each page of a document would be read."""

    job: Job


Task = Open | Read | Finish | Survey


@dataclass(frozen=True, slots=True)
class Began:
    """Page `number` of the task's document is being loaded; a crash from here on is its fault."""


@dataclass(frozen=True, slots=True)
class OpenedDone:
    """`digest`: SHA-256 of the document; `size`, `changed`: its file's, or zeros for stdin."""

    opened: Opened
    digest: str
    size: int
    changed: int


@dataclass(frozen=True, slots=True)
class PageDone:
    """A page as read. `data`: the page packed (see `packing`); `seconds`: what it took."""

    number: int
    complete: bool
    notes: tuple[Note, ...]
    seconds: float
    data: bytes


@dataclass(frozen=True, slots=True)
class Finished:
    """A document is written. `stdout`: the bytes that are to go there, or into an index, if any.

    `notes`: of each page, by number, all that a reader should know.
    """

    complete: bool
    notes: tuple[tuple[int, Note], ...]
    stdout: bytes = b""


@dataclass(frozen=True, slots=True)
class Surveyed:
    """How many pages would be read in which way."""

    ways: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """The task cannot be done, and trying again would not help.

    `is_fatal`: no other task can be done either.
    """

    error: DocparseError
    is_fatal: bool = False


@dataclass(frozen=True, slots=True)
class Died:
    """Whoever had the task is gone; `reason` completes "the document ..."."""

    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """Whoever had the task is gone, because of another task."""


Answer = Began | OpenedDone | PageDone | Finished | Surveyed | Refused | Died | Lost
