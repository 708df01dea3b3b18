"""The process that reads pages for a pool: tasks in, values out, over one pipe."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from docparse import log
from docparse.errors import DocparseError
from docparse.pipeline import Opened, PageResult, Pictures, failed_page, open_reader
from docparse.settings import ReadSettings
from docparse.types import Page

# What a worker is asked to do: read a page by number, or draw the boxes of a page.
Task = int | Page
# What comes back: the opened source first, then one value per task, in the order asked.
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
        from docparse.layout.regions import limit_threads

        limit_threads()
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
                    pipe.send(_read(reader.read, task))
    except DocparseError as error:
        pipe.send(error)
    except EOFError:  # the pool is done with us
        return


def _read(read: object, number: int) -> PageResult:
    assert callable(read)
    try:
        result = read(number)
    except Exception as error:  # noqa: BLE001  a bug on one page must not cost the others
        log.logger.exception("page %d failed", number)
        return PageResult(failed_page(number, f"{type(error).__name__}: {error}"))
    assert isinstance(result, PageResult)
    return result
