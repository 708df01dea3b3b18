"""Pictures of a page in page space: how many native pixels it has, the whole page, or a part."""

from __future__ import annotations

import io
import math

import PIL.Image

from docparse.log import logger
from docparse.mupdf import pymupdf
from docparse.pages.page import PageInput
from docparse.pages.painted import full_page_dpi, painted_images
from docparse.types import BBox

# The most pixels that a page may have: A4 at 600 dpi has 35 million, which is 104 MB as RGB.
# Larger pages get a lower dpi.
MAX_PIXELS = 36_000_000
# A full-page image is taken at its own pixels within these limits.
MIN_SCAN_DPI, MAX_SCAN_DPI = 72.0, 600.0


def native_size(pdf_page: pymupdf.Page, dpi: float) -> tuple[int, int, float]:
    """Width and height of a PDF page in native pixels, and the dpi that makes them so.

    A page that is one full-page image is taken at that image's own pixels (72 to 600 dpi), any
    other at `dpi`; either way at most MAX_PIXELS.
    """
    display_list = pdf_page.get_displaylist()
    scan_dpi = full_page_dpi(pdf_page, painted_images(display_list))
    return fit_size(pdf_page.rect, dpi, scan_dpi=scan_dpi)


def fit_size(rect: pymupdf.Rect, dpi: float, *, scan_dpi: float | None) -> tuple[int, int, float]:
    """As `native_size`, for a page of `rect` points whose full-page image is known already."""
    if scan_dpi is not None:
        dpi = min(max(scan_dpi, MIN_SCAN_DPI), MAX_SCAN_DPI)
    width, height = max(rect.width, 1e-3), max(rect.height, 1e-3)
    most = math.sqrt(MAX_PIXELS / (width * height)) * 72
    # one side may be so short that it counts as a whole pixel however low the dpi
    most = min(most, MAX_PIXELS / max(width, height) * 72)
    if dpi > most:
        logger.debug("%.0f x %.0f pt is too large for %.0f dpi: %.1f dpi", width, height, dpi, most)
        dpi = most
    pixels = (max(1, round(width * dpi / 72)), max(1, round(height * dpi / 72)))
    return pixels[0], pixels[1], dpi


def render(page: PageInput, *, dpi: float | None = None) -> PIL.Image.Image:
    """The page as RGB, rotation and crop box applied; at `page.dpi`, it is page.width by height."""
    scale = 1.0 if dpi is None else dpi / page.dpi
    size = (max(1, round(page.width * scale)), max(1, round(page.height * scale)))
    if page.picture is not None:
        picture = page.picture.convert("RGB")
        return picture if size == picture.size else picture.resize(size)
    assert page.pdf_page is not None, "a page has a picture or a PDF page"
    return draw(page.pdf_page, size)


def draw(pdf_page: pymupdf.Page, size: tuple[int, int]) -> PIL.Image.Image:
    """A PDF page as RGB, `size` pixels wide and high, rotation and crop box applied."""
    return _draw(pdf_page, size, BBox(0, 0, *size))


def crop(page: PageInput, bbox: BBox) -> PIL.Image.Image:
    """The part of the page inside `bbox` as RGB; only that part is drawn.

    A box that lies outside the page or has no area is a ValueError.
    """
    box = bbox.clip(page.width, page.height)
    if not box.area:
        raise ValueError(f"{bbox} has no area on a page of {page.width} x {page.height} pixels")
    if page.picture is not None:
        return page.picture.crop((box.x0, box.y0, box.x1, box.y1)).convert("RGB")
    assert page.pdf_page is not None, "a page has a picture or a PDF page"
    return _draw(page.pdf_page, (page.width, page.height), box)


def to_png(image: PIL.Image.Image) -> bytes:
    """The image as a PNG file."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return buffer.getvalue()


def _draw(pdf_page: pymupdf.Page, size: tuple[int, int], box: BBox) -> PIL.Image.Image:
    """The part `box` of the page drawn `size` large."""
    rect = pdf_page.rect
    # not dpi / 72: the page must end where the last whole pixel does
    across, down = size[0] / rect.width, size[1] / rect.height
    clip = pymupdf.Rect(box.x0 / across, box.y0 / down, box.x1 / across, box.y1 / down)
    pixmap = pdf_page.get_pixmap(
        matrix=pymupdf.Matrix(across, down), clip=clip, colorspace=pymupdf.csRGB, alpha=False
    )
    image = PIL.Image.frombytes("RGB", (pixmap.width, pixmap.height), pixmap.samples_mv)
    if image.size == (box.width, box.height):
        return image
    exact = PIL.Image.new("RGB", (box.width, box.height), "white")
    exact.paste(image)
    return exact
