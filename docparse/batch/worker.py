"""The process that does tasks for a run: tasks in, answers out, over one pipe."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait

from docparse import log
from docparse.batch.desk import Desk
from docparse.batch.tasks import Answer, Began, Died, Read, Setup, Task

_PR_SET_PDEATHSIG = 1
# New objects between two searches for what is out of use. Most of the first second's are modules,
# which stay: to go through them time and again takes a tenth of what importing torch takes.
BETWEEN_SEARCHES = 100_000
# Seconds between two signs of life of a task that is under way.
BREATH = 1.0
# Seconds that more pages are waited for, while a server is at work on those that it has.
LULL = 0.5


def work(setup: Setup, pipe: Connection) -> None:
    """Answers tasks until the pipe closes; stdout belongs to the parent.

    What comes in is (number, Task), what goes out (number, Answer); first of all (0, Began()).
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _die_with_parent()
    os.dup2(2, 1)
    prepare(setup)
    try:
        Service(setup, pipe).run()
    except (EOFError, OSError):  # the run is done with us
        sys.stderr.flush()
        os._exit(0)  # nothing is left to do, and taking libraries down in order takes long


def prepare(setup: Setup) -> None:
    """Log, threads and memory of a process that does tasks."""
    gc.set_threshold(BETWEEN_SEARCHES)
    log.set_up(verbose=setup.verbose, quiet=setup.quiet)
    if setup.memory and not setup.read.model:
        limit_memory(setup.memory)
    if setup.single_thread:
        from docparse.engines import readers
        from docparse.layout import detector

        detector.limit_threads()
        readers.limit_threads()


def limit_memory(most: int) -> None:
    """Makes allocations fail beyond so many bytes, so that a bad file cannot take the machine."""
    with contextlib.suppress(ImportError, OSError, ValueError):  # not on every system
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (most, hard))


@dataclass
class Service:
    """Answers the tasks that come through a pipe. `number`: of the one that is being done."""

    setup: Setup
    pipe: Connection
    number: int = 0
    _said: float = 0.0

    def run(self) -> None:
        self._send(0, Began())
        try:
            while True:
                self.answer_next()
        except MemoryError:
            most = f"{self.setup.memory / 2**30:.1f} GiB of memory"
            self._send(self.number, Died(f"takes more than {most}"))
        finally:
            self.desk.close()

    @cached_property
    def desk(self) -> Desk:
        """Who does the tasks."""
        if self.setup.wish is None:
            return Desk(self.setup, self._alive)
        from docparse.batch.records import RecordDesk

        return RecordDesk(self.setup, self._alive)

    def answer_next(self) -> None:
        """Waits for a task and answers it; with a model, those that come meanwhile as well."""
        self._do(*self.pipe.recv())

    def _do(self, number: int, task: Task) -> None:
        if isinstance(task, Read) and self.setup.read.model:
            for done, answer in self.desk.do_together(self._reads(number, task)):
                self._send(done, answer)
        else:
            self.number, self._said = number, time.monotonic()
            self._send(number, self.desk.do(task))

    def _reads(self, number: int, task: Task) -> Iterator[tuple[int, Read]]:
        """Pages as they come in, as long as one is waiting; other tasks are done in between."""
        while True:
            if isinstance(task, Read):
                self.number = number
                yield number, task
            else:
                self._do(number, task)
            if not self.pipe.poll(LULL if self.setup.read.server else 0):
                return
            number, task = self.pipe.recv()

    def _alive(self, number: int) -> None:
        """Says so, if that is news; `number` as a Desk gives it."""
        now = time.monotonic()
        # Who has one task at a time is known to be at it as soon as it was given.
        if number or self.setup.read.model or now - self._said >= BREATH:
            self._said = now
            self._send(number or self.number, Began())

    def _send(self, number: int, answer: Answer) -> None:
        self.pipe.send((number, answer))


def _die_with_parent() -> None:
    """A page that never ends must not go on for ever when the run was killed."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        return
    parent = parent_process()
    if parent is not None:
        sentinel = parent.sentinel

        def watch() -> None:
            wait([sentinel])
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()
