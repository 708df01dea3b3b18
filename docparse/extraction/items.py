"""Line items of an invoice: rows of its table to items, over several lines and pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from docparse.extraction.amounts import meaning_of
from docparse.extraction.columns import (
    WORDY,
    Column,
    Head,
    assign,
    find_head,
    fits,
    is_torn,
    learn,
    with_amounts,
    with_numbers,
)
from docparse.extraction.labels import AFTER_ITEMS, SUMMARY
from docparse.extraction.pieces import Piece, level
from docparse.extraction.sheet import Sheet, rows_of
from docparse.schemas.values import find_date, find_rate, is_money, whole_amount

# In heights of the text: a wider gap between two rows of items means that the table has ended.
TABLE_END = 7.0
SECTION = re.compile(
    r"^[【\[(■◆●<〈]?(?:税率)?(?:(?:軽減|標準)税率)?\(?\d{1,2}%(?:\(?(?:軽減|標準)税率\)?)?(?:対象|適用)?(?:商品|品目|分|明細)?[)】\]>〉]?(?:.{0,6})$"
)


@dataclass(slots=True)
class Item:
    """Pieces of one line item by column; `section`: the heading that it stands under, if any."""

    cells: dict[str, list[Piece]]
    y: float
    page: int
    section: Piece | None = None
    slip_date: Piece | None = None


@dataclass(slots=True)
class Table:
    """A table of line items and the page that it is on."""

    sheet: Sheet
    head: Head
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class _State:
    """What is carried from row to row: a section's rate, a slip's date, texts in waiting."""

    section: Piece | None = None
    slip_date: Piece | None = None


def find_items(sheets: Sequence[Sheet]) -> list[Item]:
    """The items of all pages in order; their pieces, and those of heads, are marked as taken."""
    items: list[Item] = []
    last: Head | None = None
    state = _State()
    for sheet in sheets:
        below, found = 0.0, False
        while head := find_head(sheet, below=below):
            got, end = _read_table(sheet, head, head.y1, state)
            items += got
            found = found or bool(got)
            sheet.taken.update(id(piece) for piece in head.pieces)
            last = head if got else last
            below = max(end, head.y1) + 1
        if not found and last and sheet is not sheets[0]:
            items += _read_table(sheet, last, 0.0, state)[0]
    return items


def _read_table(sheet: Sheet, head: Head, top: float, state: _State) -> tuple[list[Item], float]:
    """The items under a head and where the last one ends."""
    rows = rows_of([p for p in sheet.pieces if p.yc > top and id(p) not in sheet.taken])
    on_line = [p for p in sheet.pieces if level(p, head.pieces[0]) and p not in head.pieces]
    head = with_numbers(with_amounts(head, rows), rows, on_line)
    body = list(_body(rows, head))
    learn([row for row in body if not _is_summary(row, head)], head.columns)
    items: list[Item] = []
    loose: list[list[Piece]] = []
    end = top
    for row in body:
        cells = _cells(row, head.columns)
        if _is_summary(row, head) and not _is_plain_item(cells):
            if SECTION.match(row[0].key) and not any(whole_amount(p.key) for p in row):
                state.section = row[0]
            continue
        if _note_slip(row, cells, state):
            continue
        if _is_anchor(cells, head.names):
            items.append(Item(cells, _y(row), sheet.number, state.section, state.slip_date))
            # An amount on the line of an item is none of the sums, though its head was not read.
            beside = (*row, *sheet.right_of(row[-1]))
            sheet.taken.update(id(p) for p in beside if whole_amount(p.key))
        elif cells:
            loose.append([p for pieces in cells.values() for p in pieces])
            continue
        end = max(p.y1 for p in row)
    if "number" not in head.names:
        _drop_numbers(items)
    _attach(items, loose, head)
    for item in items:
        sheet.taken.update(id(p) for pieces in item.cells.values() for p in pieces)
        end = max(end, *(p.y1 for pieces in item.cells.values() for p in pieces))
    return items, end


def _drop_numbers(items: Sequence[Item]) -> None:
    """Takes off the numbers of lines that stand before their descriptions under no head."""
    texts = [item.cells.get("description", []) for item in items]
    if all(len(t) > 1 and t[0].key == str(i + 1) for i, t in enumerate(texts)):
        for text in texts:
            del text[0]


def _y(row: list[Piece]) -> float:
    return sum(p.yc for p in row) / len(row)


def _body(rows: list[list[Piece]], head: Head) -> Iterator[list[Piece]]:
    """The rows that can belong to the table: from its head to its last item, and no further."""
    size = head.pieces[0].size
    left = min(c.x0 for c in head.columns) - 14 * size
    right = max(c.x1 for c in head.columns) + 6 * size
    kept: list[list[Piece]] = []
    last_item = -1
    previous: float | None = None
    for row in rows:
        row = [p for p in row if left <= p.x0 and p.x1 <= right]
        if not row:
            continue
        top = min(p.y0 for p in row)
        if previous is not None and top - previous > TABLE_END * size and last_item >= 0:
            break
        if last_item >= 0 and AFTER_ITEMS.match(row[0].key):
            break
        previous = max(p.y1 for p in row)
        kept.append(row)
        cells = _cells(row, head.columns)
        summary = _is_summary(row, head)
        if _is_anchor(cells, head.names) and (not summary or _is_plain_item(cells)):
            last_item = len(kept) - 1
        elif summary and _closes(row):
            break
    # texts under the last item may be its second line
    yield from kept[: last_item + 3]


def _closes(row: list[Piece]) -> bool:
    """Whether a row can only stand after the last item: the grand total, or what is to be paid."""
    return any(
        re.match(r"総?合計(?!.*(?:頁|ページ))|総計|税込合計|(?:ご|御)請求", p.key) for p in row
    )


def _cells(row: list[Piece], columns: tuple[Column, ...]) -> dict[str, list[Piece]]:
    found = assign(row, columns)
    cells: dict[str, list[Piece]] = {}
    for c, pieces in found.items():
        name = columns[c].name if c >= 0 else ""
        if name in WORDY or (name and not fits(pieces[0], name)):
            cells[name] = pieces
        elif name == "amount" and is_torn(pieces[0]):
            cells[name] = pieces  # its line is an item, though how much it is cannot be told
    return cells


def _is_summary(row: list[Piece], head: Head) -> bool:
    return any(
        SUMMARY.match(p.key) and not whole_amount(p.key) and not _is_rate_cell(p, head) for p in row
    )


def _is_rate_cell(piece: Piece, head: Head) -> bool:
    """Whether a piece such as 10% stands in the column of rates."""
    return any(
        column.name in ("tax_rate", "note")
        and column.distance(piece) < 2 * piece.size
        and not fits(piece, "tax_rate")
        for column in head.columns
    )


def _is_plain_item(cells: dict[str, list[Piece]]) -> bool:
    """Whether a row that begins like a sum has all that an item has."""
    return {"description", "quantity", "unit_price", "amount"} <= cells.keys()


def _is_anchor(cells: dict[str, list[Piece]], names: frozenset[str]) -> bool:
    """Whether a row is an item: an amount, or a quantity and a price, of something."""
    has_name = "description" in cells or "code" in cells
    if "amount" in cells:
        others = cells.keys() & {
            "quantity",
            "unit_price",
            "unit",
            "date",
            "code",
            "tax_rate",
            "number",
        }
        return has_name or bool(others)
    priced = {"quantity", "unit_price"} <= cells.keys()
    return (priced and ("amount" in names) and has_name) or ("amount" not in names and priced)


def _note_slip(row: list[Piece], cells: dict[str, list[Piece]], state: _State) -> bool:
    """Whether a row is a heading of a delivery, 納品日：10/03 伝票No.123, whose date is kept."""
    if any(whole_amount(p.key) and is_money(p.key) for p in row):
        return False
    for piece in row:
        if (
            re.match(
                r"[■◆【<\[(]?(?:納品|伝票|取引|売上|ご?利用)(?:年月)?(?:日付?|書|番号|No)",
                piece.key,
            )
            and len(row) <= 3
        ):
            date_piece = next((p for p in row if find_date(p.key)), None)
            if date_piece:
                state.slip_date = date_piece
            return True
    return False


def _attach(items: list[Item], loose: list[list[Piece]], head: Head) -> None:
    """Gives each line of text without an amount to the item that it stands nearest to."""
    for row in loose:
        texts = [p for p in row if not whole_amount(p.key)]
        if not texts or not items:
            continue
        y = _y(texts)
        size = texts[0].size
        nearest = min(items, key=lambda item: _gap(item, y))
        if _gap(nearest, y) > 2.3 * size:
            continue
        for piece in texts:
            name = _text_column(piece, head)
            if name:
                nearest.cells.setdefault(name, []).append(piece)
                nearest.cells[name].sort(key=lambda p: (p.yc, p.x0))


def _gap(item: Item, y: float) -> float:
    """How far a line is from the texts of an item; a line above counts a little more."""
    texts = [p for name, pieces in item.cells.items() if name in WORDY for p in pieces]
    ys = [p.yc for p in texts] or [item.y]
    ys.append(item.y)
    return min(y - other if y >= other else 1.2 * (other - y) for other in ys)


def _text_column(piece: Piece, head: Head) -> str | None:
    wordy = [column for column in head.columns if column.name in WORDY]
    if not wordy:
        return None
    nearest = min(wordy, key=lambda column: column.distance(piece))
    others = [c for c in head.columns if c.name not in WORDY]
    if any(c.distance(piece) < nearest.distance(piece) - piece.size for c in others):
        return None
    return nearest.name


def receipt_items(sheet: Sheet, *, top: float, bottom: float) -> list[Item]:
    """Items of a till receipt, which has no heads: a name at the left, an amount at the right.

    A line such as `@108 x 2` or `2個 × 単108` belongs to the name above or below it.
    """
    rows = rows_of([p for p in sheet.pieces if top < p.yc < bottom])
    items: list[Item] = []
    pending: list[Piece] = []
    for row in rows:
        amount = row[-1] if whole_amount(row[-1].key) else None
        times = next((p for p in row if TIMES.search(p.key)), None)
        words = [p for p in row if p is not amount and p is not times]
        if any(
            SUMMARY.match(p.key) or find_date(p.key) or meaning_of(p.key) in SUMS for p in words
        ):
            pending = []
            continue
        if amount is None and times is None:
            pending = words
            continue
        name = words or pending
        if times and not name and items and amount is None:
            _add_times(items[-1], times)
            continue
        if not name or amount is None:
            pending = []
            continue
        item = Item({"description": name, "amount": [amount]}, _y(row), sheet.number)
        if times:
            _add_times(item, times)
        items.append(item)
        pending = []
    for item in items:
        sheet.taken.update(id(p) for pieces in item.cells.values() for p in pieces)
    return items


SUMS = ("amount_due", "total", "subtotal", "tax", "tendered")
TIMES = re.compile(
    r"^[(@単¥]*(?P<a>[\d,]+)(?:円)?(?P<unit_a>[^\dx×@¥]{0,4})[x×X*](?P<mid>[@単価¥]*)(?P<b>[\d,]+)(?P<unit_b>[^\d)]{0,4})\)?$"
)


def _add_times(item: Item, times: Piece) -> None:
    item.cells["times"] = [times]


def rate_of_section(item: Item) -> Piece | None:
    """The heading whose rate holds for an item, 【8%対象】."""
    return item.section if item.section and find_rate(item.section.key) else None
