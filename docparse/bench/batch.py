"""Many small documents: what a run costs beside reading, its memory, what a second job gains.

Reading, layout and writing of outputs are the same with and without a run around them, and are no
overhead. Overhead is all else: the processor time of the process that holds ledger and schedule,
without what starting costs, and what a worker takes for its pipe, the digest of the file, and the
packing of pages.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docparse.bench.child import Child, ChildError
from docparse.bench.commands import MOST_SECONDS, command_line, run_together, two_cores
from docparse.bench.extras import require

# How often the processes are looked at, in seconds.
PAUSE = 0.25
# Documents that are read without a run around them, and by commands held to one core.
MOST_ALONE = 100
_SENTENCE = "The harbour is quiet today, and the boats wait for the evening tide to come in. "


@dataclass(frozen=True, slots=True)
class Look:
    """The processes of a command at one moment. `driver`: processor seconds of the one that was
    started; `memory`: resident MB of all together."""

    done: int
    processes: int
    driver: float
    memory: float


@dataclass(frozen=True, slots=True)
class BatchReport:
    """Processor seconds a document: `driver`, of the process that holds ledger and schedule, and
    `tasks`, what a worker takes beyond reading without a run around it.

    `early`, `late`: MB after a tenth of the documents and at the end. `one`, `two`: seconds of
    whole commands with one job and two. `held`, `pair`: seconds of one command held to one core,
    and of two such side by side; 0 where processes cannot be held.
    """

    num_documents: int
    driver: float
    tasks: float
    early: float
    late: float
    one: float
    two: float
    held: float = 0.0
    pair: float = 0.0

    def to_text(self) -> str:
        """Four lines."""
        both = self.driver + self.tasks
        text = (
            f"{self.num_documents} documents of one page, processor time a document:"
            f" ledger and schedule {1000 * self.driver:.2f} ms,"
            f" its worker {1000 * self.tasks:.2f} ms beside reading; {1000 * both:.2f} ms"
            f" together (the aim: under 5)\n"
            f"memory of all processes: {self.early:.0f} MB after a tenth of the documents,"
            f" {self.late:.0f} MB at the end\n"
            f"--jobs 1 {self.one:.1f} s, --jobs 2 {self.two:.1f} s:"
            f" {self.one / self.two:.2f} times as fast (the aim: 1.7)"
        )
        if self.pair:
            text += (
                f"\nthe machine: two commands that share nothing, each held to a core, get"
                f" {2 * self.held / self.pair:.2f} times as much done as one alone"
            )
        return text


def run_batch(
    num_documents: int, handle_documents: Callable[[Sequence[Path], Path], float]
) -> BatchReport:
    """Makes the documents, and converts them in several ways.

    `handle_documents`: files and a folder to the processor seconds a document that a worker takes
    beyond the library's own reading; called in a process of its own.

    Raises ChildError if a command fails, MissingEngineError without psutil.
    """
    psutil = require("psutil")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = make_documents(folder / "in", num_documents)
        some = folder / "some"
        some.mkdir()
        for file in files[:MOST_ALONE]:
            shutil.copy(file, some)
        with closing(Child()) as child:
            tasks = child.ask(handle_documents, sorted(some.iterdir()), folder, limit=MOST_SECONDS)
        looks, one = _convert(psutil, folder / "in", folder / "one", 1)
        _, two = _convert(psutil, folder / "in", folder / "two", 2)
        cores = two_cores()
        held = pair = 0.0
        if cores:
            held = _hold(some, [folder / "held"], cores[:1])
            pair = _hold(some, [folder / "left", folder / "right"], cores)
    early, late = _tenth(looks), looks[-1]
    return BatchReport(
        num_documents,
        driver=_slope(early, late),
        tasks=tasks,
        early=early.memory,
        late=late.memory,
        one=one,
        two=two,
        held=held,
        pair=pair,
    )


def make_documents(folder: Path, num_documents: int) -> list[Path]:
    """Small PDFs of one page each, a heading and a paragraph, no two the same."""
    from docparse.mupdf import pymupdf

    folder.mkdir()
    files = [folder / f"{number:05d}.pdf" for number in range(num_documents)]
    for number, file in enumerate(files):
        with pymupdf.open() as pdf:
            page = pdf.new_page()
            page.insert_text((72, 90), f"Document {number}", fontsize=18)
            page.insert_textbox((72, 120, 520, 400), _SENTENCE * (3 + number % 9), fontsize=11)
            pdf.save(file)
    return files


def _convert(psutil: Any, source: Path, out: Path, jobs: int) -> tuple[list[Look], float]:
    """Runs the command and watches it; what was seen, and the seconds that it took."""
    begun = time.perf_counter()
    looks: list[Look] = []
    with subprocess.Popen(_command(source, out, jobs), stdout=subprocess.DEVNULL) as running:
        root = psutil.Process(running.pid)
        while running.poll() is None:
            looks += _look(psutil, root, out)
            time.sleep(PAUSE)
    seconds = time.perf_counter() - begun
    if running.returncode or not looks:
        raise ChildError(f"--jobs {jobs} ended with exit code {running.returncode}")
    # Without those at the end, when workers have gone.
    most = max(look.processes for look in looks)
    return [look for look in looks if look.processes == most], seconds


def _look(psutil: Any, root: Any, out: Path) -> Iterator[Look]:
    """One Look, or none while processes come and go."""
    try:
        done = sum(1 for _ in out.glob("*.md"))
        workers = root.children(recursive=True)
        driver = sum(root.cpu_times()[:2])
        sizes = [process.memory_info().rss for process in (root, *workers)]
    except psutil.Error:
        return
    if done and all(sizes):  # one that has just ended has no memory
        yield Look(done, len(sizes), driver, sum(sizes) / 2**20)


def _tenth(looks: Sequence[Look]) -> Look:
    """The first look after a tenth of the documents."""
    return next(look for look in looks if look.done * 10 >= looks[-1].done)


def _slope(early: Look, late: Look) -> float:
    """The driver's seconds a document between two looks, which leaves out what starting costs."""
    return (late.driver - early.driver) / max(1, late.done - early.done)


def _hold(source: Path, outs: Sequence[Path], cores: Sequence[int]) -> float:
    """Seconds of as many commands at once, each with one job on a core of its own."""
    commands = [_command(source, out, 1, core) for out, core in zip(outs, cores, strict=True)]
    seconds, ended = run_together(commands)
    for code, last in ended:
        if code:
            raise ChildError(f"a command that was held to one core failed: {last}")
    return seconds


def _command(source: Path, out: Path, jobs: int, core: int | None = None) -> list[str]:
    options = "-o", f"{out}/", "-f", "md", "-j", str(jobs), "-q"
    return command_line("convert", str(source), *options, core=core)
