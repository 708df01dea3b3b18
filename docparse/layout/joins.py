"""What goes on after a column or a page: paragraphs, lists and tables that continue."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from docparse.convert.joints import goes_on_sideways
from docparse.layout.captions import label_of
from docparse.layout.markers import parse_marker
from docparse.layout.rows import size_of
from docparse.types import Block, Kind, ListItem, Page, Word

_SENTENCE_END = re.compile(r"[.。．!?！？:：;；…]['\"”’)）」』\]]*\Z")
_OPEN_END = re.compile(r"[,、，\-\u2010\u00ad(（]\Z")
# What may stand between two parts of a text without breaking it.
_FLOATS: frozenset[Kind] = frozenset(
    {"figure", "chart", "table", "caption", "footnote", "page-header", "page-footer", "form-field"}
)
# Tables of one width to this share of the page's width are parts of one.
SAME_WIDTH = 0.03


def find_joins(pages: Sequence[Page]) -> list[Page]:
    """The pages with `continues` set where a text, a list or a table goes on."""
    changes: dict[tuple[int, int], Block] = {}
    body = [
        (number, index, block)
        for number, page in enumerate(pages)
        for index, block in enumerate(page.blocks)
        if block.kind not in _FLOATS
    ]
    for (number, _, last), (following, index, block) in pairwise(body):
        if following - number > 1 or not _is_apart(last, block, same_page=following == number):
            continue
        joined = _continued(last, block)
        if joined is not None:
            changes[following, index] = joined
    for number, (page, following_page) in enumerate(pairwise(pages)):
        place = _continued_table(page, following_page)
        if place is not None:
            table = following_page.blocks[place]
            changes[number + 1, place] = replace(table, continues=True)
    return _changed(pages, changes)


def _changed(pages: Sequence[Page], changes: dict[tuple[int, int], Block]) -> list[Page]:
    by_page: dict[int, list[tuple[int, Block]]] = {}
    for (number, index), block in changes.items():
        by_page.setdefault(number, []).append((index, block))
    changed = list(pages)
    for number, found in by_page.items():
        blocks = list(pages[number].blocks)
        for index, block in found:
            blocks[index] = block
        changed[number] = replace(pages[number], blocks=tuple(blocks))
    return changed


def _is_apart(last: Block, block: Block, *, same_page: bool) -> bool:
    """Whether a page or a column ends between two blocks: the next is up and aside of the last."""
    if not same_page:
        return True
    a, b = last.bbox, block.bbox
    if last.words and last.words[-1].bbox.height > 2 * last.words[-1].bbox.width:
        return b.x1 > a.x0 and b.y0 >= a.y1
    return b.y0 < a.y1 - 2 and (b.x0 >= a.x1 or b.x1 <= a.x0)


def _continued(last: Block, block: Block) -> Block | None:
    """The second block as what goes on with the first, or None if it does not."""
    if not last.words or not block.words:
        return None
    if abs(size_of(last.words[-40:]) - size_of(block.words[:40])) > 0.08 * size_of(
        last.words[-40:]
    ):
        return None
    if last.kind == block.kind == "paragraph":
        return replace(block, continues=True) if _text_goes_on(last, last.text, block) else None
    if last.kind == "list" and block.kind == "list":
        return replace(block, continues=True) if _list_goes_on(last, block) else None
    is_rest = last.kind == "list" and block.kind == "paragraph" and block.text[:1].islower()
    if is_rest and _text_goes_on(last, last.items[-1].text, block):
        item = ListItem(block.text, block.bbox, last.items[-1].level, spans=block.spans)
        return replace(block, kind="list", text="", spans=(), items=(item,), continues=True)
    return None


def _text_goes_on(last: Block, text: str, block: Block) -> bool:
    """Whether a text stops in the middle of a sentence, at the end of its line, and goes on."""
    head = block.text.lstrip('(（「『"“')
    if not text or not head or _SENTENCE_END.search(text) or parse_marker(block.text):
        return False
    first = block.words[0].style
    if first is not None and first.script == "super":  # the mark of an address or a note
        return False
    if head[0].islower() or _OPEN_END.search(text):
        return True
    return _is_full(last.words, last) and not _is_indented(block)


def _is_full(words: Sequence[Word], block: Block) -> bool:
    """Whether the last line of a text of several lines reaches to the end of its block."""
    last = words[-1].bbox
    em = max(1.0, size_of(words[-10:]))
    if block.bbox.height > block.bbox.width and last.height > 2 * last.width:
        return last.y1 > block.bbox.y1 - 1.5 * em and block.bbox.width > 1.5 * em
    return last.x1 > block.bbox.x1 - 1.5 * em and block.bbox.height > 2.5 * em


def _is_indented(block: Block) -> bool:
    first = block.words[0].bbox
    em = max(1.0, size_of(block.words[:10]))
    if first.height > 2 * first.width:
        return first.y0 > block.bbox.y0 + 0.6 * em
    return first.x0 > block.bbox.x0 + 0.6 * em


def _list_goes_on(last: Block, block: Block) -> bool:
    first = block.items[0]
    if not first.marker:
        return not _SENTENCE_END.search(last.items[-1].text) or first.text[:1].islower()
    mark = parse_marker(first.marker + " x")
    if mark is None:
        return False
    for item in reversed(last.items):
        before = parse_marker(item.marker + " x") if item.marker else None
        if before is not None and before.style == mark.style:
            return mark.number == before.number + 1 or not mark.ordered
    return False


def _continued_table(page: Page, following: Page) -> int | None:
    """The index of the table that goes on with the last one of the page before, if one does.

    The first is the last thing on its page, the second the first on its own; both have as many
    columns and stand at the same place, or the second has more columns for the rows of the first.
    A caption with a number begins a new table.
    """
    ends = [b for b in page.blocks if b.kind not in ("page-header", "page-footer", "footnote")]
    first = next(
        (
            (i, b)
            for i, b in enumerate(following.blocks)
            if b.kind not in ("page-header", "page-footer", "form-field")
        ),
        None,
    )
    if not ends or first is None:
        return None
    last = ends[-1]
    index, block = first
    if block.kind == "caption":
        continued = re.search(r"cont(?:inued|\.|['’]d)|続き?|（続）", block.text, re.IGNORECASE)
        if label_of(block.text) and not continued:
            return None
        index = next((i for i, b in enumerate(following.blocks) if b.kind == "table"), index)
        block = following.blocks[index]
    if not (last.table and block.table):
        return None
    if goes_on_sideways(last.table, block.table):
        return index
    if last.table.num_cols != block.table.num_cols:
        return None
    near = SAME_WIDTH * page.width
    same_place = (
        abs(last.bbox.x0 - block.bbox.x0) < near and abs(last.bbox.x1 - block.bbox.x1) < near
    )
    return index if same_place else None
