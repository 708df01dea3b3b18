"""Whole runs with sides that are written here: who wins, who fails, what is printed."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from pathlib import Path

import pymupdf
import pytest
from fake_sides import TRUTH, die, hang, read_badly, read_well, shout, turn, turn_slowly

from docparse.bench import extras, jobs, memory, ours, peer, score, speed
from docparse.bench.cases import EXTRA_TABLES
from docparse.bench.child import Child, ChildError
from docparse.bench.jobs import JobsSpeed
from docparse.bench.report import align
from docparse.errors import MissingEngineError, UnreadableInputError


def make_folder(folder: Path) -> Path:
    for name, text in TRUTH.items():
        with pymupdf.open() as document:
            document.new_page().insert_text((72, 72), text)
            document.save(folder / f"{name}.pdf")
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    return folder


def test_a_child_answers_is_silent_and_comes_back(capfd: pytest.CaptureFixture[str]) -> None:
    worker = Child()
    try:
        assert worker.ask(shout, limit=60) == 7
        first = worker.ask(os.getpid, limit=60)
        with pytest.raises(ChildError, match="ValueError: invalid literal"):
            worker.ask(int, "x", limit=60)
        assert worker.ask(os.getpid, limit=60) == first
        with pytest.raises(ChildError, match="process died"):
            worker.ask(die, limit=60)
        second = worker.ask(os.getpid, limit=60)
        with pytest.raises(ChildError, match=r"no answer within 0\.2 seconds"):
            worker.ask(hang, limit=0.2)
        assert worker.ask(os.getpid, limit=60) not in (first, second)
    finally:
        worker.close()
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def two_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    sides: dict[score.Reader, tuple[str, ...]] = {
        read_well: (ours.NAME,),
        read_badly: (peer.DEFAULTS, peer.NO_HEADERS),
    }
    monkeypatch.setattr(score, "READERS", sides)


@pytest.mark.usefixtures("two_sides")
def test_a_run_of_two_sides(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    report = score.run_score(make_folder(tmp_path))
    text, order = report.rows
    assert (text.metric, text.num_files, text.weight) == ("text similarity", 2, 2)
    assert text.means[ours.NAME] == 1.0
    assert 0 < text.means[peer.DEFAULTS] < 0.5, "b.pdf crashed and counts as 0"
    assert order.means == {ours.NAME: 1.0, peer.DEFAULTS: 0.0, peer.NO_HEADERS: 0.0}
    assert (order.winner, order.difference) == (ours.NAME, 1.0)
    assert [row.metric for row in report.totals] == ["text similarity", "reading order"]
    assert [failure[:2] for failure in report.failures] == [
        (peer.DEFAULTS, "b.pdf"),
        (peer.NO_HEADERS, "b.pdf"),
    ]
    printed = report.to_text()
    assert "+1.0000" in printed
    assert "failed: pymupdf4llm: b.pdf: the process died" in printed
    assert report.to_dict()["rows"][1]["ahead"] == ours.NAME
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("two_sides")
def test_limit_takes_the_first_files_of_a_set(tmp_path: Path) -> None:
    report = score.run_score(make_folder(tmp_path), limit=1)
    assert report.num_files == 1
    assert not report.failures


def test_no_truth_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInputError, match="no ground truth"):
        score.run_score(tmp_path)


def test_a_missing_package_names_its_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec
    monkeypatch.setattr(
        extras.importlib.util, "find_spec", lambda name: None if name == "apted" else real(name)
    )
    with pytest.raises(MissingEngineError, match=r"apted.*pip install 'docparse\[bench\]'"):
        score.run_score(Path())
    monkeypatch.setitem(sys.modules, "rapidfuzz", None)
    with pytest.raises(MissingEngineError, match="rapidfuzz"):
        extras.require("rapidfuzz")


@pytest.mark.parametrize(
    ("scores", "winner"),
    [
        ((0.5, 0.5, 0.4), "-"),
        ((0.5, 0.4, 0.5), "-"),
        ((0.5, 0.4, 0.4), ours.NAME),
        ((0.5, 0.6, 0.7), peer.HTML_TABLES),
        ((0.5, 0.7, 0.7), peer.DEFAULTS),
    ],
)
def test_who_is_ahead(scores: tuple[float, ...], winner: str) -> None:
    means = dict(zip((ours.NAME, peer.DEFAULTS, peer.HTML_TABLES), scores, strict=True))
    assert score.Row("set", "labelled", "metric", 1, 1, means).winner == winner
    assert score.Row("set", "labelled", EXTRA_TABLES, 1, 1, means).winner == "-"


def test_speed_of_two_sides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sides = {ours.NAME: turn, peer.DEFAULTS: turn_slowly, speed.LIMIT: turn}
    monkeypatch.setattr(speed, "SIDES", sides)
    files = [tmp_path / "broken.pdf", tmp_path / "fine.pdf", tmp_path / "good.pdf"]
    report = speed.run_speed(files, repeat=3)
    assert [side.num_pages for side in report.sides] == [4, 4, 4]
    assert 1.5 < report.ratio < 6
    assert 0.3 < report.share_of_limit < 3
    assert report.jobs is None, "two pages say nothing about processes"
    assert report.left_out == (("broken.pdf", "ValueError: cannot read this"),)
    assert all(side.peak > 1 for side in report.sides)
    text = report.to_text()
    assert "2 files, 4 pages, median of 3" in text
    assert "left out: broken.pdf" in text
    assert report.to_dict()["ratio"] == report.ratio


def test_ratios_by_hand() -> None:
    sides = tuple(
        speed.SideSpeed(name, num_pages=10, wall=wall, cpu=cpu, load=1.0, peak=1.0)
        for name, wall, cpu in (
            (ours.NAME, 4.0, 6.0),
            (peer.DEFAULTS, 8.0, 9.0),
            (speed.LIMIT, 3.0, 3.0),
        )
    )
    times = JobsSpeed(9, start=2.0, one=30.0, two=16.0, alone=32.0, pair=40.0)
    report = speed.SpeedReport(sides, times, num_files=1, repeat=3)
    assert (report.ratio, report.cpu_ratio, report.share_of_limit) == (2.0, 1.5, 0.75)
    text = report.to_text()
    assert re.search(r"^docparse +2\.50 +0\.400 +0\.600 +1\.0 +1$", text, re.MULTILINE)
    assert "--jobs 1 30.0 s, --jobs 2 16.0 s, 1.88 times as fast" in text
    assert "held to one core, --jobs 1 takes 32.0 s: --jobs 2 is 2.00 times as fast" in text
    assert "get 1.60 out of the two cores" in text


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("import sys; open(sys.argv[1], 'w')", ""),
        ("raise SystemExit('cannot: reason')", "cannot: reason"),
        ("pass", "no output"),
    ],
)
def test_the_whole_command_is_timed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str, answer: str
) -> None:
    for number in range(2):
        with pymupdf.open() as document:
            for _ in range(4):
                document.new_page()
            document.save(tmp_path / f"{number}.pdf")
    asked = []

    def fake(file: Path, output: Path, options: list[str], core: int | None) -> list[str]:
        asked.append((options, core is not None))
        return [sys.executable, "-c", command, str(output)]

    monkeypatch.setattr(jobs, "_command", fake)
    if answer:
        with pytest.raises(ChildError, match=answer):
            jobs.time_jobs(sorted(tmp_path.glob("*.pdf")))
        return
    times = jobs.time_jobs(sorted(tmp_path.glob("*.pdf")))
    assert times.num_pages == 8
    assert asked[:3] == [
        (["--pages", "1", "--jobs", "1"], False),
        (["--jobs", "1"], False),
        (["--jobs", "2"], False),
    ]
    if times.pair:
        assert asked[3:] == [(["--jobs", "1"], True)] * 3


def test_pages_are_joined_again_and_again(tmp_path: Path) -> None:
    """Picking pages several times over, `Document.select` gives up at some number of them."""
    files = [make_folder(tmp_path) / f"{name}.pdf" for name in TRUTH]
    for wanted, num_pages in ((0, 2), (1, 1), (151, 151)):
        assert jobs.join(files, tmp_path / "joined.pdf", num_pages=wanted) == num_pages
        with pymupdf.open(tmp_path / "joined.pdf") as document:
            assert len(document) == num_pages


def test_memory_of_a_long_document(tmp_path: Path) -> None:
    file = make_folder(tmp_path) / "a.pdf"
    report = memory.run_memory([file], num_pages=3)
    assert report.num_pages == 3
    assert 20 < report.largest <= report.together < 4000
    assert max(report.over_time) == report.together
    with pytest.raises(UnreadableInputError, match="name PDFs"):
        memory.run_memory([file.with_suffix(".txt")], num_pages=3)


def test_help_costs_little() -> None:
    """No timed test: only that it is measured, and is no negative or absurd figure."""
    assert -0.1 < jobs.measure_help() < 60


def test_speed_of_nothing_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "SIDES", {speed.LIMIT: turn})
    with pytest.raises(UnreadableInputError, match=r"broken\.pdf: ValueError"):
        speed.run_speed([tmp_path / "broken.pdf"], repeat=1)
    with pytest.raises(UnreadableInputError, match="none was given"):
        speed.run_speed([], repeat=1)


def test_columns_line_up_with_wide_characters() -> None:
    assert align([["名前", "x"], ["a", "10"]], left=1) == "名前   x\na     10"


def test_peer_pieces_are_those_of_its_own_options(tmp_path: Path) -> None:
    """Cutting its headers and footers out of one run gives what its options would."""
    import pymupdf4llm

    file = make_folder(tmp_path) / "a.pdf"
    readings = peer.read_peer(file)
    assert readings[peer.DEFAULTS].body == pymupdf4llm.to_markdown(str(file))
    bare = pymupdf4llm.to_markdown(str(file), header=False, footer=False)
    assert readings[peer.NO_HEADERS].body == bare
    assert all(area.page == 1 for area in readings[peer.DEFAULTS].areas)
    assert "first line" in readings[peer.DEFAULTS].areas[0].text
    assert peer.common_kind("section-header") == "heading"
    assert peer.common_kind("something new") == "text"
