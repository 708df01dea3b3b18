"""Japanese values as printed to typed ones: dates of all eras, amounts in yen, numbers.

All functions take *keys*: NFKC without white space, so that 全角 digits, ￥ and ％ are plain.
What is not such a value gives None; nothing is guessed.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Generic, TypeVar

T = TypeVar("T")

# First year of each era as western year less one, so that year 1 (元年) is the first.
ERAS = {
    "令和": 2018,
    "平成": 1988,
    "昭和": 1925,
    "令": 2018,
    "平": 1988,
    "昭": 1925,
    "R": 2018,
    "H": 1988,
    "S": 1925,
}
# A two-digit year below this is as likely a year of Reiwa.
FIRST_SHORT_YEAR = 19

_YMD = r"(?P<m>\d{1,2})(?:月|[/.\-])(?P<d>\d{1,2}|(?<=月)末)(?:日|(?!\d))"  # 末日: the last day
_DATES = (
    re.compile(rf"(?P<era>令和|平成|昭和|[令平昭RHS]\.?)(?P<y>元|\d{{1,2}})(?:年|[/.\-]){_YMD}"),
    re.compile(rf"(?<!\d)(?P<y>(?:19|20)\d\d)(?:年|[/.\-]){_YMD}"),
    re.compile(rf"(?<![\d/.\-])'?(?P<y>\d\d)(?:年|[/.]){_YMD}(?![\d/.\-])"),
    re.compile(r"(?<!\d)(?P<y>20\d\d)(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])(?!\d)"),
)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    r"(?P<name>(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?))\.?"
)
_ENGLISH = (
    re.compile(rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?-?{_MONTH},?-?(?P<y>20\d\d)(?!\d)"),
    re.compile(rf"(?<![A-Za-z]){_MONTH}(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,? ?(?P<y>20\d\d)(?!\d)"),
)
_MONTH_DAY = re.compile(r"(?P<m>\d{1,2})(?:月|[/.\-])(?P<d>\d{1,2})日?")

_MINUS = "△▲−–-"
_DIGITS = r"[1-9]\d{0,2}(?:,\d{3})+|\d+"
AMOUNT = re.compile(
    rf"(?<![\d,.A-Za-z\-/])(?:金|\*)?(?P<open>\()?(?P<neg>[{_MINUS}])?[¥\\]?(?P<neg2>[{_MINUS}])?"
    rf"(?P<digits>{_DIGITS})(?P<close>\))?"
    rf"(?:円也?|-|−|ー|\.-|yen|JPY)?(?![\d,A-Za-z%./]|\.\d|年|月|日|個|枚|時|名)"
)
# What may stand around an amount that fills its cell.
_AROUND = re.compile(r"[※*★◎#]|\(税[込抜]\)|軽減?|内|外|\(軽\)|\(内税\)")
_NUMBER = re.compile(rf"[@]?[¥\\]?(?P<neg>[{_MINUS}])?(?P<digits>{_DIGITS})(?P<frac>\.\d+)?(?:円)?")
_QUANTITY = re.compile(
    rf"(?P<neg>[{_MINUS}])?(?P<digits>{_DIGITS})(?P<frac>\.\d+)?(?P<unit>[^\d,.¥%]{{0,6}})"
)


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """A value and the characters of the key that it was read from, end exclusive."""

    value: T
    start: int
    end: int


def key_of(text: str) -> str:
    """NFKC without white space."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def find_date(key: str, start: int = 0) -> Read[date] | None:
    """The first whole date from `start` on. A short year below 19 is none: it may be Reiwa."""
    best: Read[date] | None = None
    for pattern in (*_DATES, *_ENGLISH):
        match = pattern.search(key, start)
        day = _to_date(match.groupdict()) if match else None
        if match and day and (best is None or match.start() < best.start):
            best = Read(day, match.start(), match.end())
    return best


def _to_date(parts: dict[str, str]) -> date | None:
    year = 1 if parts["y"] == "元" else int(parts["y"])
    era = parts.get("era")
    if era:
        year += ERAS[era.rstrip(".")]
    elif len(parts["y"]) == 2:
        if year < FIRST_SHORT_YEAR:
            return None
        year += 2000
    try:
        name = parts.get("name")
        month = _MONTHS.index(name[:3].lower()) + 1 if name else int(parts["m"])
        last = parts["d"].startswith("末")
        return date(year, month, monthrange(year, month)[1] if last else int(parts["d"]))
    except ValueError:
        return None


def month_day(key: str, near: date | None) -> date | None:
    """A day without a year, which is that of `near`, or the one before if it would lie after."""
    match = _MONTH_DAY.fullmatch(key)
    if not match or near is None:
        return None
    for year in (near.year, near.year - 1):
        try:
            day = date(year, int(match["m"]), int(match["d"]))
        except ValueError:
            continue
        if (day - near).days <= 60:
            return day
    return None


def find_amounts(key: str) -> list[Read[int]]:
    """All amounts in whole yen, with their sign: △ ▲ − and (1,234) are negative."""
    found = []
    for match in AMOUNT.finditer(key):
        value = int(match["digits"].replace(",", ""))
        in_brackets = bool(match["open"] and match["close"])
        is_negative = bool(match["neg"] or match["neg2"])
        if in_brackets and not is_negative:
            is_negative = match.end() - match.start() == len(key)
        found.append(Read(-value if is_negative else value, match.start(), match.end()))
    return found


def find_numbers(key: str) -> list[Read[Decimal]]:
    """All numbers, whole ones and with decimals, that are not part of a longer one."""
    pattern = rf"(?<![\d,.])[{_MINUS}]?(?P<digits>{_DIGITS})(?P<frac>\.\d+)?(?![\d,]*\d)"
    found = []
    for match in re.finditer(pattern, key):
        value = Decimal(match["digits"].replace(",", "") + (match["frac"] or ""))
        negative = match[0][0] in _MINUS
        found.append(Read(-value if negative else value, match.start(), match.end()))
    return found


def whole_amount(key: str) -> Read[int] | None:
    """The amount of a cell that holds one and marks such as ※ or (税込), else None."""
    found = find_amounts(key)
    if len(found) != 1:
        return None
    rest = key[: found[0].start] + key[found[0].end :]
    return None if _AROUND.sub("", rest) else found[0]


def is_money(key: str) -> bool:
    """Whether an amount is written as money: with a currency, commas or a sign."""
    return bool(re.search(r"[¥\\円,△▲]|-$", key))


def whole_number(key: str) -> Decimal | None:
    """A number that fills its cell: unit prices, with decimals and their sign."""
    match = _NUMBER.fullmatch(key) or _NUMBER.fullmatch(_AROUND.sub("", key).rstrip("-ー"))
    return _to_decimal(match) if match else None


def quantity_and_unit(key: str) -> tuple[Decimal, str, int] | None:
    """A quantity, the unit that is printed behind it ("" if none) and where the unit begins."""
    match = _QUANTITY.fullmatch(key)
    if not match:
        return None
    return _to_decimal(match), match["unit"], match.start("unit")


def _to_decimal(match: re.Match[str]) -> Decimal:
    value = Decimal(match["digits"].replace(",", "") + (match["frac"] or ""))
    return -value if match["neg"] else value


def find_rate(key: str) -> Read[Decimal] | None:
    """The first percentage."""
    match = re.search(r"(\d{1,2}(?:\.\d+)?)%", key)
    return Read(Decimal(match[1]), match.start(), match.end()) if match else None
