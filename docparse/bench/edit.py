"""How alike two texts are, from 0 to 1, after differences that no reader would see are removed."""

from __future__ import annotations

import re
import unicodedata

from docparse.bench.extras import require

# Characters of scripts that are written without spaces between words.
CJK = "\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
_BROKEN_WORD = re.compile(r"(?<=\w)-[ \t]*\r?\n[ \t]*(?=[a-zà-öø-ÿ])")
_RULE = re.compile(r"([-=_*~.·…‥・─━])(?:[ \t]?\1){2,}")
_SPACE_BY_CJK = re.compile(f"(?<=[{CJK}]) | (?=[{CJK}])")
_ALIKE = str.maketrans(
    {"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‚": "'"}
    | dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff", None)
)


def normalise(text: str) -> str:
    """The text as it is compared: one line, without what differs only in writing.

    In this order: words broken by a hyphen at a line end are joined; NFKC (ligatures, full-width
    forms); quotes and dashes become ASCII, invisible characters go; three or more of the same
    rule character (`-----`, `. . . .`) go; whitespace becomes one space, and none beside a CJK
    character.
    """
    text = _BROKEN_WORD.sub("", text)
    text = unicodedata.normalize("NFKC", text).translate(_ALIKE)
    text = _RULE.sub(" ", text)
    return _SPACE_BY_CJK.sub("", " ".join(text.split()))


def similarity(truth: str, found: str) -> float:
    """1 - Levenshtein(a, b) / max(|a|, |b|) of the normalised texts; two empty ones are 1.

    The normalised edit distance of OmniDocBench (arXiv:2412.07626, section 4) turned round, so
    that more is better.
    """
    levenshtein = require("rapidfuzz.distance.Levenshtein")
    value: float = levenshtein.normalized_similarity(normalise(truth), normalise(found))
    return value
