"""Inputs and -o to the jobs of a run; clashes and nonsense are errors before any work starts."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from docparse.batch.job import Job
from docparse.cli.inputs import Found, find_inputs, is_one_file
from docparse.errors import OutputError, UsageError
from docparse.settings import Format, WriteSettings

ENDINGS: dict[str, Format] = {
    ".html": "html",
    ".htm": "html",
    ".md": "md",
    ".markdown": "md",
    ".json": "json",
    ".pdf": "pdf",
    ".jsonl": "dolma",
}
# What an output in a folder ends in; a report stands beside the HTML of the same document.
ENDING: dict[Format, str] = {
    "html": ".html",
    "md": ".md",
    "json": ".json",
    "pdf": ".pdf",
    "dolma": ".jsonl",
    "report": ".report.html",
}
# So many clashes are told; of thousands the first ones say enough.
MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Plan:
    """`folder`: where all outputs go, and the ledger; None for one file or stdout.

    `is_batch`: not a single document that was named, so that one which fails does not end the run.
    """

    jobs: tuple[Job, ...]
    folder: Path | None
    is_batch: bool
    stdin: bytes = b""


def plan(
    inputs: Sequence[str],
    lists: Sequence[str],
    output: str,
    wanted: Sequence[str],
    write: WriteSettings,
) -> Plan:
    """The jobs of a command line. Raises UsageError, UnreadableInputError or OutputError."""
    formats = _formats([*wanted, "report"] if write.report else wanted)
    is_batch = not is_one_file(inputs, lists)
    own = [Path(output), *(folder for folder in (write.figures, write.overlay) if folder)]
    found = find_inputs(inputs, lists, [folder for folder in own if folder.is_dir()])
    folder = Path(output) if _is_folder(output, many=is_batch) else None
    if folder:
        endings = tuple((ENDING[kind], kind) for kind in formats or ["html"])
        jobs = [_into_folder(pair, folder, endings) for pair in found]
    else:
        jobs = [_to_one(found[0][0], output, formats)]
    check_outputs(jobs)
    stdin = sys.stdin.buffer.read() if "-" in inputs else b""
    return Plan(tuple(jobs), folder, is_batch, stdin)


def _formats(wanted: Sequence[str]) -> list[Format]:
    known: tuple[Format, ...] = get_args(Format)
    for name in wanted:
        if name not in known:
            raise UsageError(f"no format is called {name}", hint=f"use -f {', '.join(known)}")
    return [name for name in known if name in wanted]


def _is_folder(output: str, *, many: bool) -> bool:
    if output == "-":
        if many:
            raise UsageError(
                "several documents do not fit on stdout", hint="name a folder with -o out/"
            )
        return False
    folder = output.endswith("/") or Path(output).is_dir()
    if many and not folder and Path(output).suffix.lower() in ENDINGS:
        raise UsageError(
            f"several documents do not fit into {output}", hint="name a folder with -o out/"
        )
    return folder or many


def _into_folder(pair: Found, folder: Path, endings: tuple[tuple[str, Format], ...]) -> Job:
    path, below = pair
    return Job(path or b"", str(below), folder / below.with_suffix(""), endings)


def _to_one(path: Path | None, output: str, formats: Sequence[Format]) -> Job:
    name = path.name if path else "stdin"
    if output == "-":
        if len(formats) > 1:
            raise UsageError("stdout holds one format", hint="name a folder with -o out/")
        return Job(path or b"", name, None, (("", formats[0] if formats else "md"),))
    target = Path(output)
    by_ending = ENDINGS.get(target.suffix.lower())
    if len(formats) > 1:
        raise UsageError(
            f"one file holds one format, not {len(formats)}", hint=f"name a folder: -o {output}/"
        )
    if by_ending is None and not formats:
        known = ", ".join(get_args(Format))
        raise UsageError(
            f"cannot tell the format of {output}",
            hint=f"end it in .html, .md, .json, .pdf or .jsonl, or name a format with -f ({known})",
        )
    ending = (target.suffix, formats[0] if formats else by_ending or "html")
    return Job(path or b"", name, target.with_suffix(""), (ending,))


def check_outputs(jobs: Sequence[Job]) -> None:
    """Raises UsageError or OutputError, before any work, where an output could not be written."""
    _check_names(jobs)
    _check_places(jobs)


def _check_names(jobs: Sequence[Job]) -> None:
    """No two jobs may write one file; all that would are told, or the first of very many."""
    owner: dict[str, Job] = {}
    clashes = []
    for job in jobs:
        for path, _ in job.outputs:
            # Some file systems do not tell a.pdf and A.pdf apart.
            other = owner.setdefault(str(path).casefold(), job)
            if other is not job:
                clashes.append(f"{other.name} and {job.name} would both become {path}")
                break
    if clashes:
        more = f"; and {len(clashes) - MOST_TOLD} more" if len(clashes) > MOST_TOLD else ""
        raise UsageError(
            "; ".join(clashes[:MOST_TOLD]) + more,
            hint="take them in two runs with different -o folders",
        )


def _check_places(jobs: Sequence[Job]) -> None:
    """No job may write its own input, nor a file where a folder is, nor where it must not."""
    checked: set[Path] = set()
    for job in jobs:
        for path, _ in job.outputs:
            if path is None:
                continue
            if isinstance(job.data, Path) and path.exists() and path.samefile(job.data):
                raise UsageError(f"{path} is the input itself", hint="choose another -o")
            if path.is_dir():
                raise OutputError(f"{path} is a folder", hint=f"use -o {path}/ with -f")
            if path.parent not in checked:
                _check_writable(path.parent)
                checked.add(path.parent)


def _check_writable(folder: Path) -> None:
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir():
        raise OutputError(
            f"{there} is a file, and {folder} lies below it", hint="choose another -o"
        )
    if not os.access(there, os.W_OK | os.X_OK):
        raise OutputError(
            f"{there} cannot be written to", hint="choose another -o, or change its permissions"
        )
