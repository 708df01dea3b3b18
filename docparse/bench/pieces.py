"""Pieces of born-digital pages as pictures, with the blocks that the pages' text layers make."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

from docparse.bench.ours import WITHOUT_OCR
from docparse.bench.read_sets import SEED, born_digital
from docparse.layout.turning import turn_block
from docparse.types import BBox, Block, Kind, Page, union_of

if TYPE_CHECKING:
    import PIL.Image

DPI = 144
LEAST_LINES, MOST_LINES = 2, 24
# Blocks of a piece, and pieces of a page.
MOST_BLOCKS, MOST_OF_PAGE = 8, 2
# Pixels: the least white between pieces, and how much of it is left beside one.
LEAST_WHITE, BESIDE = 4, (6, 30)
LEAST_WIDTH, LEAST_HEIGHT, MOST_ASPECT = 120, 30, 1.4
# What a text layer says nothing about, or what only its place on a whole page makes what it is.
_LEFT_OUT: frozenset[Kind] = frozenset(
    {"figure", "chart", "formula", "form-field", "code", "page-header", "page-footer"}
)


def find_pieces(folder: Path, count: int) -> Iterator[tuple[PIL.Image.Image, Page]]:
    """So many at most, half of them Japanese, the same each time."""
    rng, found = random.Random(SEED), Counter[str]()
    for pdf, number, languages in born_digital(folder, count):
        for piece in _pieces_of(pdf, number, rng):
            if found[languages] < count // 2:
                found[languages] += 1
                yield piece
        if found.total() >= 2 * (count // 2):
            return


def _pieces_of(
    pdf: Path, number: int, rng: random.Random
) -> Iterator[tuple[PIL.Image.Image, Page]]:
    from docparse.pages.native import render
    from docparse.pages.open import open_source
    from docparse.pipeline import parse

    (page,) = parse(pdf, replace(WITHOUT_OCR, dpi=DPI, pages=str(number))).pages
    with open_source(pdf, name=pdf.name, password="", dpi=DPI) as source:
        page_input = source.page(number)
        picture = render(page_input).convert("L")
        lines = [line.bbox for line in page_input.lines]
    cuts = list(_cuts(page.blocks, lines))
    rng.shuffle(cuts)
    taken: list[BBox] = []
    for blocks, box in cuts:
        if len(taken) < MOST_OF_PAGE and not any(box.y0 < t.y1 and t.y0 < box.y1 for t in taken):
            taken.append(box)
            left, right = (rng.randint(*BESIDE) for _ in range(2))
            shown = BBox(box.x0 - left, box.y0, box.x1 + right, box.y1)
            shown = shown.clip(page.width, page.height)
            back = partial(BBox.moved, right=-shown.x0, down=-shown.y0)
            piece = tuple(turn_block(block, back) for block in blocks)
            yield (
                picture.crop((shown.x0, shown.y0, shown.x1, shown.y1)),
                Page(1, shown.width, shown.height, page.dpi, blocks=piece),
            )


def _cuts(blocks: Sequence[Block], lines: Sequence[BBox]) -> Iterator[tuple[list[Block], BBox]]:
    """Blocks that have white above and below them all across the page, and their part of it."""
    ordered = sorted(blocks, key=lambda block: block.bbox.y0)
    begins, end = [max(0, ordered[0].bbox.y0 - BESIDE[0])] if ordered else [], 0
    for block in ordered:
        if end and block.bbox.y0 - end >= LEAST_WHITE:
            begins.append((end + block.bbox.y0) // 2)
        end = max(end, block.bbox.y1)
    begins.append(end + BESIDE[0])
    for top, bottom in combinations(begins, 2):
        inside = [b for b in blocks if top <= b.bbox.y0 and b.bbox.y1 <= bottom]
        if not 0 < len(inside) <= MOST_BLOCKS:
            continue
        around = union_of(block.bbox for block in inside)
        box = BBox(around.x0, top, around.x1, bottom)
        num_lines = sum(top <= line.y0 and line.y1 <= bottom for line in lines)
        if (
            LEAST_LINES <= num_lines <= MOST_LINES
            and not any(block.kind in _LEFT_OUT for block in inside)
            and box.width >= LEAST_WIDTH
            and LEAST_HEIGHT <= box.height <= MOST_ASPECT * box.width
        ):
            yield inside, box
