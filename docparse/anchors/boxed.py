"""The lines of a page, each behind its box: what docparse-nano is told beside the picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from docparse.types import BBox, Frame, Line

# Pixels along a picture's longer side at the most: its places are told in three digits.
LONGEST_SIDE = 980
# What stands behind a line: the next one is in its row, in the row below, or further down.
BESIDE, BELOW, APART = "\t", "\n", "\v"
# White above a line, by the height of lines, that it has more than most and is then apart.
WIDER = 0.35


def boxed_lines(lines: Iterable[Line], part: BBox, frame: Frame) -> str:
    """Anchor text of those lines of a page that stand in a part of it, in the part's frame."""
    kept = [line for line in lines if part.holds(line.bbox)]
    boxes = [BBox(*frame.to_model(line.bbox.moved(-part.x0, -part.y0))) for line in kept]
    rows = zip(kept, boxes, breaks(boxes), strict=True)
    return "".join(boxed_line(line.text, box) + behind for line, box, behind in rows)


def boxed_line(text: str, box: BBox) -> str:
    """A line of anchor text: `[x0 y0 x1 y1]text`, in pixels of the picture from its upper left.

    Each figure has three digits, so that a line goes on so many tokens behind the one before.
    """
    return f"[{box.x0:03} {box.y0:03} {box.x1:03} {box.y1:03}]{text}"


def breaks(boxes: Sequence[BBox]) -> list[str]:
    """What stands behind each of a page's lines, one character; behind the last one APART."""
    if not boxes:
        return []
    heights, pairs = sorted(box.height for box in boxes), list(pairwise(boxes))
    white = sorted(b.y0 - a.y1 for a, b in pairs if b.y0 >= a.center[1] and a.x0 < b.x1)
    usual = white[len(white) // 4] if white else 0
    most = usual + WIDER * heights[len(heights) // 2]
    return [*(_break(a, b, most) for a, b in pairs), APART]


def _break(box: BBox, after: BBox, most: float) -> str:
    if after.x0 >= box.x1 and box.y0 <= after.center[1] <= box.y1:
        return BESIDE
    return BELOW if after.y0 >= box.center[1] and after.y0 - box.y1 <= most else APART
