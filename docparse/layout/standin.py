"""A page picture with its lines over it as a PDF page, so that it is laid out like any other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import PIL.Image

from docparse.layout.regions import look_ahead
from docparse.mupdf import pymupdf
from docparse.pages.page import PageInput
from docparse.types import BBox, Line, Word

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]

# The layout model looks at a page at 72 dpi; more would only be thrown away.
PICTURE_DPI = 110
# The lengths of pages that the layout model knows, in points: up to A0, and no slips of paper. It
# takes what a screenshot says for a picture unless that is laid out as a page of such a size.
LEAST_POINTS, MOST_POINTS = 450, 3400
# A single word is enlarged so much at most.
MOST_ENLARGED = 3
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
        self._size = 0, 0

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *_: object) -> None:
        self._document.close()

    def draw(self, picture: Grey, rules: Sequence[BBox], scale: float) -> None:
        """Draws a page anew. `rules`: in pixels of the picture; `scale`: these per native pixel."""
        height, width = picture.shape
        self._size = width, height
        most, least = (72 * max(width, height) / points for points in (LEAST_POINTS, MOST_POINTS))
        own = self._native_dpi * scale
        self._dpi = min(max(own, least), max(most, own / MOST_ENLARGED))
        point = 72 / self._dpi
        if len(self._document):
            self._document.delete_page(0)
        page = self._document.new_page(width=width * point, height=height * point)
        small = PIL.Image.fromarray(picture)
        most = max(1, round(width * PICTURE_DPI / self._dpi))
        small.thumbnail((most, max(1, round(height * PICTURE_DPI / self._dpi))))
        grey = pymupdf.Pixmap(pymupdf.csGRAY, *small.size, small.tobytes(), False)
        page.insert_image(page.rect, pixmap=grey)
        self._add(_drawn(rules, page.rect.height, point))
        look_ahead(self._document[0])

    def write(self, lines: Sequence[Line], drawn: Sequence[BBox], number: int) -> PageInput:
        """Page `number` with a text layer, as long as this is open. `drawn`: see PageInput."""
        page = self._document[0]
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
            drawn=tuple(drawn),
            pdf_page=self._document[0],
        )

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
            parts += [_show(word, height, point) for word in line.words]
    return "\n".join([*parts, "ET Q"]).encode("ascii")


def _show(word: Word, height: float, point: float) -> str:
    """One word stretched to its box; every glyph of the font is as wide as it is high."""
    size = max(1.0, word.bbox.height * point)
    text = word.text + " " * word.space_after
    stretch = 100 * max(1, word.bbox.width) * point / (size * max(1, len(word.text)))
    x, y = word.bbox.x0 * point, height - word.bbox.y0 * point - BASELINE * size
    code = text.encode("utf-16-be", "replace").hex()
    return f"/japan {size:.2f} Tf {stretch:.1f} Tz 1 0 0 1 {x:.2f} {y:.2f} Tm <{code}> Tj"


def rules_of(boxes: Sequence[Sequence[int]]) -> tuple[BBox, ...]:
    """Rows of x0 y0 x1 y1 as boxes."""
    return tuple(BBox(*(int(value) for value in box)) for box in boxes)
