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
from docparse.cli.inputs import find_inputs
from docparse.errors import DocparseError, ExitCode, UsageError
from docparse.extraction.index import Entry, index_csv, index_sqlite, to_entry
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
    """Records of a folder, the tree kept, and the index of all of them."""
    jobs = [(path, below, folder, wish) for path, below in found if path is not None]
    results = [_note_failures(done) for done in _work_all(jobs, run.jobs)]
    entries = [entry for done in results for entry in done.entries]
    if wish.schema == "invoice-jp":
        write_whole(folder / "index.csv", index_csv(entries).encode())
        write_whole(folder / "index.sqlite", index_sqlite(entries))
    if all(done.code != ExitCode.OK for done in results):
        return ExitCode.ALL_FAILED
    good = all(done.code == ExitCode.OK and done.complete for done in results)
    return ExitCode.OK if good else ExitCode.SOME_PAGES_FAILED


def _work_all(jobs: Sequence[tuple[Path, Path, Path, Wish]], workers: int) -> Iterator[Done]:
    if workers == 1 or len(jobs) < 4:
        yield from map(_work, jobs)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_work, jobs, chunksize=max(1, min(16, len(jobs) // (4 * workers))))


def _work(job: tuple[Path, Path, Path, Wish]) -> Done:
    """Extracts one document and writes what is wanted; failures are values."""
    path, below, folder, wish = job
    try:
        record = _extract(path, str(below), wish)
        for format_ in wish.formats:
            for number, text in enumerate(_render(record, format_)):
                suffix = f"-{number + 1}" if number else ""
                write_whole(folder / below.with_name(below.stem + suffix + FORMATS[format_]), text)
    except DocparseError as error:
        return Done(str(below), problem=str(error), code=error.code)
    entries: tuple[Entry, ...] = ()
    if record.schema == "invoice-jp":
        entries = tuple(to_entry(part) for part in record.all())
        if wish.rename and entries[0].proposed_name:
            name = entries[0].proposed_name + path.suffix.lower()
            write_whole(folder / "renamed" / name, path.read_bytes())
    return Done(str(below), entries, record.complete)


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
