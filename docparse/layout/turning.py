"""Pages whose text lies on its side: turned upright to be laid out, and the blocks back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from docparse.pages.page import PageInput
from docparse.types import BBox, Block, Line

# From this share of its characters on, text on its side makes a page one that lies on its side.
MOST = 0.8
Turn = Callable[[BBox], BBox]


def angle_of(lines: Sequence[Line]) -> int:
    """Degrees counter-clockwise that the text of a page is turned by: 0, 90, 180 or 270."""
    counts: Counter[int] = Counter()
    for line in lines:
        angle = 0 if line.vertical else round(line.angle / 90) * 90 % 360
        counts[angle] += sum(len(word.text) for word in line.words)
    if not counts:
        return 0
    angle, most = counts.most_common(1)[0]
    return angle if most >= MOST * counts.total() else 0


@contextmanager
def upright(page: PageInput, angle: int) -> Iterator[PageInput]:
    """The page turned clockwise by `angle`, so that its text stands upright.

    The PDF's page is turned as well while the context lasts, and as it was afterwards.
    """
    turn = turner(page.width, page.height, angle)
    swap = angle in (90, 270)
    turned = replace(
        page,
        width=page.height if swap else page.width,
        height=page.width if swap else page.height,
        lines=tuple(_turn_line(line, turn, angle) for line in page.lines),
        images=tuple(turn(box) for box in page.images),
        links=tuple(replace(link, bbox=turn(link.bbox)) for link in page.links),
        fields=tuple(replace(field, bbox=turn(field.bbox)) for field in page.fields),
    )
    if page.pdf_page is None:
        yield turned
        return
    rotation = page.pdf_page.rotation
    page.pdf_page.set_rotation((rotation + angle) % 360)
    try:
        yield turned
    finally:
        page.pdf_page.set_rotation(rotation)


def turner(width: int, height: int, angle: int) -> Turn:
    """What turns a box on a page of the given size clockwise by 90, 180 or 270 degrees."""

    def turn(box: BBox) -> BBox:
        if angle == 90:
            return BBox(height - box.y1, box.x0, height - box.y0, box.x1)
        if angle == 180:
            return BBox(width - box.x1, height - box.y1, width - box.x0, height - box.y0)
        return BBox(box.y0, width - box.x1, box.y1, width - box.x0)

    return turn


def turn_block(block: Block, turn: Turn) -> Block:
    """A block with all its boxes turned."""
    table = block.table
    if table is not None:
        cells = (replace(c, bbox=turn(c.bbox) if c.bbox else None) for c in table.cells)
        table = replace(table, cells=tuple(cells))
    return replace(
        block,
        bbox=turn(block.bbox),
        table=table,
        items=tuple(replace(i, bbox=turn(i.bbox) if i.bbox else None) for i in block.items),
        words=tuple(replace(word, bbox=turn(word.bbox)) for word in block.words),
    )


def place_line(line: Line, turn: Turn) -> Line:
    """A line with the boxes of its words turned or moved, its direction as it was."""
    return replace(line, words=tuple(replace(w, bbox=turn(w.bbox)) for w in line.words))


def _turn_line(line: Line, turn: Turn, angle: int) -> Line:
    # Vertical writing among text on its side has no direction of its own that is known.
    return Line(
        place_line(line, turn).words, angle=0 if line.vertical else (line.angle - angle) % 360
    )
