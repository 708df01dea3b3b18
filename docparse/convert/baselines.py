"""The words of a page as runs on baselines, to be laid under its picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal

from docparse.types import BBox, Block, Page, Word, union_of

# Where the next character goes: right, down in upright characters, or turned text up or down.
Direction = Literal["right", "column", "up", "down"]

# A line whose words spread further than so many heights is slanted, and each word stands alone.
_SPREAD = 1.6


@dataclass(frozen=True, slots=True)
class Run:
    """A word and where it stands; `bbox` reaches across its line as far as the line does."""

    text: str
    bbox: BBox
    direction: Direction


def runs_of(page: Page) -> Iterator[Run]:
    """The words that the file's own text layer does not hold, in reading order."""
    for block in page.blocks:
        words = [word for word in block.words if word.is_read and word.text]
        if not words and block.source != "text-layer" and not block.words:
            words = list(_placed(block))
        if not words:
            continue
        direction = _direction(words)
        for line in _lines(words, direction):
            yield from _runs(line, direction)


def _placed(block: Block) -> Iterator[Word]:
    """Words for texts of which only the block's, the items' or the cells' boxes are known."""
    parts = [(block.text, block.bbox)]
    parts += [(item.text, item.bbox or block.bbox) for item in block.items]
    parts += (
        [(cell.text, cell.bbox or block.bbox) for cell in block.table.cells if cell.text]
        if (block.table)
        else []
    )
    for text, box in parts:
        lines = [" ".join(line.split()) for line in text.split("\n") if line.strip()]
        for number, line in enumerate(lines):
            top = box.y0 + box.height * number // len(lines)
            bottom = box.y0 + box.height * (number + 1) // len(lines)
            yield Word(line, BBox(box.x0, top, box.x1, bottom), source=block.source)


def _direction(words: Sequence[Word]) -> Direction:
    """How a block runs, by the shapes of its words and by where each next one stands."""
    upright = turned = 0
    for word in words:
        if len(word.text) > 1:
            turned += word.bbox.height > 1.5 * word.bbox.width
            upright += word.bbox.width > 1.5 * word.bbox.height
    steps = {"right": 0, "down": 0, "up": 0}
    for one, other in pairwise(words):
        (x0, y0), (x1, y1) = one.bbox.center, other.bbox.center
        if abs(x1 - x0) < max(one.bbox.width, other.bbox.width) / 2 < abs(y1 - y0):
            steps["down" if y1 > y0 else "up"] += 1
        else:
            steps["right"] += 1
    if not turned and (upright or steps["right"] >= steps["down"] + steps["up"]):
        return "right"
    if upright > turned:
        return "right"
    if any(_is_upright_script(word.text) for word in words):
        return "column"
    if not turned:  # single letters below each other
        return "column"
    return "down" if steps["down"] > steps["up"] else "up"


def _is_upright_script(text: str) -> bool:
    return any("\u2e80" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3" for char in text)


def _lines(words: Sequence[Word], direction: Direction) -> Iterator[list[Word]]:
    line: list[Word] = []
    for word in words:
        if line and not _same_line(line[-1].bbox, word.bbox, across=direction == "right"):
            yield line
            line = []
        line.append(word)
    if line:
        yield line


def _same_line(one: BBox, other: BBox, *, across: bool) -> bool:
    """Whether two boxes overlap by half of the smaller, seen along the line, and go forward."""
    if across:
        common = min(one.y1, other.y1) - max(one.y0, other.y0)
        return 2 * common >= min(one.height, other.height) and other.x0 >= one.x0
    common = min(one.x1, other.x1) - max(one.x0, other.x0)
    return 2 * common >= min(one.width, other.width)


def _runs(line: Sequence[Word], direction: Direction) -> Iterator[Run]:
    whole = union_of(word.bbox for word in line)
    across = direction == "right"
    sizes = [word.bbox.height if across else word.bbox.width for word in line]
    reach = whole.height if across else whole.width
    is_straight = reach <= _SPREAD * max(median(sizes), 1)
    for word in line:
        box = word.bbox
        if is_straight and across:
            box = BBox(box.x0, whole.y0, box.x1, whole.y1)
        elif is_straight:
            box = BBox(whole.x0, box.y0, whole.x1, box.y1)
        # the end of a line is a space already
        space = word.space_after and word is not line[-1]
        yield Run(word.text + " " * space, box, direction)
