"""Pictures of single text lines with their text, endless and seeded: type set, then scanned."""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from docparse.train.fonts import Face, load_faces, pick_face
from docparse.train.scan import scan
from docparse.train.texts import MOST, Texts
from docparse.train.words import Words

HEIGHT = 28  # pixels: one row of merged tokens
STEP = 28  # widths are multiples of one merged token
WIDEST = 28 * 40


@dataclass(frozen=True, slots=True)
class LineSample:
    """`picture`: (HEIGHT, width) grey, uint8, width a multiple of STEP. `text`: what it says."""

    picture: npt.NDArray[np.uint8]
    text: str


def line_samples(
    words: Words, seed: int, *, held_out: bool = False, most: int = MOST
) -> Iterator[LineSample]:
    """Samples without end, of `most` characters at the most; the same seed gives the same ones."""
    rng = random.Random(seed)
    noise = np.random.default_rng(seed)
    texts = Texts(words, rng, most)
    faces = load_faces(held_out=held_out)
    while True:
        text = texts.line()
        face = pick_face(faces, text, rng)
        if face is None:
            continue
        try:
            sample = draw_line(text, face, rng, noise)
        except OSError:  # a few fonts have hinting programs that fail at some sizes
            continue
        if sample is not None:
            yield sample


def draw_line(
    text: str, face: Face, rng: random.Random, noise: np.random.Generator
) -> LineSample | None:
    """The text set in a face at some size, scanned, cut out and scaled; None if it is too wide."""
    # 6 pt at 150 dpi is 12 px; larger than the cut-out only adds time.
    size = rng.choice((12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 34, 40))
    font = open_font(face.path, face.index, size)
    grey = set_type(text, font, rng)
    if grey is None:
        return None
    scanned = scan(grey, rng, noise, type_size=size)
    return fit(scanned, text)


def set_type(text: str, font: ImageFont.FreeTypeFont, rng: random.Random) -> Image.Image | None:
    """Black on white, with uneven margins as a line finder leaves them."""
    left, top, right, bottom = font.getbbox(text)
    width, height = int(right - left), int(bottom - top)
    if width <= 0 or height <= 0:
        return None
    # The cut-out of a line follows its ink, or the font's own ascent and descent.
    if rng.random() < 0.5:
        ascent, descent = font.getmetrics()
        top, height = min(0, int(top)), max(ascent + descent, int(bottom))
    size = height
    pads = [rng.uniform(0.0, 0.22) * size for _ in range(4)]
    canvas = Image.new(
        "L", (round(width + pads[0] + pads[2]), round(height + pads[1] + pads[3])), 255
    )
    draw = ImageDraw.Draw(canvas)
    spacing = rng.choice((0, 0, 0, 0, 0, 0.05, 0.12)) * size
    if spacing and len(text) > 1:
        return _spaced(text, font, spacing, canvas.height, pads[1] - top)
    draw.text((pads[0] - left, pads[1] - top), text, fill=0, font=font)
    if height > 22 and rng.random() < 0.05:
        canvas = canvas.filter(ImageFilter.MinFilter(3))  # heavy ink
    return canvas


def _spaced(
    text: str, font: ImageFont.FreeTypeFont, spacing: float, height: int, y: float
) -> Image.Image:
    advances = [font.getlength(char) + spacing for char in text]
    canvas = Image.new("L", (round(sum(advances) + 2 * spacing + 4), height), 255)
    draw = ImageDraw.Draw(canvas)
    x = spacing
    for char, advance in zip(text, advances, strict=True):
        draw.text((x, y), char, fill=0, font=font)
        x += advance
    return canvas


def fit(grey: Image.Image, text: str) -> LineSample | None:
    """A line picture scaled to HEIGHT and padded to a multiple of STEP; None if too wide."""
    width = max(1, round(grey.width * HEIGHT / grey.height))
    if width > WIDEST:
        return None
    scaled = np.asarray(grey.resize((width, HEIGHT), Image.Resampling.BICUBIC))
    padded = -(-width // STEP) * STEP
    edge = np.uint8(np.median(scaled[:, -1]))
    picture = np.full((HEIGHT, padded), edge, dtype=np.uint8)
    picture[:, :width] = scaled
    return LineSample(picture, text)


@functools.lru_cache(maxsize=600)
def open_font(path: Path, index: int, size: int) -> ImageFont.FreeTypeFont:
    """A face at a size in pixels."""
    return ImageFont.truetype(str(path), size, index, layout_engine=ImageFont.Layout.BASIC)
