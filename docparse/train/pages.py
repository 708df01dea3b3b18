"""Small pages with what they say as QwenVL HTML, endless: set in type, then worn like scans."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from docparse.model.preprocess import PixelConfig, model_size
from docparse.omni.emit import emit_page_reply
from docparse.train.alphabet import KANJI
from docparse.train.fonts import Face, load_faces
from docparse.train.lines import STEP, WORN, Spot
from docparse.train.scan import tint, wear
from docparse.train.sheets import Column, Look, SetBlock, SetLine, Sheet
from docparse.train.texts import Texts
from docparse.train.told import Told, tell
from docparse.train.words import Words
from docparse.types import BBox, Frame, Page

# Width and height in pixels of small pages, for the beginning, and of all others.
SMALL = ((280, 84), (336, 112), (420, 112))
SIZES = tuple(
    (width, height)
    for width in (308, 420, 560, 700, 840, 980)
    for height in (56, 84, 112, 168, 224, 308, 420, 560)
    if height <= 1.4 * width
)
# Of a page as docparse-nano sees it: so many that its reply has room too; larger ones are shrunk.
MOST_PIXELS = 200_704
# Lines of a page, but for those of its last block.
MOST_LINES = 20
JAPANESE = 0.55  # of the pages
COLUMNS = 0.4  # of those that are wide enough: in two columns
# Of pages: those whose kanji are told and replied as others, so that rare ones are copied too.
RENAMED = 0.5
_KANJI = frozenset(KANJI)
_BOX = re.compile(r'data-bbox="(?P<start>(\d+) (\d+)) (?P<end>(\d+) (\d+))"')
_TOKEN = re.compile(r"<[^>]*>|&(?:#\d+|\w+);|\s+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class PageSample:
    """A page, grey uint8 (height, width), and `text`, the reply that tells it.

    `spots`: for each character of `text` where it stands on the page; for a tag where its block
    begins, for the figures of a box the corner that they tell, for a tag that closes the last
    character before it; None for blanks. `told`: its lines as they are told beside the picture.
    """

    picture: npt.NDArray[np.uint8]
    text: str
    spots: tuple[Spot | None, ...]
    told: Told

    @property
    def length(self) -> int:
        """The characters of what it is told and of its reply."""
        return len(self.told.text) + len(self.text)

    @property
    def groups(self) -> int:
        """The number of its vision tokens."""
        return self.picture.size // (STEP * STEP)


def page_samples(
    words: Words, seed: int, *, held_out: bool = False, ease: float = 0.0
) -> Iterator[PageSample]:
    """Samples without end; the same seed gives the same ones.

    `ease`: the share of pages that are of a few lines, for the beginning.
    """
    rng, noise = random.Random(seed), np.random.default_rng(seed)
    texts, faces = Texts(words, rng), load_faces(held_out=held_out)
    latin = [face for face in faces if not face.is_japanese]
    japanese = [face for face in faces if face.is_japanese]
    while True:
        pool = japanese if rng.random() < JAPANESE else latin
        size = rng.choice(SMALL if rng.random() < ease else SIZES)
        try:
            sheet, blocks = _compose(size, texts, pool, rng)
        except OSError:  # a few fonts have hinting programs that fail at some sizes
            continue
        frame = Frame(*size, *_seen_size(*size), 72)
        sample = _sample(sheet, blocks, frame, rng, noise) if blocks else None
        if sample is not None:
            is_renamed = not held_out and rng.random() < RENAMED
            yield _renamed(sample, rng) if is_renamed else sample


def _seen_size(width: int, height: int) -> tuple[int, int]:
    pixels = PixelConfig(min_pixels=STEP * STEP, max_pixels=MOST_PIXELS)
    rows, columns = model_size(height, width, pixels)
    return columns, rows


def _compose(
    size: tuple[int, int], texts: Texts, faces: Sequence[Face], rng: random.Random
) -> tuple[Sheet, list[SetBlock]]:
    """A sheet, filled from the top, in one column or two."""
    face = rng.choice(faces)
    head = rng.choice(faces) if rng.random() < 0.5 else face
    look = Look(face, head, rng.randint(16, 28), rng.uniform(1.2, 1.8))
    sheet = Sheet(size, look, texts, rng)
    width, height = size
    margin = rng.randint(4, 24)
    top: float = rng.randint(4, 20)
    blocks: list[SetBlock] = []
    whole = Column(margin, width - margin, top, height - 4)
    if rng.random() < 0.35 and (block := sheet.heading(whole, 1)):
        blocks.append(block)
    columns = [whole]
    if width >= 420 and rng.random() < COLUMNS:
        gap = rng.randint(12, 28)
        middle = width // 2
        columns = [
            Column(margin, middle - gap // 2, whole.top, height - 4),
            Column(middle + gap // 2, width - margin, whole.top, height - 4),
        ]
    for column in columns:
        most = 1 if rng.random() < 0.1 else 12
        for block in islice(_fill(sheet, column, rng), most):
            blocks.append(block)
            if sum(len(block.lines) for block in blocks) > MOST_LINES:
                return sheet, blocks
    return sheet, blocks


def _fill(sheet: Sheet, column: Column, rng: random.Random) -> Iterator[SetBlock]:
    kinds = ("paragraph", "entries", "table", "heading")
    while True:
        kind = rng.choices(kinds, (5, 2, 3, 1.5))[0]
        block = sheet.heading(column, 2) if kind == "heading" else getattr(sheet, kind)(column)
        if block is not None:
            yield block
        if column.top + sheet.look.size * 1.3 > column.bottom:
            return


def _sample(
    sheet: Sheet,
    blocks: Sequence[SetBlock],
    frame: Frame,
    rng: random.Random,
    noise: np.random.Generator,
) -> PageSample | None:
    """None where the reply does not say what was set letter by letter."""
    page = Page(1, frame.width, frame.height, 72, blocks=tuple(block.block for block in blocks))
    text = emit_page_reply(page, frame)
    lines = [_shrunk(line, frame) for block in blocks for line in block.lines]
    spots = _spots_in(text, [spot for line in lines for spot in line.spots])
    if spots is None:
        return None
    is_worn = rng.random() < WORN
    picture = sheet.picture
    picture = (
        wear(picture, rng, noise, type_size=sheet.look.size) if is_worn else tint(picture, rng)
    ).resize((frame.model_width, frame.model_height))
    return PageSample(np.array(picture), text, spots, tell(lines, rng))


def _renamed(sample: PageSample, rng: random.Random) -> PageSample:
    """The page told and replied with other kanji, each by the same one, than are drawn."""
    names = {ord(kanji): rng.choice(KANJI) for kanji in sorted({*sample.text} & _KANJI)}
    told = replace(sample.told, text=sample.told.text.translate(names))
    return replace(sample, text=sample.text.translate(names), told=told)


def _shrunk(line: SetLine, frame: Frame) -> SetLine:
    """A line of the sheet as it stands on the page's picture."""
    sx, sy = frame.model_width / frame.width, frame.model_height / frame.height
    spots = tuple((x * sx, y * sy) for x, y in line.spots)
    return replace(line, box=BBox(*frame.to_model(line.box)), spots=spots)


def _spots_in(text: str, spots: Sequence[Spot]) -> tuple[Spot | None, ...] | None:
    """A spot for each character of a reply, from those of what was set in the same order."""
    tokens, left = _TOKEN.findall(text), iter(spots)
    are_letters = [not (token[0] == "<" or token.isspace()) for token in tokens]
    if sum(are_letters) != len(spots):
        return None
    letters = [next(left) if is_letter else None for is_letter in are_letters]
    found: list[Spot | None] = []
    last: Spot | None = None
    for number, token in enumerate(tokens):
        last = letters[number] or last
        if token[0] != "<":
            found += [letters[number]] * len(token)
        elif token[1] == "/":
            found += [last] * len(token)
        else:
            found += _corners(token, next(filter(None, letters[number:]), None))
    return tuple(found)


def _corners(tag: str, first: Spot | None) -> list[Spot | None]:
    """For each character of a tag the corner of its box that it tells of, or `first`."""
    box = _BOX.search(tag)
    if not box:
        return [first] * len(tag)
    spots: list[Spot | None] = [None] * len(tag)
    for corner, begin in (("start", 0), ("end", box.start("end"))):
        x, y = map(float, box[corner].split())
        spots[begin : box.end(corner)] = [(x, y)] * (box.end(corner) - begin)
    return spots
