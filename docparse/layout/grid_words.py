"""The words of a table region in an upright frame, cut at rules, and their lines of print."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from docparse.layout.rulings import Rule, Rulings
from docparse.types import BBox, Line, Word


@dataclass(frozen=True, slots=True)
class Turn:
    """Turns native boxes so that text written at `angle` (0, 90, 180, 270) stands upright."""

    angle: int
    width: int
    height: int

    def upright(self, box: BBox) -> BBox:
        return self._turned(box, self.angle, self.width, self.height)

    def native(self, box: BBox) -> BBox:
        sideways = self.angle in (90, 270)
        width, height = (self.height, self.width) if sideways else (self.width, self.height)
        return self._turned(box, -self.angle % 360, width, height)

    def rules(self, rulings: Rulings) -> Rulings:
        """Rules and shades in the upright frame."""
        if not self.angle:
            return rulings
        across = [self._line(rule, is_across=True) for rule in rulings.horizontal]
        down = [self._line(rule, is_across=False) for rule in rulings.vertical]
        if self.angle in (90, 270):
            across, down = down, across
        return Rulings(
            tuple(sorted(across, key=lambda rule: rule.at)),
            tuple(sorted(down, key=lambda rule: rule.at)),
            tuple(self.upright(shade) for shade in rulings.shades),
        )

    def _line(self, rule: Rule, *, is_across: bool) -> Rule:
        at, start, end = round(rule.at), round(rule.start), round(rule.end)
        box = BBox(start, at, end, at) if is_across else BBox(at, start, at, end)
        box = self.upright(box)
        if box.width >= box.height:
            return Rule(box.y0, box.x0, box.x1)
        return Rule(box.x0, box.y0, box.y1)

    @staticmethod
    def _turned(box: BBox, angle: int, width: int, height: int) -> BBox:
        if angle == 90:  # reads upwards: what lies low comes first
            return BBox(height - box.y1, box.x0, height - box.y0, box.x1)
        if angle == 180:
            return BBox(width - box.x1, height - box.y1, width - box.x0, height - box.y0)
        if angle == 270:
            return BBox(box.y0, width - box.x1, box.y1, width - box.x0)
        return box


@dataclass(frozen=True, slots=True)
class Piece:
    """A word, or what of it lies on one side of a rule, in the upright frame.

    `order`: its place in the text of the page. `is_apart`: it is a whole line that is written in
    another direction than the table, such as a head set sideways.
    """

    text: str
    box: BBox
    words: tuple[Word, ...]
    order: int
    space_after: bool = True
    is_apart: bool = False

    @property
    def mid(self) -> float:
        return (self.box.y0 + self.box.y1) / 2

    @property
    def size(self) -> float:
        """The font size, or what the height of the box makes of it, in pixels."""
        style = self.words[0].style
        return style.size if style else self.box.height / 1.2


def lines_in(lines: Iterable[Line], region: BBox) -> list[Line]:
    """The lines, or the parts of them, whose words have their centres in the region."""
    found = []
    for line in lines:
        words = tuple(word for word in line.words if region.holds(word.bbox))
        if words:
            found.append(line if len(words) == len(line.words) else replace(line, words=words))
    return found


def main_angle(lines: Iterable[Line]) -> int:
    """The direction, of 0, 90, 180 and 270 degrees, in which most of the text is written."""
    votes: Counter[int] = Counter({0: 1})
    for line in lines:
        votes[_right_angle(line)] += sum(len(word.text) for word in line.words)
    return votes.most_common(1)[0][0]


def pieces_of(lines: Iterable[Line], turn: Turn, vertical: Sequence[Rule]) -> list[Piece]:
    """Words in the upright frame; runs without spaces are cut where a rule crosses them.

    `vertical`: the upright frame's vertical rules, sorted.
    """
    pieces: list[Piece] = []
    for line in lines:
        if line.vertical or _right_angle(line) != turn.angle:
            box = turn.upright(line.bbox)
            pieces.append(Piece(line.text, box, line.words, len(pieces), is_apart=True))
            continue
        for word in line.words:
            box = turn.upright(word.bbox)
            whole = Piece(word.text, box, (word,), len(pieces), word.space_after)
            pieces += _cut(whole, vertical)
    return pieces


def font_size(pieces: Sequence[Piece]) -> float:
    """The usual font size in pixels, by characters; at least 1."""
    sizes = [piece.size for piece in pieces for _ in range(min(len(piece.text), 20))]
    return max(1.0, median(sizes)) if sizes else 1.0


def print_lines(pieces: Iterable[Piece], em: float) -> list[list[Piece]]:
    """Pieces by line of print, from the top; within a line from left to right.

    Pieces stand on one line if their middles are within a third of a font size. Small ones
    (raised, lowered) go to the line of the neighbour that they touch. Pieces that are apart are
    left out.
    """
    upright = [piece for piece in pieces if not piece.is_apart]
    big = [piece for piece in upright if piece.size >= 0.8 * em] or upright
    rows: list[list[Piece]] = []
    mids: list[float] = []
    for piece in sorted(big, key=lambda piece: piece.mid):
        if rows and piece.mid - mids[-1] <= 0.35 * em:
            rows[-1].append(piece)
            mids[-1] += (piece.mid - mids[-1]) / len(rows[-1])
        else:
            rows.append([piece])
            mids.append(piece.mid)
    small = [piece for piece in upright if len(big) < len(upright) and piece.size < 0.8 * em]
    _add_small(rows, small, em)
    return sorted(
        (sorted(row, key=lambda piece: (piece.box.x0, piece.order)) for row in rows),
        key=_middle,
    )


def add_apart(
    lines: Sequence[Sequence[Piece]], apart: Iterable[Piece]
) -> tuple[list[list[Piece]], list[Piece]]:
    """The lines with those pieces that are apart and level with one line, and the other ones.

    Heads that are set sideways make a line of their own where no line of print is beside them.
    A piece beside several lines, such as a name for a group of rows, is left over.
    """
    joined = [list(line) for line in lines]
    rest: list[Piece] = []
    heads: list[list[Piece]] = []
    for piece in sorted(apart, key=lambda piece: piece.mid):
        beside = [line for line in joined if piece.box.y0 < _middle(line) < piece.box.y1]
        if len(beside) > 1:
            rest.append(piece)
        elif beside:
            beside[0].append(piece)
        elif heads and heads[-1][0].box.y1 > piece.mid:
            heads[-1].append(piece)
        else:
            heads.append([piece])
    rows = [sorted(row, key=lambda piece: piece.box.x0) for row in (*joined, *heads)]
    return sorted(rows, key=_middle), rest


def _add_small(rows: list[list[Piece]], small: Sequence[Piece], em: float) -> None:
    """Puts each small piece on the line that it hangs on, or makes lines of their own."""
    alone: list[Piece] = []
    for piece in small:
        best: list[Piece] | None = None
        for row in rows:
            for other in row:
                gap = max(piece.box.x0 - other.box.x1, other.box.x0 - piece.box.x1)
                shared = min(piece.box.y1, other.box.y1) - max(piece.box.y0, other.box.y0)
                if gap <= 0.4 * em and shared >= 0.4 * piece.box.height:
                    best = row
        if best is None:
            alone.append(piece)
        else:
            best.append(piece)
    for piece in sorted(alone, key=lambda piece: piece.mid):
        near = [row for row in rows if abs(_middle(row) - piece.mid) <= 0.35 * em]
        if near:
            near[0].append(piece)
        else:
            rows.append([piece])


def _middle(row: Sequence[Piece]) -> float:
    return median(piece.mid for piece in row)


def _right_angle(line: Line) -> int:
    return round(line.angle / 90) % 4 * 90


def _cut(piece: Piece, vertical: Sequence[Rule]) -> list[Piece]:
    """The piece in parts, where rules run through text that is written without spaces.

    Wide characters count one, others half: that is how Japanese type is set.
    """
    box, text = piece.box, piece.text
    if not vertical or text.isascii() or not any(is_full_width(char) for char in text):
        return [piece]
    margin = 0.3 * piece.size
    cuts = [
        rule.at
        for rule in vertical
        if box.x0 + margin < rule.at < box.x1 - margin and rule.start <= piece.mid <= rule.end
    ]
    if not cuts:
        return [piece]
    widths = [1.0 if is_full_width(char) else 0.5 for char in text]
    scale = box.width / sum(widths)
    parts: list[Piece] = []
    start, x, left = 0, float(box.x0), float(box.x0)
    for i, width in enumerate(widths):
        x += width * scale
        is_last = i + 1 == len(text)
        if is_last or any(x - width * scale / 2 <= cut < x + width * scale / 2 for cut in cuts):
            space = piece.space_after if is_last else False
            part = BBox.around(left, box.y0, x, box.y1)
            order = piece.order + len(parts)
            parts.append(Piece(text[start : i + 1], part, piece.words, order, space))
            start, left = i + 1, x
    return parts


def is_full_width(char: str) -> bool:
    """Whether a character takes the room of two letters, as Japanese and Korean ones do."""
    return char > "\u10ff" and unicodedata.east_asian_width(char) in "WF"
