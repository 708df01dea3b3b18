"""Tables of contents: lines with leaders to a page number, as items of a list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from docparse.layout.flows import Canvas
from docparse.layout.rows import Row, make_row
from docparse.types import Word

# Dots, middle dots and ellipses in a row, with or without spaces between.
_DOTS = ".·…‥・‧․"
LEADER = re.compile(rf"(?:[{_DOTS}]\s?){{5,}}")
_LEADER_AT_END = re.compile(rf"{LEADER.pattern}\Z")
_PAGE_NUMBER = re.compile(
    r"(?:[0-9０-９]{1,4}|[ivxlc]{1,6}|[A-Z0-9]{1,2}[-–.][0-9]{1,3})\s*\Z", re.IGNORECASE
)
# Columns of entries are this far apart, in font sizes.
GUTTER = 0.8
# From this share of lines with leaders on, an area is a table of contents.
MOST = 0.6


def is_contents(rows: Sequence[Row]) -> bool:
    """Whether most rows lead to a page number."""
    if len(rows) < 3:
        return False
    led = sum(bool(LEADER.search(row.text)) and _ends(row) for row in rows)
    return led >= 3 and led >= MOST * len(rows)


def leads_to_columns(rows: Sequence[Row]) -> bool:
    """Whether most leaders lead to several figures: the labels of a table have them, too."""
    texts = [row.text for row in rows if LEADER.search(row.text)]
    ends = [LEADER.split(text)[-1].split() for text in texts]
    return sum(len(words) > 1 for words in ends) > 0.5 * len(ends)


def split_columns(rows: Sequence[Row], canvas: Canvas) -> list[list[Row]]:
    """The rows parted where nothing stands from top to bottom: entries in columns."""
    words = sorted((w for row in rows for w in row.words), key=lambda word: word.bbox.x0)
    edges: list[float] = []
    end = words[0].bbox.x1
    for word in words:
        if word.bbox.x0 - end > GUTTER * rows[0].size:
            edges.append((word.bbox.x0 + end) / 2)
        end = max(end, word.bbox.x1)
    columns = []
    for left, right in pairwise([float("-inf"), *edges, float("inf")]):
        column = []
        for row in rows:
            own = [word for word in row.words if left < word.bbox.center[0] <= right]
            if own:
                column.append(make_row(own, canvas, index=row.index))
        columns.append(column)
    return columns if all(is_contents(column) for column in columns) else [list(rows)]


def split_entries(rows: Sequence[Row]) -> list[tuple[Row, ...]]:
    """The rows of each entry: up to the one with the page number."""
    entries: list[tuple[Row, ...]] = []
    held: list[Row] = []
    for row in rows:
        held.append(row)
        if _ends(row) or len(held) > 2:
            entries.append(tuple(held))
            held = []
    return [*entries, tuple(held)] if held else entries


def without_leader(text: str) -> str:
    """The text without the leader at its end; a leader that stands alone as four dots."""
    led = _LEADER_AT_END.search(text)
    return text[: led.start()].rstrip() or "...." if led else text


def _ends(row: Row) -> bool:
    return bool(_PAGE_NUMBER.search(row.text[-12:]))


def short_leaders(row: Row) -> tuple[Word, ...]:
    """The words of a row, a leader as one word of four dots."""
    if not LEADER.search(row.text):
        return row.words
    words: list[Word] = []
    for word in row.words:
        if set(word.text) <= set(_DOTS):
            if not words or words[-1].text != "....":
                words.append(replace(word, text="....", space_after=True))
            continue
        text = LEADER.sub(" .... ", word.text)
        led = text.endswith(" ")
        words.append(replace(word, text=text.strip(), space_after=word.space_after or led))
    spaced = [replace(a, space_after=a.space_after or b.text == "....") for a, b in pairwise(words)]
    return (*spaced, words[-1])
