"""Pages with Notes on the words that somebody should look at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from docparse.types import Block, Note, Page, union_of

# A Note names so many words of a block; all of them are in its box.
MOST_NAMED = 12


def with_doubts(page: Page, below: float) -> Page:
    """The page with a Note `doubtful` for each block with words less sure than `below`, 0 to 1.

    The Note's box is around those words. A block without words counts as a whole.
    """
    if not below:
        return page
    notes = tuple(note for block in page.blocks for note in _doubts(block, below))
    return replace(page, notes=(*page.notes, *notes))


def _doubts(block: Block, below: float) -> Iterator[Note]:
    unsure = [word for word in block.words if word.confidence < below]
    if unsure:
        named = ", ".join(f"{w.text!r} {w.confidence:.2f}" for w in unsure[:MOST_NAMED])
        more = f" and {len(unsure) - MOST_NAMED} more" if len(unsure) > MOST_NAMED else ""
        box = union_of(word.bbox for word in unsure)
        yield Note("doubtful", f"less than {below:g} sure: {named}{more}", box)
    elif not block.words and block.source != "text-layer" and block.confidence < below:
        what = f"this {block.kind} is {block.confidence:.2f} sure, less than {below:g}"
        yield Note("doubtful", what, block.bbox)
