"""The large dark parts of a page: photographs, and panels with light text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from docparse.geometry import BBox
from docparse.textlines.skew import turning

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]

# Looked for in cells as large as a letter: as dark as this on average, so many in each direction.
DARK, CELLS = 0.6 * 255, 6
# What reaches round the whole page is its edge.
MOST = 0.6
# Rows and columns at the edges as dark as this are what lay round the sheet, so deep at the most.
BORDER, DEEPEST = 0.6, 0.25


def find_photos(page: Grey, letter: float, lean: float) -> tuple[BBox, ...]:
    """Boxes of dark parts of a page [H, W], once `lean` degrees are taken out of it."""
    height, width = page.shape
    size = (max(1, round(width / letter)), max(1, round(height / letter)))
    cells = cv2.resize(page, size, interpolation=cv2.INTER_AREA)
    if lean:
        cells = cv2.warpAffine(cells, turning(cells.shape, lean), size, borderValue=(255,))
    dark = cv2.morphologyEx(
        (cells < DARK).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((3, 3))
    ).astype(np.uint8)
    _clear_border(dark)
    _clear_border(dark.T)
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=4)
    found = []
    for x, y, w, h, area in stats[1:].tolist():
        if min(w, h) >= CELLS and area > 0.5 * w * h and w * h < MOST * cells.size:
            across, down = width / size[0], height / size[1]
            found.append(BBox.around(x * across, y * down, (x + w) * across, (y + h) * down))
    return tuple(found)


def _clear_border(dark: Grey) -> None:
    """Takes away what lay above and below the sheet: it ties photographs to each other."""
    for rows in (dark, dark[::-1]):
        light = np.flatnonzero(rows.mean(axis=1) < BORDER)
        # deeper than this it is a page with a dark ground
        if light.size and light[0] <= DEEPEST * len(rows):
            rows[: light[0]] = 0
