"""The whole command over one long document: what one process, one core and two processes take."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docparse.bench.child import ChildError
from docparse.bench.commands import command_line, run_together, two_cores
from docparse.errors import UnreadableInputError

# Fewer pages than this say nothing about how the work spreads over processes.
LEAST_PAGES = 8


@dataclass(frozen=True, slots=True)
class JobsSpeed:
    """Seconds of whole commands, start and end included, over a document of `num_pages`.

    `start`: its first page alone. `one`, `two`: with one and two jobs. `alone`: with one job, held
    to one core; `pair`: two of those side by side, each on a core of its own, so that nothing but
    the machine stands between them. Both 0 where processes cannot be held to a core.
    """

    num_pages: int
    start: float
    one: float
    two: float
    alone: float = 0.0
    pair: float = 0.0

    @property
    def factor(self) -> float:
        """How many times as fast two jobs are as one."""
        return self.one / self.two

    @property
    def by_core(self) -> float:
        """How many times as fast two jobs on two cores are as one job on one core."""
        return self.alone / self.two

    @property
    def limit(self) -> float:
        """What `by_core` would be if the two shared nothing and had to wait for nobody."""
        return 2 * self.alone / self.pair if self.pair else 0.0

    def to_text(self) -> str:
        """Two lines or three."""
        text = (
            f"docparse, the whole command, over one document of {self.num_pages} pages: --jobs 1 "
            f"{self.one:.1f} s, --jobs 2 {self.two:.1f} s, {self.factor:.2f} times as fast\n"
            f"(its first page alone takes {self.start:.1f} s: start, one page, and the end)"
        )
        if self.pair:
            text += (
                f"\nheld to one core, --jobs 1 takes {self.alone:.1f} s: --jobs 2 is "
                f"{self.by_core:.2f} times as fast; two commands that share nothing get "
                f"{self.limit:.2f} out of the two cores"
            )
        return text


def time_jobs(files: Sequence[Path]) -> JobsSpeed:
    """Times the command over the files, joined into one document.

    Raises ChildError if a command writes nothing or takes too long.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        num_pages = join(files, folder / "joined.pdf")
        start = _time(folder, ["--pages", "1", "--jobs", "1"])
        one, two = (_time(folder, ["--jobs", str(jobs)]) for jobs in (1, 2))
        cores = two_cores()
        if not cores:
            return JobsSpeed(num_pages, start, one, two)
        alone = _time(folder, ["--jobs", "1"], cores[:1])
        return JobsSpeed(num_pages, start, one, two, alone, _time(folder, ["--jobs", "1"], cores))


def join(files: Sequence[Path], target: Path, *, num_pages: int = 0) -> int:
    """Writes one PDF of the files' pages, again and again up to `num_pages`; how many it has.

    Raises UnreadableInputError for a file that is no PDF, or if there is none.
    """
    from docparse.mupdf import pymupdf

    with pymupdf.open() as joined:
        try:
            _append(joined, files)
            own = len(joined)
            while own and len(joined) < num_pages:
                _append(joined, files)
        except (pymupdf.mupdf.FzErrorBase, RuntimeError, ValueError) as error:
            raise UnreadableInputError(f"{error}", hint="name PDFs that open") from error
        if not own:
            raise UnreadableInputError("there are no pages to read", hint="name PDFs")
        if num_pages:
            joined.select(range(num_pages))
        joined.save(target)
        return len(joined)


def _append(joined: Any, files: Sequence[Path]) -> None:
    from docparse.mupdf import pymupdf

    for file in files:
        with pymupdf.open(file, filetype="pdf") as document:
            joined.insert_pdf(document)


def _time(folder: Path, options: Sequence[str], cores: Sequence[int] = ()) -> float:
    """Seconds of a command; with cores, of as many at once, each held to one of them."""
    held: Sequence[int | None] = cores or [None]
    outputs = [folder / f"{number}.md" for number in range(len(held))]
    for output in outputs:
        output.unlink(missing_ok=True)
    seconds, ended = run_together(
        [
            _command(folder / "joined.pdf", output, options, core)
            for output, core in zip(outputs, held, strict=True)
        ]
    )
    # Exit codes may tell of failed pages, which is no matter here.
    for output, (_, last) in zip(outputs, ended, strict=True):
        if not output.is_file():
            raise ChildError(last)
    return seconds


def _command(file: Path, output: Path, options: Sequence[str], core: int | None) -> list[str]:
    return command_line("convert", str(file), "-o", str(output), *options, "--quiet", core=core)


def measure_help() -> float:
    """Processor seconds of `docparse --help` beyond those of a bare interpreter."""
    shown = (
        "import sys; sys.argv = ['docparse', '--help']; from docparse.cli.main import run; run()"
    )
    return _processor_seconds(shown) - _processor_seconds("pass")


def _processor_seconds(program: str, repeat: int = 5) -> float:
    """The least that a short Python program takes, all its threads and both modes together."""
    taken = []
    for _ in range(repeat):
        before = os.times()
        subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.DEVNULL)
        after = os.times()
        user = after.children_user - before.children_user
        taken.append(user + after.children_system - before.children_system)
    return min(taken)
