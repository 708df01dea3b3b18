"""Directions of reading, and boxes as they lie along them.

A flow box has x along the line of text, in the direction of reading, and y from line to line. Text
that runs from right to left, from top to bottom or upside down is laid out by the same rules as
ordinary text once its boxes are flow boxes: the columns of vertical Japanese are then lines, and
its tiers are columns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from docparse.types import BBox, Line, Word

Flow = Literal["right", "left", "down", "up", "over"]
_BY_ANGLE: tuple[Flow, ...] = ("right", "up", "over", "down")
# Hebrew, Arabic, Syriac, Thaana, NKo and their presentation forms.
_LEFTWARD = (("\u0590", "\u08ff"), ("\ufb1d", "\ufdff"), ("\ufe70", "\ufefc"))


@dataclass(frozen=True, slots=True)
class Canvas:
    """A page of `width` by `height` pixels, read in one direction."""

    width: int
    height: int
    flow: Flow

    def place(self, box: BBox) -> BBox:
        """A box of the page as a flow box."""
        w, h = self.width, self.height
        if self.flow == "right":
            return box
        if self.flow == "left":
            return BBox(w - box.x1, box.y0, w - box.x0, box.y1)
        if self.flow == "down":
            return BBox(box.y0, w - box.x1, box.y1, w - box.x0)
        if self.flow == "up":
            return BBox(h - box.y1, box.x0, h - box.y0, box.x1)
        return BBox(w - box.x1, h - box.y1, w - box.x0, h - box.y0)


def flow_of(line: Line) -> Flow:
    """The direction in which the characters of a line follow each other."""
    if line.vertical:
        return "down"
    if line.angle:
        return _BY_ANGLE[round(line.angle / 90) % 4]
    return "left" if is_leftward(line.words) else "right"


def is_leftward(words: Iterable[Word]) -> bool:
    """Whether most letters are of a script that is written from right to left."""
    leftward = others = 0
    for word in words:
        text = word.text
        if text.isascii():
            others += len(text)
            continue
        found = sum(any(low <= char <= high for low, high in _LEFTWARD) for char in text)
        leftward += found
        others += len(text) - found
    return leftward > others


def main_flow(lines: Iterable[Line]) -> Flow:
    """The direction of most characters; to the right if there are none."""
    counts: Counter[Flow] = Counter()
    for line in lines:
        counts[flow_of(line)] += sum(len(word.text) for word in line.words)
    return counts.most_common(1)[0][0] if counts else "right"
