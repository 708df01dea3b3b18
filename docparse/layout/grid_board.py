"""A table under construction: rows and columns, tiled by cells that grow by merging."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from docparse.layout.grid_columns import Run
from docparse.layout.grid_lines import Placed, TableLine


@dataclass(frozen=True, slots=True)
class Area:
    """A cell: rows `top` to `bottom` and columns `left` to `right`, all inclusive."""

    top: int
    left: int
    bottom: int
    right: int
    runs: tuple[Run, ...] = ()

    @property
    def is_single(self) -> bool:
        return self.top == self.bottom and self.left == self.right


@dataclass(slots=True)
class Board:
    """The cells by the slot of their top left corner and the owner of every slot."""

    num_rows: int
    num_columns: int
    areas: dict[tuple[int, int], Area] = field(default_factory=dict)
    owner: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def of_lines(cls, rows: Sequence[Sequence[TableLine]], num_columns: int) -> Board:
        """One row per group of lines; what stands over several columns spans them."""
        board = cls(len(rows), num_columns)
        for row, lines in enumerate(rows):
            runs: dict[tuple[int, int], list[Run]] = {}
            for item in _settled(lines):
                runs.setdefault((item.first, item.last), []).append(item.run)
            spans = {first: last for first, last in runs}
            column = 0
            while column < num_columns:
                last = spans.get(column, column)
                content = tuple(runs.get((column, last), ()))
                board.areas[row, column] = Area(row, column, row, last, content)
                for slot in range(column, last + 1):
                    board.owner[row, slot] = row, column
                column = last + 1
        return board

    def at(self, row: int, column: int) -> Area:
        return self.areas[self.owner[row, column]]

    def add(self, row: int, column: int, runs: Iterable[Run]) -> None:
        """Adds text to the cell that owns a slot."""
        area = self.at(row, column)
        self.areas[area.top, area.left] = replace(area, runs=(*area.runs, *runs))

    def is_empty(self, row: int, column: int) -> bool:
        return not self.at(row, column).runs

    def merge(self, top: int, left: int, bottom: int, right: int) -> bool:
        """Makes one cell of all that lie inside; False, and no change, if one sticks out."""
        inside = {
            self.owner[row, column]
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
        }
        parts = [self.areas[corner] for corner in sorted(inside)]
        if any(
            part.top < top or part.left < left or part.bottom > bottom or part.right > right
            for part in parts
        ):
            return False
        runs = tuple(run for part in parts for run in part.runs)
        for corner in inside:
            del self.areas[corner]
        self.areas[top, left] = Area(top, left, bottom, right, runs)
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                self.owner[row, column] = top, left
        return True

    def cells(self) -> list[Area]:
        """All cells in row-major order of their corners."""
        return [self.areas[corner] for corner in sorted(self.areas)]


def _settled(group: Sequence[TableLine]) -> list[Placed]:
    """What stands in a row, with columns that fit together.

    A stretch over two columns that other lines of the row fill one by one is narrowed to the
    column that holds most of it; else what overlaps spans all that it covers together.
    """
    items = [item for line in group for item in line.placed]
    if len(group) == 1 or all(item.first == item.last for item in items):
        return items
    single = {item.first for item in items if item.first == item.last}
    settled = []
    for item in items:
        inside = single & set(range(item.first, item.last + 1))
        if item.first < item.last and len(inside) >= 2:
            middle = (item.first + item.last) // 2
            column = min(inside, key=lambda c: abs(c - middle))
            item = Placed(item.run, column, column)
        settled.append(item)
    bounds: list[tuple[int, int]] = []
    for first, last in sorted((item.first, item.last) for item in settled):
        if bounds and first <= bounds[-1][1]:
            bounds[-1] = bounds[-1][0], max(bounds[-1][1], last)
        else:
            bounds.append((first, last))
    return [
        Placed(item.run, *next(bound for bound in bounds if bound[0] <= item.first <= bound[1]))
        for item in settled
    ]
