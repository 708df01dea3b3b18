"""Tasks to answers in this process: documents opened, pages read, outputs written."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from docparse.batch.job import Job
from docparse.batch.packing import pack, unpack
from docparse.batch.tasks import (
    Answer,
    Finish,
    Finished,
    Open,
    OpenedDone,
    PageDone,
    Read,
    Refused,
    Setup,
    Survey,
    Surveyed,
    Task,
)
from docparse.batch.write import draw_overlays, render
from docparse.errors import DocparseError, MissingEngineError, NoRoomError, UnreadableInputError
from docparse.files import write_whole
from docparse.log import at, logger
from docparse.pipeline import (
    PageResult,
    Reader,
    assemble,
    failed_page,
    load_engine,
    open_reader,
)

if TYPE_CHECKING:
    from docparse.engines.base import Engine
    from docparse.pages.page import PageInput
    from docparse.profiles import Profile

# Sources that stay open; pages of several documents are read together by a model only.
MOST_OPEN = 8
# Pages of a document whose assembly takes as much memory as the layout model.
LONG = 200


@dataclass(slots=True)
class _Open:
    reader: Reader
    closing: ExitStack


@dataclass
class Desk:
    """Does tasks one after the other; keeps documents open, and the model loaded.

    `alive` is called when a page is loaded and now and then during long work, with the number of
    the task that this is for, 0 for the present one.
    """

    setup: Setup
    alive: Callable[[int], None]
    _sources: OrderedDict[str, _Open] = field(default_factory=OrderedDict)

    def do(self, task: Task) -> Answer:
        """The answer to a task. Raises MemoryError, after which the process is of no more use."""
        with at(task.job.name):
            try:
                return self._do(task)
            except (NoRoomError, MissingEngineError) as error:
                return Refused(error, is_fatal=True)
            except DocparseError as error:
                return Refused(error)
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001  a bug on one page must not cost the others
                logger.info("internal error", exc_info=True)
                return self._bug(task, f"internal error ({type(error).__name__}: {error})")

    def do_together(self, reads: Iterable[tuple[int, Read]]) -> Iterator[tuple[int, Answer]]:
        """Answers to numbered Reads by the model, as they are done; pulled as it has room.

        There is at least one, and it is answered even if the model cannot be loaded.
        """
        pulled = iter(reads)
        number, first = next(pulled)
        waiting = {(first.job, first.number): number}

        def pages() -> Iterator[tuple[Job, int]]:
            yield first.job, first.number
            for number, read in pulled:
                waiting[read.job, read.number] = number
                yield read.job, read.number

        start = time.perf_counter()
        try:
            for job, result in self._read_by_model(pages(), waiting):
                number = waiting.pop((job, result.page.number))
                start, last = time.perf_counter(), start
                yield number, self.page_done(job, result, start - last)
        except (MemoryError, GeneratorExit):
            raise
        except (NoRoomError, MissingEngineError) as error:
            yield from ((number, Refused(error, is_fatal=True)) for number in waiting.values())
        except Exception:  # noqa: BLE001  only the page that caused it should pay for a bug
            logger.info("internal error, pages go on one by one", exc_info=True)
            for (job, page), number in waiting.items():
                yield number, self.do(Read(job, page))

    def _read_by_model(
        self, pages: Iterable[tuple[Job, int]], numbers: Mapping[tuple[Job, int], int]
    ) -> Iterator[tuple[Job, PageResult]]:
        from docparse.reading.by_model import read_by_model

        def load(key: tuple[Job, int]) -> PageInput:
            self.alive(numbers.get(key, 0))
            return self.reader(key[0]).source.page(key[1])

        write, is_batch = self.setup.write, self.setup.is_batch
        return read_by_model(
            self.engine,
            self.setup.read,
            pages,
            load=load,
            pictures=lambda job: job.pictures(write, is_batch=is_batch),
        )

    def close(self) -> None:
        """Lets go of all documents."""
        while self._sources:
            self._sources.popitem()[1].closing.close()

    def _do(self, task: Task) -> Answer:
        match task:
            case Open():
                return self._open(task.job)
            case Read():
                self.alive(0)
                return self._read(task)
            case Finish():
                return self._finish(task)
            case Survey():
                return Surveyed(tuple(self.reader(task.job).survey().items()))

    def _bug(self, task: Task, reason: str) -> Answer:
        if isinstance(task, Read):
            return self.page_done(task.job, PageResult(failed_page(task.number, reason)), 0.0)
        hint = "run it again with -v, and report what that says"
        return Refused(UnreadableInputError(f"{task.job.name}: {reason}", hint=hint))

    def reader(self, job: Job) -> Reader:
        """A job's document, open."""
        if job.name in self._sources:
            self._sources.move_to_end(job.name)
        else:
            if len(self._sources) >= (MOST_OPEN if self.setup.read.model else 1):
                self._sources.popitem(last=False)[1].closing.close()
            closing = ExitStack()
            reader = closing.enter_context(
                open_reader(
                    self._data(job),
                    self.setup.read,
                    name=job.name,
                    pictures=job.pictures(self.setup.write, is_batch=self.setup.is_batch),
                    engine=lambda: self.engine,
                )
            )
            self._sources[job.name] = _Open(reader, closing)
        return self._sources[job.name].reader

    def _data(self, job: Job) -> Path | bytes:
        return job.data or self.setup.stdin

    @cached_property
    def engine(self) -> tuple[Engine, Profile]:
        """The model, loaded once for all documents."""
        return load_engine(self.setup.read)

    def _open(self, job: Job) -> OpenedDone:
        digest, size, changed = fingerprint(job, self.setup.stdin)
        opened = replace(self.reader(job).opened, document=None)
        return OpenedDone(opened, digest, size, changed)

    def _read(self, task: Read) -> PageDone:
        start = time.perf_counter()
        (result,) = self.reader(task.job).read((task.number,))
        return self.page_done(task.job, result, time.perf_counter() - start)

    def page_done(self, job: Job, result: PageResult, seconds: float) -> PageDone:
        """The answer for a page, whose pictures are saved first."""
        folder = job.figures(self.setup.write, is_batch=self.setup.is_batch)
        for name, png in result.pictures:
            assert folder is not None
            write_whole(folder / name, png)
        page = result.page
        return PageDone(page.number, page.complete, page.notes, seconds, pack(page))

    def _finish(self, task: Finish) -> Finished:
        reader, write = self.reader(task.job), self.setup.write
        document = reader.opened.document
        if len(task.pages) >= LONG:
            from docparse.layout import detector
            from docparse.pages.pdf import tidy_memory

            detector.unload()
            tidy_memory()
        if document is None:
            document = assemble(task.opened, [unpack(data) for data in task.pages])
        stdout = b""
        for path, kind in task.job.outputs:
            self.alive(0)
            data = render(
                document,
                kind,
                read=self.setup.read,
                write=write,
                data=self._data(task.job),
                alive=self.alive,
            )
            if path is None:
                stdout = data
            else:
                write_whole(path, data)
        overlay = task.job.overlay(write, is_batch=self.setup.is_batch)
        if overlay:
            draw_overlays(reader, document, overlay, self.alive)
        notes = tuple((page.number, note) for page in document.pages for note in page.notes)
        return Finished(document.complete, notes, stdout)


def fingerprint(job: Job, stdin: bytes) -> tuple[str, int, int]:
    """Digest, size and time of change; what cannot be read is left for opening to complain of."""
    if not isinstance(job.data, Path) or not job.data.is_file():
        return hashlib.sha256(stdin).hexdigest(), 0, 0
    try:
        with job.data.open("rb") as file:
            found = job.data.stat()
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return digest, found.st_size, found.st_mtime_ns
    except OSError:
        return "", 0, 0
