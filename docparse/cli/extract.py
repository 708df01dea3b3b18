"""What `docparse extract` does: files and folders to records, in as many formats as wanted."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from docparse import log
from docparse.batch.job import Job
from docparse.batch.ledger import NAME, Ledger
from docparse.batch.lock import only_run_in
from docparse.cli.inputs import find_inputs
from docparse.cli.records import begin, digest_of, load_index, record, settled_code, write_index
from docparse.errors import DocparseError, ExitCode, UsageError
from docparse.extraction.index import Entry, to_entry
from docparse.extraction.record import Record
from docparse.files import write_whole
from docparse.settings import ReadSettings, RunSettings

FORMATS = {"json": ".json", "csv": ".csv", "jp-pint": ".xml"}


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of each document."""

    schema: str
    formats: tuple[str, ...]
    read: ReadSettings
    rename: bool = False
    compare: bool = False


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one document: its entries in the index, or why it failed."""

    name: str
    entries: tuple[Entry, ...] = ()
    complete: bool = True
    problem: str = ""
    code: ExitCode = ExitCode.OK


def extract_all(inputs: Sequence[str], output: str, wish: Wish, run: RunSettings) -> ExitCode:
    """Extracts every input; returns the exit code of the whole command."""
    log.set_up(verbose=run.verbose, quiet=run.quiet)
    found = find_inputs(inputs, [], [])
    many = len(found) > 1 or Path(inputs[0]).is_dir() or output.endswith("/")
    if not many and not wish.rename:
        return _one(found[0][0], output, wish)
    if output == "-":
        raise UsageError("several records do not fit on stdout", hint="name a folder with -o out/")
    return _many(found, Path(output), wish, run)


def pick_formats(wanted: Sequence[str], output: str) -> tuple[str, ...]:
    """The formats that are asked for with -f, else by the ending of -o, else json."""
    for name in wanted:
        if name not in FORMATS:
            raise UsageError(f"no format is called {name}", hint=f"use -f {', '.join(FORMATS)}")
    by_ending = [name for name, ending in FORMATS.items() if output.lower().endswith(ending)]
    return tuple(dict.fromkeys(wanted)) or tuple(by_ending) or ("json",)


def _one(path: Path | None, output: str, wish: Wish) -> ExitCode:
    if len(wish.formats) > 1:
        raise UsageError("one file holds one format", hint="name a folder with -o out/")
    data = sys.stdin.buffer.read() if path is None else path
    record = _extract(data, path.name if path else "stdin", wish)
    texts = list(_render(record, wish.formats[0]))
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


def _extract(data: Path | bytes, name: str, wish: Wish) -> Record:
    from docparse.extraction.run import extract

    return extract(data, wish.schema, wish.read, name=name, compare=wish.compare)


def _render(record: Record, format_: str) -> Iterator[bytes]:
    """The files of a record: one, but for jp-pint one for each invoice of the document."""
    if format_ == "json":
        yield (json.dumps(record.to_data(), ensure_ascii=False, indent=1) + "\n").encode()
        return
    if record.schema != "invoice-jp":
        raise UsageError(
            f"-f {format_} is for invoices", hint="use -f json, or --schema invoice-jp"
        )
    if format_ == "csv":
        from docparse.extraction.table import to_csv

        yield to_csv(record.all()).encode()
        return
    from docparse.extraction.ubl import to_ubl

    yield from (to_ubl(part) for part in record.all())


def _many(
    found: Sequence[tuple[Path | None, Path]], folder: Path, wish: Wish, run: RunSettings
) -> ExitCode:
    """Records of a folder, the tree kept, a ledger of what is done, and the index of all."""
    from docparse.cli.convert import command_line

    jobs = [_to_job(path, below, folder, wish) for path, below in found if path is not None]
    _check_clashes(jobs)
    if run.dry_run:
        print("\n".join(job.name for job in jobs))
        return ExitCode.OK
    folder.mkdir(parents=True, exist_ok=True)
    settings = digest_of(wish.read, wish.schema, compare=wish.compare)
    known = load_index(folder)
    results: list[Done] = []
    with only_run_in(folder), Ledger(folder / NAME) as ledger:
        ledger.start_run(command_line())
        left: list[Job] = []
        for job in jobs:
            code = settled_code(ledger, job, settings, run.redo)
            entries = known.get(job.name, ())
            if code is None or (code == ExitCode.OK and not entries and _indexed(wish)):
                left.append(job)
            else:
                results.append(Done(job.name, entries, code=code, complete=code == ExitCode.OK))
        try:
            for job, done in zip(left, _work_all(left, wish, run.jobs), strict=False):
                begin(ledger, job, settings, run.redo)
                record(ledger, job, settings, done.problem, done.code, complete=done.complete)
                results.append(_note_failures(done))
                if run.fail_fast and (done.problem or not done.complete):
                    break
        finally:
            if _indexed(wish):
                write_index(folder, sorted(_entries(results), key=lambda entry: entry.source))
    return _code_of(results)


def _indexed(wish: Wish) -> bool:
    return wish.schema == "invoice-jp"


def _entries(results: Sequence[Done]) -> list[Entry]:
    return [entry for done in results for entry in done.entries]


def _code_of(results: Sequence[Done]) -> ExitCode:
    if all(done.code == ExitCode.OK and done.complete for done in results):
        return ExitCode.OK
    written = any(done.code in (ExitCode.OK, ExitCode.SOME_PAGES_FAILED) for done in results)
    return ExitCode.SOME_PAGES_FAILED if written else ExitCode.ALL_FAILED


def _to_job(path: Path, below: Path, folder: Path, wish: Wish) -> Job:
    stem = folder / below.with_suffix("")
    return Job(path, str(below), stem, tuple((FORMATS[name], "json") for name in wish.formats))


def _check_clashes(jobs: Sequence[Job]) -> None:
    owner: dict[Path | None, str] = {}
    for job in jobs:
        if job.stem in owner:
            raise UsageError(
                f"{owner[job.stem]} and {job.name} would become one record",
                hint="extract them in two runs with different -o folders",
            )
        owner[job.stem] = job.name


def _work_all(jobs: Sequence[Job], wish: Wish, workers: int) -> Iterator[Done]:
    wanted = [(job, wish) for job in jobs]
    if workers == 1 or len(jobs) < 4:
        yield from map(_work, wanted)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_work, wanted, chunksize=max(1, min(16, len(jobs) // (4 * workers))))


def _work(wanted: tuple[Job, Wish]) -> Done:
    """Extracts one document and writes what is wanted; failures are values."""
    job, wish = wanted
    assert isinstance(job.data, Path)
    assert job.stem is not None
    try:
        made = _extract(job.data, job.name, wish)
        for format_ in wish.formats:
            for number, text in enumerate(_render(made, format_)):
                suffix = f"-{number + 1}" if number else ""
                name = job.stem.name + suffix + FORMATS[format_]
                write_whole(job.stem.with_name(name), text)
    except DocparseError as error:
        return Done(job.name, problem=str(error), code=error.code)
    entries: tuple[Entry, ...] = ()
    if made.schema == "invoice-jp":
        entries = tuple(to_entry(part) for part in made.all())
        if wish.rename and entries[0].proposed_name:
            name = entries[0].proposed_name + job.data.suffix.lower()
            write_whole(job.stem.with_name("renamed") / name, job.data.read_bytes())
    return Done(job.name, entries, made.complete)


def _note_failures(done: Done) -> Done:
    """Says on stderr what failed, and which invoices break a rule."""
    if done.problem:
        log.logger.error("%s: %s", done.name, " ".join(done.problem.split()))
    for entry in done.entries:
        if entry.failed_checks:
            log.logger.warning("%s: failed checks: %s", done.name, entry.failed_checks)
        if entry.notes:
            log.logger.warning("%s: %s", done.name, entry.notes)
    return done
