"""The lines of a drawn page as a reader of lines might tell them, with its slips."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docparse.anchors.boxed import boxed_line, breaks
from docparse.train.lines import Spot
from docparse.train.sheets import SetLine
from docparse.types import BBox, union_of

# Of pages: those told without a slip, those with a few; the rest have many. With more of them,
# that lines are to be copied is learnt half only.
FAULTLESS, FEW = 0.6, 0.3
MOST_OF_FEW, MOST_OF_MANY = 0.02, 0.1
MERGED = 0.15  # of pages: neighbours in a row are told as one line
CUT = 0.03  # of lines with a blank: told as two


@dataclass(frozen=True, slots=True)
class Told:
    """Anchor text and for each of its characters where it stands, None for what stands nowhere.

    What stands behind a line stands where its last character does. `starts`: the characters that
    its lines begin with, behind their boxes; `ends`: those behind its lines.
    """

    text: str
    spots: tuple[Spot | None, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A text in its box, with a spot for each character, blanks included."""

    text: str
    box: BBox
    spots: tuple[Spot, ...]


def tell(lines: Sequence[SetLine], rng: random.Random) -> Told:
    """The lines in their order, as anchors."""
    pieces = [_piece(line) for line in lines if line.text]
    if rng.random() < MERGED:
        pieces = list(_merged(pieces))
    pieces = [part for piece in pieces for part in _cut(piece, rng)]
    letters = sorted({char for piece in pieces for char in piece.text})
    kind = rng.random()
    most = MOST_OF_FEW if kind < FAULTLESS + FEW else MOST_OF_MANY
    wrong = 0.0 if kind < FAULTLESS else rng.uniform(0, most)
    text, spots, starts, ends = "", list[Spot | None](), list[int](), list[int]()
    boxes = [_moved(piece.box, rng) for piece in pieces]
    for piece, box, behind in zip(pieces, boxes, breaks(boxes), strict=True):
        said = list(_misread(piece, letters, wrong, rng)) or [(piece.text[0], piece.spots[0])]
        line = boxed_line("".join(char for char, _ in said), box)
        corners = [(float(box.x0), float(box.y0)), (float(box.x1), float(box.y1))]
        of_corner = (len(line) - len(said) - 3) // 2
        spots += [None, *corners[:1] * of_corner, None, *corners[1:] * of_corner, None]
        starts.append(len(spots))
        spots += [*(spot for _, spot in said), said[-1][1]]
        text += line + behind
        ends.append(len(text) - 1)
    return Told(text, tuple(spots), tuple(starts), tuple(ends))


def _piece(line: SetLine) -> _Piece:
    letters, spots = iter(line.spots), list[Spot]()
    for char in line.text:
        spots.append(spots[-1] if char.isspace() else next(letters))
    return _Piece(line.text, line.box, tuple(spots))


def _merged(pieces: Sequence[_Piece]) -> Iterator[_Piece]:
    waiting: _Piece | None = None
    for piece in pieces:
        if waiting and piece.box.x0 > waiting.box.x1 and abs(piece.box.y0 - waiting.box.y0) < 6:
            waiting = _Piece(
                f"{waiting.text} {piece.text}",
                union_of([waiting.box, piece.box]),
                (*waiting.spots, waiting.spots[-1], *piece.spots),
            )
            continue
        if waiting:
            yield waiting
        waiting = piece
    if waiting:
        yield waiting


def _cut(piece: _Piece, rng: random.Random) -> Iterator[_Piece]:
    blanks = [place for place, char in enumerate(piece.text) if char == " "]
    if not blanks or rng.random() >= CUT:
        yield piece
        return
    place, box = rng.choice(blanks), piece.box
    at = round(piece.spots[place][0])
    at = min(max(at, box.x0 + 1), box.x1 - 1)
    yield _Piece(piece.text[:place], BBox(box.x0, box.y0, at, box.y1), piece.spots[:place])
    rest = BBox(at, box.y0, box.x1, box.y1)
    yield _Piece(piece.text[place + 1 :], rest, piece.spots[place + 1 :])


def _misread(
    piece: _Piece, letters: Sequence[str], wrong: float, rng: random.Random
) -> Iterator[tuple[str, Spot]]:
    """Its characters, some of them others, missing or told twice."""
    for char, spot in zip(piece.text, piece.spots, strict=True):
        if rng.random() >= wrong:
            yield char, spot
            continue
        slip = rng.random()
        if slip < 0.6:
            yield rng.choice(letters), spot
        elif slip < 0.8:
            yield char, spot
            yield rng.choice(letters), spot


def _moved(box: BBox, rng: random.Random) -> BBox:
    """As the finding of lines gives it: right edges a little short, lower ones a little low."""
    x0, x1 = box.x0 + rng.randint(-1, 2), box.x1 - rng.randint(0, 5)
    y0, y1 = box.y0 + rng.randint(-2, 1), box.y1 + rng.randint(-1, 3)
    x0, y0 = max(0, x0), max(0, y0)
    return BBox(x0, y0, max(x0 + 1, x1), max(y0 + 1, y1))
