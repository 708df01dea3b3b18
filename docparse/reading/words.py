"""What a reader says of a line as words with boxes and sizes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from docparse.evidence.confidence import confidence_of_reading
from docparse.evidence.tokens import tokens_of
from docparse.reading.squares import Place, in_squares, is_full
from docparse.types import BBox, Line, Style, Word

if TYPE_CHECKING:
    from docparse.engines.lines import LineText
    from docparse.textlines.find import Sheet, TextLine

Confidence = Callable[[Sequence[float], str], float]
# Parts of an em above and below the baseline: small letters, high ones, tails (common text faces).
SMALL, HIGH, TAIL = 0.5, 0.73, 0.21
# An ideograph or kana fills this much of its em.
FULL = 0.9
# Between two CJK characters, so many ems from where the reader says.
CRACK = 0.2
_RUN = re.compile(r"\S+")
_HIGH = frozenset("bdfhiklt'\"!?()[]{}/|\\*^%&$#@€£¥")
_TAILED = frozenset("gjpqyQ,;()[]{}/|\\$@_")
# Sizes of lines that differ by less are one size.
SAME_SIZE = 0.07
# A line of fewer letters has no size of its own if there is one within this.
FEW_LETTERS, NEAR_SIZE = 4, 0.2


def to_line(
    sheet: Sheet,
    line: TextLine,
    text: LineText,
    *,
    angle: int = 0,
    by_character: bool = False,
    confidence: Confidence = confidence_of_reading,
) -> Line | None:
    """The words of a line as it was read; None where there is none.

    `angle`: degrees counter-clockwise by which a vertical line was turned to be read, 90 or 270.
    `by_character`: each CJK character is a word of its own. `confidence`: of a word or of a CJK
    character, from the reader's scores of its letters; of several characters it is the mean.
    """
    if angle == 90:
        text = _backwards(text)
    words = _words(sheet, line, text, by_character=by_character, confidence=confidence)
    if not words:
        return None
    if angle == 90:
        words = _turned_round(words)
    return Line(tuple(words), vertical=line.vertical and not angle, angle=angle)


def _words(
    sheet: Sheet, line: TextLine, text: LineText, *, by_character: bool, confidence: Confidence
) -> list[Word]:
    """The words of a line along it, or the characters of CJK ones."""
    pieces = _pieces(text.text, by_character=by_character)
    if not pieces:
        return []
    ink = _ink(sheet, line)
    em, low, high = _em(line, text.text)
    cuts = [
        _cut_between(ink, sheet, line, text, (end, start), em)
        for (_, end), (start, _) in pairwise(pieces)
    ]
    starts = [ink[0][0], *(right for _, right in cuts)]
    ends = [*(left for left, _ in cuts), ink[-1][1]]
    places = [
        Place(
            text.text[start:end],
            min(starts[index], ends[index]),
            max(starts[index], ends[index]),
            _middle_of(ink, starts[index], ends[index]),
            is_next=index > 0 and pieces[index - 1][1] == start,
        )
        for index, (start, end) in enumerate(pieces)
    ]
    reaches = in_squares(places, em) if by_character else [(p.start, p.end) for p in places]
    words = []
    for index, (start, end) in enumerate(pieces):
        a, b = reaches[index]
        sure = [
            (confidence(text.confidence[start + t.start : start + t.end], text.source), t)
            for t in tokens_of(text.text[start:end])
        ]
        words.append(
            Word(
                text=text.text[start:end],
                bbox=BBox.around(low, a, high, b)
                if line.vertical
                else BBox.around(a, low, b, high),
                confidence=sum(c * (t.end - t.start) for c, t in sure) / (end - start),
                source=text.source,
                style=Style(size=em),
                space_after=index + 1 < len(pieces) and pieces[index + 1][0] > end,
            )
        )
    return words


def _backwards(text: LineText) -> LineText:
    """A text that runs upwards, from its last character down to its first."""
    spans = tuple((1 - b, 1 - a) for a, b in reversed(text.spans))
    return replace(text, text=text.text[::-1], confidence=text.confidence[::-1], spans=spans)


def _turned_round(words: Sequence[Word]) -> list[Word]:
    """Words that were made of what is `_backwards`, as they read."""
    spaces = [*(word.space_after for word in reversed(words[:-1])), False]
    return [
        replace(word, text=word.text[::-1], space_after=space)
        for word, space in zip(reversed(words), spaces, strict=True)
    ]


def _middle_of(ink: Sequence[tuple[int, int]], start: float, end: float) -> float:
    """The middle of the ink between two places; that of the places where there is none."""
    inside = [(max(a, start), min(b, end)) for a, b in ink if a < end and start < b]
    return (inside[0][0] + inside[-1][1]) / 2 if inside else (start + end) / 2


def _cut_between(
    ink: Sequence[tuple[int, int]],
    sheet: Sheet,
    line: TextLine,
    text: LineText,
    chars: tuple[int, int],
    em: float,
) -> tuple[int, int]:
    """Where one piece ends and the next begins, the first after and the second at those chars."""
    end, start = (
        sheet.along(line, text.spans[chars[0] - 1][1]),
        sheet.along(line, text.spans[chars[1]][0]),
    )
    if chars[1] > chars[0]:
        return _gap(ink, end, start)
    # between CJK characters there is no more than a crack, where there is one
    place = (end + start) / 2
    cracks = [(left + right) / 2 for (_, left), (right, _) in pairwise(ink)]
    near = min(cracks, key=lambda crack: abs(crack - place), default=place)
    cut = round(near if abs(near - place) <= CRACK * em else place)
    return cut, cut


def even_sizes(lines: Sequence[Line]) -> list[Line]:
    """Lines with the sizes that are nearly the same made the same, by what most letters have."""
    sizes = sorted((_size(line), len(line.text)) for line in lines)
    groups: list[list[tuple[float, int]]] = []
    for size, count in sizes:
        if groups and size <= groups[-1][0][0] * (1 + 2 * SAME_SIZE):
            groups[-1].append((size, count))
        else:
            groups.append([(size, count)])
    centres = [_middle(group) for group in groups]
    weights = [sum(count for _, count in group) for group in groups]
    evened = []
    for line in lines:
        size = _size(line)
        reach = NEAR_SIZE if len(line.text) < FEW_LETTERS else SAME_SIZE
        near = [
            (weight, centre)
            for weight, centre in zip(weights, centres, strict=True)
            if abs(centre / size - 1) <= reach
        ]
        chosen = max(near)[1] if near else size
        style = Style(size=round(chosen, 1))
        evened.append(replace(line, words=tuple(replace(w, style=style) for w in line.words)))
    return evened


def in_face(line: Line, *, mono: bool = False, bold: bool = False) -> Line:
    """A line with all its words set so, in the size that they have."""
    style = Style(_size(line), mono=mono, bold=bold)
    return replace(line, words=tuple(replace(word, style=style) for word in line.words))


def _size(line: Line) -> float:
    style = line.words[0].style
    assert style is not None
    return style.size


def _middle(group: Sequence[tuple[float, int]]) -> float:
    """The median, each size counted once for every letter."""
    half = sum(count for _, count in group) / 2
    for size, count in group:
        half -= count
        if half <= 0:
            return size
    return group[-1][0]


def _pieces(text: str, *, by_character: bool) -> list[tuple[int, int]]:
    """Start and end of each run without a space, or as they are compared with other texts."""
    if by_character:
        return [(token.start, token.end) for token in tokens_of(text)]
    return [found.span() for found in _RUN.finditer(text)]


def _ink(sheet: Sheet, line: TextLine) -> list[tuple[int, int]]:
    """Stretches of ink along a line, apart from each other; at least one."""
    boxes = sheet.marks.boxes[list(line.members)]
    first, last = (1, 3) if line.vertical else (0, 2)
    stretches: list[tuple[int, int]] = []
    for start, end in boxes[np.argsort(boxes[:, first])][:, [first, last]].tolist():
        if stretches and start <= stretches[-1][1]:
            stretches[-1] = (stretches[-1][0], max(end, stretches[-1][1]))
        else:
            stretches.append((start, end))
    return stretches


def _gap(ink: Sequence[tuple[int, int]], end: float, start: float) -> tuple[int, int]:
    """The gap that a space between `end` and `start` is: wide, and near where it was read."""
    place = (end + start) / 2
    best, found = float("-inf"), (round(end), round(max(end, start)))
    for (_, left), (right, _) in pairwise(ink):
        score = (right - left) - 0.3 * abs((left + right) / 2 - place)
        if score > best and left - 20 < place < right + 20:
            best, found = score, (left, right)
    return found


def _em(line: TextLine, text: str) -> tuple[float, int, int]:
    """The size of the type, and from where to where it reaches across the line."""
    box = line.bbox
    if line.vertical:
        em = max(1.0, box.width / FULL)
        pad = round((em - box.width) / 2)
        return em, max(0, box.x0 - pad), box.x1 + pad
    letters = [char for char in text if not char.isspace()]
    if sum(is_full(char) for char in letters) > 0.3 * len(letters):
        em = max(1.0, box.height / FULL)
        pad = round((em - box.height) / 2)
        return em, max(0, box.y0 - pad), box.y1 + pad
    is_high = any(c in _HIGH or c.isdigit() or c.isupper() or not c.isascii() for c in letters)
    is_tailed = any(c in _TAILED for c in letters)
    top, bottom = HIGH if is_high else SMALL, TAIL if is_tailed else 0.0
    if not any(char.isalnum() for char in letters):  # dashes and dots have no size of their own
        return max(1.0, box.height / HIGH), box.y0, box.y1
    em = max(1.0, box.height / (top + bottom))
    above, below = round((HIGH - top) * em), round((TAIL - bottom) * em)
    return em, max(0, box.y0 - above), box.y1 + below
