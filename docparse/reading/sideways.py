"""Lines set sideways on an upright page: what they say, and by how much they are turned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import PIL.Image

if TYPE_CHECKING:
    from docparse.engines.lines import LineReader, LineText
    from docparse.textlines.find import Sheet

# Characters below each other that are read with this certainty are vertical writing.
SURE = 0.9
# Turned, a line is read with so much more certainty, and has so many letters: fewer are seen in any
# stroke of a drawing.
CLEARLY, LEAST = 0.1, 3
# Degrees counter-clockwise of a baseline, and what sets it straight.
WAYS = {90: PIL.Image.Transpose.ROTATE_270, 270: PIL.Image.Transpose.ROTATE_90}


def is_standing(sheet: Sheet) -> bool:
    """Whether vertical lines, or lines on their side, make up most of a page's length of text."""
    standing = sum(line.bbox.height for line in sheet.lines if line.vertical)
    return standing >= sum(line.bbox.width for line in sheet.lines if not line.vertical)


def read_sideways(
    sheet: Sheet, texts: Sequence[LineText], reader: LineReader
) -> dict[int, tuple[LineText, int]]:
    """Of the lines of a sheet, by number, those that are turned: their text, and its angle.

    `texts`: what was read of all lines as they stand. Spans are along the text. On a page of
    vertical writing nothing is looked for.
    """
    if is_standing(sheet):
        return {}
    unsure = [
        number
        for number, (line, text) in enumerate(zip(sheet.lines, texts, strict=True))
        if line.vertical and line.bbox.height > line.bbox.width and text.mean_confidence < SURE
    ]
    pictures = [sheet.picture(sheet.lines[number]) for number in unsure]
    found: dict[int, tuple[LineText, int]] = {}
    for angle, way in WAYS.items():
        turned = reader.read([picture.transpose(way) for picture in pictures])
        for number, text in zip(unsure, turned, strict=True):
            best = found[number][0] if number in found else texts[number]
            margin = 0.0 if number in found else CLEARLY
            is_word = sum(map(str.isalnum, text.text)) >= LEAST
            if is_word and text.mean_confidence > best.mean_confidence + margin:
                found[number] = text, angle
    return found
