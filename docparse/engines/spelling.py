"""Latin and katakana words read again as the dictionary spells them, if the pixels allow it."""

from __future__ import annotations

import gzip
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
import numpy.typing as npt

from docparse.errors import MissingEngineError
from docparse.model.ctc import BLANK, CharRead, log_probability

# How much likelier than others a word of the dictionary is, as a natural logarithm; short words are
# like too many others, and capitals alone are an abbreviation.
KNOWN, KNOWN_SHORT = 4.5, 3.5
SHORT, SHORTEST, LONGEST_ABBREVIATION = 4, 3, 5
# Of those that differ only in what is one stroke in many faces.
KNOWN_SAME = 9.0
_SAME = frozenset("Il|")
_OPEN = _SAME | {"0"}
_ONE_STROKE = str.maketrans("I|10", "lllO")
# A word of which each letter is as sure as this is left alone.
SURE = 0.999
# Strokes that make one letter or two.
_ALIKE = (
    ("m", "rn"), ("m", "in"), ("w", "vv"), ("d", "cl"), ("h", "li"), ("u", "ii"), ("n", "ri"),
    ("M", "NI"), ("V", "N"),
)  # fmt: skip
# So many characters are tried in the place of another, the likeliest there.
TRIED = 8
_INSERTED = "abcdefghijklmnopqrstuvwxyz' "
# Katakana that differ in a mark or in their size alone, and what is taken for katakana.
_ALIKE_KATAKANA = (
    "カガ", "キギ", "クグ", "ケゲ", "コゴ", "サザ", "シジ", "スズ", "セゼ", "ソゾ", "タダ", "チヂ",
    "ツヅッ", "テデ", "トド", "ハバパ", "ヒビピ", "フブプ", "ヘベペ", "ホボポ", "ウヴゥ", "アァ",
    "イィ", "エェ", "オォ", "ヤャ", "ユュ", "ヨョ", "ー一-", "ニ二", "ロ口",
)  # fmt: skip
_FORMS = {char: group for group in _ALIKE_KATAKANA for char in group}
_WORD = re.compile(r"[0-9A-Za-z'’|\u00c0-\u024f]+|[ァ-ヺ](?:[ァ-ヺー一二口]|-(?![0-9A-Za-z])){2,}")
_FIGURES = str.maketrans("IlOoi|", "110011")
_NUMBER = re.compile(r"\d+(?:st|nd|rd|th|s)?")
# A capital and a number, as of companies and goods.
_CODE = re.compile(r"[A-Z](?=O*\d[O\d]*\d)[O\d]{4,}")
# What stands for a sign in its place, and how much likelier there: a hyphen in a word or at the end
# of one that a line breaks; a capital where a line begins, where nothing is closed.
_SIGNS = (
    (re.compile(r"(?<=[A-Za-z]{2})=(?=[A-Za-z]{2}|$)"), "-", 3.0),
    (re.compile(r"^」(?=[A-Za-z])"), "J", 6.0),
    (re.compile(r"^」(?=[Ａ-Ｚａ-ｚ])"), "Ｊ", 6.0),
)
# Behind the number of a Japanese head or item, a point: it is set as wide as commas are.
_NUMBERED = re.compile(r"[0-9０-９]{1,2}[ \u3000]?[、。,，:：](?=[ \u3000]?[\u3040-\u9fff])")
POINT = 4.5
# Letters whose capital has the same shape.
_ONE_SHAPE = frozenset("cosvwxzkpuij")
_APOSTROPHES = str.maketrans("’", "'")

LogProbs = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spelling:
    """Words that are spelt right, Latin ones in lower case."""

    words: frozenset[str]

    def knows(self, word: str) -> bool:
        """Whether it is a word, in one of the ways in which capitals are set, or a number."""
        plain = word.translate(_APOSTROPHES)
        if _NUMBER.fullmatch(plain):
            return True
        if plain == "l":  # in the list, as all letters are, but never a word in print
            return False
        has_case = plain in (plain.lower(), plain.upper(), plain[:1].upper() + plain[1:].lower())
        return has_case and self.has(plain.lower())

    def has(self, plain: str) -> bool:
        """Whether a word in small letters, or a Japanese one, is in the list."""
        return plain in self.words or plain.removesuffix("'s") in self.words


def load_spelling(path: Path) -> Spelling:
    """From a file that `save_spelling` wrote; MissingEngineError where it cannot be read."""
    try:
        text = gzip.decompress(path.read_bytes()).decode("utf-8")
    except (OSError, EOFError, ValueError) as error:
        raise MissingEngineError(
            f"{path} cannot be read: {error}", "install docparse again"
        ) from error
    return Spelling(frozenset(text.split("\n")))


def save_spelling(words: Sequence[str], path: Path) -> None:
    """Writes words to a file; the same words make the same bytes."""
    plain = sorted({word.lower() for word in words if not word.endswith("'s")})
    path.write_bytes(gzip.compress("\n".join(plain).encode("utf-8"), mtime=0))


def respelt(
    chars: Sequence[CharRead],
    characters: str,
    spelling: Spelling,
    frames: Callable[[int, int], LogProbs],
) -> list[CharRead]:
    """The characters of a line, with words that no dictionary knows as one that it knows.

    `characters`: what the numbers from 1 on stand for. `frames`: log-probabilities [F, V] of the
    frames from one to before another. A word gives way to another that is not `KNOWN` less likely.
    """
    text = _said(chars, characters)
    chars = _pointed(_likelier(chars, text, characters, frames), text, characters, frames)
    text = _said(chars, characters)
    done: list[CharRead] = []
    end = 0
    for found in _WORD.finditer(text):
        done += chars[end : found.start()]
        end = found.end()
        own = chars[found.start() : end]
        is_sure = min(char.confidence for char in own) >= SURE and not _OPEN.intersection(found[0])
        if spelling.knows(found[0]) or is_sure:
            done += own
            continue
        first = chars[found.start() - 1].last + 1 if found.start() else max(0, own[0].first - 3)
        last = chars[end].first if end < len(chars) else own[-1].last + 4
        word = _Word(found[0], own, frames(first, last), first)
        done += _best(word, characters, spelling)
    return done + list(chars[end:])


def _likelier(
    chars: Sequence[CharRead], text: str, characters: str, frames: Callable[[int, int], LogProbs]
) -> list[CharRead]:
    """With what stands for some signs."""
    made = list(chars)
    for pattern, other, known in _SIGNS:
        for found in pattern.finditer(text):
            place = found.start()
            made[place] = _as(made, place, place, _numbers(characters)[other], known, frames)
    return made


def _pointed(
    chars: Sequence[CharRead], text: str, characters: str, frames: Callable[[int, int], LogProbs]
) -> list[CharRead]:
    """With a point for what was taken for a comma behind the number that a line begins with."""
    found = _NUMBERED.match(text)
    if found is None:
        return list(chars)
    place = found.end() - 1
    number = len(found[0][:-1].rstrip(" \u3000"))
    point = _as(chars, number, place, _numbers(characters)["."], POINT, frames)
    return [*chars[:number], point, *chars[place + 1 :]]


def _as(
    chars: Sequence[CharRead],
    start: int,
    place: int,
    number: int,
    known: float,
    frames: Callable[[int, int], LogProbs],
) -> CharRead:
    """A sign as another one where that is not `known` less likely, alone from `start` on."""
    own = chars[place]
    last = chars[place + 1].first if place + 1 < len(chars) else own.last + 4
    seen = frames(chars[start - 1].last + 1 if start else 0, last)
    gain = log_probability(seen, [number]) - log_probability(seen, [own.number]) + known
    if gain <= 0:
        return own
    return replace(own, number=number, confidence=1 / (1 + math.exp(-gain)), rivals=())


def _said(chars: Sequence[CharRead], characters: str) -> str:
    return "".join(characters[char.number - 1] for char in chars)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word as it was read; `log_probs` of its frames, from frame `first` of the line on."""

    text: str
    chars: Sequence[CharRead]
    log_probs: LogProbs
    first: int


def _best(word: _Word, characters: str, spelling: Spelling) -> list[CharRead]:
    """The word as the likeliest of its spellings."""
    numbers = _numbers(characters)
    scores: dict[str, float] = {}
    for text in {*_spellings(word, characters, spelling)}:
        if all(char in numbers for char in text):
            scores[text] = log_probability(word.log_probs, [numbers[char] for char in text])
    if not scores:
        return list(word.chars)
    now = log_probability(word.log_probs, [char.number for char in word.chars])
    best = max(scores, key=lambda text: (scores[text], text))
    is_same = best.translate(_ONE_STROKE) == word.text.translate(_ONE_STROKE)
    known = KNOWN_SAME if is_same else KNOWN if len(best) > SHORT else KNOWN_SHORT
    gain = scores[best] - now + known
    if gain <= 0:
        return list(word.chars)
    return _put(word, best, numbers, 1 / (1 + math.exp(-gain)))


@lru_cache(maxsize=2)
def _numbers(characters: str) -> dict[str, int]:
    return {char: place + 1 for place, char in enumerate(characters)}


def _put(word: _Word, text: str, numbers: dict[str, int], sure: float) -> list[CharRead]:
    """The characters of another spelling in the frames of those that they stand for."""
    made: list[CharRead] = []
    for what, a0, a1, b0, b1 in SequenceMatcher(None, word.text, text, False).get_opcodes():
        if what == "equal":
            made += word.chars[a0:a1]
            continue
        before = word.chars[a0 - 1].last if a0 else word.first
        low, high = before, word.chars[min(a1, len(word.chars) - 1)].first
        if a1 > a0:
            low, high = word.chars[a0].first, word.chars[a1 - 1].last
        count = b1 - b0
        for place, new in enumerate(text[b0:b1]):
            frame = round(low + (high - low) * (place + 0.5) / count)
            made.append(CharRead(numbers[new], sure, frame, frame))
    return made


def _spellings(word: _Word, characters: str, spelling: Spelling) -> Iterator[str]:
    """What a word may be instead."""
    text = word.text
    if "ァ" <= text[0] <= "ヺ":
        yield from filter(spelling.knows, _in_other_forms(word, characters))
        return
    if text == "l":
        yield from "I1"
    figures = text.translate(_FIGURES)
    if text in ("lst", "Ist"):
        yield figures
    for number in (figures, figures[:-1] + text[-1:], figures[:-2] + text[-2:]):
        if _NUMBER.fullmatch(number) and any(char.isdigit() for char in text):
            yield number
    if _CODE.fullmatch(text):
        yield text[0] + text[1:].replace("O", "0")
    others = [*_in_other_case(text), *_with_other_stroke(text)]
    yield from (other for other in others if spelling.knows(other))
    is_abbreviation = text.isalpha() and text.isupper() and len(text) <= LONGEST_ABBREVIATION
    num_figures = sum(char.isdigit() for char in text)
    if len(text) >= SHORTEST and num_figures <= 1 and not is_abbreviation:
        yield from (other for other in _edits(word, characters) if _is_known(other, spelling))


def _in_other_forms(word: _Word, characters: str) -> Iterator[str]:
    """A katakana word with one or two of its characters as others that look like them."""
    forms = [
        {*_FORMS.get(own, ""), *(characters[number - 1] for number, _ in char.rivals)} - {own}
        for own, char in zip(word.text, word.chars, strict=True)
    ]
    changes = [(place, form) for place, others in enumerate(forms) for form in others]
    for one, other in combinations_with_replacement(changes, 2):
        letters = list(word.text)
        for place, form in (one, other):
            letters[place] = form
        yield "".join(letters)


def _is_known(text: str, spelling: Spelling) -> bool:
    """Whether it is a word or two of them, none of them a figure."""
    parts = text.split(" ")
    if len(parts) > 1 and min(map(len, parts)) < 2:
        return False
    return all(spelling.knows(part) and not part.isdigit() for part in parts)


def _in_other_case(text: str) -> list[str]:
    forms = (text.lower(), text.upper(), text[:1].upper() + text[1:].lower())
    return [
        form
        for form in forms
        if form != text
        and all(a == b or a.lower() in _ONE_SHAPE for a, b in zip(text, form, strict=True))
    ]


def _with_other_stroke(text: str) -> list[str]:
    """`lnformation` as `Information`, `Iocal` as `local`, `0CT` as `OCT`."""
    places = [place for place, char in enumerate(text) if char in _SAME]
    other_strokes = [
        text[:place] + other + text[place + 1 :]
        for place in places
        for other in "Il"
        if other != text[place]
    ]
    has_nought = "0" in text and len(text) >= SHORTEST
    return other_strokes + [text.replace("0", letter) for letter in "Oo" if has_nought]


def _seen_there(word: _Word, char: CharRead) -> Iterator[int]:
    """What else the frames of a character may say, whoever settled what it is."""
    start = max(0, min(char.first - word.first, len(word.log_probs) - 1))
    likeliest = word.log_probs[start : max(start, char.last - word.first) + 1].max(0)
    for number in np.argpartition(likeliest, -TRIED)[-TRIED:].tolist():
        if number not in (BLANK, char.number):
            yield number


def _edits(word: _Word, characters: str) -> Iterator[str]:
    """One letter other, more or less, or strokes parted in another way."""
    text = word.text
    for place, char in enumerate(word.chars):
        before, after = text[:place], text[place + 1 :]
        yield before + after
        for number in _seen_there(word, char):
            yield before + characters[number - 1] + after
    for place in range(len(text) + 1):
        for letter in _INSERTED:
            yield text[:place] + letter + text[place:]
    for one, other in _ALIKE:
        for old, new in ((one, other), (other, one)):
            for found in re.finditer(re.escape(old), text):
                yield text[: found.start()] + new + text[found.end() :]
