"""Captions: which texts are one, and which figure or table each describes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from docparse.layout.drafts import Draft
from docparse.types import BBox, Block, Kind, union_of

_FIGURE = (
    r"fig(?:ure|s|\.)?|abb(?:ildung|\.)?|abbildung|figura|illustration|photo|plate|chart|graph|"
    r"scheme|map|diagram(?:me)?|экран|рис(?:\.|унок)|그림|图表?|図表?|圖|写真"
)
_TABLE = r"tab(?:le|elle|\.|leau)?|tabla|tabela|табл(?:\.|ица)|표|表"
_LISTING = r"listing|algorithm|code|program|リスト"
_NUMBER = (
    r"[\s　]*[-‐–.]?[\s　]*(?:[A-Z]{1,2}[-.]?)?[0-9０-９]+(?:[-‐–.．][0-9０-９]+)*(?:[a-z]\b)?"
)
_LABEL = re.compile(
    rf"[\[(（【〈<]?\s*(?:(?P<figure>{_FIGURE})|(?P<table>{_TABLE})|(?P<listing>{_LISTING}))"
    rf"{_NUMBER}[\])）】〉>]?(?P<rest>[\s　]*[:.．：|–—-]?)",
    re.IGNORECASE,
)
# No further than this from what it describes, in font sizes.
REACH = 4.0
_TARGETS: frozenset[Kind] = frozenset({"figure", "chart", "table", "code"})


def label_of(text: str) -> Literal["figure", "table", "listing", ""]:
    """What a text that begins like a caption ("Table 2.", "図1") is the caption of."""
    match = _LABEL.match(text[:60])
    if not match:
        return ""
    if match["figure"]:
        return "figure"
    return "table" if match["table"] else "listing"


def is_bare_label(text: str) -> bool:
    """Whether a text is a caption's label and nothing else: "Table 2"."""
    match = _LABEL.fullmatch(text.strip()[:60])
    return match is not None and len(text.strip()) < 30


def reads_like_caption(text: str) -> bool:
    """Whether a text begins with a label that a sentence about the figure would not have.

    "Figure 3: ..." and "Figure 3 Growth" are captions, "Figure 3 shows" is not.
    """
    match = _LABEL.match(text[:60])
    if not match:
        return False
    if match["rest"].strip() or match.end() == len(text):
        return True
    rest = text[match.end() :].lstrip()
    ideographic = rest[:1] > "\u2e80" and rest[:1] not in "のはにをでとがも、"
    return rest[:1].isupper() or ideographic


def find_captions(drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts of a page, those near a figure or table that read like captions with that kind.

    A label on a line of its own is joined with the text right below it. One paragraph of notes may
    stand between a caption and what is below it.
    """
    targets = [d.bbox for d in drafts if d.kind in _TARGETS]
    found = [_as_caption(draft, drafts, targets) for draft in drafts]
    for label in [d for d in found if d.kind == "caption" and is_bare_label(d.text)]:
        rest = next((d for d in found if _is_rest(label, d)), None)
        if rest is not None:
            rows = (*label.rows, *rest.rows)
            found.remove(rest)
            found[found.index(label)] = replace(label, rows=rows, bbox=label.bbox.union(rest.bbox))
    return found


def _as_caption(draft: Draft, drafts: Sequence[Draft], targets: Sequence[BBox]) -> Draft:
    if draft.kind not in ("paragraph", "heading", "list", "footnote") or len(draft.rows) > 12:
        return draft
    if not reads_like_caption(draft.text):
        return draft
    reach = REACH * max(draft.size, 1.0)
    is_near = any(_distance(draft.bbox, box) <= reach for box in targets)
    if not is_near and (notes := _notes_below(draft, drafts)):
        below = (box for box in targets if box.y0 >= notes.center[1])
        is_near = any(_distance(notes, box) <= reach for box in below)
    return replace(draft, kind="caption") if is_near else draft


def _notes_below(draft: Draft, drafts: Sequence[Draft]) -> BBox | None:
    """The paragraph right below a label with a text of its own, as over the figures of papers."""
    if is_bare_label(draft.text):
        return None
    below = (d for d in drafts if d.kind == "paragraph" and _is_right_below(draft, d))
    return next((d.bbox for d in below if len(d.rows) <= 12), None)


def _is_rest(label: Draft, draft: Draft) -> bool:
    """Whether a draft stands right below a bare label and goes on with it."""
    if draft.kind not in ("paragraph", "caption", "heading"):
        return False
    return len(draft.rows) <= 4 and _is_right_below(label, draft)


def _is_right_below(upper: Draft, lower: Draft) -> bool:
    if lower is upper or lower.flow != upper.flow or not (upper.rows and lower.rows):
        return False
    a, b = upper.rows[-1].box, lower.rows[0].box
    beside = min(a.x1, b.x1) - max(a.x0, b.x0)
    return -0.5 * upper.size < b.y0 - a.y1 < 1.2 * upper.size and beside > 0


def with_captions(drafts: Sequence[Draft]) -> list[list[Draft]]:
    """The drafts, each figure or table in a group with its captions, others alone.

    A group is read in one go: a caption over the width of a column belongs to its wide table, not
    to the column above it. Where something else stands between them they stay apart.
    """
    groups = {id(d): [d] for d in drafts}
    for caption in (d for d in drafts if d.kind == "caption"):
        target = _nearest(caption, [d for d in drafts if d.kind in _TARGETS])
        if target is None:
            continue
        whole = union_of(d.bbox for d in (*groups[id(target)], caption))
        others = (d for d in drafts if d is not caption and d not in groups[id(target)])
        if not any(other.bbox.overlap(whole) > 0.2 for other in others):
            groups[id(target)].append(caption)
            del groups[id(caption)]
    return list(groups.values())


def _nearest(caption: Draft, targets: Sequence[Draft]) -> Draft | None:
    size, label = max(caption.size, 1.0), label_of(caption.text)
    near = [t for t in targets if _distance(caption.bbox, t.bbox) <= 2 * REACH * size]
    return min(near, key=lambda t: _cost(caption.bbox, t, label, size), default=None)


def tie_captions(blocks: Sequence[Block]) -> list[Block]:
    """The blocks, each caption with the index of what it describes, if that is near.

    A table's caption is looked for below the caption first, a figure's above it; one whose label
    says nothing goes with the nearest. Each figure or table gets the captions nearest to it.
    """
    tied = list(blocks)
    targets = [(i, b) for i, b in enumerate(blocks) if b.kind in _TARGETS]
    for i, block in enumerate(blocks):
        if block.kind != "caption":
            continue
        size = _size(block)
        label = label_of(block.text)
        ranked = sorted(
            (_cost(block.bbox, target, label, size), j)
            for j, target in targets
            if _distance(block.bbox, target.bbox) <= 2 * REACH * size
        )
        if ranked:
            tied[i] = replace(block, target=ranked[0][1])
    return tied


def _cost(caption: BBox, target: Block | Draft, label: str, size: float) -> float:
    """How far a caption is from a target, with a charge for an unusual side or kind."""
    cost = _distance(caption, target.bbox)
    if label in ("table", "figure"):
        is_above = caption.center[1] < target.bbox.center[1]
        cost += 6 * size * ((target.kind == "table") != (label == "table"))
        if not _lies_on_its_side(caption):
            cost += 2 * size * (is_above != (label == "table"))
    return cost


def _distance(caption: BBox, other: BBox) -> float:
    """How far a box is from a caption, in pixels; distance along its lines counts double."""
    dx = max(0, caption.x0 - other.x1, other.x0 - caption.x1)
    dy = max(0, caption.y0 - other.y1, other.y0 - caption.y1)
    return dx + 2 * dy if _lies_on_its_side(caption) else 2 * dx + dy


def _lies_on_its_side(caption: BBox) -> bool:
    return caption.height > 2 * caption.width


def _size(block: Block) -> float:
    sizes = sorted(word.style.size for word in block.words if word.style)
    return sizes[len(sizes) // 2] if sizes else max(1.0, 0.8 * block.bbox.height)
