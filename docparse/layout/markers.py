"""The marks that list items and numbered headings begin with, parsed from the start of a text."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

BULLETS = "•‣▪▫■□●○◦◯⚫⁃∙·・※◆◇▶▷►▸➢➤➔✓✔✗☐☑☒★☆–—-*\uf0b7\uf0a7\uf0d8\uf06e\uf0fc\uf071\uf076\uf0a8"
_CIRCLED = "①-⑳㉑-㉟㊱-㊿❶-❿⓵-⓾➀-➓⑴-⒇Ⓐ-ⓩ"
_ROMAN = r"[ivxlcdm]+"
_KANJI = "一二三四五六七八九十百"
_KANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノ"
_IROHA = "イロハニホヘトチリヌルヲワカヨタレソ"
_OPEN, _CLOSE = r"[(（\[〔【]", r"[)）\]〕】]"
_POINT = r"[.．、。]"

_DATE = re.compile(
    r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+)?"
    r"(?:[a-zé]{3,9}\.?\s+\d{1,2}(?:st|nd|rd|th)?,?|\d{1,2}\.?\s+[a-zé]{3,9}\.?,?)\s+\d{4}"
    r"|\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|.{0,6}\d{1,4}年\s*\d{1,2}月\s*\d{1,2}日",
    re.IGNORECASE,
)

# Name of the style, its pattern. The first that matches counts.
_STYLES: tuple[tuple[str, str], ...] = (
    ("part", rf"第\s?[0-9０-９{_KANJI}]+\s?[章編部篇]"),
    ("section", rf"第\s?[0-9０-９{_KANJI}]+\s?[節款]"),
    ("article", rf"第\s?[0-9０-９{_KANJI}]+\s?[条項](?:の\s?[0-9０-９{_KANJI}]+)?"),
    ("number.", r"[第]\s?[0-9０-９]{1,3}(?=[\s　])"),
    ("chapter", r"(?i:chapter|part|kapitel|teil|capítulo|chapitre)\s+(?:\d+|(?i:[ivxlc]+))\b[.:]?"),
    ("appendix", r"(?i:appendix|annex|anhang|annexe|anexo)\s+(?:[A-Z]|\d+|[IVX]+)\b[.:]?"),
    ("1.1.1", r"\d{1,3}(?:[.．]\d{1,3}){2,5}[.．]?(?![\d%])"),
    ("1.1", r"\d{1,3}[.．]\d{1,3}[.．]?(?!\s*[\d%])(?=[\s　\u3000-\u9fff]|$)"),
    ("A.1", r"[A-Z](?:\.\d{1,3}){1,4}\.?(?=\s|$)"),
    ("circled", rf"[{_CIRCLED}]"),
    ("(1)", rf"{_OPEN}[0-9０-９]{{1,3}}{_CLOSE}"),
    ("(i)", rf"{_OPEN}{_ROMAN}{_CLOSE}"),
    ("(a)", rf"{_OPEN}[a-zａ-ｚ]{_CLOSE}"),
    ("(A)", rf"{_OPEN}[A-ZＡ-Ｚ]{_CLOSE}"),
    ("(ア)", rf"{_OPEN}[{_KANA}{_IROHA}]{_CLOSE}"),
    ("(一)", rf"{_OPEN}[{_KANJI}]+{_CLOSE}|[㈠-㈩]"),
    ("note", r"[(（]注[0-9０-９]{0,2}[)）](?:\s*[0-9０-９]{1,2}[.．])?|注[0-9０-９]{1,2}[)）.．]"),
    ("1)", r"[0-9０-９]{1,3}[)）]"),
    ("1.", rf"[0-9０-９]{{1,3}}{_POINT}(?![0-9０-９])"),
    ("I.", r"[IVX]{1,5}\.(?=\s|$)|[Ⅰ-Ⅻ][.．、]?"),
    ("i.", r"(?:[ivx]{1,5})[.)](?=\s|$)|[ⅰ-ⅻ][.．、)]?"),
    ("A.", rf"[A-ZＡ-Ｚ](?:[)）]|{_POINT})(?=[\s　\u3000-\u9fff]|$)"),
    ("a.", rf"[a-zａ-ｚ](?:[)）]|{_POINT})(?=[\s　\u3000-\u9fff]|$)"),
    ("ア.", rf"[{_KANA}{_IROHA}](?:[)）]|{_POINT}|(?=[　\s]))"),
    ("一.", rf"[{_KANJI}](?:[)）]|[.．、])"),
    ("bullet", rf"[{re.escape(BULLETS)}](?![0-9.,])"),
    ("1 ", r"[0-9０-９]{1,2}(?=[\s　]+[^\s\d.,%]|【)"),
)
_PATTERN = re.compile("|".join(f"(?P<s{i}>{pattern})" for i, (_, pattern) in enumerate(_STYLES)))
_ASCII_NUMBER = re.compile(r"\d+")


# What stands before the number of "(注)１．", in font sizes.
NOTE_WIDTH = 2.5


@dataclass(frozen=True, slots=True)
class Marker:
    """`text` as printed, `style` one of the names above, `end` where the text behind it begins.

    `number` is what it counts, 0 if nothing (bullets) or unknown.
    """

    text: str
    style: str
    end: int
    number: int = 0

    @property
    def ordered(self) -> bool:
        return self.style not in ("bullet", "note")


def parse_marker(text: str) -> Marker | None:
    """The mark at the start of a text; None if it begins without one."""
    head = text[:40]
    match = _PATTERN.match(head)
    if not match or match.lastgroup is None:
        return None
    style = _STYLES[int(match.lastgroup[1:])][0]
    mark = match[0]
    end = match.end()
    while end < len(text) and text[end].isspace():
        end += 1
    if style == "bullet" and mark in "-*–—·" and end == match.end():
        return None  # a minus sign, a dash or a footnote's asterisk
    return Marker(mark, style, end, _number(mark, style))


def as_counted(marker: Marker, start: int, size: float) -> tuple[Marker, int]:
    """A marker and where it stands; of "(注)１．", over "２．", that is the number."""
    if marker.style == "note" and marker.number:
        return replace(marker, style="1."), start + round(NOTE_WIDTH * size)
    return marker, start


def _number(mark: str, style: str) -> int:
    """What a mark counts; of 1.2.3 the last number."""
    if style == "bullet":
        return 0
    plain = unicodedata.normalize("NFKC", mark)
    digits = _ASCII_NUMBER.findall(plain)
    if digits:
        return int(digits[-1])
    core = plain.strip("()[].:、。 〔〕【】")
    if style in ("chapter", "appendix"):
        core = core.rsplit(" ", 1)[-1]
    if style in ("(i)", "i.", "I.") or style == "chapter":
        return _roman(core.lower())
    if len(core) == 1 and core.isascii() and core.isalpha():
        return ord(core.lower()) - ord("a") + 1
    if core and core[0] in _IROHA[:5]:
        return _IROHA.index(core[0]) + 1
    if core and core[0] in _KANA:
        return _KANA.index(core[0]) + 1
    return _kanji(core)


def _roman(text: str) -> int:
    values = [
        {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}.get(c, 0) for c in text
    ]
    total = 0
    for value, following in zip(values, [*values[1:], 0], strict=True):
        total += -value if value < following else value
    return total


def _kanji(text: str) -> int:
    """第十二章 gives 12; 0 where there is no such numeral."""
    total, unit = 0, 0
    for char in text:
        value = _KANJI.find(char) + 1
        if not value:
            continue
        if value == 10:
            total += 10 * (unit or 1)
            unit = 0
        elif value == 11:
            total += 100 * (unit or 1)
            unit = 0
        else:
            unit = value
    return total + unit


def is_date(text: str) -> bool:
    """Whether a text is a date and nothing else."""
    return bool(_DATE.fullmatch(text))
