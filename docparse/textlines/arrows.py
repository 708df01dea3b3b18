"""The heads of arrows, at the ends of straight rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]

# In heights of a letter: how wide a head is, how long, and how far from its tip a rule may end.
NARROWEST, WIDEST = 0.4, 1.4
SHORTEST, LONGEST = 0.35, 1.6
BEYOND = 0.5
# A head is so many times as wide as the rule, and one half of it as the other at the most.
BROAD, EVEN = 2.0, 1.8
# For so long there is a thin stem before it.
STEM = 0.6
# How far its sides are from straight ones, on average, as a share of its width: letters are not.
CROOKED = 0.12


def without_heads(ink: Grey, rules: NDArray[np.int32], letter: float) -> Grey:
    """The ink [H, W] without the triangles at the left and right ends of rules across it.

    `rules`: boxes x0 y0 x1 y1; other rules are not in the ink, so that heads stand free of them.
    """
    turned = ink[:, ::-1]
    width = ink.shape[1]
    left = ink.copy()
    for x0, y0, x1, y1 in rules.tolist():
        for seen, end, target in ((ink, x1, left), (turned, width - x0, left[:, ::-1])):
            head = _head(seen, end, (y0, y1), letter)
            if head is not None:
                target[head] = 0
    return left


def _head(ink: Grey, end: int, rows: tuple[int, int], letter: float) -> tuple[slice, slice] | None:
    """Where the head of a rule is that goes right and ends at column `end`, if it has one."""
    reach = round(WIDEST * letter / 2) + 1
    top, low = max(0, rows[0] - reach), min(ink.shape[0], rows[1] + reach)
    start = max(0, round(end - (LONGEST + BEYOND) * letter))
    part = ink[top:low, start : round(end + BEYOND * letter)] > 0
    if not part.any():
        return None
    axis = (rows[0] + rows[1]) // 2 - top
    above = np.cumprod(part[axis::-1], axis=0).sum(axis=0)
    below = np.cumprod(part[axis:], axis=0).sum(axis=0)
    heights = above + below
    # The tip is where the ink ends: what stands behind it is something else.
    within = max(0, end - start - round(BEYOND * letter))
    gone = np.flatnonzero(heights[within:] == 0)
    heights = heights[: within + int(gone[0])] if len(gone) else heights
    if not len(heights):
        return None
    base = int(heights.argmax())
    length = len(heights) - base
    is_head = _is_triangle(heights, base, length, rows[1] - rows[0], letter)
    halves = sorted((int(above[base]), int(below[base])))
    if not is_head or halves[1] > EVEN * halves[0]:
        return None
    y = top + axis
    return (
        slice(max(0, y - int(above[base]) - 1), y + int(below[base]) + 1),
        slice(max(0, start + base - 2), start + base + length + 1),
    )


def _is_triangle(
    heights: NDArray[np.int64], base: int, length: int, thick: int, letter: float
) -> bool:
    """Whether what is so high in each column tapers from `base` on; before it there is a stem."""
    broad = int(heights[base])
    if not max(NARROWEST * letter, BROAD * thick) <= broad <= WIDEST * letter:
        return False
    if not SHORTEST * letter <= length <= LONGEST * letter:
        return False
    stem = heights[max(0, base - round(STEM * letter)) : max(0, base - 2)]
    if not len(stem) or not 0 < stem.min() <= stem.max() <= broad / 2:
        return False
    straight = np.linspace(broad, min(thick, broad), length)
    return float(np.abs(heights[base:] - straight).mean()) <= CROOKED * broad
