"""By how much a page leans, from how its letters stand on common baselines; how it is turned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Degrees that are looked at, coarse and then fine; a page that leans more is no scan of a sheet.
MOST, COARSE_STEP, FINE_STEP = 8.0, 0.5, 0.1
# A lean of fewer degrees is left alone: a line of 1500 pixels then climbs by four.
LEAST = 0.15
# Fewer letters say nothing.
LEAST_MARKS = 20
# More letters than this add nothing.
MOST_MARKS = 4000


def find_skew(boxes: NDArray[np.int32], letter: float) -> float:
    """Degrees clockwise that the page leans, 0 where nothing can be told."""
    w, h = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    like = (h > 0.4 * letter) & (h < 1.6 * letter) & (w < 3 * letter) & (w > 0.15 * letter)
    letters = boxes[like]
    if len(letters) < LEAST_MARKS:
        return 0.0
    letters = letters[:: max(1, len(letters) // MOST_MARKS)]
    along = (letters[:, 0] + letters[:, 2]) / 2.0
    bottom = letters[:, 3].astype(np.float64)
    middle = (letters[:, 1] + letters[:, 3]) / 2.0
    right = letters[:, 2].astype(np.float64)
    # Horizontal lines share baselines, vertical ones their axes: whichever is sharper is right.
    best = max(_best(along, bottom, letter), _best(-middle, right, letter))
    return best[1] if abs(best[1]) >= LEAST else 0.0


def _best(
    along: NDArray[np.float64], across: NDArray[np.float64], letter: float
) -> tuple[float, float]:
    """How sharp the best angle is, beyond chance, and that angle."""
    coarse = np.arange(-MOST, MOST + 1e-6, COARSE_STEP)
    scores = [_sharpness(along, across, a, letter) for a in coarse]
    start = float(coarse[int(np.argmax(scores))])
    fine = start + np.arange(-COARSE_STEP, COARSE_STEP + 1e-6, FINE_STEP)
    fine_scores = [_sharpness(along, across, a, letter) for a in fine]
    top = float(np.max(fine_scores))
    # several angles may be as good: the middle one
    good = fine[np.array(fine_scores) >= top * 0.995]
    return top / max(1.0, float(np.mean(scores))), float(np.median(good))


def _sharpness(
    along: NDArray[np.float64], across: NDArray[np.float64], angle: float, letter: float
) -> float:
    offsets = across - along * np.tan(np.radians(angle))
    bins = np.floor((offsets - offsets.min()) / max(1.5, letter / 8)).astype(np.int64)
    counts = np.bincount(bins)
    return float((counts.astype(np.float64) ** 2).sum())


def turning(shape: Sequence[int], lean: float) -> NDArray[np.float64]:
    """What turns a picture counter-clockwise by `lean` degrees round its middle."""
    middle = (shape[1] / 2, shape[0] / 2)
    return np.asarray(cv2.getRotationMatrix2D(middle, lean, 1.0), dtype=np.float64)
