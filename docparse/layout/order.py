"""The reading order of boxes: columns, what breaks them, and rows of short things side by side.

Works on flow boxes, so that one rule serves all directions. At each step the boxes are parted
either at a gutter, into columns that are read one after the other, or at gaps, into bands. Boxes
that lie across a gutter (titles, wide figures) part the columns into those above and those below,
but for insets, which the columns go round: they come after them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from docparse.types import BBox

# A gutter is at least this wide, in font sizes.
GUTTER = 0.7
# So many rows of text stand at least on either side of an inset.
BESIDE = 4
# More boxes than this are a map or a form with a word per box: they go by rows.
MOST = 400
# Nesting ends here; pages nest a few levels deep.
DEEPEST = 40


@dataclass(frozen=True, slots=True)
class _Item:
    index: int
    box: BBox
    num_rows: int


@dataclass(frozen=True, slots=True)
class _Cut:
    """A place where columns part, between `x0` and `x1`, and the boxes that lie across it.

    `insets`: those of them that the columns go round.
    """

    x0: int
    x1: int
    left: tuple[_Item, ...]
    right: tuple[_Item, ...]
    across: tuple[_Item, ...]
    insets: tuple[_Item, ...]


def reading_order(boxes: Sequence[BBox], *, em: float, num_rows: Sequence[int] = ()) -> list[int]:
    """The indices of flow boxes in reading order.

    `em`: the usual font size in pixels. `num_rows`: how many rows of text each box has, which
    tells short things side by side (a label and its value) from columns.
    """
    rows = num_rows or [2] * len(boxes)
    items = [_Item(i, box, n) for i, (box, n) in enumerate(zip(boxes, rows, strict=True))]
    if len(items) > MOST:
        return [item.index for row in _rows(items) for item in row]
    return [item.index for item in _arrange(items, max(em, 1.0), DEEPEST)]


def _arrange(items: Sequence[_Item], em: float, depth: int) -> Iterator[_Item]:
    if len(items) < 2 or not depth:
        yield from sorted(items, key=lambda item: (item.box.y0, item.box.x0))
        return
    cut = _best_cut(items, em)
    if cut is not None and not cut.across:
        parts = [list(part) for part in (cut.left, cut.right, cut.insets) if part]
    else:
        parts = _sections(items, em)
        if len(parts) == 1 and cut is not None:
            parts = list(_between_bars(cut, em))
        elif len(parts) == 1:
            parts = [[item] for row in _rows(items) for item in row]
    for part in parts:
        yield from _arrange(part, em, depth - 1)


def _sections(items: Sequence[_Item], em: float) -> list[list[_Item]]:
    """The boxes parted at gaps from line to line, but not at those that run through columns.

    Neighbouring bands that have a gutter in common are one section: the gap between them is where
    paragraphs of two columns happen to end level. A heading alone does not stand in a column.
    """
    sections: list[list[_Item]] = []
    bands = _bands(items)
    for number, band in enumerate(bands):
        if sections:
            # what a heading belongs to says whether it stands in a column
            below = [*band, *(bands[number + 1] if number + 1 < len(bands) else [])]
            if _is_part_of(sections[-1], band, em) or (
                len(below) > len(band) and _is_part_of(sections[-1], below, em)
            ):
                sections[-1] = [*sections[-1], *band]
                continue
        sections.append(band)
    return sections


def _is_part_of(above: Sequence[_Item], band: Sequence[_Item], em: float) -> bool:
    """Whether a band below columns goes on with them, or columns go on with what is above."""
    cut = _best_cut([*above, *band], em)
    if cut is None or cut.across:
        return False
    on_left, on_right = set(cut.left), set(cut.right)
    for part in (above, band):
        one_sided = on_left.isdisjoint(part) or on_right.isdisjoint(part)
        if one_sided and (sum(item.num_rows for item in part) < 2 or _stand_level(part)):
            return False
    return True


def _stand_level(items: Sequence[_Item]) -> bool:
    """Whether some of the boxes are side by side, and none has more than a row of text."""
    return len(_rows(items)) < len(items) and all(item.num_rows == 1 for item in items)


def _between_bars(cut: _Cut, em: float) -> Iterator[list[_Item]]:
    """The boxes across a cut, one by one, with what begins between them."""
    bars = sorted(cut.across, key=lambda item: (item.box.y0, item.box.x0))
    rest = sorted([*cut.left, *cut.right, *cut.insets], key=lambda item: (item.box.y0, item.box.x0))
    for bar in bars:
        before = [item for item in rest if _begins_before(item.box, bar.box, em)]
        if before:
            yield before
            rest = [item for item in rest if item not in before]
        yield [bar]
    if rest:
        yield rest


def _begins_before(box: BBox, bar: BBox, em: float) -> bool:
    if abs(box.y0 - bar.y0) <= 0.5 * em:
        return box.x0 < bar.x0
    return box.y0 < bar.y0


def _best_cut(items: Sequence[_Item], em: float) -> _Cut | None:
    """The cut that the least lies across; None where nothing stands in columns."""
    best: tuple[float, int, _Cut] | None = None
    for x0, x1 in _gaps(items, em):
        cut = _cut_at(x0, x1, items)
        if not _parts_columns(cut, em):
            continue
        cost = float(sum(item.box.height for item in cut.across))
        if best is None or (cost, x0 - x1) < best[:2]:
            best = (cost, x0 - x1, cut)
    return best[2] if best else None


def _cut_at(x0: int, x1: int, items: Sequence[_Item]) -> _Cut:
    """The boxes on each side of a gutter; one that reaches into it, but not beyond, has a side.

    Boxes of figures are often a little wider than their column.
    """
    middle = (x0 + x1) / 2
    left = tuple(i for i in items if i.box.x1 <= x1 and i.box.center[0] < middle)
    right = tuple(i for i in items if i.box.x0 >= x0 and i.box.center[0] >= middle)
    sided = {item.index for item in (*left, *right)}
    across = [item for item in items if item.index not in sided]
    insets = tuple(item for item in across if _goes_round(left, item) and _goes_round(right, item))
    return _Cut(x0, x1, left, right, tuple(i for i in across if i not in insets), insets)


def _goes_round(column: Iterable[_Item], inset: _Item) -> bool:
    """Whether a column has text beside a box, begins above it and ends below it."""
    box, middle = inset.box, _middle(inset.box)
    beside, begins, ends = 0, False, False
    for item in column:
        begins |= item.box.y0 < box.y0
        ends |= item.box.y1 > box.y1
        beside += item.num_rows if item.box.y0 < middle < item.box.y1 else 0
        if begins and ends and beside >= BESIDE:
            return True
    return False


def _gaps(items: Sequence[_Item], em: float) -> list[tuple[int, int]]:
    """Stretches along the line that few boxes lie across, wide boxes set aside one by one.

    Once all boxes are looked at, once only those that no text goes round.
    """
    left = min(item.box.x0 for item in items)
    wide = 0.25 * (max(item.box.x1 for item in items) - left)
    found: dict[tuple[int, int], None] = {}
    for shown in (items, [item for item in items if not _is_enclosed(item, items)]):
        boxes = sorted((item.box for item in shown), key=lambda box: box.width)
        while len(boxes) > 1:
            end = left
            for box in sorted(boxes, key=lambda box: box.x0):
                is_wider = any(end <= x0 and x1 <= box.x0 for x0, x1 in found)
                if left < end and box.x0 - end >= GUTTER * em and not is_wider:
                    found[end, box.x0] = None
                end = max(end, box.x1)
            if boxes.pop().width < wide:
                break
    return list(found)


def _is_enclosed(item: _Item, items: Sequence[_Item]) -> bool:
    """Whether text on both sides goes round a box."""
    left = (other for other in items if other.box.center[0] < item.box.x0)
    right = (other for other in items if other.box.center[0] > item.box.x1)
    return _goes_round(left, item) and _goes_round(right, item)


def _parts_columns(cut: _Cut, em: float) -> bool:
    """Whether what stands on both sides are columns: side by side, and not row by row."""
    if not cut.left or not cut.right:
        return False
    if not any(_beside(a.box, b.box) > 0.3 for a in cut.left for b in cut.right):
        return False
    if (cut.across or cut.insets) and not _is_column_like(cut, em):
        return False
    return not _is_row_by_row(cut, em)


def _is_column_like(cut: _Cut, em: float) -> bool:
    """Whether a cut with boxes across it is more than two things that happen to be level."""
    beside = 0
    for a, b in product(cut.left, cut.right):
        beside += max(0, min(a.box.y1, b.box.y1) - max(a.box.y0, b.box.y0))
        if beside > 1.2 * em:
            return True
    return False


def _is_row_by_row(cut: _Cut, em: float) -> bool:
    """Whether short boxes on one side stand level with short boxes on the other."""
    few, many = sorted((cut.left, cut.right), key=len)
    if len(few) == 1 and few[0].num_rows == 1:
        return any(_beside(few[0].box, b.box) > 0.5 and b.num_rows == 1 for b in many)
    if len(few) < 2 or any(item.num_rows > 2 for item in few):
        return False
    level = sum(
        any(abs(a.box.y0 - b.box.y0) < 0.5 * em and b.num_rows <= 3 for b in many) for a in few
    )
    return level >= 0.7 * len(few) and len(many) < 2.5 * len(few)


def _bands(items: Sequence[_Item]) -> list[list[_Item]]:
    """The boxes parted where nothing stands beside the gap, from line to line."""
    bands: list[list[_Item]] = []
    end = 0
    for item in sorted(items, key=lambda item: (item.box.y0, item.box.x0)):
        # Boxes of neighbouring lines may overlap by a hair.
        slack = 0.15 * min(item.box.height, bands[-1][-1].box.height) if bands else 0
        if not bands or item.box.y0 >= end - slack:
            bands.append([])
            end = item.box.y1
        bands[-1].append(item)
        end = max(end, item.box.y1)
    return bands


def _rows(items: Sequence[_Item]) -> list[list[_Item]]:
    """The boxes in rows: those that stand level, along the line."""
    rows: list[list[_Item]] = []
    for item in sorted(items, key=lambda item: (_middle(item.box), item.box.x0)):
        if rows and _beside(rows[-1][0].box, item.box) > 0.5:
            rows[-1].append(item)
        else:
            rows.append([item])
    return [sorted(row, key=lambda item: item.box.x0) for row in rows]


def _beside(a: BBox, b: BBox) -> float:
    shared = min(a.y1, b.y1) - max(a.y0, b.y0)
    return shared / max(1, min(a.height, b.height))


def _middle(box: BBox) -> float:
    return (box.y0 + box.y1) / 2
