"""Drafts of what a model will write, and the one rule by which they are accepted.

A draft costs one pass of the model for all its tokens, and never changes what is written: the
model makes its own choice after each of them, and the first that differs ends the draft. With
greedy choice the result is the same text; with sampling it is the same distribution, since each
choice is drawn from the model's own given exactly the text before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

LONGEST_DRAFT = 32
FIRST_DRAFT = 8
LONGEST_REST = 64


def accept(
    draft: Sequence[int], choose: Callable[[int], int], *, is_over: Callable[[], bool]
) -> list[int]:
    """The tokens that the model says: the part of the draft that it agrees with, and one more.

    `choose(n)` is the model's choice after the first n tokens of the draft; it is called for
    rising n, while all before agreed. `is_over` ends the text after a choice, as a stop token does.
    """
    said: list[int] = []
    for place in range(len(draft) + 1):
        token = choose(place)
        said.append(token)
        if is_over() or place == len(draft) or token != draft[place]:
            break
    return said


class Drafter(Protocol):
    """Guesses how a text goes on."""

    name: str

    def propose(self, tokens: Sequence[int], limit: int) -> list[int]:
        """Up to `limit` tokens that may follow `tokens`, which only grows from call to call."""


class Pace:
    """How long drafts should be and how often they are worth a try, from how the last ones went.

    An accepted draft doubles the next; a refused one halves it and makes the drafter rest for
    twice as many turns as before, so that a drafter that is always wrong costs next to nothing.
    """

    def __init__(self) -> None:
        self._length = FIRST_DRAFT
        self._refused = 0
        self._resting = 0

    def next_length(self) -> int:
        """The length of the draft to make now; 0 while resting."""
        if self._resting:
            self._resting -= 1
            return 0
        return self._length

    def record(self, proposed: int, accepted: int) -> None:
        if accepted == 0:
            self._refused += 1
            self._resting = min(2**self._refused - 1, LONGEST_REST)
            self._length = max(self._length // 2, 2)
            return
        self._refused = 0
        if accepted == proposed:
            self._length = min(self._length * 2, LONGEST_DRAFT)


class LikelyReply:
    """Drafts from a text that the reply is likely to follow, such as the page's text layer.

    It keeps a place in that text. Where the reply departs from it, the drafter waits until the
    last three tokens written stand further on in the text, or until the reply falls back in step
    one token later, as it does after a changed digit.
    """

    name = "text"
    REACH = 2000

    def __init__(self, ids: Sequence[int]) -> None:
        self._ids = list(ids)
        self._index = _index_of(self._ids, 3)
        self._place = 0
        self._read = 0
        self._in_step = True

    def propose(self, tokens: Sequence[int], limit: int) -> list[int]:
        for end in range(self._read + 1, len(tokens) + 1):
            self._follow(tokens, end)
        self._read = len(tokens)
        return self._ids[self._place : self._place + limit] if self._in_step else []

    def _follow(self, tokens: Sequence[int], end: int) -> None:
        if self._place < len(self._ids) and self._ids[self._place] == tokens[end - 1]:
            self._place += 1
            self._in_step = True
            return
        tail = tuple(tokens[max(end - 3, 0) : end])
        distances = {abs(after - self._place): after for after in self._index.get(tail, ())}
        nearest = min(distances, default=self.REACH + 1)
        self._in_step = nearest <= self.REACH
        # Else taken for another token in the same place.
        guess = distances[nearest] if self._in_step else self._place + 1
        self._place = min(guess, len(self._ids))


class Repetition:
    """Drafts from what was already written: what followed the last three tokens the last time."""

    name = "lookup"

    def __init__(self) -> None:
        self._after: dict[tuple[int, ...], int] = {}
        self._read = 0

    def propose(self, tokens: Sequence[int], limit: int) -> list[int]:
        # The tail itself is not entered yet: it would find itself.
        for end in range(max(self._read, 3), len(tokens)):
            self._after[tuple(tokens[end - 3 : end])] = end
        self._read = max(self._read, len(tokens))
        place = self._after.get(tuple(tokens[-3:]))
        return list(tokens[place : place + limit]) if place is not None else []


@dataclass(frozen=True, slots=True)
class Rule:
    """Where the end of the text matches `pattern`, `template` follows (groups as in `re.sub`)."""

    pattern: re.Pattern[str]
    template: str


class ForcedText:
    """Drafts that the reply's format forces or all but forces, such as ` data-bbox="` in a tag.

    `tail`: how much of the text's end, in tokens, the patterns may look at.
    """

    name = "format"

    def __init__(
        self,
        rules: Sequence[Rule],
        *,
        encode: Callable[[str], list[int]],
        decode: Callable[[Sequence[int]], str],
        tail: int = 96,
    ) -> None:
        self._rules = list(rules)
        self._encode, self._decode, self._tail = encode, decode, tail

    def propose(self, tokens: Sequence[int], limit: int) -> list[int]:
        text = self._decode(tokens[-self._tail :])
        for rule in self._rules:
            found = rule.pattern.search(text)
            if found and found.end() == len(text):
                return self._encode(found.expand(rule.template))[:limit]
        return []


def _index_of(ids: Sequence[int], size: int) -> dict[tuple[int, ...], list[int]]:
    """For each run of `size` tokens, the places right after it."""
    index: dict[tuple[int, ...], list[int]] = {}
    for end in range(size, len(ids) + 1):
        index.setdefault(tuple(ids[end - size : end]), []).append(end)
    return index
