"""What kind of document pages are, and where in a file one invoice ends and the next begins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from docparse.extraction.amounts import find_sums
from docparse.extraction.fields import find_hits
from docparse.extraction.labels import title_of
from docparse.extraction.parties import find_number
from docparse.extraction.pieces import Piece
from docparse.extraction.record import Found
from docparse.extraction.sheet import Sheet

AMOUNT_SIGN = re.compile(r"[¥$€£]\d|\d円")
INVOICES = frozenset({"invoice", "receipt", "credit-note", "payment-notice"})
TILL = re.compile(r"お釣り?|釣銭|お買上げ?(?:計|合計|点数)|レジ")


@dataclass(frozen=True, slots=True)
class Identity:
    """The kind of a document, with what says so; `sure` if there is more than a title."""

    kind: Found | None
    title: Found | None
    sure: bool

    @property
    def is_receipt(self) -> bool:
        return self.kind is not None and self.kind.value == "receipt"

    @property
    def is_other(self) -> bool:
        return self.kind is not None and self.kind.value not in INVOICES


def first_text(
    sheets: Sequence[Sheet], pattern: re.Pattern[str]
) -> tuple[Piece, re.Match[str]] | None:
    """The first piece that a pattern is found in, and the match."""
    for sheet in sheets:
        for piece in sheet.pieces:
            match = pattern.search(piece.key)
            if match:
                return piece, match
    return None


def find_title(sheet: Sheet) -> tuple[Piece, str] | None:
    """The largest piece in the upper half that names a kind of document, and that kind."""
    titles = [
        (piece, kind)
        for piece in sheet.pieces
        if piece.yc < 0.5 * sheet.height and (kind := title_of(piece.key))
    ]
    return max(titles, key=lambda entry: (round(entry[0].size), -entry[0].yc), default=None)


def identify(sheets: Sequence[Sheet]) -> Identity:
    """What the pages of one document are."""
    title = next((found for sheet in sheets if (found := find_title(sheet))), None)
    meanings = {s.meaning for sheet in (*sheets[:3], *sheets[-1:]) for s in find_sums(sheet)}
    fields = {hit.field for hit in find_hits(sheets[0])}
    has_number = any(find_number(sheet) for sheet in sheets)
    has_sum = bool(meanings & {"total", "amount_due"})
    named = bool(fields & {"invoice_number", "due_date", "bank"})
    sure = has_number or (has_sum and (bool(title) or named))
    if title and title[1] in INVOICES and named and first_text(sheets[:1], AMOUNT_SIGN):
        sure = True  # amounts in a currency that is not read
    if title:
        piece, kind = title
        place = (piece.evidence(),)
        return Identity(Found(kind, place), Found(piece.text(), place), sure)
    till = first_text(sheets, TILL)
    if till and has_sum:
        place = (till[0].evidence(till[1].start(), till[1].end()),)
        return Identity(Found("receipt", place), None, True)
    return Identity(None, None, sure)


def split(sheets: Sequence[Sheet]) -> list[list[Sheet]]:
    """Pages by invoice: a page with a title and a number or a total of its own begins another."""
    groups: list[list[Sheet]] = []
    last: tuple[str | None, str | None] = (None, None)
    for sheet in sheets:
        own = _signature(sheet)
        if groups and (own is None or _same(own, last)):
            groups[-1].append(sheet)
            continue
        groups.append([sheet])
        last = own or last
    return groups


def _signature(sheet: Sheet) -> tuple[str | None, str | None] | None:
    """Number and total of a page that has a title, None for a page that has none."""
    if not find_title(sheet):
        return None
    number = next((h.key for h in find_hits(sheet) if h.field == "invoice_number"), None)
    sums = [s for s in find_sums(sheet) if s.meaning in ("amount_due", "total") and s.rate is None]
    total = str(sums[0].value) if sums else None
    return (number, total) if number or total else None


def _same(own: tuple[str | None, str | None], last: tuple[str | None, str | None]) -> bool:
    if own[0] and last[0]:
        return own[0] == last[0]
    return not own[1] or not last[1] or own[1] == last[1]
