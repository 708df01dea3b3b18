"""What a page shows that a reply leaves out, as regions of lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from rapidfuzz import fuzz

from docparse.evidence.align import UNPRINTED, Aligned, mean_confidence
from docparse.evidence.checks import SEEN
from docparse.evidence.tokens import Token, parts_of, tokens_of
from docparse.types import BBox, Line, Page, union_of

# Texts that stand somewhere else in the reply are at least so much like what the page shows
# (rapidfuzz, 0 to 100), in a layer or as it was read; shorter ones stand anywhere by chance.
SAID, SAID_READ, SHORTEST_SAID = 97.0, 85.0, 5
# So many words before and after what was not found were perhaps found by chance.
AROUND = 3
# A line is left out when no more than this share of its letters is in the reply.
LEFT_OUT = 0.3
# A region that is left out has so many letters at least; a line of it, so many.
LEAST_REGION, LEAST_LINE = 8, 2
# Of its letters, so many are said nowhere else, ...
UNSAID = 0.3
# ... and so many are in words, not the figures of an axis or the letters of a formula.
WORDY, WORDY_READ, WORDY_IN_PICTURES = 0.25, 0.1, 0.6
# A region that was read with less certainty may be none, more so in a picture on a page of text;
# a line, dirt.
SURE, SURE_IN_PICTURE, DIRT = 0.55, 0.8, 0.15
# Of a line of text, no letter is so much.
PATTERN = 0.5
# Lines belong to one region when no more than so many of their heights lie between them.
LEADING = 1.6
# In a row they may be so many times as far apart; with more lines than so many, they may not.
ROW, FEW_LINES = 24.0, 400
# The part of a page at its top and its bottom where running heads and page numbers stand, and
# where lines of few words may be some. So many CJK characters count as a word.
MARGIN, RUNNING, FEW_WORDS, PER_WORD = 0.08, 0.13, 8, 3


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the page that the reply leaves out: its box and what seems to stand there."""

    bbox: BBox
    text: str


def missed(aligned: Aligned, lines: Sequence[Line], *, with_margins: bool) -> list[Region]:
    """The regions of text that no block of the page says, from top to bottom.

    `lines`: those that the page was aligned with.
    `with_margins`: running heads and page numbers count as well.
    """
    page = aligned.page
    if not page.blocks:
        return []
    said = _said_elsewhere(aligned)
    numbers = set(_lines_left_out(aligned, lines))
    if len(numbers) <= FEW_LINES:
        numbers |= set(_between(lines, numbers))
    left_out = [lines[n] for n in sorted(numbers) if not _is_excused(lines[n], aligned)]
    lost = _lost(aligned)
    kept = [line.bbox for number, line in enumerate(lines) if number not in numbers]
    sure = SURE if all(map(_is_read, lines)) else SURE_IN_PICTURE
    return [
        _region(group)
        for group in _groups(left_out, kept if len(left_out) <= FEW_LINES else None)
        if (with_margins or not _are_running(group, page))
        and _is_text(group, said, pictured=_may_be_pictured(group, page))
        and (not any(map(_is_read, group)) or _certainty(group) >= sure)
        and not _is_misread(group, aligned, lost)
    ]


def _said_elsewhere(aligned: Aligned) -> str:
    """What the reply says that was found nowhere, with the words around it, and of pictures."""
    tokens, hits = aligned.matching.tokens, aligned.matching.hits
    lost = [i for i, hit in enumerate(hits) if hit is None or hit.agreement < SEEN]
    near = {at for i in lost for at in range(i - AROUND, i + AROUND + 1)}
    said = [token.key for at, token in enumerate(tokens) if at in near]
    for number, block in enumerate(aligned.page.blocks):
        if block.kind in UNPRINTED:
            for part in parts_of(block, number):
                said += [token.key for token in tokens_of(part.text)]
    return "".join(said)


def _between(lines: Sequence[Line], numbers: Set[int]) -> Iterator[int]:
    """The lines right below one that is left out and right above another: some of their words are
    said elsewhere, by chance."""
    boxes = [(number, line.bbox) for number, line in enumerate(lines)]
    for number, box in boxes:
        if number in numbers:
            continue
        near = [other for n, other in boxes if n in numbers and _is_stacked(box, other)]
        if any(other.center[1] < box.y0 for other in near) and any(
            other.center[1] > box.y1 for other in near
        ):
            yield number


def _is_stacked(one: BBox, other: BBox) -> bool:
    """Whether two lines of a paragraph have these boxes, and none stands between them."""
    down = max(one.y0, other.y0) - min(one.y1, other.y1)
    height = min(one.height, other.height)
    return abs(one.x0 - other.x0) <= 2 * height and down <= height


def _lost(aligned: Aligned) -> list[int]:
    """Of each block the letters that were found nowhere."""
    tokens, hits = aligned.matching.tokens, aligned.matching.hits
    lost = [0] * len(aligned.page.blocks)
    for part, (start, end) in zip(aligned.places.parts, aligned.places.spans, strict=True):
        for token, hit in zip(tokens[start:end], hits[start:end], strict=True):
            if hit is None or hit.agreement < SEEN:
                lost[part.block] += token.weight
    return lost


def _is_misread(lines: Sequence[Line], aligned: Aligned, lost: list[int]) -> bool:
    """Whether lines that were read, in a block of text or right beside it, are what was found
    nowhere of that block; then these letters are taken off `lost`."""
    if not all(map(_is_read, lines)):
        return False
    weight = sum(token.weight for line in lines for token in tokens_of(line.text))
    around = union_of(line.bbox for line in lines)
    reach = round(LEADING * min(min(line.bbox.height, line.bbox.width) for line in lines))
    across, down = (reach, 0) if lines[0].vertical else (0, reach)
    for number, block in enumerate(aligned.page.blocks):
        box = block.bbox
        near = BBox(box.x0 - across, box.y0 - down, box.x1 + across, box.y1 + down)
        is_placed = block.kind not in UNPRINTED and box != aligned.places.whole
        if is_placed and near.holds(around) and 2 * lost[number] >= weight:
            lost[number] -= weight
            return True
    return False


def _may_be_pictured(lines: Sequence[Line], page: Page) -> bool:
    """Whether lines may stand in a picture whose place only the order of the blocks tells."""
    whole = BBox(0, 0, page.width, page.height)
    unplaced = [
        number
        for number, block in enumerate(page.blocks)
        if block.kind in UNPRINTED and block.bbox == whole
    ]
    if not unplaced:
        return False
    at = place_among(page, union_of(line.bbox for line in lines))
    return at is None or any(
        all(block.bbox == whole for block in page.blocks[min(at, number) : max(at, number)])
        for number in unplaced
    )


def place_among(page: Page, box: BBox) -> int | None:
    """Where in the order of a page's blocks one with that box goes: after what stands above it.

    None where none of them stands above or below it.
    """
    whole = BBox(0, 0, page.width, page.height)
    beside = [
        (index, block.bbox)
        for index, block in enumerate(page.blocks)
        if min(block.bbox.x1, box.x1) > max(block.bbox.x0, box.x0) and block.bbox != whole
    ]
    middle = box.center[1]
    above = [(other.y1, index) for index, other in beside if other.center[1] < middle]
    if above:
        return max(above)[1] + 1
    below = [(other.y0, index) for index, other in beside if other.center[1] >= middle]
    return min(below)[1] if below else None


def _is_read(line: Line) -> bool:
    return any(word.is_read for word in line.words)


def _is_text(lines: Sequence[Line], said: str, *, pictured: bool) -> bool:
    """Whether lines are text of some length that is not said elsewhere, and mostly words.

    `pictured`: they may be in a picture, which may hold any short text.
    """
    is_read = any(map(_is_read, lines))
    wordy = WORDY_IN_PICTURES if pictured else WORDY_READ if is_read else WORDY
    tokens = [tokens_of(line.text) for line in lines]
    cutoff = SAID_READ if is_read else SAID
    new = sum(t.weight for line in tokens if not _is_said(line, said, cutoff) for t in line)
    total = sum(token.weight for line in tokens for token in line)
    words = sum(token.weight for line in tokens for token in line if _is_word(token))
    return new >= max(LEAST_REGION, UNSAID * total) and words >= wordy * total


def _is_word(token: Token) -> bool:
    return token.is_wide or (len(token.key) > 2 and token.key.isalpha())


def _lines_left_out(aligned: Aligned, lines: Sequence[Line]) -> Iterator[int]:
    totals = [0] * len(lines)
    found = [0] * len(lines)
    for unit, owner in zip(aligned.matching.units, aligned.matching.owners, strict=True):
        totals[unit.line] += unit.token.weight
        found[unit.line] += unit.token.weight * (owner >= 0)
    for number, (total, seen) in enumerate(zip(totals, found, strict=True)):
        if total >= LEAST_LINE and seen <= LEFT_OUT * total:
            yield number


def _is_excused(line: Line, aligned: Aligned) -> bool:
    """Whether a line need not be in the reply: in a picture, a page number, next to unreadable."""
    page = aligned.page
    box, is_read = line.bbox, _is_read(line)
    for block, came in zip(page.blocks, aligned.places.blocks, strict=True):
        # what was misread inside a box that the model gave is not left out
        own = came.bbox if is_read and block.kind not in UNPRINTED else block.bbox
        if own.holds(box) and own != aligned.places.whole and (is_read or block.kind in UNPRINTED):
            return True
    if _is_at_edge(line, page, MARGIN) and not any(map(str.isalpha, line.text)):
        return True
    return is_read and (_certainty([line]) < DIRT or _is_pattern(line))


def _is_pattern(line: Line) -> bool:
    """Whether a line was read as one letter again and again, as patterns are."""
    letters = [char for char in line.text if char.isalnum()]
    most = max(map(letters.count, set(letters)), default=0)
    return len(letters) >= LEAST_REGION and most > PATTERN * len(letters)


def _are_running(lines: Sequence[Line], page: Page) -> bool:
    """Whether lines may be running heads: each of them, or one of many words with a page number."""
    if all(_is_running(line, page) for line in lines):
        return True
    row = union_of(line.bbox for line in lines)
    is_one = row.height < 2 * min(line.bbox.height for line in lines)
    is_numbered = any(line.text.strip().isdecimal() for line in lines)
    return is_one and is_numbered and _is_at_edge(lines[0], page, RUNNING)


def _is_running(line: Line, page: Page) -> bool:
    """Whether a line may be a running head: at the top or the bottom, or near it of few words."""
    words = sum(1 / PER_WORD if token.is_wide else 1 for token in tokens_of(line.text))
    return _is_at_edge(line, page, RUNNING if words <= FEW_WORDS else MARGIN)


def _is_at_edge(line: Line, page: Page, margin: float) -> bool:
    # text on its side runs from the left edge to the right
    (x, y) = line.bbox.center
    along, size = (x, page.width) if line.angle in (90, 270) else (y, page.height)
    return along < margin * size or along > (1 - margin) * size


def _certainty(lines: Sequence[Line]) -> float:
    return mean_confidence([word for line in lines for word in line.words])


def _is_said(line: Sequence[Token], said: str, cutoff: float) -> bool:
    key = "".join(token.key for token in line)
    if len(key) < SHORTEST_SAID or not said:
        return False
    return fuzz.partial_ratio(key, said, score_cutoff=cutoff) > 0


def _groups(lines: Sequence[Line], kept: Sequence[BBox] | None) -> list[list[Line]]:
    """Lines below or beside each other, the cells of a row too: none of `kept` stands between."""
    groups: list[tuple[BBox, list[tuple[BBox, Line]]]] = []
    placed = sorted(((line.bbox, line) for line in lines), key=lambda p: (p[0].y0, p[0].x0))
    for box, line in placed:
        whole, members = box, [(box, line)]
        apart = []
        for other, others in groups:
            if _is_near(box, other, kept) and any(_is_near(box, own, kept) for own, _ in others):
                whole, members = whole.union(other), [*others, *members]
            else:
                apart.append((other, others))
        groups = [*apart, (whole, members)]
    return [[line for _, line in members] for _, members in groups]


def _is_near(one: BBox, other: BBox, kept: Sequence[BBox] | None) -> bool:
    """Whether one box lies below or beside the other; the first is a line's."""
    reach = LEADING * min(one.height, one.width, max(other.height, other.width))
    across = max(one.x0, other.x0) - min(one.x1, other.x1)
    down = max(one.y0, other.y0) - min(one.y1, other.y1)
    if across < 0:
        return down <= reach
    if down >= 0 or across > ROW * reach:
        return False
    if across <= 2 * reach:
        return True
    gap = BBox(min(one.x1, other.x1), one.y0, max(one.x0, other.x0), one.y1)
    return kept is not None and not any(gap.holds(box) for box in kept)


def _region(lines: Sequence[Line]) -> Region:
    return Region(union_of(line.bbox for line in lines), " ".join(line.text for line in lines))
