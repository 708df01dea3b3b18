"""Dashes that stand alone in their cells, and check boxes: told by their shape, not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docparse.engines.lines import LineText

if TYPE_CHECKING:
    from docparse.textlines.find import Sheet, TextLine

# In heights of a letter: how thick a dash is at the most, from where to where it may reach, and
# from where on it is a long one.
THICK, SHORTEST, LONGEST, LONG = 0.28, 0.25, 1.6, 0.75
# The least share of its box that is ink.
SOLID = 0.65
# Where in the height of the letters of its row it stands.
TOP, BOTTOM = 0.3, 0.7
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
