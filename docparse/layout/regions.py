"""Regions of a page with a kind each, as PyMuPDF's layout model sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from docparse.pages.native import MAX_PIXELS
from docparse.types import BBox, Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from docparse.layout.detector import Group, Points
    from docparse.mupdf import pymupdf
    from docparse.pages.page import PageInput

# Pixels that differ this much from the corner of the page, of 255, are ink.
LEAST_INK = 24
_KINDS: dict[str, Kind] = {
    "text": "paragraph",
    "title": "title",
    "picture": "figure",
    "table": "table",
    "list-item": "list",
    "page-header": "page-header",
    "page-footer": "page-footer",
    "section-header": "heading",
    "footnote": "footnote",
    "caption": "caption",
    "formula": "formula",
}


@dataclass(frozen=True, slots=True)
class GridCell:
    """A cell that the table-grid model proposes."""

    row: int
    col: int
    rowspan: int
    colspan: int
    bbox: BBox


@dataclass(frozen=True, slots=True)
class Region:
    """An area that holds one element; `grid` only where the kind is table and a grid was seen.

    `lines`: boxes of the text lines that the model put into it, empty for a region that was not
    found by its text. `confidence`: the model's probability of the kind, 0 to 1.
    """

    kind: Kind
    bbox: BBox
    grid: tuple[GridCell, ...] = ()
    lines: tuple[BBox, ...] = ()
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """Regions of a page, and what is painted on it: all boxes in native pixels.

    `pictures`: where the model sees pictures, coarse. `vectors`: boxes of painted lines and
    rectangles. `curves`: boxes of other painted paths. `crowded`: the page has more text lines
    than the model can take, so that there are no regions. `image`: the page in small as RGB, for
    a page that is `width` native pixels wide.
    """

    regions: tuple[Region, ...] = ()
    pictures: tuple[BBox, ...] = ()
    vectors: tuple[BBox, ...] = ()
    curves: tuple[BBox, ...] = ()
    crowded: bool = False
    image: NDArray[np.uint8] | None = None
    width: int = 0

    def trim(self, box: BBox) -> BBox:
        """The part of a box that has ink, to the pixels of `image`; all of it where none has."""
        if self.image is None or not box.area:
            return box
        scale = self.image.shape[1] / self.width
        x0, y0 = int(box.x0 * scale), int(box.y0 * scale)
        part = self.image[y0 : int(box.y1 * scale) + 1, x0 : int(box.x1 * scale) + 1]
        ink = np.abs(part.astype(np.int16) - self.image[0, 0]).max(axis=2) > LEAST_INK
        rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
        if not rows.size:
            return box
        inked = BBox.around(
            (x0 + int(columns[0])) / scale,
            (y0 + int(rows[0])) / scale,
            (x0 + int(columns[-1]) + 1) / scale,
            (y0 + int(rows[-1]) + 1) / scale,
        )
        return inked.intersect(box) or box


def limit_threads() -> None:
    """Lets the layout model run on one thread, for workers that share the cores."""
    from docparse.layout import detector

    detector.limit_threads()


def find_regions(page: PageInput) -> tuple[Region, ...]:
    """The regions of a page in no particular order; none for a page without a PDF behind it."""
    return look(page).regions


def look(page: PageInput) -> Sight:
    """The regions of a page and its painted paths, from one run of the model.

    A page without a PDF behind it, or one that is too large to be drawn, gives nothing.
    """
    from docparse.layout import detector

    # The model draws a pixel for each point, which pages of hundreds of inches have no memory for.
    if page.pdf_page is None or page.pdf_page.rect.get_area() > MAX_PIXELS:
        return Sight()
    if len(page.lines) > detector.MAX_LINES:
        return Sight(crowded=True)
    try:
        seen = detector.detect(page.pdf_page, has_images=bool(page.images))
    except detector.TooManyLinesError:
        return Sight(crowded=True)
    to_native = _Scale(page)
    return Sight(
        regions=tuple(_region(group, to_native) for group in seen.groups),
        pictures=tuple(to_native(box) for box in seen.pictures),
        vectors=tuple(to_native(box) for box in seen.vectors),
        curves=tuple(to_native(box) for box in seen.curves),
        image=seen.image,
        width=page.width,
    )


def look_ahead(page: pymupdf.Page) -> None:
    """Lets the model begin, in a thread of its own, on a page that shows already all that it will
    show when it is looked at."""
    from docparse.layout import detector

    if page.rect.get_area() <= MAX_PIXELS:
        detector.look_ahead(page)


class _Scale:
    """Points of the page as it is seen to native pixels, clipped to the page."""

    def __init__(self, page: PageInput) -> None:
        assert page.pdf_page is not None
        rect = page.pdf_page.rect
        self.size = page.width, page.height
        self.x, self.y = page.width / rect.width, page.height / rect.height

    def __call__(self, box: Points) -> BBox:
        x0, y0, x1, y1 = box
        found = BBox.around(x0 * self.x, y0 * self.y, x1 * self.x, y1 * self.y)
        return found.clip(*self.size)


def _region(group: Group, to_native: _Scale) -> Region:
    return Region(
        kind=_KINDS[group.label],
        bbox=to_native(group.bbox),
        grid=_grid(group, to_native),
        lines=tuple(to_native(line) for line in group.lines),
        confidence=round(group.confidence, 3),
    )


def _grid(group: Group, to_native: _Scale) -> tuple[GridCell, ...]:
    """The cells between the boundaries of a table's grid, merged where its text spans several.

    They tile the table: a span that would cut into another one is left out.
    """
    if not group.rows and not group.columns:
        return ()
    x0, y0, x1, y1 = group.bbox
    rows = [y0, *(y for y in sorted(group.rows) if y0 < y < y1), y1]
    columns = [x0, *(x for x in sorted(group.columns) if x0 < x < x1), x1]
    taken: set[tuple[int, int]] = set()
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    for top, bottom, left, right in _spans(group, len(rows) - 1, len(columns) - 1):
        slots = {(r, c) for r in range(top, bottom) for c in range(left, right)}
        if not slots & taken:
            taken |= slots
            spans[top, left] = bottom - top, right - left
    cells = []
    for row, (above, _) in enumerate(pairwise(rows)):
        for col, (before, _) in enumerate(pairwise(columns)):
            if (row, col) in taken and (row, col) not in spans:
                continue
            rowspan, colspan = spans.get((row, col), (1, 1))
            corner = columns[col + colspan], rows[row + rowspan]
            box = to_native((before, above, *corner))
            cells.append(GridCell(row, col, rowspan, colspan, box))
    return tuple(cells)


def _spans(group: Group, num_rows: int, num_columns: int) -> Sequence[tuple[int, int, int, int]]:
    """Ranges of grid slots that one text covers, where that is more than one slot."""
    found = (
        (top, min(bottom, num_rows), left, min(right, num_columns))
        for top, bottom, left, right in group.cells
    )
    return sorted({s for s in found if s[0] < s[1] and s[2] < s[3]} - _single(group.cells))


def _single(cells: Sequence[tuple[int, int, int, int]]) -> set[tuple[int, int, int, int]]:
    return {cell for cell in cells if cell[1] - cell[0] == 1 == cell[3] - cell[2]}
