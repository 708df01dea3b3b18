"""Pages drawn for measuring: what they say, block by block, and where each word stands."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageFilter

from docparse.bench.drawn_texts import Texts
from docparse.evidence.tokens import tokens_of
from docparse.mupdf import pymupdf
from docparse.types import BBox, Block, Cell, Kind, ListItem, Page, Table, Word, union_of

WIDTH, HEIGHT = 595.0, 842.0
DPI = 200.0
LAYOUTS = ("report", "paper", "form")
# How signs are drawn in vertical writing: by the forms that Unicode has for it.
DOWNWARD = str.maketrans("。、（）", "︒︑︵︶")
# Above and below the baseline, in ems: the ideographic em box (OpenType, BASE table, ideo).
IDEOGRAPH = (0.88, 0.12)
# No Japanese line begins with one of these.
NOT_FIRST = "、。）」"


@dataclass(frozen=True, slots=True)
class Fonts:
    """The faces of a page: built-in names of PyMuPDF, or paths of font files."""

    latin: str
    japanese: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """`page`: what is printed, in pixels at 200 dpi; its words are pieces as they are compared.

    `pdf` has the text as its layer.
    """

    pdf: bytes
    page: Page


def draw_page(seed: int, layout: str, *, japanese: bool, fonts: Fonts) -> Drawn:
    """The same page each time for a seed, a layout and fonts."""
    rng = random.Random(f"{layout}-{japanese}-{seed}")
    sheet = _Sheet(Texts(rng, japanese), rng, fonts)
    DRAW[layout](sheet)
    return sheet.finish()


@dataclass(slots=True)
class _Sheet:
    texts: Texts
    rng: random.Random
    fonts: Fonts
    blocks: list[Block] = field(default_factory=list)
    _pdf: Any = None
    _page: Any = None
    _writer: Any = None
    _font: Any = None

    def __post_init__(self) -> None:
        name = self.fonts.japanese if self.texts.is_japanese else self.fonts.latin
        self._font = pymupdf.Font(fontfile=name) if "/" in name else pymupdf.Font(name)
        self._pdf = pymupdf.open()
        self._page = self._pdf.new_page(width=WIDTH, height=HEIGHT)
        self._writer = pymupdf.TextWriter(self._page.rect)

    def line(self, x: float, y: float, text: str, size: float) -> list[Word]:
        """Draws a line with its baseline at y; its pieces, as high as the letters of the font:
        from the top of a d to the foot of a p, or the square that ideographs fill."""
        self._writer.append((x, y), text, font=self._font, fontsize=size)
        if self.texts.is_japanese:
            above, below = IDEOGRAPH[0] * size, IDEOGRAPH[1] * size
        else:
            above = float(self._font.glyph_bbox(ord("d")).y1) * size
            below = -float(self._font.glyph_bbox(ord("p")).y0) * size
        scale = DPI / 72
        words = []
        for token in tokens_of(text):
            start = x + self.length(text[: token.start], size)
            end = x + self.length(text[: token.end], size)
            box = BBox.around(start * scale, (y - above) * scale, end * scale, (y + below) * scale)
            space = token.end == len(text) or text[token.end].isspace()
            words.append(Word(text[token.start : token.end], box, space_after=space))
        return words

    def column(self, x: float, y: float, text: str, size: float) -> list[Word]:
        """Draws a column of vertical writing with its left edge at x and its top at y; its pieces,
        in the squares that ideographs fill."""
        for number, char in enumerate(text.translate(DOWNWARD)):
            base = y + (number + IDEOGRAPH[0]) * size
            self._writer.append((x, base), char, font=self._font, fontsize=size)
        scale = DPI / 72
        words = []
        for token in tokens_of(text):
            top, bottom = y + token.start * size, y + token.end * size
            box = BBox.around(x * scale, top * scale, (x + size) * scale, bottom * scale)
            words.append(Word(text[token.start : token.end], box, space_after=False))
        return words

    def columns(
        self, kind: Kind, text: str, x: float, *, size: float = 10.5, height: float = 640
    ) -> float:
        """Draws a block of vertical writing whose first column begins at x; the x of what may
        follow. Figures are as wide as the other characters."""
        text = text.translate({ord("0") + n: 0xFF10 + n for n in range(10)})
        words: list[Word] = []
        for line in self.wrap(text, height, size):
            words += self.column(x, 90, line, size)
            x -= 1.6 * size
        self._add(Block(kind, union_of(w.bbox for w in words), text, words=tuple(words)))
        return x - 0.8 * size

    def length(self, text: str, size: float) -> float:
        return float(self._font.text_length(text, size)) if text else 0.0

    def wrap(self, text: str, width: float, size: float) -> list[str]:
        """A text as lines of at most so many points."""
        parts = list(text) if self.texts.is_japanese else [f"{word} " for word in text.split()]
        lines, line = [], ""
        for part in parts:
            fits = self.length((line + part).rstrip(), size) <= width
            if line and not fits and part not in NOT_FIRST:
                lines.append(line.rstrip())
                line = ""
            line += part
        return [*lines, line.rstrip()]

    def block(
        self, kind: Kind, text: str, x: float, y: float, *, width: float = 451, size: float = 10.5
    ) -> float:
        """Draws a block of text whose first baseline is at y; the y of what may follow."""
        words: list[Word] = []
        for line in self.wrap(text, width, size):
            words += self.line(x, y, line, size)
            y += 1.45 * size
        self._add(Block(kind, union_of(w.bbox for w in words), text, words=tuple(words)))
        return y + 0.8 * size

    def _add(self, block: Block) -> None:
        level = {"heading": 2}.get(block.kind, 0)
        self.blocks.append(replace(block, level=level))

    def items(self, x: float, y: float, *, count: int, size: float = 10.5) -> float:
        items: list[ListItem] = []
        words: list[Word] = []
        for _ in range(count):
            text = self.texts.item()
            self.line(x, y, "・" if self.texts.is_japanese else "-", size)
            found = self.line(x + 14, y, text, size)
            items.append(ListItem(text, union_of(w.bbox for w in found), marker="-"))
            words += found
            y += 1.5 * size
        box = union_of(w.bbox for w in words)
        self._add(Block("list", box, items=tuple(items), words=tuple(words)))
        return y + 0.8 * size

    def table(self, x: float, y: float, *, rows: int, columns: int, size: float = 9.5) -> float:
        """A ruled table with a head; labels to the left, amounts flush right."""
        wide, step = 451 / columns, 1.9 * size
        cells: list[Cell] = []
        words: list[Word] = []
        for row in range(rows):
            for column in range(columns):
                is_label = row == 0 or column == 0
                text = self.texts.label() if is_label else self.texts.amount()
                left = x + column * wide + 4
                if not is_label:
                    left += wide - 8 - self.length(text, size)
                found = self.line(left, y + row * step, text, size)
                box = union_of(w.bbox for w in found)
                cells.append(Cell(row, column, text, header=row == 0, bbox=box))
                words += found
        top = y - 1.25 * size
        for row in range(rows + 1):
            self._page.draw_line((x, top + row * step), (x + 451, top + row * step), width=0.6)
        for column in range(columns + 1):
            across = x + column * wide
            self._page.draw_line((across, top), (across, top + rows * step), width=0.6)
        corners = (x, top, x + 451, top + rows * step)
        box = BBox.around(*(value * DPI / 72 for value in corners))
        self._add(Block("table", box, table=Table(rows, columns, tuple(cells)), words=tuple(words)))
        return y + rows * step + size

    def figure(self, x: float, y: float, *, width: float, height: float) -> float:
        """A chart of bars with small labels, which a reply describes in its own words."""
        box = BBox.around(*(v * DPI / 72 for v in (x, y, x + width, y + height)))
        self._page.draw_rect((x, y, x + width, y + height), color=(0.6, 0.6, 0.6))
        for number in range(6):
            left, tall = x + 20 + number * width / 7, self.rng.uniform(0.2, 0.8) * height
            bar = (left, y + height - 14 - tall, left + 18, y + height - 14)
            self._page.draw_rect(bar, fill=(0.5, 0.6, 0.75), color=None)
            self._writer.append((left, y + height - 4), str(2018 + number), fontsize=7)
        self._add(Block("figure", box, "A bar chart with six bars"))
        return y + height + 16

    @contextmanager
    def scanned(self, x0: float, y0: float, x1: float, y1: float) -> Iterator[None]:
        """What is drawn meanwhile stands in a picture on the page."""
        page, writer = self._page, self._writer
        with pymupdf.open() as pdf:
            self._page = pdf.new_page(width=WIDTH, height=HEIGHT)
            self._writer = pymupdf.TextWriter(self._page.rect)
            yield
            self._writer.write_text(self._page)
            clip = pymupdf.Rect(x0, y0, x1, y1)
            pixmap = self._page.get_pixmap(dpi=round(DPI), clip=clip, colorspace=pymupdf.csGRAY)
        self._page, self._writer = page, writer
        page.insert_image(clip, stream=pixmap.tobytes("jpeg"))

    def finish(self) -> Drawn:
        self._writer.write_text(self._page)
        self._pdf.subset_fonts()
        size = round(WIDTH * DPI / 72), round(HEIGHT * DPI / 72)
        pdf = bytes(self._pdf.tobytes(deflate=True, garbage=3))
        return Drawn(pdf, Page(1, *size, DPI, blocks=tuple(self.blocks)))


def _report(sheet: _Sheet) -> None:
    """One column: a head, a title, sections, a list, a table, a chart, a page number."""
    texts = sheet.texts
    sheet.block("page-header", texts.heading(), 72, 48, size=8)
    y = sheet.block("title", texts.heading(), 72, 90, size=18)
    y = sheet.block("paragraph", texts.paragraph(), 72, y)
    y = sheet.block("heading", texts.heading(), 72, y + 6, size=13)
    y = sheet.block("paragraph", texts.paragraph(), 72, y)
    y = sheet.items(72, y, count=sheet.rng.randint(2, 4))
    y = sheet.table(72, y + 8, rows=sheet.rng.randint(3, 5), columns=sheet.rng.randint(3, 4))
    y = sheet.block("heading", texts.heading(), 72, y + 8, size=13)
    y = sheet.block("paragraph", texts.paragraph(1, 3), 72, y)
    y = sheet.figure(72, y, width=260, height=100)
    sheet.block("caption", texts.sentence(), 72, y, size=8.5)
    sheet.block("page-footer", str(sheet.rng.randint(2, 300)), 290, 815, size=8)


def _paper(sheet: _Sheet) -> None:
    """A title over two columns of paragraphs with headings, and a footnote."""
    texts = sheet.texts
    top = sheet.block("title", texts.heading(), 60, 80, size=17, width=470) + 10
    for x in (60.0, 310.0):
        y = top
        while y < 640:
            if sheet.rng.random() < 0.4:
                y = sheet.block("heading", texts.heading(), x, y + 4, width=225, size=11)
            y = sheet.block("paragraph", texts.paragraph(1, 4), x, y, width=225, size=9)
        if x > 300:
            sheet.block("footnote", f"1 {texts.sentence()}", x, 770, width=225, size=7.5)


def _form(sheet: _Sheet) -> None:
    """Short lines left and right, a long table, a remark."""
    texts = sheet.texts
    y = sheet.block("title", texts.heading(), 72, 80, size=16)
    for _ in range(4):
        sheet.block("paragraph", f"{texts.label()}: {texts.amount()}", 72, y, width=210, size=10)
        y = sheet.block("paragraph", f"{texts.label()} {texts.label()}", 330, y, width=200, size=10)
    y = sheet.table(72, y + 16, rows=sheet.rng.randint(8, 16), columns=sheet.rng.randint(3, 5))
    y = sheet.block("paragraph", texts.paragraph(2, 4), 72, y + 10)
    sheet.block("paragraph", texts.sentence(), 72, y)


def _columns(sheet: _Sheet) -> None:
    """A title and paragraphs of vertical writing."""
    x = sheet.columns("title", sheet.texts.heading(), 500, size=16)
    for _ in range(4):
        x = sheet.columns("paragraph", sheet.texts.paragraph(2, 4), x)
    sheet.block("page-footer", str(sheet.rng.randint(2, 300)), 290, 815, size=8)


def _picture(sheet: _Sheet) -> None:
    """Paragraphs, and pictures of a table and of two paragraphs between them."""
    texts = sheet.texts
    y = sheet.block("title", texts.heading(), 72, 80, size=16)
    y = sheet.block("paragraph", texts.paragraph(), 72, y)
    with sheet.scanned(62, y, 533, y + 150):
        sheet.table(72, y + 30, rows=sheet.rng.randint(4, 6), columns=sheet.rng.randint(3, 4))
    y = sheet.block("paragraph", texts.paragraph(), 72, y + 180)
    with sheet.scanned(62, y, 533, y + 160):
        below = sheet.block("paragraph", texts.paragraph(2, 3), 72, y + 30)
        sheet.block("paragraph", texts.sentence(), 72, below)
    sheet.block("paragraph", texts.paragraph(), 72, y + 190)


DRAW: dict[str, Callable[[_Sheet], None]] = {
    "report": _report, "paper": _paper, "form": _form, "columns": _columns, "picture": _picture
}  # fmt: skip


def on_picture(drawn: Drawn, seed: int) -> bytes:
    """The page as a picture in a PDF, a little worn: blurred, grainy, on grey paper, as JPEG."""
    rng = random.Random(f"picture-{seed}")
    with pymupdf.open(stream=drawn.pdf) as source:
        pixmap = source[0].get_pixmap(dpi=round(DPI), colorspace=pymupdf.csGRAY)
        rect = source[0].rect
    image = PIL.Image.frombytes("L", (pixmap.width, pixmap.height), pixmap.samples)
    image = image.filter(PIL.ImageFilter.GaussianBlur(rng.uniform(0.0, 0.6)))
    grain = np.random.default_rng(rng.randrange(2**31)).normal(
        0, rng.uniform(1, 6), image.size[::-1]
    )
    pixels = np.asarray(image, dtype=np.float32) * rng.uniform(0.93, 1.0) + grain
    buffer = io.BytesIO()
    worn = PIL.Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    worn.save(buffer, "JPEG", quality=rng.randint(70, 92))
    pdf = pymupdf.open()
    pdf.new_page(width=rect.width, height=rect.height).insert_image(rect, stream=buffer.getvalue())
    return bytes(pdf.tobytes())
