"""Lines that were read, those of code with their words in a typewriter face."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from docparse.layout.listings import share_of_signs
from docparse.reading.words import in_face
from docparse.types import Line

# Fewer words than this do not tell whether all letters are as wide.
LEAST_WORDS = 12
# Words of such a face stand no further from where they should than this, in widths of a letter.
ASTRAY = 0.3
# Of the letters of a size so many are in lines whose words stand where they should.
MOST = 0.75
# Sizes of lines in one face differ by no more than this.
ALIKE = 1.25
# Typewritten letters are text: code has this share of signs.
LEAST_SIGNS = 0.03


@dataclass(frozen=True, slots=True)
class _Spread:
    """Where the words of a line stand, from their mean: in letters, and in pixels."""

    letters: np.ndarray
    pixels: np.ndarray

    def astray(self, pitch: float) -> float:
        """How far the words are from where a pitch has them (root mean square), in its widths."""
        return float(np.sqrt(np.mean((self.pixels / pitch - self.letters) ** 2)))


def with_typewriter_faces(lines: Sequence[Line]) -> list[Line]:
    """The same lines; the reader says nothing of faces, but where all letters are as wide a word
    stands so many widths from the first one as there are letters between them."""
    by_size: dict[float, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        style = line.words[0].style
        if style is not None and not line.vertical and line.text.isascii():
            by_size[style.size].append(number)
    typed: set[int] = set()
    for size, numbers in by_size.items():
        pitch = _pitch_of_code([lines[number] for number in numbers])
        if not pitch:
            continue
        # Lines without high letters were measured smaller.
        near = (found for other, found in by_size.items() if 1 / ALIKE < other / size < ALIKE)
        others = [number for found in near for number in found]
        typed.update(number for number in others if _fits(lines[number], pitch))
        # Those in which letters were lost or doubled are some of them.
        typed.update(number for number in numbers if len(lines[number].words) > 1)
    return [
        in_face(line, mono=True) if number in typed else line for number, line in enumerate(lines)
    ]


def _pitch_of_code(lines: Sequence[Line]) -> float:
    """The width of each letter of some lines of one size; 0 where they are no code."""
    spreads = [(_spread(line), len(line.text)) for line in lines if len(line.words) > 1]
    if sum(len(spread.letters) for spread, _ in spreads) < LEAST_WORDS:
        return 0.0
    if share_of_signs([line.text for line in lines]) < LEAST_SIGNS:
        return 0.0
    across = sum(float(s.letters @ s.pixels) for s, _ in spreads)
    pitch = across / sum(float(s.letters @ s.letters) for s, _ in spreads)
    fits = sum(length for spread, length in spreads if spread.astray(pitch) < ASTRAY)
    return pitch if fits > MOST * sum(length for _, length in spreads) else 0.0


def _fits(line: Line, pitch: float) -> bool:
    """Whether a line may be set in letters of such a width, by its words or by its length."""
    is_as_long = abs(line.bbox.width / pitch - len(line.text)) < 1 + ASTRAY
    return is_as_long and _spread(line).astray(pitch) < ASTRAY


def _spread(line: Line) -> _Spread:
    middles, end = list[float](), 0
    for word in line.words:
        middles.append(end + len(word.text) / 2)
        end += len(word.text) + word.space_after
    letters = np.array(middles)
    pixels = np.array([word.bbox.center[0] for word in line.words])
    return _Spread(letters - letters.mean(), pixels - pixels.mean())
