"""A value that somebody claims, found again among the words of the pages, or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from docparse.extraction.pieces import Piece
from docparse.extraction.record import Evidence
from docparse.extraction.sheet import Sheet, rows_of
from docparse.schemas.values import find_amounts, find_date, find_numbers, key_of


def find_value(sheets: Sequence[Sheet], value: Any) -> tuple[Evidence, ...]:
    """Where a value stands: the first place, or () if it stands nowhere.

    Dates are found however they are printed, numbers whole (12 is not in 3,120), texts over the
    pieces of a line and the lines of a block.
    """
    if isinstance(value, bool):
        return ()
    if isinstance(value, int | float):
        return _find_number(sheets, Decimal(str(value)))
    text = str(value)
    for sheet in sheets:
        for piece in sheet.pieces:
            day = find_date(piece.key)
            if day and day.value.isoformat() == text:
                return (piece.evidence(day.start, day.end),)
    return _find_text(sheets, key_of(text))


def _find_number(sheets: Sequence[Sheet], value: Decimal) -> tuple[Evidence, ...]:
    for sheet in sheets:
        for piece in sheet.pieces:
            for amount in find_amounts(piece.key):
                if amount.value == value:
                    return (piece.evidence(amount.start, amount.end),)
            for number in find_numbers(piece.key):
                if number.value == value:
                    return (piece.evidence(number.start, number.end),)
    return ()


def _find_text(sheets: Sequence[Sheet], key: str) -> tuple[Evidence, ...]:
    if not key:
        return ()
    for sheet in sheets:
        for piece in sheet.pieces:
            start = _whole(piece.key, key)
            if start >= 0:
                return (piece.evidence(start, start + len(key)),)
    for sheet in sheets:
        for run in _runs(sheet):
            found = _across(run, key)
            if found:
                return found
    return ()


def _whole(text: str, key: str) -> int:
    """Where the key stands, not as a part of a longer number or Latin word; -1 if nowhere."""
    start = text.find(key)
    while start >= 0:
        end = start + len(key)
        before = text[start - 1] if start else ""
        after = text[end] if end < len(text) else ""
        if not (_glued(before, key[0]) or _glued(key[-1], after)):
            return start
        start = text.find(key, start + 1)
    return -1


def _glued(a: str, b: str) -> bool:
    return bool(a and b and a.isascii() and b.isascii() and a.isalnum() and b.isalnum())


def _runs(sheet: Sheet) -> Iterator[list[Piece]]:
    """Pieces that may hold one text together: lines, and pieces below each other."""
    yield from rows_of(sheet.pieces)
    for piece in sheet.pieces:
        run = [piece]
        while len(run) < 6:
            below = sheet.below(run[-1], reach=0.9 * run[-1].size)
            below = [p for p in below if abs(p.x0 - piece.x0) < 2 * piece.size]
            if not below:
                break
            run.append(below[0])
        if len(run) > 1:
            yield run


def _across(run: Sequence[Piece], key: str) -> tuple[Evidence, ...]:
    """The places of a text that begins in one piece and ends in another."""
    whole = "".join(piece.key for piece in run)
    start = _whole(whole, key)
    if start < 0:
        return ()
    places: list[Evidence] = []
    at = 0
    for piece in run:
        first, last = max(start - at, 0), min(start + len(key) - at, len(piece.key))
        if first < last:
            places.append(piece.evidence(first, last))
        at += len(piece.key)
    return tuple(places)
