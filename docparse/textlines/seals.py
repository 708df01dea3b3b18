"""The red seals on the picture of a page, and the page in grey without them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

from docparse.geometry import BBox

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]

# Red ink: so bright, and so much brighter than in green and blue.
BRIGHT, REDDER = 110, 40
# What stands no further apart than this is one seal; its sides; all in shares of the page's width.
JOINED, LEAST, MOST = 0.004, 0.025, 0.2
# How uneven its sides may be, and the share of its box that is ink.
UNEVEN, SPARSE, SOLID = 0.3, 0.08, 0.65
# A rim is drawn where ink is within this share of a side from it, along so much of the side; and
# the middle of a seal, of half its sides, has this much ink.
RIM, DRAWN, FILLED = 0.15, 0.5, 0.08


def find_seals(picture: NDArray[np.uint8], page_width: int) -> tuple[BBox, ...]:
    """Boxes of round and square stamps with something in them, on a picture [H, W, 3] in RGB.

    `page_width`: how wide the whole page is, in pixels.
    """
    red = _red(picture)
    if not red.any():
        return ()
    reach = max(3, round(JOINED * page_width))
    closed = cv2.morphologyEx(red, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    found: list[BBox] = []
    for x, y, w, h, _ in stats[1:].tolist():
        is_sized = LEAST * page_width <= min(w, h) <= max(w, h) <= MOST * page_width
        if is_sized and abs(w - h) <= UNEVEN * max(w, h) and _is_stamp(red[y : y + h, x : x + w]):
            found.append(BBox(x, y, x + w, y + h))
    return tuple(box for box in found if not any(box is not o and o.holds(box) for o in found))


def without_seals(picture: NDArray[np.uint8], seals: tuple[BBox, ...]) -> Grey:
    """The page in grey, with paper where the ink of a seal is; what it was put upon stays."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.uint8)
    for box in seals:
        rim = 2 + box.width // 20  # ink is soft at its edge
        rows = slice(max(0, box.y0 - rim), box.y1 + rim)
        columns = slice(max(0, box.x0 - rim), box.x1 + rim)
        part = picture[rows, columns]
        paper = round(float(np.percentile(grey[rows, columns], 95)))
        # in red light pale red is as bright as paper, and black as dark as ever
        grey[rows, columns] = np.where(_red(part) > 0, paper, part[..., 0])
    return grey


def blank_out(grey: Grey, boxes: Sequence[BBox]) -> None:
    """Puts paper where boxes are: what stands in them is known already."""
    for box in boxes:
        part = grey[box.y0 : box.y1, box.x0 : box.x1]
        if part.size:
            part[:] = round(float(np.percentile(part, 95)))


def _red(picture: NDArray[np.uint8]) -> Grey:
    """Where there is red ink, as 1."""
    red, green, blue = (picture[..., i].astype(np.int16) for i in range(3))
    redder = red - np.maximum(green, blue)
    is_orange = 2 * np.abs(green - blue) > redder
    is_red: NDArray[np.bool_] = (red > BRIGHT) & (redder > REDDER) & ~is_orange
    return is_red.astype(np.uint8)


def _is_stamp(red: Grey) -> bool:
    """Whether red ink makes a rim with something in it, and no letter, picture or solid spot."""
    if not SPARSE < float(red.mean()) < SOLID:
        return False
    height, width = red.shape
    across, down = max(1, round(RIM * width)), max(1, round(RIM * height))
    sides = (red[:down].max(0), red[-down:].max(0), red[:, :across].max(1), red[:, -across:].max(1))
    if min(float(side.mean()) for side in sides) < DRAWN:
        return False
    return float(red[height // 4 : -(height // 4), width // 4 : -(width // 4)].mean()) > FILLED
