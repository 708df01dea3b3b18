"""The straight rules and shaded areas that are drawn on a page, in native pixels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from docparse.layout.grid_pixels import dark_lines
from docparse.mupdf import pymupdf
from docparse.types import BBox

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from docparse.pages.page import PageInput

# Beyond these a page is a map or a drawing: its lines say nothing about tables.
MAX_CONTENT_BYTES = 6_000_000
MAX_VECTORS = 20_000
WHITE = 0xF4F4F4
# The resolution at which rules are looked for in a picture.
SEEN_DPI = 144


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line: at `at` across its direction, from `start` to `end` along it (pixels)."""

    at: float
    start: float
    end: float

    @property
    def length(self) -> float:
        return self.end - self.start

    def covered(self, start: float, end: float) -> float:
        """How much of the stretch from `start` to `end` it runs along, in pixels."""
        return max(0.0, min(self.end, end) - max(self.start, start))


@dataclass(frozen=True, slots=True)
class Rulings:
    """Rules by direction, each merged from its pieces and sorted, and shaded rectangles."""

    horizontal: tuple[Rule, ...] = ()
    vertical: tuple[Rule, ...] = ()
    shades: tuple[BBox, ...] = ()


@dataclass(frozen=True, slots=True)
class _Vector:
    """A painted rectangle or axis-aligned line, in native pixels."""

    x0: float
    y0: float
    x1: float
    y1: float
    stroked: bool
    light: bool


def read_rulings(page: PageInput) -> Rulings:
    """The rules and shades among the vector graphics of a page, in native pixels.

    Lines come from strokes, from thin filled rectangles, from the sides of outlined ones, and
    from dashes and dots in a row; slanted lines and curves are left out. Pages with more than
    `MAX_VECTORS` paths give nothing at all.
    """
    if page.pdf_page is None:
        return Rulings()
    point = page.dpi / 72
    horizontal: list[Rule] = []
    vertical: list[Rule] = []
    shades: list[_Vector] = []
    pale: list[_Vector] = []
    for vector in _vectors(page.pdf_page, page.width, page.height):
        if vector.light:
            pale.append(vector)
        else:
            _sort_out(vector, point, horizontal, vertical, shades)
    for vector in pale:
        # White lines are rules only where they part a shade.
        if any(_crosses(vector, shade) for shade in shades):
            _sort_out(vector, point, horizontal, vertical, [])
    return Rulings(
        _merge(horizontal, point),
        _merge(vertical, point),
        tuple(BBox.around(s.x0, s.y0, s.x1, s.y1).clip(page.width, page.height) for s in shades),
    )


def seen_rulings(page: PageInput, box: BBox) -> Rulings:
    """The rules that can be seen inside a box of a page, in native pixels; no shades."""
    point = page.dpi / 72
    gray = see_gray(page, box)
    if not gray.size:
        return Rulings()
    sx, sy = box.width / gray.shape[1], box.height / gray.shape[0]
    across, down = dark_lines(gray, shortest=24 * point / sx, thickest=4 * point / sx)
    return Rulings(
        _merge(
            (Rule(y * sy + box.y0, a * sx + box.x0, b * sx + box.x0) for y, a, b in across), point
        ),
        _merge(
            (Rule(x * sx + box.x0, a * sy + box.y0, b * sy + box.y0) for x, a, b in down), point
        ),
    )


def see_gray(page: PageInput, box: BBox) -> NDArray[np.uint8]:
    """A part of the page in grey, about `SEEN_DPI` fine."""
    if page.pdf_page is not None:
        shown = page.pdf_page.rect
        kx, ky = shown.width / page.width, shown.height / page.height
        pixmap = page.pdf_page.get_pixmap(
            dpi=SEEN_DPI,
            colorspace=pymupdf.csGRAY,
            alpha=False,
            clip=(
                shown.x0 + box.x0 * kx,
                shown.y0 + box.y0 * ky,
                shown.x0 + box.x1 * kx,
                shown.y0 + box.y1 * ky,
            ),
        )
        rows = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.stride)
        return rows[:, : pixmap.width]
    assert page.picture is not None
    gray = np.asarray(page.picture.crop((box.x0, box.y0, box.x1, box.y1)).convert("L"))
    factor = max(1, round(page.dpi / SEEN_DPI))
    height, width = gray.shape[0] // factor * factor, gray.shape[1] // factor * factor
    blocks = gray[:height, :width].reshape(height // factor, factor, width // factor, factor)
    # The darkest pixel counts, so that a thin line does not fade.
    darkest: NDArray[np.uint8] = blocks.min(axis=(1, 3))
    return darkest


def _vectors(page: pymupdf.Page, width: int, height: int) -> list[_Vector]:
    """What is painted in straight lines and rectangles, in native pixels."""
    if len(page.read_contents()) > MAX_CONTENT_BYTES:
        return []
    textpage = page.get_textpage(flags=pymupdf.TEXT_COLLECT_VECTORS)
    if not _is_small(textpage):
        return []
    shown = page.rect
    sx, sy = width / shown.width, height / shown.height
    turn = page.rotation_matrix * pymupdf.Matrix(sx, sy)
    plain = turn.b == 0 == turn.c and turn.a > 0 < turn.d
    found = []
    for block in textpage.extractDICT()["blocks"]:
        if block["type"] != 3 or not block["isrect"] or not block["alpha"]:
            continue
        x0, y0, x1, y1 = block["bbox"]
        if plain:
            x0, y0, x1, y1 = x0 * turn.a + turn.e, y0 * turn.d + turn.f, x1 * turn.a, y1 * turn.d
            x1, y1 = x1 + turn.e, y1 + turn.f
        else:
            x0, y0, x1, y1 = pymupdf.Rect(x0, y0, x1, y1) * turn
        if x1 < 0 or y1 < 0 or x0 > width or y0 > height:
            continue
        found.append(_Vector(x0, y0, x1, y1, block["stroked"], _is_light(block["color"])))
    return found


def _is_small(textpage: pymupdf.TextPage) -> bool:
    """Whether the page has few enough blocks; counts no further than it must."""
    count = 0
    block = textpage.this.m_internal.first_block
    while block and count <= MAX_VECTORS:
        count += 1
        block = block.next
    return count <= MAX_VECTORS


def _is_light(color: int) -> bool:
    return all((color >> shift) & 0xFF >= (WHITE >> shift) & 0xFF for shift in (0, 8, 16))


def _crosses(vector: _Vector, shade: _Vector) -> bool:
    return (
        vector.x0 < shade.x1
        and vector.x1 > shade.x0
        and vector.y0 < shade.y1
        and vector.y1 > shade.y0
    )


def _sort_out(
    vector: _Vector,
    point: float,
    horizontal: list[Rule],
    vertical: list[Rule],
    shades: list[_Vector],
) -> None:
    """Adds a vector to the rules or shades that it makes; `point` is a point in pixels.

    The box of a stroke reaches its line width beyond the line on every side, so that a rule of
    three points is a box of six.
    """
    wide, tall = vector.x1 - vector.x0, vector.y1 - vector.y0
    thin = (6.5 if vector.stroked else 3.5) * point
    # A dot may belong to a dotted line of either direction: it is tried in both.
    if tall <= thin and tall <= 2 * wide:
        horizontal.append(Rule((vector.y0 + vector.y1) / 2, vector.x0, vector.x1))
    if wide <= thin and wide <= 2 * tall:
        vertical.append(Rule((vector.x0 + vector.x1) / 2, vector.y0, vector.y1))
    if min(wide, tall) <= thin:
        return
    if vector.stroked:
        inset = point / 2
        horizontal += [
            Rule(y, vector.x0, vector.x1) for y in (vector.y0 + inset, vector.y1 - inset)
        ]
        vertical += [Rule(x, vector.y0, vector.y1) for x in (vector.x0 + inset, vector.x1 - inset)]
    else:
        shades.append(vector)


def _merge(rules: Iterable[Rule], point: float) -> tuple[Rule, ...]:
    """Rules on one line with no more than a dash's gap between them become one; sorted."""
    merged: list[Rule] = []
    for group in _on_one_line(sorted(rules, key=lambda rule: rule.at), 1.2 * point):
        group.sort(key=lambda rule: rule.start)
        at = sum(rule.at * (rule.length + 1) for rule in group)
        at /= sum(rule.length + 1 for rule in group)
        start, end = group[0].start, group[0].end
        for rule in group[1:]:
            # Dots and dashes leave wider gaps than the joints of solid lines.
            joint = (4 if rule.length < 5 * point else 1.5) * point
            if rule.start - end > joint:
                merged.append(Rule(at, start, end))
                start, end = rule.start, rule.end
            else:
                end = max(end, rule.end)
        merged.append(Rule(at, start, end))
    return tuple(rule for rule in merged if rule.length >= 4 * point)


def _on_one_line(rules: Sequence[Rule], tolerance: float) -> Iterable[list[Rule]]:
    """Rules, sorted by where they lie, in groups that lie no further apart than `tolerance`."""
    if not rules:
        return
    group = [rules[0]]
    for previous, rule in pairwise(rules):
        if rule.at - previous.at > tolerance or rule.at - group[0].at > 2 * tolerance:
            yield group
            group = []
        group.append(rule)
    yield group
