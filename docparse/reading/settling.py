"""A page as its reply tells it to one that was checked against what the page itself shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from docparse.evidence.align import Aligned, align, mean_confidence, share_said
from docparse.evidence.chances import Chances
from docparse.evidence.checks import unsupported
from docparse.evidence.confidence import confidence_of
from docparse.evidence.missed import Region, missed
from docparse.types import BBox, Line, Note, Page, Word

if TYPE_CHECKING:
    from docparse.pages.page import PageInput
    from docparse.profiles import Profile

# Of the words of a good text layer, so many must be in a reply, or it is about something else.
LEAST_SHARE = 0.1
UNLIKE = Note("unlike-layer", "next to nothing of the page's own text is in the reply")
_PREVIEW = 80


@dataclass(frozen=True, slots=True)
class Told:
    """A page as its reply tells it. `chances`: for each block those of its words."""

    page: Page
    chances: tuple[Chances, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """A page with words, boxes and Notes on doubts. `missed`: regions that its reply left out."""

    page: Page
    missed: tuple[Region, ...] = ()


def settle(told: Told, source: PageInput, lines: Sequence[Line], profile: Profile) -> Settled:
    """The page beside its lines: those of its text layer, or as they were read from its pixels."""
    aligned = align(told.page, lines, told.chances)
    if not lines:
        return Settled(_by_chance(aligned))
    is_read = aligned.shown == "read"
    page = aligned.page
    if page.blocks and source.layer == "good" and share_said(page, lines) < LEAST_SHARE:
        return Settled(replace(page, notes=(*page.notes, UNLIKE)))
    whole = BBox(0, 0, page.width, page.height)
    notes = page.notes
    if page.blocks and all(block.bbox != whole for block in page.blocks):
        # Not as it was asked for, but all of it stands on the page, and there is known where.
        notes = tuple(note for note in notes if note.code != "off-format")
    # A family that has no boxes leaves out what is printed on every page as well.
    regions = missed(aligned, lines, with_margins=profile.grammar == "omni")
    notes = (
        *notes,
        *unsupported(aligned, is_read=is_read),
        *(
            Note("missed-region", f"the reply leaves out what stands here: {quote(r)}", r.bbox)
            for r in regions
        ),
    )
    return Settled(replace(page, notes=notes), tuple(regions))


def _by_chance(aligned: Aligned) -> Page:
    """The page with a confidence for each block of whose words the model told the chances."""
    page, places = aligned.page, aligned.places
    found: dict[int, list[Word]] = {}
    for part, (start, end) in zip(places.parts, places.spans, strict=True):
        for token, evidence in zip(
            places.matching.tokens[start:end], aligned.evidence[start:end], strict=True
        ):
            if evidence.chance is not None:
                word = Word(token.key or "-", places.whole, confidence_of(evidence))
                found.setdefault(part.block, []).append(word)
    blocks = (
        replace(block, confidence=mean_confidence(found[n])) if n in found else block
        for n, block in enumerate(page.blocks)
    )
    return replace(page, blocks=tuple(blocks))


def quote(region: Region) -> str:
    """The beginning of what seems to stand there."""
    text = region.text if len(region.text) <= _PREVIEW else region.text[: _PREVIEW - 1] + "…"
    return repr(text)
