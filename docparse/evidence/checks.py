"""What a reply says that its page does not show, and what the page shows that it leaves out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from docparse.evidence.align import UNPRINTED, Aligned, mean_confidence
from docparse.evidence.tokens import Part, Token, parts_of, tokens_of
from docparse.types import BBox, Line, Note, union_of

# A word counts as seen when it agrees with what stands there by so much.
SEEN = 0.5
# A sentence is unsupported when this share of its letters is seen nowhere.
UNSEEN = 0.6
# A stretch inside a sentence is when it is longer than this, in letters.
LONG_STRETCH = 16
# Texts that are shorter prove nothing: of a text layer, and of what was read from pixels.
SHORTEST, SHORTEST_READ = 5, 14
# Texts that stand somewhere else are at least so much like it (rapidfuzz, 0 to 100): on the page
# what the reply says, and in the reply what the page shows, as a layer or as it was read.
ELSEWHERE, SAID, SAID_READ = 85.0, 97.0, 85.0
# A line is left out when no more than this share of its letters is in the reply.
LEFT_OUT = 0.3
# A region that is left out has so many letters at least; a line of it, so many.
LEAST_REGION, LEAST_LINE = 8, 2
# Of its letters, so many are said nowhere else, ...
UNSAID = 0.3
# ... and so many are in words, not the figures of an axis or the letters of a formula.
WORDY, WORDY_READ, WORDY_BESIDE_PICTURES = 0.25, 0.1, 0.6
# A region that was read with less certainty may be none, more so in a picture on a page of text;
# a line, dirt.
SURE, SURE_IN_PICTURE, DIRT = 0.55, 0.8, 0.15
# Lines belong to one region when no more than so many of their heights lie between them.
LEADING = 1.6
# In a row they may be so many times as far apart; with more lines than so many, they may not.
ROW, FEW_LINES = 24.0, 400
# The part of a page at its top and its bottom where running heads and page numbers stand, and
# where lines of few words may be some.
MARGIN, RUNNING, FEW_WORDS = 0.08, 0.13, 8
_QUOTED, _MOST_QUOTES = 60, 3
_ENDS = re.compile(r"[.!?。．！？…]['\"”’)」』）]*$|[。！？]$")


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the page that the reply leaves out: its box and what seems to stand there."""

    bbox: BBox
    text: str


def unsupported(aligned: Aligned, *, is_read: bool) -> Iterator[Note]:
    """A Note for each block with texts that are nowhere on the page.

    `is_read`: the page's lines were read from pixels, so that some of their letters are wrong.
    """
    shown = "".join(unit.key for unit in aligned.matching.units)
    if not shown:
        return
    quotes: dict[int, list[str]] = {}
    for number, part in enumerate(aligned.places.parts):
        for start, end in _unseen(aligned, number, is_read=is_read):
            tokens = aligned.matching.tokens
            key = "".join(token.key for token in tokens[start:end])
            if fuzz.partial_ratio(key, shown, score_cutoff=ELSEWHERE):
                continue
            text = part.text[tokens[start].start : tokens[end - 1].end]
            quotes.setdefault(part.block, []).append(" ".join(text.split()))
    for block, texts in quotes.items():
        yield Note("unsupported-text", _unsupported(texts), aligned.page.blocks[block].bbox)


def _unsupported(texts: Sequence[str]) -> str:
    shown = [t if len(t) <= _QUOTED else t[: _QUOTED - 1] + "…" for t in texts[:_MOST_QUOTES]]
    more = f" and {len(texts) - _MOST_QUOTES} more" if len(texts) > _MOST_QUOTES else ""
    return f"nothing on the page says {', '.join(map(repr, shown))}{more}"


def _unseen(aligned: Aligned, number: int, *, is_read: bool) -> Iterator[tuple[int, int]]:
    """Stretches of a part's tokens that are not seen: sentences, or long stretches of one."""
    tokens, hits = aligned.matching.tokens, aligned.matching.hits
    part = aligned.places.parts[number]
    shortest = SHORTEST_READ if is_read else SHORTEST
    for start, end in _sentences(aligned, number):
        counted = [i for i in range(start, end) if tokens[i].weight and aligned.plain[i]]
        unseen = [i for i in counted if (hit := hits[i]) is None or hit.agreement < SEEN]
        total = sum(tokens[i].weight for i in counted)
        weight = sum(tokens[i].weight for i in unseen)
        if not unseen or total < shortest or _is_beyond(part, aligned):
            continue
        if weight >= UNSEEN * total:
            yield unseen[0], unseen[-1] + 1
            continue
        for run in _runs(unseen, counted):
            if sum(tokens[i].weight for i in run) > LONG_STRETCH * (1 + is_read):
                yield run[0], run[-1] + 1


def _is_beyond(part: Part, aligned: Aligned) -> bool:
    """Whether a text cannot be judged: in a picture, or of a script that a layer holds in the
    order and the shapes in which it is seen."""
    if aligned.page.blocks[part.block].kind == "image-ocr":
        return True
    letters = [char for char in part.text if char.isalpha()]
    leftward = sum(unicodedata.bidirectional(char) in ("R", "AL") for char in letters)
    return 2 * leftward > len(letters)


def _sentences(aligned: Aligned, number: int) -> Iterator[tuple[int, int]]:
    start, end = aligned.places.spans[number]
    part = aligned.places.parts[number]
    first = start
    for i in range(start, end):
        token = aligned.matching.tokens[i]
        after = part.text[token.end : token.end + 2]
        if _ENDS.search(part.text[token.start : token.end]) or "\n" in after:
            yield first, i + 1
            first = i + 1
    if first < end:
        yield first, end


def _runs(unseen: Sequence[int], counted: Sequence[int]) -> Iterator[list[int]]:
    """Tokens that follow each other among those that count."""
    places = {token: place for place, token in enumerate(counted)}
    run: list[int] = []
    for token in unseen:
        if run and places[token] != places[run[-1]] + 1:
            yield run
            run = []
        run.append(token)
    if run:
        yield run


def missed(aligned: Aligned, lines: Sequence[Line], *, with_margins: bool) -> list[Region]:
    """The regions of text that no block of the page says, from top to bottom.

    `lines`: those that the page was aligned with.
    `with_margins`: running heads and page numbers count as well.
    """
    page = aligned.page
    if not page.blocks:
        return []
    said = "".join(
        token.key
        for number, block in enumerate(page.blocks)
        for part in parts_of(block, number)
        for token in tokens_of(part.text)
    )
    numbers = set(_lines_left_out(aligned, lines))
    left_out = [
        lines[number]
        for number in sorted(numbers)
        if not _is_excused(lines[number], aligned, with_margins=with_margins)
    ]
    kept = [line.bbox for number, line in enumerate(lines) if number not in numbers]
    whole = BBox(0, 0, page.width, page.height)
    # a picture that stands nobody knows where may hold any short text
    unplaced = any(block.kind in UNPRINTED and block.bbox == whole for block in page.blocks)
    sure = SURE if all(map(_is_read, lines)) else SURE_IN_PICTURE
    return [
        _region(group)
        for group in _groups(left_out, kept if len(left_out) <= FEW_LINES else None)
        if _is_text(group, said, unplaced=unplaced)
        and (not any(map(_is_read, group)) or _certainty(group) >= sure)
    ]


def _is_read(line: Line) -> bool:
    return any(word.is_read for word in line.words)


def _is_text(lines: Sequence[Line], said: str, *, unplaced: bool) -> bool:
    """Whether lines are text of some length that is not said elsewhere, and mostly words."""
    is_read = any(map(_is_read, lines))
    wordy = WORDY_BESIDE_PICTURES if unplaced else WORDY_READ if is_read else WORDY
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


def _is_excused(line: Line, aligned: Aligned, *, with_margins: bool) -> bool:
    """Whether a line need not be in the reply: in a picture, running, or next to unreadable."""
    page = aligned.page
    box, is_read = line.bbox, _is_read(line)
    x, y = box.center
    for block, came in zip(page.blocks, aligned.places.blocks, strict=True):
        # what was misread inside a box that the model gave is not left out
        own = came.bbox if is_read and block.kind not in UNPRINTED else block.bbox
        if own.holds(box) and own != aligned.places.whole and (is_read or block.kind in UNPRINTED):
            return True
    # text on its side runs from the left edge to the right
    along, size = (x, page.width) if line.angle in (90, 270) else (y, page.height)
    margin = RUNNING if not with_margins and len(line.words) <= FEW_WORDS else MARGIN
    is_margin = along < margin * size or along > (1 - margin) * size
    if is_margin and (not with_margins or not any(map(str.isalpha, line.text))):
        return True
    return is_read and _certainty([line]) < DIRT


def _certainty(lines: Sequence[Line]) -> float:
    return mean_confidence([word for line in lines for word in line.words])


def _is_said(line: Sequence[Token], said: str, cutoff: float) -> bool:
    key = "".join(token.key for token in line)
    # shorter ones stand anywhere by chance
    if len(key) < SHORTEST or not said:
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
