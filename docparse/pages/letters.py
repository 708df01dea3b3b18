"""How well letters and characters fit human writing, in numbers that `trust` judges by.

The table of letter pairs is the mean over 35 languages in Latin script, made by
`tests/pages/build_letters.py` from the message catalogues of free programs.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache
from itertools import pairwise

# A word boundary, then the letters.
ALPHABET = "^abcdefghijklmnopqrstuvwxyz"
# Rows: first letter; columns: second letter; chr(48 + n) stands for n quarters of a bit.
_TABLE = (
    r"K?CC>ADFGAJBBB@C?QE>AECJVLH9HGDCKLGLDJD>C<MFR>A?GFQUMHC:MTW;\VH<GW<SM=Ue>IM?RSZEX"
    r"@;UJS=Y_;:PCIUM;V[FGADYWaKL<:TVI8XOI;QOJOG=NhEIOALUaLJ9FKFDJKFMDLD@C;NHX<?@KJQLQI"
    r"?<VUL>DOL8RREWN9X`BHDAZX`L_<<RSO;WHH=INENC?Ud?HH<ONbHT<8TWO:T_Y<MLIMN<V]HRBBHOcHa"
    r";BIBB?IDOOIB@C;BITC?@LFTOWHA7VVK7UUU?XLHQI=RZRHK=RSZQR;:RNR<VID?SGEOJ<O\EBA@QR]JV"
    r"<:NSF;QLO:IKANJ>Q`YGDBOScIS<8BXS9YSH=SQNGK=BhPIOCWTgM[9=TG@=K?K>KJPPG@T_UD=DMVaGT"
    r";JGFBJJDNGID@A;ID\<@CGFLXTI@:YJP;RSH?TOAUN;Dd;IE@VUdPX;DMLMELMMELMFJKLILKLB4MGMLM"
    r":;MJE;RHL<NHMFH>PUGDBBJQ_KK9>SEW=SOG=RAFNLAEVQE:BPSlIK::XTW:VSC<SNMRK>Vm@HF@NQRIL"
    r";ADGECLGNBIC@@<IDc>??MMQUPHB7RUW7ZZX:TTLVI=U]ILSIW]\IU?8RQJ<THG8VOKTD?PVEAQMVSPGT"
    r"9@AEM<DOK<TLNMPG@URQ:FUSMDL7=IFFCLJOGMGDCAF?XD@?HNNUQP=8JOJ;SJJ:OLIIF?NSNLKCKMVGI"
)


def natural_words(text: str) -> list[str]:
    """The Latin words of a text as people write them: small letters, the first one large or not.

    Accents are dropped. Capitals, codes, and words next to a digit are left out: part numbers,
    sequences of amino acids and hexadecimal digits follow no language.
    """
    return [word.lower() for word in _NATURAL.findall(text.translate(_folded()))]


def bits_per_letter(words: list[str]) -> float:
    """How surprising the pairs of letters are, about 3.8 in any language, 5 and more in none."""
    return _surprise(Counter(_pairs(words)))


def best_shift(words: list[str]) -> float:
    """The least bits per letter that any shift through the alphabet gives (a Caesar cipher)."""
    counts = Counter(_pairs(words))
    return min(
        _surprise(Counter({_shifted(pair, by): count for pair, count in counts.items()}))
        for by in range(1, 26)
    )


def common_han(text: str) -> tuple[int, int]:
    """How many ideographs a text has, and how many of them are in everyday use somewhere.

    Everyday use: the first levels of JIS X 0208 and GB 2312, and the frequent part of Big5.
    """
    han = [char for char in text if "\u3400" <= char <= "\u9fff"]
    everyday = _everyday_han() if han else frozenset()
    return len(han), sum(char in everyday for char in han)


def mixed_scripts(text: str) -> tuple[int, int]:
    """How many pairs of letters stand side by side, and how many of them no text would join."""
    pairs = mixed = 0
    for (first, second), count in Counter(pairwise(text)).items():
        one, other = script(first), script(second)
        if one and other:
            pairs += count
            if one != other and frozenset((one, other)) not in _MIXABLE:
                mixed += count
    return pairs, mixed


@cache
def script(char: str) -> str:
    """The script of a letter, "EAST" for all of Chinese and Japanese; "" for what is no letter."""
    if not char.isalpha():
        return ""
    name = unicodedata.name(char, "?").split(" ")[0].split("-")[0]
    return _EAST.get(name, name)


_NATURAL = re.compile(r"(?<!\w)[A-Za-z]?[a-z]{1,19}(?![\w])")
_EAST = dict.fromkeys(
    ["CJK", "HIRAGANA", "KATAKANA", "FULLWIDTH", "HALFWIDTH", "BOPOMOFO", "IDEOGRAPHIC"], "EAST"
) | {"MODIFIER": "LATIN", "FEMININE": "LATIN", "MASCULINE": "LATIN", "MICRO": "GREEK"}
_MIXABLE = frozenset(
    frozenset(pair)
    for pair in (
        ("LATIN", "EAST"),
        ("LATIN", "GREEK"),
        ("GREEK", "EAST"),
        ("CYRILLIC", "EAST"),
        ("HANGUL", "EAST"),
        ("HANGUL", "LATIN"),
        ("LATIN", "MATHEMATICAL"),
        ("GREEK", "MATHEMATICAL"),
    )
)


def _pairs(words: list[str]) -> list[str]:
    line = "^" + "^".join(words) + "^" if words else ""
    return [line[i : i + 2] for i in range(len(line) - 1)]


def _surprise(pairs: Counter[str]) -> float:
    bits = _bits()
    total = sum(pairs.values())
    return sum(bits[pair] * count for pair, count in pairs.items()) / total if total else 0.0


def _shifted(pair: str, by: int) -> str:
    return "".join(char if char == "^" else chr((ord(char) - 97 + by) % 26 + 97) for char in pair)


@cache
def _bits() -> dict[str, float]:
    """Bits that the second letter of each pair takes after the first."""
    size = len(ALPHABET)
    return {
        first + second: (ord(_TABLE[row * size + column]) - 48) / 4
        for row, first in enumerate(ALPHABET)
        for column, second in enumerate(ALPHABET)
    }


@cache
def _folded() -> dict[int, str]:
    """Latin letters with accents and the like to plain ones, for `str.translate`."""
    special = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l"}
    special |= {"þ": "th", "ð": "d", "ħ": "h"}
    table = {ord(char): plain for char, plain in special.items()}
    table |= {ord(char.upper()): plain.title() for char, plain in special.items() if char != "ß"}
    table[ord("ı")] = "i"
    for code in [*range(0xC0, 0x250), *range(0x1E00, 0x1F00)]:
        plain = unicodedata.normalize("NFKD", chr(code))[0]
        if plain.isascii() and plain.isalpha():
            table.setdefault(code, plain)
    # combining accents that stand alone
    return table | dict.fromkeys(range(0x300, 0x370), "")


@cache
def _everyday_han() -> frozenset[str]:
    def rows(encoding: str, first: int, last: int, start: int, cells: int) -> str:
        codes = (
            bytes((lead, trail))
            for lead in range(first, last + 1)
            for trail in range(start, start + cells)
        )
        return "".join(code.decode(encoding, errors="ignore") for code in codes)

    levels = rows("euc_jp", 0xB0, 0xCF, 0xA1, 94) + rows("gb2312", 0xB0, 0xD7, 0xA1, 94)
    return frozenset(levels + rows("big5", 0xA4, 0xC6, 0x40, 191))
