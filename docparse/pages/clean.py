"""The characters of one word as a reader would type them: ligatures apart, accents joined.

What is left alone on purpose: full-width forms, enclosed and squared characters (full-width A,
circled 1, squared "kabu"), compatibility ideographs in names, and variation selectors, since a
reader sees those and a search for them must find them.
"""

from __future__ import annotations

import re
import unicodedata

SOFT_HYPHEN = "\u00ad"
REPLACEMENT = "\ufffd"

# Latin and Armenian ligatures, Hebrew and Arabic presentation forms: a font's business.
_FORMS = re.compile(
    "[\ufb00-\ufb06\ufb13-\ufb17\ufb1d-\ufb4f\ufb50-\ufd3d\ufd50-\ufdfb\ufe70-\ufefc]"
)
# What stands for a sign in vertical writing.
_VERTICAL = re.compile("[\ufe10-\ufe19\ufe30-\ufe44\ufe47\ufe48]")
# Control characters, direction marks, byte order marks, language tags. Joiners stay: Persian and
# the scripts of India are not spelled without them.
_UNSEEN = re.compile(
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
# Letters smuggled in a block that no font draws (Unicode tags).
_TAGS = re.compile("[\U000e0020-\U000e007e]")
_SURROGATES = re.compile("[\ud800-\udfff]")
# A spacing accent that is printed over its letter, as old TeX fonts do, and its combining form.
ACCENTS = {
    "`": "\u0300",
    "\u00b4": "\u0301",
    "\u02c6": "\u0302",
    "^": "\u0302",
    "\u02dc": "\u0303",
    "~": "\u0303",
    "\u00af": "\u0304",
    "\u02d8": "\u0306",
    "\u02d9": "\u0307",
    "\u00a8": "\u0308",
    "\u02da": "\u030a",
    "\u02dd": "\u030b",
    "\u02c7": "\u030c",
    "\u00b8": "\u0327",
    "\u02db": "\u0328",
}
# The dotless letters that TeX puts under an accent.
_DOTLESS = {"\u0131": "i", "\u0237": "j"}


def clean(text: str) -> str:
    """`text` without what cannot be seen; unassigned halves of pairs become U+FFFD."""
    if text.isascii() and text.isprintable():
        return text
    text = _FORMS.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    text = _VERTICAL.sub(lambda match: _upright(match[0]), text)
    text = _UNSEEN.sub("", _SURROGATES.sub(REPLACEMENT, text))
    return _compose(text)


def _upright(sign: str) -> str:
    """The sign of horizontal writing, as wide as the other characters."""
    plain = unicodedata.normalize("NFKC", sign)
    # U+FF01 to U+FF5E are the ASCII signs in full width
    return chr(ord(plain) + 0xFEE0) if len(plain) == 1 and plain.isascii() else plain


def num_tags(text: str) -> int:
    """How many characters are written in Unicode tags, which are invisible in any font."""
    return 0 if text.isascii() else len(_TAGS.findall(text))


def over(accent: str, letter: str) -> str:
    """The letter with a spacing accent printed over it, or "" where no such letter exists."""
    base = _DOTLESS.get(letter, letter)
    composed = unicodedata.normalize("NFC", base + ACCENTS[accent])
    return composed if len(composed) == 1 else ""


def is_cjk(char: str) -> bool:
    """Whether a character is set without spaces between words: Chinese, Japanese, wide forms."""
    code = ord(char)
    return (
        0x2E80 <= code <= 0x312F  # radicals, CJK punctuation, kana, bopomofo
        or 0x31A0 <= code <= 0xA4CF  # more of these, ideographs, Yi
        or 0xF900 <= code <= 0xFAFF
        or 0xFE10 <= code <= 0xFE1F
        or 0xFE30 <= code <= 0xFE4F  # forms of vertical writing
        or 0xFF00 <= code <= 0xFFEF
        or 0x20000 <= code <= 0x3FFFF
    )


def is_rtl(char: str) -> bool:
    """Whether a character is a letter that is written from right to left."""
    return char > "\u058f" and unicodedata.bidirectional(char) in ("R", "AL")


def _compose(text: str) -> str:
    """Base letters joined with their combining marks, where Unicode has the pair as one.

    Only the pairs: a plain NFC would also replace compatibility ideographs by others.
    """
    if not any(unicodedata.combining(char) for char in text):
        return text
    composed: list[str] = []
    for char in text:
        if composed and unicodedata.combining(char):
            pair = unicodedata.normalize("NFC", composed[-1] + char)
            if len(pair) == 1:
                composed[-1] = pair
                continue
        composed.append(char)
    return "".join(composed)
