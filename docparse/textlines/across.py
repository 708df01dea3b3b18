"""A vertical line set anew as a horizontal one, character by character."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]

# Width to which a line is reduced to be cut into characters.
WIDTH = 16
# Distances of characters that are tried, in widths of the line: solid, and more and more leaded.
PITCHES = (0.88, 0.95, 1.02, 1.1, 1.2)
# One character may be so much nearer or further than the others.
NEAR, FAR = 0.5, 1.25
# Paper before the first and after the last character, in widths: a bracket or a stop is short.
ENDS = 0.6
# What a cut through ink costs, and one off the even distance.
INK_COST, STEP_COST = 4.0, 3.0
# Grey values below this are ink.
DARK = 160


@dataclass(frozen=True, slots=True, eq=False)
class Across:
    """`picture`: the characters side by side. `cells`: for each, top and bottom in the original.

    Each cell takes up the same width of `picture`.
    """

    picture: Grey
    cells: tuple[tuple[int, int], ...]

    def down(self, share: float) -> float:
        """A place along `picture`, 0 to 1, as pixels from the top of the original."""
        place = min(max(share, 0.0), 1.0) * len(self.cells)
        number = min(int(place), len(self.cells) - 1)
        top, bottom = self.cells[number]
        return top + (place - number) * (bottom - top)


def set_across(picture: Grey) -> Across:
    """Cuts a vertical line, dark on white, between its characters and sets them side by side.

    What stands otherwise in vertical writing is put as in horizontal writing: commas and stops,
    small kana, brackets, dashes and the long-vowel mark.
    """
    cells = find_cells(picture)
    side = picture.shape[1]
    squares = [_square(picture[top:bottom], side) for top, bottom in cells]
    return Across(np.hstack(squares), cells)


def find_cells(picture: Grey) -> tuple[tuple[int, int], ...]:
    """Top and bottom of each character of a vertical line, from the evenest cuts beside ink."""
    height, width = picture.shape
    rows = max(WIDTH, round(height * WIDTH / width))
    small = cv2.resize(picture, (WIDTH, rows), interpolation=cv2.INTER_AREA)
    ends = round(ENDS * WIDTH)
    ink = np.minimum((255.0 - small).sum(axis=1) / (255.0 * 4), 1.0)
    ink = np.concatenate([np.zeros(ends), ink, np.zeros(ends + 1)])
    best = min((_cut(ink, pitch * WIDTH) for pitch in PITCHES), key=lambda found: found[0])
    scale = height / rows
    edges = [min(max(0, round((edge - ends) * scale)), height) for edge in best[1]]
    edges[0], edges[-1] = 0, height
    return tuple((top, bottom) for top, bottom in pairwise(edges) if bottom > top)


def _cut(ink: NDArray[np.float64], pitch: float) -> tuple[float, list[int]]:
    """The cheapest cuts for one distance, and what they cost per pixel."""
    last = len(ink) - 1
    ends = round(2 * ENDS * WIDTH)
    steps = np.arange(max(2, int(NEAR * pitch)), int(FAR * pitch) + 2)
    step_cost = STEP_COST * ((steps - pitch) / pitch) ** 2
    cost = np.full(last + 1, np.inf)
    came = np.full(last + 1, -1, np.int64)
    # what lies before the first cut has to be paper
    cost[:ends] = INK_COST * ink[:ends] + 10 * np.cumsum(ink)[:ends]
    for end in range(int(steps[0]), last + 1):
        begin = end - steps
        fits = begin >= 0
        total = cost[begin[fits]] + step_cost[fits]
        pick = int(np.argmin(total))
        value = float(total[pick]) + INK_COST * ink[end]
        if value < cost[end]:
            cost[end], came[end] = value, begin[fits][pick]
    ink_before = np.cumsum(ink)
    after = ink_before[-1] - ink_before
    tail = np.arange(max(1, last - ends), last + 1)
    end = int(tail[np.argmin(cost[tail] + 10 * after[tail])])
    edges = [end]
    while came[end] >= 0:
        end = int(came[end])
        edges.append(end)
    return float(cost[edges[0]]) / last, edges[::-1]


def _square(cell: Grey, side: int) -> Grey:
    """One character on a square, its marks as they stand in horizontal writing."""
    rows = np.flatnonzero((cell < DARK).any(axis=1))
    columns = np.flatnonzero((cell < DARK).any(axis=0))
    square = np.full((side, side), 255, np.uint8)
    if not len(rows):
        return square
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    left, right = int(columns[0]), int(columns[-1]) + 1
    ink = cell[top:bottom, left:right]
    h, w = ink.shape
    long_flat = w > 0.5 * side and 0.17 * side < h < 0.33 * side
    narrow = h > 0.55 * side and w < 0.3 * side
    if long_flat or narrow:  # a bracket, a dash, a long-vowel mark
        ink = np.ascontiguousarray(np.rot90(ink))
        h, w = ink.shape
        place = ((side - h) // 2, (side - w) // 2)
    elif max(h, w) < 0.45 * side and left > 0.4 * side and top < 0.5 * len(cell):
        place = (side - h - side // 8, side // 8)  # a comma or a full stop
    elif max(h, w) < 0.78 * side and left > 0.2 * side and top + h < 0.9 * len(cell):
        place = (side - h - side // 10, (side - w) // 2)  # a small kana
    else:
        return _fit(cell, side)
    y, x = max(0, place[0]), max(0, place[1])
    part = ink[: side - y, : side - x]
    square[y : y + part.shape[0], x : x + part.shape[1]] = part
    return square


def _fit(cell: Grey, side: int) -> Grey:
    """A whole character in the middle of a square, made lower only if it is too high."""
    h = cell.shape[0]
    if h > side:
        rows = np.flatnonzero((cell < DARK).any(axis=1))
        top, bottom = int(rows[0]), int(rows[-1]) + 1
        if bottom - top <= side:
            top = max(0, min(top - (side - (bottom - top)) // 2, h - side))
            return cell[top : top + side]
        return cv2.resize(cell, (side, side), interpolation=cv2.INTER_AREA).astype(np.uint8)
    square = np.full((side, side), 255, np.uint8)
    square[(side - h) // 2 : (side - h) // 2 + h] = cell
    return square
