"""All that is known of a table region, in its upright frame."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from statistics import median

from docparse.layout.grid_lattice import Closed, closed_areas
from docparse.layout.grid_values import is_value
from docparse.layout.grid_words import Piece, Turn, font_size, pieces_of, print_lines
from docparse.layout.regions import GridCell, Region
from docparse.layout.rulings import Rule, Rulings
from docparse.types import BBox, Line


@dataclass(frozen=True)
class Scene:
    """The words, rules and grid lines of a region.

    `net_xs`, `net_ys`: the inner boundaries that the table-grid net proposes, ascending.
    `em`: the usual font size. `box`: the region. All in pixels of the upright frame.
    """

    pieces: tuple[Piece, ...]
    rulings: Rulings
    net_xs: tuple[float, ...]
    net_ys: tuple[float, ...]
    em: float
    box: BBox

    @cached_property
    def closed(self) -> tuple[Closed, ...]:
        """The rectangles that rules enclose."""
        rules = self.rulings
        return tuple(closed_areas(rules.horizontal, rules.vertical, 0.4 * self.em))

    @cached_property
    def held(self) -> dict[Closed, list[Piece]]:
        """The pieces in cells that rules close around several rows, by cell."""
        pieces = sorted((p for p in self.pieces if not p.is_apart), key=lambda p: p.mid)
        return {
            area: inside
            for area in self.closed
            if area.num_rows > 1
            and (inside := _inside(area, pieces))
            and self._is_one(area, inside, pieces)
        }

    @cached_property
    def free(self) -> list[Piece]:
        """The pieces that are not held."""
        taken = {piece.order for pieces in self.held.values() for piece in pieces}
        return [piece for piece in self.pieces if piece.order not in taken]

    def is_phrase(self, pieces: Iterable[Piece]) -> bool:
        """Whether each line of print of the pieces is one stretch of text, without a wide gap."""
        return all(
            after.box.x0 - piece.box.x1 < 1.2 * self.em
            for line in print_lines(pieces, self.em)
            for piece, after in pairwise(line)
        )

    def _is_one(self, area: Closed, inside: Sequence[Piece], pieces: Sequence[Piece]) -> bool:
        """Whether the pieces in an area look like the text of one cell.

        If they are many lines, the rows beside them must be rows: cells without several values,
        not stretches of a column that a rule happens to cross.
        """
        if area.num_columns > 1 and not self.is_phrase(inside):
            return False
        if len(print_lines(inside, self.em)) <= max(3, 2 * area.num_rows):
            return True
        beside = [
            other
            for other in self.closed
            if other.num_rows == 1 and area.y0 - 1 <= other.y0 and other.y1 <= area.y1 + 1
        ]
        cells = [inside, *(_inside(other, pieces) for other in beside)]
        return all(sum(is_value(piece.text) for piece in cell) <= 1 for cell in cells)


def look(
    lines: Sequence[Line], rulings: Rulings, region: Region, turn: Turn, margin: float
) -> Scene:
    """The scene of a region: its lines, native rulings, and what lies within `margin` pixels."""
    box = turn.upright(region.bbox)
    near = _near(turn.rules(rulings), box, margin)
    pieces = tuple(pieces_of(lines, turn, near.vertical))
    em = font_size(pieces)
    xs, ys = _net_lines(region.grid, turn, em)
    return Scene(pieces, near, xs, ys, em, box)


def _near(rulings: Rulings, box: BBox, margin: float) -> Rulings:
    """The rules that run through a box or along it, and the shades that lie mostly in it."""

    def trimmed(rules: Iterable[Rule], span: tuple[int, int], at: tuple[int, int]) -> list[Rule]:
        low, high = span[0] - margin, span[1] + margin
        return [
            Rule(rule.at, max(rule.start, low), min(rule.end, high))
            for rule in rules
            if at[0] - margin <= rule.at <= at[1] + margin and rule.start < high and rule.end > low
        ]

    return Rulings(
        tuple(trimmed(rulings.horizontal, (box.x0, box.x1), (box.y0, box.y1))),
        tuple(trimmed(rulings.vertical, (box.y0, box.y1), (box.x0, box.x1))),
        tuple(shade for shade in rulings.shades if shade.overlap(box) > 0.6),
    )


def _net_lines(
    grid: Sequence[GridCell], turn: Turn, em: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The inner boundaries of columns and rows that the net's cells have."""
    boxes = [turn.upright(cell.bbox) for cell in grid]
    return (
        _inner([x for box in boxes for x in (box.x0, box.x1)], em),
        _inner([y for box in boxes for y in (box.y0, box.y1)], em),
    )


def _inner(places: list[int], em: float) -> tuple[float, ...]:
    clusters: list[list[int]] = []
    for place in sorted(places):
        if clusters and place - clusters[-1][0] <= 0.3 * em:
            clusters[-1].append(place)
        else:
            clusters.append([place])
    return tuple(float(median(cluster)) for cluster in clusters[1:-1])


def _inside(area: Closed, pieces: Sequence[Piece]) -> list[Piece]:
    """Those of the pieces, sorted by their middles, that lie in an area."""
    first = bisect_left(pieces, area.y0, key=lambda piece: piece.mid)
    last = bisect_left(pieces, area.y1, key=lambda piece: piece.mid)
    return [piece for piece in pieces[first:last] if area.holds(piece.box)]
