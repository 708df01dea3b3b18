"""What is painted on a PDF page: its raster images in painting order, and whether one is the page.

Coordinates are points of the rotated and cropped page, origin top-left, as MuPDF's display list
gives them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from docparse.mupdf import pymupdf
from docparse.pages.chars import FLAGS
from docparse.pages.glyphs import Box
from docparse.types import BBox

mupdf = pymupdf.mupdf

# An image that covers this share of the page is the page: scanners leave a hair of a margin.
FULL_PAGE = 0.98
# A page can be cut into thousands of image strips; nobody needs the boxes of all.
MAX_IMAGES = 2000
# With text and images, so that the numbers of blocks tell what was painted when.
ORDER_FLAGS = FLAGS | pymupdf.TEXT_PRESERVE_IMAGES
# Paint that a reader sees, as `Page.get_bboxlog` names it.
_VISIBLE = ("fill-path", "stroke-path", "fill-text", "stroke-text", "fill-shade")


@dataclass(frozen=True, slots=True)
class PaintedImage:
    """One raster image as painted: `box` in points, its own size in pixels, and its resolution.

    `order`: index among the blocks of the text page, so that text of a lower index lies below it.
    `dpi`: image pixels per inch of the page, the finer of its two directions. `image`, `matrix`:
    MuPDF's own, valid while the document is open.
    """

    box: Box
    width: int
    height: int
    dpi: float
    order: int
    image: Any
    matrix: Any


def painted_images(display_list: pymupdf.DisplayList) -> tuple[PaintedImage, ...]:
    """The raster images of a page in painting order, those inside form XObjects too."""
    text_page = display_list.get_textpage(flags=ORDER_FLAGS)
    images: list[PaintedImage] = []
    for order, block in enumerate(text_page):
        if block.m_internal.type != mupdf.FZ_STEXT_BLOCK_IMAGE:
            continue
        rect, image, matrix = block.m_internal.bbox, block.i_image(), block.i_transform()
        across, down = math.hypot(matrix.a, matrix.b), math.hypot(matrix.c, matrix.d)
        if across <= 0 or down <= 0:
            continue
        images.append(
            PaintedImage(
                box=(rect.x0, rect.y0, rect.x1, rect.y1),
                width=image.w(),
                height=image.h(),
                dpi=72 * max(image.w() / across, image.h() / down),
                order=order,
                image=image,
                matrix=matrix,
            )
        )
        if len(images) == MAX_IMAGES:
            break
    return tuple(images)


def full_page_dpi(page: pymupdf.Page, images: tuple[PaintedImage, ...]) -> float | None:
    """The resolution of the image that is the whole page; None where there is none.

    The page may hold invisible text, and more images (a scan is often saved as a background and
    a sharper foreground: the finest that covers half of the page counts), but nothing else that is
    painted after the first image that covers it.
    """
    if not any(covered_share(image.box, page.rect) >= FULL_PAGE for image in images):
        return None
    covered = False
    for kind, box in page.get_bboxlog():
        turned = pymupdf.Rect(box) * page.rotation_matrix
        if kind == "fill-image" and covered_share(tuple(turned), page.rect) >= FULL_PAGE:
            covered = True
        elif covered and kind in _VISIBLE and covered_share(tuple(turned), page.rect) > 0:
            return None
    large = [image.dpi for image in images if covered_share(image.box, page.rect) >= 0.5]
    return max(large) if covered and large else None


def covered_share(box: Box, rect: pymupdf.Rect) -> float:
    """The share of `rect` that lies under `box`, 0 to 1."""
    width = min(box[2], rect.x1) - max(box[0], rect.x0)
    height = min(box[3], rect.y1) - max(box[1], rect.y0)
    area = rect.width * rect.height
    return width * height / area if width > 0 and height > 0 and area > 0 else 0.0


def image_boxes(
    images: tuple[PaintedImage, ...], *, scale: float, width: int, height: int
) -> tuple[BBox, ...]:
    """Native boxes of the images that lie on the page, each once, in painting order."""
    boxes: dict[BBox, None] = {}
    for image in images:
        x0, y0, x1, y1 = (value * scale for value in image.box)
        box = BBox.around(x0, y0, x1, y1).clip(width, height)
        if box.area:
            boxes[box] = None
    return tuple(boxes)
