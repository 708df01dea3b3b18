"""What `docparse extract` does: files and folders to records, in as many formats as wanted."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from docparse import log
from docparse.batch.digest import settings_digest
from docparse.batch.job import Job
from docparse.batch.local import local_crew, memory_of_a_worker
from docparse.batch.run import Policy, Tally
from docparse.batch.tasks import Setup, Wish
from docparse.cli.convert import open_ledger, run_jobs, sum_up
from docparse.cli.inputs import find_inputs
from docparse.cli.plan import check_outputs
from docparse.cli.records import Index, IndexedLedger
from docparse.errors import ExitCode, UsageError
from docparse.extraction.outputs import ENDINGS, render
from docparse.extraction.record import Record
from docparse.files import write_whole
from docparse.schemas.load import RULED, load_schema
from docparse.settings import ReadSettings, RunSettings, WriteSettings


def extract_all(
    inputs: Sequence[str], output: str, wish: Wish, read: ReadSettings, run: RunSettings
) -> ExitCode:
    """Extracts every input; returns the exit code of the whole command."""
    log.set_up(verbose=run.verbose, quiet=run.quiet)
    if run.ray:
        raise UsageError("extract does not run on Ray", hint="leave out --ray")
    folder = Path(output)
    found = find_inputs(inputs, [], [folder] if folder.is_dir() else [])
    many = len(found) > 1 or Path(inputs[0]).is_dir() or output.endswith("/")
    if not many and not wish.rename:
        return _one(found[0][0], output, wish, read)
    if output == "-":
        raise UsageError("several records do not fit on stdout", hint="name a folder with -o out/")
    jobs = [_to_job(path, below, folder, wish) for path, below in found if path is not None]
    check_outputs(jobs)
    if run.dry_run:
        print("\n".join(job.name for job in jobs))
        return ExitCode.OK
    tally = _many(jobs, folder, wish, read, run)
    if not run.quiet:
        sum_up(folder, tally)
    return tally.code


def pick_formats(wanted: Sequence[str], output: str) -> tuple[str, ...]:
    """The formats that are asked for with -f, else by the ending of -o, else json."""
    for name in wanted:
        if name not in ENDINGS:
            raise UsageError(f"no format is called {name}", hint=f"use -f {', '.join(ENDINGS)}")
    by_ending = [name for name, ending in ENDINGS.items() if output.lower().endswith(ending)]
    return tuple(dict.fromkeys(wanted)) or tuple(by_ending) or ("json",)


def _one(path: Path | None, output: str, wish: Wish, read: ReadSettings) -> ExitCode:
    from docparse.extraction.run import extract

    if len(wish.formats) > 1:
        raise UsageError("one file holds one format", hint="name a folder with -o out/")
    data = sys.stdin.buffer.read() if path is None else path
    name = path.name if path else "stdin"
    record = extract(data, wish.schema, read, name=name, compare=wish.compare)
    texts = list(render(record, wish.formats[0]))
    if output == "-":
        sys.stdout.buffer.write(texts[0])
        sys.stdout.buffer.flush()
    else:
        for number, text in enumerate(texts):
            target = Path(output)
            write_whole(target.with_stem(f"{target.stem}-{number + 1}") if number else target, text)
    _tell(record)
    return ExitCode.OK if record.complete else ExitCode.SOME_PAGES_FAILED


def _tell(record: Record) -> None:
    for part in record.all():
        for note in part.notes:
            log.logger.warning("%s: %s: %s", record.source, note.code, note.message)
        for check in part.failed:
            log.logger.warning("%s: failed check %s: %s", record.source, check.code, check.message)


def _many(
    jobs: Sequence[Job], folder: Path, wish: Wish, read: ReadSettings, run: RunSettings
) -> Tally:
    """Records of a folder, the tree kept, a ledger of what is done, and the index of all."""
    from docparse.extraction.run import check_wish

    schema = load_schema(wish.schema)
    check_wish(schema, read, compare=wish.compare)
    setup = Setup(
        read,
        WriteSettings(),
        is_batch=True,
        verbose=run.verbose,
        quiet=run.quiet,
        single_thread=run.jobs > 1,
        memory=memory_of_a_worker(run.jobs),
        wish=wish,
    )
    policy = Policy(_digest(read, wish), redo=run.redo, fail_fast=run.fail_fast)
    with contextlib.ExitStack() as stack:
        ledger = stack.enter_context(open_ledger(folder, IndexedLedger))
        emit = _ignore
        if schema.name == RULED:
            index = stack.enter_context(contextlib.closing(Index(folder)))
            assert isinstance(ledger, IndexedLedger)
            ledger.sources, emit = index.sources, index.put
        return run_jobs(jobs, ledger, local_crew(setup, run), policy, setup, emit=emit)


def _ignore(data: bytes) -> None:
    """Records of other schemas have no index."""


def _digest(read: ReadSettings, wish: Wish) -> str:
    """The settings that shape records, as one digest; a schema's file counts by its content."""
    path = Path(wish.schema)
    body = path.read_text("utf-8") if path.is_file() else wish.schema
    facts = [settings_digest(read, WriteSettings()), body, wish.compare]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _to_job(path: Path, below: Path, folder: Path, wish: Wish) -> Job:
    stem = folder / below.with_suffix("")
    return Job(path, str(below), stem, tuple((ENDINGS[name], "json") for name in wish.formats))
