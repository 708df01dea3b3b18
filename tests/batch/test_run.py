"""A run's promises, with workers that crash, hang and fail on purpose instead of real ones."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from docparse.batch.crew import Crew
from docparse.batch.hands import Processes
from docparse.batch.job import Job
from docparse.batch.ledger import NAME, Ledger
from docparse.batch.packing import pack, unpack
from docparse.batch.run import Policy, Run, Tally
from docparse.batch.tasks import (
    Began,
    Died,
    Finish,
    Finished,
    Open,
    OpenedDone,
    PageDone,
    Read,
    Refused,
    Setup,
)
from docparse.errors import (
    DocparseError,
    ExitCode,
    InterruptedRunError,
    MissingEngineError,
    NoRoomError,
    PasswordError,
)
from docparse.pipeline import Opened
from docparse.settings import ReadSettings, WriteSettings
from docparse.types import Note, Page

SETUP = Setup(ReadSettings(), WriteSettings())
# Its processes have imported this already, which takes most of the time that a spawned one needs.
FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(["pytest", "docparse.batch.run"])


@pytest.fixture(autouse=True)
def _started_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocessing, "get_context", lambda method: FORKING)


def fake_work(setup: Setup, pipe: Connection) -> None:
    """Stands in for the real worker: a document's name says what happens and on which page."""
    pipe.send((0, Began()))
    while True:
        try:
            number, task = pipe.recv()
            pipe.send((number, Began()))
            pipe.send((number, _answer(task)))
        except (EOFError, OSError):
            return


def _answer(task: Any) -> Any:
    what = task.job.name.partition("-")[0]
    mark = Path(task.job.stem).parent / "marks" / f"{task.job.name}.{type(task).__name__}"
    mark.parent.mkdir(parents=True, exist_ok=True)
    with mark.open("a") as file:
        file.write(f"{getattr(task, 'number', 0)}\n")
    if isinstance(task, Open):
        if what == "locked":
            return Refused(PasswordError("it is locked", hint="give --password"))
        if what == "crashopen":
            os._exit(11)
        found = task.job.data.stat()
        digest = task.job.data.read_text()
        return OpenedDone(
            Opened(task.job.name, (1, 2, 3)), digest, found.st_size, found.st_mtime_ns
        )
    if isinstance(task, Read):
        return _read(task, what, mark.read_text().split().count("2"))
    if what == "full":
        return Refused(NoRoomError("the disk is full", hint="free it"), is_fatal=True)
    if what == "crashwrite":
        os._exit(11)
    return _finish(task)


def _read(task: Read, what: str, tries: int) -> PageDone | Died:
    if task.number == 2:
        if what == "crash" or (what == "crashonce" and tries == 1):
            os._exit(11)
        if what == "hang":
            time.sleep(60)
        if what == "memory":
            return Died("takes more than 2.0 GiB of memory")
    notes = (Note("needs-reading", "no text"),) if what == "unread" and task.number == 2 else ()
    page = Page(task.number, 10, 10, 72.0, notes=notes)
    return PageDone(task.number, page.complete, notes, 0.01, pack(page))


def _finish(task: Finish) -> Finished:
    pages = [unpack(data) for data in task.pages]
    assert [page.number for page in pages] == [1, 2, 3]
    for path, _ in task.job.outputs:
        assert path is not None
        path.write_text(" ".join(str(page.complete) for page in pages))
    notes = tuple((page.number, note) for page in pages for note in page.notes)
    return Finished(all(page.complete for page in pages), notes)


class Silent:
    """Counts pages and says nothing."""

    def __init__(self) -> None:
        self.pages = 0

    def document_opened(self, name: str, num_pages: int) -> None: ...
    def page_done(self) -> None:
        self.pages += 1

    def document_done(self) -> None: ...
    def document_failed(self, error: DocparseError) -> None: ...


def make_jobs(folder: Path, names: Sequence[str]) -> list[Job]:
    jobs = []
    for name in names:
        path = folder / f"{name}.in"
        if not path.exists():
            path.write_text(f"content of {name}")
        jobs.append(Job(path, name, folder / "out" / name, ((".md", "md"),)))
    return jobs


def run(folder: Path, *names: str, jobs: int = 2, stop_at: int = 10_000, **options: Any) -> Tally:
    (folder / "out").mkdir(exist_ok=True)
    watcher = Silent()
    policy = Policy(options.pop("settings", "s"), **options)
    with Ledger(folder / "out" / NAME) as ledger:
        ledger.start_run("docparse in -o out")
        crew = Crew(Processes(SETUP, fake_work), jobs, 1, 2.0)
        clear = lambda job: None  # noqa: E731
        return Run(
            iter(make_jobs(folder, names)),
            ledger,
            crew,
            policy,
            watcher,
            emit=lambda data: None,
            clear=clear,
            stop=lambda: watcher.pages >= stop_at,
        ).run()


def rows(folder: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(folder / "out" / NAME)) as db:
        return db.execute(query).fetchall()


def done(folder: Path, name: str, kind: str) -> list[str]:
    path = folder / "out" / "marks" / f"{name}.{kind}"
    return path.read_text().split() if path.exists() else []


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_hang_and_a_crash_cost_one_page_each_and_nothing_beside_them(
    tmp_path: Path, jobs: int
) -> None:
    tally = run(tmp_path, "good-1", "crash-1", "hang-1", "memory-1", "good-2", jobs=jobs)
    assert (tally.done, tally.incomplete, tally.failed) == (2, 3, 0)
    assert tally.code == ExitCode.SOME_PAGES_FAILED
    for name in ("crash-1", "hang-1", "memory-1"):
        assert (tmp_path / "out" / f"{name}.md").read_text() == "True False True"
        assert done(tmp_path, name, "Read").count("2") == 2, "it is tried twice"
        assert sorted(done(tmp_path, name, "Read")) == ["1", "2", "2", "3"]
    assert (tmp_path / "out" / "good-2.md").read_text() == "True True True"
    reasons = dict(rows(tmp_path, "SELECT name, reason FROM documents WHERE reason != ''"))
    assert "exit code 11" in reasons["crash-1"] and "p. 2" in reasons["crash-1"]
    assert "no answer within 2 seconds" in reasons["hang-1"]
    assert "2.0 GiB of memory" in reasons["memory-1"]


def test_what_crashes_once_is_read_the_second_time_and_the_retry_is_recorded(
    tmp_path: Path,
) -> None:
    tally = run(tmp_path, "crashonce-1", "good-1", jobs=1)
    assert (tally.done, tally.code) == (2, ExitCode.OK)
    assert rows(tmp_path, "SELECT number, retries FROM pages WHERE retries > 0") == [(2, 1)]
    # alone: after all else, and with nothing beside it
    assert (tmp_path / "out" / "crashonce-1.md").stat().st_mtime_ns > (
        tmp_path / "out" / "good-1.md"
    ).stat().st_mtime_ns


def test_documents_that_do_not_open_or_cannot_be_written_are_recorded(tmp_path: Path) -> None:
    tally = run(tmp_path, "locked-1", "crashopen-1", "crashwrite-1", "good-1")
    assert (tally.done, tally.failed, tally.code) == (1, 3, ExitCode.SOME_PAGES_FAILED)
    found = dict(rows(tmp_path, "SELECT name, state || ': ' || reason FROM documents"))
    assert found["locked-1"] == "failed: it is locked; give --password"
    assert "exit code 11" in found["crashopen-1"] and "exit code 11" in found["crashwrite-1"]
    assert len(done(tmp_path, "locked-1", "Open")) == 1, "what is refused is not tried again"
    assert len(done(tmp_path, "crashopen-1", "Open")) == 2


def test_all_failed_is_another_code(tmp_path: Path) -> None:
    assert run(tmp_path, "locked-1", "locked-2").code == ExitCode.ALL_FAILED


def test_a_second_run_does_only_what_is_missing_or_changed(tmp_path: Path) -> None:
    names = ["good-1", "good-2", "good-3", "good-4", "unread-1", "locked-1"]
    run(tmp_path, *names)
    (tmp_path / "good-2.in").write_text("other content")
    (tmp_path / "out" / "good-3.md").unlink()
    os.utime(tmp_path / "good-4.in", (1, 1))  # another time, the same content
    tally = run(tmp_path, *names, "good-5")
    assert tally.done == 3 and tally.settled == {"done": 2, "incomplete": 1, "failed": 1}
    assert tally.code == ExitCode.SOME_PAGES_FAILED, "earlier failures still count"
    assert done(tmp_path, "good-1", "Open") == ["0"]
    assert len(done(tmp_path, "good-2", "Finish")) == len(done(tmp_path, "good-3", "Finish")) == 2
    assert len(done(tmp_path, "good-4", "Open")) == 2 and len(done(tmp_path, "good-4", "Read")) == 3
    tally = run(tmp_path, *names, settings="other")
    assert tally.done == 4 and not tally.settled, "other settings are another result"


def test_redo_failed_reads_only_the_pages_that_failed(tmp_path: Path) -> None:
    run(tmp_path, "unread-1", "good-1", "locked-1")
    tally = run(tmp_path, "unread-1", "good-1", "locked-1", redo="failed")
    assert (tally.incomplete, tally.failed, tally.settled) == (1, 1, {"done": 1})
    assert done(tmp_path, "unread-1", "Read").count("2") == 2
    assert len(done(tmp_path, "unread-1", "Read")) == 4
    tally = run(tmp_path, "unread-1", "good-1", "locked-1", redo="all")
    assert (tally.done, tally.incomplete, tally.failed) == (1, 1, 1)


def test_pages_that_were_recorded_are_not_read_again_after_an_interruption(
    tmp_path: Path,
) -> None:
    with pytest.raises(InterruptedRunError, match="run the same command again"):
        run(tmp_path, "good-1", "good-2", "good-3", jobs=1, stop_at=4)
    recorded = rows(tmp_path, "SELECT document, number FROM pages")
    assert len(recorded) == 4
    run(tmp_path, "good-1", "good-2", "good-3", jobs=1)
    assert {reads for (reads,) in rows(tmp_path, "SELECT reads FROM pages")} == {1}
    assert len(rows(tmp_path, "SELECT 1 FROM pages WHERE data IS NULL")) == 9, "kept for nothing"


def test_fail_fast_stops_at_the_first_failure(tmp_path: Path) -> None:
    names = ["good-1", "locked-1", *(f"good-{n}" for n in range(2, 9))]
    tally = run(tmp_path, *names, jobs=1, fail_fast=True)
    assert tally.failed == 1 and tally.done == 1


def test_a_full_disk_ends_the_run_and_leaves_what_was_done(tmp_path: Path) -> None:
    with pytest.raises(NoRoomError, match="the disk is full"):
        run(tmp_path, "good-1", "full-1", "good-2", jobs=1)
    assert (tmp_path / "out" / "good-1.md").exists()
    states = dict(rows(tmp_path, "SELECT name, state FROM documents"))
    assert states["good-1"] == "done" and states["full-1"] == "writing"


def dies_at_once(setup: Setup, pipe: Connection) -> None:
    os._exit(3)


def test_workers_that_never_start_are_an_error_and_not_a_loop(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with Ledger(None) as ledger, pytest.raises(MissingEngineError, match="do not start"):
        Run(
            iter(make_jobs(tmp_path, ["good-1"])),
            ledger,
            Crew(Processes(SETUP, dies_at_once), 1, 1, 5.0),
            Policy("s"),
            Silent(),
            emit=lambda data: None,
            clear=lambda job: None,
        ).run()


def test_no_process_is_left_behind(tmp_path: Path) -> None:
    crew = Crew(Processes(SETUP, fake_work), 2, 1, 5.0)
    with crew:
        waiting = [Open(job) for job in make_jobs(tmp_path, ["good-1", "good-2"])]
        crew.give_out(lambda last: waiting.pop() if waiting else None)
        while crew.at_work:
            list(crew.collect())
        processes = [worker.hand.process for worker in crew.workers]  # type: ignore[attr-defined]
    assert len(processes) == 2
    assert not any(process.is_alive() for process in processes)
