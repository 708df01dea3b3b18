"""Rows of cells with any spans as a rectangular Table, mended where they do not tile one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from docparse.types import BBox, Cell, Span, Table

# The most columns that a cell may span (HTML standard, section 4.9.11).
MAX_COLSPAN = 1000
MAX_SLOTS = 1_000_000
_MAX_HOLES = 20_000
_WIDE = 64


@dataclass(frozen=True, slots=True)
class RawCell:
    """A cell as written. Spans may be anything; a `rowspan` of 0 reaches to the last row."""

    text: str = ""
    spans: tuple[Span, ...] = ()
    rowspan: int = 1
    colspan: int = 1
    header: bool = False
    bbox: BBox | None = None


@dataclass(slots=True)
class _Placed:
    raw: RawCell
    row: int
    col: int
    rowspan: int
    colspan: int


def build_table(rows: Sequence[Sequence[RawCell]]) -> tuple[Table | None, bool]:
    """The Table of the given rows, and whether anything had to be mended.

    Cells go to the next free column, as in HTML. Holes are filled with empty cells, overlaps and
    spans that reach over the last row are cut, rows without any cell are left out, and columns in
    which no cell begins are given up where the rows disagree or are absurdly many. Where the spans
    ask for too large a grid they are given up, too; None instead of a Table where that does not
    help.
    """
    table, was_mended = _tile(rows)
    if table is None:
        table, _ = _tile([[replace(cell, rowspan=1, colspan=1) for cell in row] for row in rows])
    return table, was_mended


def _tile(rows: Sequence[Sequence[RawCell]]) -> tuple[Table | None, bool]:
    placed, num_rows, mended = _place(rows)
    if placed is None:
        return None, True
    num_cols = max((cell.col + cell.colspan for cell in placed), default=0)
    num_taken = sum(cell.rowspan * cell.colspan for cell in placed)
    starts = sorted({cell.col for cell in placed})
    has_holes = num_taken < num_rows * num_cols
    if has_holes or (num_cols > _WIDE and len(starts) < num_cols / 2):
        mended = True
        num_cols = _keep_columns(placed, starts)
    num_holes = num_rows * num_cols - sum(cell.rowspan * cell.colspan for cell in placed)
    if num_rows * num_cols > MAX_SLOTS or num_holes > max(_MAX_HOLES, 10 * len(placed)):
        return None, True
    cells = [_to_cell(cell) for cell in placed]
    if mended:
        cells += _fill_holes(placed, num_rows, num_cols)
        cells.sort(key=lambda cell: (cell.row, cell.col))
    return Table(num_rows, num_cols, tuple(cells)), mended


def _place(rows: Sequence[Sequence[RawCell]]) -> tuple[list[_Placed] | None, int, bool]:
    """Cells with their corners, the number of rows, and whether a span was cut.

    None for the cells where they would fill too many slots.
    """
    placed: list[_Placed] = []
    free_from: list[int] = []  # for each column, the first row that no cell from above reaches
    mended = False
    row = reached = 0
    for raws in rows:
        if not raws and reached <= row:
            mended = True
            continue
        col = 0
        for raw in raws:
            while col < len(free_from) and free_from[col] > row:
                col += 1
            wanted = min(max(raw.colspan, 1), MAX_COLSPAN)
            colspan = 1
            while colspan < wanted and _is_free(free_from, col + colspan, row):
                colspan += 1
            mended = mended or colspan != raw.colspan
            # The last row is not known yet; 0 reaches it whatever it is.
            rowspan = raw.rowspan if raw.rowspan > 0 else len(rows)
            reached = max(reached, row + rowspan)
            free_from.extend([0] * (col + colspan - len(free_from)))
            free_from[col : col + colspan] = [row + rowspan] * colspan
            placed.append(_Placed(raw, row, col, rowspan, colspan))
            if (row + 1) * len(free_from) > MAX_SLOTS:
                return None, 0, True
            col += colspan
        row += 1
    for cell in placed:
        if cell.row + cell.rowspan > row:
            cell.rowspan = row - cell.row
            mended = mended or cell.raw.rowspan != 0
    return placed, row, mended


def _is_free(free_from: list[int], col: int, row: int) -> bool:
    return col >= len(free_from) or free_from[col] <= row


def _keep_columns(placed: list[_Placed], starts: list[int]) -> int:
    """Takes out all columns but the given ones, in which cells begin; returns how many are left.

    A column in which no cell begins only widens the cells to its left.
    """
    for cell in placed:
        first = bisect_left(starts, cell.col)
        cell.colspan = bisect_left(starts, cell.col + cell.colspan) - first
        cell.col = first
    return len(starts)


def _to_cell(placed: _Placed) -> Cell:
    raw = placed.raw
    return Cell(
        placed.row,
        placed.col,
        raw.text,
        rowspan=placed.rowspan,
        colspan=placed.colspan,
        header=raw.header,
        bbox=raw.bbox,
        spans=raw.spans,
    )


def _fill_holes(placed: Iterable[_Placed], num_rows: int, num_cols: int) -> list[Cell]:
    taken = bytearray(num_rows * num_cols)
    for cell in placed:
        for row in range(cell.row, cell.row + cell.rowspan):
            at = row * num_cols + cell.col
            taken[at : at + cell.colspan] = b"\1" * cell.colspan
    return [Cell(*divmod(at, num_cols)) for at, is_taken in enumerate(taken) if not is_taken]
