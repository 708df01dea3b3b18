"""Tables with spans, header cells and boxes, from the words, rules and grid of a region."""

from __future__ import annotations

from collections.abc import Sequence

from docparse.layout.grid_board import Area
from docparse.layout.grid_build import Grid, build_grid
from docparse.layout.grid_headers import has_label_column
from docparse.layout.grid_lattice import find_lattices
from docparse.layout.grid_scene import look
from docparse.layout.grid_text import read_cell
from docparse.layout.grid_words import Turn, lines_in, main_angle
from docparse.layout.regions import Region
from docparse.layout.rulings import Rulings, read_rulings, seen_rulings
from docparse.pages.page import PageInput
from docparse.types import BBox, Cell, Link, Table

# More words than this in one region are no table that a reader could use.
MAX_WORDS = 20_000
# How far rules may lie outside the box around a table's words, in points.
MARGIN = 6.0


def build_table(page: PageInput, region: Region, rulings: Rulings | None = None) -> Table | None:
    """The table in a region with all its words, or None where there is none.

    `rulings`: those of the page, where they are known; else they are read.
    A word belongs to the region if its centre lies in it. Cell boxes are native pixels. None
    means one column, or one row without ruled cells: prose, a box, a line of a form; the caller
    treats its lines as text.
    """
    lines = lines_in(page.lines, region.bbox)
    if not lines or sum(len(line.words) for line in lines) > MAX_WORDS:
        return None
    turn = Turn(main_angle(lines), page.width, page.height)
    margin = MARGIN * page.dpi / 72
    rulings = _at(page, rulings or read_rulings(page), region.bbox, round(margin))
    scene = look(lines, rulings, region, turn, margin)
    grid = build_grid(scene)
    return _finish(grid, scene.em, page.links, turn) if grid else None


def ruled_regions(page: PageInput, rulings: Rulings) -> tuple[BBox, ...]:
    """Boxes of the fully ruled tables of a page: at least two by two cells, many with text.

    Page frames, boxed paragraphs, plots (lines without words between them) and the underlines
    of forms are none.
    """
    if len(rulings.horizontal) < 3 or len(rulings.vertical) < 3:
        return ()
    words = [word.bbox.center for line in page.lines for word in line.words]
    tolerance = 2.5 * page.dpi / 72
    return tuple(
        lattice.bbox
        for lattice in find_lattices(rulings.horizontal, rulings.vertical, tolerance)
        if lattice.holds_a_table(words, page.width, page.height)
    )


def _at(page: PageInput, drawn: Rulings, box: BBox, margin: int) -> Rulings:
    """The rules in the vector graphics, or those to be seen where the table lies on a picture."""
    is_on_picture = page.picture is not None or any(box.overlap(i) > 0.9 for i in page.images)
    if not is_on_picture or any(box.y0 < rule.at < box.y1 for rule in drawn.horizontal):
        return drawn
    wide = BBox(box.x0 - margin, box.y0 - margin, box.x1 + margin, box.y1 + margin)
    return seen_rulings(page, wide.clip(page.width, page.height))


def _finish(grid: Grid, em: float, links: Sequence[Link], turn: Turn) -> Table:
    board, depth = grid.board, grid.num_header_rows
    labels = has_label_column(board, depth)
    cells = []
    for area in board.cells():
        pieces = [piece for run in area.runs for piece in run.pieces]
        content = read_cell(pieces, sum(grid.room[area.left : area.right + 1]), em, links)
        cells.append(
            Cell(
                row=area.top,
                col=area.left,
                text=content.text,
                rowspan=area.bottom - area.top + 1,
                colspan=area.right - area.left + 1,
                header=area.top < depth or (labels and area.left == 0 and bool(pieces)),
                bbox=turn.native(_box(grid, area)),
                spans=content.spans,
            )
        )
    return Table(board.num_rows, board.num_columns, tuple(cells))


def _box(grid: Grid, area: Area) -> BBox:
    return BBox(
        round(grid.edges[area.left]),
        round(grid.heights[area.top]),
        round(grid.edges[area.right + 1]),
        round(grid.heights[area.bottom + 1]),
    )
