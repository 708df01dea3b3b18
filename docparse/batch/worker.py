"""The process that reads pages for a pool: tasks in, values out, over one pipe."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from docparse import log
from docparse.errors import DocparseError
from docparse.pipeline import Opened, PageResult, Pictures, Reader, failed_page, open_reader
from docparse.settings import ReadSettings
from docparse.types import Page

# What a worker is asked to do: read pages by number, or draw the boxes of a page.
Task = tuple[int, ...] | Page
# What comes back: the opened source first, then one value for each page of a task.
Answer = Opened | PageResult | bytes | DocparseError


@dataclass(frozen=True, slots=True)
class Order:
    """All that a worker process needs to open its own copy of the source."""

    data: Path | bytes
    name: str
    read: ReadSettings
    pictures: Pictures
    verbose: bool
    quiet: bool
    single_thread: bool


def work(order: Order, pipe: Connection) -> None:
    """Opens the source, answers tasks until the pipe closes; stdout belongs to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C means
    os.dup2(2, 1)
    log.set_up(verbose=order.verbose, quiet=order.quiet)
    if order.single_thread:
        from docparse.engines import readers
        from docparse.layout import detector

        detector.limit_threads()
        readers.limit_threads()
    try:
        with open_reader(
            order.data, order.read, name=order.name, pictures=order.pictures
        ) as reader:
            pipe.send(reader.opened)
            while True:
                task = pipe.recv()
                if isinstance(task, Page):
                    pipe.send(reader.draw_overlay(task))
                else:
                    _read(reader, task, pipe)
    except DocparseError as error:
        pipe.send(error)
    except (EOFError, OSError):  # the pool is done with us
        return


def _read(reader: Reader, numbers: tuple[int, ...], pipe: Connection) -> None:
    left = set(numbers)
    try:
        for result in reader.read(numbers):
            pipe.send(result)
            left.discard(result.page.number)
    except DocparseError:
        raise
    except Exception as error:  # noqa: BLE001  a bug on one page must not cost the others
        log.logger.info("page failed", exc_info=True)
        for number in sorted(left):
            reason = f"internal error ({type(error).__name__}: {error})"
            pipe.send(PageResult(failed_page(number, reason)))
