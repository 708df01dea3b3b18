"""Rows to paragraphs: parted where an indent, a gap or an early line end shows a new one."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from docparse.layout.markers import parse_marker
from docparse.layout.prose import is_unspaced
from docparse.layout.rows import Row

# In font sizes.
INDENT, DEEPEST_INDENT = 0.8, 6.0
# Width of the strips of the page by which rows are looked up, in pixels.
STRIP = 128
# The shortest of lines that are set to the right is no more of the longest.
UNLIKE = 0.8
# Sizes of one paragraph differ less than this.
OTHER_SIZE = 1.3
_CONTACT = re.compile(
    r"(?:(?:tel|fax|phone|mail|e-mail|〒)[.:：]?\s*)?"
    r"(?:\+?\d[\d\-() ]{6,17}\d|[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+)",
    re.IGNORECASE,
)
_ENDS = tuple('.:;!?。：；！？」』）)…"”»')


class Margins:
    """How far the lines of a page reach, by where they begin: one margin for each column."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._places = sorted((row.box.x0, row.box.x1) for row in rows)

    def of(self, rows: Sequence[Row]) -> int:
        """Where the lines end that begin about where the given rows do."""
        start = min(row.box.x0 for row in rows)
        near = 2.5 * rows[0].size
        first = bisect_left(self._places, (start - near, 0))
        end = bisect_left(self._places, (start + near, 0))
        return max((x1 for _, x1 in self._places[first:end]), default=0)


def group_rows(rows: Sequence[Row], *, leading: float) -> list[tuple[Row, ...]]:
    """Loose rows to paragraphs: a row goes on one that it stands below of, in like size.

    `leading`: how far the baselines of a paragraph's rows may be apart, in font sizes.
    """
    groups: list[list[Row]] = []
    # The groups that may still go on, by the strips of the page that their rows reach into.
    recent: dict[int, list[int]] = defaultdict(list)

    def is_near(number: int, row: Row) -> bool:
        last = groups[number][-1]
        return row.box.y0 - last.box.y1 < leading * last.size

    for row in sorted(rows, key=lambda row: (row.box.y0, row.box.x0)):
        strips = range(row.box.x0 // STRIP, row.box.x1 // STRIP + 1)
        for strip in strips:
            recent[strip] = [number for number in recent[strip] if is_near(number, row)]
        near = sorted({number for strip in strips for number in recent[strip]})
        best = max(
            (number for number in near if _goes_on(groups[number][-1], row, leading)),
            key=lambda number: _shared(groups[number][-1], row),
            default=len(groups),
        )
        if best == len(groups):
            groups.append([])
        groups[best].append(row)
        for strip in strips:
            if best not in recent[strip]:
                recent[strip].append(best)
    return [tuple(group) for group in groups]


def split_paragraphs(rows: Sequence[Row]) -> list[tuple[Row, ...]]:
    """The rows of one area of text, parted where a new paragraph or another size begins.

    A row of nothing but dashes or underscores is a rule and stands alone.
    """
    if len(rows) < 2:
        return [tuple(rows)]
    left = min(row.box.x0 for row in rows)
    right = max(row.box.x1 for row in rows)
    usual = median(b.box.y0 - a.box.y0 for a, b in pairwise(rows))
    even = is_centred(rows) or _in_columns(rows) or _is_set_right(rows)
    parts: list[list[Row]] = [[rows[0]]]
    for position in range(1, len(rows)):
        last, row = rows[position - 1], rows[position]
        following = rows[position + 1] if position + 1 < len(rows) else None
        begins = (
            _is_set_apart(last, row)
            or _begins_count(last, row)
            or _is_under_bold(last, row, right=right)
            or (len(rows) > 2 and row.box.y0 - last.box.y0 > 1.6 * usual + 0.2 * row.size)
        )
        if not begins and not even and len(rows) > 2:
            begins = _is_indented(row, last, following, left=left) or (
                last.text.endswith(_ENDS)
                and ends_early(last, row, right=right)
                and right - last.box.x1 > 0.1 * (right - left)
            )
        if begins or is_rule(row.text) or is_rule(last.text):
            parts.append([])
        parts[-1].append(row)
    return [tuple(part) for part in parts]


def _is_set_apart(last: Row, row: Row) -> bool:
    """Whether a row is set much larger or smaller than the one above: a name over an address.

    The sizes that readers give their words vary with the letters, so those say nothing.
    """
    few, many = sorted((last.size, row.size))
    return (
        many > OTHER_SIZE * few
        and not row.text[0].islower()
        and not (last.words[0].is_read or row.words[0].is_read)
        and min(len(last.text), len(row.text)) > 2
        and row.box.y0 > last.box.y1 - 0.3 * few
    )


def _is_under_bold(last: Row, row: Row, *, right: float) -> bool:
    """Whether a row is the text below a head in bold, which ends before its line is full."""
    return _is_bold(last) and not _is_bold(row) and ends_early(last, row, right=right)


def _begins_count(last: Row, row: Row) -> bool:
    """Whether a row is the first of what is counted below a head with a number: ① below (2)."""
    first = parse_marker(row.text)
    if first is None or first.number != 1:
        return False
    head = parse_marker(last.text)
    return (
        head is not None
        and head.number > 0
        and first.style != head.style
        and not {head.style, first.style} & {"1 ", "note"}
    )


def is_rule(text: str) -> bool:
    """Whether a text is a line that is typed with dashes, dots or underscores."""
    return len(text) > 4 and set(text) <= set("_-–—=.·•* ")


def fixed_ends(rows: Sequence[Row], margin: float = 0) -> frozenset[int]:
    """The rows, by index, that end where they do on purpose: of addresses, verses, headed items.

    So it is where the next word would have fitted, and everywhere if that is so at half of the line
    ends, but for lines that are full like others, or if most rows are parted into columns (a name
    and what it stands for). `margin`: how far the lines of the column reach, for texts of a few
    rows that do not show it themselves.
    """
    if len(rows) < 2:
        return frozenset()
    everywhere = frozenset(range(len(rows) - 1))
    if _in_columns(rows) or _is_address_on_the_right(rows):
        return everywhere
    centred = is_centred(rows)
    left, end = min(row.box.x0 for row in rows), max(row.box.x1 for row in rows)
    fixed = set()
    for index, (last, row) in enumerate(pairwise(rows)):
        ends = sorted(r.box.x1 for r in rows[max(0, index - 3) : index + 5])
        # One row that sticks out of its column says nothing about where others could have ended.
        right: float = ends[-2] if len(ends) > 3 and ends[-1] >= margin else ends[-1]
        if centred:
            right += last.box.x0 - left
        elif len(rows) <= 4:
            right = max(right, margin)
        if (
            _is_contact(last.text)
            or _is_contact(row.text)
            or begins_raised(row)
            or (not row.text[0].islower() and ends_early(last, row, right=right))
        ):
            fixed.add(index)
    most = 1 if centred else 0.5 * (len(rows) - 1)
    if len(fixed) < max(most, 1):
        return frozenset(fixed)
    full = {i for i in everywhere if rows[i].box.x1 > end - 0.6 * rows[i].size}
    return everywhere if centred or len(full) < 2 else everywhere - (full - fixed)


def begins_raised(row: Row) -> bool:
    """Whether a line begins with a raised mark: that of an author's address, or of a note."""
    style = row.words[0].style
    return style is not None and style.script == "super"


def _is_contact(text: str) -> bool:
    """Whether a line is a number to call, an address of mail or the web, and nothing else."""
    return _CONTACT.fullmatch(text) is not None


def _in_columns(rows: Sequence[Row]) -> bool:
    """Whether most rows have a wide gap inside: a name and what it stands for."""
    parted = sum(
        any(b.bbox.x0 - a.bbox.x1 > 1.8 * row.size for a, b in pairwise(row.words)) for row in rows
    )
    return parted > 0.6 * len(rows)


def ends_early(last: Row, row: Row, *, right: float) -> bool:
    """Whether the first word of a row would have fitted at the end of the one before."""
    room = right - last.box.x1
    word = row.words[0]
    length = float(word.bbox.width if row.box.width == row.bbox.width else word.bbox.height)
    tied = next((i for i, char in enumerate(word.text) if is_unspaced(char)), len(word.text))
    if tied < len(word.text):
        # Digits and Latin letters are not parted: they are half as wide, and 3,000円 stays whole.
        length = max(1.5, 0.5 * tied + 1) * row.size
    elif is_unspaced(last.words[-1].text[-1]):
        length = min(length, max(1.5, 0.5 * tied) * row.size)
    return room > length + 0.5 * row.size


def _is_set_right(rows: Sequence[Row]) -> bool:
    """Whether the rows end in line and each begins somewhere else."""
    ends = [row.box.x1 for row in rows]
    return max(ends) - min(ends) < 0.3 * rows[0].size and all(
        abs(a.box.x0 - b.box.x0) > 0.5 * a.size for a, b in pairwise(rows)
    )


def _is_address_on_the_right(rows: Sequence[Row]) -> bool:
    """Whether rows that are set to the right are of different lengths, and none goes on."""
    widths = [row.box.width for row in rows]
    goes_on = any(row.text[0].islower() for row in rows[1:])
    return _is_set_right(rows) and not goes_on and min(widths) < UNLIKE * max(widths)


def is_centred(rows: Sequence[Row]) -> bool:
    """Whether the rows differ in length and have their middles in line."""
    if len(rows) < 2:
        return False
    middles = [(row.box.x0 + row.box.x1) / 2 for row in rows]
    starts, ends = [row.box.x0 for row in rows], [row.box.x1 for row in rows]
    size = median(row.size for row in rows)
    ragged = min(max(starts) - min(starts), max(ends) - min(ends))
    return ragged > 0.8 * size and max(middles) - min(middles) < 0.35 * size


def _is_indented(row: Row, last: Row, following: Row | None, *, left: float) -> bool:
    """Whether a row begins further in than the rows around it do."""
    indent = row.box.x0 - left
    if not INDENT * row.size <= indent <= DEEPEST_INDENT * row.size:
        return False
    near = 0.4 * row.size
    if last.box.x0 - left > near and abs(last.box.x0 - row.box.x0) <= near:
        return False
    return following is None or following.box.x0 < row.box.x0 - near


def _goes_on(last: Row, row: Row, leading: float) -> bool:
    size = max(last.size, row.size, 1.0)
    if not 0.84 < last.size / max(row.size, 1.0) < 1.19:
        return False
    if not 0.3 * size < row.box.y1 - last.box.y1 < leading * size:
        return False
    if _shared(last, row) < 0.5:
        return False
    return _is_bold(last) == _is_bold(row)


def _shared(last: Row, row: Row) -> float:
    """The share of the shorter row's length at which the two stand below each other."""
    shared = min(last.box.x1, row.box.x1) - max(last.box.x0, row.box.x0)
    return shared / max(1, min(last.box.width, row.box.width))


def _is_bold(row: Row) -> bool:
    return all(word.style is not None and word.style.bold for word in row.words)
