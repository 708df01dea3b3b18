"""The grid of a table: its cells with their text, and where rows and columns part."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from docparse.layout.grid_board import Board
from docparse.layout.grid_columns import Run, find_columns, ruled_columns
from docparse.layout.grid_headers import count_header_rows, span_heads
from docparse.layout.grid_lines import TableLine, leading, place_lines
from docparse.layout.grid_rows import RowEvidence, Rows, find_rows
from docparse.layout.grid_scene import Scene
from docparse.layout.grid_votes import settle_votes
from docparse.layout.grid_words import Piece, add_apart, print_lines


@dataclass(frozen=True, slots=True)
class Grid:
    """A board, where its rows and columns part (the outer edges too, pixels), its header rows.

    `room`: how wide the text of each column can be, in pixels.
    """

    board: Board
    heights: tuple[float, ...]
    edges: tuple[float, ...]
    room: tuple[float, ...]
    num_header_rows: int


@dataclass(frozen=True, slots=True)
class _Row:
    """The lines of a row, none where rules leave an empty one, and from where to where it goes."""

    lines: tuple[TableLine, ...]
    y0: float
    y1: float
    first: float
    last: float


def build_grid(scene: Scene) -> Grid | None:
    """The grid of a scene; None where its words stand in one column or in one open row."""
    upright = print_lines(scene.free, scene.em)
    lines, apart = add_apart(upright, [piece for piece in scene.free if piece.is_apart])
    if not lines:
        return None
    vertical = scene.rulings.vertical
    scene = replace(scene, net_xs=settle_votes(lines, vertical, scene.net_xs, scene.em))
    whole = print_lines(scene.pieces, scene.em) if scene.held else lines
    ruled = ruled_columns(whole, vertical, scene.em)
    inner = find_columns(lines, ruled, vertical, scene.net_xs, scene.em)
    placed, evidence, found = _lay(scene, lines, inner)
    kept = _drop_nested(inner, ruled, placed, evidence)
    if kept != inner:
        inner = kept
        placed, evidence, found = _lay(scene, lines, inner)
    if not inner:
        return None
    rows = _with_blanks(found, scene)
    heights = _heights(rows, scene)
    board = Board.of_lines([row.lines for row in rows], len(inner) + 1)
    filler = _Filler(board, heights, evidence.edges, scene)
    filler.add_closed()
    filler.add_floating(found.floating)
    filler.add_apart(apart)
    depth = count_header_rows(board, heights, evidence)
    span_heads(board, max(depth, 2), _centers(placed, evidence.edges), evidence)
    if not _is_table(board, scene):
        return None
    depth = count_header_rows(board, heights, evidence)
    return Grid(board, heights, tuple(evidence.edges), _room(placed, evidence), depth)


def _lay(
    scene: Scene, lines: Sequence[Sequence[Piece]], inner: Sequence[float]
) -> tuple[list[TableLine], RowEvidence, Rows]:
    """The lines in the columns that the inner boundaries make, and in rows."""
    placed = place_lines(lines, inner, scene.rulings.vertical, scene.net_xs, scene.em)
    left = min(*(piece.box.x0 for piece in scene.pieces), scene.box.x0, *inner[:1])
    right = max(*(piece.box.x1 for piece in scene.pieces), scene.box.x1, *inner[-1:])
    edges = (left, *inner, right)
    lead = leading(placed, len(inner) + 1, scene.em)
    evidence = RowEvidence(scene.rulings, edges, scene.net_ys, lead, scene.em)
    return placed, evidence, find_rows(placed, evidence)


def _drop_nested(
    inner: tuple[float, ...],
    ruled: Sequence[float],
    lines: Sequence[TableLine],
    evidence: RowEvidence,
) -> tuple[float, ...]:
    """Without the boundaries inside ruled columns that part lists, not cells.

    Dates with a text each in one ruled cell are read line by line; as two cells they would lose
    each other. They are a list where other cells of the row have less than half as many lines.
    """
    if not ruled:
        return inner
    bands = [
        [sum(column in line.columns for line in band) for column in range(len(inner) + 1)]
        for band in evidence.bands(lines)
    ]
    kept = []
    for column, x in enumerate(inner):
        both = [(counts, min(counts[column], counts[column + 1])) for counts in bands]
        lists = [
            count >= 2
            and any(0 < n <= count / 2 for i, n in enumerate(counts) if i - column not in (0, 1))
            for counts, count in both
            if count
        ]
        if x in ruled or sum(lists) < max(1, len(lists) / 2):
            kept.append(x)
    return tuple(kept)


def _with_blanks(rows: Rows, scene: Scene) -> list[_Row]:
    """The rows with those that rules leave empty."""
    found = [
        _Row(
            group,
            min(line.y0 for line in group),
            max(line.y1 for line in group),
            group[0].mid,
            group[-1].mid,
        )
        for group in rows.groups
    ]
    mids = sorted(line.mid for group in rows.groups for line in group)
    bands: dict[tuple[int, int], int] = {}
    for area in scene.closed:
        if area.num_rows == 1 and area.y1 - area.y0 >= 0.9 * scene.em:
            band = round(area.y0), round(area.y1)
            bands[band] = bands.get(band, 0) + 1
    for (y0, y1), count in bands.items():
        is_empty = bisect_left(mids, y0) == bisect_left(mids, y1)
        middle = (y0 + y1) / 2
        if count >= 2 and is_empty and scene.box.y0 < middle < scene.box.y1:
            found.append(_Row((), y0, y1, middle, middle))
    return sorted(found, key=lambda row: row.first)


def _heights(rows: Sequence[_Row], scene: Scene) -> tuple[float, ...]:
    """Where rows part: on the rule between them, else half-way; with the outer edges."""
    rules = sorted(scene.rulings.horizontal, key=lambda rule: rule.at)
    heights = [min(rows[0].y0, float(scene.box.y0))]
    for above, below in pairwise(rows):
        first = bisect_right(rules, above.last, key=lambda rule: rule.at)
        last = bisect_left(rules, below.first, key=lambda rule: rule.at)
        between = rules[first:last]
        middle = (above.y1 + below.y0) / 2
        if between:
            middle = max(between, key=lambda rule: rule.length).at
        heights.append(max(middle, heights[-1]))
    return (*heights, max(rows[-1].y1, float(scene.box.y1), heights[-1]))


class _Filler:
    """Puts into a board what is not simply a line of print in a row."""

    def __init__(
        self, board: Board, heights: Sequence[float], edges: Sequence[float], scene: Scene
    ) -> None:
        self.board = board
        self.scene = scene
        self.rows = [(above + below) / 2 for above, below in pairwise(heights)]
        self.columns = [(left + right) / 2 for left, right in pairwise(edges)]

    def add_closed(self) -> None:
        """Merges what rules enclose, and puts the held pieces there."""
        for area in self.scene.closed:
            inside = self.scene.held.get(area, [])
            if area.num_rows == 1 == area.num_columns:
                continue
            rows = range(bisect_right(self.rows, area.y0), bisect_left(self.rows, area.y1))
            columns = range(bisect_right(self.columns, area.x0), bisect_left(self.columns, area.x1))
            if rows and columns and area.num_rows > 1 and inside:
                self.board.merge(rows[0], columns[0], rows[-1], columns[-1])
            elif len(columns) > 1:
                for row in rows:
                    self._merge_phrase(row, columns)
            if inside:
                row = rows[0] if rows else _nearest(self.rows, (area.y0 + area.y1) / 2)
                column = columns[0] if columns else _nearest(self.columns, (area.x0 + area.x1) / 2)
                self.board.add(row, column, [Run(tuple(inside))])

    def _merge_phrase(self, row: int, columns: range) -> None:
        """Makes one cell of what rules enclose in a row, unless it holds several stretches."""
        corners = {self.board.owner[row, column] for column in columns}
        pieces = [
            piece
            for corner in corners
            for run in self.board.areas[corner].runs
            for piece in run.pieces
        ]
        if self.scene.is_phrase(piece for piece in pieces if not piece.is_apart):
            self.board.merge(row, columns[0], row, columns[-1])

    def add_floating(self, lines: Iterable[TableLine]) -> None:
        """Puts lines that stand between two rows into cells of both, where they are free."""
        for line in lines:
            below = min(max(bisect_right(self.rows, line.mid), 1), len(self.rows) - 1)
            for item in line.placed:
                columns = range(item.first, item.last + 1)
                is_free = [
                    all(self.board.is_empty(row, column) for column in columns)
                    for row in (below - 1, below)
                ]
                if all(is_free):
                    self.board.merge(below - 1, item.first, below, item.last)
                row = below if is_free == [False, True] else below - 1
                self.board.add(row, item.first, (item.run,))

    def add_apart(self, pieces: Iterable[Piece]) -> None:
        """Puts lines that are written in another direction into the slots beside them."""
        for piece in pieces:
            column = _nearest(self.columns, piece.box.center[0])
            first = bisect_right(self.rows, piece.box.y0)
            last = bisect_left(self.rows, piece.box.y1) - 1
            row = first if first <= last else _nearest(self.rows, piece.mid)
            if first < last and all(self.board.is_empty(r, column) for r in range(first, last + 1)):
                self.board.merge(first, column, last, column)
            self.board.add(row, column, [Run((piece,))])


def _nearest(places: Sequence[float], at: float) -> int:
    return min(range(len(places)), key=lambda i: abs(places[i] - at))


def _centers(lines: Sequence[TableLine], edges: Sequence[float]) -> list[float]:
    """The middle of the text of each column, or of the column where it has none."""
    ends: dict[int, tuple[float, float]] = {}
    for item in (item for line in lines for item in line.placed if item.first == item.last):
        left, right = ends.get(item.first, (float("inf"), 0.0))
        ends[item.first] = min(left, item.run.x0), max(right, item.run.x1)
    return [
        sum(ends.get(column, (left, right))) / 2
        for column, (left, right) in enumerate(pairwise(edges))
    ]


def _room(lines: Sequence[TableLine], evidence: RowEvidence) -> tuple[float, ...]:
    """How wide the text of each column can be: between rules what they leave, else what it is."""
    room = [0.0] * (len(evidence.edges) - 1)
    for item in (item for line in lines for item in line.placed if item.first == item.last):
        room[item.first] = max(room[item.first], item.run.x1 - item.run.x0)
    is_ruled = [
        any(abs(rule.at - x) <= 0.7 * evidence.em for rule in evidence.rulings.vertical)
        for x in evidence.edges
    ]
    for column, (left, right) in enumerate(pairwise(evidence.edges)):
        if is_ruled[column] and is_ruled[column + 1]:
            room[column] = max(room[column], right - left - evidence.em)
    return tuple(room)


def _is_table(board: Board, scene: Scene) -> bool:
    """Whether at least two columns have words, and there are two rows or ruled cells."""
    columns = {area.left for area in board.cells() if area.runs}
    return len(columns) >= 2 and (board.num_rows >= 2 or len(scene.closed) >= 2)
