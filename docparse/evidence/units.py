"""Lines of a page, from its text layer or read from its pixels, cut into units with tight boxes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docparse.evidence.tokens import Token, has_wide, tokens_of
from docparse.types import BBox, Line, Word

# MuPDF gives a word the height of its font, of which so much lies above the baseline.
BASELINE = 0.785
# A word that is higher than so many ems has room above and below its letters, ...
LOOSE = 1.1
# ... which reach so many ems above and below the baseline: Latin ones, and CJK.
LATIN_REACH, WIDE_REACH = (0.74, 0.22), (0.88, 0.12)


@dataclass(frozen=True, slots=True)
class Unit:
    """One piece of a word of the page, in native pixels; `line` is the number of its line.

    `angle`: degrees clockwise that it reads in, 0 rightwards, 90 downwards.
    """

    token: Token
    text: str
    bbox: BBox
    word: Word
    line: int
    angle: int = 0

    @property
    def key(self) -> str:
        return self.token.key

    def part(self, start: float, end: float) -> BBox:
        """The box of a stretch of it, as shares of its length."""
        box = self.bbox
        if self.angle in (180, 270):
            start, end = 1 - end, 1 - start
        if self.angle in (90, 270):
            return BBox.around(
                box.x0, box.y0 + start * box.height, box.x1, box.y0 + end * box.height
            )
        return BBox.around(box.x0 + start * box.width, box.y0, box.x0 + end * box.width, box.y1)


def units_of(lines: Sequence[Line]) -> list[Unit]:
    """The units of all lines, in their order."""
    units: list[Unit] = []
    for number, line in enumerate(lines):
        angle = 90 if line.vertical else round(-line.angle / 90) * 90 % 360
        is_wide = has_wide(line.text)
        for word in line.words:
            units += _cut(word, number, angle, is_wide=is_wide)
    return units


def _cut(word: Word, number: int, angle: int, *, is_wide: bool) -> Iterator[Unit]:
    """The units of a word, each with its share of the word's box."""
    tokens = tokens_of(word.text)
    ems = [_ems(char) for char in word.text]
    total = sum(ems) or 1.0
    whole = Unit(Token(0, 0, "", 0), word.text, word.bbox, word, number, angle)
    for token in tokens:
        box = word.bbox
        if len(tokens) > 1:
            box = whole.part(sum(ems[: token.start]) / total, sum(ems[: token.end]) / total)
        if angle == 0:
            box = _tight(box, word, is_wide=is_wide)
        yield Unit(token, word.text[token.start : token.end], box, word, number, angle)


def _tight(box: BBox, word: Word, *, is_wide: bool) -> BBox:
    size = word.style.size if word.style else 0.0
    if word.is_read or not size or box.height < LOOSE * size:
        return box
    above, below = WIDE_REACH if is_wide else LATIN_REACH
    base = box.y0 + BASELINE * box.height
    top, bottom = round(base - above * size), round(base + below * size)
    return BBox(box.x0, max(box.y0, top), box.x1, min(box.y1, bottom))


def _ems(char: str) -> float:
    """About how wide a character is set."""
    if unicodedata.east_asian_width(char) in "WF":
        return 1.0
    if char in "iljtf.,:;'!|()[]I":
        return 0.3
    return 0.8 if char in "mwMW" else 0.55
