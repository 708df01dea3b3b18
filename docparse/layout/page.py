"""One page laid out: its blocks in reading order, with kinds, boxes, text and words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from docparse.layout.blocks import build_blocks, field_blocks
from docparse.layout.captions import find_captions, tie_captions, with_captions
from docparse.layout.drafts import Draft, body_size, draft_page
from docparse.layout.flows import Canvas, main_flow
from docparse.layout.fragments import join_fragments, join_level
from docparse.layout.kinds import settle_kinds
from docparse.layout.listings import find_listings
from docparse.layout.margins import keep_said_once, settle_margins
from docparse.layout.order import reading_order
from docparse.layout.prose import read_lexicon
from docparse.layout.regions import look
from docparse.layout.turning import angle_of, turn_block, turner, upright
from docparse.pages.page import PageInput
from docparse.types import BBox, Block, Note, Page, union_of

_TO_READ = (
    "the page has no text layer that can be trusted, and its lines are not read:"
    " leave out --reader off, or name a --model"
)


def lay_out(page: PageInput) -> Page:
    """The page with its blocks; heading levels and what spans pages are `document.finish`'s.

    A page whose text cannot be taken from the file gets a Note `needs-reading` and no text.
    """
    done = Page(page.number, page.width, page.height, page.dpi, page.rotation, notes=page.notes)
    if page.layer in ("none", "rejected"):
        done = replace(done, notes=(*done.notes, Note("needs-reading", _TO_READ)))
    if page.layer != "good":
        blocks = field_blocks(page.fields)
    elif angle := angle_of(page.lines):
        with upright(page, angle) as turned:
            back = turner(turned.width, turned.height, 360 - angle)
            blocks = [turn_block(block, back) for block in _blocks(turned)]
    else:
        blocks = _blocks(page)
    clipped = (replace(b, bbox=b.bbox.clip(page.width, page.height)) for b in blocks)
    return replace(done, blocks=tuple(clipped))


def _blocks(page: PageInput) -> list[Block]:
    """The blocks of an upright page with text, in reading order."""
    drafts = join_level(draft_page(page, look(page)), width=page.width, height=page.height)
    drafts = find_captions(find_listings(settle_margins(drafts, height=page.height)))
    drafts = join_fragments(keep_said_once(in_order(drafts, page)))
    drafts = settle_kinds(drafts, height=page.height)
    blocks = build_blocks(drafts, lexicon=read_lexicon(page.lines), links=page.links)
    return tie_captions(put_beside(blocks, field_blocks(page.fields)))


def in_order(drafts: Sequence[Draft], page: PageInput) -> list[Draft]:
    """The drafts in reading order: headers, the body, footnotes, footers."""
    canvas = Canvas(page.width, page.height, main_flow(page.lines))
    em = body_size(drafts)
    ordered: list[Draft] = []
    for kinds in (("page-header",), (), ("footnote",), ("page-footer",)):
        others = ("page-header", "footnote", "page-footer")
        part = [d for d in drafts if (d.kind in kinds if kinds else d.kind not in others)]
        ordered += _ordered(part, canvas, em)
    return ordered


def _ordered(drafts: Sequence[Draft], canvas: Canvas, em: float) -> Iterator[Draft]:
    """The drafts of one part of the page, figures and tables together with their captions."""
    groups = with_captions(drafts)
    boxes = [canvas.place(union_of(d.bbox for d in group)) for group in groups]
    # Only loose text can be labels and values side by side; items and tables stand in columns.
    num_rows = [len(g[0].rows) if g[0].kind in ("paragraph", "heading") else 9 for g in groups]
    for index in reading_order(boxes, em=em, num_rows=num_rows):
        group = groups[index]
        places = [canvas.place(draft.bbox) for draft in group]
        yield from (group[i] for i in reading_order(places, em=em))


def put_beside(blocks: Sequence[Block], others: Sequence[Block]) -> list[Block]:
    """The blocks with form fields or seals after the block that each stands beside or below."""
    placed = list(blocks)
    for field in others:
        place = 0
        best = float("inf")
        for index, block in enumerate(placed):
            distance = _above_or_before(block.bbox, field.bbox)
            if distance <= best:
                place, best = index + 1, distance
        placed.insert(place, field)
    return placed


def _above_or_before(box: BBox, field: BBox) -> float:
    """How far a box is from a field that follows it; infinite if it does not."""
    if box.y0 > field.center[1]:
        return float("inf")
    dx = max(0, box.x0 - field.x1, field.x0 - box.x1)
    dy = max(0, field.y0 - box.y1)
    return dx + 2 * dy
