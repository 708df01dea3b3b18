"""Which Japanese character follows which, counted in the words and sentences to train on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np

from docparse.engines.bigrams import EDGE, Bigrams, is_japanese
from docparse.train.words import Words

# Taken off each pair's count and given to pairs that were never seen.
DISCOUNT = 0.6


def count_bigrams(words: Words) -> Bigrams:
    """Absolute discounting; what was never seen goes by how many characters it is known to follow
    (Kneser and Ney 1995)."""
    pairs = Counter[tuple[str, str]]()
    for text, weight in _texts(words):
        line = [EDGE, *(char if is_japanese(char) else EDGE for char in text), EDGE]
        for pair in pairwise(line):
            pairs[pair] += weight
    firsts, followers, preceded = Counter[str](), Counter[str](), Counter[str]()
    for (first, second), count in pairs.items():
        firsts[first] += count
        followers[first] += 1
        preceded[second] += 1
    characters = "".join(sorted(firsts | preceded))
    places = {char: place for place, char in enumerate(characters)}
    total = len(pairs) + 0.5 * len(characters)
    single = {char: (preceded[char] + 0.5) / total for char in characters}
    backoff = {char: DISCOUNT * followers[char] / max(1, firsts[char]) for char in characters}
    keys, values = [], []
    for (first, second), count in sorted(pairs.items()):
        keys.append(places[first] << 16 | places[second])
        share = (count - DISCOUNT) / firsts[first]
        values.append(math.log(share + backoff[first] * single[second]))
    return Bigrams(
        characters,
        np.array(keys, dtype=np.uint32),
        np.array(values, dtype=np.float16),
        np.array([math.log(max(backoff[char], 1e-9)) for char in characters], dtype=np.float16),
        np.array([math.log(single[char]) for char in characters], dtype=np.float16),
    )


def _texts(words: Words) -> Iterator[tuple[str, int]]:
    """Texts, and how often each counts: common words most often."""
    weighed: Iterable[tuple[tuple[str, ...], int]] = (
        (words.common, 6), (words.nouns, 2), (words.names, 1), (words.places, 1),
        (words.adjectives, 1), (words.sentences, 2),
    )  # fmt: skip
    for texts, weight in weighed:
        for text in texts:
            if any(is_japanese(char) for char in text):
                yield text, weight
