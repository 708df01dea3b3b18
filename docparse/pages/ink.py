"""A small gray picture of a page that tells where there is ink, cheaply."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from docparse.mupdf import pymupdf

mupdf = pymupdf.mupdf

Boxes = npt.NDArray[np.float64]
Gray = npt.NDArray[np.uint8]
Cells = npt.NDArray[np.intp]
Sums = npt.NDArray[np.int32]

# Enough that a full stop in small print leaves a trace, and few enough pixels for a millisecond.
DPI = 48.0
MAX_PIXELS = 2_000_000
# Neighbouring pixels that differ by no more than this show no edge, and without edges is no ink.
NO_EDGE = 2
# Print on paper, see `Ink.looks_printed`: gray values and shares of the page.
LIGHT, PAPER_NOISE, EVEN, DARKER = 180, 20, 0.5, 60
MIN_PRINT, MAX_PRINT, SPREAD, KNOWN_PART = 0.005, 0.3, 0.3, 0.25
# A page whose gray values differ by no more than this is blank.
BLANK_CONTRAST = 2


class Ink:
    """What a page looks like at 48 dpi; boxes are in points, as float arrays of shape (n, 4)."""

    def __init__(self, display_list: pymupdf.DisplayList, rect: pymupdf.Rect) -> None:
        area = max(rect.width * rect.height, 1.0)
        self.scale = min(DPI / 72, math.sqrt(MAX_PIXELS / area))
        self._rect = rect
        pixmap = display_list.get_pixmap(
            matrix=pymupdf.Matrix(self.scale, self.scale), colorspace=pymupdf.csGRAY, alpha=0
        )
        self.gray = _to_array(pixmap)
        wide = self.gray.astype(np.int16)
        edges = np.zeros(wide.shape, dtype=bool)
        edges[:, 1:] = np.abs(wide[:, 1:] - wide[:, :-1]) > NO_EDGE
        edges[1:] |= np.abs(wide[1:] - wide[:-1]) > NO_EDGE
        self._edges = _integral(edges)

    @property
    def is_blank(self) -> bool:
        """Whether the whole page is one colour."""
        return int(self.gray.max()) - int(self.gray.min()) <= BLANK_CONTRAST

    def has_ink(self, boxes: Boxes, *, inside: bool = False) -> npt.NDArray[np.bool_]:
        """Whether anything can be seen under each box, shape (n,).

        `inside`: only pixels that lie in the box as a whole count, and a box without any has none.
        """
        if inside:
            corners = boxes * self.scale
            low, high = np.ceil(corners[:, :2]), np.floor(corners[:, 2:])
            fits = (high - low).min(axis=1, initial=np.inf) >= 1
            x0, y0, x1, y1 = self._cells(np.hstack((low, high)) / self.scale)
            edges = _inside(self._edges, np.minimum(x0 + 1, x1), y0, x1, y1)
            within: npt.NDArray[np.bool_] = fits & (edges > 0)
            return within
        x0, y0, x1, y1 = self._cells(boxes)
        # a stroke that fills its box, such as a bar or a dash, has its edges on the outline
        thin = x1 - x0 <= 3
        x0 = np.where(thin, np.maximum(x0 - 1, 0), x0)
        x1 = np.where(thin, np.minimum(x1 + 1, self.gray.shape[1]), x1)
        seen: npt.NDArray[np.bool_] = _inside(self._edges, x0, y0, x1, y1) > 0
        return seen

    def looks_printed(self, words: Boxes) -> bool:
        """Whether the page looks like print of which the given words are only a small part.

        Print: dark marks on light and even paper, in many rows and columns, and not too dense.
        """
        paper = int(np.median(self.gray))
        even = float(np.mean(np.abs(self.gray.astype(np.int16) - paper) <= PAPER_NOISE))
        dark = self.gray < paper - DARKER
        share = float(dark.mean())
        if paper < LIGHT or even < EVEN or not MIN_PRINT < share < MAX_PRINT:
            return False
        x0, y0, x1, y1 = self._cells(words)
        known = int(_inside(_integral(dark), x0, y0, x1, y1).sum())
        rows, columns = dark.any(axis=1).mean(), dark.any(axis=0).mean()
        return bool(known < KNOWN_PART * dark.sum() and min(rows, columns) > SPREAD)

    def same_under(self, other: Gray, boxes: Boxes) -> npt.NDArray[np.bool_]:
        """Whether this page and another picture of it are alike under each box, shape (n,)."""
        apart = _integral(np.abs(self.gray.astype(np.int16) - other))
        x0, y0, x1, y1 = self._cells(boxes)
        mean = _inside(apart, x0, y0, x1, y1) / ((x1 - x0) * (y1 - y0))
        alike: npt.NDArray[np.bool_] = mean < 1.0
        return alike

    def draw_images(self, images: list[tuple[object, object]]) -> Gray:
        """The given images (MuPDF image and its matrix) alone on white, as large as `gray`."""
        height, width = self.gray.shape
        area = mupdf.FzIrect(0, 0, width, height)
        gray = mupdf.FzColorspace(mupdf.FzColorspace.Fixed_GRAY)
        pixmap = mupdf.fz_new_pixmap_with_bbox(gray, area, mupdf.FzSeparations(), 0)
        mupdf.fz_clear_pixmap_with_value(pixmap, 255)
        device = mupdf.fz_new_draw_device(mupdf.FzMatrix(), pixmap)
        scale = mupdf.FzMatrix(self.scale, 0, 0, self.scale, 0, 0)
        for image, matrix in images:
            placed = mupdf.fz_concat(matrix, scale)
            mupdf.fz_fill_image(device, image, placed, 1.0, mupdf.FzColorParams())
        mupdf.fz_close_device(device)
        return _to_array(pymupdf.Pixmap("raw", pixmap))

    def _cells(self, boxes: Boxes) -> tuple[Cells, Cells, Cells, Cells]:
        """Pixel ranges of the boxes, each inside the picture and at least one pixel."""
        height, width = self.gray.shape
        cells = np.rint(boxes * self.scale).astype(np.intp)
        x0 = np.clip(cells[:, 0], 0, width - 1)
        y0 = np.clip(cells[:, 1], 0, height - 1)
        x1 = np.clip(cells[:, 2], x0 + 1, width)
        y1 = np.clip(cells[:, 3], y0 + 1, height)
        return x0, y0, x1, y1


def _to_array(pixmap: pymupdf.Pixmap) -> Gray:
    samples = np.frombuffer(pixmap.samples_mv, dtype=np.uint8)
    rows: Gray = samples.reshape(pixmap.height, pixmap.stride)[:, : pixmap.width].copy()
    return rows


def _integral(values: npt.NDArray[np.bool_] | npt.NDArray[np.int16]) -> Sums:
    """Sums over all rectangles that start at the top left, one row and column larger."""
    # 2 million pixels of 255 stay below 2**31
    sums = np.zeros((values.shape[0] + 1, values.shape[1] + 1), dtype=np.int32)
    np.cumsum(values, axis=0, out=sums[1:, 1:])
    np.cumsum(sums[1:, 1:], axis=1, out=sums[1:, 1:])
    return sums


def _inside(sums: Sums, x0: Cells, y0: Cells, x1: Cells, y1: Cells) -> Sums:
    inside: Sums = sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]
    return inside
