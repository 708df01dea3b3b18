"""The picture of one line, cut out of its page without what belongs to others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from docparse.geometry import BBox
from docparse.textlines.marks import Marks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]

# Paper around the ink, as a share of the line's height.
MARGIN = 0.12
# No picture of a horizontal line is higher than so many times its width.
TALLEST = 1.4


def cut_line(
    even: Grey, marks: Marks, box: BBox, members: Sequence[int], *, vertical: bool
) -> Grey:
    """The line in `box`, its own marks on white, with `margins_of` of paper around it."""
    across, down = margins_of(box, vertical=vertical)
    x0, y0 = max(0, box.x0 - across), max(0, box.y0 - down)
    x1 = min(even.shape[1], box.x1 + across)
    y1 = min(even.shape[0], box.y1 + down)
    part = even[y0:y1, x0:x1].copy()
    labels = marks.labels[y0:y1, x0:x1]
    own = np.isin(labels, marks.label[list(members)])
    # What is pale at the edge of a mark belongs to it; other marks and rules are painted over.
    near = cv2.dilate(own.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    part[~near] = 255
    top, left = y0 - (box.y0 - down), x0 - (box.x0 - across)
    whole = np.full((box.height + 2 * down, box.width + 2 * across), 255, np.uint8)
    whole[top : top + part.shape[0], left : left + part.shape[1]] = part
    return whole


def margins_of(box: BBox, *, vertical: bool) -> tuple[int, int]:
    """Pixels of paper to the sides of a line's picture, and above and below.

    A single narrow letter gets more at its sides, for a picture that is much higher than wide says
    that its line is vertical.
    """
    margin = max(2, round(MARGIN * min(box.width, box.height)))
    if vertical:
        return margin, margin
    missing = (box.height + 2 * margin) / TALLEST - box.width
    return max(margin, math.ceil(missing / 2)), margin
