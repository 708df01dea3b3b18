"""The accept rule and the drafters, with fakes of a few lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from docparse.model.speculate import (
    LONGEST_DRAFT,
    LONGEST_REST,
    Drafter,
    ForcedText,
    LikelyReply,
    Pace,
    Repetition,
    Rule,
    accept,
)

TRUTH = [5, 6, 7, 8, 9]


def said(draft: list[int], *, stop: int | None = None) -> tuple[list[int], int]:
    """What a model that says TRUTH accepts of a draft, and how often it was asked."""
    asked: list[int] = []

    def choose(place: int) -> int:
        asked.append(TRUTH[place])
        return TRUTH[place]

    return accept(draft, choose, is_over=lambda: asked[-1] == stop), len(asked)


@pytest.mark.parametrize(
    ("draft", "tokens"),
    [
        ([], [5]),  # nothing drafted
        ([1, 2, 3], [5]),  # never
        ([5, 6, 3], [5, 6, 7]),  # sometimes
        ([5, 1, 7], [5, 6]),  # right again after a mistake: too late
        ([5, 6, 7], [5, 6, 7, 8]),  # always, and one more for nothing
    ],
)
def test_accept(draft: list[int], tokens: list[int]) -> None:
    assert said(draft) == (tokens, len(tokens))


def test_accept_ends_with_the_text() -> None:
    assert said([5, 6, 7], stop=6) == ([5, 6], 2)


def test_pace_of_a_drafter_that_is_always_wrong() -> None:
    pace, wasted = Pace(), 0
    for _ in range(1000):
        length = pace.next_length()
        if length:
            wasted += length
            pace.record(length, 0)
    # About twenty tries in a thousand turns, of two tokens each.
    assert wasted < 60


def test_pace_of_a_drafter_that_is_always_right() -> None:
    pace, lengths = Pace(), []
    for _ in range(5):
        lengths.append(pace.next_length())
        pace.record(lengths[-1], lengths[-1])
    assert lengths == [8, 16, LONGEST_DRAFT, LONGEST_DRAFT, LONGEST_DRAFT]
    pace.record(32, 10)
    assert pace.next_length() == LONGEST_DRAFT
    pace.record(32, 0)
    rests = 0
    while not pace.next_length():
        rests += 1
    assert rests == 1 and rests < LONGEST_REST


def passes(drafter: Drafter, reply: Sequence[int], limit: int = 8) -> int:
    """Passes of a model that says `reply` whatever is drafted."""
    tokens, num = [reply[0]], 1
    while len(tokens) < len(reply):
        draft = drafter.propose(tokens, min(limit, len(reply) - len(tokens) - 1))
        assert len(draft) <= limit
        rest = reply[len(tokens) :]
        tokens += accept(draft, lambda n, rest=rest: rest[n], is_over=lambda: False)
        num += 1
    assert tokens == list(reply)
    return num


def test_likely_reply_that_is_right() -> None:
    reply = list(range(100))
    assert passes(LikelyReply(reply), reply) == 1 + 11


def test_likely_reply_with_other_digits() -> None:
    # Every tenth token differs: one refused draft each, in step again right after it.
    reply = list(range(200))
    text = [n if n % 10 else 1000 for n in reply]
    assert passes(LikelyReply(text), reply) < 200 / 10 * 3


def test_likely_reply_with_something_more_and_something_less() -> None:
    reply = [*range(40), *range(500, 520), *range(60, 120)]
    text = list(range(120))  # lacks 20 tokens of the reply, has 20 that the reply has not
    assert passes(LikelyReply(text), reply) < 20 + 120 / 8 + 8


def test_likely_reply_that_is_wrong_or_empty() -> None:
    reply = list(range(50))
    assert passes(LikelyReply([7] * 300), reply) >= 48
    assert passes(LikelyReply([]), reply) == 50


def test_repetition() -> None:
    row = [1, 2, 3, 4, 5, 6, 7, 8]
    assert Repetition().propose(row, 8) == []
    assert Repetition().propose([*row, *row[:4]], 3) == [5, 6, 7]
    assert passes(Repetition(), row * 10) < 8 + 3 + 72 / 8 + 1


def test_repetition_reads_on_where_it_stopped() -> None:
    drafter, tokens = Repetition(), [1, 2, 3, 9]
    assert drafter.propose(tokens, 4) == []
    tokens += [1, 2, 3]
    assert drafter.propose(tokens, 4) == [9, 1, 2, 3]


# What QwenVL HTML forces (spec qwen_vl, section 8).
RULES = [
    Rule(re.compile(r"<(?:p|h[1-6]|li|table)$"), ' data-bbox="'),
    Rule(
        re.compile(r'<div class="(?:image|formula)[^"]*" data-bbox="([^"]*)">\s*<img$'),
        r' data-bbox="\1"/>',
    ),
]


def forced(text: str, limit: int = 99) -> str:
    """With characters for tokens."""
    drafter = ForcedText(
        RULES,
        encode=lambda added: [ord(c) for c in added],
        decode=lambda ids: "".join(map(chr, ids)),
    )
    return "".join(map(chr, drafter.propose([ord(c) for c in text], limit)))


def test_forced_text() -> None:
    assert forced("<html><body><p") == ' data-bbox="'
    assert forced("<html><body><h2", 4) == " dat"
    box = '<div class="image" data-bbox="10 20 300 400"><img'
    assert forced(box) == ' data-bbox="10 20 300 400"/>'
    for text in ("<html", "<p data", "a <p>", box + " "):
        assert forced(text) == ""
