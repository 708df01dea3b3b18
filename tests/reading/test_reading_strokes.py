"""Bold lines are told from others by how thick their strokes are."""

from __future__ import annotations

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFont

from docparse.reading.strokes import with_bold_faces
from docparse.types import BBox, Line, Style, Word

TEXTS = (
    "Objective of the change",
    "To update the table for the increase",
    "in the value of passes and benefits",
    "as it was revised in this year",
)


def set_lines(stroke: int, *, mono: bool = False) -> list[bool]:
    """Which of some lines are bold, the first of them with its strokes made thicker."""
    picture = PIL.Image.new("L", (800, 220), 0)
    draw, font = PIL.ImageDraw.Draw(picture), PIL.ImageFont.load_default(26)
    lines = []
    for number, text in enumerate(TEXTS):
        at = (20, 10 + 50 * number)
        draw.text(at, text, fill=255, font=font, stroke_width=0 if number else stroke)
        box = BBox(*map(int, draw.textbbox(at, text, font=font)))
        lines.append(Line((Word(text, box, style=Style(26, mono=mono)),)))
    found = with_bold_faces(lines, np.asarray(picture.point(lambda value: 255 * (value > 127))))
    assert [line.text for line in found] == list(TEXTS)
    return [bool(line.words[0].style and line.words[0].style.bold) for line in found]


def test_a_line_in_thicker_strokes_is_bold() -> None:
    assert set_lines(1) == [True, False, False, False]
    assert set_lines(0) == [False] * 4


def test_code_is_not_bold() -> None:
    assert set_lines(1, mono=True) == [False] * 4


def test_few_letters_do_not_tell() -> None:
    assert with_bold_faces([], np.zeros((10, 10), np.uint8)) == []
