"""Who does the tasks of a run on a Ray cluster: actors that hold the same worker as a process does.

Ray starts them, places them and notices when they are gone. Inputs and outputs lie on a file system
that all nodes share, since the actors read and write them; the ledger is the driver's alone.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing import Pipe
from pathlib import Path
from typing import Any

from docparse.batch.crew import Crew
from docparse.batch.hands import Hand
from docparse.batch.local import crew_of
from docparse.batch.tasks import Answer, Died, Setup, Task
from docparse.batch.worker import Service, prepare
from docparse.errors import MissingEngineError
from docparse.settings import RunSettings

# Nodes come and go, which is no fault of the page: it is given this often.
TRIES = 4
# Seconds until an actor runs; a cluster may have to fetch a machine for it.
START_PATIENCE = 900.0


class Actor:
    """What runs in a Ray worker: a Service in a thread, and both ends of its pipe."""

    def __init__(self, setup: Setup, folder: str) -> None:
        """`folder`: where the driver runs, so that relative paths mean the same."""
        if Path(folder).is_dir():
            os.chdir(folder)
        prepare(setup)
        self._ours, theirs = Pipe()
        threading.Thread(target=_serve, args=(setup, theirs), daemon=True).start()

    def give(self, number: int, task: Task) -> None:
        """One more task for the Service."""
        self._ours.send((number, task))

    def take(self) -> tuple[int, Answer]:
        """Its next answer, as soon as there is one."""
        number, answer = self._ours.recv()
        return number, answer


def _serve(setup: Setup, pipe: Any) -> None:
    with contextlib.suppress(EOFError, OSError):
        Service(setup, pipe).run()


@dataclass(eq=False, slots=True)
class RayHand:
    """A Hand that is an actor; `next`: Ray's promise of its next answer."""

    actor: Any
    next: Any

    def give(self, number: int, task: Task) -> None:
        self.actor.give.remote(number, task)

    def take(self) -> tuple[int, Answer]:
        import ray

        try:
            number, answer = ray.get(self.next)
        except ray.exceptions.RayError as error:
            return 0, Died(f"lost its Ray worker ({type(error).__name__})")
        self.next = self.actor.take.remote()
        return number, answer

    def end(self) -> None:
        import ray

        with contextlib.suppress(Exception):  # it may be gone, and Ray with it
            ray.kill(self.actor)


@dataclass(frozen=True, slots=True)
class RayHands:
    """Hands that are actors of the cluster that this process is connected to."""

    setup: Setup
    num_gpus: float = 0.0

    def start(self) -> RayHand:
        import ray

        # Two calls at once: one that waits for the next answer, and one that brings a task.
        remote = ray.remote(num_cpus=1, num_gpus=self.num_gpus, max_concurrency=2)(Actor)
        actor = remote.remote(self.setup, str(Path.cwd()))
        return RayHand(actor, actor.take.remote())

    def wait(self, hands: Sequence[Hand], seconds: float) -> list[Hand]:
        import ray

        by_next = {hand.next: hand for hand in hands if isinstance(hand, RayHand)}
        refs = list(by_next)
        ready, _ = ray.wait(refs, num_returns=1, timeout=seconds)
        if ready:  # and whoever else has answered
            ready, _ = ray.wait(refs, num_returns=len(refs), timeout=0)
        return [by_next[ref] for ref in ready]


@contextlib.contextmanager
def ray_crew(setup: Setup, run: RunSettings) -> Iterator[Crew]:
    """Actors of the cluster at `run.ray`; one for each of its CPUs, or as many as `--jobs` says.

    A local model takes a GPU for each actor where the cluster has any. Raises MissingEngineError
    where Ray is not installed or the cluster cannot be reached.
    """
    try:
        import ray
    except ImportError as error:
        raise MissingEngineError(
            "Ray is not installed", hint="run `pip install 'docparse[ray]'`"
        ) from error
    address = None if run.ray == "local" else run.ray
    try:
        ray.init(address, log_to_driver=run.verbose, logging_level="ERROR")
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise MissingEngineError(
            f"no Ray cluster at {run.ray}: {error}", hint="give --ray local, auto or HOST:PORT"
        ) from error
    try:
        found = ray.cluster_resources()
        size = run.jobs if run.jobs > 1 else max(1, int(found.get("CPU", 1)))
        gpus = int(found.get("GPU", 0))
        own_gpu = 1.0 if gpus and setup.read.model and not setup.read.server else 0.0
        yield crew_of(
            lambda setup: RayHands(setup, own_gpu),
            replace(setup, single_thread=True),
            run,
            size=size,
            models=gpus or run.jobs,
            start_patience=START_PATIENCE,
        )
    finally:
        ray.shutdown()
