"""`docparse bench batch`: what a run over many small documents costs beside reading them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from docparse.batch.desk import Desk
    from docparse.batch.job import Job


def run_many(
    documents: Annotated[
        int, typer.Option("--documents", help="Small documents that are made.", min=20)
    ] = 1000,
) -> None:
    """What a run over many small documents costs beside reading them, and what two jobs gain."""
    from docparse.bench.batch import run_batch

    print(run_batch(documents, read_in_turns).to_text())


def read_in_turns(files: Sequence[Path], out: Path) -> float:
    """Processor seconds a document that a worker's tasks take beyond the library's own reading.

    In turns, so that both meet the same machine; without the layout nets, which run in threads of
    their own, alike on both sides, and would hide the difference.
    """
    import docparse
    from docparse.batch.desk import Desk
    from docparse.batch.job import Job
    from docparse.batch.tasks import Setup
    from docparse.files import write_whole
    from docparse.settings import ReadSettings, WriteSettings

    desk = Desk(Setup(ReadSettings(), WriteSettings(), is_batch=True), lambda number: None)
    more = []
    for file in files:
        begun = time.thread_time()
        write_whole(out / file.name, docparse.to_markdown(docparse.parse(file)).encode())
        middle = time.thread_time()
        _do_tasks(desk, Job(file, file.name, out / file.stem, ((".md", "md"),)))
        more.append(time.thread_time() - middle - (middle - begun))
    desk.close()
    return median(more)


def _do_tasks(desk: Desk, job: Job) -> None:
    from docparse.batch.tasks import Finish, Finished, Open, OpenedDone, PageDone, Read

    opened = desk.do(Open(job))
    assert isinstance(opened, OpenedDone)
    pages = [desk.do(Read(job, number)) for number in opened.opened.numbers]
    data = tuple(page.data for page in pages if isinstance(page, PageDone))
    assert isinstance(desk.do(Finish(job, opened.opened, data)), Finished)
