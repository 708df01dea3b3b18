"""A page that hangs, crashes or fails costs that page only."""

from __future__ import annotations

import os
import time
from multiprocessing.connection import Connection

import pytest

from docparse.batch.pool import PagePool
from docparse.batch.worker import Order
from docparse.errors import DocparseError, PasswordError, UnreadableInputError
from docparse.pipeline import Opened, PageResult, Pictures
from docparse.settings import ReadSettings
from docparse.types import Page

HANG, CRASH = 2, 4


def order(name: str) -> Order:
    return Order(
        data=b"",
        name=name,
        read=ReadSettings(),
        pictures=Pictures(),
        verbose=False,
        quiet=True,
        single_thread=False,
    )


def fake_work(order: Order, pipe: Connection) -> None:
    """Stands in for the real worker: the source's name says how opening ends."""
    if order.name == "hangs":
        time.sleep(60)
    if order.name == "crashes":
        os._exit(11)
    if order.name == "locked":
        pipe.send(PasswordError("locked.pdf is locked", hint="give --password"))
        return
    pipe.send(Opened(order.name, (1, 2, 3, 4, 5)))
    while True:
        (number,) = pipe.recv()
        if number == HANG:
            time.sleep(60)
        if number == CRASH:
            os._exit(11)
        pipe.send(PageResult(Page(number, 10, 10, 72.0)))


@pytest.fixture(autouse=True)
def _with_fake_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docparse.batch.pool.work", fake_work)


@pytest.mark.parametrize("jobs", [1, 2, 3])
def test_a_hang_and_a_crash_cost_one_page_each(jobs: int) -> None:
    with PagePool(order("good"), jobs, 2.0) as pool:
        assert pool.open().numbers == (1, 2, 3, 4, 5)
        pages = {result.page.number: result.page for result in pool.read((1, 2, 3, 4, 5))}
    assert sorted(pages) == [1, 2, 3, 4, 5]
    assert [number for number, page in sorted(pages.items()) if not page.complete] == [HANG, CRASH]
    assert "no answer within 2 seconds" in pages[HANG].notes[0].message
    assert "exit code 11" in pages[CRASH].notes[0].message


@pytest.mark.parametrize(
    ("name", "error", "says"),
    [
        ("hangs", UnreadableInputError, "did not open within"),
        ("crashes", UnreadableInputError, "exit code 11"),
        ("locked", PasswordError, "--password"),
    ],
)
def test_a_source_that_does_not_open_is_an_error(
    name: str, error: type[DocparseError], says: str
) -> None:
    with PagePool(order(name), 1, 2.0) as pool, pytest.raises(error, match=says):
        pool.open()


def test_no_process_is_left_behind() -> None:
    with PagePool(order("good"), 2, 5.0) as pool:
        pool.open()
        list(pool.read((1, 3)))
        processes = [worker.process for worker in pool._workers]
    assert not any(process.is_alive() for process in processes)
