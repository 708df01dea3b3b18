"""What PyMuPDF's layout model sees on a page: groups of text lines with a class each, pictures.

The model comes with PyMuPDF's wheel. It is asked here with a stand-in for the page, for three
reasons: its own reading of a turned page mixes turned pixels with unturned text; the text page that
it makes also holds the vector graphics that figures are found by; and a few of its inputs need to
be put right first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

from docparse.layout.nets import Model
from docparse.mupdf import pymupdf

if TYPE_CHECKING:
    from numpy.typing import NDArray

# The model compares every line with every other: its memory grows with the square of their number.
MAX_LINES = 2500
# Beyond this number, paths are a map or a drawing: single ones say nothing, and MuPDF's search for
# structure among them may take minutes.
MAX_VECTORS = 12_000
# A picture no further than this from the left edge of its page, in points, fills it; it is too
# little for any letter.
EDGE = 0.5
_STRUCTURE = pymupdf.TEXT_SEGMENT | pymupdf.TEXT_TABLE_HUNT | pymupdf.TEXT_COLLECT_STRUCTURE
# The model, from its first use on.
_loaded: dict[str, Any] = {}
_alone = False

Points = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Group:
    """Text lines that belong together; boxes in points of the page as it is seen.

    `lines`: boxes of the lines. `confidence`: the model's mean probability of `label` for them.
    `rows`, `columns`: inner boundaries of a table's grid; `cells`: for each text box of a table
    the half-open ranges of grid rows and columns that it covers.
    """

    label: str
    bbox: Points
    lines: tuple[Points, ...]
    confidence: float
    rows: tuple[float, ...] = ()
    columns: tuple[float, ...] = ()
    cells: tuple[tuple[int, int, int, int], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Detection:
    """All that one look at a page gives; boxes in points of the page as it is seen.

    `pictures`: where the image net sees pictures, coarse. `vectors`: boxes of painted paths that
    are straight lines and rectangles. `curves`: those of all other paths, and stroked ones are far
    too large. `image`: the page as rows of RGB pixels, one a point.
    """

    groups: tuple[Group, ...] = ()
    pictures: tuple[Points, ...] = ()
    vectors: tuple[Points, ...] = ()
    curves: tuple[Points, ...] = ()
    image: NDArray[np.uint8] | None = None


class TooManyLinesError(Exception):
    """The page has more text lines than the model can compare."""


def detect(page: pymupdf.Page, *, has_images: bool) -> Detection:
    """Looks at a page once; nothing of the page is changed.

    A page without text gives no groups, one without images and painted paths no pictures. Raises
    TooManyLinesError.
    """
    model = _model()
    seen = _SeenPage(page, model.feature_extractor.begin)
    model.session.longest = max(page.rect.width, page.rect.height)
    raw = model.predict(seen, return_raw=True, do_sort=False)
    if not raw:
        return Detection(vectors=seen.vectors, curves=seen.curves, image=seen.image)
    may_have_pictures = has_images or seen.vectors or seen.curves
    pictures = model.feature_extractor.get_picture_detections() if may_have_pictures else ()
    return Detection(
        groups=tuple(_group(entry, model.session.probabilities) for entry in raw),
        pictures=tuple((float(x0), float(y0), float(x1), float(y1)) for x0, y0, x1, y1 in pictures),
        vectors=seen.vectors,
        curves=seen.curves,
        image=seen.image,
    )


def look_ahead(page: pymupdf.Page) -> None:
    """Lets the picture net begin on a page that `detect` will be asked about, if it has threads."""
    if not _alone:
        _model().feature_extractor.begin(_pixels(page.get_pixmap()))


def limit_threads() -> None:
    """Lets the model run on one thread from now on, for processes that share the cores."""
    global _alone
    _alone = True
    unload()


def unload() -> None:
    """Gives back the memory of the model, which is loaded again when a page is next looked at."""
    _loaded.clear()


def _model() -> Any:
    if not _loaded:
        _loaded["model"] = _load(alone=_alone)
    return _loaded["model"]


def _load(*, alone: bool) -> Any:
    model = Model(alone=alone)
    model.session = _Session(model.session, model.cfg["data"]["rf_names"])
    return model


class _Session:
    """The graph net, given inputs put right; keeps the class probabilities of the last run.

    `longest`: the longer side of the page in points.
    """

    def __init__(self, session: Any, feature_names: list[str]) -> None:
        self._session = session
        self._margins = [i for i, name in enumerate(feature_names) if "margin" in name]
        self.longest = 0.0
        self.probabilities: NDArray[np.float32] = np.empty((0, 0), np.float32)

    def run(self, outputs: Any, inputs: dict[str, Any]) -> Any:
        # Some pages have margins of 400,000 points, and then every line becomes a table.
        margins = inputs["rf_features"][:, self._margins]
        inputs["rf_features"][:, self._margins] = margins.clip(-self.longest, self.longest)
        nodes, edges = self._session.run(outputs, inputs)
        power = np.exp(nodes - nodes.max(axis=1, keepdims=True))
        self.probabilities = power / power.sum(axis=1, keepdims=True)
        return nodes, edges


class _SeenPage:
    """As much of a pymupdf.Page as the model asks for, all in the turned page's points."""

    def __init__(self, page: pymupdf.Page, on_image: Callable[[NDArray[np.uint8]], None]) -> None:
        self._page = page
        self._on_image = on_image
        self.rect = page.rect
        self.vectors: tuple[Points, ...] = ()
        self.curves: tuple[Points, ...] = ()
        self.image: NDArray[np.uint8] | None = None

    def get_pixmap(self) -> pymupdf.Pixmap:
        pixmap = self._page.get_pixmap()
        self.image = _pixels(pixmap)
        self._on_image(self.image)
        return pixmap

    def get_textpage(self, *, flags: int) -> pymupdf.TextPage:
        painted = self._text(pymupdf.TEXT_COLLECT_VECTORS)
        if _count_blocks(painted) > MAX_VECTORS:
            flags &= ~(_STRUCTURE | pymupdf.TEXT_COLLECT_VECTORS)
        else:
            seen = [b for b in painted.extractDICT()["blocks"] if b["type"] == 3 and b["alpha"]]
            self.vectors = tuple(b["bbox"] for b in seen if b["isrect"])
            self.curves = tuple(b["bbox"] for b in seen if not b["isrect"])
        return self._text(flags)

    def _text(self, flags: int) -> pymupdf.TextPage:
        # Without a matrix, PyMuPDF reads text as if the page were not turned.
        page = self._page
        return page.get_textpage(flags=flags, matrix=page.rotation_matrix, clip=page.rect)

    def get_text(self, _: str, *, textpage: pymupdf.TextPage) -> dict[str, Any]:
        content = _without_scans(textpage)
        if sum(len(b["lines"]) for b in _leaves(content["blocks"]) if b["type"] == 0) > MAX_LINES:
            raise TooManyLinesError
        return content

    def widgets(self) -> list[SimpleNamespace]:
        return [
            SimpleNamespace(
                rect=widget.rect * self._page.rotation_matrix,
                field_type=widget.field_type,
                field_value=widget.field_value,
            )
            for widget in self._page.widgets()
        ]


def _pixels(pixmap: pymupdf.Pixmap) -> NDArray[np.uint8]:
    pixels = np.frombuffer(pixmap.samples, dtype=np.uint8)
    return pixels.reshape(pixmap.height, pixmap.width, pixmap.n)


def _without_scans(textpage: pymupdf.TextPage) -> dict[str, Any]:
    """The text page as a dictionary without pictures that fill the page.

    Every picture in it is written anew as PNG, which takes 40 to 250 ms for a scan; one that does
    not lie wholly inside is left out.
    """
    box = textpage.this.m_internal.mediabox
    left = box.x0
    box.x0 = left + EDGE
    try:
        content: dict[str, Any] = textpage.extractDICT()
    finally:
        box.x0 = left
    return content


def _leaves(blocks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The blocks of a text page without its structure, which may nest to any depth."""
    stack = list(reversed(blocks))
    while stack:
        block = stack.pop()
        if block["type"] == 2:
            stack.extend(reversed(block["blocks"]))
        else:
            yield block


def _count_blocks(textpage: pymupdf.TextPage) -> int:
    """How many blocks a text page has; counts no further than it must."""
    count = 0
    block = textpage.this.m_internal.first_block
    while block and count <= MAX_VECTORS:
        count += 1
        block = block.next
    return count


def _group(entry: dict[str, Any], probabilities: NDArray[np.float32]) -> Group:
    x0, y0, x1, y1 = (float(value) for value in entry["group_bbox"])
    confidence = float(probabilities[entry["indicies"], entry["group_class"]].mean())
    grid = entry.get("table_grid")
    return Group(
        label=entry["class_name"],
        bbox=(x0, y0, x1, y1),
        lines=tuple((b[0], b[1], b[2], b[3]) for b in entry["bboxes"]),
        confidence=confidence,
        rows=tuple(y0 + float(y) for y in grid.h_lines) if grid else (),
        columns=tuple(x0 + float(x) for x in grid.v_lines) if grid else (),
        cells=tuple(
            (int(c.row_start), int(c.row_end), int(c.col_start), int(c.col_end))
            for c in entry.get("table_cells") or ()
        ),
    )
