"""Lines that leaders of wide-set dots (・・・・) lead from and to, put together with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from docparse.textlines.group import Group, group_of
from docparse.textlines.marks import letter_height

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Boxes = NDArray[np.int32]
    Indices = NDArray[np.int64]

# So many dots that no line has are a leader: the first and the last are often part of one.
LEAST_DOTS = 4
# In heights of a letter: the side of a dot, from dot to dot, and from dots to text, at the most.
SIDE, STEP, BLANK = 0.35, 1.4, 2.2
# The step from dot to dot as a share of what is usual in its leader, at the least and the most.
LEAST_STEP, MOST_STEP = 0.7, 1.4


def with_leaders(
    boxes: Boxes, groups: Sequence[Group], barriers: Boxes, shape: tuple[int, int]
) -> list[Group]:
    """Lines from left to right, those on both sides of a leader one with it.

    `boxes`: marks; those that are in no line, or are one alone, may be dots. `barriers`: vertical
    rules, which no line crosses.
    """
    lines = [group for group in groups if len(group.members) > 1]
    if not lines:
        return list(groups)
    letter = letter_height(boxes[np.concatenate([line.members for line in lines])])
    is_free = np.ones(len(boxes), bool)
    is_free[np.concatenate([line.members for line in lines])] = False
    sides = (boxes[:, 2:] - boxes[:, :2]).max(1)
    dots = np.flatnonzero(is_free & (sides <= SIDE * letter))
    found = list(groups)
    for run in _runs(boxes, dots, letter, shape):
        found = _led(boxes, found, run, barriers, letter)
    return found


def _runs(boxes: Boxes, dots: Indices, letter: float, shape: tuple[int, int]) -> Iterator[Indices]:
    """Dots in rows of even steps, from left to right."""
    if len(dots) < LEAST_DOTS:
        return
    canvas = np.zeros(shape, np.uint8)
    x0, y0, _, y1 = boxes[dots].T
    middles = (y0 + y1) // 2
    for x, y in zip(x0.tolist(), middles.tolist(), strict=True):
        canvas[max(0, y - 1) : y + 2, x : x + round(STEP * letter)] = 1
    _, labels = cv2.connectedComponents(canvas, connectivity=4)
    of_row = labels[middles, x0]
    order = np.lexsort((x0, of_row))
    for row in np.split(order, np.flatnonzero(np.diff(of_row[order])) + 1):
        steps = np.diff(x0[row])
        usual = np.median(steps) if len(steps) else 0
        even = (LEAST_STEP * usual <= steps) & (steps <= MOST_STEP * usual)
        if len(row) >= LEAST_DOTS and even.all() and np.ptp(middles[row]) <= 2:
            yield dots[row]


def _led(
    boxes: Boxes, groups: list[Group], run: Indices, barriers: Boxes, letter: float
) -> list[Group]:
    """The lines, the one before a leader and the one behind it joined."""
    start, end = int(boxes[run, 0].min()), int(boxes[run, 2].max())
    middle = int(boxes[run, 1].min() + boxes[run, 3].max()) // 2
    own = set(run.tolist())
    left = [group for group in groups if not own.issuperset(group.members.tolist())]

    def is_beside(group: Group) -> bool:
        x0, y0, x1, y1 = group.bbox
        gap = max(start - x1, x0 - end)
        if not (y0 <= middle <= y1 and -letter < gap < BLANK * letter):
            return False
        a, b = min(x1, end), max(x0, start)
        crosses = (barriers[:, 0] < b) & (barriers[:, 2] > a)
        crosses &= (barriers[:, 1] <= middle) & (middle <= barriers[:, 3])
        return not crosses.any()

    beside = [group for group in left if is_beside(group)]
    if not beside:
        return groups
    members = np.concatenate([run, *(group.members for group in beside)])
    return [*(group for group in left if group not in beside), group_of(boxes, members)]
