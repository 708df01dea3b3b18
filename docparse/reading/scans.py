"""Pages read from their pixels: lines found, read, and laid out like those of a text layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import PIL.Image

from docparse.engines.lines import LineReader, LineText
from docparse.evidence.align import mean_confidence
from docparse.evidence.confidence import confidence_of_reading
from docparse.layout.blocks import field_blocks
from docparse.layout.page import lay_out, put_beside
from docparse.layout.standin import StandIn, rules_of
from docparse.layout.turning import place_line, turn_block, turner
from docparse.log import logger
from docparse.pages.native import render
from docparse.reading.columns import by_columns
from docparse.reading.decimals import agreeing
from docparse.reading.leaders import read_parts
from docparse.reading.pitch import with_typewriter_faces
from docparse.reading.shapes import told_by_shape, with_bullet
from docparse.reading.sideways import is_standing, read_sideways
from docparse.reading.strokes import with_bold_faces
from docparse.reading.unread import Unread, notes_on_reading
from docparse.reading.words import Confidence, even_sizes, to_line
from docparse.textlines.across import set_across
from docparse.textlines.find import Sheet, TextLine, find_lines
from docparse.textlines.seals import blank_out, find_seals, without_seals
from docparse.types import BBox, Block, Line, Page, Provenance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from docparse.pages.page import PageInput
    from docparse.textlines.find import OnRules
    from docparse.textlines.rules import Rules

    Grey = NDArray[np.uint8]

# A line that is read with less certainty is no line: a drawing, dirt, a script that is not known.
LEAST_CONFIDENCE = 0.5
# One or two letters are easily seen in anything.
LEAST_FOR_SHORT = 0.75
# A line as high as most letters of the page is hardly anything else.
LEAST_FOR_USUAL = 0.35
# A page whose letters are read with less certainty, on average, may stand on its head.
UPRIGHT = 0.9
# So many lines tell how a page is turned; another way must be better by this.
SAMPLE, CLEARLY = 6, 0.1
# Dark parts of a page are photographs unless what they say is read with this certainty, and letters
# in photographs are hardly any unless they are read with this, so many beside each other.
LEAST_OF_PANEL, LEAST_IN_PHOTO, FEW_IN_PHOTO = 0.75, 0.85, 3
# What round spots are read as.
SPOTS = frozenset("OoQCDce0.·•●○◯〇。")
# Signs that say nothing alone, so many heights of a letter from anything else.
FLECKS, FLECK_ALONE = frozenset(",.'`’‘、。"), 3.0
# What is lower than this share of a letter has no letters or figures but the first: it is a piece
# of a rule.
SLIVER, FLAT = 0.35, frozenset("一")
# A row of so many low marks of one height, in pixels and letters, is a rule of signs (=====) where
# it is read with less certainty than letters of its size are.
ROW, LOW, AS_HIGH, LEAST_IN_ROW = 12, 0.7, 2, 0.75
# A disc fills this share of its box, no letter does; holes are this near to an edge of the page.
SOLID, EDGE = 0.7, 0.1


@dataclass(frozen=True, slots=True)
class _Seen:
    """A page picture as it was read.

    `turn`: degrees clockwise that it had to be turned. `photos`: its dark parts that are no panels
    of text. `angles`: of lines that are set sideways, by number.
    """

    sheet: Sheet
    texts: tuple[LineText, ...]
    turn: int
    photos: tuple[BBox, ...]
    angles: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class ScanReading:
    """Reads pages by their lines. `confidence`: see `reading.words.to_line`."""

    reader: LineReader
    confidence: Confidence = confidence_of_reading

    def read(self, page: PageInput) -> Page:
        """The page with its blocks, boxes in its native pixels.

        Its Notes say what could not be read, or only hardly: see `reading.unread`.
        """
        picture = np.asarray(render(page), dtype=np.uint8)
        seals = find_seals(picture, page.width)
        done = Page(page.number, page.width, page.height, page.dpi, page.rotation)
        with StandIn(page.dpi) as stand_in:

            def draw(even: Grey, rules: Rules, scale: float, letter: float) -> None:
                stand_in.draw(even, rules_of([*rules.across, *rules.down]), scale, letter)

            grey = without_seals(picture, seals)
            blank_out(grey, [field.bbox for field in page.fields if field.value])
            seen = self._look(grey, draw)
            lines, unclear = self._kept(seen)
            drawn = [*seen.sheet.drawn, *seen.photos, *(line.bbox for line in unclear)]
            even = with_typewriter_faces(even_sizes(lines))
            set_in = with_bold_faces(even, seen.sheet.rules.ink)
            sheet = stand_in.write(set_in, drawn, page.number, photos=seen.photos)
            laid_out = lay_out(sheet)
        back = _back(seen, page)
        in_picture = (turn_block(block, stand_in.back) for block in laid_out.blocks)
        read = [as_read(turn_block(block, back)) for block in in_picture]
        others = [Block("seal", box) for box in seals] + field_blocks(page.fields)
        blocks = tuple(put_beside(read, others))
        unread = [Unread(line.text, back(line.bbox)) for line in unclear]
        notes = notes_on_reading(lines, seen.texts, unread, blocks)
        return replace(done, blocks=blocks, notes=(*page.notes, *laid_out.notes, *notes))

    def lines(self, page: PageInput, *, to_compare: bool = False) -> tuple[Line, ...]:
        """The lines of a page as they were read, their words where they stand on the page.

        `to_compare`: with another reading of the page. Lines that are hardly read are there as
        well, and each CJK character is a word of its own.
        """
        picture = np.asarray(render(page), dtype=np.uint8)
        seen = self._look(without_seals(picture, find_seals(picture, page.width)))
        lines, _ = self._kept(seen, to_compare=to_compare)
        back = _back(seen, page)
        return tuple(place_line(line, back) for line in by_columns(even_sizes(lines)))

    def _kept(self, seen: _Seen, *, to_compare: bool = False) -> tuple[list[Line], list[Unread]]:
        """The lines that were read, in the order of the page, and those that were hardly read."""
        kept: list[Line] = []
        unclear: list[Unread] = []
        for number, (line, text) in enumerate(zip(seen.sheet.lines, seen.texts, strict=True)):
            if _is_in(line, seen.photos) and _is_pattern(text):
                continue
            if _is_blot(seen.sheet, line) or _is_sliver(line, text, seen.sheet.letter):
                continue
            if _is_row_of_signs(seen.sheet, line, text):
                continue
            is_clear = _is_clear(line, text, seen.sheet.letter)
            if not is_clear or _is_fleck(seen.sheet, line, text):
                unclear.append(Unread(text.text, line.bbox))
                if not to_compare:
                    continue
            if _is_spot(line, text, seen.sheet.letter):
                continue
            if line.ruby and _is_kana(text.text):
                continue
            made = to_line(
                seen.sheet,
                line,
                text,
                angle=seen.angles.get(number, 0),
                by_character=to_compare,
                confidence=self.confidence,
            )
            if made is not None:
                kept.append(made)
        return agreeing(sorted(kept, key=_place)), unclear

    def _look(self, grey: Grey, on_rules: OnRules | None = None) -> _Seen:
        """The page set upright and read. `on_rules`: see `find_lines`."""
        turn = 0
        sheet = find_lines(grey, on_rules)
        if side := self._side(sheet):
            turn = side
            sheet = find_lines(_turned(grey, turn), on_rules)
        texts = self._read(sheet)
        if _certainty(texts) < UPRIGHT and self._is_on_its_head(sheet, texts):
            turn = (turn + 180) % 360
            sheet = find_lines(_turned(grey, turn), on_rules)
            texts = self._read(sheet)
        if turn:
            logger.info("the page was turned by %d degrees to be read", turn)
        sideways = read_sideways(sheet, texts, self.reader)
        angles = {number: angle for number, (_, angle) in sideways.items()}
        for number, (text, _) in sideways.items():
            texts[number] = text
        return _Seen(sheet, tuple(texts), turn, _photos(sheet, texts), angles)

    def _read(self, sheet: Sheet) -> list[LineText]:
        told = told_by_shape(sheet)
        others = [line for number, line in enumerate(sheet.lines) if number not in told]
        texts = iter(read_parts(sheet, others, self.reader))
        return [
            with_bullet(sheet, line, told[number] if number in told else next(texts))
            for number, line in enumerate(sheet.lines)
        ]

    def _side(self, sheet: Sheet) -> int:
        """Degrees clockwise by which a page on its side has to be turned; 0 if it is upright."""
        if not is_standing(sheet):
            return 0
        pictures = [sheet.picture(sheet.lines[i]) for i in _longest(sheet)]
        tall = [p for p in pictures if p.height > p.width]
        ways = {
            0: [PIL.Image.fromarray(set_across(np.asarray(p)).picture) for p in tall],
            90: [p.transpose(PIL.Image.Transpose.ROTATE_270) for p in tall],
            270: [p.transpose(PIL.Image.Transpose.ROTATE_90) for p in tall],
        }
        scores = {way: _weight(self.reader.read(lines)) for way, lines in ways.items()}
        best = max(scores, key=scores.__getitem__)
        return best if scores[best] > scores[0] * (1 + CLEARLY) else 0

    def _is_on_its_head(self, sheet: Sheet, texts: Sequence[LineText]) -> bool:
        numbers = _longest(sheet)
        if not numbers:
            return False
        pictures = [sheet.picture(sheet.lines[i]) for i in numbers]
        turned = self.reader.read([p.transpose(PIL.Image.Transpose.ROTATE_180) for p in pictures])
        now = _certainty([texts[i] for i in numbers])
        return _certainty(turned) > now + CLEARLY


def _turned(grey: Grey, degrees: int) -> Grey:
    """A picture turned clockwise."""
    return np.ascontiguousarray(np.rot90(grey, -degrees // 90))


def _longest(sheet: Sheet) -> list[int]:
    """The numbers of the longest lines, ascending."""
    sides = [max(line.bbox.width, line.bbox.height) for line in sheet.lines]
    return sorted(sorted(range(len(sides)), key=lambda i: -sides[i])[:SAMPLE])


def _certainty(texts: Sequence[LineText]) -> float:
    """The mean confidence of all letters; 1 where there are none."""
    scores = [score for text in texts for score in text.confidence]
    return sum(scores) / len(scores) if scores else 1.0


def _weight(texts: Sequence[LineText]) -> float:
    """How much was read with how much certainty: wrong ways lose letters too."""
    return sum(score**4 for text in texts for score in text.confidence)


def _is_clear(line: TextLine, text: LineText, letter: float) -> bool:
    if not line.ruby and _is_usual(min(line.bbox.width, line.bbox.height), letter):
        return text.mean_confidence >= LEAST_FOR_USUAL
    short = len(text.text.replace(" ", "")) <= 2
    return text.mean_confidence >= (LEAST_FOR_SHORT if short else LEAST_CONFIDENCE)


def _is_fleck(sheet: Sheet, line: TextLine, text: LineText) -> bool:
    """A low sign with nothing beside it: dirt, or the end of a flourish."""
    if set(text.text.strip()) - FLECKS:
        return False
    reach = FLECK_ALONE * sheet.letter
    around = BBox(
        line.bbox.x0 - round(reach), line.bbox.y0, line.bbox.x1 + round(reach), line.bbox.y1
    )
    return not any(other is not line and around.overlap(other.bbox) for other in sheet.lines)


def _photos(sheet: Sheet, texts: Sequence[LineText]) -> tuple[BBox, ...]:
    """The dark parts of a page that are no panels of text."""
    pairs = list(zip(sheet.lines, texts, strict=True))
    found = []
    for photo in sheet.photos:
        inside = [text for line, text in pairs if _is_in(line, [photo])]
        if not any(text.text for text in inside) or _certainty(inside) < LEAST_OF_PANEL:
            found.append(photo)
    return tuple(found)


def _is_in(line: TextLine, boxes: Sequence[BBox]) -> bool:
    return any(line.bbox.overlap(box) > 0.5 for box in boxes)


def _is_pattern(text: LineText) -> bool:
    """Whether what was read in a photograph is some roof or leaf in it."""
    is_short = sum(map(str.isalnum, text.text)) < FEW_IN_PHOTO
    return is_short or text.mean_confidence < LEAST_IN_PHOTO


def _is_usual(height: int, letter: float) -> bool:
    return 0.75 * letter <= height <= 1.6 * letter


def _is_spot(line: TextLine, text: LineText, letter: float) -> bool:
    """A hole punched for a file, a coffee ring: a round letter alone, larger than the others."""
    return text.text.strip() in SPOTS and min(line.bbox.width, line.bbox.height) > 1.5 * letter


def _is_blot(sheet: Sheet, line: TextLine) -> bool:
    """A hole punched for a file, as dark inside as at its edge: whatever it looks like."""
    width, height = line.bbox.width, line.bbox.height
    is_round = max(width, height) <= 1.2 * min(width, height)
    if len(line.members) > 1 or not is_round or min(width, height) <= 1.5 * sheet.letter:
        return False
    rows, columns = sheet.even.shape
    x, y = line.bbox.center
    if EDGE * columns < x < (1 - EDGE) * columns and EDGE * rows < y < (1 - EDGE) * rows:
        return False
    return int(sheet.marks.area[list(line.members)].sum()) > SOLID * width * height


def _is_sliver(line: TextLine, text: LineText, letter: float) -> bool:
    """A piece of a broken rule, whatever it looks like when it is made as high as letters."""
    height, width = line.bbox.height, line.bbox.width
    least = min(height, width) if line.vertical else height  # a line may be a lone l
    return least < SLIVER * letter and any(c.isalnum() and c not in FLAT for c in text.text)


def _is_row_of_signs(sheet: Sheet, line: TextLine, text: LineText) -> bool:
    """A rule that is set in signs, as receipts have it."""
    if len(line.members) < ROW or line.bbox.height > LOW * sheet.letter:
        return False
    boxes = sheet.marks.boxes[list(line.members)]
    is_even = int(np.ptp(boxes[:, 1])) <= AS_HIGH and int(np.ptp(boxes[:, 3])) <= AS_HIGH
    return is_even and text.mean_confidence < LEAST_IN_ROW


def _is_kana(text: str) -> bool:
    return all("\u3041" <= char <= "\u30ff" for char in text if not char.isspace())


def _place(line: Line) -> tuple[int, int]:
    """Downwards, and leftwards among vertical lines."""
    box = line.bbox
    return (-box.x1, box.y0) if line.vertical else (box.y0, box.x0)


def _back(seen: _Seen, page: PageInput) -> Callable[[BBox], BBox]:
    """What takes a box of the sheet to the page's native pixels."""
    width, height = seen.sheet.size
    turned = turner(width, height, 360 - seen.turn) if seen.turn else None

    def back(box: BBox) -> BBox:
        box = seen.sheet.to_page(box)
        return (turned(box) if turned else box).clip(page.width, page.height)

    return back


def as_read(block: Block) -> Block:
    """A block whose source and confidence are those of its words, if these were read."""
    if not any(word.is_read for word in block.words):
        return block
    sources: list[Provenance] = [word.source for word in block.words]
    source = max(set(sources), key=lambda name: (sources.count(name), name))
    return replace(block, source=source, confidence=mean_confidence(block.words))
