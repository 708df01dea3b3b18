"""`docparse bench batch`: what a run over many small documents costs beside reading them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from multiprocessing import Pipe
from pathlib import Path
from statistics import median
from typing import Annotated

import typer


def run_many(
    documents: Annotated[
        int, typer.Option("--documents", help="Small documents that are made.", min=20)
    ] = 1000,
) -> None:
    """What a run over many small documents costs beside reading them, and what two jobs gain."""
    from docparse.bench.batch import run_batch

    print(run_batch(documents, handle_documents).to_text())


def handle_documents(files: Sequence[Path], out: Path) -> float:
    """Processor seconds a document that a worker takes beside reading, layout and output.

    That is: tasks and answers through its pipe, the digest of the file, the page packed for the
    ledger and unpacked again. Timed by themselves with what reading gave, since they are less than
    by how much reading one file twice differs.
    """
    from docparse.batch.desk import fingerprint
    from docparse.batch.job import Job
    from docparse.batch.packing import pack, unpack
    from docparse.batch.tasks import Finish, Finished, Open, OpenedDone, PageDone, Read
    from docparse.pipeline import Opened, parse

    ours, theirs = Pipe()
    seconds = []
    with ours, theirs:
        for file in files:
            job = Job(file, file.name, out / file.stem, ((".md", "md"),))
            (page,) = parse(file).pages
            begun = time.thread_time()
            opened = OpenedDone(Opened(file.name, (1,)), *fingerprint(job, b""))
            done = PageDone(1, page.complete, page.notes, 0.0, pack(page))
            unpack(done.data)
            tasks = Open(job), Read(job, 1), Finish(job, opened.opened, (done.data,))
            for task, answer in zip(tasks, (opened, done, Finished(True, ())), strict=True):
                # Both ends in one process: what the other one takes for its half is counted too.
                ours.send((1, task))
                theirs.recv()
                theirs.send((1, answer))
                ours.recv()
            seconds.append(time.thread_time() - begun)
    return median(seconds)
