"""Where the columns of a table part: ruled lines, gutters of white space, and the net's votes."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from docparse.layout.grid_lattice import positions
from docparse.layout.grid_values import is_value
from docparse.layout.grid_words import Piece, is_full_width
from docparse.layout.rulings import Rule

MAX_COLUMNS = 200

_AFFIX = re.compile(r"[$€£¥%()‰*†‡§+\-–]{1,3}|US\$|EUR|円|千円")


@dataclass(frozen=True)
class Run:
    """Neighbouring pieces of one line of print that belong to one cell."""

    pieces: tuple[Piece, ...]

    @cached_property
    def x0(self) -> int:
        return self.pieces[0].box.x0

    @cached_property
    def x1(self) -> int:
        return max(piece.box.x1 for piece in self.pieces)

    @cached_property
    def text(self) -> str:
        parts = [piece.text + " " * piece.space_after for piece in self.pieces]
        return "".join(parts).rstrip()


@dataclass(frozen=True, slots=True)
class _Strip:
    """A candidate for a gutter: `sup` lines have text on both sides, `cross` run through it.

    `beside`: how many lines there are that have text on the side with fewer of them. `is_head`:
    on one side there is text only above the first values. `voted`: the net has a line there.
    """

    x0: float
    x1: float
    sup: int
    cross: float
    beside: int
    is_head: bool
    voted: bool

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def score(self) -> float:
        return self.sup + 2 * self.voted - 2 * self.cross


@dataclass(frozen=True, slots=True)
class _Extents:
    """Where the runs of a line of print begin and end, and whether the line has a value."""

    runs: tuple[tuple[float, float], ...]
    is_valued: bool

    def clip(self, left: float, right: float) -> _Extents | None:
        """What lies between two places, or None."""
        if self.runs[0][0] >= left and self.runs[-1][1] <= right:
            return self
        cut = [(max(x0, left), min(x1, right)) for x0, x1 in self.runs if x0 < right and x1 > left]
        runs = tuple((x0, x1) for x0, x1 in cut if x1 - x0 > 1)
        return _Extents(runs, self.is_valued) if runs else None


def find_columns(
    lines: Sequence[Sequence[Piece]],
    ruled: Sequence[float],
    vertical: Sequence[Rule],
    net: Sequence[float],
    em: float,
) -> tuple[float, ...]:
    """The inner column boundaries of a table, ascending; at most `MAX_COLUMNS`.

    `lines`: lines of print; `ruled`: boundaries that are certain; `vertical`: vertical rules;
    `net`: boundaries that the table-grid net proposes; `em`: the font size; all in one frame of
    pixels.
    """
    extents = []
    for line in lines:
        runs = tuple((run.x0, run.x1) for run in split_runs(line, vertical, net, em))
        extents.append(_Extents(runs, any(is_value(piece.text) for piece in line)))
    edges = [float("-inf"), *ruled, float("inf")]
    found = list(ruled)
    todo = list(pairwise(edges))
    # The best gutter of a stretch first, then those on either side of it.
    while todo and len(found) < MAX_COLUMNS:
        left, right = todo.pop()
        inside = [part for line in extents if (part := line.clip(left, right))]
        gutter = _best_gutter(inside, net, em, is_ruled=bool(ruled))
        if gutter is not None:
            found.append(gutter)
            todo += [(left, gutter), (gutter, right)]
    return _drop_affixes(lines, sorted(found), set(ruled), em)


def ruled_columns(
    lines: Sequence[Sequence[Piece]], vertical: Sequence[Rule], em: float
) -> list[float]:
    """Where vertical rules part text on both their sides, ascending."""
    extents = [
        (line[0].mid, min(p.box.x0 for p in line), max(p.box.x1 for p in line)) for line in lines
    ]
    found = []
    for x in positions(vertical, 0.4 * em):
        here = [rule for rule in vertical if 0 <= rule.at - x <= 0.4 * em]
        beside = [mid for mid, x0, x1 in extents if x0 < x < x1]
        if any(rule.start <= mid <= rule.end for rule in here for mid in beside):
            found.append(x)
    return found


def split_runs(
    line: Sequence[Piece], vertical: Sequence[Rule], net: Sequence[float], em: float
) -> list[Run]:
    """The runs of a line: parted by rules, by wide gaps, and by any gap on a line of the net."""
    runs: list[list[Piece]] = []
    for piece in line:
        if runs and not _parts(runs[-1], piece, vertical, net, em):
            runs[-1].append(piece)
        else:
            runs.append([piece])
    return [Run(tuple(run)) for run in runs]


def _parts(
    run: Sequence[Piece],
    piece: Piece,
    vertical: Sequence[Rule],
    net: Sequence[float],
    em: float,
) -> bool:
    """Whether a run stops before this piece."""
    start, end = piece.box.x0, max(piece.box.x1 for piece in run[-2:])
    gap = start - end
    # Between Japanese characters a gap of one em is a space.
    is_wide = is_full_width(piece.text[0]) or is_full_width(run[-1].text[-1])
    if gap >= (1.1 if is_wide else 0.55) * em:
        return True
    if gap >= 0.15 * em and any(end - 0.1 * em <= x <= start + 0.1 * em for x in net):
        return True
    slack = 0.25 * em
    first = bisect_left(vertical, end - slack, key=lambda rule: rule.at)
    for rule in vertical[first:]:
        if rule.at > start + slack:
            break
        if rule.start <= piece.mid <= rule.end and gap > -slack:
            return True
    return False


def _best_gutter(
    lines: Sequence[_Extents], net: Sequence[float], em: float, *, is_ruled: bool
) -> float | None:
    test = _parts_ruled if is_ruled else _parts_freely
    strips = [strip for strip in _strips(lines, net, em) if test(strip, em, len(lines))]
    if not strips:
        return None
    best = max(strips, key=lambda strip: (strip.score, strip.width))
    return (best.x0 + best.x1) / 2


def _parts_ruled(strip: _Strip, em: float, num_lines: int) -> bool:
    """Whether a strip parts columns in a table whose other columns are parted by rules."""
    if strip.voted:
        return strip.score >= 1.5 and strip.sup >= max(2, 0.4 * num_lines)
    # A title across all columns may run through it.
    return strip.sup >= 3 and strip.cross <= 0.15 * strip.sup and strip.width >= em


def _parts_freely(strip: _Strip, em: float, num_lines: int) -> bool:
    """Whether a strip parts columns in a table without vertical rules."""
    if strip.voted:
        return strip.width >= 0.15 * em and strip.score >= 1.5
    if num_lines <= 2:
        return strip.sup == num_lines and strip.width >= 1.2 * em
    if strip.is_head:
        return False
    if strip.sup >= 2 and strip.score >= 1.5 and strip.width >= 0.7 * em:
        return True
    # Labels that never stand level with what they name.
    return strip.sup == 1 and strip.cross == 0 and strip.beside >= 3 and strip.width >= em


def _strips(lines: Sequence[_Extents], net: Sequence[float], em: float) -> list[_Strip]:
    """All stretches between the edges of runs, with what speaks for and against each."""
    most = max((len(line.runs) for line in lines), default=0)
    events: list[tuple[float, int, float]] = []
    for line in lines:
        weight = len(line.runs) / most
        for x0, x1 in line.runs:
            events += [(x0, 0, weight), (x1, 0, -weight)]
        for (_, end), (start, _) in pairwise(line.runs):
            if end < start:
                events += [(end, 1, 0.0), (start, -1, 0.0)]
    events.sort()
    sides, body = _Sides(lines), _Sides(_body(lines))
    strips = []
    sup, cross = 0, 0.0
    for (x, gaps, weight), (following, *_) in pairwise(events):
        sup += gaps
        cross += weight
        if following > x:
            strips.append(
                _Strip(
                    x,
                    following,
                    sup,
                    max(0.0, round(cross, 6)),
                    beside=sides.fewer(x, following),
                    is_head=body.fewer(x, following) == 0,
                    voted=any(x - 0.6 * em <= at <= following + 0.6 * em for at in net),
                )
            )
    return strips


def _body(lines: Sequence[_Extents]) -> Sequence[_Extents]:
    """The lines from the first with a value on; all where fewer than two have one."""
    valued = [i for i, line in enumerate(lines) if line.is_valued]
    return lines[valued[0] :] if len(valued) >= 2 else lines


class _Sides:
    """Counts lines with text to the left and to the right of a place."""

    def __init__(self, lines: Sequence[_Extents]) -> None:
        self._ends = sorted(line.runs[0][1] for line in lines)
        self._starts = sorted(line.runs[-1][0] for line in lines)

    def fewer(self, x0: float, x1: float) -> int:
        """The number of lines with text on that side of the stretch which has fewer."""
        left = bisect_right(self._ends, x0)
        return min(left, len(self._starts) - bisect_left(self._starts, x1))


def _drop_affixes(
    lines: Sequence[Sequence[Piece]], edges: list[float], ruled: set[float], em: float
) -> tuple[float, ...]:
    """Without the boundaries that leave a column of nothing, or of nothing but signs.

    An empty column stays if it lies between rules and is wide enough for text. A column of
    currency signs belongs to the numbers on its right, other signs (percent, closing brackets,
    asterisks) to those on their left.
    """
    index = 0
    while index <= len(edges):
        left = edges[index - 1] if index else float("-inf")
        right = edges[index] if index < len(edges) else float("inf")
        texts = [
            piece.text
            for line in lines
            for piece in line
            if left <= (piece.box.x0 + piece.box.x1) / 2 < right
        ]
        drop = _boundary_to_drop(texts, index, len(edges))
        is_kept = drop is not None and edges[drop] in ruled and (texts or right - left > 1.6 * em)
        if drop is not None and not is_kept:
            del edges[drop]
            index = max(0, index - 1)
        else:
            index += 1
    return tuple(edges)


def _boundary_to_drop(texts: Sequence[str], index: int, num_edges: int) -> int | None:
    if not num_edges:
        return None
    if not texts:
        return min(index, num_edges - 1)
    if not all(_AFFIX.fullmatch(text) for text in texts):
        return None
    if all(text in "-–+" for text in texts):  # a column of dashes holds empty values
        return None
    goes_right = texts[0][0] in "$€£¥U("
    if goes_right and index < num_edges:
        return index
    return index - 1 if index and not goes_right else None
