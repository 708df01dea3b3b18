"""Lines with leaders, the dots that lead to a page number, read in parts: dots are counted.

A reader that is shown letters between dozens of dots loses the letters next to them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from docparse.engines.lines import LineReader, LineText
from docparse.textlines.find import Sheet, TextLine
from docparse.types import BBox

# So many dots are a leader.
LEAST_DOTS = 5
# In heights of the line: the side of a dot at the most, and how far it stands from the one before
# at the most, along the line and across.
SIDE, STEP, ASIDE = 0.3, 1.7, 0.1
# The shorter side of a dot as a share of the longer, and from dot to dot as a share of what is
# usual in its leader, at the least and the most.
ROUND, LEAST_STEP, MOST_STEP = 0.4, 0.5, 1.6
# Dots that stand lower than this in the height of the line are full stops. Of others those further
# apart than this, in heights of the line, are middle dots, and the rest ellipses of three.
LOW, APART = 0.6, 0.6
ELLIPSIS = 3
_NARROW, _WIDE = re.compile("[A-Za-z0-9]"), re.compile("[０-９]")
# How sure it is that such dots are a leader.
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Leader:
    """The sign that a row of dots is written with, and where along the page each of them stands."""

    sign: str
    spans: tuple[tuple[int, int], ...]


Part = TextLine | Leader


def read_parts(sheet: Sheet, lines: Sequence[TextLine], reader: LineReader) -> list[LineText]:
    """What each line says; those with leaders are put together from their parts."""
    parts = [parted(sheet, line) for line in lines]
    pictures = [sheet.picture(p) for some in parts for p in some if isinstance(p, TextLine)]
    texts = iter(reader.read(pictures))
    return [
        next(texts) if some == (line,) else joined(sheet, line, some, texts)
        for line, some in zip(lines, parts, strict=True)
    ]


def parted(sheet: Sheet, line: TextLine) -> tuple[Part, ...]:
    """A line's text and leaders in their order; the line alone where it has no leader."""
    if line.vertical or len(line.members) <= LEAST_DOTS:
        return (line,)
    members = np.array(line.members)
    members = members[np.argsort(sheet.marks.boxes[members, 0], kind="stable")]
    boxes = sheet.marks.boxes[members]
    runs = list(_runs(boxes, line.bbox.height))
    parts: list[Part] = []
    end = 0
    for start, stop in runs:
        if start > end:
            parts.append(_text(sheet, line, members[end:start]))
        parts.append(_leader(boxes[start:stop], line.bbox))
        end = stop
    if end < len(members):
        parts.append(_text(sheet, line, members[end:]))
    # Dots alone are a rule: a reader may say what they are.
    is_led = runs and any(isinstance(part, TextLine) for part in parts)
    return tuple(parts) if is_led else (line,)


def joined(
    sheet: Sheet, line: TextLine, parts: Sequence[Part], texts: Iterator[LineText]
) -> LineText:
    """What a line says: of each part of text in its order, the next of `texts`."""
    start, end = (sheet.along(line, share) for share in (0.0, 1.0))
    chars: list[tuple[str, float, float, float]] = []
    source: Literal["model", "ocr"] = "model"
    for part in parts:
        if isinstance(part, Leader):
            said = [(part.sign, CONFIDENCE, float(a), float(b)) for a, b in part.spans]
        else:
            read = next(texts)
            source = read.source
            at = [(sheet.along(part, a), sheet.along(part, b)) for a, b in read.spans]
            pairs = zip(read.text, read.confidence, at, strict=True)
            said = [(char, sure, a, b) for char, sure, (a, b) in pairs]
        if chars and said:
            chars.append((" ", CONFIDENCE, chars[-1][3], said[0][2]))
        chars += said
    places = np.array([(a, b) for _, _, a, b in chars]).reshape(-1)
    shares = np.maximum.accumulate(((places - start) / (end - start)).clip(0, 1))
    text = "".join(char for char, *_ in chars)
    if _NARROW.search(text):  # a page number alone is easily taken for a wide one
        text = _WIDE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
    return LineText(
        text,
        tuple(sure for _, sure, *_ in chars),
        tuple((float(a), float(b)) for a, b in shares.reshape(-1, 2)),
        source,
    )


def _runs(boxes: NDArray[np.int32], height: int) -> Iterator[tuple[int, int]]:
    """Where leaders begin and end among marks from left to right."""
    sides = boxes[:, 2:] - boxes[:, :2]
    is_dot = (sides.max(1) <= SIDE * height) & (sides.min(1) >= ROUND * sides.max(1))
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    steps = np.diff(middles, axis=0)
    follows = is_dot[1:] & is_dot[:-1] & (steps[:, 0] > 0) & (steps[:, 0] <= STEP * height)
    follows &= np.abs(steps[:, 1]) <= ASIDE * height
    breaks = [0, *(np.flatnonzero(~follows) + 1).tolist(), len(boxes)]
    for start, stop in pairwise(breaks):
        if stop - start < LEAST_DOTS:
            continue
        along = steps[start : stop - 1, 0]
        usual = np.median(along)
        even = (LEAST_STEP * usual <= along) & (along <= MOST_STEP * usual)
        cuts = [start, *(start + 1 + np.flatnonzero(~even)).tolist(), stop]
        yield from ((a, b) for a, b in pairwise(cuts) if b - a >= LEAST_DOTS)


def _text(sheet: Sheet, line: TextLine, members: NDArray[np.int64]) -> TextLine:
    boxes = sheet.marks.boxes[members]
    box = BBox(int(boxes[:, 0].min()), line.bbox.y0, int(boxes[:, 2].max()), line.bbox.y1)
    return TextLine(box, False, line.ruby, tuple(members.tolist()))


def _leader(boxes: NDArray[np.int32], of_line: BBox) -> Leader:
    spans = [(int(x0), int(x1)) for x0, _, x1, _ in boxes]
    middle = float((boxes[:, 1] + boxes[:, 3]).mean() / 2)
    if middle > of_line.y0 + LOW * of_line.height:
        return Leader(".", tuple(spans))
    step = (spans[-1][0] - spans[0][0]) / (len(spans) - 1)
    if step > APART * of_line.height:
        return Leader("・", tuple(spans))
    threes = [spans[at : at + ELLIPSIS] for at in range(0, len(spans), ELLIPSIS)]
    return Leader("…", tuple((three[0][0], three[-1][1]) for three in threes))
