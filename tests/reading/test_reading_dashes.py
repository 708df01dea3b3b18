"""Strokes that stand alone: dashes in the cells of tables, and pieces of rules that are none."""

from __future__ import annotations

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from docparse.reading.dashes import lone_strokes
from docparse.textlines.find import find_lines

ROWS = ("Ordinary shares", "Preferred shares", "Shares of the third kind")


def strokes_of(*boxes: tuple[int, int, int, int]) -> list[str]:
    """What is made of strokes at x0 y0 x1 y1 on a page of three rows, at y 100, 160 and 220."""
    page = PIL.Image.new("L", (1000, 800), 255)
    draw = PIL.ImageDraw.Draw(page)
    font = PIL.ImageFont.load_default(30)
    for number, row in enumerate(ROWS):
        draw.text((100, 100 + 60 * number), row, fill=0, font=font)
    for x0, y0, x1, y1 in boxes:
        draw.rectangle((x0, y0, x1 - 1, y1 - 1), fill=0)
    return [text.text for text in lone_strokes(find_lines(np.asarray(page))).values()]


def test_a_stroke_in_a_row_of_text_is_a_dash() -> None:
    assert strokes_of((700, 118, 709, 120), (700, 177, 726, 180)) == ["-", "―"]


def test_a_stroke_below_or_between_the_rows_says_nothing() -> None:
    assert strokes_of((700, 148, 726, 150), (700, 400, 726, 402)) == ["", ""]
