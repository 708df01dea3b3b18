"""Which lines of print make one row of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from docparse.layout.contents import LEADER
from docparse.layout.grid_lines import Placed, TableLine
from docparse.layout.grid_words import is_full_width
from docparse.layout.rulings import Rulings
from docparse.types import BBox


@dataclass(frozen=True, slots=True)
class RowEvidence:
    """What is known about the rows besides the words.

    `edges`: all column boundaries, the outer ones too. `net`: row boundaries that the table-grid
    net proposes, ascending; none where there is no net. `lead`: the distance of the lines of
    print inside a cell. `em`: the font size. All in pixels.
    """

    rulings: Rulings
    edges: Sequence[float]
    net: Sequence[float]
    lead: float
    em: float

    def ruled_between(self, above: float, below: float) -> frozenset[int]:
        """The columns that a horizontal rule crosses between two heights."""
        rules = [r for r in self.rulings.horizontal if above < r.at < below]
        return frozenset(
            column
            for column, (x0, x1) in enumerate(pairwise(self.edges))
            if sum(rule.covered(x0, x1) for rule in rules) >= 0.6 * (x1 - x0)
        )

    @property
    def has_cells(self) -> bool:
        """Whether vertical rules part cells."""
        return len(self.rulings.vertical) >= 3

    def is_ruled(self, above: TableLine, below: TableLine) -> bool:
        """Whether a rule parts all that stands in two lines."""
        ruled = self.ruled_between(above.mid, below.mid)
        if len(ruled) >= 0.75 * (len(self.edges) - 1):
            return True
        # A rule between what stands above it and what stands below it parts the two.
        return self.has_cells and bool(ruled & above.columns) and bool(ruled & below.columns)

    def bands(self, lines: Sequence[TableLine]) -> list[list[TableLine]]:
        """The lines between one rule and the next."""
        bands: list[list[TableLine]] = [[]]
        for line in lines:
            if bands[-1] and self.is_ruled(bands[-1][-1], line):
                bands.append([])
            bands[-1].append(line)
        return bands


@dataclass(frozen=True, slots=True)
class Rows:
    """Lines of print by row, from the top, and those that stand level with a boundary of rows."""

    groups: tuple[tuple[TableLine, ...], ...]
    floating: tuple[TableLine, ...]


def find_rows(lines: Sequence[TableLine], evidence: RowEvidence) -> Rows:
    """The lines of a table, from the top, grouped into rows."""
    steady, floats = _part_floating(lines, evidence)
    judge = _Judge(steady, evidence)
    groups: list[list[TableLine]] = []
    for line in steady:
        if groups and not judge.parts(groups[-1], line, floats):
            groups[-1].append(line)
        else:
            groups.append([line])
    floating = []
    for line in floats:
        group = next(group for group in reversed(groups) if group[0].mid < line.mid)
        if group[-1].mid > line.mid:
            group.append(line)
            group.sort(key=lambda line: line.mid)
        else:
            floating.append(line)
    return Rows(tuple(map(tuple, groups)), tuple(floating))


def _part_floating(
    lines: Sequence[TableLine], evidence: RowEvidence
) -> tuple[list[TableLine], list[TableLine]]:
    """Lines on a regular footing, and those half-way between two lines of other columns."""
    steady: list[TableLine] = []
    floats: list[TableLine] = []
    for i, line in enumerate(lines):
        if steady and i + 1 < len(lines):
            above, below = steady[-1], lines[i + 1]
            is_between = (
                below.mid - above.mid <= 1.6 * evidence.lead
                and min(line.mid - above.mid, below.mid - line.mid) <= 0.8 * evidence.lead
                and bool(above.columns & below.columns)
                and not line.columns & (above.columns | below.columns)
            )
            if is_between and not evidence.ruled_between(above.mid, below.mid) & line.columns:
                floats.append(line)
                continue
        steady.append(line)
    return steady, floats


class _Judge:
    """Weighs what speaks for and against a boundary between two lines of print."""

    def __init__(self, lines: Sequence[TableLine], evidence: RowEvidence) -> None:
        self.evidence = evidence
        self.num_columns = len(evidence.edges) - 1
        steps = list(pairwise(lines))
        self.bands = evidence.bands(lines)
        self.num_ruled = len(self.bands) - 1
        # Rules part the rows: lines without a rule between them belong together.
        self.is_row_ruled = _are_rows(self.bands)
        gaps = sorted(below.mid - above.mid for above, below in steps)
        self.near = gaps[len(gaps) // 10] if gaps else evidence.lead
        wide = sum(gap > 1.3 * self.near for gap in gaps)
        # Two kinds of distance: inside a row and between rows.
        self.has_two_steps = 0.2 * len(gaps) <= wide <= 0.85 * len(gaps)
        self.stripes = [
            shade
            for shade in evidence.rulings.shades
            if shade.width >= 0.5 * (evidence.edges[-1] - evidence.edges[0])
        ]
        self.ends = _text_ends(lines)
        self.limits = _with_free_space(self.ends, 1.5 * evidence.em)
        self.in_list = self._find_lists(lines)

    def parts(
        self, group: Sequence[TableLine], below: TableLine, floats: Sequence[TableLine]
    ) -> bool:
        """Whether a new row starts at the line below the group."""
        above = group[-1]
        if self.evidence.is_ruled(above, below):
            return True
        score = self._ink(above, below)
        score += self._net(above, below)
        score += self._distance(above, below)
        score += self._filling(group, below)
        if not self.is_row_ruled:
            score += self.in_list.get(below.mid, 0)
        between = [line for line in floats if above.mid < line.mid < below.mid]
        if any(item.is_value for line in between for item in line.placed):
            # One value beside two lines of text; beside two values it belongs to both rows.
            score -= 0 if _count_values(above, below) else 4
        return score >= 0

    def _is_in_cell(self, above: TableLine, below: TableLine) -> bool:
        """Whether two lines lie in a short stretch between rules that has one value a column."""
        if not self.evidence.has_cells or self.num_ruled < 2:
            return False
        band = next(band for band in self.bands if below in band)
        return above in band and len(band) <= 4 and _has_single_values(band)

    def _ink(self, above: TableLine, below: TableLine) -> float:
        """Rules and shades."""
        score = 0.0
        ruled = self.evidence.ruled_between(above.mid, below.mid)
        if ruled & above.columns & below.columns:
            score += 6
        elif ruled:
            score += 1.5
        elif self.is_row_ruled:
            score -= 6
        elif self._is_in_cell(above, below):
            score -= 3
        elif self.num_ruled >= 3:
            score -= 1
        if any(above.mid < edge < below.mid for s in self.stripes for edge in (s.y0, s.y1)):
            score += 4
        elif len(self.stripes) >= 3 and any(_holds_both(s, above, below) for s in self.stripes):
            score -= 3
        return score

    def _net(self, above: TableLine, below: TableLine) -> float:
        if not self.evidence.net:
            return 0
        return 2 if any(above.mid < y < below.mid for y in self.evidence.net) else -2

    def _distance(self, above: TableLine, below: TableLine) -> float:
        step = below.mid - above.mid
        if step > 2.2 * self.evidence.lead:
            return 3
        if not self.has_two_steps:
            return 0
        return 1.5 if step > 1.3 * self.near else -1.5

    def _filling(self, group: Sequence[TableLine], below: TableLine) -> float:
        """Which columns the lines fill, with what, and whether text runs on."""
        above = group[-1]
        filled = frozenset(column for line in group for column in line.columns)
        shared = above.columns & below.columns
        values = _count_values(above, below)
        if values:
            return 2.0 + 2 * min(values, 2)
        score = 5.0 if _is_parted_head(above, below) else 0.0
        if sum(_is_value_at(below, c) and not _is_value_at(above, c) for c in shared) >= 2:
            score += 3  # heads above values
        starts = {item.first for item in below.placed} & shared or shared
        signs = [
            self._signs_of_running_on(group, below, column, self.ends) for column in sorted(starts)
        ]
        if not shared:
            return score + (-1 if self.num_columns > 2 and 0 not in below.columns else 0.5)
        if below.columns < filled or above.columns < below.columns or filled == {0}:
            return score + self._subset(min(signs), below, filled)
        if len(signs) >= 2 and not any(signs):
            return score + (1.5 if self.is_row_ruled else 4)
        if all(signs):
            return score - 1.5
        return score + (1.5 if 0 in shared and len(signs) >= 2 else 1)

    def _subset(self, signs: int, below: TableLine, filled: frozenset[int]) -> float:
        """One of the two lines fills only some of the columns that the other fills."""
        if below.columns == {0} or (filled == {0} and 0 in below.columns):
            return (2, -3, -5)[signs]
        if 0 in below.columns:
            return -2 if signs else 2
        if any(item.is_value for item in below.placed):
            return 1
        return -4 if signs else -1.5

    def _signs_of_running_on(
        self,
        group: Sequence[TableLine],
        below: TableLine,
        column: int,
        ends: Mapping[tuple[int, int], tuple[float, float]],
    ) -> int:
        """How many of two signs say that the text of a cell goes on in the line below.

        The next word would not have fitted on the line above, between `ends`; and the text
        itself says so.
        """
        upper, lower = group[-1].at(column)[-1], below.at(column)[0]
        if (upper.first, upper.last) != (lower.first, lower.last):
            return 0
        end, start = upper.run.text, lower.run.text
        if LEADER.search(end):
            return 0  # to the values of what it ends
        first = next(line.at(column)[0].run.text for line in group if column in line.columns)
        is_open = start[0].islower() and not first[0].islower()
        is_open = is_open or end[-1] in "-,&/(‐" or start[0] in "(&/)、。，"
        word = lower.run.pieces[0]
        width = word.box.width
        if led := LEADER.search(word.text):  # dots are half as wide as letters
            width = round(width * led.start() / (led.start() + (led.end() - led.start()) / 2))
        if is_full_width(start[0]):  # breaks anywhere
            width = min(width, round(1.5 * self.evidence.em))
        return is_open + (self._room(upper, ends) < width + 0.25 * self.evidence.em)

    def _find_lists(self, lines: Sequence[TableLine]) -> dict[float, float]:
        """What speaks for a boundary above the lines (by their middles) of a list.

        Three and more lines with the same columns, two at least, are a list of rows unless the
        text of nearly all of them runs on in all columns.
        """
        found: dict[float, float] = {}
        start = 0
        for end in range(1, len(lines) + 1):
            if end < len(lines) and _has_same_columns(lines[start], lines[end]):
                continue
            steps = list(pairwise(lines[start:end]))
            runs_on = sum(self._runs_on(above, below) for above, below in steps)
            if len(steps) >= 2 and runs_on <= 0.85 * len(steps):
                weight = min(6.0, 1.5 * (len(steps) - 1))
                found.update((below.mid, weight) for _, below in steps)
            start = end
        return found

    def _runs_on(self, above: TableLine, below: TableLine) -> bool:
        columns = [item.first for item in below.placed]
        return all(
            self._signs_of_running_on([above], below, column, self.limits) for column in columns
        )

    def _room(self, item: Placed, ends: Mapping[tuple[int, int], tuple[float, float]]) -> float:
        """How much wider the text of a cell could be, in pixels."""
        left, right = ends[item.first, item.last]
        before, after = item.run.x0 - left, right - item.run.x1
        # What begins at the left may be indented; what does not is centred or set to the right.
        return after if before <= 2.5 * self.evidence.em else before + after


def _has_same_columns(line: TableLine, other: TableLine) -> bool:
    starts = [item.first for item in line.placed]
    return len(starts) >= 2 and starts == [item.first for item in other.placed]


def _text_ends(lines: Sequence[TableLine]) -> dict[tuple[int, int], tuple[float, float]]:
    """How far to the left and to the right text reaches in each stretch of columns."""
    ends: dict[tuple[int, int], tuple[float, float]] = {}
    for item in (item for line in lines for item in line.placed):
        key = item.first, item.last
        left, right = ends.get(key, (item.run.x0, item.run.x1))
        ends[key] = min(left, item.run.x0), max(right, item.run.x1)
    return ends


def _with_free_space(
    ends: Mapping[tuple[int, int], tuple[float, float]], gutter: float
) -> dict[tuple[int, int], tuple[float, float]]:
    """The ends of text, on the right moved to where a gutter before the next column begins."""
    starts = {first: left for (first, last), (left, _) in ends.items() if first == last}
    return {
        (first, last): (left, max(right, starts.get(last + 1, right) - gutter))
        for (first, last), (left, right) in ends.items()
    }


def _are_rows(bands: Sequence[Sequence[TableLine]]) -> bool:
    """Whether what lies between rules are rows: in most of it no column has two values."""
    num_lines = sum(map(len, bands))
    single = sum(len(band) for band in bands if _has_single_values(band))
    longest = max(map(len, bands))
    return len(bands) >= 3 and longest <= max(3, 0.6 * num_lines) and single >= 0.6 * num_lines


def _has_single_values(band: Sequence[TableLine]) -> bool:
    """Whether no column has more than one value."""
    columns = [item.first for line in band for item in line.placed if item.is_value]
    return len(columns) == len(set(columns))


def _count_values(above: TableLine, below: TableLine) -> int:
    """The number of columns in which both lines have a value."""
    shared = above.columns & below.columns
    return sum(_is_value_at(above, c) and _is_value_at(below, c) for c in shared)


def _is_value_at(line: TableLine, column: int) -> bool:
    items = line.at(column)
    return bool(items) and all(item.is_value for item in items)


def _is_parted_head(above: TableLine, below: TableLine) -> bool:
    """Whether a run of the upper line stands over several runs of the lower."""
    return any(len(_under(item, below)) > 1 for item in above.placed)


def _under(item: Placed, below: TableLine) -> list[Placed]:
    return [o for o in below.placed if o.first <= item.last and o.last >= item.first]


def _holds_both(shade: BBox, above: TableLine, below: TableLine) -> bool:
    return shade.y0 <= above.mid and below.mid <= shade.y1
