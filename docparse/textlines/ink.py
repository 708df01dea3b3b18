"""A page picture made plain: dark ink on white paper, and what of it is ink."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grey = NDArray[np.uint8]

# The ground of a page changes slowly: it is looked for in a picture this many times smaller.
COARSE = 8
# Darker than the paper by this much, of 255, over a whole area: a ground of another colour.
SHADE = 22
# Such an area is at least so many pixels high and wide, at a page width of 1654 (A4, 200 dpi).
SHADE_SIZE = 17
# A small picture is a part of a page, not a page with small letters: no area is less than this.
LEAST_SHADE = 11
# Letters are so heavy that they look like an area: at least this share of it is paper.
OPEN = 0.12
# A page is dark, with light text on it, if more of it than this has one dark brightness.
MOST_DARK, DARK = 0.5, 96
# An area of which less than this has one brightness has no ground: a photograph. One that is no
# higher than a few lines is then heavy type already with less than the second.
GROUND, GROUND_OF_LINE, LINES = 0.3, 0.5, 5
# Ink on a ground differs from it by this much.
LEAST_CONTRAST = 30
# The ground of an area is taken from so many pixels around, of which this share has to be ground.
AROUND, LEAST_NEAR = 49, 0.1
# What differs from the ground by so many times its usual difference, up to a limit, is noise.
NOISE, MOST_NOISE = 3.0, 30.0


def flatten(grey: Grey) -> Grey:
    """The page with its ground white and its ink dark, whatever light or colour they had.

    Uneven light is divided out; text on shaded areas, and light text on dark ones, comes out dark
    on white as well.
    """
    if _is_dark(grey):
        grey = cv2.bitwise_not(grey).astype(np.uint8)
    paper = _paper(grey)
    even = cv2.divide(grey, paper, scale=255).astype(np.uint8)
    unit = max(LEAST_SHADE, round(SHADE_SIZE * _scale(grey)))
    return _flatten_areas(even, unit)


def ink_of(even: Grey) -> Grey:
    """255 where a flattened page has ink, else 0."""
    small = even[::3, ::3]
    level, _ = cv2.threshold(np.ascontiguousarray(small), 0, 255, cv2.THRESH_OTSU)
    # Otsu's level lies midway; thin strokes are paler than thick ones.
    limit = min(max(level + 12, 150), 212)
    return cv2.threshold(even, limit, 255, cv2.THRESH_BINARY_INV)[1].astype(np.uint8)


def _scale(grey: Grey) -> float:
    """How large a pixel is counted: 1 for an A4 page at 200 dpi, by the page's area."""
    return float(np.sqrt(grey.size / (1654 * 2339)))


def _is_dark(grey: Grey) -> bool:
    """Whether most of the page is a dark ground, as screens at night show it."""
    counts = np.bincount(grey[::4, ::4].ravel() >> 3, minlength=32)
    ground = int(counts.argmax())
    near = counts[max(0, ground - 1) : ground + 2].sum()
    return bool(ground < DARK >> 3 and near > MOST_DARK * counts.sum())


def _paper(grey: Grey) -> Grey:
    """The brightness of the ground at each pixel, as far as it changes slowly."""
    height, width = grey.shape
    small = cv2.resize(
        grey,
        (max(1, width // COARSE), max(1, height // COARSE)),
        interpolation=cv2.INTER_AREA,
    )
    # The lightest of each neighbourhood, then smooth: paper shows between the lines everywhere.
    light = cv2.dilate(small, np.ones((7, 7), np.uint8))
    light = cv2.medianBlur(light, 5)
    light = cv2.GaussianBlur(light, (0, 0), 6)
    # A dark corner is dim paper; a black area larger than that is an area of its own.
    floor = 0.6 * float(np.percentile(light, 90))
    light = np.maximum(light, floor).astype(np.uint8)
    return cv2.resize(light, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8)


def _flatten_areas(even: Grey, unit: int) -> Grey:
    """Areas with a ground of their own, made white with their text dark."""
    half = cv2.resize(even, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    solid = (half < 255 - SHADE).astype(np.uint8)
    size = max(3, unit // 2)
    opened = cv2.morphologyEx(solid, cv2.MORPH_OPEN, np.ones((size, size), np.uint8))
    if not opened.any():
        return even
    areas = cv2.morphologyEx(opened, cv2.MORPH_CLOSE, np.ones((size, 3 * size), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(areas, connectivity=4)
    _, light, light_stats, _ = cv2.connectedComponentsWithStats(1 - solid, connectivity=4)
    flat = even.copy()
    for label in range(1, count):
        x, y, w, h = (int(v) for v in stats[label, :4])
        if w < 3 * size or h < 1.2 * size:
            continue
        shape = labels[y : y + h, x : x + w] == label
        inside = np.bincount(light[y : y + h, x : x + w][shape], minlength=len(light_stats))
        if not _is_type(inside, light_stats[:, cv2.CC_STAT_AREA].astype(np.int32)):
            least = GROUND_OF_LINE if min(w, h) < LINES * size else GROUND
            _flatten_area(flat, shape, (2 * x, 2 * y), least)
    return flat


def _is_type(inside: NDArray[np.int64], whole: NDArray[np.int32]) -> bool:
    """Whether an area is heavy type: the paper between its letters goes on outside.

    `inside`: how many of its pixels are dark (first), and in each light part of the page, of which
    there are `whole` in all.
    """
    goes_on = inside[1:] < 0.9 * whole[1:]
    return bool(inside[1:][goes_on].sum() > OPEN * inside.sum())


def _flatten_area(
    flat: Grey, shape: NDArray[np.bool_], corner: tuple[int, int], least: float
) -> None:
    """One area in place; `shape`: its pixels at half size, holes where its text is included.

    `least`: the share of it that has to be its ground.
    """
    filled = _filled(shape)
    x, y = corner
    part = flat[y : y + 2 * filled.shape[0], x : x + 2 * filled.shape[1]]
    mask = np.repeat(np.repeat(filled, 2, 0), 2, 1)[: part.shape[0], : part.shape[1]] > 0
    inside = part[mask]
    ground = int(np.argmax(np.bincount(inside >> 2, minlength=64))) * 4 + 2
    share = float((np.abs(inside.astype(np.int16) - ground) < 12).mean())
    if share < least:
        return
    lighter = int((inside > ground + LEAST_CONTRAST).sum())
    darker = int((inside < ground - LEAST_CONTRAST).sum())
    contrast = part - _ground(part, mask, ground)
    noise = min(MOST_NOISE, NOISE * float(np.median(np.abs(contrast[mask]))))
    if lighter > darker:
        ink = (contrast - noise) * (255 / max(60, 255 - ground - noise))
    else:
        ink = (-contrast - noise) * (255 / max(60, ground - noise))
    plain = (255 - ink.clip(0, 255)).astype(np.uint8)
    part[mask] = plain[mask]


def _ground(part: Grey, mask: NDArray[np.bool_], ground: int) -> NDArray[np.float32]:
    """The ground around each pixel of an area, which may be lit unevenly; mostly it is `ground`."""
    values = part.astype(np.float32)
    near = (mask & (np.abs(values - ground) < LEAST_CONTRAST)).astype(np.float32)
    weight = cv2.boxFilter(near, -1, (AROUND, AROUND))
    mean = cv2.boxFilter(values * near, -1, (AROUND, AROUND)) / np.maximum(weight, 1e-3)
    return np.where(weight > LEAST_NEAR, mean, np.float32(ground)).astype(np.float32)


def _filled(shape: NDArray[np.bool_]) -> NDArray[np.uint8]:
    mask = shape.astype(np.uint8)
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    cv2.drawContours(mask, outlines, -1, 1, cv2.FILLED)
    return mask
