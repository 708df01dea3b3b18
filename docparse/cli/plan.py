"""Inputs and -o to a list of jobs; clashes and nonsense are errors before any work starts."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from docparse.errors import OutputError, UnreadableInputError, UsageError
from docparse.settings import Format

ENDINGS: dict[str, Format] = {
    ".html": "html",
    ".htm": "html",
    ".md": "md",
    ".markdown": "md",
    ".json": "json",
    ".pdf": "pdf",
}
# What an output in a folder ends in; a report stands beside the HTML of the same document.
ENDING: dict[Format, str] = {
    "html": ".html",
    "md": ".md",
    "json": ".json",
    "report": ".report.html",
}
# What a walk through a folder takes along; a file that is named is read whatever it is called.
FOLDER_ENDINGS = {
    ".pdf", ".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Job:
    """One document: its bytes or place, and its outputs (None is stdout)."""

    data: Path | bytes
    name: str
    outputs: tuple[tuple[Path | None, Format], ...]


def plan(inputs: Sequence[str], output: str, wanted: Sequence[str]) -> list[Job]:
    """The jobs of a command line. Raises UsageError, UnreadableInputError or OutputError."""
    formats = _formats(wanted)
    found = [pair for given in inputs for pair in find(given)]
    if not found:
        raise UsageError(
            f"no document in {', '.join(inputs)}", hint="name files, or a folder that holds PDFs"
        )
    is_folder = _is_folder(output, many=len(found) > 1 or Path(inputs[0]).is_dir())
    if is_folder:
        jobs = [_into_folder(path, below, Path(output), formats) for path, below in found]
    else:
        jobs = [_to_one(found[0][0], output, formats)]
    _check_outputs(jobs)
    return jobs


def _formats(wanted: Sequence[str]) -> list[Format]:
    known: tuple[Format, ...] = get_args(Format)
    for name in wanted:
        if name not in known:
            raise UsageError(f"no format is called {name}", hint=f"use -f {', '.join(known)}")
    return [name for name in known if name in wanted]


def find(given: str) -> Iterator[tuple[Path | None, Path]]:
    """Files with their place below the output folder; None is stdin."""
    path = Path(given)
    if given == "-":
        yield None, Path("stdin")
    elif path.is_dir():
        for file in sorted(path.rglob("*")):
            if file.suffix.lower() in FOLDER_ENDINGS and file.is_file():
                yield file, file.relative_to(path)
    elif path.is_file():
        yield path, Path(path.name)
    else:
        raise UnreadableInputError(f"there is no file {given}", hint="check the path; see --help")


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


def _read(path: Path | None) -> tuple[Path | bytes, str]:
    return (sys.stdin.buffer.read(), "stdin") if path is None else (path, path.name)


def _into_folder(path: Path | None, below: Path, folder: Path, formats: Sequence[Format]) -> Job:
    data, name = _read(path)
    target = folder / below
    wanted: Sequence[Format] = formats or ["html"]
    outputs = tuple((target.with_name(target.stem + ENDING[f]), f) for f in wanted)
    return Job(data, name if path is None else str(below), outputs)


def _to_one(path: Path | None, output: str, formats: Sequence[Format]) -> Job:
    data, name = _read(path)
    if output == "-":
        if len(formats) > 1:
            raise UsageError("stdout holds one format", hint="name a folder with -o out/")
        return Job(data, name, ((None, formats[0] if formats else "md"),))
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
            hint=f"end it in .html, .md, .json or .pdf, or name a format with -f ({known})",
        )
    return Job(data, name, ((target, formats[0] if formats else by_ending or "html"),))


def _check_outputs(jobs: Sequence[Job]) -> None:
    """No two jobs may write one file, no job its own input, and no file where a folder is."""
    owner: dict[Path, str] = {}
    for job in jobs:
        for path, _ in job.outputs:
            if path is None:
                continue
            if path in owner:
                raise UsageError(
                    f"{owner[path]} and {job.name} would both become {path}",
                    hint="convert them in two runs with different -o folders",
                )
            if isinstance(job.data, Path) and path.exists() and path.samefile(job.data):
                raise UsageError(f"{path} is the input itself", hint="choose another -o")
            if path.is_dir():
                raise OutputError(f"{path} is a folder", hint=f"use -o {path}/ with -f")
            owner[path] = job.name
