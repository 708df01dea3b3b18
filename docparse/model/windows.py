"""Which patches attend to each other in the vision tower, in plain integers.

A *group* is merge x merge patches, which later become one token. Groups of all frames are
numbered row by row, frame after frame, item after item; a group's patches are neighbours in every
order, so four times a group's place is its first patch's place (for merge = 2).

The reference walks windows row by row. We also sort them by size, so that windows of one size lie
side by side and are attended to in one call; a picture has at most four sizes. Attention does not
care about the order of windows, and the tower undoes it at its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

Grid = tuple[int, int, int]  # frames, rows, columns in patches


@dataclass(frozen=True, slots=True)
class Bucket:
    """`count` segments of `length` patches each, one after the other.

    They begin at patch `start` of the tower's order, or, where the order tears them apart, at the
    patches of `groups` (places of merge groups in the tower's order, segment after segment).
    """

    start: int
    count: int
    length: int
    groups: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How the tower works through some grids.

    `order`: the number of the group at each place. `windows` and `frames`: what attends to itself
    in a windowed block and in a full block. `row_columns`: the (row, column) of every patch in its
    frame, in the tower's order.
    """

    order: tuple[int, ...]
    windows: tuple[Bucket, ...]
    frames: tuple[Bucket, ...]
    row_columns: tuple[tuple[int, int], ...]


@lru_cache(maxsize=64)
def plan(grids: tuple[Grid, ...], *, merge: int, window: int) -> Plan:
    """The plan for grids in patches; `window` in groups, 0 for full attention everywhere."""
    starts = frame_starts(grids, merge=merge)
    num_groups = starts[-1]
    order: list[int] = list(range(num_groups))
    windows: tuple[Bucket, ...] = ()
    if window:
        pieces = [
            [base + group for group in piece]
            for (_, rows, columns), base in _frames(grids, starts)
            for piece in split_frame(rows // merge, columns // merge, window)
        ]
        pieces.sort(key=len, reverse=True)
        order = [group for piece in pieces for group in piece]
        windows = _side_by_side([len(piece) * merge * merge for piece in pieces])
    places = _inverse(order)
    frames = _frame_buckets(starts, places, merge * merge)
    coordinates = [
        place
        for (_, rows, columns), _ in _frames(grids, starts)
        for place in patch_coordinates(rows, columns, merge)
    ]
    unit = merge * merge
    return Plan(
        order=tuple(order),
        windows=windows or frames,
        frames=frames,
        row_columns=tuple(coordinates[g * unit + i] for g in order for i in range(unit)),
    )


def split_frame(rows: int, columns: int, window: int) -> list[list[int]]:
    """The windows of a frame of `rows` x `columns` groups: row by row, each row by row inside."""
    return [
        [
            row * columns + column
            for row in range(top, min(top + window, rows))
            for column in range(left, min(left + window, columns))
        ]
        for top in range(0, rows, window)
        for left in range(0, columns, window)
    ]


def patch_coordinates(rows: int, columns: int, merge: int) -> list[tuple[int, int]]:
    """(row, column) of each patch of a frame, group after group, row by row inside a group."""
    return [
        (top + down, left + right)
        for top in range(0, rows, merge)
        for left in range(0, columns, merge)
        for down in range(merge)
        for right in range(merge)
    ]


def frame_starts(grids: Sequence[Grid], *, merge: int) -> list[int]:
    """The number of each frame's first group, and at the end the number of groups."""
    starts = [0]
    for frames, rows, columns in grids:
        if frames < 1 or rows < merge or columns < merge or rows % merge or columns % merge:
            raise ValueError(f"grid {frames} x {rows} x {columns} does not fit merge {merge}")
        for _ in range(frames):
            starts.append(starts[-1] + rows * columns // (merge * merge))
    return starts


def _frames(grids: Sequence[Grid], starts: Sequence[int]) -> list[tuple[Grid, int]]:
    """The grid and the first group of every single frame."""
    frames = [grid for grid in grids for _ in range(grid[0])]
    return list(zip(frames, starts, strict=False))


def _side_by_side(lengths: Sequence[int]) -> tuple[Bucket, ...]:
    """Buckets for segments that follow each other, neighbours of one length together."""
    buckets: list[Bucket] = []
    start = 0
    for length in lengths:
        if buckets and buckets[-1].length == length:
            last = buckets.pop()
            buckets.append(Bucket(last.start, last.count + 1, length))
        else:
            buckets.append(Bucket(start, 1, length))
        start += length
    return tuple(buckets)


def _frame_buckets(starts: Sequence[int], places: Sequence[int], unit: int) -> tuple[Bucket, ...]:
    """Buckets of whole frames; frames of one length together wherever they stand."""
    spans = list(pairwise(starts))
    if all(sorted(places[first:last]) == list(range(first, last)) for first, last in spans):
        return _side_by_side([(last - first) * unit for first, last in spans])
    by_length: dict[int, list[int]] = {}
    for first, last in spans:
        by_length.setdefault(last - first, []).extend(places[first:last])
    return tuple(
        Bucket(0, len(groups) // length, length * unit, tuple(groups))
        for length, groups in by_length.items()
    )


def _inverse(order: Sequence[int]) -> list[int]:
    places = [0] * len(order)
    for place, group in enumerate(order):
        places[group] = place
    return places
