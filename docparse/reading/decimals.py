"""Lines with one decimal sign in a column of figures: a comma among points was a point."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from docparse.types import BBox, Line, Word

# A figure with one or two decimals, perhaps between a sign and a unit; three are a group.
_FIGURE = re.compile(
    r"(?P<whole>\D{0,2}\d{1,6})(?P<sign>[.,])(?P<decimals>\d{1,2})(?P<end>\D{0,2})"
)
# Words whose sides are no further apart stand in one column, in heights of the word.
ALIGNED = 0.5
# So many figures of the column have points, and so many times as many of the page as have commas.
LEAST, TIMES = 2, 2


def agreeing(lines: Sequence[Line]) -> list[Line]:
    """The lines of a page, with points for lone commas in columns of figures with points.

    The other way round nothing is done: points part dates, sections and versions as well.
    """
    found = [
        (match, word.bbox)
        for line in lines
        for word in line.words
        if (match := _FIGURE.fullmatch(word.text))
    ]
    points = [pair for pair in found if pair[0]["sign"] == "."]
    if len(points) == len(found) or len(points) < TIMES * (len(found) - len(points)):
        return list(lines)
    return [
        replace(line, words=tuple(_with_point(word, points) for word in line.words))
        for line in lines
    ]


def _with_point(word: Word, points: Sequence[tuple[re.Match[str], BBox]]) -> Word:
    figure = _FIGURE.fullmatch(word.text)
    if figure is None or figure["sign"] == ".":
        return word
    alike = [
        box
        for other, box in points
        if len(other["decimals"]) == len(figure["decimals"]) and _is_above(box, word.bbox)
    ]
    if len(alike) < LEAST:
        return word
    return replace(word, text=f"{figure['whole']}.{figure['decimals']}{figure['end']}")


def _is_above(one: BBox, other: BBox) -> bool:
    """Whether they stand in one column: above each other, flush on one side."""
    near = ALIGNED * other.height
    return min(abs(one.x0 - other.x0), abs(one.x1 - other.x1)) <= near
