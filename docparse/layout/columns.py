"""Runs of one region parted into columns: addresses on a sheet of labels, texts side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from docparse.layout.flows import Canvas
from docparse.layout.grid_values import is_value
from docparse.layout.rows import Row, Run, make_row, size_of
from docparse.types import BBox

# In font sizes: how wide a gutter is at least, and one between texts that do not stand level.
GUTTER, WIDE_GUTTER = 1.0, 3.0
# Middles of lines that stand level are no further apart, in font sizes.
LEVEL = 0.25
# Regions of more lines than this are tables or maps.
MOST = 400


def part_columns(runs: Sequence[Run], canvas: Canvas) -> list[list[Run]]:
    """The runs of one region, parted at gutters between texts that are not read across.

    A gutter parts two columns if the file has their lines column by column, or if it is wide and
    the lines beside it do not stand level. Labels with their values, and lines with their numbers,
    are read row by row.
    """
    if not 2 < len(runs) <= MOST:
        return [list(runs)]
    em = max(1.0, size_of(word for run in runs for word in run.words))
    pieces = [(run, make_row(run.words, canvas, index=run.index)) for run in runs]
    for x in _gutters([row.box for _, row in pieces], em):
        left = [piece for piece in pieces if piece[1].box.x0 < x]
        right = [piece for piece in pieces if piece[1].box.x0 >= x]
        if _are_columns([row for _, row in left], [row for _, row in right], em):
            sides = ([run for run, _ in left], [run for run, _ in right])
            return [part for side in sides for part in part_columns(side, canvas)]
    return [list(runs)]


def _gutters(boxes: Sequence[BBox], em: float) -> list[float]:
    """Where nothing stands from top to bottom, the widest first."""
    found = []
    end = min(box.x1 for box in boxes)
    for box in sorted(boxes, key=lambda box: box.x0):
        if box.x0 - end >= GUTTER * em:
            found.append((box.x0 - end, (box.x0 + end) / 2))
        end = max(end, box.x1)
    return [middle for _, middle in sorted(found, reverse=True)]


def _are_columns(left: Sequence[Row], right: Sequence[Row], em: float) -> bool:
    if _are_labels(left) or any(all(is_value(r.text) for r in side) for side in (left, right)):
        return False
    level = list(_level(left, right, em))
    if len(level) > 1:
        by_column = sum(
            max(below_left) < min(right_now) or max(below_right) < min(left_now)
            for (left_now, right_now), (below_left, below_right) in pairwise(level)
        )
        return by_column > 0.6 * (len(level) - 1)
    gap = min(row.box.x0 for row in right) - max(row.box.x1 for row in left)
    return not level and gap > WIDE_GUTTER * em


def _are_labels(rows: Sequence[Row]) -> bool:
    return sum(row.text.endswith((":", "：")) for row in rows) > 0.5 * len(rows)


def _level(
    left: Sequence[Row], right: Sequence[Row], em: float
) -> Iterator[tuple[list[int], list[int]]]:
    """For each line of print with text on both sides the places of its pieces in the file."""
    lines: list[list[Row]] = []
    for row in sorted([*left, *right], key=_middle):
        if not lines or _middle(row) - _middle(lines[-1][0]) > LEVEL * em:
            lines.append([])
        lines[-1].append(row)
    for line in lines:
        sides = [[row.index for row in line if row in side] for side in (left, right)]
        if all(sides):
            yield sides[0], sides[1]


def _middle(row: Row) -> float:
    return (row.box.y0 + row.box.y1) / 2
