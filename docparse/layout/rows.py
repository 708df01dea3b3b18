"""Rows: the lines of print of one block, put together from what the text layer calls lines."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from docparse.layout.flows import Canvas
from docparse.types import BBox, Line, Word, union_of

# A letter this much larger than its neighbours that reaches down beside several rows is a drop cap.
DROP_CAP = 1.7
# More pieces than this are the lettering of a map.
MOST = 2000


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one line of the text layer that are in one block; `index` counts the lines."""

    words: tuple[Word, ...]
    index: int
    line: Line


@dataclass(frozen=True, slots=True)
class Row:
    """Words on one line of print, in reading order.

    `bbox`: on the page. `box`: the same as a flow box of the block's direction. `size`: the font
    size of most of its characters, in pixels. `index`: the place of its first word in the file.
    """

    words: tuple[Word, ...]
    bbox: BBox
    box: BBox
    size: float
    index: int = 0

    @property
    def text(self) -> str:
        parts = [word.text + " " * word.space_after for word in self.words]
        return "".join(parts).rstrip(" ")


def size_of(words: Iterable[Word]) -> float:
    """The font size of most characters; of text without styles, what its boxes suggest."""
    sizes: Counter[float] = Counter()
    for word in words:
        size = word.style.size if word.style else 0.8 * min(word.bbox.height, word.bbox.width or 1)
        script = word.style is not None and word.style.script
        sizes[round(size, 1)] += len(word.text) if not script else 0
    return max(sizes, key=lambda size: (sizes[size], size)) if sizes else 0.0


def is_mono(rows: Iterable[Row]) -> bool:
    """Whether nearly all characters are in a typewriter face, but for numbers (of lines)."""
    total = mono = 0
    for row in rows:
        for word in row.words:
            if word.style and word.style.mono:
                mono += len(word.text)
            total += len(word.text) if not word.text.isdecimal() else 0
    return mono > 0.85 * total > 0


def make_row(words: Sequence[Word], canvas: Canvas, *, index: int = 0) -> Row:
    """A row of the given words; at least one."""
    bbox = union_of(word.bbox for word in words)
    return Row(tuple(words), bbox, canvas.place(bbox), size_of(words), index)


def make_rows(runs: Sequence[Run], canvas: Canvas, *, reach: float = math.inf) -> tuple[Row, ...]:
    """The rows of one block from first to last.

    Runs side by side make one row unless a gap of more than `reach` font sizes parts them, small
    ones (a raised note mark) join the row that they touch, and a drop cap joins the first row
    beside it.
    """
    return join_pieces(
        [make_row(run.words, canvas, index=run.index) for run in runs], canvas, reach=reach
    )


def join_pieces(
    pieces: Sequence[Row], canvas: Canvas, *, reach: float = math.inf
) -> tuple[Row, ...]:
    """Rows and parts of rows as whole rows from first to last; see `make_rows`."""
    pieces = sorted(pieces, key=lambda row: (row.box.y0 + row.box.y1, row.box.x0))
    if len(pieces) > MOST:
        return tuple(pieces)
    size = size_of(word for piece in pieces for word in piece.words)
    caps = [p for p in pieces if _may_be_drop_cap(p, size)]
    small = [p for p in pieces if p not in caps and _is_small(p, size)]
    rows: list[list[Row]] = []
    for piece in pieces:
        if piece in caps or piece in small:
            continue
        _put(rows, piece, least=0.5, reach=reach)
    for piece in small:
        near = reach if _is_level(piece, rows) else min(reach, 3.0)
        _put(rows, piece, least=0.25, reach=near)
    for piece in caps:
        _put_drop_cap(rows, piece)
    merged = [_merge(row, canvas) for row in rows]
    return tuple(sorted(merged, key=lambda row: (row.box.y0 + row.box.y1, row.box.x0)))


def _may_be_drop_cap(piece: Row, size: float) -> bool:
    return len(piece.text) <= 2 and piece.size > DROP_CAP * size and piece.text[0].isalnum()


def _is_small(piece: Row, size: float) -> bool:
    return piece.size < 0.8 * size and len(piece.text) <= 12


def _is_level(piece: Row, rows: Sequence[Sequence[Row]]) -> bool:
    """Whether a small piece is no raised mark: its middle is that of a row beside it."""
    middle = piece.box.y0 + piece.box.y1
    return any(
        abs(other.box.y0 + other.box.y1 - middle) < 0.2 * piece.size
        for row in rows
        for other in row
    )


def _put(rows: list[list[Row]], piece: Row, *, least: float, reach: float) -> None:
    """Adds a piece to the row that it shares most height with, or makes a new one.

    Only the last rows can be beside it, as pieces come from top to bottom; small pieces, which
    come later, are looked for everywhere.
    """
    box = piece.box
    best, shared = None, least
    for row in rows[-40:] if least >= 0.5 else rows:
        if all(other.box.y1 <= box.y0 or other.box.y0 >= box.y1 for other in row):
            continue
        share = max(_beside(box, other.box) for other in row)
        if share <= shared or any(_on_top(box, other.box) for other in row):
            continue
        if min(_gap(box, other.box) for other in row) <= reach * piece.size:
            best, shared = row, share
    if best is None:
        rows.append([piece])
    else:
        best.append(piece)


def _put_drop_cap(rows: list[list[Row]], cap: Row) -> None:
    beside = [row for row in rows if any(_beside(cap.box, other.box) > 0.5 for other in row)]
    if len(beside) < 2:
        _put(rows, cap, least=0.5, reach=1.0)
        return
    first = min(beside, key=lambda row: min(other.box.y0 for other in row))
    # Nothing stands between the initial and the rest of its word.
    first.append(replace(cap, words=(*cap.words[:-1], replace(cap.words[-1], space_after=False))))


def _beside(a: BBox, b: BBox) -> float:
    """The share of the lower box's height at which the two lie side by side."""
    shared = min(a.y1, b.y1) - max(a.y0, b.y0)
    return shared / max(1, min(a.height, b.height))


def _gap(a: BBox, b: BBox) -> int:
    return max(a.x0, b.x0) - min(a.x1, b.x1)


def _on_top(a: BBox, b: BBox) -> bool:
    """Whether two boxes cover the same stretch of the line: then they are not one row."""
    shared = min(a.x1, b.x1) - max(a.x0, b.x0)
    return shared > 0.5 * max(1, min(a.width, b.width))


def _merge(pieces: list[Row], canvas: Canvas) -> Row:
    if len(pieces) == 1:
        return pieces[0]
    pieces.sort(key=lambda piece: piece.box.x0)
    size = size_of(word for piece in pieces for word in piece.words)
    words: list[Word] = []
    for piece, following in pairwise(pieces):
        words += piece.words[:-1]
        gap = following.box.x0 - piece.box.x1
        last = piece.words[-1]
        words.append(
            replace(last, space_after=_is_space(last, following.words[0], gap / max(size, 1.0)))
        )
    words += pieces[-1].words
    row = make_row(words, canvas, index=min(piece.index for piece in pieces))
    # Raised marks and initials reach beyond the line; its own height is that of its text.
    main = [p.box for p in pieces if abs(p.size - size) < 0.2 * size] or [row.box]
    box = BBox(row.box.x0, min(b.y0 for b in main), row.box.x1, max(b.y1 for b in main))
    return replace(row, box=box)


def _is_space(word: Word, following: Word, gap: float) -> bool:
    """Whether a gap between two pieces of a row, in font sizes, is a space."""
    if following.style and following.style.script:
        return gap > 0.3
    if word.style and word.style.size > DROP_CAP * (following.style.size if following.style else 1):
        return word.space_after
    return gap > 0.1
