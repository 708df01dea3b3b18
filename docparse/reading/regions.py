"""What was left out of a reply, asked for again, put in at its place on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from docparse.evidence.align import UNPRINTED, align
from docparse.evidence.missed import Region, place_among
from docparse.reading.settling import Settled, Told, quote
from docparse.types import BBox, Block, Line

# The largest are asked for again; more of them are another page.
MOST_REGIONS = 4
# So much around what was found, in inches: letters at the edge of a picture are misread.
AROUND = 0.08
# Of what the reply to a region says, so many letters must be what seems to stand there.
LEAST_AGREED = 0.5


def to_ask(settled: Settled) -> tuple[Region, ...]:
    """The regions of a page that are worth another request."""
    largest = sorted(settled.missed, key=lambda region: -region.bbox.area)[:MOST_REGIONS]
    return tuple(region for region in settled.missed if region in largest)


def around(region: Region, *, width: int, height: int, dpi: float) -> BBox:
    """What is cut out of the page for a region."""
    box, pad = region.bbox, round(AROUND * dpi)
    return BBox(box.x0 - pad, box.y0 - pad, box.x1 + pad, box.y1 + pad).clip(width, height)


def put_in(settled: Settled, replies: Sequence[Told], lines: Sequence[Line]) -> Settled:
    """The page with what the replies to its regions say, where that is what stands there.

    `replies`: as many as `to_ask` gives, in its order, their blocks in pixels of the page.
    """
    page = settled.page
    for region, told in zip(to_ask(settled), replies, strict=True):
        blocks = _supported(settled, region, told, lines)
        if not blocks:
            continue
        place = place_among(page, region.bbox)
        at = len(page.blocks) if place is None else place
        moved = (_moved(block, at, len(blocks)) for block in page.blocks)
        kept = list(moved)
        notes = tuple(
            replace(note, message=f"left out at first, asked for again and put in: {quote(region)}")
            if note.code == "missed-region" and note.bbox == region.bbox
            else note
            for note in page.notes
        )
        page = replace(page, blocks=(*kept[:at], *blocks, *kept[at:]), notes=notes)
    return replace(settled, page=page)


def _moved(block: Block, at: int, count: int) -> Block:
    """A block whose target goes by its index, after others were put in before that."""
    if block.target is None or block.target < at:
        return block
    return replace(block, target=block.target + count)


def _supported(
    settled: Settled, region: Region, told: Told, lines: Sequence[Line]
) -> tuple[Block, ...]:
    """The blocks of a reply to a region, with their words, if they are what stands there."""
    inside = [line for line in lines if line.bbox.overlap(region.bbox) > 0.5]
    size = settled.page.width, settled.page.height
    blocks = tuple(block for block in told.page.blocks if block.kind not in UNPRINTED)
    part = replace(told.page, width=size[0], height=size[1], blocks=blocks, notes=())
    aligned = align(part, inside)
    weight = sum(token.weight for token in aligned.matching.tokens)
    agreed = sum(
        token.weight
        for token, hit in zip(aligned.matching.tokens, aligned.matching.hits, strict=True)
        if hit is not None and hit.agreement >= LEAST_AGREED
    )
    return aligned.page.blocks if weight and agreed >= LEAST_AGREED * weight else ()
