"""The picture of a page with the boxes of its blocks drawn on it, a colour and a label to a kind.

Colours are of the Okabe-Ito palette, which people with any colour vision can tell apart, darkened
where the original is too light for white paper; kinds that share one differ by their label.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from docparse.types import BBox, Block, Kind, Page

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

_BLUE, _SKY, _GREEN = (0, 94, 162), (32, 142, 200), (0, 128, 95)
_VERMILION, _ORANGE, _PURPLE = (200, 80, 0), (190, 125, 0), (170, 75, 135)
_YELLOW, _GREY = (130, 120, 0), (110, 110, 110)
COLOURS: dict[Kind, tuple[int, int, int]] = {
    "title": _VERMILION,
    "heading": _VERMILION,
    "paragraph": _BLUE,
    "list": _SKY,
    "table": _GREEN,
    "chart": _PURPLE,
    "formula": _ORANGE,
    "figure": _PURPLE,
    "caption": _YELLOW,
    "footnote": _GREY,
    "page-header": _GREY,
    "page-footer": _GREY,
    "code": _ORANGE,
    "form-field": _GREEN,
    "image-ocr": _PURPLE,
    "music-sheet": _ORANGE,
    "chemical-formula": _ORANGE,
    "seal": _VERMILION,
}
# On a page with more blocks, labels overlap anyway, and are put down without a look around.
_MANY = 200


def draw_boxes(picture: Image, page: Page) -> Image:
    """A copy of the page's picture, in RGB and at its own size, with its boxes drawn.

    Every block has a rectangle with its place in the reading order (from 1), its kind and, for a
    heading, its level. Table cells have thin lines, list items dashed ones; a line leads from a
    caption to what it describes. Boxes are scaled from the page's size to the picture's.
    """
    from PIL import ImageDraw, ImageFont

    drawn = picture.convert("RGB")
    if drawn is picture:
        drawn = picture.copy()
    # One pixel of line for about 1000 of picture: thin, and still seen when the picture is shrunk.
    unit = max(1, round(max(drawn.size) / 1000))
    font = ImageFont.load_default(size=max(9.0, max(drawn.size) / 110))
    place = _placing(page, drawn.width, drawn.height)
    draw = ImageDraw.Draw(drawn, "RGBA")  # which blends inks that are not opaque
    for block in page.blocks:
        _draw_block(draw, block, place, unit)
    for index in range(len(page.blocks)):
        _draw_link(draw, page, index, place, unit)
    boxes = [place(block.bbox) for block in page.blocks]
    labels = _Labels(draw, font, drawn.size, boxes if len(boxes) <= _MANY else [])
    for index, block in enumerate(page.blocks):
        labels.draw(_label(index, block), boxes[index], COLOURS[block.kind])
    return drawn


Corners = tuple[float, float, float, float]


def _placing(page: Page, width: int, height: int) -> Callable[[BBox], Corners]:
    sx, sy = width / max(page.width, 1), height / max(page.height, 1)

    def place(box: BBox) -> Corners:
        # What lies outside of the picture is drawn on its edge, where it is seen.
        x0, x1 = (min(max(x * sx, 0), width - 1) for x in (box.x0, box.x1))
        y0, y1 = (min(max(y * sy, 0), height - 1) for y in (box.y0, box.y1))
        return x0, y0, x1, y1

    return place


def _label(index: int, block: Block) -> str:
    level = f" {block.level}" if block.level else ""
    return f"{index + 1} {block.kind}{level}{' (goes on)' if block.continues else ''}"


def _draw_block(draw: ImageDraw, block: Block, place: Callable[[BBox], Corners], unit: int) -> None:
    colour = COLOURS[block.kind]
    x0, y0, x1, y1 = place(block.bbox)
    # Around the box rather than on its rim, where it would cover the ink of tight boxes.
    rim = 2 * unit
    outer = (x0 - rim, y0 - rim, x1 + rim, y1 + rim)
    draw.rectangle(outer, fill=(*colour, 18), outline=(*colour, 255), width=rim)
    for cell in block.table.cells if block.table else ():
        if cell.bbox:
            fill = (*colour, 40) if cell.header else None
            draw.rectangle(place(cell.bbox), fill=fill, outline=(*colour, 200), width=unit)
    for item in block.items:
        if item.bbox:
            _dashed_rectangle(draw, place(item.bbox), (*colour, 255), unit)


def _dashed_rectangle(
    draw: ImageDraw, corners: Corners, ink: tuple[int, int, int, int], unit: int
) -> None:
    x0, y0, x1, y1 = corners
    dash = 5 * unit
    for start, end in _dashes(x0, x1, dash):
        draw.line((start, y0, end, y0), fill=ink, width=unit)
        draw.line((start, y1, end, y1), fill=ink, width=unit)
    for start, end in _dashes(y0, y1, dash):
        draw.line((x0, start, x0, end), fill=ink, width=unit)
        draw.line((x1, start, x1, end), fill=ink, width=unit)


def _dashes(start: float, end: float, length: int) -> Iterator[tuple[float, float]]:
    while start <= end:
        yield start, min(start + length, end)
        start += 2 * length


def _draw_link(
    draw: ImageDraw, page: Page, index: int, place: Callable[[BBox], Corners], unit: int
) -> None:
    """The shortest line from a caption to what it describes, with a dot at that end."""
    block = page.blocks[index]
    if block.target is None or not 0 <= block.target < len(page.blocks) or block.target == index:
        return
    caption, described = place(block.bbox), place(page.blocks[block.target].bbox)
    x0, y0 = _nearest(caption, *_middle(described))
    x1, y1 = _nearest(described, x0, y0)
    ink = (*COLOURS[block.kind], 255)
    draw.line((x0, y0, x1, y1), fill=ink, width=3 * unit)
    draw.ellipse((x1 - 6 * unit, y1 - 6 * unit, x1 + 6 * unit, y1 + 6 * unit), fill=ink)


def _middle(corners: Corners) -> tuple[float, float]:
    x0, y0, x1, y1 = corners
    return (x0 + x1) / 2, (y0 + y1) / 2


def _nearest(corners: Corners, x: float, y: float) -> tuple[float, float]:
    """The point of a box that is nearest to another point."""
    x0, y0, x1, y1 = corners
    return min(max(x, x0), x1), min(max(y, y0), y1)


@dataclass(frozen=True, slots=True)
class _Labels:
    """Puts labels where they hide the least: beside their box, clear of others and of labels."""

    draw_on: ImageDraw
    font: FreeTypeFont | ImageFont
    size: tuple[int, int]
    boxes: Sequence[Corners]
    taken: list[Corners] = field(default_factory=list)

    def draw(self, text: str, box: Corners, colour: tuple[int, int, int]) -> None:
        """White text on the colour of the kind."""
        left, top, right, bottom = self.draw_on.textbbox((0, 0), text, font=self.font)
        pad = max(1, math.ceil((bottom - top) / 6))
        place = self._place(box, right - left + 2 * pad, bottom - top + 2 * pad)
        self.taken.append(place)
        self.draw_on.rectangle(place, fill=(*colour, 235))
        start = (place[0] + pad - left, place[1] + pad - top)
        self.draw_on.text(start, text, fill=(255, 255, 255, 255), font=self.font)

    def _place(self, box: Corners, width: float, height: float) -> Corners:
        """Above the box, left or right of it, or in its corner: the first that hides least."""
        x0, y0, x1, _ = box
        wishes = [
            (x0, y0 - height),
            (x0 - width, y0),
            (x1, y0),
            (x1 - width, y0 - height),
            (x0, y0),
        ]
        places: list[Corners] = []
        for wish_x, wish_y in wishes:
            x = min(max(wish_x, 0), max(self.size[0] - width - 1, 0))
            y = min(max(wish_y, 0), max(self.size[1] - height - 1, 0))
            places.append((x, y, x + width, y + height))
        return min(places, key=self._hides) if self.boxes else places[0]

    def _hides(self, place: Corners) -> float:
        on_boxes = sum(_common_area(place, box) for box in self.boxes)
        return on_boxes + 10 * sum(_common_area(place, other) for other in self.taken)


def _common_area(one: Corners, other: Corners) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0) * max(height, 0)
