"""Pictures of single text lines with what they say and where, endless: type set, then scanned."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

from docparse.train.alphabet import KANA, KANJI, PUNCTUATION_JA, WIDE
from docparse.train.fonts import Face, load_faces, pick_face
from docparse.train.scan import scan
from docparse.train.texts import WIDE as TO_WIDE
from docparse.train.texts import Texts
from docparse.train.typeset import Typeset, open_font, runs_of, set_across, set_down
from docparse.train.words import Words

HEIGHT = 28  # pixels: one row of merged tokens; the width of vertical lines
STEP = 28  # lengths are multiples of one merged token
LONGEST = 28 * 40
FRAME = 14 / 3  # pixels along a line for which the CTC head says one character
VERTICAL = 0.25  # of the lines that begin with a Japanese character
WORN = 0.42  # of the lines that are not easy
Spot = tuple[float, float]  # the middle of a character, x and y in pixels
# As rendered; skewed, ruled or coloured; worn like a bad scan.
Look = Literal["clean", "sharp", "scanned"]
# Characters that stand in vertical lines.
_UPRIGHT = frozenset(KANA[: KANA.index("ｦ")] + PUNCTUATION_JA + KANJI + WIDE + "々〆〇〒※")


@dataclass(frozen=True, slots=True)
class LineSample:
    """A line, grey uint8: (HEIGHT, length), or (length, HEIGHT) if `vertical`.

    `centres`: where each character of `text` stands, in pixels along the line; the length is a
    multiple of STEP.
    """

    picture: npt.NDArray[np.uint8]
    text: str
    centres: tuple[float, ...]
    vertical: bool = False

    @property
    def length(self) -> int:
        return int(self.picture.shape[0 if self.vertical else 1])


def line_samples(
    words: Words, seed: int, *, held_out: bool = False, ease: float = 0.0
) -> Iterator[LineSample]:
    """Samples without end; the same seed gives the same ones.

    `ease`: the share of lines that are short, of common characters and clean, for the beginning.
    """
    rng = random.Random(seed)
    noise = np.random.default_rng(seed)
    texts = Texts(words, rng)
    faces = load_faces(held_out=held_out)
    while True:
        is_easy = rng.random() < ease
        text = texts.easy_line() if is_easy else texts.line()
        vertical = rng.random() < VERTICAL and text[0] > "ぁ"
        if vertical:
            text = upright(text)
        face = pick_face(faces, text, rng)
        if face is None:
            continue
        try:
            look: Look = "clean" if is_easy else "scanned" if rng.random() < WORN else "sharp"
            sample = draw_line(text, face, rng, noise, vertical=vertical, look=look, others=faces)
        except OSError:  # a few fonts have hinting programs that fail at some sizes
            continue
        if sample is not None:
            yield sample


def upright(text: str) -> str:
    """The characters of a text that stand in vertical lines, Latin ones in their wide form."""
    return "".join(c for c in text.translate(TO_WIDE) if c in _UPRIGHT) or "一"


def draw_line(
    text: str,
    face: Face,
    rng: random.Random,
    noise: np.random.Generator,
    *,
    vertical: bool = False,
    look: Look = "scanned",
    others: Sequence[Face] = (),
) -> LineSample | None:
    """The text set in a face at some size, scanned, cut out and scaled; None if it is too long.

    `others`: faces that a part of it may be set in.
    """
    # 6 pt at 150 dpi is 12 px; larger than the cut-out only adds time.
    size = rng.choice((12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 34, 40))
    if vertical:
        line = set_down(text, open_font(face.path, face.index, size, shaped=True), rng)
    else:
        line = set_across(runs_of(text, face, size, rng, others), rng)
    if line is None:
        return None
    if look == "clean":
        return fit(line, line.picture)
    is_worn = look == "scanned"
    return fit(line, scan(line.picture, rng, noise, type_size=size, is_worn=is_worn))


def fit(line: Typeset, scanned: Image.Image) -> LineSample | None:
    """A line scaled to HEIGHT and padded to a multiple of STEP; None if it is too long.

    `scanned` may be longer than the line was set, by as much at both ends.
    """
    across, along = scanned.size if line.vertical else scanned.size[::-1]
    before = line.picture.size[1 if line.vertical else 0]
    scale = HEIGHT / across
    length = max(1, round(along * scale))
    if length > LONGEST:
        return None
    size = (HEIGHT, length) if line.vertical else (length, HEIGHT)
    scaled = np.asarray(scanned.resize(size, Image.Resampling.BICUBIC))
    scaled = scaled if line.vertical else scaled.T
    picture = np.full((-(-length // STEP) * STEP, HEIGHT), np.median(scaled[-1]), dtype=np.uint8)
    picture[:length] = scaled
    # A coarse scan has other pixels, a slanted one more of them.
    stretch = 1.0 if along >= before else along / before
    shift = max(0.0, along - before) / 2
    centres = tuple((centre * stretch + shift) * scale for centre in line.centres)
    return LineSample(picture if line.vertical else picture.T, line.text, centres, line.vertical)
