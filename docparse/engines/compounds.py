"""Kanji that the pixels leave open, read as the words of a dictionary have them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from docparse.engines.bigrams import EDGE, NUMERALS, WEIGHT, Bigrams
from docparse.engines.spelling import Spelling
from docparse.model.ctc import CharRead

# How much likelier a row of kanji is that is made of more words, as a natural logarithm.
KNOWN = 3.0
# A character as sure as this is left alone.
SURE = 0.999
# Words of so many characters are looked for, with suffixes.
LONGEST = 4
# Of words that join others, such as 及び: they are in no row.
_BETWEEN = frozenset("及並又且")


def compounded(
    chars: Sequence[CharRead], characters: str, bigrams: Bigrams, spelling: Spelling
) -> list[CharRead]:
    """The characters of a line; kanji in no word give way to others with which they make some.

    `characters`: what the numbers from 1 on stand for. Pixels, `bigrams` and `KNOWN` decide.
    """
    done = list(chars)
    names = [characters[char.number - 1] for char in chars]
    for start, end in _rows(names):
        if any(char.rivals and char.confidence < SURE for char in chars[start:end]):
            while change := _best_change(done, names, (start, end), characters, bigrams, spelling):
                place, done[place] = change
                names[place] = characters[done[place].number - 1]
    return done


def is_kanji(char: str) -> bool:
    """Whether a character is an ideograph, or the mark that repeats one."""
    return "一" <= char <= "鿿" or char == "々"


def _rows(names: Sequence[str]) -> Iterator[tuple[int, int]]:
    """From where to before where kanji stand in a row."""
    start = None
    for place, name in enumerate([*names, EDGE]):
        is_in = is_kanji(name) and name not in _BETWEEN
        if start is None and is_in:
            start = place
        elif start is not None and not is_in:
            yield start, place
            start = None


def _best_change(
    chars: Sequence[CharRead],
    names: Sequence[str],
    row: tuple[int, int],
    characters: str,
    bigrams: Bigrams,
    spelling: Spelling,
) -> tuple[int, CharRead] | None:
    """The one character that makes a row of kanji likelier by more words, and where; or None."""
    start, end = row
    covered = _in_words(names[start:end], spelling)
    found, most = None, 0.0
    for place in range(start, end):
        char = chars[place]
        if char.confidence >= SURE:
            continue
        own = _score(names, place, char.confidence, bigrams)
        for number, sure in char.rivals:
            other = characters[number - 1]
            if not is_kanji(other) or {names[place], other} <= NUMERALS:
                continue
            changed = [*names[:place], other, *names[place + 1 :]]
            gain = _score(changed, place, sure, bigrams) - own + KNOWN
            if gain > most and _in_words(changed[start:end], spelling, place - start) > covered:
                most = gain
                found = place, CharRead(number, 1 / (1 + math.exp(-gain)), char.first, char.last)
    return found


def _score(names: Sequence[str], place: int, sure: float, bigrams: Bigrams) -> float:
    """How likely a character is at a place, by pixels and neighbours, as a natural logarithm."""
    before, after = "".join(names[place - 1 : place]), "".join(names[place + 1 : place + 2])
    pairs = bigrams.log_probability(before or EDGE, names[place])
    pairs += bigrams.log_probability(names[place], after or EDGE)
    return math.log(max(sure, 1e-9)) + WEIGHT * pairs


def _in_words(row: Sequence[str], spelling: Spelling, new: int | None = None) -> int:
    """How many characters of a row are in words, suffixes or numerals, if it is parted well.

    The one at `new` counts only in a longer word: anything is a suffix of something.
    """
    text = "".join(row)
    best = [0]
    for end in range(1, len(text) + 1):
        lengths = range(1, min(LONGEST, end) + 1)
        words = [
            best[end - n] + n
            for n in lengths
            if spelling.has(text[end - n : end]) and (n > 1 or end - 1 != new)
        ]
        best.append(max([best[-1] + (text[end - 1] in NUMERALS), *words]))
    return best[-1]
