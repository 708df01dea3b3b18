"""The workers of a run: tasks given to them, answers heard, and what becomes of those that die."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from docparse.batch.hands import Hand, Hands
from docparse.batch.tasks import Answer, Began, Died, Finish, Lost, Task
from docparse.errors import MissingEngineError

# Workers that die before they are ready, one after the other: nothing is to be hoped for then.
MOST_FAILED_STARTS = 3
# Seconds until a new process has loaded what it needs; more where a model is loaded.
START_PATIENCE = 60.0
# How often a stop is looked for while everybody is at work, in seconds.
TICK = 0.25


@dataclass(eq=False, slots=True)
class Worker:
    """One of the crew. `tasks`: what it has to do, by number; `busy`: the one that it last began.

    `last`: the name of the document that it was last given a task of.
    """

    hand: Hand
    deadline: float
    ready: bool = False
    busy: int = 0
    last: str = ""
    tasks: dict[int, Task] = field(default_factory=dict)


@dataclass(slots=True)
class Crew:
    """`size` workers that may each have `depth` tasks; use as a context manager.

    A worker that dies, or has a task and says nothing for `timeout` seconds, is replaced. The task
    that it was busy with is answered by Died, its other ones by Lost.
    """

    hands: Hands
    size: int
    depth: int
    timeout: float
    start_patience: float = START_PATIENCE
    workers: list[Worker] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _failed_starts: int = 0

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.hand.end()
        self.workers.clear()

    @property
    def at_work(self) -> bool:
        """Whether any task is not answered yet."""
        return any(worker.tasks for worker in self.workers)

    def give_out(self, next_task: Callable[[str], Task | None]) -> None:
        """Gives tasks to all that have room, those with the least first.

        `next_task` gets the name of the document that the worker has open.
        """
        while True:
            room = [worker for worker in self.workers if len(worker.tasks) < self.depth]
            if self.workers and not room:
                return
            worker = min(room, key=lambda worker: len(worker.tasks), default=None)
            task = next_task(worker.last if worker else "")
            if task is None:
                return
            if worker is None:
                self._fill()
                worker = self.workers[0]
            self._give(worker, task)

    def collect(self) -> Iterator[tuple[Task, Answer]]:
        """What has been answered, after waiting a moment for it."""
        self._fill()
        heard = self.hands.wait([worker.hand for worker in self.workers], TICK)
        for worker in list(self.workers):
            if worker.hand in heard:
                yield from self._hear(worker)
            elif worker.deadline <= time.monotonic() and (worker.tasks or not worker.ready):
                reason = f"gave no answer within {self.timeout:g} seconds (--page-timeout)"
                yield from self._bury(worker, reason)

    def keep_writers(self) -> None:
        """Ends all workers but those that are writing a document."""
        for worker in list(self.workers):
            if not any(isinstance(task, Finish) for task in worker.tasks.values()):
                self.workers.remove(worker)
                worker.hand.end()
        self.size = len(self.workers)

    def _fill(self) -> None:
        while len(self.workers) < self.size:
            patience = max(self.timeout, self.start_patience)
            self.workers.append(Worker(self.hands.start(), time.monotonic() + patience))

    def _give(self, worker: Worker, task: Task) -> None:
        number = next(self._numbers)
        if worker.ready and not worker.tasks:
            worker.deadline = time.monotonic() + self.timeout
        worker.tasks[number], worker.last = task, task.job.name
        worker.hand.give(number, task)

    def _hear(self, worker: Worker) -> Iterator[tuple[Task, Answer]]:
        number, answer = worker.hand.take()
        if isinstance(answer, Died):
            worker.busy = number or worker.busy
            yield from self._bury(worker, answer.reason)
            return
        worker.deadline = time.monotonic() + self.timeout
        if isinstance(answer, Began):
            worker.ready, worker.busy = True, number
            self._failed_starts = 0
            return
        task = worker.tasks.pop(number)
        if not worker.tasks:
            worker.deadline = math.inf
        yield task, answer

    def _bury(self, worker: Worker, reason: str) -> Iterator[tuple[Task, Answer]]:
        self.workers.remove(worker)
        worker.hand.end()
        if not worker.ready:
            self._failed_starts += 1
            if self._failed_starts > MOST_FAILED_STARTS:
                raise MissingEngineError(
                    f"worker processes do not start: one {reason}",
                    hint="look above for the cause, free some memory, or try --jobs 1",
                )
            yield from ((task, Lost()) for task in worker.tasks.values())
            return
        blamed = {worker.busy} & worker.tasks.keys() or set(worker.tasks)
        for number, task in worker.tasks.items():
            yield task, Died(reason) if number in blamed else Lost()
