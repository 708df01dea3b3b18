"""The check boxes that are drawn beside the text of a page, as words of its lines: ☐ and ☒."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from docparse.layout.regions import Sight
from docparse.layout.rows import Run
from docparse.layout.rulings import Rule, Rulings, see_gray
from docparse.types import BBox

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from docparse.pages.page import PageInput

# Sides of a box in points, and in heights of the text beside it, which is so many sides away.
SIDES = 5.0, 20.0
LEAST, MOST, REACH = 0.5, 1.6, 1.5
# How much of its sides may differ.
UNEVEN = 0.15
# A page with more squares is a drawing or a grid.
MOST_BOXES = 400
# Darker pixels are ink; the share of a side that is, and that of the middle of an empty, full box.
INK = 170
DRAWN, TICKED, FULL = 0.8, 0.1, 0.7


@dataclass(frozen=True, slots=True)
class CheckBox:
    """A box and what it says, ☐ or ☒."""

    bbox: BBox
    text: str


def find_check_boxes(page: PageInput, sight: Sight) -> list[CheckBox]:
    """The empty and the ticked squares with text beside them."""
    runs = [Run(line.words, number, line) for number, line in enumerate(page.lines)]
    boxes = [box for box in _squares(page, sight) if _place(box, runs)]
    if not boxes:
        return []
    gray = see_gray(page, BBox(0, 0, page.width, page.height))
    ticked = [(box, _ticked(gray, box, gray.shape[1] / page.width)) for box in boxes]
    return [CheckBox(box, "☒" if tick else "☐") for box, tick in ticked if tick is not None]


def without_check_boxes(sight: Sight, boxes: Sequence[CheckBox]) -> Sight:
    """What is painted but for the boxes and what they are ticked with."""

    def is_other(painted: BBox) -> bool:
        return not any(
            box.bbox.overlap(painted) > 0.6 and painted.area < 2 * box.bbox.area for box in boxes
        )

    if not boxes:
        return sight
    return replace(
        sight,
        vectors=tuple(filter(is_other, sight.vectors)),
        curves=tuple(filter(is_other, sight.curves)),
    )


def without_sides(rulings: Rulings, boxes: Sequence[CheckBox]) -> Rulings:
    """The rules but for the sides of the boxes."""
    around = [(b.x0, b.y0, b.x1, b.y1, 0.2 * b.width) for b in (box.bbox for box in boxes)]

    def is_other(rule: Rule, *, across: bool) -> bool:
        for x0, y0, x1, y1, near in around:
            low, high, start, end = (y0, y1, x0, x1) if across else (x0, x1, y0, y1)
            beside = low - near <= rule.at <= high + near
            if beside and start - near <= rule.start and rule.end <= end + near:
                return False
        return True

    return replace(
        rulings,
        horizontal=tuple(r for r in rulings.horizontal if is_other(r, across=True)),
        vertical=tuple(r for r in rulings.vertical if is_other(r, across=False)),
    )


def with_check_boxes(runs: Sequence[Run], boxes: Sequence[CheckBox]) -> list[Run]:
    """The runs with the boxes as words: each before the word on its right, else behind the one on
    its left."""
    found = list(runs)
    for box in boxes:
        place = _place(box.bbox, found)
        if place:
            number, index = place
            found[number] = _with_word(found[number], index, box)
    return found


def _squares(page: PageInput, sight: Sight) -> list[BBox]:
    """Painted squares that are alone and hold no text and no field of a form."""
    least, most = (side * page.dpi / 72 for side in SIDES)
    squares: list[BBox] = []
    for box in dict.fromkeys(sight.vectors):
        if not least <= min(box.width, box.height) <= max(box.width, box.height) <= most:
            continue
        if abs(box.width - box.height) > UNEVEN * max(box.width, box.height):
            continue
        if all(box.overlap(other) < 0.6 for other in squares):
            squares.append(box)
    if not squares or len(squares) > MOST_BOXES:
        return []
    taken = [word.bbox.center for line in page.lines for word in line.words]
    taken += [field.bbox.center for field in page.fields]
    alone = [box for box in squares if not any(_touches(box, o) for o in squares if o is not box)]
    return [b for b in alone if not any(_is_in(b, x, y) for x, y in taken)]


def _touches(box: BBox, other: BBox) -> bool:
    """Whether two squares are slots for the characters of one entry."""
    near = 0.3 * box.width
    level = abs(box.center[1] - other.center[1]) < near
    return level and max(box.x0 - other.x1, other.x0 - box.x1) < near


def _is_in(box: BBox, x: float, y: float) -> bool:
    return box.x0 <= x <= box.x1 and box.y0 <= y <= box.y1


def _place(box: BBox, runs: Sequence[Run]) -> tuple[int, int] | None:
    """The run and the index in it where the word of a box belongs; None without text beside."""
    found: list[tuple[bool, float, int, int]] = []
    for number, run in enumerate(runs):
        if run.line.vertical or run.line.angle:
            continue
        for index, word in enumerate(run.words):
            at = word.bbox
            if abs(at.center[1] - box.center[1]) > 0.5 * max(box.height, at.height):
                continue
            if not LEAST * at.height <= box.height <= MOST * at.height:
                continue
            for is_left, gap in ((False, at.x0 - box.x1), (True, box.x0 - at.x1)):
                if -0.2 * box.width <= gap <= REACH * box.width:
                    found.append((is_left, gap, number, index + is_left))
    return min(found)[2:] if found else None


def _ticked(gray: NDArray[np.uint8], box: BBox, scale: float) -> bool | None:
    """Whether a square has something drawn in it; None where it is no empty outline."""
    x0, y0, x1, y1 = (round(side * scale) for side in (box.x0, box.y0, box.x1, box.y1))
    ink = gray[y0 : y1 + 1, x0 : x1 + 1] < INK
    if min(ink.shape) < 6:
        return None
    rim = max(2, round(0.3 * min(ink.shape)))
    sides = ink[:rim].any(axis=0), ink[-rim:].any(axis=0), ink[:, :rim].any(1), ink[:, -rim:].any(1)
    share = float(ink[rim:-rim, rim:-rim].mean())
    if min(float(side.mean()) for side in sides) < DRAWN or share > FULL:
        return None
    return share > TICKED


def _with_word(run: Run, index: int, box: CheckBox) -> Run:
    beside = run.words[min(index, len(run.words) - 1)]
    word = replace(beside, text=box.text, bbox=box.bbox)
    words = [*run.words[:index], word, *run.words[index:]]
    for i in range(max(0, index - 1), min(index + 1, len(words) - 1)):
        words[i] = replace(words[i], space_after=True)
    return replace(run, words=tuple(words))
