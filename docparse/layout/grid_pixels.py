"""Straight rules that are seen in a picture, in pixels of the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# More runs than this are a photograph.
MAX_RUNS = 20_000
# What is darker than this share of the paper's grey is ink.
INK = 0.75

Stretch = tuple[float, float, float]


def dark_lines(
    gray: NDArray[np.uint8], *, shortest: float, thickest: float
) -> tuple[list[Stretch], list[Stretch]]:
    """Horizontal and vertical lines of a grey picture: where each lies, begins and ends.

    `gray`: height by width, 0 is black. `shortest`: the least length of a line, longer than any
    stroke of the writing; `thickest`: the greatest width; both in pixels.
    """
    if gray.size == 0:
        return [], []
    dark = gray < INK * np.median(gray)
    return _lines(dark, shortest, thickest), _lines(dark.T, shortest, thickest)


def _lines(dark: NDArray[np.bool_], shortest: float, thickest: float) -> list[Stretch]:
    rows, starts, ends = _runs(dark, shortest)
    if len(rows) > MAX_RUNS:
        return []
    # Runs on rows that follow each other, about as long, are one thick line; what is longer than
    # its neighbour is the border of a shade.
    bars: list[list[float]] = []  # first row, last row, start, end
    open_bars: list[list[float]] = []
    for row, start, end in zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True):
        open_bars = [bar for bar in open_bars if bar[1] >= row - 1]
        for bar in open_bars:
            shared = min(bar[3], end) - max(bar[2], start)
            if shared >= 0.5 * max(bar[3] - bar[2], end - start):
                bar[1] = row
                bar[2], bar[3] = min(bar[2], start), max(bar[3], end)
                break
        else:
            bars.append([row, row, start, end])
            open_bars.append(bars[-1])
    return [
        ((first + last + 1) / 2, start, end)
        for first, last, start, end in bars
        if last - first < thickest
    ]


def _runs(
    dark: NDArray[np.bool_], shortest: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Row, start and end of the dark runs of at least a length, row by row."""
    height, width = dark.shape
    padded = np.zeros((height, width + 2), np.int8)
    padded[:, 1:-1] = dark
    # A light pixel between two dark ones is noise.
    padded[:, 2:-2] |= padded[:, 1:-3] & padded[:, 3:-1]
    steps = np.diff(padded, axis=1).ravel()
    begins, stops = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    long = stops - begins >= shortest
    begins, stops = begins[long], stops[long]
    return begins // (width + 1), begins % (width + 1), stops % (width + 1)
