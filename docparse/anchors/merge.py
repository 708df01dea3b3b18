"""Image boxes joined wherever they touch or nearly touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in points, x0 <= x1 and y0 <= y1, origin lower-left."""

    x0: float
    y0: float
    x1: float
    y1: float


def merge_boxes(boxes: Sequence[Box], *, gap: float) -> list[Box]:
    """One box for each group of boxes that hang together, in the order of each group's first.

    Two boxes hang together when they are at most `gap` points apart, across and up, and groups
    chain. The bounds of two groups may overlap: only the given boxes are compared, as in olmOCR.
    Boxes lie in a tree that forgets each box once its group is known, so that stacked strips
    (thousands are common) do not cost a comparison for every pair.
    """
    tree = _Tree(boxes, gap)
    merged: list[Box] = []
    for first in range(len(boxes)):
        if not tree.forget(first):
            continue
        x0, y0, x1, y1 = (boxes[first].x0, boxes[first].y0, boxes[first].x1, boxes[first].y1)
        frontier = [first]
        while frontier:
            for near in tree.take_near(boxes[frontier.pop()]):
                box = boxes[near]
                x0, y0, x1, y1 = (
                    min(x0, box.x0),
                    min(y0, box.y0),
                    max(x1, box.x1),
                    max(y1, box.y1),
                )
                frontier.append(near)
        merged.append(Box(x0, y0, x1, y1))
    return merged


class _Tree:
    """A bounding-box tree laid out as a heap; leaves are single boxes that can be forgotten."""

    def __init__(self, boxes: Sequence[Box], gap: float) -> None:
        self._gap = gap
        self._num_leaves = 1 << max(len(boxes) - 1, 0).bit_length()
        order = _in_tiles(boxes)
        self._box_at: list[Box | None] = [None] * (2 * self._num_leaves)
        self._index_at = dict(enumerate(order, start=self._num_leaves))
        self._leaf_of = {index: leaf for leaf, index in self._index_at.items()}
        for leaf, index in self._index_at.items():
            self._box_at[leaf] = boxes[index]
        for node in range(self._num_leaves - 1, 0, -1):
            self._refresh(node)

    def forget(self, index: int) -> bool:
        """Drops one box; False if it was dropped before."""
        leaf = self._leaf_of[index]
        if self._box_at[leaf] is None:
            return False
        self._drop(leaf)
        return True

    def take_near(self, box: Box) -> list[int]:
        """The indices of all boxes within the gap of this one, each dropped from the tree."""
        found: list[int] = []
        nodes = [1]
        while nodes:
            node = nodes.pop()
            bounds = self._box_at[node]
            if bounds is None or not self._is_near(bounds, box):
                continue
            if node >= self._num_leaves:
                found.append(node)
            else:
                nodes += (2 * node, 2 * node + 1)
        for leaf in found:
            self._drop(leaf)
        return [self._index_at[leaf] for leaf in found]

    def _is_near(self, a: Box, b: Box) -> bool:
        gap = self._gap
        is_across = a.x0 - b.x1 <= gap and b.x0 - a.x1 <= gap
        return is_across and a.y0 - b.y1 <= gap and b.y0 - a.y1 <= gap

    def _drop(self, leaf: int) -> None:
        self._box_at[leaf] = None
        node = leaf // 2
        while node:
            self._refresh(node)
            node //= 2

    def _refresh(self, node: int) -> None:
        a, b = self._box_at[2 * node], self._box_at[2 * node + 1]
        if a and b:
            self._box_at[node] = Box(
                min(a.x0, b.x0), min(a.y0, b.y0), max(a.x1, b.x1), max(a.y1, b.y1)
            )
        else:
            self._box_at[node] = a or b


def _in_tiles(boxes: Sequence[Box]) -> list[int]:
    """Indices so that neighbours in the list are neighbours on the page: columns, then upwards."""
    by_x = sorted(range(len(boxes)), key=lambda i: boxes[i].x0 + boxes[i].x1)
    width = max(round(len(boxes) ** 0.5), 1)
    order: list[int] = []
    for start in range(0, len(by_x), width):
        column = by_x[start : start + width]
        order += sorted(column, key=lambda i: boxes[i].y0 + boxes[i].y1)
    return order
