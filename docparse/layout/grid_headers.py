"""The header rows of a table, and heads that stand over several columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from docparse.layout.grid_board import Area, Board
from docparse.layout.grid_rows import RowEvidence
from docparse.layout.grid_values import is_value

MAX_HEADER_ROWS = 6


def count_header_rows(board: Board, heights: Sequence[float], evidence: RowEvidence) -> int:
    """How many rows at the top are header: 0 to `MAX_HEADER_ROWS`, and never all of them.

    The header ends where a rule, a shade or bold type says so, else where columns of values
    begin. `heights`: the boundaries of the rows, one more than there are rows.
    """
    limit = min(MAX_HEADER_ROWS, board.num_rows - 1)
    untyped = _rows_without_values(board, limit)
    for depth in range(1, limit + 1):
        if not _is_cut(board, depth) and _is_marked(board, heights, evidence, depth):
            return depth
    if not untyped and limit and not _is_cut(board, 1) and _is_centred(board, evidence):
        return 1
    while untyped > 1 and _is_group_title(board, untyped - 1):
        untyped -= 1
    while 0 < untyped < limit and (_is_cut(board, untyped) or _is_parted(board, untyped - 1)):
        untyped += 1
    return untyped


def span_heads(board: Board, depth: int, centers: Sequence[float], evidence: RowEvidence) -> None:
    """Widens the heads in a header of `depth` rows over the columns that they stand over.

    A head takes the empty slots beside it if a rule below it runs along them, or if it stands
    in the middle above them. `centers`: the middle of each column, in pixels.
    """
    for row in range(depth - 1):
        for area in [area for area in board.cells() if area.top == row and area.runs]:
            left, right = _reach(board, area, centers, evidence)
            if right - left > area.right - area.left:
                board.merge(area.top, left, area.bottom, right)


def has_label_column(board: Board, depth: int) -> bool:
    """Whether the first column names the rows: text, where the rest of the body is values."""
    body = [area for area in board.cells() if area.top >= depth and area.runs]
    labels = [_text(area) for area in body if area.left == 0]
    values = [_text(area) for area in body if area.left > 0]
    if not labels or not values:
        return False
    return _share(labels) <= 0.3 and _share(values) >= 0.6


def _rows_without_values(board: Board, limit: int) -> int:
    """The number of leading rows without values above columns of values; 0 if nothing says."""
    valued = [
        column
        for column in range(board.num_columns)
        if _share(_text(board.at(row, column)) for row in range(1, board.num_rows)) >= 0.6
    ]
    for row in range(limit + 1):
        texts = [_text(board.at(row, column)) for column in valued]
        if sum(map(is_value, texts)) > 0.5 * len(valued) and not _names_years(board, row):
            return row
    return 0


def _is_group_title(board: Board, row: int) -> bool:
    """Whether a row has nothing but a label, and heads stand above its other columns."""
    others = range(1, board.num_columns)
    return (
        not board.is_empty(row, 0)
        and board.at(row, 0).is_single
        and all(board.is_empty(row, column) for column in others)
        and any(not board.is_empty(above, column) for above in range(row) for column in others)
    )


def _names_years(board: Board, row: int) -> bool:
    """Whether one of the first rows holds years, which look like values, as heads."""
    texts = [_text(board.at(row, column)) for column in range(1, board.num_columns)]
    heads = [text.strip("*() ") for text in texts if text]
    years = [t for t in heads if t[:4].isdigit() and 1800 <= int(t[:4]) <= 2100 and len(t) < 10]
    is_label = not is_value(_text(board.at(row, 0)))
    return row < 3 and is_label and len(heads) >= 2 and len(years) >= 0.6 * len(heads)


def _is_marked(board: Board, heights: Sequence[float], evidence: RowEvidence, depth: int) -> bool:
    """Whether a rule, a shade or bold type sets the first `depth` rows off from the next."""
    mids = [(above + below) / 2 for above, below in pairwise(heights)]
    ruled = [
        len(evidence.ruled_between(above, below)) > 0.6 * board.num_columns
        and (row + 1 == depth or not _is_parted(board, row))
        for row, (above, below) in enumerate(pairwise(mids[: depth + 4]))
    ]
    if ruled[depth - 1] and not any(ruled[: depth - 1]) and not any(ruled[depth:]):
        return True
    head = [area for area in board.cells() if area.bottom < depth]
    body = [area for area in board.cells() if area.top >= depth]
    if _boldness(head) > 0.7 and _boldness(a for a in body if a.top == depth) < 0.4:
        return True
    is_dark = [_shaded(evidence, y) for y in mids[: depth + 2]]
    return all(is_dark[:depth]) and not any(is_dark[depth:])


def _is_centred(board: Board, evidence: RowEvidence) -> bool:
    """Whether the first row stands in the middle of its columns, and the rest does not."""
    head = [area for area in board.cells() if area.top == 0 and area.runs]
    body = [area for area in board.cells() if area.top > 0 and area.runs]
    if len(head) < 2:
        return False
    return _centredness(head, evidence) == 1 and _centredness(body, evidence) < 0.5


def _centredness(areas: Sequence[Area], evidence: RowEvidence) -> float:
    """The share of the cells whose text leaves the same room on both sides."""
    count = 0
    for area in areas:
        before = min(run.x0 for run in area.runs) - evidence.edges[area.left]
        after = evidence.edges[area.right + 1] - max(run.x1 for run in area.runs)
        count += abs(before - after) <= evidence.em and before >= evidence.em
    return count / len(areas) if areas else 0.0


def _shaded(evidence: RowEvidence, y: float) -> bool:
    """Whether most of the width of the table is shaded at a height."""
    left, right = evidence.edges[0], evidence.edges[-1]
    width = sum(
        min(shade.x1, right) - max(shade.x0, left)
        for shade in evidence.rulings.shades
        if shade.y0 < y < shade.y1
    )
    return width >= 0.5 * (right - left)


def _boldness(areas: Iterable[Area]) -> float:
    """The share of the characters that are bold."""
    total = bold = 0
    for area in areas:
        for run in area.runs:
            for piece in run.pieces:
                style = piece.words[0].style
                total += len(piece.text)
                bold += len(piece.text) if style and style.bold else 0
    return bold / total if total else 0.0


def _is_cut(board: Board, depth: int) -> bool:
    """Whether a cell reaches from the first `depth` rows into those below."""
    return any(area.top < depth <= area.bottom for area in board.cells())


def _is_parted(board: Board, row: int) -> bool:
    """Whether a row ends with heads that stand over several columns, and not over all."""
    ending = [area for area in board.cells() if area.bottom == row and area.runs]
    return any(0 < area.right - area.left < board.num_columns - 1 for area in ending)


def _reach(
    board: Board, area: Area, centers: Sequence[float], evidence: RowEvidence
) -> tuple[int, int]:
    """The first and the last column that a head stands over."""
    left, right = area.left, area.right
    walls = _walls_beside(area, evidence)
    while left > 0 and left not in walls and _is_free(board, area, left - 1):
        left -= 1
    while (
        right + 1 < board.num_columns
        and right + 1 not in walls
        and _is_free(board, area, right + 1)
    ):
        right += 1
    options = [
        (first, last)
        for first in range(left, area.left + 1)
        for last in range(area.right, right + 1)
    ]
    if len(options) > 1:
        ruled = _ruled_under(area, centers, evidence)
        if ruled in options:
            return ruled
        middle = (min(run.x0 for run in area.runs) + max(run.x1 for run in area.runs)) / 2
        options = [
            (first, last)
            for first, last in options
            if abs((centers[first] + centers[last]) / 2 - middle) <= evidence.em
        ]
    return max(options, key=lambda o: o[1] - o[0], default=(area.left, area.right))


def _walls_beside(area: Area, evidence: RowEvidence) -> set[int]:
    """The columns that begin at a vertical rule on the height of a head."""
    mid = area.runs[0].pieces[0].mid
    rules = [rule.at for rule in evidence.rulings.vertical if rule.start <= mid <= rule.end]
    return {
        column
        for column, edge in enumerate(evidence.edges)
        if any(abs(at - edge) <= 0.5 * evidence.em for at in rules)
    }


def _ruled_under(
    area: Area, centers: Sequence[float], evidence: RowEvidence
) -> tuple[int, int] | None:
    """The columns above which a rule runs that underlines the head."""
    em = evidence.em
    boxes = [piece.box for run in area.runs for piece in run.pieces]
    bottom = max(box.y1 for box in boxes)
    left, right = min(box.x0 for box in boxes), max(box.x1 for box in boxes)
    for rule in evidence.rulings.horizontal:
        if bottom - 0.5 * em <= rule.at <= bottom + em:
            covered = [c for c, x in enumerate(centers) if rule.start <= x <= rule.end]
            is_under = rule.start <= left + em and rule.end >= right - em
            if is_under and 0 < len(covered) < len(centers):
                return covered[0], covered[-1]
    return None


def _is_free(board: Board, area: Area, column: int) -> bool:
    """Whether a head may take a column: empty beside it, with a label of its own below."""
    rows = range(area.top, area.bottom + 1)
    below = area.bottom + 1
    return (
        all(board.is_empty(row, column) and board.at(row, column).is_single for row in rows)
        and below < board.num_rows
        and not board.is_empty(below, column)
    )


def _text(area: Area) -> str:
    return " ".join(run.text for run in area.runs)


def _share(texts: Iterable[str]) -> float:
    """The share of values among the texts that are not empty."""
    filled = [text for text in texts if text]
    return sum(map(is_value, filled)) / len(filled) if filled else 0.0
