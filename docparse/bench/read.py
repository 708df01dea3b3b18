"""How well and how fast pictures of text are read, by docparse and by others, in one run."""

from __future__ import annotations

import io
import os
import platform
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from docparse.bench import read_sides
from docparse.bench.child import Child, ChildError
from docparse.bench.edit import normalise
from docparse.bench.extras import demand, require
from docparse.bench.read_sets import Row, Sample, find_samples, line_samples
from docparse.bench.read_sides import SIDES, Piece, Read
from docparse.bench.report import align
from docparse.errors import UnreadableInputError
from docparse.log import logger

if TYPE_CHECKING:
    import PIL.Image

OURS = "docparse"
# A picture may take this long.
MOST_SECONDS = 300.0


@dataclass(slots=True)
class Tally:
    """Sums over the pictures of one set and side."""

    errors: int = 0
    letters: int = 0
    seconds: float = 0.0
    pictures: int = 0
    failed: int = 0

    @property
    def rate(self) -> float:
        return self.errors / max(1, self.letters)


@dataclass(slots=True)
class ReadReport:
    """Character error rate and seconds per picture of each set and side; memory of each side."""

    tallies: dict[tuple[str, str], Tally] = field(default_factory=lambda: defaultdict(Tally))
    memory: dict[str, float] = field(default_factory=dict)
    machine: str = ""

    def to_text(self) -> str:
        sides = list(self.memory)
        sets = list(dict.fromkeys(name for name, _ in self.tallies))
        head = ["set", "pictures"]
        head += [f"{side} {what}" for what in ("CER %", "s") for side in sides]
        table = [head, *([*self._row(name, sides)] for name in sets)]
        memory = ", ".join(f"{side} {mb:.0f} MB" for side, mb in self.memory.items())
        parts = [align(table, left=1), f"peak memory: {memory}", self.machine]
        return "\n".join([*parts, *self._ratios(sides)])

    def _row(self, name: str, sides: Sequence[str]) -> Iterable[str]:
        tallies = [self.tallies[name, side] for side in sides]
        yield name
        yield str(max(tally.pictures for tally in tallies))
        for tally in tallies:
            yield f"{100 * tally.rate:.2f}" + f" ({tally.failed} failed)" * bool(tally.failed)
        for tally in tallies:
            yield f"{tally.seconds / max(1, tally.pictures):.2f}"

    def _ratios(self, sides: Sequence[str]) -> Iterable[str]:
        """Seconds of each other side over ours, pages only."""
        for side in sides:
            pages = [n for n, s in self.tallies if s == side and not n.startswith("lines")]
            other = sum(self.tallies[name, side].seconds for name in pages)
            ours = sum(self.tallies[name, OURS].seconds for name in pages)
            if side != OURS and ours:
                yield f"{side} takes {other / ours:.1f} times as long as {OURS} over all pages"


def run_read(
    folder: Path,
    *,
    limit: int,
    reader: str = "auto",
    lines: Iterable[tuple[PIL.Image.Image, str]] = (),
) -> ReadReport:
    """Shows every sample to every side, one after the other, each side in a process of its own.

    `lines`: pictures of single lines with their text, shown before what is in the folder.
    """
    demand("rapidfuzz", "rapidocr")
    sides = {OURS: Child(), "rapidocr": Child()}
    if read_sides.has_tesseract():
        sides["tesseract"] = Child()
    report = ReadReport(machine=f"{platform.machine()}, {os.cpu_count()} cores")
    try:
        for sample in chain(line_samples(lines), find_samples(folder, limit=limit)):
            for side, child in sides.items():
                setting = reader if side == OURS else sample.languages
                _ask(report.tallies[sample.set_name, side], sample, side, child, setting)
        if not report.tallies:
            raise UnreadableInputError(f"{folder} has nothing to read", "give another folder")
        for side, child in sides.items():
            report.memory[side] = child.ask(read_sides.peak_memory, limit=MOST_SECONDS)
    finally:
        for child in sides.values():
            child.close()
    return report


def _ask(tally: Tally, sample: Sample, side: str, child: Child, setting: str) -> None:
    buffer = io.BytesIO()
    sample.picture.save(buffer, "PNG")
    ask = (SIDES[side], buffer.getvalue(), setting, sample.is_line)
    tally.pictures += 1
    logger.info("%s: %s by %s", sample.set_name, sample.name, side)
    tally.letters += len(normalise(sample.text))
    try:
        if tally.pictures == 1:  # models are loaded on the first picture, which is not timed
            child.ask(*ask, limit=MOST_SECONDS)
        read: Read = child.ask(*ask, limit=MOST_SECONDS)
    except ChildError:
        tally.failed += 1
        tally.errors += len(normalise(sample.text))
        return
    tally.seconds += read.seconds
    tally.errors += count_errors(sample, read)


def count_errors(sample: Sample, read: Read) -> int:
    """Letters to put in, take out or change. Where rows are known, each piece counts in its row.

    So no side loses by the order in which it reads columns; pieces outside all rows are errors.
    """
    if not sample.rows or not read.pieces:
        return distance(sample.text, read.text)
    texts, outside = by_row(sample.rows, read.pieces)
    pairs = zip(sample.rows, texts, strict=True)
    return len(normalise(outside)) + sum(distance(row.text, text) for row, text in pairs)


def by_row(rows: Sequence[Row], pieces: Sequence[Piece]) -> tuple[list[str], str]:
    """The pieces in each row, from left to right, and what lies in none."""
    members: list[list[tuple[float, str]]] = [[] for _ in rows]
    outside: list[str] = []
    for text, x, y in pieces:
        inside = [i for i, row in enumerate(rows) if row.bbox.y0 <= y <= row.bbox.y1]
        if not inside:
            outside.append(text)
            continue
        nearest = min(inside, key=lambda i: abs(rows[i].bbox.center[1] - y))
        members[nearest].append((x, text))
    return [" ".join(text for _, text in sorted(row)) for row in members], " ".join(outside)


def distance(truth: str, found: str) -> int:
    """Levenshtein's distance of the texts after `normalise`."""
    levenshtein = require("rapidfuzz.distance.Levenshtein")
    value: int = levenshtein.distance(normalise(truth), normalise(found))
    return value
