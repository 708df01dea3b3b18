"""The law of consumption tax as data: rates and part credit by date, numbers, roundings.

Sources: 消費税法施行令70条の10 and 消費税法基本通達1-8-15 (rounding once per rate), 国税庁 法人番号
(check digit), 28年改正法附則52条・53条 as amended in 2026 (part credit), 所得税法204条・205条 and
復興財源確保法 (withholding).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

REGISTRATION_NUMBER = re.compile(r"T\d{13}")
QUALIFIED_SINCE = date(2023, 10, 1)


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate in percent and the days on which it holds, both inclusive."""

    percent: Decimal
    first: date
    last: date = date.max
    reduced: bool = False


RATES = (
    Rate(Decimal(3), date(1989, 4, 1), date(1997, 3, 31)),
    Rate(Decimal(5), date(1997, 4, 1), date(2014, 3, 31)),
    Rate(Decimal(8), date(2014, 4, 1), date(2019, 9, 30)),
    Rate(Decimal(10), date(2019, 10, 1)),
    Rate(Decimal(8), date(2019, 10, 1), reduced=True),
)
# All rates that there ever were, and that of what is not taxed.
PERCENTS = frozenset({Decimal(0), *(rate.percent for rate in RATES)})
# Last day, and the share in percent of the tax that a buyer may still deduct without a number.
PART_CREDIT = (
    (date(2023, 9, 30), 100),
    (date(2026, 9, 30), 80),
    (date(2028, 9, 30), 70),
    (date(2030, 9, 30), 50),
    (date(2031, 9, 30), 30),
    (date.max, 0),
)
# Withholding on fees: up to this payment the first share, on what exceeds it the second.
WITHHOLDING_STEP = 1_000_000
WITHHOLDING = (Decimal("0.1021"), Decimal("0.2042"))


def rates_on(day: date) -> tuple[Rate, ...]:
    """The rates that hold on a day; 0 (exempt, outside the tax) always may stand beside them."""
    return tuple(rate for rate in RATES if rate.first <= day <= rate.last)


def was_ever(percent: Decimal, day: date) -> bool:
    """Whether a rate held before `day`: old contracts may still be taxed at it."""
    return any(rate.percent == percent and rate.first <= day for rate in RATES)


def part_credit(day: date) -> int:
    """Percent of the tax on a purchase from a supplier without a number that may be deducted."""
    return next(share for last, share in PART_CREDIT if day <= last)


def has_check_digit(number: str) -> bool:
    """Whether the digits after T are a 法人番号. Sole traders' numbers are none.

    First digit = 9 - (sum of P * Q mod 9), P the n-th digit from the right of the other twelve,
    Q = 1 for odd n and 2 for even n.
    """
    digits = [int(digit) for digit in number.removeprefix("T")]
    total = sum(digit * (1 + i % 2) for i, digit in enumerate(reversed(digits[1:])))
    return digits[0] == 9 - total % 9


def roundings(amount: Decimal) -> dict[str, int]:
    """The three roundings to whole yen that an issuer may choose from, on the absolute amount."""
    size, sign = abs(amount), -1 if amount < 0 else 1
    return {
        "floor": sign * math.floor(size),
        "half-up": sign * math.floor(size + Decimal("0.5")),
        "ceil": sign * math.ceil(size),
    }


def tax_of(base: int | Decimal, percent: Decimal, *, inclusive: bool) -> Decimal:
    """The exact tax on a base without tax, or in one that includes it."""
    return base * percent / (100 + percent if inclusive else Decimal(100))


def withholding_of(fee: int) -> int:
    """Income tax withheld from a fee in yen, fractions dropped."""
    low, high = min(fee, WITHHOLDING_STEP), max(0, fee - WITHHOLDING_STEP)
    return math.floor(low * WITHHOLDING[0] + high * WITHHOLDING[1])
