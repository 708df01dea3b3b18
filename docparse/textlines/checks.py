"""Check boxes among the marks of a page, told by their shape, and whether they are ticked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from docparse.textlines.marks import Marks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]
    Boxes = NDArray[np.int32]
    Sums = NDArray[np.int32]
    Place = int | NDArray[np.int32]

# Sides of a check box, in heights of a letter, larger than any; the longer one by no more than
# SQUARE.
LEAST, MOST, SQUARE = 1.15, 2.2, 1.2
# One of its two outermost rows of pixels is ink along this share of each side: those of 口 and 回,
# which stand on two legs, are not, nor those of round letters.
SOLID = 0.85
# Nothing stands closer to it at its sides than this share of its width, as in 口座.
APART = 0.25
# Boxes of one form differ in size by no more than this.
SAME = 1.15
# Within it, ink on a larger share than this ticks it. Strokes of its sides are left out.
TICKED, INSET = 0.06, 0.25


def find_check_boxes(ink: Grey, marks: Marks, letter: float) -> dict[int, bool]:
    """Numbers of the marks that are check boxes, and whether each is ticked.

    A ticked one counts where an empty one of its size is on the page: alone it may be 図 or 回.
    """
    boxes = marks.boxes
    w, h = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    is_square = (np.minimum(w, h) >= LEAST * letter) & (np.maximum(w, h) <= MOST * letter)
    is_square &= np.maximum(w, h) <= SQUARE * np.minimum(w, h)
    candidates = np.flatnonzero(is_square)
    if not len(candidates):
        return {}
    total = np.asarray(cv2.integral(np.minimum(ink, 1)), dtype=np.int32)
    framed = candidates[_is_framed(total, boxes[candidates])]
    found = {
        number: _inside(total, boxes[number].tolist()) > TICKED
        for number in framed.tolist()
        if _stands_apart(boxes, number)
    }
    empty = [float(w[number]) for number, ticked in found.items() if not ticked]
    return {
        number: ticked
        for number, ticked in found.items()
        if any(1 / SAME <= float(w[number]) / width <= SAME for width in empty)
    }


def within(marks: Marks, number: int) -> list[int]:
    """The marks that stand in a check box, and the box itself: a tick may touch no side."""
    x0, y0, x1, y1 = marks.boxes[number]
    inside = (marks.boxes[:, 0] >= x0) & (marks.boxes[:, 2] <= x1)
    inside &= (marks.boxes[:, 1] >= y0) & (marks.boxes[:, 3] <= y1)
    return [int(place) for place in np.flatnonzero(inside)]


def _is_framed(total: Sums, boxes: Boxes) -> NDArray[np.bool_]:
    """Whether there is ink along each side of some boxes."""
    x0, y0, x1, y1 = boxes.T
    shares = [
        [
            _share(total, x0, y0 + n, x1, y0 + n + 1),
            _share(total, x0, y1 - n - 1, x1, y1 - n),
            _share(total, x0 + n, y0, x0 + n + 1, y1),
            _share(total, x1 - n - 1, y0, x1 - n, y1),
        ]
        for n in (0, 1)
    ]
    framed: NDArray[np.bool_] = np.max(shares, axis=0).min(axis=0) >= SOLID
    return framed


def _inside(total: Sums, box: Sequence[int]) -> float:
    x0, y0, x1, y1 = box
    across, down = round(INSET * (x1 - x0)), round(INSET * (y1 - y0))
    return float(_share(total, x0 + across, y0 + down, x1 - across, y1 - down))


def _share(total: Sums, x0: Place, y0: Place, x1: Place, y1: Place) -> NDArray[np.float64]:
    """The share of ink in rectangles, from the sums over all that lies above and to the left."""
    filled = total[y1, x1] - total[y0, x1] - total[y1, x0] + total[y0, x0]
    return np.asarray(filled / ((x1 - x0) * (y1 - y0)), dtype=np.float64)


def _stands_apart(boxes: Boxes, number: int) -> bool:
    x0, y0, x1, y1 = boxes[number].tolist()
    reach = round(APART * (x1 - x0))
    near = (boxes[:, 0] < x1 + reach) & (boxes[:, 2] > x0 - reach)
    near &= (boxes[:, 1] < y1) & (boxes[:, 3] > y0)
    near[number] = False
    inside = (boxes[:, 0] >= x0) & (boxes[:, 2] <= x1)  # a tick that touches no side
    return not bool((near & ~inside).any())
