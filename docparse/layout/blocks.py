"""Drafts to blocks: text, spans, items and words in their final form."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from docparse.layout.drafts import Draft
from docparse.layout.formulas import latex_of
from docparse.layout.listings import code_text, language_of
from docparse.layout.lists import build_list
from docparse.layout.paragraphs import Margins, fixed_ends
from docparse.layout.prose import Lexicon, write
from docparse.types import Block, FormField, Kind, Link

_HEADINGS: frozenset[Kind] = frozenset({"title", "heading"})


def build_blocks(
    drafts: Sequence[Draft], *, lexicon: Lexicon, links: Sequence[Link]
) -> list[Block]:
    """One block for each draft in reading order, but one for a run of list items."""
    margins = _margins(drafts)
    blocks: list[Block] = []
    items: list[Draft] = []
    for draft in drafts:
        if items and (draft.kind != "list" or not _is_next_item(items[-1], draft)):
            blocks.append(build_list(items, lexicon=lexicon, links=links, margins=margins))
            items = []
        if draft.kind == "list":
            items.append(draft)
        else:
            blocks.append(_block(draft, lexicon, links, margins))
    if items:
        blocks.append(build_list(items, lexicon=lexicon, links=links, margins=margins))
    return blocks


def _margins(drafts: Sequence[Draft]) -> Margins:
    flowing = [d for d in drafts if d.kind in ("paragraph", "list", "footnote")]
    return Margins(row for draft in flowing for row in draft.rows)


def _is_next_item(last: Draft, draft: Draft) -> bool:
    """Whether an item stands below the one before, not at the top of another column."""
    if last.flow != draft.flow:
        return False
    return draft.rows[0].box.y0 > last.rows[0].box.y0 - 0.5 * draft.size


def _block(draft: Draft, lexicon: Lexicon, links: Sequence[Link], margins: Margins) -> Block:
    words = tuple(word for row in draft.rows for word in row.words)
    confidence = round(draft.confidence, 3)
    if draft.kind == "table":
        return Block("table", draft.bbox, table=draft.table, words=words, confidence=confidence)
    if draft.kind == "figure":
        text = "\n".join(row.text for row in draft.rows)
        return Block("figure", draft.bbox, text, words=words, confidence=confidence)
    if draft.kind == "formula":
        latex = latex_of(draft.rows)
        return Block("formula", draft.bbox, latex, words=words, confidence=confidence)
    if draft.kind == "code":
        text = code_text(draft.rows)
        return Block(
            "code", draft.bbox, text, words=words, label=language_of(text), confidence=confidence
        )
    prose = write(
        draft.rows,
        lexicon=lexicon,
        links=links,
        heading=draft.kind in _HEADINGS,
        breaks=_breaks(draft, margins),
    )
    return Block(
        draft.kind,
        draft.bbox,
        prose.text,
        level=1 if draft.kind == "heading" else 0,
        spans=prose.spans,
        words=words,
        confidence=confidence,
    )


def _breaks(draft: Draft, margins: Margins) -> Collection[int]:
    """The rows after which a line break is meant."""
    if draft.kind in ("page-header", "page-footer"):
        return range(len(draft.rows))
    if draft.kind not in ("paragraph", "footnote"):
        return ()
    return fixed_ends(draft.rows, margins.of(draft.rows))


def field_blocks(fields: Iterable[FormField]) -> list[Block]:
    """A form-field block for each field of the form."""
    return [
        Block("form-field", field.bbox, field.value, label=field.name)
        for field in fields
        if field.bbox.area
    ]
