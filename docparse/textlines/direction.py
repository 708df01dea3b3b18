"""Which parts of a page are written from left to right, and which from top to bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Boxes = NDArray[np.int32]

# Letters of one line stand closer than so many heights of a letter, lines further apart.
REACHES = (0.15, 0.3, 0.5)
# A part with fewer marks says little, or nothing.
FEW, LEAST = 12, 4
# What is closer than this belongs to one part of the page.
PART = 0.9
# The strokes of a few large letters say nothing, so with fewer marks the shape of the part counts.
MANY, LONG = 36, 1.3


def is_downward(boxes: Boxes, letter: float, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """For each mark whether it belongs to a part of the page that is written downwards.

    In each part the marks are joined with their neighbours to the right, then with those below:
    the direction in which fewer, longer runs come out is the direction of writing.
    """
    parts = _labels(boxes, letter, shape, across=PART, down=PART)
    count = int(parts.max()) + 1
    runs_across, runs_down = np.zeros(count), np.zeros(count)
    for reach in REACHES:
        runs_across += _runs(parts, _labels(boxes, letter, shape, across=reach, down=0), count)
        runs_down += _runs(parts, _labels(boxes, letter, shape, across=0, down=reach), count)
    # Few marks say little: they follow the rest of the page unless they clearly do not.
    page_downward = runs_down.sum() < runs_across.sum()
    sizes = np.bincount(parts, minlength=count)
    wide, high = _extents(boxes, parts, count)
    strict = np.where(sizes < FEW, 0.75, 0.95) * (sizes >= LEAST)
    if page_downward:
        downward = ~((runs_across < strict * runs_down) & _is_long(wide, high, sizes))
    else:
        downward = (runs_down < strict * runs_across) & _is_long(high, wide, sizes)
    found: NDArray[np.bool_] = downward[parts]
    return found


def _extents(
    boxes: Boxes, parts: NDArray[np.int32], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Width and height of each part."""
    low, high = np.full((count, 2), np.inf), np.zeros((count, 2))
    np.minimum.at(low, parts, boxes[:, :2])
    np.maximum.at(high, parts, boxes[:, 2:])
    sides = high - low
    return sides[:, 0], sides[:, 1]


def _is_long(
    along: NDArray[np.float64], beside: NDArray[np.float64], sizes: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which parts reach further in a direction than beside it, or have marks enough."""
    return (sizes >= MANY) | (along > LONG * beside)


def _runs(parts: NDArray[np.int32], labels: NDArray[np.int32], count: int) -> NDArray[np.float64]:
    """How many runs each part has."""
    most = int(labels.max()) + 1
    pairs = np.unique(parts.astype(np.int64) * most + labels)
    return np.bincount(pairs // most, minlength=count).astype(np.float64)


def _labels(
    boxes: Boxes, letter: float, shape: tuple[int, int], *, across: float, down: float
) -> NDArray[np.int32]:
    """The run of each mark after all are widened; done in small, a letter is about 8 pixels."""
    scale = min(1.0, 8 / letter)
    canvas = np.zeros((int(shape[0] * scale) + 2, int(shape[1] * scale) + 2), np.uint8)
    wide, high = across * letter, down * letter
    small = boxes * scale
    inset_x = 0.15 * (small[:, 2] - small[:, 0]) if not across else 0 * small[:, 0]
    inset_y = 0.15 * (small[:, 3] - small[:, 1]) if not down else 0 * small[:, 0]
    drawn = np.stack(
        [
            small[:, 0] + inset_x,
            small[:, 1] + inset_y,
            small[:, 2] - inset_x + wide * scale,
            small[:, 3] - inset_y + high * scale,
        ],
        axis=1,
    )
    corners = np.maximum(drawn.round().astype(np.int32) - np.array([0, 0, 1, 1]), 0)
    ends = np.maximum(corners[:, 2:], corners[:, :2]) + 1
    for (x0, y0, _, _), (x1, y1) in zip(corners.tolist(), ends.tolist(), strict=True):
        canvas[y0:y1, x0:x1] = 1
    _, labels = cv2.connectedComponents(canvas, connectivity=4)
    ys = corners[:, 1].clip(0, canvas.shape[0] - 1)
    xs = corners[:, 0].clip(0, canvas.shape[1] - 1)
    found: NDArray[np.int32] = labels[ys, xs].astype(np.int32)
    return found
