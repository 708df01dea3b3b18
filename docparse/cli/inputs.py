"""What a command line names as inputs to files, each with its place below the output folder."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from docparse.errors import UnreadableInputError, UsageError

# What a walk through a folder takes along; a file that is named is read whatever it is called.
FOLDER_ENDINGS = {
    ".pdf", ".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff", ".gif",
}  # fmt: skip

# A file, None for stdin, and its place below the output folder.
Found = tuple[Path | None, Path]


def find_inputs(inputs: Sequence[str], lists: Sequence[str], own: Sequence[Path]) -> list[Found]:
    """Every document that is named; `own`: folders of outputs, in which a walk takes nothing.

    `lists`: files with one path on each line, `-` for stdin. Raises UsageError where nothing is
    found, UnreadableInputError for what is not there.
    """
    if "-" in inputs and "-" in lists:
        raise UsageError(
            "stdin cannot be a document and a list at once", hint="write the list into a file"
        )
    skip = {folder.resolve() for folder in own}
    found = [pair for given in inputs for pair in _find(given, skip)]
    for name in lists:
        for line in _lines(name):
            found += _find_listed(line, skip)
    if not found:
        named = ", ".join([*inputs, *lists]) or "the command line"
        raise UsageError(f"no document in {named}", hint="name files, or a folder that holds PDFs")
    return found


def is_one_file(inputs: Sequence[str], lists: Sequence[str]) -> bool:
    """Whether one single document is named, and not something that may hold several."""
    return not lists and len(inputs) == 1 and (inputs[0] == "-" or Path(inputs[0]).is_file())


def _find(given: str, skip: set[Path]) -> Iterator[Found]:
    path = Path(given)
    if given == "-":
        yield None, Path("stdin")
    elif path.is_dir():
        for file in _walk(path, skip):
            yield file, file.relative_to(path)
    elif path.exists():  # a pipe too
        yield path, Path(path.name)
    elif glob.has_magic(given):
        yield from _find_glob(given)
    else:
        _missing(given)


def _find_glob(pattern: str) -> Iterator[Found]:
    """Files that a pattern names, `**` for any folders; the tree is kept from the first `*`."""
    parts = Path(pattern).parts
    fixed = next(i for i, part in enumerate(parts) if glob.has_magic(part))
    root = Path(*parts[:fixed])
    for path in sorted(root.glob(str(Path(*parts[fixed:])))):
        if path.is_file():
            yield path, path.relative_to(root)


def _find_listed(line: str, skip: set[Path]) -> Iterator[Found]:
    """A line of a list; the path is kept as it is written, so that names do not clash."""
    path = Path(line)
    place = Path(os.path.relpath(path)) if path.is_absolute() else Path(os.path.normpath(path))
    if ".." in place.parts:  # not below this folder: all but what no output folder can hold
        place = Path(*(part for part in path.parts if part not in ("..", path.anchor)))
    if path.is_dir():
        for file in _walk(path, skip):
            yield file, place / file.relative_to(path)
    elif path.exists():
        yield path, place
    else:
        _missing(line)


def _lines(name: str) -> list[str]:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise UnreadableInputError(
            f"cannot read the list {name}: {reason}", hint="give a text file, one path on each line"
        ) from error
    return [line for line in text.splitlines() if line.strip()]


def _walk(folder: Path, skip: set[Path]) -> list[Path]:
    """Documents in a folder and below, sorted; a folder that cannot be read is an error."""

    def refuse(error: OSError) -> NoReturn:
        raise UnreadableInputError(
            f"cannot read the folder {error.filename}: {error.strerror}",
            hint="check its permissions, or name the others",
        ) from error

    files = []
    for place, folders, names in os.walk(folder, onerror=refuse):
        here = Path(place)
        folders[:] = [name for name in folders if not skip or (here / name).resolve() not in skip]
        files += [here / name for name in names if Path(name).suffix.lower() in FOLDER_ENDINGS]
    return sorted(file for file in files if file.is_file())


def _missing(given: str) -> NoReturn:
    raise UnreadableInputError(f"there is no file {given}", hint="check the path; see --help")
