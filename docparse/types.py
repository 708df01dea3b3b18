"""The nouns that flow through docparse: boxes, words, lines, blocks, pages and documents.

All boxes are whole native pixels of their page: origin top-left, y down, after the page's
rotation (design, section 2). Everything here is frozen; a changed thing is a new thing
(`dataclasses.replace`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args

Kind = Literal[
    "title",
    "heading",
    "paragraph",
    "list",
    "table",
    "chart",
    "formula",
    "figure",
    "caption",
    "footnote",
    "page-header",
    "page-footer",
    "code",
    "form-field",
    "image-ocr",
    "music-sheet",
    "chemical-formula",
    "seal",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

Provenance = Literal["text-layer", "model", "ocr"]

Script = Literal["", "super", "sub"]

NoteCode = Literal[
    "page-failed",  # nothing could be made of the page
    "needs-reading",  # the page has ink but no text layer that can be trusted
    "truncated",  # the reply stopped before its end
    "repeated-tail",  # the reply ended in a loop, which was cut
    "text-layer-rejected",  # with the reason
    "hidden-text",  # text that a reader cannot see was left out
    "blank",  # the page has no ink
    "bad-box",  # a box was turned, clipped or dropped
    "bad-table",  # a table had holes or overlaps that were filled or cut
    "repaired",  # other repairs of a reply's markup
]
# A page with one of these has not been read in full.
INCOMPLETE: frozenset[NoteCode] = frozenset(
    {"page-failed", "needs-reading", "truncated", "repeated-tail"}
)


@dataclass(frozen=True, slots=True)
class BBox:
    """A rectangle in whole native pixels, x0 <= x1 and y0 <= y1; inside out is a ValueError."""

    x0: int
    y0: int
    x1: int
    y1: int

    def __post_init__(self) -> None:
        if self.x0 > self.x1 or self.y0 > self.y1:
            raise ValueError(f"box is inside out: {self.x0} {self.y0} {self.x1} {self.y1}")

    @classmethod
    def around(cls, x0: float, y0: float, x1: float, y1: float) -> BBox:
        """The smallest whole-pixel box that holds the given one, corners in any order."""
        left, right = sorted((x0, x1))
        top, bottom = sorted((y0, y1))
        # A hair of tolerance, so that 12.0000001 does not become 13.
        return cls(
            math.floor(left + 1e-3),
            math.floor(top + 1e-3),
            math.ceil(right - 1e-3),
            math.ceil(bottom - 1e-3),
        )

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0

    @property
    def area(self) -> int:
        return self.width * self.height

    @property
    def center(self) -> tuple[float, float]:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def union(self, other: BBox) -> BBox:
        return BBox(
            min(self.x0, other.x0),
            min(self.y0, other.y0),
            max(self.x1, other.x1),
            max(self.y1, other.y1),
        )

    def intersect(self, other: BBox) -> BBox | None:
        """The common part, or None where the two do not even touch."""
        x0, y0 = max(self.x0, other.x0), max(self.y0, other.y0)
        x1, y1 = min(self.x1, other.x1), min(self.y1, other.y1)
        return BBox(x0, y0, x1, y1) if x0 <= x1 and y0 <= y1 else None

    def overlap(self, other: BBox) -> float:
        """The share of this box's area that lies in the other, 0 to 1."""
        common = self.intersect(other)
        return common.area / self.area if common and self.area else 0.0

    def iou(self, other: BBox) -> float:
        """Intersection over union, 0 to 1."""
        common = self.intersect(other)
        shared = common.area if common else 0
        total = self.area + other.area - shared
        return shared / total if total else 0.0

    def clip(self, width: int, height: int) -> BBox:
        """The part inside a page of the given size; a box outside it shrinks onto its edge."""
        return BBox(
            min(max(self.x0, 0), width),
            min(max(self.y0, 0), height),
            min(max(self.x1, 0), width),
            min(max(self.y1, 0), height),
        )


def union_of(boxes: Iterable[BBox]) -> BBox:
    """The smallest box around all of the given ones; no box at all is a ValueError."""
    it = iter(boxes)
    try:
        whole = next(it)
    except StopIteration:
        raise ValueError("no boxes to unite") from None
    for box in it:
        whole = whole.union(box)
    return whole


@dataclass(frozen=True, slots=True)
class Frame:
    """Where model pixels, native pixels and PDF points meet; nothing else converts.

    `width`, `height`: native pixels. `model_width`, `model_height`: the extent of the coordinates
    that the model speaks, that is its resized picture, or 1000 by 1000 for relative ones.
    """

    width: int
    height: int
    model_width: int
    model_height: int
    dpi: float

    def from_model(self, x0: float, y0: float, x1: float, y1: float) -> BBox:
        """Model coordinates to a native box: turned the right way round, clipped to the page."""
        sx, sy = self.width / self.model_width, self.height / self.model_height
        left, right = sorted((x0 * sx, x1 * sx))
        top, bottom = sorted((y0 * sy, y1 * sy))
        box = BBox(round(left), round(top), round(right), round(bottom))
        return box.clip(self.width, self.height)

    def to_model(self, box: BBox) -> tuple[int, int, int, int]:
        """A native box in whole model coordinates, clamped (spec qwen_vl, section 5.1)."""
        sx, sy = self.model_width / self.width, self.model_height / self.height
        return (
            min(max(round(box.x0 * sx), 0), self.model_width),
            min(max(round(box.y0 * sy), 0), self.model_height),
            min(max(round(box.x1 * sx), 0), self.model_width),
            min(max(round(box.y1 * sy), 0), self.model_height),
        )

    def to_points(self, box: BBox) -> tuple[float, float, float, float]:
        """A native box in points of the rotated page, origin top-left."""
        k = 72 / self.dpi
        return box.x0 * k, box.y0 * k, box.x1 * k, box.y1 * k


@dataclass(frozen=True, slots=True)
class Style:
    """How a word is set: `size` in native pixels, the rest as the font says."""

    size: float
    font: str = ""
    bold: bool = False
    italic: bool = False
    mono: bool = False
    script: Script = ""


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters without a space; `space_after` says whether one follows in the text."""

    text: str
    bbox: BBox
    confidence: float = 1.0
    source: Provenance = "text-layer"
    style: Style | None = None
    space_after: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """Words on one baseline in reading order; at least one.

    `vertical`: characters stand below each other (tategaki). `angle`: degrees counter-clockwise
    that the baseline is turned, 0 for ordinary text (90 reads from bottom to top).
    """

    words: tuple[Word, ...]
    vertical: bool = False
    angle: int = 0

    @property
    def bbox(self) -> BBox:
        return union_of(word.bbox for word in self.words)

    @property
    def text(self) -> str:
        parts = [word.text + " " * word.space_after for word in self.words]
        return "".join(parts).rstrip(" ")


@dataclass(frozen=True, slots=True)
class Span:
    """A styled stretch of a text: characters `start` to `end` (exclusive).

    `math`: the characters are LaTeX, without dollar signs.
    """

    start: int
    end: int
    bold: bool = False
    italic: bool = False
    code: bool = False
    math: bool = False
    script: Script = ""
    href: str = ""


def check_spans(text: str, spans: tuple[Span, ...]) -> None:
    """Raises ValueError unless the spans ascend, do not overlap and lie inside the text."""
    position = 0
    for span in spans:
        if not position <= span.start < span.end <= len(text):
            raise ValueError(f"span {span.start}-{span.end} does not fit its text")
        position = span.end


@dataclass(frozen=True, slots=True)
class ListItem:
    """One entry of a list; `level` 0 is the outermost, `marker` is what is printed before it."""

    text: str
    bbox: BBox | None = None
    level: int = 0
    marker: str = ""
    ordered: bool = False
    spans: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        check_spans(self.text, self.spans)


@dataclass(frozen=True, slots=True)
class Cell:
    """One table cell; a line break inside it is a newline in `text`."""

    row: int
    col: int
    text: str = ""
    rowspan: int = 1
    colspan: int = 1
    header: bool = False
    bbox: BBox | None = None
    spans: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        check_spans(self.text, self.spans)


@dataclass(frozen=True, slots=True)
class Table:
    """A rectangular grid, tiled by its cells without holes or overlaps; else a ValueError.

    Cells are in row-major order of their top-left corners.
    """

    num_rows: int
    num_cols: int
    cells: tuple[Cell, ...]

    def __post_init__(self) -> None:
        corners = [(cell.row, cell.col) for cell in self.cells]
        if corners != sorted(corners):
            raise ValueError("cells are not in row-major order")
        taken: set[tuple[int, int]] = set()
        for cell in self.cells:
            if cell.rowspan < 1 or cell.colspan < 1:
                raise ValueError(f"cell {cell.row},{cell.col} spans nothing")
            slots = {
                (r, c)
                for r in range(cell.row, cell.row + cell.rowspan)
                for c in range(cell.col, cell.col + cell.colspan)
            }
            if slots & taken:
                raise ValueError(f"cell {cell.row},{cell.col} overlaps another")
            taken |= slots
        if taken != {(r, c) for r in range(self.num_rows) for c in range(self.num_cols)}:
            raise ValueError("cells do not fill the grid")


@dataclass(frozen=True, slots=True)
class Block:
    """One element of a page, in reading order among its neighbours.

    `text` by kind: what is printed; LaTeX for a formula, ABC for a music sheet, SMILES for a
    chemical formula, the description for a figure, the value for a form field. Empty for `table`
    and `list`, whose text lies in `table` and `items`; a chart may have a `table` as well.
    `level`: 1 to 6 for a heading, else 0. `label`: a form field's name, a code block's language.
    `image`: the picture cut out for this block, a relative file name or a data URI.
    `target`: for a caption, the index in the page's blocks of the figure or table it describes.
    `continues`: this block goes on where the nearest earlier block of its kind stopped, across a
    column or a page.
    """

    kind: Kind
    bbox: BBox
    text: str = ""
    level: int = 0
    spans: tuple[Span, ...] = ()
    table: Table | None = None
    items: tuple[ListItem, ...] = ()
    words: tuple[Word, ...] = ()
    label: str = ""
    image: str = ""
    target: int | None = None
    continues: bool = False
    confidence: float = 1.0
    source: Provenance = "text-layer"

    def __post_init__(self) -> None:
        check_spans(self.text, self.spans)


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a reader of the page should know, in one sentence."""

    code: NoteCode
    message: str
    bbox: BBox | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page: `number` counts from 1; `rotation` is the PDF's own, already applied."""

    number: int
    width: int
    height: int
    dpi: float
    rotation: int = 0
    blocks: tuple[Block, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def complete(self) -> bool:
        return not any(note.code in INCOMPLETE for note in self.notes)


@dataclass(frozen=True, slots=True)
class Document:
    """All pages of one source. `meta`: title, author and the like, as the file says them."""

    source: str
    pages: tuple[Page, ...] = ()
    meta: dict[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return all(page.complete for page in self.pages)


@dataclass(frozen=True, slots=True)
class Link:
    """A clickable area of a page and where it leads (a URI, or `#page=N`)."""

    bbox: BBox
    href: str


@dataclass(frozen=True, slots=True)
class FormField:
    """A form field of the file itself (AcroForm) with its present value."""

    name: str
    value: str
    bbox: BBox
    type: Literal["text", "checkbox", "radio", "choice", "button", "signature"] = "text"


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A bookmark: `level` from 1, `page` from 1 (0 where it leads nowhere), `y` native pixels."""

    level: int
    title: str
    page: int
    y: int | None = None
