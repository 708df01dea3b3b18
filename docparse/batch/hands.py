"""Who does the tasks of a run: worker processes of this machine, started, heard and replaced."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Protocol

from docparse.batch.tasks import Answer, Died, Setup, Task
from docparse.batch.worker import work


class Hand(Protocol):
    """One worker. It says (0, Began()) when it is ready, and (0, Died) when it is gone."""

    def give(self, number: int, task: Task) -> None:
        """Hands it one more task."""
        ...

    def take(self) -> tuple[int, Answer]:
        """Its next answer with the number of the task; called only when there is one."""
        ...

    def end(self) -> None:
        """Ends it, whatever it does."""
        ...


class Hands(Protocol):
    """Starts workers and waits for them."""

    def start(self) -> Hand:
        """A new worker."""
        ...

    def wait(self, hands: Sequence[Hand], seconds: float) -> list[Hand]:
        """Those that have something to say, as soon as one has, or none after `seconds`."""
        ...


@dataclass(eq=False, slots=True)
class Process:
    """A Hand that is a process of this machine."""

    process: BaseProcess
    pipe: Connection

    def give(self, number: int, task: Task) -> None:
        # If it died meanwhile, the end of its pipe says so at the next wait.
        with contextlib.suppress(OSError):
            self.pipe.send((number, task))

    def take(self) -> tuple[int, Answer]:
        try:
            number, answer = self.pipe.recv()
            return number, answer
        except (EOFError, OSError):
            self.process.join(timeout=5)
            code = self.process.exitcode
            return 0, Died(f"crashed the process that read it (exit code {code})")

    def end(self) -> None:
        self.pipe.close()
        self.process.join(timeout=0.5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


@dataclass(frozen=True, slots=True)
class Processes:
    """Hands that are processes of this machine; `target` is what they run."""

    setup: Setup
    target: Callable[[Setup, Connection], None] = work

    def start(self) -> Process:
        # spawn: forking a process that has threads is not safe, and works the same everywhere
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=self.target, args=(self.setup, theirs), daemon=True)
        process.start()
        theirs.close()
        return Process(process, ours)

    def wait(self, hands: Sequence[Hand], seconds: float) -> list[Hand]:
        by_pipe = {hand.pipe: hand for hand in hands if isinstance(hand, Process)}
        return [by_pipe[pipe] for pipe in wait(list(by_pipe), timeout=seconds)]  # type: ignore[index]
