"""Raw lines as MuPDF finds them to lines as a reader sees them.

Columns of single glyphs become vertical lines, right-to-left lines get their words in the order
of reading, raised and lowered runs are told apart, text that is drawn twice is kept once.
Coordinates are points of the rotated and cropped page.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from itertools import pairwise

from docparse.pages.chars import (
    GUESSED_SPACE,
    NO_SPACE,
    SPACE,
    TURN_GAP,
    WIDE_GAP,
    RawLine,
    Run,
    box_of,
)
from docparse.pages.clean import REPLACEMENT, is_cjk, is_rtl

# Two glyphs of a column: centres at most this many ems apart sideways, and this far downwards.
COLUMN_SHIFT, COLUMN_STEP = 0.35, 1.9
# Glyphs stacked by a drawing program or in a narrow cell: at least so many, and closer together.
STACK, STACK_STEP = 3, 1.45
# A run is raised or lowered if it is this much smaller, and off the baseline by so many ems.
SCRIPT_SIZE, RAISED, LOWERED = 0.86, 0.18, 0.06
# Characters of a script that stands alone.
SCRIPT_LENGTH = 4
# Spaced-out letters: so many single letters in a row with guessed spaces between.
SPACED_OUT = 4
# A gap of so many ems between runs that are set with spaces between words is one.
SPACE_GAP = 0.3
# A stack of glyphs of which this share stands level with other text is a column of a table.
LEVEL = 0.6

# Runs of the same text at the same height that are compared with each other.
MAX_LEVEL = 100

_GLUED = -1


def settle(lines: list[RawLine]) -> list[RawLine]:
    """All of the repairs, in the order in which they need each other."""
    lines = join_scripts(join_columns(drop_repeats(lines)))
    for line in lines:
        if len(line.runs) > 1:
            if not line.vertical:
                mark_scripts(line)
                order_rtl(line)
                close_spaced_out(line)
            settle_spaces(line)
            join_touching(line)
    return lines


def drop_repeats(lines: list[RawLine]) -> list[RawLine]:
    """Text drawn twice on the same spot, to look bold or shadowed, once."""
    alike: dict[str, list[tuple[float, float, int, Run]]] = defaultdict(list)
    count = 0
    for line in lines:
        for run in line.runs:
            alike[run.text].append((run.y0, run.x0, count, run))
            count += 1
    repeats: set[int] = set()
    for entries in alike.values():
        if len(entries) > 1:
            entries.sort(key=lambda entry: entry[:3])
            repeats |= _repeats(entries)
    if not repeats:
        return lines
    for line in lines:
        runs: list[Run] = []
        for run in line.runs:
            if id(run) not in repeats:
                runs.append(run)
            elif runs:
                runs[-1].space = max(runs[-1].space, run.space)
        line.runs = runs
    return [line for line in lines if line.runs]


def _repeats(entries: list[tuple[float, float, int, Run]]) -> set[int]:
    """Ids of runs that lie on one of the same text; `entries` ascend by y, then x."""
    repeats: set[int] = set()
    for index, (y0, x0, _, run) in enumerate(entries):
        near = max(1.0, 0.1 * run.face.size)
        for other_y0, other_x0, _, other in entries[index + 1 : index + 1 + MAX_LEVEL]:
            if other_y0 - y0 > near:
                break
            same_place = abs(other_x0 - x0) < near and abs(other.x1 - run.x1) < near
            if same_place and other.hidden == run.hidden:
                repeats.add(id(other))
    return repeats


def join_columns(lines: list[RawLine]) -> list[RawLine]:
    """Glyphs and short runs that follow each other down a column, as one vertical line each."""
    rows = sorted(
        (line.box[1] + line.box[3]) / 2 for line in lines if not _may_stand_in_column(line)
    )
    joined: list[RawLine] = []
    column: list[RawLine] = []
    for line in lines:
        if column and _goes_on(column, line):
            column.append(line)
            continue
        joined += _close_column(column, rows)
        column = [line] if _may_stand_in_column(line) else []
        if not column:
            joined.append(line)
    return joined + _close_column(column, rows)


def _may_stand_in_column(line: RawLine) -> bool:
    """Vertical writing, one ideograph or kana, or Latin that is turned on its side."""
    if line.vertical:
        return True
    return len(line.runs) == 1 and len(line.runs[0].text) == 1 and is_cjk(line.runs[0].text)


def _goes_on(column: list[RawLine], line: RawLine) -> bool:
    """Whether a line stands below the last one of a column, near enough to belong to it."""
    last = column[-1]
    size = max(run.face.size for run in last.runs)
    x0, y0, x1, _ = line.box
    last_x0, last_y0, last_x1, last_y1 = last.box
    if abs((x0 + x1) - (last_x0 + last_x1)) / 2 > COLUMN_SHIFT * size:
        return False
    writing = any(part.vertical for part in column)
    if not writing and not _may_stand_in_column(line):
        return False
    if not line.vertical and not _is_aside(line, size):
        return False
    # from origin to origin for stacked glyphs, whose boxes are of any height
    if writing:
        spaced = last.runs[-1].space == SPACE
        return -0.5 * size <= y0 - last_y1 <= (COLUMN_STEP - 1 + spaced) * size
    return 0.7 * size <= y0 - last_y0 <= STACK_STEP * size


def _is_aside(line: RawLine, size: float) -> bool:
    """Whether a line that is not vertical may stand in a vertical one: turned, or two digits."""
    x0, _, x1, _ = line.box
    return line.dy > 0.99 or x1 - x0 <= 1.4 * size


def _close_column(column: list[RawLine], rows: list[float]) -> list[RawLine]:
    """The column as one vertical line, or as it was if it is none; `rows`: where others stand."""
    if not any(line.vertical for line in column) and not _is_stack(column, rows):
        return column
    runs: list[Run] = []
    for line in column:
        for run in line.runs:
            if runs and _same_column_run(runs[-1], run):
                _join(runs[-1], run)
            else:
                runs.append(run)
    return [RawLine(runs, 0.0, 1.0, True, column[0].block, box_of(runs))]


def _is_stack(column: list[RawLine], rows: list[float]) -> bool:
    """Whether single glyphs below each other are vertical writing and no column of a table."""
    if len(column) < STACK:
        return False
    num_level = 0
    for line in column:
        _, y0, _, y1 = line.box
        middle, near = (y0 + y1) / 2, 0.2 * line.runs[0].face.size
        index = bisect_left(rows, middle - near)
        num_level += index < len(rows) and rows[index] <= middle + near
    return num_level < LEVEL * len(column)


def _same_column_run(last: Run, run: Run) -> bool:
    gap = run.y0 - last.y1
    return (
        _alike(last, run)
        and last.space != SPACE
        and gap <= (0.5 if is_cjk(run.text[0]) or is_cjk(last.text[-1]) else 0.2) * run.face.size
    )


def join_scripts(lines: list[RawLine]) -> list[RawLine]:
    """A raised or lowered end of a line that MuPDF takes for a line of its own, put back."""
    joined: list[RawLine] = []
    for line in lines:
        if joined and _is_script_of(joined[-1], line):
            last = joined[-1]
            last.runs += line.runs
            last.box = box_of(last.runs)
        else:
            joined.append(line)
    return joined


def _is_script_of(line: RawLine, end: RawLine) -> bool:
    """Whether `end` is a few small characters that touch the end of a level line."""
    last, run = line.runs[-1], end.runs[0]
    size = last.face.size
    if line.vertical or end.vertical or min(line.dx, end.dx) < 0.99:
        return False
    if run.face.size > SCRIPT_SIZE * size or sum(len(r.text) for r in end.runs) > SCRIPT_LENGTH:
        return False
    rise = (run.base - last.base) / size
    is_off = RAISED < rise < 1.0 or -0.6 < rise < -LOWERED
    return is_off and last.space == NO_SPACE and abs(run.x0 - last.x1) < 0.1 * size


def mark_scripts(line: RawLine) -> None:
    """Sets `script` of the runs that stand above or below the baseline of most of the line."""
    if len(line.runs) < 2:
        return
    weights: dict[tuple[float, float], int] = defaultdict(int)
    for run in line.runs:
        weights[round(run.face.size, 1), round(run.base, 1)] += len(run.text)
    if len(weights) < 2:
        return
    # the most text wins; of two with as much, the larger
    size, base = max(weights, key=lambda key: (weights[key], key[0]))
    for run in line.runs:
        if run.face.size <= SCRIPT_SIZE * size:
            rise = (run.base - base) / size
            if RAISED < rise < 1.0:
                run.script = "super"
            elif -0.6 < rise < -LOWERED:
                run.script = "sub"


def order_rtl(line: RawLine) -> None:
    """Puts the runs of a line that is mostly right-to-left into the order of reading.

    Words go from right to left, stretches of left-to-right words inside from left to right. MuPDF
    does so for most files, but not where the words were drawn one by one from the left.
    """
    if line.dx < 0.99 or len(line.runs) < 2:
        return
    text = "".join(run.text for run in line.runs)
    num_rtl = 0 if text.isascii() else sum(map(is_rtl, text))
    if num_rtl * 2 <= sum(map(str.isalpha, text)):
        return
    ordered: list[Run] = []
    stretch: list[Run] = []
    for run in sorted(line.runs, key=lambda run: -run.x1):
        if any(char.isalpha() and not is_rtl(char) for char in run.text):
            stretch.insert(0, run)
            continue
        ordered += [*stretch, run]
        stretch = []
    ordered += stretch
    if any(run is not other for run, other in zip(ordered, line.runs, strict=True)):
        line.runs = ordered
        for run, following in pairwise(ordered):
            wide = _gap(run, following) > 0.12 * run.face.size
            run.space = SPACE if wide else NO_SPACE


def close_spaced_out(line: RawLine) -> None:
    """Joins letters that are spaced out for effect, "T I T L E", where the gaps are even.

    Only guessed spaces are touched; a gap that is clearly wider than the others stays a space.
    """
    start = 0
    while start < len(line.runs):
        end = start
        while end < len(line.runs) and len(line.runs[end].text) == 1:
            end += 1
            if line.runs[end - 1].space != GUESSED_SPACE:
                break
        letters = line.runs[start:end]
        if len(letters) >= SPACED_OUT and all(run.text.isalpha() for run in letters):
            gaps = [b.x0 - a.x1 for a, b in pairwise(letters)]
            usual = sorted(gaps)[len(gaps) // 2]
            for run, gap in zip(letters, gaps, strict=False):
                if gap < 1.6 * usual:
                    run.space = _GLUED
        start = max(end, start + 1)


def settle_spaces(line: RawLine) -> None:
    """Makes of each guess, and of each gap, a space or none.

    A guessed space stands only where both sides are set with spaces between words.
    """
    for run, following in pairwise(line.runs):
        dense = is_cjk(run.text[-1]) or is_cjk(following.text[0])
        if run.space == GUESSED_SPACE:
            run.space = NO_SPACE if dense else SPACE
        elif run.space == NO_SPACE and not dense and not line.vertical:
            turned = is_rtl(run.text[-1]) != is_rtl(following.text[0])
            least = TURN_GAP if turned else SPACE_GAP
            wide = _gap(run, following) > least * max(run.face.size, following.face.size)
            run.space = SPACE if wide else NO_SPACE


def join_touching(line: RawLine) -> None:
    """Makes one run of those that turned out to be parts of a word."""
    runs = line.runs[:1]
    for run in line.runs[1:]:
        last = runs[-1]
        near = last.space == _GLUED or (
            last.space == NO_SPACE
            and not line.vertical
            and _gap(last, run) <= WIDE_GAP * run.face.size
        )
        if near and _alike(last, run):
            _join(last, run)
        else:
            runs.append(run)
    line.runs = runs


def _gap(run: Run, following: Run) -> float:
    """How far two runs are apart sideways, below 0 where they overlap."""
    return max(following.x0 - run.x1, run.x0 - following.x1)


def _alike(run: Run, other: Run) -> bool:
    return (
        run.face is other.face
        and run.script == other.script
        and run.hidden == other.hidden
        # glyphs without a meaning stay apart, until it is known which of them are spaces
        and (run.text[-1] == REPLACEMENT) == (other.text[0] == REPLACEMENT)
    )


def _join(run: Run, other: Run) -> None:
    """Appends `other` to `run`."""
    run.text += other.text
    run.x0, run.x1 = min(run.x0, other.x0), max(run.x1, other.x1)
    run.y0, run.y1 = min(run.y0, other.y0), max(run.y1, other.y1)
    run.space = other.space
