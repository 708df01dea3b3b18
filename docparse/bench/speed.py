"""Speed of docparse beside that of a peer: the same files, turn by turn, in one run."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

from docparse.bench import ours, peer
from docparse.bench.child import Child, ChildError
from docparse.bench.extras import demand, require
from docparse.bench.jobs import LEAST_PAGES, JobsSpeed, measure_help, time_jobs
from docparse.bench.report import align
from docparse.errors import UnreadableInputError
from docparse.log import logger

LIMIT = "layout nets + text"
# One turn over a file may take this long.
MOST_SECONDS = 1800.0


@dataclass(frozen=True, slots=True)
class Turn:
    """One side's run over one file: wall clock and processor seconds, all threads together."""

    wall: float
    cpu: float
    num_pages: int


@dataclass(frozen=True, slots=True)
class SideSpeed:
    """Sums over all files of each file's median turn; `load`: seconds of the first run over
    the first file in a new process, not counted otherwise; `peak`: most resident memory, in MB.
    """

    name: str
    num_pages: int
    wall: float
    cpu: float
    load: float
    peak: float

    @property
    def pages_per_second(self) -> float:
        return self.num_pages / self.wall


@dataclass(frozen=True, slots=True)
class SpeedReport:
    """Speeds of all sides, and of the whole command with one and with two processes.

    `help_cpu`: processor seconds of `docparse --help` beyond those of a bare interpreter.
    """

    sides: tuple[SideSpeed, ...]
    jobs: JobsSpeed | None
    num_files: int
    repeat: int
    left_out: tuple[tuple[str, str], ...] = ()
    machine: str = ""
    help_cpu: float = 0.0

    @property
    def ratio(self) -> float:
        """Our pages per second over the peer's."""
        return self._side(ours.NAME).pages_per_second / self._side(peer.DEFAULTS).pages_per_second

    @property
    def cpu_ratio(self) -> float:
        """The same by processor seconds of all threads."""
        return self._side(peer.DEFAULTS).cpu / self._side(ours.NAME).cpu

    @property
    def share_of_limit(self) -> float:
        """Our pages per second over those of the layout nets and text extraction alone."""
        return self._side(ours.NAME).pages_per_second / self._side(LIMIT).pages_per_second

    def _side(self, name: str) -> SideSpeed:
        return next(side for side in self.sides if side.name == name)

    def to_text(self) -> str:
        """A table for a terminal or a text file, and the ratios below it."""
        header = ["", "pages/s", "s/page wall", "s/page cpu", "load s", "peak MB"]
        lines = [
            [
                side.name,
                f"{side.pages_per_second:.2f}",
                f"{side.wall / side.num_pages:.3f}",
                f"{side.cpu / side.num_pages:.3f}",
                f"{side.load:.1f}",
                f"{side.peak:.0f}",
            ]
            for side in self.sides
        ]
        parts = [
            f"{self.num_files} files, {self.sides[0].num_pages} pages, median of {self.repeat}; "
            f"one warm process each, file by file in turn; {self.machine}",
            align([header, *lines], left=1),
            f"docparse / {peer.DEFAULTS}: {self.ratio:.2f} "
            f"(by processor time {self.cpu_ratio:.2f}, which other work disturbs less)\n"
            f"docparse / {LIMIT} alone: {self.share_of_limit:.2f}",
        ]
        if self.jobs:
            parts.append(self.jobs.to_text())
        if self.help_cpu:
            parts.append(
                f"docparse --help: {self.help_cpu:.2f} s of processor time beyond Python's"
            )
        parts += [f"left out: {name}: {why}" for name, why in self.left_out]
        return "\n\n".join(parts) + "\n"

    def to_dict(self) -> dict[str, object]:
        """The same as plain data; seconds and MB."""
        return {
            "sides": [
                {
                    "name": side.name,
                    "pages": side.num_pages,
                    "wall": side.wall,
                    "cpu": side.cpu,
                    "load": side.load,
                    "peak": side.peak,
                }
                for side in self.sides
            ],
            "ratio": self.ratio,
            "cpu_ratio": self.cpu_ratio,
            "share_of_limit": self.share_of_limit,
            "jobs": asdict(self.jobs) if self.jobs else None,
            "left_out": [list(pair) for pair in self.left_out],
            "machine": self.machine,
            "help_cpu": self.help_cpu,
        }


def convert_ours(path: Path) -> int:
    """Runs in the child: PDF to Markdown; the number of pages."""
    from docparse.convert.markdown import to_markdown
    from docparse.pipeline import parse

    document = parse(path, ours.WITHOUT_OCR)
    to_markdown(document)
    return len(document.pages)


def convert_peer(path: Path) -> int:
    """Runs in the child: the same by the peer, with its defaults but for OCR."""
    require("pymupdf4llm").to_markdown(str(path), use_ocr=False)
    return count_pages(path)


def look_only(path: Path) -> int:
    """Runs in the child: what we stand on, the layout nets and the text of each page."""
    from docparse.layout.detector import detect
    from docparse.mupdf import pymupdf

    with pymupdf.open(path) as document:
        for page in document:
            detect(page, has_images=True)
            page.get_text("rawdict")
        return len(document)


def count_pages(path: Path) -> int:
    from docparse.mupdf import pymupdf

    with pymupdf.open(path) as document:
        return len(document)


SIDES: dict[str, Callable[[Path], int]] = {
    ours.NAME: convert_ours,
    peer.DEFAULTS: convert_peer,
    LIMIT: look_only,
}


def run_speed(files: Sequence[Path], *, repeat: int = 3) -> SpeedReport:
    """Times all sides on the files, one after the other on each file, `repeat` times over.

    Every side has one process that is warm: what loading costs is reported apart. Only one works
    at a time. Then our whole command runs on all files as one document, see `time_jobs`. A file
    that some side cannot read is left out for all. Raises UnreadableInputError if none is
    left, MissingEngineError if the peer is not installed.
    """
    demand("pymupdf4llm")
    children = {name: Child() for name in SIDES}
    try:
        loads, left_out = _warm_up(children, files)
        turns: dict[Path, list[dict[str, Turn]]] = {f: [] for f in files if f not in left_out}
        for number in range(repeat):
            for file in list(turns):
                try:
                    turns[file].append(_take_turns(children, file, backwards=number % 2 == 1))
                except ChildError as error:
                    left_out[file] = str(error)
                    del turns[file]
        if not turns:
            raise _nothing_left(left_out)
        sides = tuple(_sum_up(name, turns, loads[name], children[name]) for name in SIDES)
    finally:
        for child in children.values():
            child.close()
    jobs = None
    try:
        if sides[0].num_pages >= LEAST_PAGES:
            jobs = time_jobs(list(turns))
    except ChildError as error:
        left_out[Path("the whole command")] = str(error)
    return SpeedReport(
        sides,
        jobs=jobs,
        num_files=len(turns),
        repeat=repeat,
        left_out=tuple((file.name, why) for file, why in left_out.items()),
        machine=describe_machine(),
        help_cpu=measure_help(),
    )


def _warm_up(
    children: Mapping[str, Child], files: Sequence[Path]
) -> tuple[dict[str, float], dict[Path, str]]:
    """Seconds that each side takes for the first file that all can read, and files before it."""
    left_out: dict[Path, str] = {}
    for file in files:
        try:
            return {
                name: children[name].ask(run_once, work, file, limit=MOST_SECONDS).wall
                for name, work in SIDES.items()
            }, left_out
        except ChildError as error:
            left_out[file] = str(error)
    raise _nothing_left(left_out)


def _nothing_left(left_out: Mapping[Path, str]) -> UnreadableInputError:
    reasons = "; ".join(f"{file.name}: {why}" for file, why in left_out.items())
    return UnreadableInputError(
        f"no file could be timed ({reasons or 'none was given'})",
        hint="name PDFs that have a text layer (docparse bench speed FILE...)",
    )


def _take_turns(children: Mapping[str, Child], file: Path, *, backwards: bool) -> dict[str, Turn]:
    """One turn of each side over a file; the order changes so that none always goes first."""
    names = list(SIDES)[::-1] if backwards else list(SIDES)
    turns: dict[str, Turn] = {}
    for name in names:
        turns[name] = children[name].ask(run_once, SIDES[name], file, limit=MOST_SECONDS)
        logger.info("%s: %s: %.2f s", name, file.name, turns[name].wall)
    return turns


def run_once(work: Callable[[Path], int], file: Path) -> Turn:
    """Runs in the child: one call, timed."""
    cpu, wall = time.process_time(), time.perf_counter()
    num_pages = work(file)
    return Turn(time.perf_counter() - wall, time.process_time() - cpu, num_pages)


def peak_memory() -> float:
    """Runs in the child: the most resident memory so far, in MB; 0 where the system cannot say."""
    if sys.platform == "win32":
        return 0.0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def _sum_up(
    name: str, turns: Mapping[Path, Sequence[Mapping[str, Turn]]], load: float, child: Child
) -> SideSpeed:
    by_file = [[turn[name] for turn in rounds] for rounds in turns.values()]
    return SideSpeed(
        name,
        num_pages=sum(own[0].num_pages for own in by_file),
        wall=sum(median(turn.wall for turn in own) for own in by_file),
        cpu=sum(median(turn.cpu for turn in own) for own in by_file),
        load=load,
        peak=child.ask(peak_memory, limit=60.0),
    )


def describe_machine() -> str:
    """What the figures depend on: processor, cores, library."""
    return f"{os.cpu_count()} cores ({platform.machine()}), PyMuPDF {version('pymupdf')}"
