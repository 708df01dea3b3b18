"""`docparse bench batch`: what a run over many small documents costs beside reading them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from multiprocessing import Pipe
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from docparse.batch.job import Job
    from docparse.batch.worker import Service

# How often each document is read in either way.
TURNS = 4


def run_many(
    documents: Annotated[
        int, typer.Option("--documents", help="Small documents that are made.", min=20)
    ] = 1000,
) -> None:
    """What a run over many small documents costs beside reading them, and what two jobs gain."""
    from docparse.bench.batch import run_batch

    print(run_batch(documents, read_in_turns).to_text())


def read_in_turns(files: Sequence[Path], out: Path) -> float:
    """Processor seconds a document that a worker takes beyond the library's own reading.

    Both sides read each file, lay it out and write its Markdown. What the worker has beside that:
    tasks and answers through its pipe, the digest of the file, and pages packed for the ledger and
    unpacked again. In turns, and of each file what either took at least, since the machine's whims
    are larger than the difference. Only the thread that does it all is counted: the layout nets run
    in threads of their own, alike on both sides.
    """
    import docparse
    from docparse.batch.job import Job
    from docparse.batch.tasks import Setup
    from docparse.batch.worker import Service
    from docparse.files import write_whole
    from docparse.settings import ReadSettings, WriteSettings

    def by_library(file: Path) -> float:
        begun = time.thread_time()
        write_whole(out / file.name, docparse.to_markdown(docparse.parse(file)).encode())
        return time.thread_time() - begun

    ours, theirs = Pipe()
    with ours, theirs:
        service = Service(Setup(ReadSettings(), WriteSettings(), is_batch=True), theirs)
        more = []
        for file in files:
            job = Job(file, file.name, out / file.stem, ((".md", "md"),))
            worker, library = [], []
            for turn in range(TURNS):
                if turn % 2:
                    library.append(by_library(file))
                worker.append(_by_worker(service, ours, job))
                if not turn % 2:
                    library.append(by_library(file))
            more.append(min(worker) - min(library))
        service.desk.close()
    return median(more)


def _by_worker(service: Service, pipe: Connection, job: Job) -> float:
    """Seconds that all tasks of a document take the worker."""
    from docparse.batch.tasks import (
        Answer,
        Began,
        Finish,
        Finished,
        Open,
        OpenedDone,
        PageDone,
        Read,
        Task,
    )

    seconds = 0.0

    def answer_to(task: Task) -> Answer:
        nonlocal seconds
        pipe.send((1, task))
        begun = time.thread_time()
        service.answer_next()
        seconds += time.thread_time() - begun
        answer: Answer = pipe.recv()[1]
        while isinstance(answer, Began):
            answer = pipe.recv()[1]
        return answer

    opened = answer_to(Open(job))
    assert isinstance(opened, OpenedDone)
    pages = [answer_to(Read(job, number)) for number in opened.opened.numbers]
    data = tuple(page.data for page in pages if isinstance(page, PageDone))
    assert isinstance(answer_to(Finish(job, opened.opened, data)), Finished)
    return seconds
