"""The law of consumption tax: rates and part credit by date, check digits, roundings."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from docparse.schemas.law import (
    has_check_digit,
    part_credit,
    rates_on,
    roundings,
    tax_of,
    was_ever,
    withholding_of,
)


@pytest.mark.parametrize(
    "number", ["T7123456789012", "T4011001098993", "T8700110005901", "T1180301018771"]
)
def test_check_digits_of_known_numbers(number: str) -> None:
    assert has_check_digit(number)
    wrong = f"T{(int(number[1]) + 1) % 10}{number[2:]}"
    assert not has_check_digit(wrong)


@pytest.mark.parametrize(
    ("day", "rates"),
    [
        (date(2026, 10, 1), {8, 10}),
        (date(2019, 9, 30), {8}),
        (date(2014, 3, 31), {5}),
        (date(1989, 3, 31), set()),
    ],
)
def test_rates_by_date(day: date, rates: set[int]) -> None:
    assert {int(rate.percent) for rate in rates_on(day)} == rates


def test_an_older_rate_may_be_transitional_a_future_one_not() -> None:
    assert was_ever(Decimal(5), date(2026, 1, 1))
    assert not was_ever(Decimal(10), date(2015, 1, 1))


@pytest.mark.parametrize(
    ("day", "share"),
    [
        (date(2026, 9, 30), 80),
        (date(2026, 10, 1), 70),
        (date(2028, 10, 1), 50),
        (date(2031, 9, 30), 30),
        (date(2031, 10, 1), 0),
    ],
)
def test_part_credit_by_date(day: date, share: int) -> None:
    assert part_credit(day) == share


def test_tax_is_rounded_once_on_the_sum() -> None:
    # 3 times 105 yen: 31.5, where rounding each line down would give 30
    modes = roundings(tax_of(315, Decimal(10), inclusive=False))
    assert modes == {"floor": 31, "half-up": 32, "ceil": 32}
    assert roundings(Decimal("-31.5")) == {"floor": -31, "half-up": -32, "ceil": -32}
    assert tax_of(1100, Decimal(10), inclusive=True) == 100


def test_withholding_above_a_million() -> None:
    assert withholding_of(100_000) == 10_210
    assert withholding_of(1_500_000) == 102_100 + 102_100
