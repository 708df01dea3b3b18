"""A canvas for synthetic invoices that knows the value and box of everything it draws."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from docparse.extraction.draft import ACCOUNT, LINE, TAX, empty_invoice
from docparse.mupdf import pymupdf

LISTS = {"line_items": LINE, "bank_accounts": ACCOUNT, "taxes": TAX}
INK, GREY = (0.1, 0.1, 0.12), (0.6, 0.63, 0.68)
# Above and below the baseline, in shares of the size: the box of a full-width character.
ASCENT, DESCENT = 0.9, 0.15
# Beyond the numbers of ISO dates: what may be altered to test the checks.
ALTERABLE = re.compile(
    r"/(?:line_items/\d+/(?:quantity|unit_price|amount|gross_amount|tax_amount)|taxes/\d+/(?:net|gross|tax)"
    r"|subtotal|tax_total|total|amount_due|withholding_tax|previous_amount|payment_received|carry_over)$"
)


@dataclass(frozen=True, slots=True)
class Val:
    """A printed value: where it goes in the data, its text on paper, and what it is."""

    pointer: str
    text: str
    value: Any


Part = str | Val


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was drawn, in points of its page (from 1)."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(slots=True)
class Canvas:
    """Draws text and rules on pages; `alter` is the how-manieth number to print wrong."""

    width: float = 595.0
    height: float = 842.0
    alter: int | None = None
    rng: random.Random = field(default_factory=random.Random)
    data: dict[str, Any] = field(default_factory=empty_invoice)
    places: dict[str, list[Place]] = field(default_factory=dict)
    numbers: int = 0
    altered: str = ""
    _pdf: Any = None
    _page: Any = None
    _writer: Any = None
    _font: Any = None

    def __post_init__(self) -> None:
        self._pdf = pymupdf.open()
        self._font = pymupdf.Font("japan")
        self.next_page()

    def next_page(self) -> None:
        self._flush()
        self._page = self._pdf.new_page(width=self.width, height=self.height)
        self._writer = pymupdf.TextWriter(self._page.rect, color=INK)

    @property
    def page(self) -> int:
        return len(self._pdf)

    def _flush(self) -> None:
        if self._writer is not None and self._writer.text_rect.width > 0:
            self._writer.write_text(self._page)

    def write(
        self,
        x: float,
        y: float,
        parts: Part | Sequence[Part],
        *,
        size: float = 9,
        align: str = "left",
    ) -> float:
        """Text whose baseline begins, ends or is centred at x; the x where it ends."""
        listed = [parts] if isinstance(parts, str | Val) else list(parts)
        texts = [part if isinstance(part, str) else self._printed(part) for part in listed]
        width = sum(self.length(text, size) for text in texts)
        x -= {"left": 0.0, "right": width, "center": width / 2}[align]
        whole = "".join(texts)
        if whole:
            self._writer.append((x, y), whole, font=self._font, fontsize=size)
        for part, text in zip(listed, texts, strict=True):
            end = x + self.length(text, size)
            if isinstance(part, Val) and text:
                place = Place(self.page, x, y - ASCENT * size, end, y + DESCENT * size)
                self.places.setdefault(part.pointer, []).append(place)
            x = end
        return x

    def length(self, text: str, size: float) -> float:
        return float(self._font.text_length(text, size)) if text else 0.0

    def _printed(self, part: Val) -> str:
        """The text of a value, which is noted; one digit off if it is the one to be altered."""
        text, value = part.text, part.value
        if ALTERABLE.search(part.pointer) and re.search(r"[1-9]", text):
            if self.numbers == self.alter:
                text, value = self._wrong(text, value)
                self.altered = part.pointer
            self.numbers += 1
        self._put(part.pointer, value)
        return text

    def _wrong(self, text: str, value: Any) -> tuple[str, Any]:
        spots = [i for i, char in enumerate(text) if char.isdigit()]
        spot = self.rng.choice(spots)
        old = int(text[spot])
        # one yen of tax more or less may be another rounding, and lawful
        new = self.rng.choice([d for d in range(1, 10) if abs(d - old) > (spot == spots[-1])])
        text = (
            text[:spot]
            + (str(new) if text[spot].isascii() else chr(ord("０") + new))
            + text[spot + 1 :]
        )
        place = 10 ** (len(spots) - 1 - spots.index(spot))
        return text, value + (new - old) * place * (-1 if value < 0 else 1)

    def _put(self, pointer: str, value: Any) -> None:
        *path, last = pointer.split("/")[1:]
        node: Any = self.data
        for part in path:
            node = node[int(part)] if isinstance(node, list) else node[part]
        if isinstance(node, list):
            raise ValueError(f"{pointer} names a whole entry")
        if last not in node:
            raise ValueError(f"{pointer} is not in the schema")
        if node[last] is None:
            node[last] = value

    def entry(self, name: str) -> str:
        """A new entry of a list of the invoice; its pointer."""
        self.data[name].append(dict.fromkeys(LISTS[name]))
        return f"/{name}/{len(self.data[name]) - 1}"

    def imply(self, pointer: str, value: Any, of: str) -> None:
        """A value that is printed as part of another, such as the rate that a mark means."""
        self._put(pointer, value)
        self.places.setdefault(pointer, []).extend(self.places.get(of, []))

    def rule(self, x0: float, y0: float, x1: float, y1: float, *, width: float = 0.6) -> None:
        self._page.draw_line((x0, y0), (x1, y1), color=GREY, width=width)

    def box(self, x0: float, y0: float, x1: float, y1: float, *, fill: bool = False) -> None:
        self._page.draw_rect(
            (x0, y0, x1, y1), color=GREY, fill=(0.93, 0.95, 0.97) if fill else None, width=0.6
        )

    def seal(self, x: float, y: float, side: float, text: str) -> None:
        """A red stamp whose characters are drawn as shapes, not as text."""
        shape = self._page.new_shape()
        shape.draw_rect((x, y, x + side, y + side))
        for row in range(2):
            for column in range(2):
                left, top = x + 3 + column * side / 2.2, y + 3 + row * side / 2.2
                shape.draw_line((left, top), (left + side / 3, top + side / 3))
                shape.draw_line((left + side / 3, top), (left, top + side / 3))
        shape.finish(color=(0.8, 0.15, 0.12), width=1.3, stroke_opacity=0.8)
        shape.commit()

    def finish(self) -> bytes:
        """The file's bytes; the font is embedded as far as it is used."""
        self._flush()
        self._writer = None
        self._pdf.subset_fonts()
        return bytes(self._pdf.tobytes(deflate=True, garbage=3))


def yen(amount: int, style: str = "") -> str:
    """An amount as printed: `style` is any of ¥ 円 - together with △ ▲ or −."""
    sign = next((s for s in "△▲−" if s in style), "-") if amount < 0 else ""
    head = "¥" if "¥" in style else ""
    tail = "円" if "円" in style else "-" if "-" in style else ""
    text = f"{sign}{head}{abs(amount):,}{tail}"
    return text.translate(FULL) if "全" in style else text


FULL = str.maketrans("0123456789,¥-", "０１２３４５６７８９，￥－")


def day(value: date, style: str) -> str:
    """A date as printed, by the name of the style."""
    era = value.year - 2018
    year = "元" if era == 1 else str(era)
    return {
        "年": f"{value.year}年{value.month}月{value.day}日",
        "年0": f"{value.year}年{value.month:02d}月{value.day:02d}日",
        "/": f"{value.year}/{value.month:02d}/{value.day:02d}",
        "-": f"{value.year}-{value.month:02d}-{value.day:02d}",
        ".": f"{value.year}.{value.month}.{value.day}",
        "令和": f"令和{year}年{value.month}月{value.day}日",
        "R": f"R{era}.{value.month}.{value.day}",
        "短": f"{value.year % 100}/{value.month:02d}/{value.day:02d}",
        "全": f"{value.year}年{value.month}月{value.day}日".translate(FULL),
        "md": f"{value.month}/{value.day}",
    }[style]
