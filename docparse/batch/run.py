"""Many documents through a crew: what is left to do, who does it, what failed, what is recorded."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from docparse.batch.crew import Crew
from docparse.batch.job import Job
from docparse.batch.ledger import SETTLED, Known, Ledger, stamp
from docparse.batch.packing import pack
from docparse.batch.tasks import (
    Answer,
    Died,
    Finish,
    Finished,
    Lost,
    Open,
    OpenedDone,
    PageDone,
    Read,
    Refused,
    Task,
)
from docparse.errors import DocparseError, ExitCode, InterruptedRunError, UnreadableInputError
from docparse.log import at, logger
from docparse.pipeline import failed_page
from docparse.types import INCOMPLETE, Note


class Watcher(Protocol):
    """Who is told how a run goes on."""

    def document_opened(self, name: str, num_pages: int) -> None: ...
    def page_done(self) -> None: ...
    def document_done(self) -> None: ...
    def document_failed(self, error: DocparseError) -> None: ...


@dataclass(frozen=True, slots=True)
class Policy:
    """`settings`: the digest of all that shapes the results. `redo`: "", "failed" or "all".

    `tries`: how often a task is given that costs its worker the life. `alone`: the second time
    comes when all else is done, with nothing beside it.
    """

    settings: str
    redo: str = ""
    fail_fast: bool = False
    tries: int = 2
    alone: bool = True


@dataclass(slots=True)
class Tally:
    """What became of the documents of a run; `settled`: of those that needed nothing, by state."""

    done: int = 0
    incomplete: int = 0
    failed: int = 0
    pages: int = 0
    settled: Counter[str] = field(default_factory=Counter)
    error: DocparseError | None = None
    seconds: float = 0.0

    @property
    def code(self) -> ExitCode:
        """Of the whole command, earlier results included."""
        good = self.done + self.settled["done"]
        partly = self.incomplete + self.settled["incomplete"]
        bad = self.failed + self.settled["failed"]
        if not partly and not bad:
            return ExitCode.OK
        return ExitCode.SOME_PAGES_FAILED if good or partly else ExitCode.ALL_FAILED


@dataclass(slots=True)
class _Document:
    """One that is being worked on. `out`: pages that are given out or put off."""

    job: Job
    done: OpenedDone
    todo: deque[int]
    out: int = 0
    retries: int = 0


@dataclass
class Run:
    """One pass over some jobs; `emit` gets what belongs on stdout, `stop` says when to end.

    `clear` removes what was left half written of a job.
    """

    jobs: Iterator[Job]
    ledger: Ledger
    crew: Crew
    policy: Policy
    watcher: Watcher
    emit: Callable[[bytes], None]
    clear: Callable[[Job], None]
    stop: Callable[[], bool] = lambda: False
    tally: Tally = field(default_factory=Tally)
    _documents: dict[str, _Document] = field(default_factory=dict)
    _opening: int = 0
    _read: deque[_Document] = field(default_factory=deque)
    _again: deque[Open] = field(default_factory=deque)
    _put_off: deque[Task] = field(default_factory=deque)
    _deaths: Counter[tuple[str, type[Task], int]] = field(default_factory=Counter)

    def run(self) -> Tally:
        """Does all that is left to do.

        Raises InterruptedRunError when stopped, and errors after which no document can be done.
        """
        start = time.monotonic()
        with self.crew:
            while not self._halted():
                self.crew.give_out(self._next)
                if not self.crew.at_work:
                    break
                for task, answer in self.crew.collect():
                    self._take(task, answer)
            else:
                self._finish_writing()
        self.tally.seconds = time.monotonic() - start
        return self.tally

    def _halted(self) -> bool:
        failed = self.tally.failed + self.tally.incomplete
        return self.stop() or (self.policy.fail_fast and failed > 0)

    def _finish_writing(self) -> None:
        """Waits for outputs that are being written, then says that this is all."""
        self.crew.keep_writers()
        while self.crew.at_work:
            for task, answer in self.crew.collect():
                if isinstance(task, Finish):
                    self._take(task, answer)
        if self.stop():
            num = self.tally.done + self.tally.incomplete + self.tally.failed
            raise InterruptedRunError(
                f"interrupted when {num} documents were done",
                hint="run the same command again, and it goes on from there"
                if self.ledger.path
                else "nothing was written for the others; run the same command again",
            )

    # What is to be done next.

    def _next(self, last: str) -> Task | None:
        """A task for a worker that has the document `last` open, or None."""
        if self._read:
            return self._finish(self._read.popleft())
        if self._put_off and not self.policy.alone:
            return self._put_off.popleft()
        document = self._documents.get(last)
        if document and document.todo:
            return self._page(document)
        unread = [document for document in self._documents.values() if document.todo]
        if len(unread) + self._opening < self.crew.size * self.crew.depth:
            job = self._next_job()
            if job is not None:
                self._opening += 1
                return Open(job)
        if unread:
            return self._page(max(unread, key=lambda document: len(document.todo)))
        if self._put_off and not self.crew.at_work:
            return self._put_off.popleft()
        return None

    def _page(self, document: _Document) -> Read:
        document.out += 1
        return Read(document.job, document.todo.popleft())

    def _finish(self, document: _Document) -> Finish:
        pages = self.ledger.start_writing(document.job)
        return Finish(document.job, document.done.opened, pages)

    def _next_job(self) -> Job | None:
        if self._again:
            return self._again.popleft().job
        for job in self.jobs:
            known = self.ledger.known(job)
            if known and self._is_settled(job, known) and stamp(job) == (known.size, known.changed):
                self._leave(known)
            else:
                return job
        return None

    def _is_settled(self, job: Job, known: Known) -> bool:
        """Whether nothing is left to do for a document, if its content is what it was."""
        if known.state not in SETTLED or known.settings != self.policy.settings:
            return False
        if self.policy.redo == "all" or (self.policy.redo and known.state != "done"):
            return False
        if known.state == "failed":
            return True
        outputs = [path for path, _ in job.outputs if path]
        return all(str(path) in known.outputs and path.exists() for path in outputs)

    def _leave(self, known: Known) -> None:
        self.tally.settled[known.state] += 1
        self.watcher.document_done()

    # What has been done.

    def _take(self, task: Task, answer: Answer) -> None:
        if isinstance(answer, Refused) and answer.is_fatal:
            raise answer.error
        if isinstance(answer, Died):
            self._died(task, answer)
        elif isinstance(answer, Lost):
            self._lost(task)
        elif isinstance(answer, OpenedDone):
            self._opened(task.job, answer)
        elif isinstance(answer, PageDone):
            self._page_done(self._documents[task.job.name], answer)
        elif isinstance(answer, Finished):
            self._finished(self._documents.pop(task.job.name), answer)
        elif isinstance(answer, Refused):
            self._refused(task, answer.error)

    def _opened(self, job: Job, done: OpenedDone) -> None:
        self._opening -= 1
        known = self.ledger.known(job)
        if known and known.digest == done.digest and self._is_settled(job, known):
            self.ledger.touch(job, done)
            self._leave(known)
            return
        if known and known.state not in SETTLED:
            self.clear(job)
        policy = self.policy
        recorded = self.ledger.begin(job, done, policy.settings, known=known, redo=policy.redo)
        numbers = done.opened.numbers
        document = _Document(job, done, deque(n for n in numbers if n not in recorded))
        self._documents[job.name] = document
        self.watcher.document_opened(job.name, len(document.todo))
        self._check_read(document)

    def _page_done(self, document: _Document, page: PageDone) -> None:
        document.out -= 1
        tries = self._deaths.pop((document.job.name, Read, page.number), 0)
        document.retries += tries
        self.ledger.record_page(document.job, page, retries=tries)
        self.tally.pages += 1
        self.watcher.page_done()
        self._check_read(document)

    def _check_read(self, document: _Document) -> None:
        if not document.todo and not document.out:
            self._read.append(document)

    def _finished(self, document: _Document, finished: Finished) -> None:
        job = document.job
        if finished.stdout:
            self.emit(finished.stdout)
        unread = [(n, note) for n, note in finished.notes if note.code in INCOMPLETE]
        for number, note in finished.notes:
            with at(f"{job.name} p. {number}"):
                level = logger.warning if note.code in INCOMPLETE else logger.info
                level("%s: %s", note.code, note.message)
        reason = _reason(unread)
        self.ledger.finish(job, complete=finished.complete, reason=reason, retries=document.retries)
        if finished.complete:
            self.tally.done += 1
        else:
            self.tally.incomplete += 1
        self.watcher.document_done()

    # What has failed.

    def _died(self, task: Task, died: Died) -> None:
        key = (task.job.name, type(task), getattr(task, "number", 0))
        self._deaths[key] += 1
        if isinstance(task, Finish):
            self.clear(task.job)
        if self._deaths[key] < self.policy.tries:
            logger.info("%s: %s; it is tried again later", task.job.name, died.reason)
            self._put_off.append(task)
        elif isinstance(task, Read):
            note = Note("page-failed", f"the page {died.reason}")
            page = failed_page(task.number, note.message)
            done = PageDone(task.number, False, (note,), 0.0, pack(page))
            self._deaths[key] -= 1
            self._page_done(self._documents[task.job.name], done)
        else:
            hint = "the file is probably damaged; try `qpdf --check`"
            self._refused(task, UnreadableInputError(f"{task.job.name} {died.reason}", hint))

    def _lost(self, task: Task) -> None:
        if isinstance(task, Open):
            self._opening -= 1
            self._again.append(task)
        elif isinstance(task, Read):
            document = self._documents[task.job.name]
            document.out -= 1
            document.todo.appendleft(task.number)
        elif isinstance(task, Finish):
            self._read.append(self._documents[task.job.name])

    def _refused(self, task: Task, error: DocparseError) -> None:
        """The document comes to nothing."""
        job = task.job
        document = self._documents.pop(job.name, None)
        if document is None:
            self._opening -= 1
        digest = document.done.digest if document else ""
        self.ledger.refuse(
            job, str(error), int(error.code), settings=self.policy.settings, digest=digest
        )
        self.tally.failed += 1
        self.tally.error = self.tally.error or error
        self.watcher.document_failed(error)
        self.watcher.document_done()


def _reason(unread: Iterable[tuple[int, Note]]) -> str:
    """In one line, why which pages are not read in full."""
    by_note: dict[str, list[int]] = {}
    for number, note in unread:
        by_note.setdefault(f"{note.code}: {note.message}", []).append(number)
    return "; ".join(
        f"p. {', '.join(map(str, numbers[:10]))}{' ...' * (len(numbers) > 10)} {why}"
        for why, numbers in by_note.items()
    )
