"""Runs of one region parted into columns: addresses on a sheet of labels, texts side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise

from docparse.layout.flows import Canvas
from docparse.layout.grid_values import is_value
from docparse.layout.paragraphs import is_centred
from docparse.layout.rows import Row, Run, make_row, size_of
from docparse.types import BBox, union_of

# In font sizes: how wide a gutter is at least between running texts, between others, and between
# texts that do not stand level.
NARROW_GUTTER, GUTTER, WIDE_GUTTER = 0.7, 1.0, 3.0
# One line in so many may lie across a gutter: dirt or a drawing hangs on it.
CROSSED = 25
# How large titles are at least, in font sizes of the text that they stand with.
TITLE = 1.5
# Middles of lines that stand level are no further apart, in font sizes.
LEVEL = 0.25
# Regions of more lines than this are tables or maps.
MOST = 400
# Running text: at least so many lines, most of them nearly as wide as the widest, which is so wide
# in font sizes.
LINES, MOST_LINES, FULL, WIDE = 4, 0.6, 0.75, 7.0
# Type of an inset, in font sizes of the text; how near its lines follow, in font sizes of its own.
SMALLER, FOLLOWS = 0.75, 3.0


def part_columns(runs: Sequence[Run], canvas: Canvas) -> list[list[Run]]:
    """The runs of one region, parted at gutters between texts that are not read across.

    A gutter parts two columns if the file has their lines column by column, if both are running
    text, or if it is wide and the lines beside it do not stand level. Labels with their values, and
    lines with their numbers, are read row by row.
    """
    if not 2 < len(runs) <= MOST:
        return [list(runs)]
    em = max(1.0, size_of(word for run in runs for word in run.words))
    pieces = [(run, make_row(run.words, canvas, index=run.index)) for run in runs]
    bands = _bands(pieces, em)
    if len(bands) > 1:
        return [part for band in bands for part in part_columns(band, canvas)]
    if inset := _inset([row for _, row in pieces], em):
        others = [run for run, row in pieces if row not in inset]
        return [*part_columns(others, canvas), [run for run, row in pieces if row in inset]]
    rows = [row for _, row in pieces]
    gutters = _gutters([row.box for row in rows], em)
    for width, x in gutters:
        left = [piece for piece in pieces if piece[1].box.x0 < x]
        right = [piece for piece in pieces if piece[1].box.x0 >= x]
        beside = _columns_beside(x, [middle for _, middle in gutters], rows)
        if all(_is_running(side, em) for side in beside) or (
            width >= GUTTER * em
            and _are_columns([row for _, row in left], [row for _, row in right], em)
        ):
            sides = ([run for run, _ in left], [run for run, _ in right])
            return [part for side in sides for part in part_columns(side, canvas)]
    parts = _parted_in_part(pieces, em)
    return [part for side in parts for part in part_columns(side, canvas)] or [list(runs)]


def _inset(rows: Sequence[Row], em: float) -> list[Row]:
    """Small centred lines that the lines of a text go round, as a caption is set; [] if none."""
    small = sorted((row for row in rows if row.size < SMALLER * em), key=_middle)
    if len(small) < LINES or not is_centred(small):
        return []
    if any(b.box.y0 - a.box.y1 > FOLLOWS * a.size for a, b in pairwise(small)):
        return []
    # an initial makes the first line a large one
    first = [r for r in rows if r.box.y1 <= small[0].box.y0 <= r.box.y1 + em]
    inset = [*(row for row in first if is_centred([row, *small])), *small]
    box = union_of(row.box for row in inset)
    beside = [r for r in rows if r not in inset and box.y0 < r.box.y1 and r.box.y0 < box.y1]
    gutter = GUTTER * em
    is_free = all(r.box.x1 < box.x0 - gutter or r.box.x0 > box.x1 + gutter for r in beside)
    return inset if is_free and len(beside) >= LINES else []


def _parted_in_part(pieces: Sequence[tuple[Run, Row]], em: float) -> list[list[Run]]:
    """The runs above two running texts side by side, both texts, and the runs below; [] if none.

    So it is where the lines below them go round a picture or lie across both.
    """
    lines = [line for line in _lines([row for _, row in pieces], em) if len(line) > 1]
    pairs = [pair for line in lines for pair in pairwise(sorted(line, key=lambda r: r.box.x0))]
    wide = [(a, b) for a, b in pairs if min(a.box.width, b.box.width) >= WIDE * em]
    near = 0.3 * em
    for step in dict.fromkeys(round((a.box.x1 + b.box.x0) / 2 / near) for a, b in wide):
        x = step * near
        across = [_middle(r) for _, r in pieces if r.box.x0 < x - near and r.box.x1 > x + near]
        for top, bottom in pairwise([float("-inf"), *sorted(across), float("inf")]):
            beside = [
                (a, b)
                for a, b in pairs
                if top < _middle(a) < bottom and a.box.x1 + near <= x <= b.box.x0 - near
            ]
            if beside and all(_is_running(side, em) for side in zip(*beside, strict=True)):
                inside = [(run, row) for run, row in pieces if top < _middle(row) < bottom]
                parts = (
                    [run for run, row in pieces if _middle(row) <= top],
                    [run for run, row in inside if row.box.center[0] < x],
                    [run for run, row in inside if row.box.center[0] >= x],
                    [run for run, row in pieces if _middle(row) >= bottom],
                )
                return [part for part in parts if part]
    return []


def _bands(pieces: Sequence[tuple[Run, Row]], em: float) -> list[list[Run]]:
    """The runs above, in and below lines of much larger type, which reach across columns."""
    small = [_middle(row) for _, row in pieces if row.size < TITLE * em]
    ordered = sorted(pieces, key=lambda piece: _middle(piece[1]))
    groups = groupby(ordered, lambda piece: _stands_apart(piece[1], small, em))
    return [[run for run, _ in group] for _, group in groups]


def _stands_apart(row: Row, small: Sequence[float], em: float) -> bool:
    """Whether a line is a title: an initial has other lines beside it."""
    is_large = row.size >= TITLE * em
    return is_large and not any(row.box.y0 < middle < row.box.y1 for middle in small)


def _gutters(boxes: Sequence[BBox], em: float) -> list[tuple[float, float]]:
    """Width and middle of where hardly a line stands from top to bottom, the widest first."""
    few = len(boxes) // CROSSED
    edges = sorted([(box.x0, 1) for box in boxes] + [(box.x1, -1) for box in boxes])
    found, depth, start = [], 0, None
    for x, step in edges:
        if step > 0 and depth <= few and start is not None and x - start >= NARROW_GUTTER * em:
            found.append((x - start, (x + start) / 2))
            start = None
        depth += step
        if step < 0 and depth == few:
            start = x
        elif depth > few:
            start = None
    return sorted(found, reverse=True)


def _columns_beside(
    x: float, gutters: Sequence[float], rows: Sequence[Row]
) -> tuple[list[Row], list[Row]]:
    """The rows of the column on either side of a gutter, without those that lie across one."""
    low = max((other for other in gutters if other < x), default=float("-inf"))
    high = min((other for other in gutters if other > x), default=float("inf"))
    left = [row for row in rows if low <= row.box.x0 and row.box.x1 <= x]
    return left, [row for row in rows if x <= row.box.x0 and row.box.x1 <= high]


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


def _is_running(rows: Sequence[Row], em: float) -> bool:
    """Whether lines fill their column, as those of a text do and those of a list seldom."""
    if len(rows) < LINES:
        return False
    width = max(row.box.x1 for row in rows) - min(row.box.x0 for row in rows)
    full = sum(row.box.width >= FULL * width for row in rows)
    return width >= WIDE * em and full >= MOST_LINES * len(rows)


def _are_labels(rows: Sequence[Row]) -> bool:
    return sum(row.text.endswith((":", "：")) for row in rows) > 0.5 * len(rows)


def _level(
    left: Sequence[Row], right: Sequence[Row], em: float
) -> Iterator[tuple[list[int], list[int]]]:
    """For each line of print with text on both sides the places of its pieces in the file."""
    for line in _lines([*left, *right], em):
        sides = [[row.index for row in line if row in side] for side in (left, right)]
        if all(sides):
            yield sides[0], sides[1]


def _lines(rows: Sequence[Row], em: float) -> list[list[Row]]:
    """The rows that stand level together, from the top."""
    lines: list[list[Row]] = []
    for row in sorted(rows, key=_middle):
        if not lines or _middle(row) - _middle(lines[-1][0]) > LEVEL * em:
            lines.append([])
        lines[-1].append(row)
    return lines


def _middle(row: Row) -> float:
    return (row.box.y0 + row.box.y1) / 2
