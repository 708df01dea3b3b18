"""What is told by its shape: dashes in the cells of tables, check boxes, and what is neither."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from docparse.engines.lines import LineText
from docparse.reading.shapes import told_by_shape, with_bullet
from docparse.textlines.find import find_lines

ROWS = ("Ordinary shares", "Preferred shares", "Shares of the third kind")


def strokes_of(*boxes: tuple[int, int, int, int], size: int = 30) -> list[str]:
    """What is made of strokes at x0 y0 x1 y1 on a page of three rows, at y 100, 160 and 220."""
    page = PIL.Image.new("L", (1000, 800), 255)
    draw = PIL.ImageDraw.Draw(page)
    font = PIL.ImageFont.load_default(size)
    for number, row in enumerate(ROWS):
        draw.text((100, 100 + 60 * number), row, fill=0, font=font)
    for x0, y0, x1, y1 in boxes:
        draw.rectangle((x0, y0, x1 - 1, y1 - 1), fill=0)
    return [text.text for text in told_by_shape(find_lines(np.asarray(page))).values()]


def test_a_stroke_in_a_row_of_text_is_a_dash() -> None:
    assert strokes_of((700, 118, 709, 120), (700, 177, 726, 180)) == ["-", "―"]


def test_a_hyphen_of_a_few_pixels_is_a_dash() -> None:
    """Of small type at 200 dpi it is two pixels high and five wide."""
    assert strokes_of((700, 111, 705, 113), size=15) == ["-"]


def test_a_stroke_below_or_between_the_rows_says_nothing() -> None:
    assert strokes_of((700, 148, 726, 150), (700, 400, 726, 402)) == ["", ""]


def bulleted(said: str, *spot: int, since: float = 0.0) -> str:
    """What becomes of a reader's text of a row, at x 100, with a spot before it.

    `since`: where in the line what was read begins.
    """
    page = PIL.Image.new("L", (1000, 800), 255)
    draw = PIL.ImageDraw.Draw(page)
    font = PIL.ImageFont.load_default(30)
    for number, row in enumerate(ROWS):
        draw.text((100, 100 + 60 * number), row, fill=0, font=font)
    draw.rectangle(spot, fill=0)
    sheet = find_lines(np.asarray(page))
    line = min(sheet.lines, key=lambda line: line.bbox.y0)
    ends = np.linspace(since, 1, len(said) + 1).tolist()
    spans = tuple(pairwise(ends))
    made = with_bullet(sheet, line, LineText(said, (0.9,) * len(said), spans, "model"))
    assert all(a[0] <= a[1] <= b[0] for a, b in pairwise(made.spans))
    return made.text


def test_a_solid_spot_before_a_row_is_a_bullet_whatever_it_was_read_as() -> None:
    square = (70, 113, 81, 124)
    assert bulleted("w Ordinary shares", *square) == "• Ordinary shares"
    assert bulleted("Ordinary shares", *square, since=0.15) == "• Ordinary shares"
    assert bulleted("▪ Ordinary shares", *square) == "▪ Ordinary shares"


def test_a_spot_at_the_foot_of_a_row_or_close_to_it_is_none() -> None:
    assert bulleted("w Ordinary shares", 70, 122, 81, 133) == "w Ordinary shares"
    assert bulleted("wOrdinary shares", 86, 113, 97, 124) == "wOrdinary shares"


def page_with_boxes() -> tuple[PIL.Image.Image, PIL.ImageDraw.ImageDraw]:
    page = PIL.Image.new("L", (1000, 800), 255)
    draw = PIL.ImageDraw.Draw(page)
    font = PIL.ImageFont.load_default(30)
    for number, row in enumerate(ROWS):
        draw.text((100, 100 + 60 * number), row, fill=0, font=font)
    return page, draw


def test_a_square_is_a_check_box_and_a_cross_ticks_it() -> None:
    page, draw = page_with_boxes()
    for x in (60, 560):
        draw.rectangle((x, 102, x + 26, 128), outline=0, width=2)
    draw.line((561, 102, 586, 128), fill=0, width=2)
    draw.line((560, 128, 586, 102), fill=0, width=2)
    draw.rectangle((660, 102, 686, 128), outline=0, width=2)
    draw.line((667, 109, 679, 121), fill=0, width=2)
    sheet = find_lines(np.asarray(page))
    told = told_by_shape(sheet)
    assert len(sheet.lines) == len(ROWS) + 3
    assert sorted(text.text for text in told.values()) == ["☐", "☒", "☒"]
    assert {sheet.lines[number].bbox.x0 // 10 for number in told} == {6, 55, 66}


def test_a_square_that_stands_on_legs_or_touches_letters_is_none() -> None:
    """口 is a character, and so is what stands in a row of others."""
    page, draw = page_with_boxes()
    draw.rectangle((560, 102, 586, 126), outline=0, width=2)
    for x in (560, 585):
        draw.line((x, 126, x, 131), fill=0, width=2)
    draw.rectangle((700, 102, 726, 128), outline=0, width=2)
    draw.rectangle((730, 104, 734, 128), fill=0)
    assert told_by_shape(find_lines(np.asarray(page))) == {}
