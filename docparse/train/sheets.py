"""Blocks set in type on a blank sheet, one below the other, each with where its letters stand."""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from PIL import Image, ImageDraw, ImageFont

from docparse.omni.lists import split_marker
from docparse.train.fonts import Face
from docparse.train.lines import Spot
from docparse.train.texts import LABELS_EN, LABELS_JA, Texts
from docparse.train.typeset import open_font
from docparse.types import BBox, Block, Cell, ListItem, Table, union_of

BULLETS = "•・-○■"
# Of heads and paragraphs: those set from the left, in the middle, up to the right.
SHARES, ALIGNED = (0.0, 0.5, 1.0), (8, 1.5, 0.5)
# Where a line may end: behind a blank, or beside a Japanese character.
_PIECES = re.compile(r"[^\s\u2e80-\uffef]+\s*|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class SetLine:
    """A line of type: its box, and where each of its characters stands that is no blank.

    `end` are the blanks between it and the next line of its block.
    """

    text: str
    end: str
    box: BBox
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class SetBlock:
    """A block and the lines that it is set in, in reading order."""

    block: Block
    lines: tuple[SetLine, ...]


@dataclass(slots=True)
class Column:
    """The free part of a column of a sheet: from `left` to `right`, from `top` down to `bottom`."""

    left: int
    right: int
    top: float
    bottom: int


@dataclass(frozen=True, slots=True)
class Look:
    """How a sheet is set: faces for text and for heads, sizes in pixels."""

    face: Face
    head: Face
    size: int
    leading: float  # from one line to the next, by the size

    @property
    def japanese(self) -> bool:
        return self.face.is_japanese


@dataclass(slots=True)
class Sheet:
    """A sheet that is filled; what finds no room is not set."""

    size: tuple[int, int]
    look: Look
    texts: Texts
    rng: random.Random
    picture: Image.Image = field(init=False)
    draw: ImageDraw.ImageDraw = field(init=False)

    def __post_init__(self) -> None:
        self.picture = Image.new("L", self.size, 255)
        self.draw = ImageDraw.Draw(self.picture)

    def heading(self, column: Column, level: int) -> SetBlock | None:
        """A head of one or two lines."""
        size = round(self.look.size * (1.45 if level == 1 else 1.15))
        font = open_font(self.look.head.path, self.look.head.index, size, shaped=False)
        text = self._text(self._label()) if self.rng.random() < 0.5 else self._piece()
        return self._text_block(column, font, text[:40].strip(), level)

    def paragraph(self, column: Column) -> SetBlock | None:
        """Running text, as much as there is room for."""
        a_line = (column.right - column.left) // self.look.size * (1 if self.look.japanese else 2)
        length = self.rng.randint(12, max(48, 5 * a_line))
        between = "" if self.look.japanese else " "
        text = self._piece()
        while len(text) < length:
            text += between + self._piece()
        return self._text_block(column, self._font(), text.strip(), 0)

    def entries(self, column: Column) -> SetBlock | None:
        """Entries behind bullets or numbers."""
        bullet = self.rng.choice(BULLETS if self.look.japanese else "•-")
        is_counted = bullet not in self.look.face.chars or self.rng.random() < 0.4
        items, lines = list[ListItem](), list[SetLine]()
        for number in range(1, self.rng.randint(2, 5) + 1):
            marker = f"{number}." if is_counted else bullet
            text = f"{marker} {self._entry()}"
            marker, rest = split_marker(text)
            if not marker or not rest:
                continue
            found = self._lines(column, self._font(), text)
            if not found:
                break
            box = union_of(line.box for line in found)
            items.append(ListItem(rest, box, marker=marker, ordered=is_counted))
            lines += found
        if not items:
            return None
        block = Block("list", union_of(line.box for line in lines), items=tuple(items))
        return self._done(block, lines, column)

    def table(self, column: Column) -> SetBlock | None:
        """Cells in rows, ruled or not; the first row may be heads."""
        font, columns = self._font(), self.rng.randint(2, 6)
        pad, height = round(self.look.size * 0.5), round(self.look.size * self.rng.uniform(1.5, 2))
        rows = min(self.rng.randint(2, 6), int((column.bottom - column.top) // height))
        has_heads = self.rng.random() < 0.6
        texts = [
            [self._cell(row == 0 and has_heads) for _ in range(columns)] for row in range(rows)
        ]
        if rows < 2:
            return None
        widths = [
            max(round(font.getlength(text)) for text in cells) + 2 * pad
            for cells in zip(*texts, strict=True)
        ]
        spare = column.right - column.left - sum(widths)
        if spare < 0:
            return None
        widths = [width + spare // columns * self.rng.randint(0, 1) for width in widths]
        edges = list(itertools.accumulate(widths, initial=column.left))
        top = round(column.top)
        lines = list[SetLine]()
        for row, col in itertools.product(range(rows), range(columns)):
            text = texts[row][col]
            is_number = text[:1].isdecimal() and self.rng.random() < 0.8
            x = edges[col] + pad
            if is_number:
                x = edges[col + 1] - pad - round(font.getlength(text))
            y = top + row * height + (height - self.look.size) / 2
            lines.append(self._put(text, x, y, font))
        outline = BBox(edges[0], top, edges[-1], top + rows * height)
        is_ruled = self.rng.random() < 0.7
        if is_ruled:
            self._rule(outline, edges, height)
        cells = tuple(
            Cell(row, col, texts[row][col], header=row == 0 and has_heads)
            for row, col in itertools.product(range(rows), range(columns))
        )
        box = outline if is_ruled else union_of(line.box for line in lines)
        column.top = outline.y1
        return self._done(Block("table", box, table=Table(rows, columns, cells)), lines, column)

    def _rule(self, box: BBox, edges: Sequence[int], height: int) -> None:
        grey, only_rows = self.rng.randint(0, 140), self.rng.random() < 0.3
        for y in range(box.y0, box.y1 + 1, height):
            self.draw.line((box.x0, y, box.x1, y), fill=grey)
        for x in () if only_rows else edges:
            self.draw.line((x, box.y0, x, box.y1), fill=grey)

    def _cell(self, is_head: bool) -> str:
        t = self.texts
        values = (t.number, t.number, t.date, t.one, self._piece)
        kind = self.rng.choice((self._label, self._piece) if is_head else values)
        return self._text(kind())[:10].strip() or "1"

    def _entry(self) -> str:
        return self._piece()[: self.rng.randint(4, 30)].strip(BULLETS + " ")

    def _label(self) -> str:
        return self.rng.choice(LABELS_JA if self.look.japanese else LABELS_EN)

    def _piece(self) -> str:
        """A text that the face can show, or what it can of one."""
        t = self.texts
        japanese = (t.prose_ja, t.prose_ja, t.words_ja, t.business_ja, t.mixed, t.rare, t.rare)
        latin = (t.sentence, t.sentence, t.prose_en, t.business_en)
        kinds = japanese if self.look.japanese else latin
        for _ in range(5):
            text = self.rng.choice(kinds)()
            kept = self._text(text)
            if len(kept) > 0.9 * len(text):
                break
        return kept

    def _text(self, text: str) -> str:
        """Without what the face lacks; backslashes would have to be written as references."""
        kept = "".join(c for c in text if c in self.look.face.chars and c != "\\")
        return re.sub(r"\s+", " ", kept).strip() or "1"

    def _font(self) -> ImageFont.FreeTypeFont:
        return open_font(self.look.face.path, self.look.face.index, self.look.size, shaped=False)

    def _text_block(
        self, column: Column, font: ImageFont.FreeTypeFont, text: str, level: int
    ) -> SetBlock | None:
        text = "".join(c for c in text if c in self.look.head.chars) if level else text
        share = self.rng.choices(SHARES, ALIGNED)[0]
        lines = self._lines(column, font, text, share) if text else []
        if not lines:
            return None
        told = "".join(line.text + line.end for line in lines).strip()
        box = union_of(line.box for line in lines)
        block = Block("heading" if level else "paragraph", box, told, level=level)
        return self._done(block, lines, column)

    def _lines(
        self, column: Column, font: ImageFont.FreeTypeFont, text: str, share: float = 0.0
    ) -> list[SetLine]:
        """The text in lines down the column, those that there is room for.

        `share`: how much of what is free beside a line stands before it.
        """
        found, width = list[SetLine](), column.right - column.left
        for line in lines_of(text, font, width):
            if column.top + font.size * 1.25 > column.bottom:
                break
            free = max(0.0, width - font.getlength(line.strip()))
            found.append(self._put(line, column.left + share * free, column.top, font))
            column.top += font.size * self.look.leading
        return found

    def _put(self, text: str, x: float, y: float, font: ImageFont.FreeTypeFont) -> SetLine:
        shown = text.strip()
        self.draw.text((x, y), shown, fill=0, font=font)
        left, top, right, bottom = self.draw.textbbox((x, y), shown, font=font)
        w, h = self.size
        box = BBox(
            max(0, int(left)), max(0, int(top)), min(w, int(right) + 1), min(h, int(bottom) + 1)
        )
        middle = (box.y0 + box.y1) / 2
        ends = itertools.accumulate((font.getlength(char) for char in shown), initial=x)
        spots = [((a + b) / 2, middle) for a, b in itertools.pairwise(ends)]
        letters = (at for at, char in zip(spots, shown, strict=True) if not char.isspace())
        return SetLine(shown, text[len(shown) :], box, tuple(letters))

    def _done(self, block: Block, lines: Sequence[SetLine], column: Column) -> SetBlock:
        column.top += self.look.size * self.rng.uniform(0.4, 1.2)
        return SetBlock(block, tuple(lines))


def lines_of(text: str, font: ImageFont.FreeTypeFont, width: float) -> list[str]:
    """The text cut into lines that are at most so wide, blanks kept at their ends."""
    lines, room = [""], width
    for piece in _cut_long(_PIECES.findall(text), font, width):
        length = font.getlength(piece.rstrip())
        if lines[-1] and length > room:
            lines.append("")
            room = width
        lines[-1] += piece
        room -= font.getlength(piece)
    return lines


def _cut_long(pieces: Sequence[str], font: ImageFont.FreeTypeFont, width: float) -> Iterator[str]:
    for piece in pieces:
        if font.getlength(piece.rstrip()) <= width:
            yield piece
        else:
            yield from piece
