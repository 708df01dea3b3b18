"""A clean picture of type to one that a scanner, a fax or a bad printer made."""

from __future__ import annotations

import io
import random

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

Grey = npt.NDArray[np.float32]


def scan(
    clean: Image.Image,
    rng: random.Random,
    noise: np.random.Generator,
    *,
    type_size: int,
    is_worn: bool,
) -> Image.Image:
    """The picture after some of: skew, rules, colours; if worn also blur, light, noise, JPEG.

    What is not worn stays as sharp as a rendered page.
    """
    picture = clean
    if rng.random() < 0.3:
        picture = _skew(picture, rng)
    if rng.random() < 0.15:
        picture = _rules(picture, rng)
    return wear(picture, rng, noise, type_size=type_size) if is_worn else tint(picture, rng)


def wear(
    picture: Image.Image, rng: random.Random, noise: np.random.Generator, *, type_size: int
) -> Image.Image:
    """The picture after some of: blur, coarser pixels, light, specks, noise, JPEG."""
    if rng.random() < 0.5:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.03 * type_size)))
    if rng.random() < 0.3:
        picture = _coarse(picture, rng)
    values = _wear(_as_unit(picture), rng, noise)
    picture = Image.fromarray((np.clip(values, 0, 1) * 255).astype(np.uint8))
    return _jpeg(picture, rng) if rng.random() < 0.3 else picture


def _as_unit(picture: Image.Image) -> Grey:
    """Grey values from 0 (ink) to 1 (paper)."""
    return np.asarray(picture, dtype=np.float32) / np.float32(255)


def _wear(values: Grey, rng: random.Random, noise: np.random.Generator) -> Grey:
    """Light, specks, the other side of the sheet, sensor noise, and at times 1-bit fax."""
    values = _light(values, rng)
    if rng.random() < 0.2:
        values = _broken(values, rng, noise)
    if rng.random() < 0.15:
        values = _bleed_through(values, rng)
    if rng.random() < 0.5:
        values = values + noise.normal(0, rng.uniform(0.01, 0.1), values.shape).astype(np.float32)
    if rng.random() < 0.08:
        values = (values > rng.uniform(0.35, 0.65)).astype(np.float32)
    return values


def tint(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Grey or coloured type on a grey or coloured ground, at times light on dark."""
    if rng.random() < 0.7:
        return picture
    ink, paper = rng.uniform(0, 0.45), rng.uniform(0.75, 1)
    if rng.random() < 0.65:
        ink, paper = paper, ink
    values = _as_unit(picture)
    return Image.fromarray(((ink + (paper - ink) * values) * 255).astype(np.uint8))


def _skew(picture: Image.Image, rng: random.Random) -> Image.Image:
    """A long line may only lean as much as its height allows."""
    short, long = sorted(picture.size)
    most = min(1.5, 12 * short / long)
    angle = rng.uniform(-most, most)
    is_slanted = rng.random() < 0.3 and picture.width > picture.height
    shear = rng.uniform(-0.12, 0.12) if is_slanted else 0.0
    if shear:
        width = picture.width + round(abs(shear) * picture.height)
        offset = shear * picture.height if shear > 0 else 0
        picture = picture.transform(
            (width, picture.height),
            Image.Transform.AFFINE,
            (1, shear, -offset, 0, 1, 0),
            Image.Resampling.BILINEAR,
            fillcolor=255,
        )
    return picture.rotate(angle, Image.Resampling.BICUBIC, fillcolor=255)


def _rules(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Underlines, table rules above, below and at the ends."""
    picture = picture.copy()
    draw = ImageDraw.Draw(picture)
    w, h = picture.size
    grey, thick = rng.randint(0, 160), rng.choice((1, 1, 2))
    if rng.random() < 0.7:
        y = rng.choice((0, 1, h - 1, h - 2, h - 3))
        draw.line((0, y, w, y), fill=grey, width=thick)
    if rng.random() < 0.4:
        x = rng.choice((0, 1, w - 1, w - 2))
        draw.line((x, 0, x, h), fill=grey, width=thick)
    return picture


def _coarse(picture: Image.Image, rng: random.Random) -> Image.Image:
    """Down and up again, as from a low-resolution scan; small type keeps what it needs."""
    factor = rng.uniform(max(0.5, min(1.0, 11 / min(picture.size))), 1.0)
    small = (max(1, round(picture.width * factor)), max(1, round(picture.height * factor)))
    return picture.resize(small, Image.Resampling.BILINEAR)


def _light(values: Grey, rng: random.Random) -> Grey:
    """Contrast and brightness, with a gradient along the line."""
    ink, paper = rng.uniform(0, 0.35), rng.uniform(0.7, 1.0)
    ramp = np.linspace(rng.uniform(-0.1, 0.1), rng.uniform(-0.1, 0.1), values.shape[1])
    return np.asarray(ink + (paper - ink) * values + ramp[None, :], dtype=np.float32)


def _broken(values: Grey, rng: random.Random, noise: np.random.Generator) -> Grey:
    """Specks of paper in the ink, or of ink on the paper."""
    specks = noise.random(values.shape) < rng.uniform(0.002, 0.03)
    return np.where(specks, np.float32(rng.choice((0.1, 0.95))), values)


def _bleed_through(values: Grey, rng: random.Random) -> Grey:
    """The back of the sheet, mirrored and faint."""
    back = np.roll(values[:, ::-1], rng.randint(1, max(1, values.shape[1] // 2)), axis=1)
    strength = np.float32(rng.uniform(0.05, 0.2))
    back_seen: Grey = np.minimum(values, 1 - strength * (1 - back))
    return back_seen


def _jpeg(picture: Image.Image, rng: random.Random) -> Image.Image:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=rng.randint(20, 85))
    return Image.open(buffer).convert("L")
