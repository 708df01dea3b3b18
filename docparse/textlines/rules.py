"""Straight rules of a page, apart from the rest of its ink."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]

# A stroke that is longer than so many times the height of letters is a rule.
LENGTH = 3.5
# No stroke of ordinary letters is longer than this, in heights of letters.
STROKE = 1.7
# A rule is there along this share of its length.
SOLID = 0.8
# A rule is at most so thick, in heights of letters.
THICKNESS = 0.45


@dataclass(frozen=True, slots=True, eq=False)
class Rules:
    """`across`, `down`: boxes of horizontal and vertical rules, [N, 4] as x0 y0 x1 y1.

    `ink`: the page's ink without them.
    """

    across: NDArray[np.int32]
    down: NDArray[np.int32]
    ink: Grey


def split_rules(ink: Grey, letter: float) -> Rules:
    """Takes the rules off the ink of a page whose letters are `letter` pixels high."""
    length = max(20, round(LENGTH * letter))
    thick = max(3.0, THICKNESS * letter)
    across, across_mask = _rules(ink, length, thick)
    down, down_mask = _rules(np.ascontiguousarray(ink.T), length, thick)
    rules = cv2.bitwise_or(across_mask, cv2.transpose(down_mask))
    left = cv2.bitwise_and(ink, cv2.bitwise_not(rules)).astype(np.uint8, copy=False)
    return Rules(across, down[:, [1, 0, 3, 2]], left)


def _rules(ink: Grey, length: int, thick: float) -> tuple[NDArray[np.int32], Grey]:
    """Boxes of the horizontal rules, and a mask of their ink."""
    # Rules lean a little: they are looked for in a picture that is narrower than the page.
    low = cv2.resize(ink, (ink.shape[1] // 2, ink.shape[0]), interpolation=cv2.INTER_AREA)
    low = cv2.threshold(low, 100, 1, cv2.THRESH_BINARY)[1].astype(np.uint8, copy=False)
    # No stroke of a letter is so long; then the pieces of broken rules are joined.
    stroke = max(8, round(length / LENGTH * STROKE / 2))
    runs = cv2.morphologyEx(low, cv2.MORPH_OPEN, np.ones((1, stroke), np.uint8))
    joined = cv2.dilate(runs, np.ones((2, 13), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    mask = np.zeros(low.shape, np.uint8)
    boxes = []
    whole: list[NDArray[np.int32]] = []
    for label in range(1, count):
        x, y, w, h = (int(v) for v in stats[label, :4])
        place = np.s_[y : y + h, x : x + w]
        part = (runs[place] > 0) & (labels[place] == label)
        columns = np.flatnonzero(part.any(axis=0))
        x, w = x + int(columns[0]), int(columns[-1] - columns[0]) + 1
        if w < length / 2 or len(columns) < SOLID * w:
            continue
        if part.sum() / w > thick + 2 or h > thick + 0.03 * 2 * w + 3:
            continue
        if not whole:
            _, marks, sizes, _ = cv2.connectedComponentsWithStats(low, connectivity=8)
            whole = [np.asarray(marks, np.int32), np.asarray(sizes, np.int32)]
        if _is_of_letters(whole[0], whole[1], part, (x - int(columns[0]), y)):
            continue
        mask[place][part] = 255
        boxes.append((2 * x, y, 2 * (x + w), y + h))
    wider = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    full = cv2.resize(wider, (ink.shape[1], ink.shape[0]), interpolation=cv2.INTER_NEAREST)
    found = np.array(boxes, np.int32).reshape(-1, 4)
    return found, full.astype(np.uint8, copy=False)


def _is_of_letters(
    labels: NDArray[np.int32],
    stats: NDArray[np.int32],
    run: NDArray[np.bool_],
    corner: tuple[int, int],
) -> bool:
    """Whether every piece of a run is a stroke of a large letter.

    What such a piece hangs on is hardly larger than itself. `labels`, `stats`: of the ink, at half
    width. `run`: the run's own pixels from `corner` on.
    """
    count, _, pieces, _ = cv2.connectedComponentsWithStats(run.astype(np.uint8), connectivity=8)
    for left, top, width, height, _ in pieces[1:count].tolist():
        y, x = np.argwhere(run[top : top + height, left : left + width])[0]
        mark = int(labels[corner[1] + top + y, corner[0] + left + x])
        _, _, w, h, area = (int(v) for v in stats[mark])
        solid = mark and area > 0.13 * w * h
        if not (solid and w < 1.5 * width and 0.5 * width < h < 8 * width):
            return False
    return True
