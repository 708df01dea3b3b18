"""Tasks of a run that makes records: pages to their text, documents to records in files."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

from docparse.batch.desk import Desk
from docparse.batch.job import Job
from docparse.batch.packing import pack, unpack_text
from docparse.batch.tasks import Answer, Finish, Finished, OpenedDone, PageDone, Read, Wish
from docparse.extraction import model
from docparse.extraction.index import to_entry
from docparse.extraction.outputs import ENDINGS, render
from docparse.extraction.read import read_text, text_of
from docparse.extraction.record import Record, RecordNote
from docparse.extraction.run import no_pictures, to_record
from docparse.files import write_whole
from docparse.schemas.load import RULED, Schema, load_schema
from docparse.types import INCOMPLETE, Note


class RecordDesk(Desk):
    """A Desk whose documents become records. A Finished has their index entries as JSON."""

    @property
    def _wish(self) -> Wish:
        assert self.setup.wish is not None
        return self.setup.wish

    @cached_property
    def _schema(self) -> Schema:
        return load_schema(self._wish.schema)

    def do_together(self, reads: Iterable[tuple[int, Read]]) -> Iterator[tuple[int, Answer]]:
        """Pages one by one."""
        for number, read in reads:
            yield number, self.do(read)

    def _open(self, job: Job) -> OpenedDone:
        opened = super()._open(job)
        if self.setup.read.model and self.reader(job).opened.document is not None:
            raise no_pictures(job.name)
        return opened

    def _read(self, task: Read) -> PageDone:
        start = time.perf_counter()
        source, read = self.reader(task.job).source, self.setup.read
        text = read_text(source, task.number, read.reader)
        if read.model:
            asked = model.ask(
                self.engine[0], source, [text], self._schema, max_pixels=read.max_pixels
            )
            (text,) = asked
        notes = _notes(text.note)
        complete = not any(note.code in INCOMPLETE for note in notes)
        seconds = time.perf_counter() - start
        return PageDone(task.number, complete, notes, seconds, pack(text))

    def _finish(self, task: Finish) -> Finished:
        document = self.reader(task.job).opened.document
        if document is not None:
            texts = [text_of(page) for page in document.pages]
        else:
            texts = [unpack_text(data) for data in task.pages]
        record = to_record(
            texts,
            self._schema,
            source=task.job.name,
            asked=bool(self.setup.read.model),
            compare=self._wish.compare,
        )
        self._write(task.job, record)
        notes = tuple((text.facts.number, note) for text in texts for note in _notes(text.note))
        entries = [asdict(to_entry(part)) for part in record.all()] if self._is_indexed else []
        return Finished(record.complete, notes, json.dumps(entries).encode())

    @property
    def _is_indexed(self) -> bool:
        return self._schema.name == RULED

    def _write(self, job: Job, record: Record) -> None:
        assert job.stem is not None
        for format_ in self._wish.formats:
            for number, data in enumerate(render(record, format_)):
                suffix = f"-{number + 1}" if number else ""
                write_whole(job.stem.with_name(job.stem.name + suffix + ENDINGS[format_]), data)
        if self._wish.rename and self._is_indexed:
            name = to_entry(record).proposed_name
            if name and isinstance(job.data, Path):
                target = job.stem.with_name("renamed") / (name + job.data.suffix.lower())
                write_whole(target, job.data.read_bytes())


def _notes(note: RecordNote | None) -> tuple[Note, ...]:
    """What the ledger and the log say of a page."""
    if note and note.code in ("needs-reading", "page-failed", "blank"):
        return (Note(note.code, note.message),)
    return ()
