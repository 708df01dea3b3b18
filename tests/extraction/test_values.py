"""Japanese values as printed: dates of all eras, amounts with their signs, numbers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from docparse.schemas.values import (
    find_amounts,
    find_date,
    find_rate,
    key_of,
    month_day,
    quantity_and_unit,
    whole_amount,
    whole_number,
)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026年10月31日", date(2026, 10, 31)),
        ("２０２６年 １０月 ３１日", date(2026, 10, 31)),
        ("2026/10/31", date(2026, 10, 31)),
        ("2026-1-5", date(2026, 1, 5)),
        ("2026.1.5", date(2026, 1, 5)),
        ("20261031", date(2026, 10, 31)),
        ("令和8年10月31日", date(2026, 10, 31)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("R8.10.31", date(2026, 10, 31)),
        ("H31/4/30", date(2019, 4, 30)),
        ("26/10/31", date(2026, 10, 31)),
        ("2025年6月末日", date(2025, 6, 30)),
        ("令和6年2月末", date(2024, 2, 29)),
        ("発行日：2026年10月31日（土）", date(2026, 10, 31)),
        ("16 June 2025", date(2025, 6, 16)),
        ("Date: Oct. 31st, 2026", date(2026, 10, 31)),
        ("31-DEC-2026", date(2026, 12, 31)),
    ],
)
def test_dates_of_all_forms(text: str, day: date) -> None:
    found = find_date(key_of(text))
    assert found is not None
    assert found.value == day


@pytest.mark.parametrize(
    "text", ["2026年13月1日", "08/10/31", "03-0000-1234", "1/2", "2026年2月30日", "31 June 2025"]
)
def test_what_is_no_date_or_could_be_two(text: str) -> None:
    assert find_date(key_of(text)) is None


def test_a_day_without_a_year_lies_before_the_invoice() -> None:
    near = date(2026, 1, 31)
    assert month_day("1/20", near) == date(2026, 1, 20)
    assert month_day("12月28日", near) == date(2025, 12, 28)
    assert month_day("12/28", None) is None


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("¥200,778-", 200778),
        ("￥２００，７７８", 200778),
        ("金200,778円也", 200778),
        ("▲3,000", -3000),
        ("△¥3,000", -3000),
        ("−3,000円", -3000),
        ("(3,000)", -3000),
        ("1,080※", 1080),
        ("¥1,080（税込）", 1080),
        ("0", 0),
    ],
)
def test_amounts_with_marks_and_signs(text: str, amount: int) -> None:
    found = whole_amount(key_of(text))
    assert found is not None
    assert found.value == amount


@pytest.mark.parametrize(
    "text", ["10%", "3個", "12.5", "2026年", "T7123456789012", "A100", "1/2", "0,390"]
)
def test_what_is_no_amount(text: str) -> None:
    assert whole_amount(key_of(text)) is None


def test_several_amounts_in_one_text() -> None:
    found = find_amounts(key_of("10%対象 55,400円 消費税 5,540円"))
    assert [one.value for one in found] == [55400, 5540]


def test_numbers_quantities_and_rates() -> None:
    assert whole_number("@1,234.5") == Decimal("1234.5")
    assert whole_number("▲3,000") == Decimal(-3000)
    assert quantity_and_unit("24袋") == (Decimal(24), "袋", 2)
    assert quantity_and_unit("2.5") == (Decimal("2.5"), "", 3)
    rate = find_rate(key_of("消費税（８％）"))
    assert rate is not None
    assert rate.value == 8
