"""Check boxes that are drawn beside text, told from squares that are none."""

from __future__ import annotations

from tables_sheet import SCALE, Sheet

from docparse.layout.regions import Sight
from docparse.layout.rows import Run
from docparse.layout.rulings import read_rulings
from docparse.layout.ticks import (
    find_check_boxes,
    with_check_boxes,
    without_check_boxes,
    without_sides,
)
from docparse.types import BBox


def square(sheet: Sheet, x: float, y: float, *, cross: bool = False) -> BBox:
    """A square of 9 points with its top left corner at (x, y), as the layout model reports it."""
    sheet.page.draw_rect((x, y, x + 9, y + 9), width=0.7)
    if cross:
        sheet.page.draw_line((x, y), (x + 9, y + 9), width=0.7)
        sheet.page.draw_line((x, y + 9), (x + 9, y), width=0.7)
    return BBox.around(*(v * SCALE for v in (x - 0.7, y - 0.7, x + 9.7, y + 9.7)))


def test_boxes_are_words_of_their_line() -> None:
    sheet = Sheet().text(50, 60, "Gender:").text(105, 60, "Female").text(160, 60, "Male")
    boxes = square(sheet, 92, 52), square(sheet, 147, 52, cross=True)
    page, sight = sheet.read(), Sight(vectors=boxes, curves=(boxes[1],))
    found = find_check_boxes(page, sight)
    assert [box.text for box in found] == ["☐", "☒"]
    runs = with_check_boxes([Run(line.words, 0, line) for line in page.lines], found)
    text = " ".join(word.text for run in runs for word in run.words)
    assert text == "Gender: ☐ Female ☒ Male"
    rest = without_check_boxes(sight, found)
    assert rest.vectors == () == rest.curves
    rulings = read_rulings(page)
    assert len(rulings.vertical) == 4
    assert without_sides(rulings, found).vertical == () == without_sides(rulings, found).horizontal


def test_squares_that_are_no_check_boxes() -> None:
    sheet = Sheet().text(50, 60, "Code").text(101, 60, "7").text(50, 90, "Item")
    slots = [square(sheet, 80 + 9 * n, 52) for n in range(4)]
    sheet.page.draw_rect((38, 82, 47, 91), fill=(0, 0, 0))
    bullet = BBox.around(*(v * SCALE for v in (38, 82, 47, 91)))
    far = square(sheet, 300, 300)
    page = sheet.read()
    assert find_check_boxes(page, Sight(vectors=(*slots, bullet, far))) == []
