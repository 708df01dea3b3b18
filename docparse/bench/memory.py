"""Resident memory of the whole command over one document of many pages."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docparse.bench.commands import command_line
from docparse.bench.extras import require
from docparse.bench.jobs import join
from docparse.errors import UnreadableInputError

# How often the processes are looked at, in seconds.
PAUSE = 0.5
PARTS = 4


@dataclass(frozen=True, slots=True)
class MemoryReport:
    """Peaks in MB: `together` of all processes at one moment, `largest` of any one of them.

    `over_time`: `together` within each quarter of the `seconds` that it took, which shows growth.
    """

    num_pages: int
    seconds: float
    together: float
    largest: float
    over_time: tuple[float, ...]

    def to_text(self) -> str:
        """Two lines for a terminal."""
        parts = ", ".join(f"{peak:.0f}" for peak in self.over_time)
        return (
            f"{self.num_pages} pages in {self.seconds:.0f} s: at most {self.together:.0f} MB "
            f"resident in all processes together, {self.largest:.0f} MB in the largest\n"
            f"peaks of the four quarters of the time: {parts} MB\n"
        )


def run_memory(files: Sequence[Path], *, num_pages: int, reader: str = "auto") -> MemoryReport:
    """Converts a PDF of so many pages, those of the files again and again, and watches.

    `reader`: what `--reader` of the command takes.

    Raises UnreadableInputError if nothing is written, MissingEngineError without psutil.
    """
    psutil = require("psutil")
    with tempfile.TemporaryDirectory() as name:
        source, output = Path(name, "long.pdf"), Path(name, "long.html")
        join(files, source, num_pages=num_pages)
        options = "-o", str(output), "--reader", reader, "--quiet"
        began = time.monotonic()
        with subprocess.Popen(command_line(str(source), *options)) as running:
            seen = _watch(psutil, running)
        if not output.is_file():
            raise UnreadableInputError(
                f"the command wrote nothing (exit code {running.returncode})",
                hint="convert the files one by one to see why (docparse FILE -o out.html)",
            )
        return _sum_up(seen, num_pages, time.monotonic() - began)


def _watch(psutil: Any, running: subprocess.Popen[bytes]) -> list[list[float]]:
    """The resident MB of each process, at every look until the command ends."""
    looks = []
    root = psutil.Process(running.pid)
    while running.poll() is None:
        sizes = []
        for process in (root, *_children(psutil, root)):
            try:
                sizes.append(process.memory_info().rss / 2**20)
            except psutil.Error:  # it ended meanwhile
                continue
        looks.append(sizes)
        time.sleep(PAUSE)
    return looks


def _children(psutil: Any, root: Any) -> list[Any]:
    try:
        return list(root.children(recursive=True))
    except psutil.Error:
        return []


def _sum_up(looks: Sequence[Sequence[float]], num_pages: int, seconds: float) -> MemoryReport:
    sums = [sum(sizes) for sizes in looks]
    size = -(-len(sums) // PARTS)
    parts = [sums[i : i + size] for i in range(0, len(sums), size)]
    return MemoryReport(
        num_pages,
        seconds,
        together=max(sums),
        largest=max(max(sizes, default=0.0) for sizes in looks),
        over_time=tuple(max(part) for part in parts),
    )
