"""Lines of print whose runs are placed in the columns of a table."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import median

from docparse.layout.grid_columns import Run, split_runs
from docparse.layout.grid_values import is_value
from docparse.layout.grid_words import Piece
from docparse.layout.rulings import Rule


@dataclass(frozen=True)
class Placed:
    """A run and the columns, `first` to `last`, that it stands in."""

    run: Run
    first: int
    last: int

    @cached_property
    def is_value(self) -> bool:
        """Whether it is a number, or a sign for a missing one."""
        return is_value(self.run.text)


@dataclass(frozen=True)
class TableLine:
    """One line of print of a table."""

    placed: tuple[Placed, ...]

    @cached_property
    def mid(self) -> float:
        return median(piece.mid for item in self.placed for piece in item.run.pieces)

    @cached_property
    def y0(self) -> int:
        return min(piece.box.y0 for item in self.placed for piece in item.run.pieces)

    @cached_property
    def y1(self) -> int:
        return max(piece.box.y1 for item in self.placed for piece in item.run.pieces)

    @cached_property
    def columns(self) -> frozenset[int]:
        return frozenset(
            column for item in self.placed for column in range(item.first, item.last + 1)
        )

    def at(self, column: int) -> list[Placed]:
        """What stands in a column, alone or as part of a wider stretch."""
        return [item for item in self.placed if item.first <= column <= item.last]


def place_lines(
    lines: Sequence[Sequence[Piece]],
    edges: Sequence[float],
    vertical: Sequence[Rule],
    net: Sequence[float],
    em: float,
) -> list[TableLine]:
    """The lines with each run in its columns; `edges` are the inner column boundaries."""
    placed = [_place(split_runs(line, vertical, net, em), edges, vertical, em) for line in lines]
    return [TableLine(tuple(line)) for line in _narrowed(placed, em)]


def leading(lines: Sequence[TableLine], num_columns: int, em: float) -> float:
    """The usual distance of the lines of print inside one cell, in pixels.

    The lower quarter of the distances between lines that stand below each other in a column;
    1.2 font sizes where nothing does.
    """
    steps = []
    for column in range(num_columns):
        mids = [line.mid for line in lines if column in line.columns]
        steps += [below - above for above, below in pairwise(mids) if below - above > 0.7 * em]
    steps.sort()
    return min(steps[len(steps) // 4], 2 * em) if steps else 1.2 * em


def _place(
    runs: Sequence[Run], edges: Sequence[float], vertical: Sequence[Rule], em: float
) -> list[Placed]:
    """Runs cut where a gap lies on a boundary, each in the columns that it covers."""
    placed: list[Placed] = []
    mid = runs[0].pieces[0].mid
    walls = [rule.at for rule in vertical if rule.start <= mid <= rule.end]
    parts = [part for run in runs for part in _cut_run(run, edges, em)]
    for i, run in enumerate(parts):
        before = placed[-1].last if placed else -1
        room = parts[i + 1].x0 if i + 1 < len(parts) else float("inf")
        first, last = _covered(run, edges, em)
        if first <= before < last:
            first = before + 1
        while last > first and room <= edges[last - 1]:
            last -= 1
        # Text that overflows its cell crosses a wall, yet it stays in that cell.
        x = min(run.pieces[0].box.center[0], run.x0 + em)
        while last > first and any(x < wall <= edges[last - 1] + 0.4 * em for wall in walls):
            last -= 1
        placed.append(Placed(run, first, last))
    return _joined(placed)


def _cut_run(run: Run, edges: Sequence[float], em: float) -> list[Run]:
    """The run in parts, where the gap between two pieces lies on a boundary and is no mere space.

    A gap as wide as a space is a boundary only between two values.
    """
    slack = 0.3 * em
    parts: list[list[Piece]] = [[run.pieces[0]]]
    for left, right in pairwise(run.pieces):
        gap = right.box.x0 - left.box.x1
        on_edge = any(
            left.box.x1 - slack <= x <= right.box.x0 + slack
            and (left.box.x0 + left.box.x1) / 2 < x < (right.box.x0 + right.box.x1) / 2
            for x in edges
        )
        is_wide = gap >= 0.42 * em or (is_value(left.text) and is_value(right.text))
        if on_edge and is_wide:
            parts.append([])
        parts[-1].append(right)
    return [Run(tuple(part)) for part in parts]


def _narrowed(lines: Sequence[Sequence[Placed]], em: float) -> list[list[Placed]]:
    """The lines with text that merely overflows its cell in one column.

    Below the first values, text that begins where others of its column begin, and that has
    something beside it, is no head and no title.
    """
    starts: dict[int, list[int]] = {}
    for item in (item for line in lines for item in line if item.first == item.last):
        starts.setdefault(item.first, []).append(item.run.x0)
    narrowed = []
    is_body = False
    for line in lines:
        narrowed.append(list(line))
        for i, item in enumerate(line if is_body and len(line) > 1 else ()):
            if item.first < item.last:
                level = sum(abs(x - item.run.x0) <= 0.4 * em for x in starts.get(item.first, ()))
                if level >= 2:
                    narrowed[-1][i] = Placed(item.run, item.first, item.first)
        is_body = is_body or any(item.is_value for item in line)
    return narrowed


def _covered(run: Run, edges: Sequence[float], em: float) -> tuple[int, int]:
    """The first and last column that the run covers by more than a margin."""
    x0, x1 = run.x0, run.x1
    first = last = bisect_right(edges, (x0 + x1) / 2)
    margin = min(0.8 * em, 0.3 * (x1 - x0))
    while first > 0 and edges[first - 1] - x0 > margin:
        first -= 1
    while last < len(edges) and x1 - edges[last] > margin:
        last += 1
    return first, last


def _joined(placed: Sequence[Placed]) -> list[Placed]:
    """Runs that fell into one column become one run."""
    joined: list[Placed] = []
    for item in placed:
        if joined and item.first <= joined[-1].last:
            old = joined.pop()
            run = Run((*old.run.pieces, *item.run.pieces))
            item = Placed(run, min(old.first, item.first), max(old.last, item.last))
        joined.append(item)
    return joined
