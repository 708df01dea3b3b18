"""How well boxes agree with those of the ground truth: precision, recall and F1 by overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Overlap from which two boxes count as the same (Pascal VOC, Everingham et al. 2010).
SAME = 0.5


@dataclass(frozen=True, slots=True)
class Area:
    """A box on a page, in points from the top left of the page as it is seen (rotation applied).

    `kind` is one of the names of `sides.COMMON_KINDS`; `text` is what stands in it, if known.
    """

    page: int
    kind: str
    x0: float
    y0: float
    x1: float
    y1: float
    text: str = ""

    @property
    def size(self) -> float:
        return max(0.0, self.x1 - self.x0) * max(0.0, self.y1 - self.y0)


@dataclass(frozen=True, slots=True)
class Matches:
    """Counts from which the scores follow."""

    right: int
    num_truth: int
    num_found: int

    @property
    def f1(self) -> float:
        """2 * right / (truth + found), the harmonic mean of precision and recall; 1 for nothing."""
        both = self.num_truth + self.num_found
        return 2 * self.right / both if both else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.num_truth if self.num_truth else 1.0


def shared_area(a: Area, b: Area) -> float:
    """The area that two boxes have in common, 0 on different pages."""
    if a.page != b.page:
        return 0.0
    width = min(a.x1, b.x1) - max(a.x0, b.x0)
    height = min(a.y1, b.y1) - max(a.y0, b.y0)
    return width * height if width > 0 and height > 0 else 0.0


def iou(a: Area, b: Area) -> float:
    """Intersection over union, 0 to 1."""
    shared = shared_area(a, b)
    whole = a.size + b.size - shared
    return shared / whole if whole else 0.0


def match_areas(truth: Sequence[Area], found: Sequence[Area], *, with_kind: bool) -> Matches:
    """Pairs of boxes that overlap by SAME or more, best first, each box once.

    `with_kind`: only boxes of the same kind may pair.
    """
    pairs = sorted(
        (
            (-value, i, j)
            for i, a in enumerate(truth)
            for j, b in enumerate(found)
            if (not with_kind or a.kind == b.kind) and (value := iou(a, b)) >= SAME
        ),
    )
    used: tuple[set[int], set[int]] = (set(), set())
    for _, i, j in pairs:
        if i not in used[0] and j not in used[1]:
            used[0].add(i)
            used[1].add(j)
    return Matches(len(used[0]), len(truth), len(found))
