"""Lines that were read, with those in bold that are set in thicker strokes than most letters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from docparse.reading.words import in_face
from docparse.types import BBox, Line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]

# So many times as thick as of most letters of the script are strokes in bold, both as they are and
# by the size of letters: on clean pages two lines in three that are bold are found by it, and one
# in a thousand that is not.
BOLD = 1.3
# Fewer lines or letters do not tell how thick strokes are as a rule, and so few letters no more.
LEAST_LINES, LEAST_LETTERS, FEW = 3, 40, 3


@dataclass(frozen=True, slots=True)
class _Strokes:
    """How thick the strokes of a line are: in pixels, and by the size of its letters."""

    number: int
    letters: int
    pixels: float
    by_size: float


def with_bold_faces(lines: Sequence[Line], ink: Grey) -> list[Line]:
    """The same lines; the reader says nothing of faces. `ink`: 255 where the page has ink."""
    kinds: dict[bool, list[_Strokes]] = {False: [], True: []}
    for number, line in enumerate(lines):
        style, letters = line.words[0].style, sum(map(str.isalpha, line.text))
        if style is not None and not style.mono and letters >= FEW:
            pixels = _thickness(ink, line.bbox)
            is_dense = 2 * sum(char > "\u2e80" for char in line.text) > letters
            kinds[is_dense].append(_Strokes(number, letters, pixels, pixels / style.size))
    bold = {number for strokes in kinds.values() for number in _thick(strokes)}
    return [
        in_face(line, bold=True) if number in bold else line for number, line in enumerate(lines)
    ]


def _thickness(ink: Grey, box: BBox) -> float:
    """Pixels across strokes: the mean length of runs of ink, along lines or across them.

    Letters have more strokes down, ideographs more across; the shorter runs are the thickness.
    """
    part = ink[box.y0 : box.y1, box.x0 : box.x1] > 0
    along = int(np.count_nonzero(part[:, 1:] & ~part[:, :-1]) + np.count_nonzero(part[:, :1]))
    across = int(np.count_nonzero(part[1:] & ~part[:-1]) + np.count_nonzero(part[:1]))
    return float(np.count_nonzero(part)) / max(1, along, across)


def _thick(strokes: Sequence[_Strokes]) -> list[int]:
    """The numbers of those that are bold among the lines of one script."""
    if len(strokes) < LEAST_LINES or sum(s.letters for s in strokes) < LEAST_LETTERS:
        return []
    pixels = BOLD * _usual((s.pixels, s.letters) for s in strokes)
    by_size = BOLD * _usual((s.by_size, s.letters) for s in strokes)
    return [s.number for s in strokes if s.pixels > pixels and s.by_size > by_size]


def _usual(weighted: Iterable[tuple[float, int]]) -> float:
    """The median, each value counted so many times."""
    pairs = sorted(weighted)
    total = np.cumsum([count for _, count in pairs])
    return pairs[int(np.searchsorted(total, total[-1] / 2))][0]
