"""Lines of a page in an order in which those of a column of text follow each other."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from docparse.types import BBox, Line

# In heights of a line: its least length in a column of text, how far below it the next one may
# begin, how far that may reach into it, and how far one of their ends may be apart.
LENGTH, GAP, OVERLAP, INDENT = 8.0, 0.9, 0.5, 3.0


def by_columns(lines: Sequence[Line]) -> list[Line]:
    """The lines of a text column one after the other; all else stays as it comes, row by row."""
    boxes = [_flow(line) for line in lines]
    downwards = sorted(range(len(boxes)), key=lambda i: boxes[i].y0)
    tops = [boxes[i].y0 for i in downwards]
    after: dict[int, int] = {}
    taken: set[int] = set()
    for i, box in enumerate(boxes):
        first = bisect_left(tops, box.y1 - OVERLAP * box.height)
        last = bisect_right(tops, box.y1 + GAP * box.height)
        below = (
            j for j in downwards[first:last] if _is_next(box, boxes[j]) and _same_way(lines, i, j)
        )
        following = next(below, None)
        if following is not None and following not in taken:
            after[i] = following
            taken.add(following)
    order: list[int] = []
    for i in range(len(lines)):
        at: int | None = None if i in taken else i
        while at is not None:
            order.append(at)
            at = after.get(at)
    return [lines[i] for i in order]


def _same_way(lines: Sequence[Line], one: int, other: int) -> bool:
    return lines[one].vertical == lines[other].vertical


def _flow(line: Line) -> BBox:
    """Its box as if it ran rightwards and the next one stood below."""
    box = line.bbox
    return BBox(box.y0, -box.x1, box.y1, -box.x0) if line.vertical else box


def _is_next(box: BBox, other: BBox) -> bool:
    """Whether the second line may go on a column of text after the first one."""
    height = min(box.height, other.height)
    gap = other.y0 - box.y1
    if box.width < LENGTH * height or not -OVERLAP * height <= gap <= GAP * height:
        return False
    reach = INDENT * height
    near = abs(other.x0 - box.x0) <= reach or abs(other.x1 - box.x1) <= reach
    return other.center[1] > box.center[1] + 0.5 * height and near
