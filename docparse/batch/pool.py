"""Pages of one document, read by worker processes that are watched and replaced."""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType

from docparse.batch.worker import Answer, Order, Task, work
from docparse.errors import DocparseError, UnreadableInputError
from docparse.pipeline import Opened, PageResult, failed_page
from docparse.types import Page

MOST_FAILED_STARTS = 3
# As many as a local model decodes at once.
PAGES_TOGETHER = 4
# A model takes minutes for a page on a processor, and as long to be loaded.
MODEL_PATIENCE = 30


@dataclass(slots=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    task: Task | None = None
    left: set[int] = field(default_factory=set)
    opened: bool = False
    deadline: float = 0.0

    def finish(self, answer: Answer | str, timeout: float) -> Task | None:
        """What an answer is about: one page of the task, or all that is left of it."""
        task = self.task
        if isinstance(answer, PageResult):
            self.left.discard(answer.page.number)
        elif isinstance(task, tuple):
            task = tuple(sorted(self.left))
            self.left.clear()
        if self.left:
            self.deadline = time.monotonic() + timeout
        else:
            self.task, self.deadline = None, math.inf
        return task


@dataclass(slots=True)
class PagePool:
    """Worker processes over one source; use as a context manager.

    `opened` is there once the first worker has opened the source. A worker that dies or is
    silent for `timeout` seconds is replaced; its page becomes one with a `page-failed` Note.
    """

    order: Order
    jobs: int
    timeout: float
    _workers: list[_Worker] = field(default_factory=list)
    _failed_starts: int = 0

    def __post_init__(self) -> None:
        if self.order.read.model:  # one copy of it, which reads several pages together
            self.jobs, self.timeout = 1, self.timeout * MODEL_PATIENCE

    def __enter__(self) -> PagePool:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self._workers:
            _end(worker)
        self._workers.clear()

    def open(self) -> Opened:
        """What the source holds. Raises a DocparseError if it cannot be opened."""
        worker = self._start()
        if not worker.pipe.poll(self.timeout):
            raise UnreadableInputError(
                f"{self.order.name} did not open within {self.timeout:g} seconds",
                hint="the file is probably damaged; try `qpdf --check`, or a longer --page-timeout",
            )
        answer = _receive(worker)
        if isinstance(answer, DocparseError):
            raise answer
        if not isinstance(answer, Opened):
            assert isinstance(answer, str)
            raise UnreadableInputError(
                f"{self.order.name} crashed the PDF library ({answer})",
                hint="the file is probably damaged; try `qpdf --check`",
            )
        worker.opened = True
        return answer

    def read(self, numbers: Sequence[int]) -> Iterator[PageResult]:
        """One result for each page number, in no particular order.

        A model reads several pages together, so a worker then gets some at once.
        """
        size = PAGES_TOGETHER if self.order.read.model else 1
        tasks = [tuple(numbers[i : i + size]) for i in range(0, len(numbers), size)]
        for task, answer in self._run(tasks):
            if isinstance(answer, PageResult):
                yield answer
            else:
                assert isinstance(task, tuple)
                for number in task:
                    yield PageResult(failed_page(number, f"{answer!s}"))

    def draw(self, pages: Sequence[Page]) -> Iterator[tuple[Page, bytes]]:
        """Each page with its overlay as PNG; a page that cannot be drawn is left out."""
        for task, answer in self._run(list(pages)):
            assert isinstance(task, Page)
            if isinstance(answer, bytes):
                yield task, answer

    def _run(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Answer | str]]:
        """Each task with its answer, or with the reason why there is none."""
        waiting = list(reversed(tasks))
        while len(self._workers) < min(self.jobs, len(tasks)):
            self._start()
        while waiting or any(worker.task is not None for worker in self._workers):
            for worker in self._workers:
                if waiting and worker.task is None and worker.opened:
                    self._give(worker, waiting.pop())
            yield from self._collect()

    def _collect(self) -> Iterator[tuple[Task, Answer | str]]:
        """Waits for the next answers; replaces workers that died or passed their deadline."""
        deadline = min(worker.deadline for worker in self._workers)
        pause = None if deadline == math.inf else max(0.0, deadline - time.monotonic())
        ready = set(wait([worker.pipe for worker in self._workers], timeout=pause))
        for worker in list(self._workers):
            if worker.pipe in ready:
                answer = _receive(worker)
            elif worker.deadline <= time.monotonic() and (worker.task or not worker.opened):
                answer = f"gave no answer within {self.timeout:g} seconds (--page-timeout)"
            else:
                continue
            if not worker.opened and isinstance(answer, Opened):
                worker.opened, worker.deadline = True, math.inf
                continue
            if isinstance(answer, str | DocparseError):
                self._replace(worker, str(answer))
            task = worker.finish(answer, self.timeout)
            if task is not None:
                yield task, answer

    def _give(self, worker: _Worker, task: Task) -> None:
        worker.task, worker.deadline = task, time.monotonic() + self.timeout
        worker.left = set(task) if isinstance(task, tuple) else set()
        # A worker that died meanwhile is found out in _collect, by the end of its pipe.
        with contextlib.suppress(OSError):
            worker.pipe.send(task)

    def _start(self) -> _Worker:
        # spawn: forking a process that has threads is not safe, and works the same everywhere
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=work, args=(self.order, theirs), daemon=True)
        process.start()
        theirs.close()
        worker = _Worker(process, ours, deadline=time.monotonic() + self.timeout)
        self._workers.append(worker)
        return worker

    def _replace(self, worker: _Worker, reason: str) -> None:
        self._failed_starts += not worker.opened
        if self._failed_starts > MOST_FAILED_STARTS:
            raise UnreadableInputError(
                f"{self.order.name} opens only sometimes ({reason})",
                hint="the file is probably damaged, or memory is short; try --jobs 1",
            )
        self._workers.remove(worker)
        _end(worker)
        self._start()


def _receive(worker: _Worker) -> Answer | str:
    try:
        answer: Answer = worker.pipe.recv()
        return answer
    except (EOFError, OSError):
        worker.process.join(timeout=5)
        return f"the process that read it died with exit code {worker.process.exitcode}"


def _end(worker: _Worker) -> None:
    worker.pipe.close()
    worker.process.join(timeout=0.5)
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join()
