"""The lines of a page, each behind its box: what docparse-nano is told beside the picture."""

from __future__ import annotations

from collections.abc import Iterable

from docparse.types import BBox, Frame, Line


def boxed_lines(lines: Iterable[Line], part: BBox, frame: Frame) -> str:
    """Anchor text of those lines of a page that stand in a part of it, in the part's frame."""
    return "".join(
        boxed_line(line.text, BBox(*frame.to_model(_inside(line.bbox, part))))
        for line in lines
        if part.holds(line.bbox)
    )


def boxed_line(text: str, box: BBox) -> str:
    """A line of anchor text: `[x0 y0 x1 y1]text`, in pixels of the picture from its upper left.

    Each figure has three digits, so that a line goes on so many tokens behind the one before.
    """
    return f"[{box.x0:03} {box.y0:03} {box.x1:03} {box.y1:03}]{text}\n"


def _inside(box: BBox, part: BBox) -> BBox:
    x, y = part.x0, part.y0
    return BBox(box.x0 - x, box.y0 - y, box.x1 - x, box.y1 - y)
