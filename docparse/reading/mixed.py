"""Pages with a text layer and pictures that hold text: the pictures' lines added to the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from docparse.evidence.tokens import tokens_of
from docparse.pages.native import crop
from docparse.reading.leaders import read_parts
from docparse.reading.words import even_sizes, to_line
from docparse.textlines.find import Sheet, find_lines
from docparse.textlines.seals import find_seals, without_seals
from docparse.types import BBox, Line, Word

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from docparse.engines.lines import LineReader, LineText
    from docparse.pages.page import PageInput

# Text in a photograph is hard to tell from leaves and bricks: the reader has to be sure of it, less
# so where another reading is to be compared with it. It has so many letters, CJK ones count twice.
SURE, SURE_TO_COMPARE, SHORTEST = 0.9, 0.6, 3
# Pictures in which more lines than this are found hold no text but a pattern.
MOST_LINES = 400
# A picture of which the layer of a scan covers this much was read by whoever wrote the layer.
COVERED = 0.1
# How far the ink of a word may stand out of its box, in heights of the box.
MARGIN = 0.1


def with_pictures_read(
    page: PageInput, reader: LineReader, numbers: Sequence[int], *, to_compare: bool = False
) -> PageInput:
    """The page with a Line more for each line that is read in some of its pictures.

    `to_compare`: as for `ScanReading.lines`.
    """
    boxes = [page.images[i] for i in numbers]
    found: list[Line] = []
    for box in boxes:
        clipped = box.clip(page.width, page.height)
        if clipped.area and not (page.is_ocr and _is_covered(page, clipped)):
            found += _read(page, reader, clipped, to_compare=to_compare)
    if not found:
        return page
    return replace(page, lines=(*page.lines, *even_sizes(found)))


def _is_covered(page: PageInput, box: BBox) -> bool:
    """Whether text of the page stands all over a picture."""
    inside = (line.bbox.area for line in page.lines if line.bbox.overlap(box) > 0.5)
    return sum(inside) > COVERED * box.area


def _read(page: PageInput, reader: LineReader, box: BBox, *, to_compare: bool) -> Iterator[Line]:
    sheet = find_lines(_without_layer(page, box))
    if not sheet.lines or len(sheet.lines) > MOST_LINES:
        return
    # leaves and bricks are single marks
    likely = [line for line in sheet.lines if len(line.members) >= 2]
    for line, text in zip(likely, read_parts(sheet, likely, reader), strict=True):
        sure = SURE_TO_COMPARE if to_compare else SURE
        weight = sum(token.weight for token in tokens_of(text.text))
        if _certainty(text) < sure or weight < SHORTEST:
            continue
        made = to_line(sheet, line, text, by_character=to_compare)
        if made is None:
            continue
        placed = _placed(made, sheet, box)
        if not any(placed.bbox.overlap(other.bbox) > 0.4 for other in page.lines):
            yield placed


def _certainty(text: LineText) -> float:
    """The mean confidence of letters and figures: whether 件名 has a colon says little."""
    pairs = list(zip(text.text, text.confidence, strict=True))
    scores = [score for char, score in pairs if char.isalnum()]
    return sum(scores) / len(scores) if scores else 0.0


def _without_layer(page: PageInput, box: BBox) -> NDArray[np.uint8]:
    """A picture as it is printed, in grey, without red seals and the words of the text layer that
    stand on it."""
    picture = np.asarray(crop(page, box), dtype=np.uint8)
    grey = without_seals(picture, find_seals(picture, page.width))
    for word in (word for line in page.lines for word in line.words):
        margin = round(MARGIN * min(word.bbox.width, word.bbox.height))
        on = BBox(
            word.bbox.x0 - margin - box.x0,
            word.bbox.y0 - margin - box.y0,
            word.bbox.x1 + margin - box.x0,
            word.bbox.y1 + margin - box.y0,
        ).clip(box.width, box.height)
        if on.area:
            part = grey[on.y0 : on.y1, on.x0 : on.x1]
            part[:] = np.median(part)
    return grey


def _placed(line: Line, sheet: Sheet, box: BBox) -> Line:
    """A line of the picture as one of the page."""

    def place(word: Word) -> Word:
        found = sheet.to_page(word.bbox)
        moved = BBox(found.x0 + box.x0, found.y0 + box.y0, found.x1 + box.x0, found.y1 + box.y0)
        style = word.style and replace(word.style, size=word.style.size / sheet.scale)
        return replace(word, bbox=moved, style=style)

    return replace(line, words=tuple(map(place, line.words)))
