"""Boxes in native pixels, and the one place where they meet model pixels and PDF points."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BBox:
    """A rectangle in whole native pixels, x0 <= x1 and y0 <= y1; inside out is a ValueError."""

    x0: int
    y0: int
    x1: int
    y1: int

    def __post_init__(self) -> None:
        if self.x0 > self.x1 or self.y0 > self.y1:
            raise ValueError(f"box is inside out: {self.x0} {self.y0} {self.x1} {self.y1}")

    @classmethod
    def around(cls, x0: float, y0: float, x1: float, y1: float) -> BBox:
        """The smallest whole-pixel box that holds the given one, corners in any order."""
        left, right = sorted((x0, x1))
        top, bottom = sorted((y0, y1))
        # A hair of tolerance, so that 12.0000001 does not become 13.
        return cls(
            math.floor(left + 1e-3),
            math.floor(top + 1e-3),
            math.ceil(right - 1e-3),
            math.ceil(bottom - 1e-3),
        )

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0

    @property
    def area(self) -> int:
        return self.width * self.height

    @property
    def center(self) -> tuple[float, float]:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def union(self, other: BBox) -> BBox:
        return BBox(
            min(self.x0, other.x0),
            min(self.y0, other.y0),
            max(self.x1, other.x1),
            max(self.y1, other.y1),
        )

    def intersect(self, other: BBox) -> BBox | None:
        """The common part, or None where the two do not even touch."""
        x0, y0 = max(self.x0, other.x0), max(self.y0, other.y0)
        x1, y1 = min(self.x1, other.x1), min(self.y1, other.y1)
        return BBox(x0, y0, x1, y1) if x0 <= x1 and y0 <= y1 else None

    def holds(self, other: BBox) -> bool:
        """Whether the middle of the other box lies in this one or on its edge."""
        x, y = other.center
        return self.x0 <= x <= self.x1 and self.y0 <= y <= self.y1

    def overlap(self, other: BBox) -> float:
        """The share of this box's area that lies in the other, 0 to 1."""
        common = self.intersect(other)
        return common.area / self.area if common and self.area else 0.0

    def iou(self, other: BBox) -> float:
        """Intersection over union, 0 to 1."""
        common = self.intersect(other)
        shared = common.area if common else 0
        total = self.area + other.area - shared
        return shared / total if total else 0.0

    def moved(self, right: int, down: int) -> BBox:
        return BBox(self.x0 + right, self.y0 + down, self.x1 + right, self.y1 + down)

    def clip(self, width: int, height: int) -> BBox:
        """The part inside a page of the given size; a box outside it shrinks onto its edge."""
        return BBox(
            min(max(self.x0, 0), width),
            min(max(self.y0, 0), height),
            min(max(self.x1, 0), width),
            min(max(self.y1, 0), height),
        )


def union_of(boxes: Iterable[BBox]) -> BBox:
    """The smallest box around all of the given ones; no box at all is a ValueError."""
    it = iter(boxes)
    try:
        whole = next(it)
    except StopIteration:
        raise ValueError("no boxes to unite") from None
    for box in it:
        whole = whole.union(box)
    return whole


@dataclass(frozen=True, slots=True)
class Frame:
    """Where model pixels, native pixels and PDF points meet; nothing else converts.

    `width`, `height`: native pixels. `model_width`, `model_height`: the extent of the coordinates
    that the model speaks, that is its resized picture, or 1000 by 1000 for relative ones.
    """

    width: int
    height: int
    model_width: int
    model_height: int
    dpi: float

    def from_model(self, x0: float, y0: float, x1: float, y1: float) -> BBox:
        """Model coordinates to a native box: turned the right way round, clipped to the page."""
        sx, sy = self.width / self.model_width, self.height / self.model_height
        left, right = sorted((x0 * sx, x1 * sx))
        top, bottom = sorted((y0 * sy, y1 * sy))
        box = BBox(round(left), round(top), round(right), round(bottom))
        return box.clip(self.width, self.height)

    def to_model(self, box: BBox) -> tuple[int, int, int, int]:
        """A native box in whole model coordinates, clamped (spec qwen_vl, section 5.1)."""
        sx, sy = self.model_width / self.width, self.model_height / self.height
        return (
            min(max(round(box.x0 * sx), 0), self.model_width),
            min(max(round(box.y0 * sy), 0), self.model_height),
            min(max(round(box.x1 * sx), 0), self.model_width),
            min(max(round(box.y1 * sy), 0), self.model_height),
        )

    def to_points(self, box: BBox) -> tuple[float, float, float, float]:
        """A native box in points of the rotated page, origin top-left."""
        k = 72 / self.dpi
        return box.x0 * k, box.y0 * k, box.x1 * k, box.y1 * k
