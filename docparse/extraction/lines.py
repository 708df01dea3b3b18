"""Line items as typed values: descriptions without their marks, quantities, prices, rates."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from docparse.extraction.columns import UNIT
from docparse.extraction.items import TIMES, Item, rate_of_section
from docparse.extraction.pieces import Piece
from docparse.extraction.record import Evidence, Found
from docparse.schemas.law import PERCENTS
from docparse.schemas.values import (
    find_date,
    find_rate,
    month_day,
    quantity_and_unit,
    whole_amount,
    whole_number,
)

# What readers make of ※, and how sure they are of it.
SMEARS, SMEARED = "=エェ米ぅxX×*+", 0.6
# The marks of goods at the reduced rate, at either end of a description.
MARK_END = re.compile(r"(?:[※*★◎☆#]|\(?軽減?\)|\[軽\]|【軽】|(?<=[^一-龥])軽)(?:\d)?$")
MARK_START = re.compile(r"^(?:[※*★◎☆#]|\(軽減?\)|\[軽\]|【軽】|軽(?=[^一-龥]))")
LEGEND = re.compile(r"[※*★◎☆#軽].{0,12}(?:軽減|8%)")
REDUCED = re.compile(r"軽|※|\*|★|◎")


@dataclass(frozen=True, slots=True)
class Rates:
    """What the page says of rates: those printed, and whether a mark means the reduced one."""

    printed: tuple[Decimal, ...]
    legend: bool
    near: date | None


def read_item(item: Item, rates: Rates) -> dict[str, Found]:
    """The values of one line item; what is not printed is missing."""
    values: dict[str, Found] = {}
    mark = _describe(item, values)
    for column in ("code", "note", "slip"):
        if column in item.cells:
            name = "slip_number" if column == "slip" else column
            values[name] = _join(item.cells[column])
    _read_date(item, rates, values)
    _read_quantity(item, values)
    for column in ("amount", "gross_amount", "tax_amount"):
        amount = _amount(item.cells.get(column, ()))
        if amount:
            values[column] = amount
    if "amount" not in values and "gross_amount" in values:
        values["amount"] = values.pop("gross_amount")
    _read_rate(item, rates, mark, values)
    return values


def _describe(item: Item, values: dict[str, Found]) -> Piece | None:
    """Sets the description without marks; the mark of the reduced rate, if there is one."""
    marked: Piece | None = None
    texts: list[str] = []
    places: list[Evidence] = []
    for piece in item.cells.get("description", ()):
        start, end = 0, len(piece.key)
        tail = MARK_END.search(piece.key)
        head = MARK_START.search(piece.key)
        if tail and tail.start() > 0:
            end, marked = tail.start(), piece.part(tail.start())
        if head and head.end() < end:
            start, marked = head.end(), piece.part(0, head.end())
        if (tail and tail.start() == 0) or piece.key in ("※", "*", "軽", "(軽)"):
            marked = piece
            continue
        start, end = _without_smears(piece, start, end)
        texts.append(piece.text(start, end).strip())
        places.append(piece.evidence(start, end))
    if texts:
        values["description"] = Found(" ".join(texts), tuple(places))
    return marked


def _without_smears(piece: Piece, start: int, end: int) -> tuple[int, int]:
    """The stretch without what a reader made of a mark at one of its ends: `= 緑茶`, `緑茶=`."""
    if not piece.is_read or end - start < 3:
        return start, end
    if piece.key[start] in SMEARS and piece.evidence(start, start + 1).confidence < SMEARED:
        start += 1
    if piece.key[end - 1] in SMEARS and piece.evidence(end - 1, end).confidence < SMEARED:
        end -= 1
    return start, end


def _join(pieces: Sequence[Piece]) -> Found:
    return Found(" ".join(p.text() for p in pieces), tuple(p.evidence() for p in pieces))


def _read_date(item: Item, rates: Rates, values: dict[str, Found]) -> None:
    for piece in item.cells.get("date", ()):
        day = find_date(piece.key)
        if day:
            values["date"] = Found(day.value.isoformat(), (piece.evidence(day.start, day.end),))
        else:
            guess = month_day(piece.key, rates.near)
            if guess:
                values["date"] = Found(guess.isoformat(), (piece.evidence(trust=0.9),))
        return
    if item.slip_date:
        day = find_date(item.slip_date.key)
        if day:
            place = item.slip_date.evidence(day.start, day.end)
            values["date"] = Found(day.value.isoformat(), (place,))


def plain(number: Decimal) -> int | float:
    """A number for JSON: whole where it is whole."""
    return int(number) if number == number.to_integral_value() else float(number)


def _read_quantity(item: Item, values: dict[str, Found]) -> None:
    for piece in item.cells.get("quantity", ()):
        read = quantity_and_unit(piece.key)
        if read and "quantity" not in values:
            number, unit, at = read
            values["quantity"] = Found(plain(number), (piece.evidence(0, at),))
            if any(char.isalpha() for char in unit):
                values["unit"] = Found(unit, (piece.evidence(at),))
        elif "quantity" in values and UNIT.fullmatch(piece.key):
            values["unit"] = Found(piece.text(), (piece.evidence(),))
    for piece in item.cells.get("unit", ()):
        values["unit"] = Found(piece.text(), (piece.evidence(),))
    for piece in item.cells.get("unit_price", ()):
        price = whole_number(piece.key)
        if price is not None and (price or not piece.is_read):  # a 0 alone is what is left of more
            values["unit_price"] = Found(plain(price), (piece.evidence(),))
    for piece in item.cells.get("times", ()):
        _read_times(piece, values)


def _read_times(piece: Piece, values: dict[str, Found]) -> None:
    """`@108 x 2`, `2個 × 単108`: the side with a currency or @ is the price."""
    match = TIMES.search(piece.key)
    if not match:
        return
    first_is_price = (
        bool(re.match(r"[(]?[@単¥]", piece.key)) or "円" in piece.key[: match.start("b")]
    )
    price, count = ("a", "b") if first_is_price else ("b", "a")
    for name, group in (("unit_price", price), ("quantity", count)):
        number = whole_number(match[group])
        if number is not None:
            values[name] = Found(plain(number), (piece.evidence(*match.span(group)),))
    unit = "unit_b" if first_is_price else "unit_a"
    if match[unit]:
        values["unit"] = Found(match[unit], (piece.evidence(*match.span(unit)),))


def _amount(pieces: Sequence[Piece]) -> Found | None:
    for piece in pieces:
        read = whole_amount(piece.key)
        if read:
            return Found(read.value, (piece.evidence(read.start, read.end),))
    return None


def _read_rate(item: Item, rates: Rates, mark: Piece | None, values: dict[str, Found]) -> None:
    """The rate of a line: printed on it, or by its mark and the legend, or by its section."""
    amount = item.cells.get("amount", [None])[-1]
    if mark is None and amount is not None and re.search(r"[※*★軽]", amount.key):
        mark = amount
    for piece in item.cells.get("tax_rate", ()):
        rate = _rate_in(piece)
        if rate:
            values["tax_rate"] = rate
            if REDUCED.search(piece.key):
                mark = mark or piece
        elif REDUCED.search(piece.key):
            mark = piece
    section = rate_of_section(item)
    if "tax_rate" not in values and section:
        printed = find_rate(section.key)
        if printed:
            place = section.evidence(printed.start, printed.end)
            values["tax_rate"] = Found(plain(printed.value), (place,))
    if "tax_rate" not in values:
        _rate_by_mark(rates, mark, values, item)
    if mark:
        values["reduced"] = Found(True, (mark.evidence(),))


def _rate_in(piece: Piece) -> Found | None:
    """The rate in a cell, if it ever was one: 8% is also read as 89."""
    match = re.search(r"(\d{1,2}(?:\.\d)?)%?", piece.key)
    if not match or (piece.is_read and Decimal(match[1]) not in PERCENTS):
        return None
    return Found(plain(Decimal(match[1])), (piece.evidence(*match.span()),))


def _rate_by_mark(rates: Rates, mark: Piece | None, values: dict[str, Found], item: Item) -> None:
    """Rates that follow from marks: only where the page prints them, never from the law alone."""
    anchor = mark or next(
        iter(item.cells.get("description") or item.cells.get("amount") or ()), None
    )
    if anchor is None:
        return
    reduced = [r for r in rates.printed if r == 8]
    standard = [r for r in rates.printed if r != 8 and r != 0]
    chosen: Decimal | None = None
    if len(rates.printed) == 1 and (standard or mark is not None or not rates.legend):
        chosen = rates.printed[0]
    elif rates.legend and len(reduced) == 1 and mark is not None:
        chosen = reduced[0]
    elif rates.legend and len(standard) == 1 and len(reduced) == 1 and mark is None:
        if anchor.is_read:
            return  # readers miss small marks, so that one which is missing proves nothing
        chosen = standard[0]
    if chosen is not None:
        values["tax_rate"] = Found(plain(chosen), (anchor.evidence(trust=0.9),))
