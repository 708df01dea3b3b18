"""Whether the text of a page can be believed, with the reason where it cannot.

The text of a PDF may be anything: fonts without a map to Unicode, maps that are shifted by one on
purpose or by mistake, a poor reader's guess at a scan. What is tested here is what such layers have
in common and what no page of prose, figures, code, names or part numbers has. Short texts pass: a
few letters prove nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from docparse.pages.clean import REPLACEMENT
from docparse.pages.letters import (
    best_shift,
    bits_per_letter,
    common_han,
    mixed_scripts,
    natural_words,
)

# Shares of a page's characters above which its text is not believed.
MAX_UNMAPPED = 0.2
MAX_MIXED = 0.1
# Words that are neither words nor numbers nor codes; a scan's reader must do better than a font.
MAX_ODD, MAX_ODD_OCR = 0.6, 0.35
# Ideographs in everyday use are nearly all of a text, and a third of arbitrary ones.
MIN_COMMON_HAN = 0.55
# Bits per letter (`letters`): real languages take at most 4.7, arbitrary letters about 6. Where a
# shift through the alphabet makes a language of the text, less is enough.
MAX_BITS, SHIFTED_BITS, SHIFT_GAIN = 5.4, 4.7, 0.8
# How much text is needed before its statistics mean anything.
MIN_LETTERS, MIN_HAN, MIN_PAIRS = 100, 40, 30
# Texts beyond these are compared with the pixels, where somebody can read them: one page in fifty.
UNUSUAL_ODD, UNUSUAL_UNMAPPED, UNUSUAL_BITS, UNUSUAL_HAN = 0.15, 0.02, 4.6, 0.85
FEW_LETTERS = 12
# Longer words are not looked at: patterns take their time on them.
MAX_WORD = 200

_LETTERS = r"[^\W\d_]"
_WORD = re.compile(rf"{_LETTERS}+(?:['’\-‐–/&.·:,]{_LETTERS}+)*")
_NUMBER = re.compile(
    r"[+\-−±~≈<>≤≥]?[$€£¥₩]?[\d٠-٩][\d٠-٩.,:/\-–'’×x%‰°′″]*[%‰°′″]?[$€£¥₩]?[^\W\d_]{0,4}[.²³]?"
)
_CODE = re.compile(
    r"[A-Z0-9]+(?:[-–/._:#][A-Z0-9]+)*|[A-Za-z]{1,12}[-–/.]?\d[\d\-–/.]*[A-Za-z]?"
    r"|[0-9a-f]{6,}(?:-[0-9a-f]{4,})*"
)
_ADDRESS = re.compile(r"\S+@\S+\.\S+|\w+://\S+|www\.\S+|(?:[\w-]+\.)+[a-z]{2,}(?:/\S*)?", re.ASCII)
_DATE = re.compile(r"\d{1,4}[-/. ][^\W\d_]{3,9}[-/. ]\d{2,4}")
# Three kinds of these in one word are a font's numbers of glyphs taken for characters.
_RARE = re.compile(r"[\"#$%&*+<>@\\^_`{|}~!]")
_EDGES = "\"'“”‘’«»‹›()[]{}<>.,;:!?*†‡§•·…-–—=|/+~^_°#&@%©®™　、。「」（）￥¥〒△▲▽▼－─―⋯×\u00ad"


@dataclass(frozen=True, slots=True)
class Text:
    """What is judged: the words of a page, and which of them are set in a font of fixed width."""

    words: tuple[str, ...]
    mono: tuple[bool, ...]
    is_ocr: bool


def judge(text: Text) -> str:
    """Why the text cannot be believed, in a few words; "" if it can."""
    joined = " ".join(text.words)
    num_chars = len(joined) - joined.count(" ")
    if not num_chars:
        return ""
    unmapped = num_unmapped(joined)
    if unmapped > MAX_UNMAPPED * num_chars:
        return f"{unmapped} of {num_chars} characters have no meaning that the file gives"
    return _odd(text) or _no_language(joined) or _wrong_characters(joined)


def is_unusual(words: Sequence[str]) -> bool:
    """Whether a text that `judge` believes is odd enough to be compared with the page's pixels."""
    joined = " ".join(words)
    num_chars = max(1, len(joined) - joined.count(" "))
    odd = sum(len(word) for word in words if is_odd(word))
    if odd > UNUSUAL_ODD * num_chars or num_unmapped(joined) > UNUSUAL_UNMAPPED * num_chars:
        return True
    natural = natural_words(joined)
    if sum(map(len, natural)) >= FEW_LETTERS and bits_per_letter(natural) > UNUSUAL_BITS:
        return True
    num_han, num_common = common_han(joined)
    return num_han >= FEW_LETTERS and num_common < UNUSUAL_HAN * num_han


def num_unmapped(text: str) -> int:
    """Characters that say nothing: U+FFFD, private use, never assigned."""
    if text.isascii():
        return 0
    return sum(
        char == REPLACEMENT or unicodedata.category(char) in ("Co", "Cn", "Cc") for char in text
    )


def is_odd(word: str) -> bool:
    """Whether a word is neither a word nor a number nor a code nor an address."""
    if len(word) > MAX_WORD:
        return False  # no time for those, and a font's mistakes have spaces too
    if len(word) > 3 and len(set(_RARE.findall(word))) > 2:
        return True
    core = word.strip(_EDGES)
    if not core:
        return False  # bullets, dashes, leaders
    if not core.isascii() and max(core) > "\u02ff":
        return False  # other scripts are judged by their characters
    return not any(form.fullmatch(core) for form in (_WORD, _NUMBER, _CODE, _ADDRESS, _DATE))


def _odd(text: Text) -> str:
    """Judges by the shape of the words. Code is full of odd ones, so fixed width does not count."""
    sizes = [
        (len(word), is_odd(word))
        for word, mono in zip(text.words, text.mono, strict=True)
        if word.strip(_EDGES) and (text.is_ocr or not mono)
    ]
    total = sum(size for size, _ in sizes)
    odd = sum(size for size, odd in sizes if odd)
    if odd > (MAX_ODD_OCR if text.is_ocr else MAX_ODD) * total:
        return f"{odd} of {total} characters are in words that are none"
    return ""


def _no_language(joined: str) -> str:
    """Judges by pairs of letters. Only words in small letters count, so codes cannot fail."""
    words = natural_words(joined)
    num_letters = sum(map(len, words))
    if num_letters < MIN_LETTERS:
        return ""
    bits = bits_per_letter(words)
    if bits > MAX_BITS:
        return f"its letters fit no language ({bits:.1f} bits a letter, 3.8 are usual)"
    if bits > SHIFTED_BITS and best_shift(words) < bits - SHIFT_GAIN:
        return "its letters are shifted through the alphabet"
    return ""


def _wrong_characters(joined: str) -> str:
    """Judges by ideographs that nobody uses and by scripts that nobody mixes."""
    if joined.isascii():
        return ""
    num_han, num_common = common_han(joined)
    if num_han >= MIN_HAN and num_common < MIN_COMMON_HAN * num_han:
        return f"only {num_common} of {num_han} ideographs are in use"
    pairs, mixed = mixed_scripts(joined)
    if pairs >= MIN_PAIRS and mixed > MAX_MIXED * pairs:
        return "its words mix scripts that do not go together"
    return ""
