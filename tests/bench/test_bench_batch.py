"""What is seen of a run over many documents becomes the figures that are printed."""

from __future__ import annotations

import operator
import sys
from pathlib import Path

import pytest

from docparse.bench import batch
from docparse.bench.child import ChildError
from docparse.cli.bench_batch import handle_documents

# Writes what a command would, with a process beside it as a worker, for a moment.
WRITES = """
import pathlib, subprocess, sys, time
out = pathlib.Path(sys.argv[2]); out.mkdir()
worker = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
for file in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    (out / file.name).with_suffix(".md").touch()
    time.sleep(0.02)
worker.communicate(b"\\n")
"""


def fake(program: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int, int | None]]:
    asked = []

    def command(source: Path, out: Path, jobs: int, core: int | None = None) -> list[str]:
        asked.append((out.name, jobs, core))
        return [sys.executable, "-c", program, str(source), str(out)]

    monkeypatch.setattr(batch, "_command", command)
    monkeypatch.setattr(batch, "PAUSE", 0.02)
    monkeypatch.setattr(batch, "MOST_ALONE", 3)
    return asked


def test_a_run_is_watched_and_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = fake(WRITES, monkeypatch)
    report = batch.run_batch(30, handle_documents)
    assert [(name, jobs) for name, jobs, _ in asked[:2]] == [("one", 1), ("two", 2)]
    assert report.num_documents == 30 and 0 < report.tasks < 0.1
    assert 0 <= report.driver < 0.1 and min(report.early, report.late, report.one, report.two) > 0
    if report.pair:
        assert len({core for *_, core in asked[3:]}) == 2


def test_a_command_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    fake("raise SystemExit(5)", monkeypatch)
    with pytest.raises(ChildError, match="--jobs 1 ended with exit code 5"):
        batch.run_batch(20, operator.is_)  # nothing to read


def test_figures_leave_out_what_starting_costs() -> None:
    looks = [
        batch.Look(done, 2, driver=5 + 0.002 * done, memory=300.0) for done in (3, 120, 500, 1000)
    ]
    early = batch._tenth(looks)
    assert early.done == 120
    assert batch._slope(early, looks[-1]) == pytest.approx(0.002)
    report = batch.BatchReport(1000, 0.002, 0.001, 300, 301, 120.0, 60.0, 20.0, 25.0)
    text = report.to_text()
    assert "ledger and schedule 2.00 ms" in text and "3.00 ms together" in text
    assert "2.00 times as fast" in text and "get 1.60 times as much done" in text
