"""Small facts about a page: a phrase is there, or before another, a cell is beside a cell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from docparse.bench.edit import normalise
from docparse.bench.extras import require
from docparse.bench.flow import Flow
from docparse.bench.grid import Grid

FactType = Literal["present", "absent", "order", "table", "baseline"]
Direction = Literal["up", "down", "left", "right", "top_heading", "left_heading"]
DIRECTIONS: tuple[Direction, ...] = ("up", "down", "left", "right", "top_heading", "left_heading")
_LOOP = re.compile(r"(.{1,5}?)\1{30,}$", re.DOTALL)
# A loop is looked for at the very end, as far as the longest one that counts reaches.
_TAIL = 5 * 32
# A cell is the one meant if at least half of it reads the same, however many slips are allowed.
LEAST_CELL = 0.5


@dataclass(frozen=True, slots=True)
class Fact:
    """One test in the manner of olmOCR-bench (github.com/allenai/olmocr, olmocr/bench/tests.py).

    `text`: the phrase, or for "order" the one that comes first and `after` the other, or for
    "table" the cell. `around`: for "table", what stands next to it. `slips`: edits allowed.
    """

    type: FactType
    page: int
    text: str = ""
    after: str = ""
    around: tuple[tuple[Direction, str], ...] = ()
    slips: int = 0
    case_sensitive: bool = True
    first_n: int | None = None
    last_n: int | None = None


def holds(fact: Fact, flow: Flow) -> bool:
    """Whether the fact is true of a page's text and tables.

    As olmOCR-bench defines it, with these differences. The text is what a Markdown parser leaves,
    so that escapes and tags do not count, and it is normalised as for the edit distance, so that
    Japanese lines may be joined with or without a space. A text shorter than the phrase never
    contains it (there, an empty line "contains" everything). The baseline allows every script, but
    not a text that is mostly private-use or replacement characters, which nobody can read.
    Headings of a table are looked for in every cell above or to the left, since Markdown cannot
    say which cells are headings.
    """
    text = normalise(flow.text)
    if fact.type == "baseline":
        return any(map(str.isalnum, text)) and not _LOOP.search(text[-_TAIL:]) and is_legible(text)
    if fact.type == "present":
        return is_present(fact, text)
    if fact.type == "absent":
        return not is_present(fact, text)
    if fact.type == "order":
        before = places(normalise(fact.text), text, fact.slips)
        after = places(normalise(fact.after), text, fact.slips)
        return bool(before and after) and min(before) < max(after)
    return any(has_cell(fact, table) for table in flow.tables)


def is_legible(text: str) -> bool:
    """Whether most characters of a text have a meaning of their own."""
    unknown = sum(unicodedata.category(char) in ("Co", "Cn") or char == "\ufffd" for char in text)
    return unknown <= len(text) / 2


def is_present(fact: Fact, text: str) -> bool:
    """Whether the phrase stands in the (normalised) text, or in its first or last characters."""
    phrase = normalise(fact.text)
    if not fact.case_sensitive:
        phrase, text = phrase.lower(), text.lower()
    return bool(places(phrase, within(text, fact.first_n, fact.last_n), fact.slips))


def within(text: str, first_n: int | None, last_n: int | None) -> str:
    """The first and last so many characters of a text; all of it if neither is given."""
    if not first_n and not last_n:
        return text
    return text[: first_n or 0] + (text[-last_n:] if last_n else "")


def places(phrase: str, text: str, slips: int) -> list[int]:
    """Where a phrase stands in a text: every exact place, or else the best with few slips."""
    if not phrase:
        return []
    exact = [match.start() for match in re.finditer(re.escape(phrase), text)]
    if exact or len(text) < len(phrase):
        return exact
    cutoff = 100 * (1 - slips / len(phrase))
    fuzz = require("rapidfuzz.fuzz")
    match = fuzz.partial_ratio_alignment(phrase, text, score_cutoff=max(cutoff, 1.0))
    return [] if match is None else [match.dest_start]


def has_cell(fact: Fact, table: Grid) -> bool:
    """Whether some cell reads as the fact's text and has all that should be around it."""
    matrix = spread(table)
    return any(
        is_alike(fact.text, cell, fact.slips)
        and all(
            any(is_alike(wanted, near, fact.slips) for near in neighbours(matrix, row, col, where))
            for where, wanted in fact.around
        )
        for row, cells in enumerate(matrix)
        for col, cell in enumerate(cells)
    )


def is_alike(wanted: str, found: str, slips: int) -> bool:
    """Whether a cell reads as wanted, but for a few slips."""
    wanted, found = normalise(wanted), normalise(found)
    if not wanted or not found:
        return wanted == found
    least = max(LEAST_CELL, 1 - slips / len(wanted))
    return bool(require("rapidfuzz.fuzz").ratio(wanted, found) / 100 >= least)


def neighbours(matrix: Sequence[Sequence[str]], row: int, col: int, where: Direction) -> list[str]:
    """The texts that lie in a direction from a cell: the next one, or for headings all of them."""
    column = [cells[col] if col < len(cells) else "" for cells in matrix]
    line = matrix[row]
    return {
        "up": column[max(row - 1, 0) : row],
        "down": column[row + 1 : row + 2],
        "left": list(line[max(col - 1, 0) : col]),
        "right": list(line[col + 1 : col + 2]),
        "top_heading": column[:row],
        "left_heading": list(line[:col]),
    }[where]


def spread(table: Grid) -> list[list[str]]:
    """The table as a matrix of texts in which a spanning cell stands at every place it covers."""
    taken: dict[tuple[int, int], str] = {}
    for row, cells in enumerate(table.rows):
        col = 0
        for cell in cells:
            while (row, col) in taken:
                col += 1
            for down in range(min(cell.rowspan, len(table.rows) - row)):
                for right in range(cell.colspan):
                    taken.setdefault((row + down, col + right), cell.text)
            col += cell.colspan
    widths = [max((c for r, c in taken if r == row), default=-1) for row in range(len(table.rows))]
    return [
        [taken.get((row, col), "") for col in range(width + 1)] for row, width in enumerate(widths)
    ]
