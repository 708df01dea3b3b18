"""A page as its reply tells it to one that was checked against what the page itself shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from docparse.evidence.align import align, share_said
from docparse.evidence.checks import Region, missed, unsupported
from docparse.types import BBox, Line, Note, Page

if TYPE_CHECKING:
    from docparse.pages.page import PageInput
    from docparse.profiles import Profile

# Of the words of a good text layer, so many must be in a reply, or it is about something else.
LEAST_SHARE = 0.1
UNLIKE = Note("unlike-layer", "next to nothing of the page's own text is in the reply")
_PREVIEW = 80


@dataclass(frozen=True, slots=True)
class Settled:
    """A page with words, boxes and Notes on doubts. `missed`: regions that its reply left out."""

    page: Page
    missed: tuple[Region, ...] = ()


def settle(page: Page, source: PageInput, lines: Sequence[Line], profile: Profile) -> Settled:
    """The page beside its lines: those of its text layer, or as they were read from its pixels."""
    if not lines:
        return Settled(page)
    is_read = all(word.is_read for line in lines for word in line.words)
    aligned = align(page, lines)
    page = aligned.page
    if page.blocks and source.layer == "good" and share_said(page, lines) < LEAST_SHARE:
        return Settled(replace(page, notes=(*page.notes, UNLIKE)))
    whole = BBox(0, 0, page.width, page.height)
    notes = page.notes
    if page.blocks and all(block.bbox != whole for block in page.blocks):
        # Not as it was asked for, but all of it stands on the page, and there is known where.
        notes = tuple(note for note in notes if note.code != "off-format")
    # A family that has no boxes leaves out what is printed on every page as well.
    regions = missed(aligned, lines, is_read=is_read, with_margins=profile.grammar == "omni")
    notes = (
        *notes,
        *unsupported(aligned, is_read=is_read),
        *(Note("missed-region", _left_out(region), region.bbox) for region in regions),
    )
    return Settled(replace(page, notes=notes), tuple(regions))


def _left_out(region: Region) -> str:
    text = region.text if len(region.text) <= _PREVIEW else region.text[: _PREVIEW - 1] + "…"
    return f"the reply leaves out what stands here: {text!r}"
