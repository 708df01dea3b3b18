"""Drafts of a reply to blocks: boxes given to those without, repetitions cut."""

from __future__ import annotations

from collections.abc import Sequence

from docparse.omni.draft import Draft
from docparse.omni.repair import Repairs, count_repeated
from docparse.types import BBox, Block, union_of

_SENTENCE = 20


def settle(
    drafts: Sequence[Draft], page: BBox, repairs: Repairs, *, is_cut: bool
) -> tuple[Block, ...]:
    """The blocks, each with a box. `is_cut`: the reply has no end, so it may end in a loop."""
    kept = _join_boxes(drafts, repairs)
    kept = [draft for draft in kept if draft.bbox or not draft.is_empty]
    kept = _join_items(kept)
    kept = _drop_twice(kept, page, repairs)
    if is_cut:
        kept = _cut_cycle(kept, repairs)
    index_of = {id(draft): index for index, draft in enumerate(kept)}
    blocks: list[Block] = []
    for draft in kept:
        if draft.bbox is None:
            repairs.count("no-box")
        target = index_of.get(id(draft.target)) if draft.target else None
        blocks.append(draft.to_block(draft.bbox or page, target))
    return tuple(blocks)


def _join_boxes(drafts: Sequence[Draft], repairs: Repairs) -> list[Draft]:
    """An empty element with a box, then a text without one: the model split them in two."""
    kept: list[Draft] = []
    for draft in drafts:
        before = kept[-1] if kept else None
        if before and before.bbox and before.is_empty and draft.bbox is None and not draft.is_empty:
            draft.bbox = before.bbox
            if draft.kind == "paragraph":
                draft.kind, draft.level = before.kind, before.level
            repairs.count("joined")
            kept.pop()
        kept.append(draft)
    return kept


def _join_items(drafts: Sequence[Draft]) -> list[Draft]:
    kept: list[Draft] = []
    for draft in drafts:
        before = kept[-1] if kept else None
        if before and before.is_lone_item and draft.is_lone_item:
            boxes = [box for box in (before.bbox, draft.bbox) if box]
            before.bbox = union_of(boxes) if boxes else None
            before.items += draft.items
        else:
            kept.append(draft)
    return kept


def _drop_twice(drafts: Sequence[Draft], page: BBox, repairs: Repairs) -> list[Draft]:
    """Nothing is printed twice in one place; that is a model that goes round in circles.

    The box of a whole page is no place.
    """
    kept: list[Draft] = []
    seen: dict[object, Draft] = {}
    for draft in drafts:
        key = (draft.kind, draft.bbox, draft.text, draft.table, draft.items, draft.label)
        # The same box object is that of an element around both, which says little of either.
        first = seen.setdefault(key, draft)
        is_placed = draft.bbox is not None and draft.bbox != page
        if is_placed and first is not draft and first.bbox is not draft.bbox:
            repairs.count("twice")
        else:
            kept.append(draft)
    return kept


def _cut_cycle(drafts: list[Draft], repairs: Repairs) -> list[Draft]:
    """Leaves one copy of what a reply without end repeats at ever other places.

    A page may well say "0.00" or show a bird ten times over, but no sentence, and nothing beside
    the page.
    """
    length, times = count_repeated([(draft.kind, draft.text, draft.table) for draft in drafts])
    cycle, last = drafts[len(drafts) - length * times :][:length], drafts[-2 * length :]
    said = sum(len(draft.text) for draft in cycle if draft.kind != "figure")
    is_off_page = any(draft.bbox and not draft.bbox.area for draft in last)
    if not times or not (said >= _SENTENCE or (said and is_off_page)):
        return drafts
    what = "its last element" if length == 1 else f"its last {length} elements"
    repairs.say(
        "repeated-tail", f"the reply ends in a loop: {what} came {times} times; one copy was kept"
    )
    return drafts[: len(drafts) - length * (times - 1)]
