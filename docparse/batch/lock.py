"""One run at a time in an output folder."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from docparse.errors import OutputError


@contextlib.contextmanager
def only_run_in(folder: Path) -> Iterator[None]:
    """Holds the folder; OutputError where another run does. A killed one does not.

    Where a file system or a system has no such locks, nothing is held.
    """
    handle = _lock(folder)
    if handle is None:
        raise OutputError(
            f"another docparse is writing into {folder}",
            hint="wait for it (see `docparse status`), or choose another -o folder",
        )
    try:
        yield
    finally:
        if handle >= 0:
            os.close(handle)


def is_held(folder: Path) -> bool:
    """Whether a run holds the folder at this moment."""
    handle = _lock(folder)
    if handle is None:
        return True
    if handle >= 0:
        os.close(handle)
    return False


def _lock(folder: Path) -> int | None:
    """The locked folder's handle, None if another run has it, -1 where there are no locks."""
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        return -1
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        return None if isinstance(error, BlockingIOError) else -1
    return handle
