"""The nouns that flow through docparse: boxes, words, lines, blocks, pages and documents.

All boxes are whole native pixels of their page: origin top-left, y down, after the page's
rotation (design, section 2). Everything here is frozen; a changed thing is a new thing
(`dataclasses.replace`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, get_args

from docparse.geometry import BBox as BBox
from docparse.geometry import Frame as Frame
from docparse.geometry import union_of as union_of

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
    "unmapped-text",  # U+FFFD stands for glyphs of which the file does not say what they are
    "ocr-layer",  # a scan whose text is that of the file's own invisible layer
    "blank",  # the page has no ink
    "unclear-text",  # what looks like a line of text was left out, as it could not be read
    "no-text",  # the page was read from its pixels, and nothing on it looks like text
    "bad-box",  # a box was turned, clipped or dropped
    "bad-table",  # a table had holes or overlaps that were filled or cut
    "off-format",  # the reply is not what was asked for, so what it says may be made up
    "unlike-layer",  # next to nothing of the page's own text is in the reply
    "unsupported-text",  # the reply says what nothing on the page shows
    "doubtful",  # words that are less sure than was asked for
    "missed-region",  # text on the page that the reply left out
    "read-by-lines",  # the reply was not sound, so the page is laid out from its lines
    "repaired",  # other repairs of a reply's markup
]
# A page with one of these has not been read in full.
INCOMPLETE: frozenset[NoteCode] = frozenset(
    {"page-failed", "needs-reading", "truncated", "repeated-tail", "off-format", "unlike-layer"}
)


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

    @property
    def is_read(self) -> bool:
        """Whether it was read from pixels: its text, size and spaces may be wrong."""
        return self.source != "text-layer"


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


MOST_SLOTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Table:
    """A rectangular grid, tiled by its cells without holes or overlaps; else a ValueError.

    Cells are in row-major order of their top-left corners; a grid has a million places at most.
    """

    num_rows: int
    num_cols: int
    cells: tuple[Cell, ...]

    def __post_init__(self) -> None:
        # What only claims to be huge must not be laid out in memory.
        if self.num_rows < 0 or self.num_cols < 0 or self.num_rows * self.num_cols > MOST_SLOTS:
            raise ValueError(f"a table of {self.num_rows} by {self.num_cols} is none")
        corners = [(cell.row, cell.col) for cell in self.cells]
        if corners != sorted(corners):
            raise ValueError("cells are not in row-major order")
        taken: set[tuple[int, int]] = set()
        for cell in self.cells:
            slots = self._slots(cell)
            if not taken.isdisjoint(slots):
                raise ValueError(f"cell {cell.row},{cell.col} overlaps another")
            taken.update(slots)
        if len(taken) != self.num_rows * self.num_cols:
            raise ValueError("cells do not fill the grid")

    def _slots(self, cell: Cell) -> list[tuple[int, int]]:
        """Rows and columns that a cell takes; ValueError for none, and for some outside."""
        if cell.rowspan < 1 or cell.colspan < 1:
            raise ValueError(f"cell {cell.row},{cell.col} spans nothing")
        end_row, end_col = cell.row + cell.rowspan, cell.col + cell.colspan
        if cell.row < 0 or cell.col < 0 or end_row > self.num_rows or end_col > self.num_cols:
            raise ValueError(f"cell {cell.row},{cell.col} reaches out of the grid")
        return [(r, c) for r in range(cell.row, end_row) for c in range(cell.col, end_col)]


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
