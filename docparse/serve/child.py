"""An upload in a process of its own: read page by page, drawn, or turned into another format.

The server itself never opens an upload: whatever a file does to a library, it does here, with
little memory and a limit of time, and the server goes on.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Literal

from docparse import log
from docparse.errors import DocparseError, UnreadableInputError
from docparse.files import write_whole
from docparse.pipeline import Opened, PageResult, Pictures, Reader, failed_page, open_reader
from docparse.serve.corrections import Correction
from docparse.settings import ReadSettings
from docparse.types import Document

# Address space of a child: the layout model and a large page fit well.
_MEMORY = 6 * 2**30


@dataclass(frozen=True, slots=True)
class Read:
    """Read pages (all if `numbers` is empty); `folder` gets their pictures as `N.webp`, and
    those of their figures, by the indices of their blocks, as `N-I.webp`."""

    original: Path
    name: str
    settings: ReadSettings
    folder: Path
    numbers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Write:
    """Make something that shows the original's pages; `document` is the corrected one."""

    original: Path
    document: Document
    settings: ReadSettings
    format: Literal["pdf", "report", "pairs"]
    corrections: tuple[Correction, ...] = ()


Message = Opened | PageResult | bytes


class LostError(UnreadableInputError):
    """A child is gone before it had done its task."""


def messages(task: Read | Write, timeout: float) -> Iterator[Message]:
    """What a child makes of a task, as it comes.

    Raises the child's error, or LostError when it dies or is silent for `timeout` seconds.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(task, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        while True:
            if not ours.poll(timeout):
                raise _lost(f"gave no answer within {timeout:g} seconds")
            try:
                message: Message | DocparseError | None = ours.recv()
            except (EOFError, OSError):
                process.join(timeout=5)
                raise _lost(f"died with exit code {process.exitcode}") from None
            if isinstance(message, DocparseError):
                raise message
            if message is None:
                return
            yield message
    finally:
        ours.close()
        process.join(timeout=0.2)
        if process.is_alive():
            process.kill()
            process.join()


def _lost(reason: str) -> LostError:
    return LostError(
        f"the process that read it {reason}",
        hint="the file is probably damaged; try a repaired copy (`qpdf in.pdf out.pdf`)",
    )


def _work(task: Read | Write, pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the server decides what Ctrl-C means
    log.set_up(verbose=False, quiet=True)
    with contextlib.suppress(ImportError, ValueError, OSError):  # not on every system
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    try:
        if isinstance(task, Write):
            pipe.send(_write(task))
        else:
            _read(task, pipe)
        pipe.send(None)
    except DocparseError as error:
        with contextlib.suppress(OSError):
            pipe.send(error)
    except BrokenPipeError:  # the server is done with us
        return


def _read(task: Read, pipe: Connection) -> None:
    with open_reader(task.original, task.settings, name=task.name, pictures=Pictures()) as reader:
        pipe.send(reader.opened)
        if reader.opened.document is not None:
            return
        from docparse.layout.detector import limit_threads

        limit_threads()
        for number in task.numbers or reader.opened.numbers:
            pipe.send(_read_page(reader, number, task.folder))


def _read_page(reader: Reader, number: int, folder: Path) -> PageResult:
    from docparse.viewer.frame import figures_of
    from docparse.viewer.pictures import draw_page, to_webp

    try:
        (result,) = reader.read((number,))
    except MemoryError:
        result = PageResult(failed_page(number, "it takes more memory than there is for it"))
    except Exception as error:  # noqa: BLE001  a bug on one page must not cost the others
        reason = f"internal error ({type(error).__name__}: {error})"
        result = PageResult(failed_page(number, reason))
    picture = draw_page(reader.source, result.page)
    if picture is not None:
        write_whole(folder / f"{number}.webp", to_webp(picture))
        for block, figure in figures_of(result.page, picture):
            write_whole(folder / f"{number}-{block}.webp", to_webp(figure))
    return result


def _write(task: Write) -> bytes:
    if task.format == "pdf":
        from docparse.convert.pdf import to_pdf

        return to_pdf(task.document, task.original)
    if task.format == "pairs":
        from docparse.serve.pairs import to_pairs

        return to_pairs(task.document, task.corrections, task.original, task.settings)
    from docparse.viewer.report import report_of

    return report_of(task.document, task.original, task.settings).encode("utf-8", "replace")
