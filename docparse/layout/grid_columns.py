"""Where the columns of a table part: ruled lines, gutters of white space, and the net's votes."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from docparse.layout.grid_lattice import positions
from docparse.layout.grid_words import Piece
from docparse.layout.rulings import Rule

_AFFIX = re.compile(r"[$€£¥%()‰*†‡§+\-–]{1,3}|US\$|EUR|円|千円")


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring pieces of one line of print that belong to one cell."""

    pieces: tuple[Piece, ...]

    @property
    def x0(self) -> int:
        return self.pieces[0].box.x0

    @property
    def x1(self) -> int:
        return max(piece.box.x1 for piece in self.pieces)

    @property
    def text(self) -> str:
        parts = [piece.text + " " * piece.space_after for piece in self.pieces]
        return "".join(parts).rstrip()


@dataclass(frozen=True, slots=True)
class _Strip:
    """A candidate for a gutter: `sup` lines have text on both sides, `cross` run through it."""

    x0: float
    x1: float
    sup: int
    cross: float
    voted: bool

    @property
    def score(self) -> float:
        return self.sup + 2 * self.voted - 2 * self.cross

    def is_gutter(self, em: float, num_lines: int, *, strict: bool) -> bool:
        width = self.x1 - self.x0
        if self.voted:
            needed = max(2, 0.4 * num_lines) if strict else 0
            return width >= 0.15 * em and self.score >= 1.5 and self.sup >= needed
        if strict:
            return self.sup >= 3 and self.cross == 0 and width >= em
        if num_lines <= 2:
            return self.sup == num_lines and width >= 1.2 * em
        return self.sup >= 2 and self.score >= 1.5 and width >= 0.7 * em


def find_columns(
    lines: Sequence[Sequence[Piece]],
    ruled: Sequence[float],
    vertical: Sequence[Rule],
    net: Sequence[float],
    em: float,
) -> tuple[float, ...]:
    """The inner column boundaries of a table, ascending.

    `lines`: lines of print; `ruled`: boundaries that are certain; `vertical`: vertical rules;
    `net`: boundaries that the table-grid net proposes; `em`: the font size; all in one frame of
    pixels.
    """
    runs = [[(run.x0, run.x1) for run in split_runs(line, vertical, net, em)] for line in lines]
    edges = [float("-inf"), *ruled, float("inf")]
    found = list(ruled)
    for left, right in pairwise(edges):
        inside = [clipped for line in runs if (clipped := _clip(line, left, right))]
        found += _gutters(inside, net, em, strict=bool(ruled))
    return _drop_affixes(lines, sorted(found), set(ruled), em)


def ruled_columns(
    lines: Sequence[Sequence[Piece]], vertical: Sequence[Rule], em: float
) -> list[float]:
    """Where vertical rules part text on both their sides, ascending."""
    found = []
    for x in positions(vertical, 0.4 * em):
        here = [rule for rule in vertical if 0 <= rule.at - x <= 0.4 * em]
        parted = 0
        for line in lines:
            mid = line[0].mid
            if not any(rule.start <= mid <= rule.end for rule in here):
                continue
            parted += min(p.box.x0 for p in line) < x < max(p.box.x1 for p in line)
        if parted >= 1:
            found.append(x)
    return found


def split_runs(
    line: Sequence[Piece], vertical: Sequence[Rule], net: Sequence[float], em: float
) -> list[Run]:
    """The runs of a line: parted by rules, by wide gaps, and by any gap on a line of the net."""
    runs: list[list[Piece]] = []
    end = 0
    for piece in line:
        if runs and not _parts(end, piece, vertical, net, em):
            runs[-1].append(piece)
        else:
            runs.append([piece])
        end = max(end, piece.box.x1) if len(runs[-1]) > 1 else piece.box.x1
    return [Run(tuple(run)) for run in runs]


def _parts(
    end: float, piece: Piece, vertical: Sequence[Rule], net: Sequence[float], em: float
) -> bool:
    """Whether a run that ends at `end` stops before this piece."""
    start = piece.box.x0
    gap = start - end
    if gap >= 0.55 * em:
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


def _clip(
    runs: Sequence[tuple[float, float]], left: float, right: float
) -> list[tuple[float, float]]:
    inside = [(max(x0, left), min(x1, right)) for x0, x1 in runs if x0 < right and x1 > left]
    return [(x0, x1) for x0, x1 in inside if x1 - x0 > 1]


def _gutters(
    lines: Sequence[Sequence[tuple[float, float]]],
    net: Sequence[float],
    em: float,
    *,
    strict: bool,
) -> list[float]:
    """Gutters between the runs of the lines: the best first, then those on either side of it."""
    strips = [s for s in _strips(lines, net, em) if s.is_gutter(em, len(lines), strict=strict)]
    if not strips:
        return []
    best = max(strips, key=lambda strip: (strip.score, strip.x1 - strip.x0))
    x = (best.x0 + best.x1) / 2
    found = [x]
    for left, right in ((float("-inf"), x), (x, float("inf"))):
        inside = [clipped for line in lines if (clipped := _clip(line, left, right))]
        found += _gutters(inside, net, em, strict=strict)
    return found


def _strips(
    lines: Sequence[Sequence[tuple[float, float]]], net: Sequence[float], em: float
) -> list[_Strip]:
    """All stretches between the edges of runs, with what speaks for and against each."""
    most = max((len(line) for line in lines), default=0)
    events: list[tuple[float, int, float]] = []
    for line in lines:
        weight = len(line) / most
        for x0, x1 in line:
            events += [(x0, 0, weight), (x1, 0, -weight)]
        for (_, end), (start, _) in pairwise(line):
            if end < start:
                events += [(end, 1, 0.0), (start, -1, 0.0)]
    events.sort()
    strips = []
    sup, cross = 0, 0.0
    for (x, gaps, weight), following in pairwise(events):
        sup += gaps
        cross += weight
        if following[0] > x:
            voted = any(x - 0.6 * em <= at <= following[0] + 0.6 * em for at in net)
            strips.append(_Strip(x, following[0], sup, max(0.0, round(cross, 6)), voted))
    return strips


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
