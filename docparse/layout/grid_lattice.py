"""Lattices: the grids that crossing rules draw on a page."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from docparse.layout.rulings import Rule
from docparse.types import BBox

MAX_LINES = 250

Square = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Lattice:
    """Rules that touch each other, and the grid of their positions: `xs`, `ys` ascending.

    `tolerance`: how far apart, in pixels, rules on one grid line may lie.
    """

    horizontal: tuple[Rule, ...]
    vertical: tuple[Rule, ...]
    xs: tuple[float, ...]
    ys: tuple[float, ...]
    tolerance: float

    @property
    def bbox(self) -> BBox:
        return BBox.around(self.xs[0], self.ys[0], self.xs[-1], self.ys[-1])

    def holds_a_table(self, words: Iterable[tuple[float, float]], width: int, height: int) -> bool:
        """Whether it has at least two rows and columns of closed cells, many of them with words.

        `words`: the centres of the page's words. `width`, `height`: of the page, to leave out
        frames around the whole page.
        """
        cells = self.closed_cells()
        corners = set(cells.values())
        if len({row for row, _ in corners}) < 2 or len({column for _, column in corners}) < 2:
            return False
        box = self.bbox
        if box.width > 0.9 * width and box.height > 0.9 * height and len(corners) < 12:
            return False
        filled: dict[Square, int] = {}
        for x, y in words:
            square = bisect_right(self.ys, y) - 1, bisect_right(self.xs, x) - 1
            if square in cells:
                filled[cells[square]] = filled.get(cells[square], 0) + 1
        return _is_spread(filled, len(corners))

    def closed_cells(self) -> dict[Square, Square]:
        """For each grid square (row, column) inside walls the corner of the cell it belongs to.

        Squares without a wall between them make one cell; it counts if its outline is a
        rectangle.
        """
        rows, columns = len(self.ys) - 1, len(self.xs) - 1
        left = walls(self.vertical, self.xs, self.ys, self.tolerance)
        above = walls(self.horizontal, self.ys, self.xs, self.tolerance)
        cells: dict[Square, Square] = {}
        seen: set[Square] = set()
        for corner in ((r, c) for r in range(rows) for c in range(columns)):
            if corner not in seen:
                squares, is_closed = _flood(corner, (rows, columns), left, above)
                seen |= squares
                if is_closed and _is_rectangle(squares):
                    cells.update(dict.fromkeys(squares, corner))
        return cells


def find_lattices(
    horizontal: Sequence[Rule], vertical: Sequence[Rule], tolerance: float
) -> list[Lattice]:
    """Groups of rules that cross or touch within `tolerance` pixels, each at least 3 by 3 lines.

    Both sequences are sorted by position. Groups of more than `MAX_LINES` lines are drawings.
    """
    parent = list(range(len(horizontal) + len(vertical)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    places = [rule.at for rule in vertical]
    for i, rule in enumerate(horizontal):
        first = bisect_left(places, rule.start - tolerance)
        last = bisect_right(places, rule.end + tolerance)
        for j in range(first, last):
            other = vertical[j]
            if other.start - tolerance <= rule.at <= other.end + tolerance:
                parent[root(i)] = root(len(horizontal) + j)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for i, rule in enumerate((*horizontal, *vertical)):
        groups.setdefault(root(i), ([], []))[i >= len(horizontal)].append(rule)
    found = []
    for across, down in groups.values():
        xs, ys = positions(down, tolerance), positions(across, tolerance)
        if min(len(xs), len(ys)) >= 3 and max(len(xs), len(ys)) <= MAX_LINES:
            found.append(Lattice(tuple(across), tuple(down), xs, ys, tolerance))
    return sorted(found, key=lambda lattice: (lattice.ys[0], lattice.xs[0]))


def positions(rules: Iterable[Rule], tolerance: float) -> tuple[float, ...]:
    """Where rules lie, those within `tolerance` of each other as one place, ascending."""
    places: list[float] = []
    for at in sorted(rule.at for rule in rules):
        if not places or at - places[-1] > tolerance:
            places.append(at)
    return tuple(places)


def walls(
    rules: Iterable[Rule], lines: Sequence[float], stops: Sequence[float], tolerance: float
) -> set[tuple[int, int]]:
    """The pieces of a grid's lines that are drawn: (line, stretch), both counted from 0.

    `lines`: where the grid lines of the rules' direction lie, ascending; stretch k of a line
    goes from `stops[k]` to `stops[k + 1]`. A piece is drawn if a rule runs along most of it.
    """
    drawn = set()
    for rule in rules:
        near = bisect_left(lines, rule.at - tolerance)
        last = bisect_right(lines, rule.at + tolerance)
        for stretch in range(max(0, bisect_right(stops, rule.start) - 1), len(stops) - 1):
            start, end = stops[stretch], stops[stretch + 1]
            if start >= rule.end:
                break
            if rule.covered(start, end) >= 0.8 * (end - start):
                drawn |= {(line, stretch) for line in range(near, last)}
    return drawn


def _flood(
    corner: Square, size: Square, left: set[Square], above: set[Square]
) -> tuple[set[Square], bool]:
    """The squares to be reached without crossing a wall, and whether that stays inside."""
    squares = {corner}
    todo = [corner]
    is_closed = True
    while todo:
        row, column = todo.pop()
        for is_wall, step in (
            ((column, row) in left, (row, column - 1)),
            ((column + 1, row) in left, (row, column + 1)),
            ((row, column) in above, (row - 1, column)),
            ((row + 1, column) in above, (row + 1, column)),
        ):
            if is_wall or step in squares:
                continue
            if 0 <= step[0] < size[0] and 0 <= step[1] < size[1]:
                squares.add(step)
                todo.append(step)
            else:
                is_closed = False
    return squares, is_closed


def _is_rectangle(squares: set[Square]) -> bool:
    rows = {row for row, _ in squares}
    columns = {column for _, column in squares}
    return len(rows) * len(columns) == len(squares)


def _is_spread(filled: dict[Square, int], num_cells: int) -> bool:
    """Whether words lie in many cells and not nearly all of them in one (a box with prose)."""
    if len(filled) < max(3, 0.3 * num_cells):
        return False
    return max(filled.values()) <= 0.8 * sum(filled.values())


@dataclass(frozen=True, slots=True)
class Closed:
    """A rectangle that rules enclose; how many rows and columns of its lattice it spans."""

    x0: float
    y0: float
    x1: float
    y1: float
    num_rows: int
    num_columns: int

    def holds(self, box: BBox) -> bool:
        x, y = box.center
        return self.x0 <= x <= self.x1 and self.y0 <= y <= self.y1


def closed_areas(
    horizontal: Sequence[Rule], vertical: Sequence[Rule], tolerance: float
) -> list[Closed]:
    """The cells that rules enclose, in reading order, with open sides of tables closed."""
    found = []
    for lattice in find_lattices(*_with_borders(horizontal, vertical, tolerance), tolerance):
        members: dict[Square, list[Square]] = {}
        for square, corner in lattice.closed_cells().items():
            members.setdefault(corner, []).append(square)
        for corner, squares in members.items():
            last = max(squares)
            found.append(
                Closed(
                    lattice.xs[corner[1]],
                    lattice.ys[corner[0]],
                    lattice.xs[last[1] + 1],
                    lattice.ys[last[0] + 1],
                    last[0] - corner[0] + 1,
                    last[1] - corner[1] + 1,
                )
            )
    return sorted(found, key=lambda area: (area.y0, area.x0))


def _with_borders(
    horizontal: Sequence[Rule], vertical: Sequence[Rule], tolerance: float
) -> tuple[list[Rule], list[Rule]]:
    """The rules, with a border on each side on which most rules end together without one."""
    return (
        sorted([*horizontal, *_missing(horizontal, vertical, tolerance)], key=lambda r: r.at),
        sorted([*vertical, *_missing(vertical, horizontal, tolerance)], key=lambda r: r.at),
    )


def _missing(along: Sequence[Rule], across: Sequence[Rule], tolerance: float) -> Iterable[Rule]:
    """Borders in the direction of `along` where most of the rules `across` it end."""
    if len(across) < 2 or not along:
        return
    low, high = min(rule.at for rule in across), max(rule.at for rule in across)
    for edge in (min(rule.start for rule in across), max(rule.end for rule in across)):
        ends = sum(min(abs(r.start - edge), abs(r.end - edge)) <= tolerance for r in across)
        has_border = any(abs(rule.at - edge) <= tolerance for rule in along)
        if ends >= 0.6 * len(across) and not has_border:
            yield Rule(edge, low, high)
