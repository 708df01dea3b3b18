"""A synthetic invoice as it comes out of a scanner: turned, blurred, stained, as JPEG in a PDF."""

from __future__ import annotations

import io
import random

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFilter

from docparse.bench.invoice_canvas import Place
from docparse.mupdf import pymupdf


def to_scan(
    pdf: bytes, places: dict[str, list[Place]], seed: int
) -> tuple[bytes, dict[str, list[Place]]]:
    """The same pages as pictures without text, 150 to 300 dpi, and where the values now stand."""
    rng = random.Random(f"scan-{seed}")
    dpi = rng.choice((150, 200, 200, 300))
    angle = rng.uniform(-0.8, 0.8)
    out = pymupdf.open()
    sizes = []
    with pymupdf.open(stream=pdf) as source:
        for page in source:
            picture = page.get_pixmap(dpi=dpi, colorspace=pymupdf.csGRAY)
            image = PIL.Image.frombytes("L", (picture.width, picture.height), picture.samples)
            data = _degraded(image, rng, angle, dpi)
            sheet = out.new_page(width=page.rect.width, height=page.rect.height)
            sheet.insert_image(sheet.rect, stream=data)
            sizes.append((page.rect.width, page.rect.height))
    moved = {
        pointer: [_turned(place, sizes[place.page - 1], angle) for place in found]
        for pointer, found in places.items()
    }
    return bytes(out.tobytes()), moved


def _degraded(image: PIL.Image.Image, rng: random.Random, angle: float, dpi: int) -> bytes:
    """The picture turned, folded, stamped, blurred and grainy, as JPEG."""
    draw = PIL.ImageDraw.Draw(image)
    width, height = image.size
    if rng.random() < 0.5:  # a fold is a faint line across the sheet
        y = height // 3 if rng.random() < 0.5 else height // 2
        draw.line((0, y, width, y), fill=200, width=max(1, dpi // 100))
    if rng.random() < 0.6:  # a round stamp, pale as red ink is in grey
        side = round(0.5 * dpi)
        x, y = rng.randrange(width // 2, width - side), rng.randrange(height // 8, height // 3)
        draw.ellipse((x, y, x + side, y + side), outline=150, width=max(2, dpi // 60))
    image = image.rotate(angle, resample=PIL.Image.Resampling.BICUBIC, fillcolor=255)
    image = image.filter(PIL.ImageFilter.GaussianBlur(rng.uniform(0.2, 0.5) * dpi / 200))
    pixels = np.asarray(image, dtype=np.float32)
    noise = np.random.default_rng(rng.randrange(2**31)).normal(0, rng.uniform(2, 7), pixels.shape)
    paper = rng.uniform(0.92, 1.0)
    image = PIL.Image.fromarray(np.clip(pixels * paper + noise, 0, 255).astype(np.uint8))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=rng.randint(60, 90), dpi=(dpi, dpi))
    return buffer.getvalue()


def _turned(place: Place, size: tuple[float, float], angle: float) -> Place:
    """A place on a sheet that was turned about its middle, counter-clockwise, in degrees."""
    a = np.deg2rad(angle)
    cx, cy = size[0] / 2, size[1] / 2
    x, y = (place.x0 + place.x1) / 2 - cx, (place.y0 + place.y1) / 2 - cy
    dx = float(x * np.cos(a) + y * np.sin(a) - x)
    dy = float(-x * np.sin(a) + y * np.cos(a) - y)
    return Place(place.page, place.x0 + dx, place.y0 + dy, place.x1 + dx, place.y1 + dy)
