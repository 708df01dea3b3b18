"""What a run would do, found out by opening every document and reading none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from docparse.batch.crew import Crew
from docparse.batch.job import Job
from docparse.batch.tasks import Died, Lost, Refused, Survey, Surveyed
from docparse.errors import DocparseError, UnreadableInputError


def survey(
    jobs: Sequence[Job], crew: Crew
) -> Iterator[tuple[Job, Mapping[str, int] | DocparseError]]:
    """Each job, as it is looked at, with its number of pages by the way they would be read."""
    waiting = [Survey(job) for job in reversed(jobs)]
    while True:
        crew.give_out(lambda _: waiting.pop() if waiting else None)
        if not crew.at_work:
            return
        for task, answer in crew.collect():
            if isinstance(answer, Surveyed):
                yield task.job, dict(answer.ways)
            elif isinstance(answer, Refused):
                yield task.job, answer.error
            elif isinstance(answer, Died):
                hint = "the file is probably damaged; try `qpdf --check`"
                yield task.job, UnreadableInputError(f"{task.job.name} {answer.reason}", hint)
            elif isinstance(answer, Lost):
                waiting.append(Survey(task.job))
