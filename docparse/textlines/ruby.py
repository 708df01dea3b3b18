"""Which lines are ruby: small letters that say how the line beside them is spoken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from docparse.textlines.group import Group

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Ruby is half as high as its line, and hardly further from it than the lines' own gaps.
HEIGHT, REACH = 0.66, 0.35


def mark_ruby(groups: Sequence[Group], *, after: bool) -> list[bool]:
    """For each line whether it is ruby of another one.

    `after`: ruby follows its line in the order of lines (vertical writing, seen on its diagonal:
    it stands to the right); else it stands above.
    """
    if not groups:
        return []
    outer = np.array([group.bbox for group in groups], dtype=np.float64)
    return [_is_ruby(box, outer, after=after) for box in outer]


def _is_ruby(box: NDArray[np.float64], outer: NDArray[np.float64], *, after: bool) -> bool:
    x0, y0, x1, y1 = outer.T
    height, heights = box[3] - box[1], y1 - y0
    fits = (height <= HEIGHT * heights) & (height >= 0.3 * heights)
    fits &= np.minimum(x1, box[2]) - np.maximum(x0, box[0]) >= 0.8 * (box[2] - box[0])
    gap = box[1] - y1 if after else y0 - box[3]
    fits &= (gap > -0.3 * height) & (gap < REACH * height)
    return bool(fits.any())
