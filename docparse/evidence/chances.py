"""What chance a model gave each word of its reply, from those of its tokens."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from docparse.evidence.tokens import parts_of, tokens_of
from docparse.types import Block

# The next word of a page stands within so many characters of the one before in its reply: tags
# and boxes lie between.
REACH = 400

Chances = tuple[float | None, ...]


def chances_of(
    blocks: Sequence[Block], text: str, ends: Sequence[int], logs: Sequence[float]
) -> tuple[Chances, ...]:
    """For each block of a reply, the chance of each of its words, None where it is not known.

    `ends`: where in `text` each token of the model ends; `logs`: its log-probability. Nothing
    where it tells none.
    """
    if not ends:
        return ()
    at = 0
    found: list[Chances] = []
    for number, block in enumerate(blocks):
        chances: list[float | None] = []
        for part in parts_of(block, number):
            for token in tokens_of(part.text):
                piece = part.text[token.start : token.end]
                start = text.find(piece, at, at + REACH + len(piece))
                if start < 0:
                    chances.append(None)
                    continue
                at = start + len(piece)
                first, last = bisect_right(ends, start), bisect_left(ends, at)
                chances.append(math.exp(min(0.0, sum(logs[first : last + 1]))))
        found.append(tuple(chances))
    return tuple(found)
