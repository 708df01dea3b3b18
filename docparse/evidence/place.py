"""Parts that no neighbour led to, found as a whole: in their box, their row, or next in order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import mean

from docparse.evidence.match import LEAST_WEIGHT, Matching, common, match_letters
from docparse.evidence.tokens import Part
from docparse.types import BBox, Block, Cell, union_of

# Places of a text that are looked at, on either side of where it is expected.
MOST_PLACES = 40
# A box of a model may be off by so many heights of a line of text.
SLACK = 1.0
# Boxes are right when so many of the words that were found lie in that of their block. Then those
# that do not are strays, if they are the lesser half or so few.
RIGHT, STRAY = 0.6, 5


@dataclass(slots=True)
class Places:
    """Where the parts of a page's blocks stand so far. `spans`: tokens of each part, as (start,
    end). `whole`: the box of a block that has none of its own."""

    matching: Matching
    parts: Sequence[Part]
    spans: Sequence[tuple[int, int]]
    blocks: Sequence[Block]
    whole: BBox
    _index: dict[str, list[int]] = field(default_factory=dict)
    _cells: dict[int, dict[int, BBox]] = field(default_factory=dict)
    _slack: int = 0

    def __post_init__(self) -> None:
        heights = sorted(unit.bbox.height for unit in self.matching.units)
        self._slack = round(SLACK * heights[len(heights) // 2]) if heights else 0
        for number, unit in enumerate(self.matching.units):
            self._index.setdefault(unit.key, []).append(number)

    def box_of(self, number: int) -> BBox | None:
        """Around the units that the tokens of a part stand at."""
        start, end = self.spans[number]
        hits = [hit for hit in self.matching.hits[start:end] if hit]
        boxes = [self.matching.units[p.unit].part(p.low, p.high) for h in hits for p in h.pieces]
        return union_of(boxes) if boxes else None

    def confine(self) -> None:
        """Where the boxes that blocks came with prove right, looks for words in them alone."""
        total = inside = 0
        outside: list[tuple[int, list[int]]] = []
        for number, part in enumerate(self.parts):
            area = self._box(part)
            hits = [i for i in range(*self.spans[number]) if self.matching.hits[i]]
            if area is None or not hits:
                continue
            out = [i for i in hits if not self._is_in(i, area)]
            total, inside = total + len(hits), inside + len(hits) - len(out)
            if len(out) <= max(STRAY, len(hits) // 2):
                outside.append((number, out))
        if inside < RIGHT * total:
            return
        for _, out in outside:
            for token in out:
                self.matching.drop(token)
        for block in range(len(self.blocks)):
            self._match_inside(block)

    def _match_inside(self, block: int) -> None:
        """Matches what is left of a block's texts with what is left inside its box."""
        parts = [number for number, part in enumerate(self.parts) if part.block == block]
        left = [i for n in parts for i in range(*self.spans[n]) if self.matching.hits[i] is None]
        area = self._box(self.parts[parts[0]]) if left else None
        if area is None:
            return
        owners = self.matching.owners
        free = [
            i
            for i, unit in enumerate(self.matching.units)
            if owners[i] < 0 and area.holds(unit.bbox)
        ]
        for pairs in common(self.matching, left, free):
            for token, unit in pairs:
                self.matching.take(token, unit)

    def _is_in(self, token: int, area: BBox) -> bool:
        unit = self.matching.unit_of(token)
        return unit is not None and area.holds(self.matching.units[unit].bbox)

    def _box(self, part: Part) -> BBox | None:
        """The box that a block came with, a little wider; None where it has none of its own."""
        box, slack = self.blocks[part.block].bbox, self._slack
        if box == self.whole:
            return None
        return BBox(box.x0 - slack, box.y0 - slack, box.x1 + slack, box.y1 + slack)

    def fill(self) -> None:
        """Places the parts of which nothing was found yet, to the letter, then nearly."""
        for number, part in enumerate(self.parts):
            if part.kind == "cell" and (box := self.box_of(number)):
                self._cells.setdefault(part.block, {})[part.index] = box
        for number in range(len(self.parts)):
            if self._is_open(number):
                self._fill_exactly(number)
        for number in range(len(self.parts)):
            if self._is_open(number):
                self._fill_nearly(number)

    def _is_open(self, number: int) -> bool:
        start, end = self.spans[number]
        return start < end and not any(self.matching.hits[start:end])

    def _fill_exactly(self, number: int) -> None:
        start, end = self.spans[number]
        tokens = self.matching.tokens[start:end]
        starts = self._near(self._index.get(tokens[0].key, []), number)
        fitting = [at for at in starts if self._fits(start, end, at)]
        if not fitting:
            return
        cost = self._cost(number)
        best = min(fitting, key=lambda at: cost(at, at + end - start))
        is_long = sum(token.weight for token in tokens) >= LEAST_WEIGHT
        if cost(best, best + end - start)[0] and not is_long:
            return  # a short text far from where it should stand is another one
        for i in range(start, end):
            self.matching.take(i, best + i - start)
        self._placed(number)

    def _placed(self, number: int) -> None:
        part, box = self.parts[number], self.box_of(number)
        if part.kind == "cell" and box:
            self._cells.setdefault(part.block, {})[part.index] = box

    def _fits(self, start: int, end: int, at: int) -> bool:
        units, owners = self.matching.units, self.matching.owners
        return at + end - start <= len(units) and all(
            owners[at + i] < 0 and units[at + i].key == self.matching.tokens[start + i].key
            for i in range(end - start)
        )

    def _near(self, found: list[int], number: int) -> list[int]:
        """Of ascending places, those around the one where the part is expected."""
        at = bisect_left(found, self._expected(number))
        return found[max(0, at - MOST_PLACES) : at + MOST_PLACES]

    def _expected(self, number: int) -> int:
        """The unit after that of the tokens before a part."""
        start = self.spans[number][0]
        for token in range(start - 1, max(-1, start - 200), -1):
            if (unit := self.matching.last_unit_of(token)) is not None:
                return unit + 1
        return 0

    def _cost(self, number: int) -> Callable[[int, int], tuple[bool, float, int]]:
        """How badly units `start` to `end` fit a part: whether they lie outside, and how far."""
        area, row, column = self._area(number)
        expected = self._expected(number)

        def cost(start: int, end: int) -> tuple[bool, float, int]:
            box = union_of(unit.bbox for unit in self.matching.units[start:end])
            y = box.center[1]
            far = 0.0
            if row is not None:
                far += 3 * max(0.0, abs(y - row) - box.height / 2)
            if column is not None:
                far += max(0.0, max(column.x0 - box.x1, box.x0 - column.x1, 0))
            outside = area is not None and not area.holds(box)
            if row is not None and abs(y - row) > 2 * box.height:
                outside = True
            return outside, far, abs(start - expected)

        return cost

    def _area(self, number: int) -> tuple[BBox | None, float | None, BBox | None]:
        """The box that a part must lie in, the middle of its row, and the box of its column."""
        part = self.parts[number]
        block, area = self.blocks[part.block], self._box(part)
        if part.kind != "cell" or block.table is None:
            return area, None, None
        cells = block.table.cells
        own = cells[part.index]
        placed = [(cells[i], box) for i, box in self._cells.get(part.block, {}).items()]
        rows = [box.center[1] for cell, box in placed if _same_row(cell, own)]
        columns = [box for cell, box in placed if cell.col == own.col and cell.colspan == 1]
        return area, mean(rows) if rows else None, union_of(columns) if columns else None

    def _fill_nearly(self, number: int) -> None:
        """By letters, among the units in a part's box, or in its row and column, without owner."""
        area, row, column = self._area(number)
        owners, units = self.matching.owners, self.matching.units
        if row is not None and column is not None:
            free = [
                i
                for i, unit in enumerate(units)
                if owners[i] < 0
                and abs(unit.bbox.center[1] - row) <= unit.bbox.height
                and column.x0 <= unit.bbox.center[0] <= column.x1
            ]
        elif area is not None and self.parts[number].kind == "text":
            free = [i for i, unit in enumerate(units) if owners[i] < 0 and area.holds(unit.bbox)]
        else:
            return
        start, end = self.spans[number]
        size = sum(len(self.matching.tokens[i].key) for i in range(start, end))
        if free and sum(len(units[i].key) for i in free) <= 3 * size + 10:
            match_letters(self.matching, range(start, end), free)
            self._placed(number)


def _same_row(cell: Cell, own: Cell) -> bool:
    return cell.row == own.row and cell.rowspan == own.rowspan
