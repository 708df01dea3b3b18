"""Dashes that stand alone in their cells, check boxes, bullets: told by their shape, not read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from docparse.engines.lines import LineText
from docparse.layout.markers import BULLETS

if TYPE_CHECKING:
    from docparse.textlines.find import Sheet, TextLine

# In heights of a letter: how thick a dash is at the most, from where to where it may reach, and
# from where on it is a long one.
THICK, SHORTEST, LONGEST, LONG = 0.28, 0.25, 1.6, 0.75
# The least share of its box that is ink.
SOLID = 0.65
# Where in the height of the letters of its row it stands.
TOP, BOTTOM = 0.3, 0.7
# The side of a bullet at the least and the most, the share of its box that is ink, and the blank
# behind it at the least, in heights of a letter.
LEAST_BULLET, MOST_BULLET, FULL, GAP = 0.2, 0.65, 0.72, 0.3
# How sure it is that such a stroke is a dash, and such a square a check box.
CONFIDENCE = 0.95
CHECK_BOXES = {False: "☐", True: "☒"}


def told_by_shape(sheet: Sheet) -> dict[int, LineText]:
    """What check boxes and lone flat strokes say, by their numbers in `sheet.lines`.

    A stroke is a dash where text stands in the same row; others are pieces of rules, or dirt.
    """
    letters = [
        line
        for line in sheet.lines
        if not line.vertical and not line.ruby and line.bbox.height > 0.5 * sheet.letter
    ]
    found: dict[int, LineText] = {}
    for number, line in enumerate(sheet.lines):
        if line.ticked is not None:
            found[number] = _said(CHECK_BOXES[line.ticked])
        elif _is_stroke(sheet, line):
            is_dash = any(_is_beside(line, other) for other in letters)
            found[number] = _said(_dash(sheet, line)) if is_dash else LineText("", (), (), "model")
    return found


def with_bullet(sheet: Sheet, line: TextLine, text: LineText) -> LineText:
    """A line that begins with a solid spot, with a bullet for what the spot was read as.

    A reader takes a small square for any letter; what it takes for some bullet is left so.
    """
    end = None if line.vertical else _end_of_spot(sheet, line)
    if end is None or not text.text.strip():
        return text
    places = [sheet.along(line, (start + end) / 2) for start, end in text.spans]
    count = next((n for n, place in enumerate(places) if place > end), len(places))
    if not set(text.text[:count]).isdisjoint(BULLETS):
        return text
    rest = text.text[count:]
    blanks = len(rest) - len(rest.lstrip())
    behind = text.spans[count + blanks][0] if rest.strip() else 1.0
    return replace(
        text,
        text=f"• {rest.lstrip()}",
        confidence=(CONFIDENCE, CONFIDENCE, *text.confidence[count + blanks :]),
        spans=((0.0, behind / 2), (behind / 2, behind), *text.spans[count + blanks :]),
    )


def _end_of_spot(sheet: Sheet, line: TextLine) -> float | None:
    """How far along the line what begins it reaches, in pixels, if that is a solid spot with a
    blank behind it."""
    members = list(line.members)
    boxes = sheet.marks.boxes[members]
    first = int(boxes[:, 0].argmin())
    x0, y0, x1, y1 = (int(side) for side in boxes[first])
    others = [int(box[0]) for number, box in enumerate(boxes) if number != first]
    letter = sheet.letter
    sides = (x1 - x0, y1 - y0)
    is_spot = (
        LEAST_BULLET * letter <= min(sides)
        and max(sides) <= MOST_BULLET * letter
        and max(sides) <= 1.4 * min(sides)
        and sheet.marks.area[members[first]] >= FULL * sides[0] * sides[1]
        and TOP <= ((y0 + y1) / 2 - line.bbox.y0) / line.bbox.height <= BOTTOM
    )
    if not is_spot or not others or min(others) < x1 + GAP * letter:
        return None
    return (x1 + min(others)) / 2


def _is_stroke(sheet: Sheet, line: TextLine) -> bool:
    width, height = line.bbox.width, line.bbox.height
    if line.vertical or height > THICK * sheet.letter:
        return False
    is_long = SHORTEST * sheet.letter <= width <= LONGEST * sheet.letter
    area = int(sheet.marks.area[list(line.members)].sum())
    return is_long and area >= SOLID * width * height


def _dash(sheet: Sheet, line: TextLine) -> str:
    return "―" if line.bbox.width > LONG * sheet.letter else "-"


def _said(sign: str) -> LineText:
    return LineText(sign, (CONFIDENCE,), ((0.0, 1.0),), "model")


def _is_beside(line: TextLine, other: TextLine) -> bool:
    middle = (line.bbox.y0 + line.bbox.y1) / 2
    share = (middle - other.bbox.y0) / other.bbox.height
    return TOP <= share <= BOTTOM
