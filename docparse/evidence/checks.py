"""What a reply says that its page does not show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from rapidfuzz import fuzz

from docparse.evidence.align import Aligned
from docparse.evidence.tokens import Part
from docparse.types import Note

# A word counts as seen when it agrees with what stands there by so much.
SEEN = 0.5
# A sentence is unsupported when this share of its letters is seen nowhere.
UNSEEN = 0.6
# A stretch inside a sentence is when it is longer than this, in letters.
LONG_STRETCH = 16
# Texts that are shorter prove nothing: of a text layer, and of what was read from pixels.
SHORTEST, SHORTEST_READ = 5, 14
# What stands elsewhere on the page is at least so much like a text (rapidfuzz, 0 to 100).
ELSEWHERE = 85.0
_QUOTED, _MOST_QUOTES = 60, 3
_ENDS = re.compile(r"[.!?。．！？…]['\"”’)」』）]*$|[。！？]$")


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
