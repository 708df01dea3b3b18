"""What `docparse convert` does: inputs planned, read by workers, written whole, summed up."""

from __future__ import annotations

import contextlib
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from docparse import log
from docparse.batch.crew import Crew
from docparse.batch.digest import settings_digest
from docparse.batch.job import Job
from docparse.batch.ledger import NAME, Ledger
from docparse.batch.local import local_crew, memory_of_a_worker
from docparse.batch.lock import only_run_in
from docparse.batch.run import Policy, Run, Tally
from docparse.batch.stop import watch_for_stop
from docparse.batch.survey import survey
from docparse.batch.tasks import Setup
from docparse.cli.plan import Plan, plan
from docparse.cli.progress import progress_on
from docparse.errors import DocparseError, ExitCode, OutputError
from docparse.pipeline import load_engine
from docparse.settings import ReadSettings, RunSettings, WriteSettings

# Words whose next one must not be kept with a command.
SECRETS = ("--password",)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a command line asks for. `lists`: files with one path on each line."""

    inputs: Sequence[str]
    lists: Sequence[str]
    output: str
    formats: Sequence[str]


def convert_all(
    wanted: Wanted, *, read: ReadSettings, write: WriteSettings, run: RunSettings
) -> ExitCode:
    """Converts every input; returns the exit code of the whole command.

    One document that was named and cannot be read raises its own error; of several, each says so
    on stderr.
    """
    log.set_up(verbose=run.verbose, quiet=run.quiet)
    planned = plan(wanted.inputs, wanted.lists, wanted.output, wanted.formats, write)
    setup = Setup(
        read,
        write,
        is_batch=planned.is_batch,
        verbose=run.verbose,
        quiet=run.quiet,
        single_thread=run.jobs > 1,
        memory=memory_of_a_worker(run.jobs),
        stdin=planned.stdin,
    )
    if run.dry_run:
        return _show(planned, setup, run)
    tally = _run(planned, setup, run)
    if not planned.is_batch and tally.error:
        raise tally.error
    if planned.is_batch and not run.quiet:
        sum_up(planned.folder, tally)
    return tally.code


def _run(planned: Plan, setup: Setup, run: RunSettings) -> Tally:
    if setup.read.server:
        load_engine(setup.read)  # a wrong name or key is told before any work
    digest = settings_digest(setup.read, setup.write)
    # One document that is named is tried again without being told to.
    redo = run.redo or ("" if planned.is_batch else "failed")
    policy = Policy(digest, redo=redo, fail_fast=run.fail_fast)
    with contextlib.ExitStack() as stack:
        ledger = stack.enter_context(open_ledger(planned.folder))
        if run.ray:
            from docparse.batch.ray import TRIES, ray_crew

            crew = stack.enter_context(ray_crew(setup, run))
            # A node that is lost takes pages with it that are not to blame.
            policy = replace(policy, tries=TRIES, alone=False)
        else:
            crew = local_crew(setup, run)
        return run_jobs(planned.jobs, ledger, crew, policy, setup, emit=_emit)


def run_jobs(
    jobs: Sequence[Job],
    ledger: Ledger,
    crew: Crew,
    policy: Policy,
    setup: Setup,
    *,
    emit: Callable[[bytes], None],
) -> Tally:
    """Runs them, with progress on stderr, until all are done or it is told to stop."""
    with (
        progress_on(quiet=setup.quiet, num_documents=len(jobs)) as progress,
        watch_for_stop() as stop,
    ):
        return Run(
            iter(jobs),
            ledger,
            crew,
            policy,
            replace(progress, tells_errors=setup.is_batch),
            emit=emit,
            clear=lambda job: job.clear_parts(setup.write, is_batch=setup.is_batch),
            stop=stop,
        ).run()


@contextlib.contextmanager
def open_ledger(folder: Path | None, kind: type[Ledger] = Ledger) -> Iterator[Ledger]:
    """The ledger of the output folder, or one in memory where there is no such folder."""
    if folder is None:
        with kind(None) as ledger:
            yield ledger
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot make the folder {folder}: {error.strerror}", hint="choose another -o"
        ) from error
    with only_run_in(folder), kind(folder / NAME) as ledger:
        ledger.start_run(command_line())
        yield ledger


def command_line() -> str:
    """The command line, to be shown and run again; without secrets."""
    words = ["docparse"]
    secret = False
    for word in sys.argv[1:]:
        name = word.split("=")[0]
        hidden = f"{name}=..." if name in SECRETS and "=" in word else word
        hidden = re.sub(r"(?<=//)[^/@\s]+@", "...@", hidden)
        words.append("..." if secret else hidden)
        secret = word in SECRETS
    return shlex.join(words)


def _emit(data: bytes) -> None:
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def sum_up(folder: Path | None, tally: Tally) -> None:
    """The last lines on stderr: what became of all documents, and where to read on."""
    settled = sum(tally.settled.values())
    counts = [
        (tally.done, "done"),
        (tally.incomplete, "with pages that failed"),
        (tally.failed, "failed"),
        (settled, "as recorded before"),
    ]
    parts = [f"{count} {what}" for count, what in counts if count]
    rate = f", {tally.pages / tally.seconds:.2f} pages/s" if tally.pages else ""
    total = tally.done + tally.incomplete + tally.failed + settled
    seconds = f"{tally.pages} pages in {tally.seconds:.0f} s{rate}"
    print(f"docparse: {total} documents: {', '.join(parts)}; {seconds}", file=sys.stderr)
    if tally.code != ExitCode.OK:
        where = shlex.quote(str(folder))
        print(f"docparse: `docparse status {where}` says what failed and why", file=sys.stderr)


def _show(planned: Plan, setup: Setup, run: RunSettings) -> ExitCode:
    """Prints what would be done."""
    pages, failed = 0, 0
    with local_crew(setup, run) as crew:
        for job, found in survey(planned.jobs, crew):
            if isinstance(found, DocparseError):
                failed += 1
                print(f"{job.name}: {found}")
                continue
            pages += sum(found.values())
            ways = ", ".join(f"{count} {way}" for way, count in found.items())
            print(f"{job.name}: {ways} -> {_targets(job)}")
    print(f"{len(planned.jobs)} documents, {pages} pages, {failed} cannot be opened")
    return ExitCode.SOME_PAGES_FAILED if failed else ExitCode.OK


def _targets(job: Job) -> str:
    return ", ".join(str(path or "stdout") for path, _ in job.outputs)
