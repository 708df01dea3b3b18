"""Japanese readings settled by which character follows which, where the pixels leave it open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from docparse.errors import MissingEngineError
from docparse.model.ctc import CharRead

# How much a pair of characters counts beside the pixels. More is better on printed pages, less on
# lines of names and of kanji at random; between 0.2 and 0.4 these read equally well.
WEIGHT = 0.4
# What stands before and after Japanese words, whatever it is.
EDGE = "\n"
# One of these is never made another: no word tells which number is meant.
NUMERALS = frozenset("〇一二三四五六七八九十百千万億壱弐参")


class Bigrams:
    """Log-probabilities of Japanese characters after each other.

    `characters`: EDGE, and those that are known; all else counts as EDGE. `keys`: for each pair
    that is known, 65536 times the place of the first plus that of the second, ascending, and
    `pairs`: its log-probability. For others: `backoffs` of the first plus `singles` of the second.
    """

    def __init__(
        self,
        characters: str,
        keys: npt.NDArray[np.uint32],
        pairs: npt.NDArray[np.float16],
        backoffs: npt.NDArray[np.float16],
        singles: npt.NDArray[np.float16],
    ) -> None:
        self.characters = characters
        self.keys, self.pairs, self.backoffs, self.singles = keys, pairs, backoffs, singles
        self._places = {char: place for place, char in enumerate(characters)}

    def log_probability(self, before: str, after: str) -> float:
        """How likely `after` is to follow `before`, as a natural logarithm."""
        edge = self._places[EDGE]
        first, second = self._places.get(before, edge), self._places.get(after, edge)
        key = first << 16 | second
        found = int(self.keys.searchsorted(np.uint32(key)))
        if found < len(self.keys) and int(self.keys[found]) == key:
            return float(self.pairs[found])
        return float(self.backoffs[first]) + float(self.singles[second])

    def save(self, path: Path) -> None:
        """Writes them to a file that `load_bigrams` reads."""
        np.savez_compressed(
            path,
            characters=np.array(list(self.characters)),
            keys=self.keys,
            pairs=self.pairs,
            backoffs=self.backoffs,
            singles=self.singles,
        )


def load_bigrams(path: Path) -> Bigrams:
    """Raises MissingEngineError where the file is missing or damaged."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            characters = "".join(file["characters"])
            arrays = [file[name] for name in ("keys", "pairs", "backoffs", "singles")]
    except (OSError, KeyError, ValueError, BadZipFile) as error:
        raise MissingEngineError(
            f"{path} cannot be read: {error}", "install docparse again"
        ) from error
    return Bigrams(characters, *arrays)


def settled(chars: Sequence[CharRead], characters: str, bigrams: Bigrams) -> list[CharRead]:
    """The likeliest line, by pixels and pairs of characters; only Japanese ones are changed.

    `characters`: what the numbers from 1 on stand for. A character that takes another's place is
    as sure as its pixels make it.
    """
    choices = [_choices(char, characters) for char in chars]
    if all(len(some) == 1 for some in choices):
        return list(chars)
    # For each choice for the character before: its score, and the line up to it.
    lines: dict[str, tuple[float, tuple[CharRead, ...]]] = {EDGE: (0.0, ())}
    for some in choices:
        ways: dict[str, tuple[float, tuple[CharRead, ...]]] = {}
        for choice in some:
            name = characters[choice.number - 1]
            name = name if is_japanese(name) else EDGE
            scores = {
                before: score + WEIGHT * bigrams.log_probability(before, name)
                for before, (score, _) in lines.items()
            }
            best = max(scores, key=scores.__getitem__)
            score = scores[best] + float(np.log(max(choice.confidence, 1e-9)))
            ways[name] = score, (*lines[best][1], choice)
        lines = ways
    return list(max(lines.values(), key=lambda way: way[0])[1])


def is_japanese(char: str) -> bool:
    """Whether a character stands in Japanese words: kana, kanji, and marks that repeat them."""
    return "ぁ" <= char <= "ヿ" or "一" <= char <= "鿿" or char in "々〆"


def _choices(char: CharRead, characters: str) -> list[CharRead]:
    """The character as it was read, and what else it may be."""
    name = characters[char.number - 1]
    if not is_japanese(name):
        return [char]
    others = [(number, sure, characters[number - 1]) for number, sure in char.rivals]
    return [char] + [
        CharRead(number, sure, char.first, char.last)
        for number, sure, other in others
        if is_japanese(other) and not {name, other} <= NUMERALS
    ]
