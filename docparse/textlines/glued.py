"""The ink of a page where letters of one line no longer touch those of the line below."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from docparse.textlines.marks import Marks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ink = NDArray[np.uint8]
    Boxes = NDArray[np.int32]

# In letters: how high a mark of two lines is, and how wide one at least.
LOW, HIGH, NARROW = 1.4, 3.2, 0.4
# Letters of both lines are of these heights and no further away than APART; one nearer to its
# middle than OFF shows that the mark is a large letter.
SMALL, TALL, APART, OFF = 0.5, 1.4, 4.0, 0.2
LEAST = 3  # letters of each line


def unglued(ink: Ink, marks: Marks, letter: float) -> Ink | None:
    """The ink [H, W] with marks of two lines cut where they are thinnest; None if there are none.

    Such a mark has letters of the upper and of the lower line beside it.
    """
    x0, y0, x1, y1 = marks.boxes.T
    high, wide = y1 - y0, x1 - x0
    may_be = (high > LOW * letter) & (high < HIGH * letter) & (wide > NARROW * letter)
    letters = marks.boxes[(high > SMALL * letter) & (high < TALL * letter)]
    cut = None
    for i in np.flatnonzero(may_be).tolist():
        if _is_of_two_lines(marks.boxes[i], letters, letter):
            cut = ink.copy() if cut is None else cut
            _cut(cut, marks, i)
    return cut


def _is_of_two_lines(box: NDArray[np.int32], letters: Boxes, letter: float) -> bool:
    x0, y0, x1, y1 = box.tolist()
    near = letters[(letters[:, 1] < y1) & (letters[:, 3] > y0)]
    is_left = (near[:, 2] <= x0 + OFF * letter) & (near[:, 2] > x0 - APART * letter)
    is_right = (near[:, 0] >= x1 - OFF * letter) & (near[:, 0] < x1 + APART * letter)
    below = (near[:, 1] + near[:, 3]) / 2 - (y0 + y1) / 2
    if (np.abs(below)[is_left | is_right] < OFF * letter).any():
        return False
    halves = [(is_left | is_right) & half for half in (below < 0, below > 0)]
    has_sides = bool(is_left.any() and is_right.any())
    return has_sides and min(int(half.sum()) for half in halves) >= LEAST


def _cut(ink: Ink, marks: Marks, i: int) -> None:
    """Takes a row with the least ink out of the middle third of a mark, near its middle."""
    x0, y0, x1, y1 = marks.boxes[i].tolist()
    own = marks.labels[y0:y1, x0:x1] == marks.label[i]
    first, last = (y1 - y0) // 3, 2 * (y1 - y0) // 3
    rows = np.arange(first, last)
    row = int(rows[np.lexsort((np.abs(rows - (y1 - y0) / 2), own[first:last].sum(axis=1)))[0]])
    ink[y0 + row, x0:x1][own[row]] = 0
