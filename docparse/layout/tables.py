"""Tables with spans, header cells and boxes, from the words, rules and grid of a region."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from docparse.layout.grid_board import Area, Board
from docparse.layout.grid_columns import Run, find_columns, ruled_columns
from docparse.layout.grid_headers import count_header_rows, has_label_column, span_heads
from docparse.layout.grid_lattice import Closed, closed_areas, find_lattices
from docparse.layout.grid_lines import TableLine, leading, place_lines
from docparse.layout.grid_rows import RowEvidence, find_rows
from docparse.layout.grid_text import read_cell
from docparse.layout.grid_words import (
    Piece,
    Turn,
    add_apart,
    font_size,
    lines_in,
    main_angle,
    pieces_of,
    print_lines,
)
from docparse.layout.regions import GridCell, Region
from docparse.layout.rulings import Rule, Rulings, read_rulings
from docparse.pages.page import PageInput
from docparse.types import BBox, Cell, Link, Table

# More words than this in one region are no table that a reader could use.
MAX_PIECES = 20_000


@dataclass(frozen=True, slots=True)
class _Scene:
    """All that is known of a region, in its upright frame."""

    pieces: tuple[Piece, ...]
    rulings: Rulings
    closed: tuple[Closed, ...]
    net_xs: tuple[float, ...]
    net_ys: tuple[float, ...]
    em: float
    box: BBox


@dataclass(frozen=True, slots=True)
class _Grid:
    """A board with where its rows and columns part, the outer edges too, in pixels."""

    board: Board
    heights: tuple[float, ...]
    edges: tuple[float, ...]
    evidence: RowEvidence


def build_table(page: PageInput, region: Region) -> Table | None:
    """The table in a region with all its words, or None where there is none.

    A word belongs to the region if its centre lies in it. Cell boxes are native pixels. None
    means one column or one row without rules: prose, a box, a field of a form; the caller
    treats its lines as text.
    """
    lines = lines_in(page.lines, region.bbox)
    if not lines or sum(len(line.words) for line in lines) > MAX_PIECES:
        return None
    turn = Turn(main_angle(lines), page.width, page.height)
    rulings = _near(turn.rules(read_rulings(page)), turn.upright(region.bbox), page.dpi)
    pieces = tuple(pieces_of(lines, turn, rulings.vertical))
    grid = _build(_look(pieces, rulings, turn, region))
    if grid is None:
        return None
    return _finish(grid, page.links, turn)


def ruled_regions(page: PageInput) -> tuple[BBox, ...]:
    """Boxes of the fully ruled tables of a page: at least two by two cells, many with text.

    Page frames, boxed paragraphs, plots (lines without words between them) and the underlines
    of forms are none.
    """
    rulings = read_rulings(page)
    if len(rulings.horizontal) < 3 or len(rulings.vertical) < 3:
        return ()
    words = [word.bbox.center for line in page.lines for word in line.words]
    tolerance = 2.5 * page.dpi / 72
    return tuple(
        lattice.bbox
        for lattice in find_lattices(rulings.horizontal, rulings.vertical, tolerance)
        if lattice.holds_a_table(words, page.width, page.height)
    )


def _near(rulings: Rulings, box: BBox, dpi: float) -> Rulings:
    """The rules that run through a box or along it, and the shades that lie mostly in it."""
    margin = 6 * dpi / 72

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


def _look(pieces: tuple[Piece, ...], rulings: Rulings, turn: Turn, region: Region) -> _Scene:
    em = font_size(pieces)
    xs, ys = _net_lines(region.grid, turn, em)
    box = turn.upright(region.bbox)
    closed = closed_areas(rulings.horizontal, rulings.vertical, 0.4 * em)
    return _Scene(pieces, rulings, tuple(closed), xs, ys, em, box)


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


def _build(scene: _Scene) -> _Grid | None:
    """The grid of a scene; None where it is no table."""
    held = _held(scene)
    taken = {piece.order for pieces in held.values() for piece in pieces}
    free = [piece for piece in scene.pieces if piece.order not in taken]
    lines = print_lines(free, scene.em)
    lines, apart = add_apart(lines, [piece for piece in free if piece.is_apart])
    if not lines:
        return None
    vertical = scene.rulings.vertical
    ruled = ruled_columns(print_lines(scene.pieces, scene.em), vertical, scene.em)
    inner = find_columns(lines, ruled, vertical, scene.net_xs, scene.em)
    if not inner:
        return None
    placed = place_lines(lines, inner, vertical, scene.net_xs, scene.em)
    edges = (*_outer(scene, inner),)
    evidence = RowEvidence(
        scene.rulings, edges, scene.net_ys, leading(placed, len(edges) - 1, scene.em), scene.em
    )
    rows = find_rows(placed, evidence)
    heights = _heights(rows.groups, scene)
    board = Board.of_lines(rows.groups, len(edges) - 1)
    grid = _Grid(board, heights, edges, evidence)
    _add_closed(grid, scene, held)
    for line, above in rows.floating:
        _add_floating(board, line, above)
    _add_apart(grid, apart)
    centers = _column_centers(placed, edges)
    depth = count_header_rows(board, heights, evidence)
    span_heads(board, max(depth, _open_heads(board)), centers, evidence)
    return grid if _is_table(grid, scene) else None


def _open_heads(board: Board) -> int:
    return 2 if board.num_rows > 2 else 0


def _outer(scene: _Scene, inner: Sequence[float]) -> list[float]:
    """The column boundaries with the outer edges of the table."""
    left = min(min(piece.box.x0 for piece in scene.pieces), scene.box.x0)
    right = max(max(piece.box.x1 for piece in scene.pieces), scene.box.x1)
    return [min(left, inner[0] - 1), *inner, max(right, inner[-1] + 1)]


def _held(scene: _Scene) -> dict[Closed, list[Piece]]:
    """The pieces in cells that rules close around several rows, by cell."""
    held: dict[Closed, list[Piece]] = {}
    for area in scene.closed:
        if area.num_rows < 2:
            continue
        inside = [p for p in scene.pieces if not p.is_apart and area.holds(p.box)]
        lines = print_lines(inside, scene.em)
        is_one = area.num_columns == 1 or all(_is_phrase(line, scene.em) for line in lines)
        if inside and is_one and len(lines) <= max(3, 2 * area.num_rows):
            held[area] = inside
    return held


def _is_phrase(line: Sequence[Piece], em: float) -> bool:
    """Whether a line of print is one stretch of text, without a gap that parts columns."""
    return all(after.box.x0 - piece.box.x1 < 1.2 * em for piece, after in pairwise(line))


def _heights(groups: Sequence[Sequence[TableLine]], scene: _Scene) -> tuple[float, ...]:
    """Where rows part: on the rule between them, else half-way; with the outer edges."""
    heights = [float(min(min(line.y0 for line in groups[0]), scene.box.y0))]
    for above, below in pairwise(groups):
        top, bottom = above[-1].mid, below[0].mid
        rules = [rule for rule in scene.rulings.horizontal if top < rule.at < bottom]
        y0, y1 = max(line.y1 for line in above), min(line.y0 for line in below)
        middle = max(rules, key=lambda rule: rule.length).at if rules else (y0 + y1) / 2
        heights.append(max(middle, heights[-1]))
    last = max(max(line.y1 for line in groups[-1]), scene.box.y1)
    return (*heights, float(max(last, heights[-1])))


def _add_closed(grid: _Grid, scene: _Scene, held: dict[Closed, list[Piece]]) -> None:
    """Merges what rules enclose, and puts the held pieces there."""
    rows = [(above + below) / 2 for above, below in pairwise(grid.heights)]
    columns = [(left + right) / 2 for left, right in pairwise(grid.edges)]
    for area in scene.closed:
        inside = held.get(area, [])
        spanned = [r for r, y in enumerate(rows) if area.y0 < y < area.y1]
        across = [c for c, x in enumerate(columns) if area.x0 < x < area.x1]
        if spanned and across:
            if area.num_rows > 1 and inside:
                grid.board.merge(spanned[0], across[0], spanned[-1], across[-1])
            elif area.num_columns > 1:
                for row in spanned:
                    _merge_phrase(grid.board, row, across, scene.em)
        if inside:
            row = spanned[0] if spanned else _nearest(rows, (area.y0 + area.y1) / 2)
            column = across[0] if across else _nearest(columns, (area.x0 + area.x1) / 2)
            grid.board.add(row, column, [Run(tuple(inside))])


def _merge_phrase(board: Board, row: int, columns: Sequence[int], em: float) -> None:
    """Makes one cell of what rules enclose in a row, unless it holds several stretches."""
    runs = [
        run for corner in {board.owner[row, c] for c in columns} for run in board.areas[corner].runs
    ]
    pieces = [piece for run in runs for piece in run.pieces if not piece.is_apart]
    if all(_is_phrase(line, em) for line in print_lines(pieces, em)):
        board.merge(row, columns[0], row, columns[-1])


def _nearest(places: Sequence[float], at: float) -> int:
    return min(range(len(places)), key=lambda i: abs(places[i] - at))


def _add_floating(board: Board, line: TableLine, above: int) -> None:
    """Puts a line that stands between two rows into cells that span both, if they are free."""
    for item in line.placed:
        columns = range(item.first, item.last + 1)
        row = above
        if all(board.is_empty(r, c) for r in (above, above + 1) for c in columns):
            board.merge(above, item.first, above + 1, item.last)
        elif not all(board.is_empty(above, c) for c in columns) and all(
            board.is_empty(above + 1, c) for c in columns
        ):
            row = above + 1
        board.add(row, item.first, (item.run,))


def _add_apart(grid: _Grid, pieces: Iterable[Piece]) -> None:
    """Puts lines that are written in another direction into the slot of their centre."""
    rows = [(above + below) / 2 for above, below in pairwise(grid.heights)]
    columns = [(left + right) / 2 for left, right in pairwise(grid.edges)]
    for piece in pieces:
        x, y = piece.box.center
        column = _nearest(columns, x)
        covered = [r for r, mid in enumerate(rows) if piece.box.y0 < mid < piece.box.y1]
        if len(covered) > 1 and all(grid.board.is_empty(r, column) for r in covered):
            grid.board.merge(covered[0], column, covered[-1], column)
        grid.board.add(covered[0] if covered else _nearest(rows, y), column, [Run((piece,))])


def _column_centers(lines: Sequence[TableLine], edges: Sequence[float]) -> list[float]:
    """The middle of the text of each column, or of the column where it has none."""
    centers = []
    for column, (left, right) in enumerate(pairwise(edges)):
        runs = [i.run for line in lines for i in line.placed if i.first == column == i.last]
        if runs:
            left, right = min(run.x0 for run in runs), max(run.x1 for run in runs)
        centers.append((left + right) / 2)
    return centers


def _is_table(grid: _Grid, scene: _Scene) -> bool:
    """Whether a grid is worth the name: two rows and columns, and words in most of them."""
    board = grid.board
    if board.num_columns < 2 or board.num_rows < 1:
        return False
    filled = [area for area in board.cells() if area.runs]
    columns = {area.left for area in filled}
    if len(columns) < 2:
        return False
    return board.num_rows >= 2 or len(scene.closed) >= 2


def _finish(grid: _Grid, links: Sequence[Link], turn: Turn) -> Table:
    board, em = grid.board, grid.evidence.em
    depth = count_header_rows(board, grid.heights, grid.evidence)
    labels = has_label_column(board, depth)
    widths = _text_widths(board)
    cells = []
    for area in board.cells():
        pieces = [piece for run in area.runs for piece in run.pieces]
        width = max(widths[area.left], sum(widths[area.left : area.right + 1]))
        content = read_cell(pieces, width, em, links)
        is_header = area.top < depth or (labels and area.left == 0 and bool(pieces))
        cells.append(
            Cell(
                row=area.top,
                col=area.left,
                text=content.text,
                rowspan=area.bottom - area.top + 1,
                colspan=area.right - area.left + 1,
                header=is_header,
                bbox=turn.native(_box(grid, area)),
                spans=content.spans,
            )
        )
    return Table(board.num_rows, board.num_columns, tuple(cells))


def _box(grid: _Grid, area: Area) -> BBox:
    return BBox(
        round(grid.edges[area.left]),
        round(grid.heights[area.top]),
        round(grid.edges[area.right + 1]),
        round(grid.heights[area.bottom + 1]),
    )


def _text_widths(board: Board) -> list[float]:
    """The width of the widest line of print in each column."""
    widths = [0.0] * board.num_columns
    for area in board.cells():
        if area.left == area.right:
            for run in area.runs:
                widths[area.left] = max(widths[area.left], run.x1 - run.x0)
    return widths
