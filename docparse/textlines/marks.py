"""The marks of a page: its pieces of ink that hang together, as boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]
    Boxes = NDArray[np.int32]

# Marks with fewer pixels are dust.
LEAST_AREA = 3
# Lower marks say nothing about the size of letters.
LEAST_LETTER = 6
# Letters of one size differ in height by no more than this; higher marks are of a larger size.
LARGER = 2.2


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """`boxes`: [N, 4] as x0 y0 x1 y1. `area`: [N] pixels of ink. `label`: [N] in `labels`.

    `labels`: which mark each pixel of the page belongs to.
    """

    boxes: Boxes
    area: NDArray[np.int32]
    label: NDArray[np.int32]
    labels: NDArray[np.int32]

    def take(self, which: NDArray[np.bool_]) -> Marks:
        """Some of the marks, with the same `labels`."""
        return Marks(self.boxes[which], self.area[which], self.label[which], self.labels)


def find_marks(ink: Grey) -> Marks:
    """All marks that are more than dust."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    stats = stats[1:count].astype(np.int32)
    x, y, w, h, area = stats.T
    boxes = np.stack([x, y, x + w, y + h], axis=1).astype(np.int32)
    numbers = np.arange(1, count, dtype=np.int32)
    marks = Marks(boxes, area, numbers, np.asarray(labels, dtype=np.int32))
    return marks.take(area >= LEAST_AREA)


def letter_height(boxes: Boxes) -> float:
    """The height of most letters with ascenders, or of whole ideographs, in pixels.

    The upper quartile, for half of the pieces are small letters or parts of characters; marks of
    which there are few for their size do not count. At least LEAST_LETTER.
    """
    w, h = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    letters = h[(h >= LEAST_LETTER) & (w >= 2) & (w < 8 * h) & (h < 12 * w)]
    if not len(letters):
        return float(LEAST_LETTER)
    # A few pictures must not count as letters, however large they are.
    usual = float(np.median(letters))
    near = letters[letters < 4 * usual]
    return max(float(LEAST_LETTER), float(np.percentile(near, 75)))
