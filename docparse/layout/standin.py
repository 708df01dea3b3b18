"""A page picture with its lines over it as a PDF page, so that it is laid out like any other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import PIL.Image

from docparse.layout.regions import look_ahead
from docparse.layout.turning import place_line
from docparse.mupdf import pymupdf
from docparse.pages.page import PageInput
from docparse.types import BBox, Line, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]

# The layout model looks at a page at 72 dpi; more would only be thrown away.
PICTURE_DPI = 110
# The lengths of pages that the layout model knows, in points: up to A0, and no slips of paper.
LEAST_POINTS, MOST_POINTS = 450, 3400
# A single word is enlarged so much at most.
MOST_ENLARGED = 3
# It takes what a piece of a page says for a picture, its heads for captions and its tables for text
# unless that stands on a whole page, in letters as high as usual there. A piece is what would be
# shorter than this then, or has a side of less than this share of the other; all in points.
SHEET, USUAL_LETTER = (595, 842), 8.5
SHORTEST, THINNEST = 580, 0.45
# How much of the paper that is free above and below a piece is above.
ABOVE = 0.15
# In the one font that is used: where the baseline lies from the top of a word's box.
BASELINE = 0.8


class StandIn:
    """A page picture drawn small, with rules as lines and, invisibly, words over it.

    It is drawn before its words are known, so that the layout model can begin to look at it.
    """

    def __init__(self, dpi: float) -> None:
        """`dpi`: of pictures at scale 1."""
        self._native_dpi = self._dpi = dpi
        self._document = pymupdf.open()
        self._size = self._offset = 0, 0

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *_: object) -> None:
        self._document.close()

    def draw(self, picture: Grey, rules: Sequence[BBox], scale: float, letter: float) -> None:
        """Draws a page anew. `rules`: in pixels of the picture; `scale`: these per native pixel;
        `letter`: how high its letters are, in pixels."""
        height, width = picture.shape
        self._dpi, (wide, high) = self._fit(width, height, scale, letter)
        point = 72 / self._dpi
        self._size = round(wide / point), round(high / point)
        free = self._size[0] - width, self._size[1] - height
        self._offset = x, y = free[0] // 2, round(free[1] * ABOVE)
        if len(self._document):
            self._document.delete_page(0)
        page = self._document.new_page(width=wide, height=high)
        small = PIL.Image.fromarray(picture)
        most = max(1, round(width * PICTURE_DPI / self._dpi))
        small.thumbnail((most, max(1, round(height * PICTURE_DPI / self._dpi))))
        grey = pymupdf.Pixmap(pymupdf.csGRAY, *small.size, small.tobytes(), False)
        page.insert_image(
            (x * point, y * point, (x + width) * point, (y + height) * point), pixmap=grey
        )
        self._add(_drawn([*map(self._forth, rules)], high, point))
        look_ahead(self._document[0])

    def _fit(
        self, width: int, height: int, scale: float, letter: float
    ) -> tuple[float, tuple[float, float]]:
        """Pixels per inch, and the size of the page in points."""
        longest, shortest = max(width, height), min(width, height)
        most, least = (72 * longest / points for points in (LEAST_POINTS, MOST_POINTS))
        usual = max(72 * letter / USUAL_LETTER, least)
        if 72 * longest / usual < SHORTEST or shortest < THINNEST * longest:
            point = 72 / usual
            return usual, (max(SHEET[0], width * point), max(SHEET[1], height * point))
        own = self._native_dpi * scale
        dpi = min(max(own, least), max(most, own / MOST_ENLARGED))
        return dpi, (width * 72 / dpi, height * 72 / dpi)

    def write(
        self,
        lines: Sequence[Line],
        drawn: Sequence[BBox],
        number: int,
        *,
        photos: Sequence[BBox] = (),
    ) -> PageInput:
        """Page `number` with a text layer, as long as this is open. `drawn`: see PageInput.

        `photos`: those of the `drawn` that are pictures for sure.
        """
        page = self._document[0]
        lines = [place_line(line, self._forth) for line in lines]
        page.insert_font(fontname="japan")
        self._add(_written(lines, page.rect.height, 72 / self._dpi))
        width, height = self._size
        return PageInput(
            number=number,
            width=width,
            height=height,
            dpi=self._dpi,
            rotation=0,
            layer="good",
            lines=tuple(lines),
            images=tuple(map(self._forth, photos)),
            drawn=tuple(map(self._forth, drawn)),
            pdf_page=self._document[0],
        )

    def back(self, box: BBox) -> BBox:
        """Where a box on this page is in the picture."""
        return box.moved(-self._offset[0], -self._offset[1])

    def _forth(self, box: BBox) -> BBox:
        return box.moved(*self._offset)

    def _add(self, description: bytes) -> None:
        """Adds to what the page shows."""
        document, page = self._document, self._document[0]
        content = document.get_new_xref()
        document.update_object(content, "<<>>")
        document.update_stream(content, description)
        contents = " ".join(f"{xref} 0 R" for xref in [*page.get_contents(), content])
        document.xref_set_key(page.xref, "Contents", f"[{contents}]")


def _drawn(rules: Sequence[BBox], height: float, point: float) -> bytes:
    """The page description of the rules."""
    parts = ["q 0 g"]
    for rule in rules:
        x, y = rule.x0 * point, height - rule.y1 * point
        parts.append(f"{x:.2f} {y:.2f} {rule.width * point:.2f} {rule.height * point:.2f} re f")
    return "\n".join([*parts, "Q"]).encode("ascii")


def _written(lines: Sequence[Line], height: float, point: float) -> bytes:
    """The page description of the words. Vertical lines are not known to the model."""
    parts = ["q BT 3 Tr"]
    for line in lines:
        if not line.vertical:
            parts += [_show(word, height, point, line.angle) for word in line.words]
    return "\n".join([*parts, "ET Q"]).encode("ascii")


def _show(word: Word, height: float, point: float, angle: int) -> str:
    """One word stretched to its box; every glyph of the font is as wide as it is high."""
    box = word.bbox
    length, across = (box.height, box.width) if angle else (box.width, box.height)
    size = max(1.0, across * point)
    text = word.text + " " * word.space_after
    stretch = 100 * max(1, length) * point / (size * max(1, len(word.text)))
    rise = BASELINE * size
    way, x, y = {
        0: ("1 0 0 1", box.x0 * point, height - box.y0 * point - rise),
        90: ("0 1 -1 0", box.x0 * point + rise, height - box.y1 * point),
        270: ("0 -1 1 0", box.x1 * point - rise, height - box.y0 * point),
    }[angle]
    code = text.encode("utf-16-be", "replace").hex()
    return f"/japan {size:.2f} Tf {stretch:.1f} Tz {way} {x:.2f} {y:.2f} Tm <{code}> Tj"


def rules_of(boxes: Sequence[Sequence[int]]) -> tuple[BBox, ...]:
    """Rows of x0 y0 x1 y1 as boxes."""
    return tuple(BBox(*(int(value) for value in box)) for box in boxes)
