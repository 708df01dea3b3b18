"""Parts of one block that the layout model has parted, as one draft again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from docparse.layout.drafts import Draft, draft_of
from docparse.layout.flows import Canvas
from docparse.layout.markers import parse_marker
from docparse.layout.paragraphs import Margins, ends_early, is_rule
from docparse.layout.prose import is_unspaced
from docparse.layout.rows import Row, join_pieces
from docparse.types import Kind

_SENTENCE_END = re.compile(r"[.。．!?！？;；][\'\"”’)）」]*\Z")
# A text in a script without spaces is over, as a sentence or as a whole.
_CLOSING = "。．！？；：」』）"
# Pieces of one line are no further apart than this, in font sizes; gutters are wider.
REACH = 0.9
_TEXT: frozenset[Kind] = frozenset(
    {"paragraph", "heading", "title", "list", "footnote", "caption", "page-header", "page-footer"}
)
# Pages of more drafts are maps, where nothing is gained and much time lost.
MOST = 600


def join_level(drafts: Sequence[Draft], *, width: int, height: int) -> list[Draft]:
    """The drafts of a page in any order, those that hold parts of the same lines as one.

    Two drafts are one if most rows of the smaller stand right beside a row of the other, or
    within its box. The larger gives the kind.
    """
    if len(drafts) > MOST:
        return list(drafts)
    joined: list[Draft] = []
    for draft in drafts:
        while (other := _partner(draft, joined)) is not None:
            joined.remove(other)
            draft = _merge(draft, other, width=width, height=height)
        joined.append(draft)
    return joined


def _partner(draft: Draft, others: Sequence[Draft]) -> Draft | None:
    if draft.kind not in _TEXT:
        return None
    for other in others:
        if other.kind in _TEXT and other.flow == draft.flow and _shares_lines(draft, other):
            return other
    return None


def _shares_lines(a: Draft, b: Draft) -> bool:
    near = REACH * max(a.rows[0].size, b.rows[0].size)
    if a.bbox.x0 - near > b.bbox.x1 or b.bbox.x0 - near > a.bbox.x1:
        return False
    if a.bbox.y0 > b.bbox.y1 or b.bbox.y0 > a.bbox.y1:
        return False
    few, many = sorted((a, b), key=lambda draft: len(draft.rows))
    level = sum(any(_is_beside(row, other) for other in many.rows) for row in few.rows)
    return level > 0.5 * len(few.rows)


def _is_beside(row: Row, other: Row) -> bool:
    height = min(row.box.y1, other.box.y1) - max(row.box.y0, other.box.y0)
    if height < 0.6 * min(row.box.height, other.box.height):
        return False
    gap = max(row.box.x0, other.box.x0) - min(row.box.x1, other.box.x1)
    size = min(row.size, other.size)
    return -0.5 * size < gap < REACH * size and max(row.size, other.size) < 1.3 * max(size, 1.0)


def _merge(a: Draft, b: Draft, *, width: int, height: int) -> Draft:
    large, small = (a, b) if len(a.text) >= len(b.text) else (b, a)
    rows = join_pieces([*large.rows, *small.rows], Canvas(width, height, large.flow))
    return draft_of(large.kind, rows, large.flow, min(a.confidence, b.confidence))


def join_fragments(drafts: Sequence[Draft]) -> list[Draft]:
    """Drafts in reading order, parts of one paragraph, heading or listing as one.

    Parts of a paragraph: one stops in the middle of a sentence at the end of the line, and the
    next, right below in the same size, goes on in lower case, or in a script without spaces where
    the last line begins. Parts of a heading or a listing: the next stands right below and is set
    alike.
    """
    flowing = [d for d in drafts if d.kind in ("paragraph", "heading", "list")]
    margins = Margins(row for draft in flowing for row in draft.rows)
    joined: list[Draft] = []
    for draft in drafts:
        if joined and _goes_on(joined[-1], draft, margins):
            last = joined[-1]
            joined[-1] = replace(
                last,
                rows=(*last.rows, *draft.rows),
                bbox=last.bbox.union(draft.bbox),
                confidence=min(last.confidence, draft.confidence),
            )
        else:
            joined.append(draft)
    return joined


def _goes_on(last: Draft, draft: Draft, margins: Margins) -> bool:
    if last.flow != draft.flow or not last.rows or not draft.rows:
        return False
    end, begin = last.rows[-1], draft.rows[0]
    if min(begin.box.x1, end.box.x1) <= max(begin.box.x0, end.box.x0):
        return False
    if last.kind == draft.kind == "code":
        return -end.size < begin.box.y0 - end.box.y1 < 3 * end.size
    if last.kind in ("heading", "title") and draft.kind in ("heading", "title"):
        return _is_heading_part(last, draft, right=margins.of(last.rows))
    if (last.kind, draft.kind) in (("paragraph", "paragraph"), ("list", "paragraph")):
        return _is_fragment(last, draft) or _is_unspaced_fragment(last, draft, margins)
    if last.kind == draft.kind == "list":
        return _is_unspaced_fragment(last, draft, margins)
    return False


def _is_heading_part(last: Draft, draft: Draft, *, right: int) -> bool:
    """Whether a heading goes on on the next line: alike, close, and centred, flush or hanging."""
    end, begin = last.rows[-1], draft.rows[0]
    size = max(end.size, begin.size, 1.0)
    if abs(end.size - begin.size) > 0.03 * size or len(last.rows) + len(draft.rows) > 4:
        return False
    if parse_marker(draft.text) or _SENTENCE_END.search(last.text):
        return False
    step = begin.box.y0 - end.box.y0
    if is_bold(last) != is_bold(draft) or not 0 < step < 2.4 * size:
        return False
    if begin.text[0].islower():
        return True
    if step >= 2.0 * size:
        return False
    middles = begin.box.x0 + begin.box.x1 - end.box.x0 - end.box.x1
    if abs(begin.box.x0 - end.box.x0) > 0.8 * size and abs(middles) < 1.2 * size:
        return True
    # Flush or hanging: then the first line has to be full.
    is_below = -0.3 * size < begin.box.x0 - end.box.x0 < 4 * size
    return is_below and not ends_early(end, begin, right=right)


def _is_fragment(last: Draft, draft: Draft) -> bool:
    end, begin = last.rows[-1], draft.rows[0]
    size = max(end.size, begin.size, 1.0)
    if abs(end.size - begin.size) > 0.1 * size or not begin.text[0].islower():
        return False
    if is_rule(end.text):
        return False
    if not 0 < begin.box.y0 - end.box.y0 < 1.9 * size or _SENTENCE_END.search(end.text):
        return False
    right = max(row.box.x1 for row in (*last.rows, *draft.rows))
    return end.box.x1 > right - 4 * size


def _is_unspaced_fragment(last: Draft, draft: Draft, margins: Margins) -> bool:
    """As `_is_fragment`, in a script that has neither lower case nor spaces."""
    if len(last.rows) < 2:
        return False
    end, begin = last.rows[-1], draft.rows[0]
    size = max(end.size, begin.size, 1.0)
    if not is_unspaced(end.text[-1]) or end.text[-1] in _CLOSING or parse_marker(begin.text):
        return False
    if abs(end.size - begin.size) > 0.1 * size or abs(end.box.x0 - begin.box.x0) > 0.6 * size:
        return False
    if not 0 < begin.box.y0 - end.box.y0 < 1.9 * size or is_bold(last) != is_bold(draft):
        return False
    right = max(margins.of(last.rows), *(row.box.x1 for row in draft.rows))
    return not ends_early(end, begin, right=right)


def is_bold(draft: Draft) -> bool:
    """Whether all words of a draft are bold."""
    return all(w.style is not None and w.style.bold for row in draft.rows for w in row.words)
