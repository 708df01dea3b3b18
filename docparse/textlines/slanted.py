"""Framed stamps that stand askew on a page, set straight where they are."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from docparse.textlines.marks import Marks

    Grey = NDArray[np.uint8]
    Points = NDArray[np.float64]

# Degrees from the lines of the page: less is an uneven hand's, more is a drawing's.
LEAST, MOST = 2.5, 30.0
# Sides of a stamp in heights of a letter.
LEAST_SIDE, MOST_SIDE = 1.8, 40.0
# The ink of a frame is less than this share of its area, and what it holds fills more than that of
# the slanted rectangle around it: corners are rounded.
HOLLOW, SQUARE = 0.25, 0.88
# So much of each side is drawn, within this share of the shorter side from it.
DRAWN, RIM = 0.6, 0.12


@dataclass(frozen=True, slots=True)
class Slanted:
    """A stamp as it stood, in pixels of the page before its `lean` was taken out.

    `size`: width and height of its frame. Angles in degrees clockwise; it leans like the page now.
    """

    centre: tuple[float, float]
    size: tuple[float, float]
    angle: float
    lean: float

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is in the frame as it stands now."""
        ((across, down),) = turned(np.array([[x, y]]), self.centre, self.lean) - self.centre
        width, height = self.size
        return bool(abs(across) <= width / 2 and abs(down) <= height / 2)

    def back(self, points_N2: Points) -> Points:
        """Points of the frame where they stood."""
        return turned(points_N2, self.centre, self.lean - self.angle)


def turned(points_N2: Points, centre: tuple[float, float], degrees: float) -> Points:
    """Points turned counter-clockwise."""
    turn = cv2.getRotationMatrix2D(centre, degrees, 1.0)
    return np.asarray(points_N2 @ turn[:, :2].T + turn[:, 2], dtype=np.float64)


def find_slanted(marks: Marks, letter: float, lean: float) -> tuple[Slanted, ...]:
    """The slanted frames among the marks of a page that leans by `lean` degrees clockwise."""
    wide = marks.boxes[:, 2] - marks.boxes[:, 0]
    high = marks.boxes[:, 3] - marks.boxes[:, 1]
    may_be = (np.minimum(wide, high) >= LEAST_SIDE * letter) & (
        np.maximum(wide, high) <= MOST_SIDE * letter
    )
    may_be &= marks.area < HOLLOW * wide * high
    found = []
    for index in np.flatnonzero(may_be).tolist():
        x0, y0, x1, y1 = marks.boxes[index].tolist()
        shape = (marks.labels[y0:y1, x0:x1] == marks.label[index]).astype(np.uint8)
        slanted = _frame(shape, lean, LEAST_SIDE * letter)
        if slanted is not None:
            x, y = slanted.centre
            found.append(replace(slanted, centre=(x + x0, y + y0)))
    return tuple(found)


def set_frames_straight(even: Grey, slanted: tuple[Slanted, ...]) -> Grey:
    """The page with each of them turned about its middle; what it covers stays."""
    straight = even.copy()
    for stamp in slanted:
        x, y = stamp.centre
        reach = math.ceil(math.hypot(*stamp.size) / 2) + 2
        left, top = max(0, round(x) - reach), max(0, round(y) - reach)
        part = straight[top : round(y) + reach, left : round(x) + reach]
        middle = (x - left, y - top)
        rim = 2 + 0.02 * min(stamp.size)  # ink is soft at its edge
        size = (stamp.size[0] + 2 * rim, stamp.size[1] + 2 * rim)
        corners = cv2.boxPoints((middle, size, stamp.angle))
        inside = np.zeros(part.shape, np.uint8)
        cv2.fillConvexPoly(inside, np.rint(corners).astype(np.int32), 1)
        straightened = cv2.warpAffine(
            np.where(inside > 0, part, 255).astype(np.uint8),
            cv2.getRotationMatrix2D(middle, stamp.angle - stamp.lean, 1.0),
            (part.shape[1], part.shape[0]),
            flags=cv2.INTER_CUBIC,
            borderValue=(255,),
        )
        part[inside > 0] = 255
        np.minimum(part, straightened, out=part)
    return straight


def _frame(shape: Grey, lean: float, least: float) -> Slanted | None:
    """The slanted rectangle, no side below `least`, that a mark is the frame of, in its box."""
    outlines, _ = cv2.findContours(shape, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    outline = cv2.convexHull(max(outlines, key=len))
    centre, (width, height), degrees = cv2.minAreaRect(outline)
    # The side that lies nearest to the lines of the page is its width.
    quarter = round((degrees - lean) / 90)
    degrees -= 90 * quarter
    if quarter % 2:
        width, height = height, width
    is_slanted = LEAST <= abs(degrees - lean) <= MOST
    if not is_slanted or min(width, height) < least:
        return None
    if cv2.contourArea(outline) < SQUARE * width * height:
        return None
    turn = cv2.getRotationMatrix2D(centre, degrees, 1.0)
    turn[:, 2] += np.array([width / 2 - centre[0], height / 2 - centre[1]], dtype=turn.dtype)
    upright = cv2.warpAffine(shape, turn, (math.ceil(width), math.ceil(height)))
    rim = max(2, round(RIM * min(width, height)))
    sides = (
        upright[:rim].max(0),
        upright[-rim:].max(0),
        upright[:, :rim].max(1),
        upright[:, -rim:].max(1),
    )
    if min(float(side.mean()) for side in sides) < DRAWN:
        return None
    return Slanted((float(centre[0]), float(centre[1])), (width, height), degrees, lean)
