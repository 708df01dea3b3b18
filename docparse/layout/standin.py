"""A page picture with its lines over it as a PDF page, so that it is laid out like any other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pymupdf

from docparse.pages.page import PageInput
from docparse.types import BBox, Line, Note, Word

if TYPE_CHECKING:
    import PIL.Image

# The layout model looks at a page at 72 dpi; more would only be thrown away.
PICTURE_DPI = 110
# A longer page, as scans of no known resolution make them, is laid out as one of this length: A0.
MOST_POINTS = 3400
# In the one font that is used: where the baseline lies from the top of a word's box.
BASELINE = 0.8


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found on a page picture, in its pixels.

    `rules`: boxes of straight rules. `number`: of the page it is.
    """

    picture: PIL.Image.Image
    dpi: float
    lines: tuple[Line, ...]
    rules: tuple[BBox, ...]
    number: int
    notes: tuple[Note, ...] = ()


@contextmanager
def standing_in(scan: Scan) -> Iterator[PageInput]:
    """The scan as a page with a text layer, open while the context lasts.

    The picture is drawn small, its words are laid over it invisibly and its rules as lines.
    """
    width, height = scan.picture.size
    dpi = max(scan.dpi, 72 * max(width, height) / MOST_POINTS)
    point = 72 / dpi
    document = pymupdf.open()
    try:
        page = document.new_page(width=width * point, height=height * point)
        small = scan.picture.copy()
        most = max(1, round(width * PICTURE_DPI / dpi))
        small.thumbnail((most, max(1, round(height * PICTURE_DPI / dpi))))
        grey = pymupdf.Pixmap(pymupdf.csGRAY, *small.size, small.tobytes(), False)
        page.insert_image(page.rect, pixmap=grey)
        page.insert_font(fontname="japan")
        content = document.get_new_xref()
        document.update_object(content, "<<>>")
        document.update_stream(content, _content(scan, page.rect.height, point))
        image = page.get_contents()
        document.xref_set_key(
            page.xref, "Contents", f"[{' '.join(f'{x} 0 R' for x in [*image, content])}]"
        )
        yield PageInput(
            number=scan.number,
            width=width,
            height=height,
            dpi=dpi,
            rotation=0,
            layer="good",
            lines=scan.lines,
            notes=scan.notes,
            pdf_page=document[0],
        )
    finally:
        document.close()


def _content(scan: Scan, height: float, point: float) -> bytes:
    """The page description of the rules and words. Vertical lines are not known to the model."""
    parts = ["q 0 g"]
    for rule in scan.rules:
        x, y = rule.x0 * point, height - rule.y1 * point
        parts.append(f"{x:.2f} {y:.2f} {rule.width * point:.2f} {rule.height * point:.2f} re f")
    parts.append("BT 3 Tr")
    for line in scan.lines:
        if not line.vertical:
            parts += [_show(word, height, point) for word in line.words]
    parts.append("ET Q")
    return "\n".join(parts).encode("ascii")


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
