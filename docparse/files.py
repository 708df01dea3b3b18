"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import secrets
from pathlib import Path

from docparse.errors import NoRoomError, OutputError

# After one of these, the next file will not fare better.
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}


def write_whole(path: Path, data: bytes) -> None:
    """Writes `data` to `path` so that a reader sees the old file or the new one, never a part.

    Raises OutputError, NoRoomError where no other file would fare better; whatever was at `path`
    before is then still there.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        kind = NoRoomError if error.errno in _NO_ROOM else OutputError
        raise kind(
            f"cannot write {path}: {error.strerror or error}",
            hint="choose another place with -o, or free the disk and run the command again",
        ) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def clear_parts(folder: Path, name: str = "") -> None:
    """Removes what a killed `write_whole` may have left in a folder, of one file or of any.

    Only where nobody writes at present.
    """
    for part in folder.glob(f".{glob.escape(name) or '*'}.*.part"):
        part.unlink(missing_ok=True)
