"""The squares that the CJK characters of a line are set in, from the ink that is in them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

# Ink in the second half of its square, and ink in the first half.
OPENING, CLOSING = frozenset("（「『【〔〈《［｛"), frozenset("）」』】〕〉》］｝、。，．")
# From middle to middle of two characters, in ems as they are told by the height of the line.
LEAST_PITCH, MOST_PITCH = 0.85, 1.15
# The middle of a character's ink is the middle of its square, give or take so many ems, ...
OFF = 0.2
# ... in so many of the characters of a run.
MOSTLY = 0.85


@dataclass(frozen=True, slots=True)
class Place:
    """A piece of a line and where it stands along it, in pixels.

    `middle`: that of its ink. `is_next`: nothing but it stands between the piece before and it.
    """

    text: str
    start: float
    end: float
    middle: float
    is_next: bool

    @property
    def is_square(self) -> bool:
        return len(self.text) == 1 and is_full(self.text)


def is_full(char: str) -> bool:
    """Whether a character is as wide as it is high."""
    return unicodedata.east_asian_width(char) in "WF"


def in_squares(places: Sequence[Place], em: float) -> list[tuple[float, float]]:
    """From where to where each piece reaches: a CJK character fills its square.

    Where the squares of a run stand in one step, all of it tells where they stand (least squares
    over the middles of their ink).
    """
    found = [(place.start, place.end) for place in places]
    for start, end in _runs(places):
        run = places[start:end]
        found[start:end] = _in_step(run, em) or _one_by_one(run, em)
    return found


def _runs(places: Sequence[Place]) -> Iterator[tuple[int, int]]:
    """Stretches of characters that follow each other."""
    start = 0
    for i in range(1, len(places) + 1):
        if (
            i < len(places)
            and places[i].is_square
            and places[i].is_next
            and places[start].is_square
        ):
            continue
        if places[start].is_square:
            yield start, i
        start = i


def _in_step(run: Sequence[Place], em: float) -> list[tuple[float, float]]:
    """The squares, if they follow each other in one step; else nothing."""
    sure = [i for i, place in enumerate(run) if not _is_aside(place)]
    if len(sure) < 2:
        return []
    middles = np.array([run[i].middle for i in sure])
    numbers = np.array(sure, dtype=np.float64)
    pitch, first = np.polyfit(numbers, middles, 1)
    near = np.abs(middles - first - pitch * numbers) <= OFF * em
    if near.mean() < MOSTLY or not LEAST_PITCH * em <= pitch <= MOST_PITCH * em:
        return []
    if not near.all():
        pitch, first = np.polyfit(numbers[near], middles[near], 1)
    edges = [float(first + pitch * (i - 0.5)) for i in range(len(run) + 1)]
    return [(edges[i], edges[i + 1]) for i in range(len(run))]


def _one_by_one(run: Sequence[Place], em: float) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for i, place in enumerate(run):
        start, end = place.start, place.end
        before = found[-1][1] if found else start
        if place.text in CLOSING:
            start = min(before, place.middle)
            end = max(end, start + em) if i + 1 == len(run) else end
        elif place.text in OPENING:
            start = min(start, max(before, end - em))
        else:
            start, end = place.middle - em / 2, place.middle + em / 2
        found.append((start, end))
    return found


def _is_aside(place: Place) -> bool:
    """Whether its ink does not stand in the middle of its square."""
    return place.text in OPENING or place.text in CLOSING
