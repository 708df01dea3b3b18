"""Pages of one Japanese invoice to a Record, by rules: every value comes from words on a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from docparse.extraction.amounts import GROSS, Sum, find_sums
from docparse.extraction.bank import find_accounts
from docparse.extraction.checks import run_checks
from docparse.extraction.draft import ACCOUNT, LINE, Draft
from docparse.extraction.fields import Hit, find_hits
from docparse.extraction.identity import Identity, first_text
from docparse.extraction.items import Item, find_items, receipt_items
from docparse.extraction.lines import LEGEND, Rates, read_item
from docparse.extraction.notes import find_note
from docparse.extraction.parties import find_issuer, find_recipient
from docparse.extraction.record import Found, Record, RecordNote
from docparse.extraction.sheet import Sheet
from docparse.extraction.summary import put_sums
from docparse.schemas.law import PERCENTS
from docparse.schemas.load import RULED
from docparse.schemas.values import find_date, find_rate, whole_amount

FOREIGN = re.compile(r"[$€£]|USD|EUR|GBP")
AFTER_DATE = re.compile(r".{0,2}| ?(?:\([日月火水木金土]\))?\d{1,2}:\d\d.*")


def read_invoice(sheets: Sequence[Sheet], identity: Identity, *, source: str) -> Record:
    """The record of one invoice; `identity` says what kind of document its pages are."""
    draft = Draft()
    draft.put("/document_type", identity.kind)
    draft.put("/title", identity.title)
    foreign = _currency(draft, sheets)
    notes: list[RecordNote] = []
    items: list[Item] = []
    sums: list[Sum] = []
    if foreign:
        message = f"amounts are in {foreign}, not in yen, and are left out"
        notes.append(RecordNote("foreign-currency", message, sheets[0].number))
    else:
        items = find_items(sheets)
        if not items and identity.is_receipt:
            items = _till_items(sheets)
        sums = [s for sheet in sheets for s in find_sums(sheet)]
    hits = [hit for sheet in sheets for hit in find_hits(sheet)]
    _put_hits(draft, sheets, hits)
    near = _near(draft)
    rates = Rates(_printed_rates(sheets), _has_legend(sheets), near)
    for item in items:
        _put_item(draft, item, rates)
    inclusive = _tax_mode(draft, sheets, sums)
    summary = put_sums(draft, sums, inclusive=inclusive)
    _put_parties(draft, sheets, hits)
    for sheet in sheets:
        for account in find_accounts(sheet):
            draft.append("bank_accounts", ACCOUNT, account)
    draft.put("/note", find_note(sheets, hits))
    checks = run_checks(draft, summary, items, sums)
    return Record(source, RULED, draft.data, draft.evidence, checks, (*notes, *draft.notes))


def _put_item(draft: Draft, item: Item, rates: Rates) -> None:
    values = read_item(item, rates)
    draft.append("line_items", LINE, values)
    torn = item.cells.get("amount")
    if torn and "amount" not in values:
        pointer = f"/line_items/{len(draft.data['line_items']) - 1}/amount"
        message = f"{pointer} may begin with {torn[0].text()!r}: it was not read whole"
        draft.notes.append(RecordNote("unclear-value", message, item.page))


def _put_hits(draft: Draft, sheets: Sequence[Sheet], hits: Sequence[Hit]) -> None:
    for hit in hits:
        place = hit.piece.evidence(hit.start, hit.end, trust=hit.trust)
        if hit.field in ("issue_date", "transaction_date", "due_date"):
            day = find_date(hit.piece.key[: hit.end], hit.start)
            if day:
                draft.put(f"/{hit.field}", Found(day.value.isoformat(), (place,)))
        elif hit.field in ("invoice_number", "order_number", "customer_number", "original_number"):
            draft.put(f"/{hit.field}", Found(hit.key, (place,)))
        elif hit.field in ("subject", "payment_terms"):
            text = hit.piece.text(hit.start, hit.end).strip(" :/・")
            if not whole_amount(hit.key):
                draft.put(f"/{hit.field}", Found(text, (place,)))
        elif hit.field == "period":
            _put_period(draft, hit)
    if draft.data["issue_date"] is None:
        draft.put("/issue_date", _loose_date(sheets, hits))


def _put_period(draft: Draft, hit: Hit) -> None:
    """`2026年10月1日～10月31日`: the second day may lack its year."""
    first = find_date(hit.piece.key[: hit.end], hit.start)
    if not first:
        return
    place = hit.piece.evidence(first.start, first.end)
    draft.put("/period/start", Found(first.value.isoformat(), (place,)))
    second = find_date(hit.piece.key[: hit.end], first.end)
    if second:
        place = hit.piece.evidence(second.start, second.end)
        draft.put("/period/end", Found(second.value.isoformat(), (place,)))
        return
    rest = re.search(r"(\d{1,2})(?:月|/)(\d{1,2})日?", hit.piece.key[first.end : hit.end])
    if rest:
        try:
            end = date(first.value.year, int(rest[1]), int(rest[2]))
        except ValueError:
            return
        place = hit.piece.evidence(first.end + rest.start(), first.end + rest.end(), trust=0.9)
        draft.put("/period/end", Found(end.isoformat(), (place,)))


def _loose_date(sheets: Sequence[Sheet], hits: Sequence[Hit]) -> Found | None:
    """A date that stands alone in the upper part of the first page, if there is just one."""
    labelled = {id(hit.piece) for hit in hits}
    sheet = sheets[0]
    found = []
    for piece in sheet.free():
        day = find_date(piece.key)
        alone = day and AFTER_DATE.fullmatch(piece.key[: day.start] + piece.key[day.end :])
        if alone and id(piece) not in labelled and piece.yc < 0.45 * sheet.height:
            found.append((piece, day))
    if len({day.value for _, day in found if day}) != 1:
        return None
    piece, day = found[0]
    assert day is not None
    return Found(day.value.isoformat(), (piece.evidence(day.start, day.end, trust=0.8),))


def _near(draft: Draft) -> date | None:
    for name in ("issue_date", "transaction_date", "due_date"):
        if draft.data[name]:
            return date.fromisoformat(draft.data[name])
    return None


def _currency(draft: Draft, sheets: Sequence[Sheet]) -> str:
    """Puts JPY where yen are printed; the sign of another currency if only that is."""
    yen = first_text(sheets, re.compile(r"[¥\\]|\d円"))
    foreign = first_text(sheets, FOREIGN)
    if yen:
        piece, match = yen
        draft.put("/currency", Found("JPY", (piece.evidence(match.start(), match.end()),)))
    elif foreign:
        return foreign[1][0]
    return ""


def _till_items(sheets: Sequence[Sheet]) -> list[Item]:
    """Items between the head and the first sum of a receipt that has no table."""
    found: list[Item] = []
    for sheet in sheets:
        sums = find_sums(sheet)
        bottoms = [s.piece.y0 for s in sums if s.meaning in ("subtotal", "total", "tax")]
        if bottoms:
            found += receipt_items(sheet, top=0.0, bottom=min(bottoms))
    return found


def _printed_rates(sheets: Sequence[Sheet]) -> tuple[Decimal, ...]:
    rates = {}
    for sheet in sheets:
        for piece in sheet.pieces:
            rate = find_rate(piece.key)
            if rate and rate.value in PERCENTS and len(piece.key) <= 40:
                rates[rate.value] = True
    return tuple(rates)


def _has_legend(sheets: Sequence[Sheet]) -> bool:
    return first_text(sheets, LEGEND) is not None


def _tax_mode(draft: Draft, sheets: Sequence[Sheet], sums: Sequence[Sum]) -> bool | None:
    """Puts whether the amounts of the lines include the tax, where that is printed."""
    inner = re.compile(
        r"(?:内|うち)消費税|\((?:内税|うち消費税)\)|^内税|(?:金額|単価|価格)\(税込み?\)|税込(?:単価|価格)"
    )
    outer = re.compile(
        r"外税|(?:金額|単価|価格|小計|合計)\((?:税抜き?|税別)\)|税抜(?:単価|価格|金額|合計|計)|本体"
    )
    for mode, pattern in (("exclusive", outer), ("inclusive", inner)):
        found = first_text(sheets, pattern)
        if found:
            piece, match = found
            draft.put("/tax_mode", Found(mode, (piece.evidence(match.start(), match.end()),)))
            return mode == "inclusive"
    return None if not any(GROSS.search(s.label) for s in sums if s.rate is not None) else True


def _put_parties(draft: Draft, sheets: Sequence[Sheet], hits: Sequence[Hit]) -> None:
    for sheet in sheets:
        own = [hit for hit in hits if hit.piece.page == sheet.number]
        recipient, theirs = find_recipient(sheet, own)
        if draft.data["recipient"]["name"] is None:
            draft.put_all("/recipient", recipient)
            _put_their_contact(draft, own)
        if (
            draft.data["issuer"]["name"] is None
            or draft.data["issuer"]["registration_number"] is None
        ):
            draft.put_all("/issuer", find_issuer(sheet, own, theirs))


def _put_their_contact(draft: Draft, hits: Sequence[Hit]) -> None:
    for hit in hits:
        if hit.field == "contact" and hit.key.endswith(("様", "殿")):
            end = hit.end - 1
            name = hit.piece.text(hit.start, end).strip(" :/・")
            draft.put("/recipient/contact", Found(name, (hit.piece.evidence(hit.start, end),)))
