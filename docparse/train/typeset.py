"""Lines of type, black on white: a text in one face or two, small figures raised or lowered."""

from __future__ import annotations

import functools
import itertools
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

from docparse.train.alphabet import ALPHABET, LOWERED, PLAIN, RAISED
from docparse.train.fonts import Face

# Of the lines with Latin letters: kerned and with ligatures, as typesetters set them.
SHAPED = 0.5
# Of the Japanese lines with Latin letters or figures: these are set in a Latin face.
WESTERN = 0.3
# Of the Latin lines: their first words are set in another face than the others.
TWO_FACES = 0.08
# Of the shaped lines in a Latin face: in small capitals, of this part of the type's size.
SMALL_CAPITALS, LOW = 0.06, (0.7, 0.85)
# How far letters are apart, in heights of the line; blanks between words are not wider for it.
TRACKED = (0, 0, 0, 0, 0, 0.05, 0.12)
# Of all lines: letter-spaced as headings are, by so much of their height; words once or twice more.
SPACED, APART, WORDS_APART = 0.06, (0.15, 0.6), (1.0, 2.0)
# Of the marks that faces have: they are set as small figures nevertheless.
MADE_SMALL = 0.6
_ASCII = re.compile(r"([!-~]+(?: [!-~]+)*)")
_SMALL = re.compile(f"([{RAISED}]+|[{LOWERED}]+)")


@dataclass(frozen=True, slots=True)
class Typeset:
    """Black on white before the scan; `centres` in pixels along the line."""

    picture: Image.Image
    text: str
    centres: tuple[float, ...]
    vertical: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a line in one font, `rise` pixels above the line that it stands on.

    `says`: each character as it is to be read.
    """

    text: str
    says: str
    font: ImageFont.FreeTypeFont
    rise: float = 0.0

    def box(self) -> tuple[float, float, float, float]:
        """Of its ink: left, top, right and bottom from where it begins on the line."""
        left, top, right, bottom = self.font.getbbox(self.text, anchor="ls")
        return left, top - self.rise, right, bottom - self.rise


def runs_of(
    text: str, face: Face, size: int, rng: random.Random, others: Sequence[Face]
) -> list[Run]:
    """The text in the face; a part of it may be set in one of the `others`."""
    shaped = rng.random() < SHAPED and any("A" <= char <= "z" for char in text)
    small_size, rise = round(size * rng.uniform(0.55, 0.72)), size * rng.uniform(0.28, 0.45)
    drop = size * rng.uniform(0.08, 0.2)
    made_small = rng.random() < MADE_SMALL
    is_low = shaped and not (face.is_japanese or _SMALL.search(text))
    low = round(size * rng.uniform(*LOW)) if is_low and rng.random() < SMALL_CAPITALS else 0
    runs: list[Run] = []
    for part, of in _in_faces(text, face, rng, others):
        font = open_font(of.path, of.index, size, shaped=shaped)
        if low:
            runs += _small_capitals(part, font, open_font(of.path, of.index, low, shaped=shaped))
            continue
        for stretch in filter(None, _SMALL.split(part)):
            says = read_as(stretch)
            is_raised, is_lowered = stretch[0] in RAISED, stretch[0] in LOWERED
            if (is_raised or is_lowered) and (made_small or not set(stretch) <= of.chars):
                small = open_font(of.path, of.index, small_size, shaped=False)
                where = rise if is_raised else -drop
                runs.append(Run(stretch.translate(PLAIN), says, small, where))
            else:
                runs.append(Run(stretch, says, font))
    return runs


def _small_capitals(
    text: str, font: ImageFont.FreeTypeFont, low: ImageFont.FreeTypeFont
) -> Iterator[Run]:
    """Small letters as capitals of the `low` font, and read as capitals."""
    for is_small, chars in itertools.groupby(text, str.islower):
        part = "".join(chars)
        capitals = "".join(c if (large := c.upper()) not in ALPHABET else large for c in part)
        yield Run(capitals, capitals, low) if is_small else Run(part, read_as(part), font)


def read_as(text: str) -> str:
    """The text with small figures that are not in the alphabet as plain ones."""
    return "".join(char if char in ALPHABET else char.translate(PLAIN) for char in text)


def _in_faces(
    text: str, face: Face, rng: random.Random, others: Sequence[Face]
) -> Iterator[tuple[str, Face]]:
    """Parts of a text with the face of each."""
    other = rng.choice(others) if others else face
    has_it = set(text.translate(PLAIN)) & set(map(chr, range(0x21, 0x7F))) <= other.chars
    if face.is_japanese and not other.is_japanese and has_it and rng.random() < WESTERN:
        for number, part in enumerate(_ASCII.split(text)):
            if part:
                yield part, other if number % 2 else face
    elif (
        not face.is_japanese
        and set(text.translate(PLAIN)) <= other.chars
        and (rng.random() < TWO_FACES)
    ):
        blanks = [found.end() for found in re.finditer(" ", text)]
        cut = rng.choice(blanks) if blanks else 0
        yield from ((part, of) for part, of in ((text[:cut], other), (text[cut:], face)) if part)
    else:
        yield text, face


def set_across(runs: Sequence[Run], rng: random.Random) -> Typeset | None:
    """A horizontal line, with uneven margins as a line finder leaves them."""
    boxes = [run.box() for run in runs]
    top, bottom = min(box[1] for box in boxes), max(box[3] for box in boxes)
    # The cut-out of a line follows its ink, or the font's own ascent and descent.
    if rng.random() < 0.5:
        metrics = [run.font.getmetrics() for run in runs if not run.rise]
        top = min([top, *(-ascent for ascent, _ in metrics)])
        bottom = max([bottom, *(descent for _, descent in metrics)])
    height = round(bottom - top)
    pads = [rng.uniform(0.0, 0.22) * height for _ in range(4)]
    is_spaced = rng.random() < SPACED
    spacing = (rng.uniform(*APART) if is_spaced else rng.choice(TRACKED)) * height
    blank = spacing * rng.uniform(*WORDS_APART) if is_spaced else 0
    pieces = [piece for run in runs for piece in _characters(run)] if spacing else runs
    lengths = [
        piece.font.getlength(piece.text) + spacing + (blank if piece.text == " " else 0)
        for piece in pieces
    ]
    left = boxes[0][0]
    reach = sum(lengths) - lengths[-1] + max(lengths[-1], boxes[-1][2] if not spacing else 0) - left
    if reach < 1 or height < 1:
        return None
    size = (round(reach + pads[0] + pads[2]), round(height + pads[1] + pads[3]))
    canvas = Image.new("L", size, 255)
    draw = ImageDraw.Draw(canvas)
    start, base = pads[0] - left, pads[1] - top
    centres: list[float] = []
    x = start
    for piece, length in zip(pieces, lengths, strict=True):
        draw.text((x + spacing / 2, base - piece.rise), piece.text, 0, piece.font, anchor="ls")
        each = [piece.font.getlength(char) for char in piece.text]
        closer = length / (sum(each) or 1)  # by kerning and ligatures
        centres += _centres(x, [advance * closer for advance in each])
        x += length
    if height > 22 and rng.random() < 0.05:
        canvas = canvas.filter(ImageFilter.MinFilter(3))  # heavy ink
    return Typeset(canvas, "".join(run.says for run in runs), tuple(centres))


def _characters(run: Run) -> Iterator[Run]:
    for char, says in zip(run.text, run.says, strict=True):
        yield replace(run, text=char, says=says)


def set_down(text: str, font: ImageFont.FreeTypeFont, rng: random.Random) -> Typeset | None:
    """A vertical line, in the font's glyphs for it."""
    left, top, right, bottom = font.getbbox(text, direction="ttb")
    width, height = int(right - left), int(bottom - top)
    if width < font.size / 2 or height <= 0:
        return None
    pads = [rng.uniform(0.0, 0.22) * width for _ in range(4)]
    size = (round(width + pads[0] + pads[2]), round(height + pads[1] + pads[3]))
    canvas = Image.new("L", size, 255)
    start = pads[1] - top
    ImageDraw.Draw(canvas).text((pads[0] - left, start), text, fill=0, font=font, direction="ttb")
    advances = [font.getlength(char, direction="ttb") for char in text]
    return Typeset(canvas, text, _centres(start, advances), vertical=True)


def _centres(start: float, advances: list[float]) -> tuple[float, ...]:
    ends = itertools.accumulate(advances, initial=start)
    return tuple(end + advance / 2 for end, advance in zip(ends, advances, strict=False))


@functools.lru_cache(maxsize=1000)
def open_font(path: Path, index: int, size: int, *, shaped: bool) -> ImageFont.FreeTypeFont:
    """A face at a size in pixels; kerning, ligatures and vertical glyphs need the slower layout."""
    layout = ImageFont.Layout.RAQM if shaped else ImageFont.Layout.BASIC
    return ImageFont.truetype(str(path), size, index, layout_engine=layout)
