"""The columns of a table of line items: heads found, and the pieces of each row assigned to them.

Rows are aligned to columns by dynamic programming over their order from left to right, first by
the places of the heads, then by those of what was assigned. No ruled line is needed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from statistics import median

from docparse.extraction.labels import head_of
from docparse.extraction.pieces import Piece
from docparse.extraction.sheet import Sheet, rows_of
from docparse.schemas.values import find_date, quantity_and_unit, whole_amount, whole_number

NUMERIC = frozenset({"quantity", "unit_price", "amount", "gross_amount", "tax_amount"})
WORDY = frozenset({"description", "summary", "note"})
UNIT = re.compile(r"[^\W\d_]{1,4}")
# Costs are in heights of the text; a piece that fits no column better than this is left over.
LEFT_OVER = 14.0
MISFIT = 9.0
# What is read with less confidence may be anything; a head with more names a column.
CLEAR = 0.7


@dataclass(slots=True)
class Column:
    """One column: what it holds, and its left and right edge in pixels as far as is known."""

    name: str
    x0: float
    x1: float
    lefts: list[float] = field(default_factory=list)
    rights: list[float] = field(default_factory=list)

    @property
    def xc(self) -> float:
        return (self.x0 + self.x1) / 2

    def distance(self, piece: Piece) -> float:
        """How far a piece is from the column, in pixels: 0 where it lies over or under the head."""
        gap = max(self.x0 - piece.x1, piece.x0 - self.x1, 0.0)
        if not self.rights:
            return gap + 0.15 * abs(piece.xc - self.xc)
        left, right = median(self.lefts), median(self.rights)
        middles = [(a + b) / 2 for a, b in zip(self.lefts, self.rights, strict=True)]
        aligned = min(abs(piece.x0 - left), abs(piece.x1 - right), abs(piece.xc - median(middles)))
        return min(aligned, gap + 0.15 * abs(piece.xc - self.xc))


@dataclass(frozen=True, slots=True)
class Head:
    """The head row of a table: its columns from left to right and where its lines end."""

    columns: tuple[Column, ...]
    pieces: tuple[Piece, ...]
    y1: float

    @property
    def names(self) -> frozenset[str]:
        return frozenset(column.name for column in self.columns)


def find_head(sheet: Sheet, *, below: float = 0.0) -> Head | None:
    """The first row at or under `below` that names the columns of line items."""
    rows = rows_of([piece for piece in sheet.pieces if piece.yc >= below])
    for i, row in enumerate(rows):
        head = _as_head(row)
        if head:
            return _with_second_line(head, rows[i + 1 : i + 2])
    return None


def _as_head(row: list[Piece]) -> Head | None:
    named = [named for piece in row for named in _heads_in(piece)]
    columns = [Column(name, p.x0, p.x1) for name, p in named if name]
    names = {column.name for column in columns}
    money = names & {"amount", "unit_price", "gross_amount"}
    what = names & {"description", "summary", "code", "date"}
    # a row with sums of its own is a line of values, whatever its words mean
    if any(whole_amount(piece.key) for piece in row if not head_of(piece.key)):
        return None
    if not money or not what or len(names) < (2 if "description" in names else 3):
        return None
    columns = _rename(columns)
    pieces = tuple(piece for piece in row if any(name for name, _ in _heads_in(piece)))
    return Head(tuple(columns), pieces, max(p.y1 for p in pieces))


def _heads_in(piece: Piece) -> list[tuple[str | None, Piece]]:
    """What a piece of a head row names: one column, or two whose heads all but touch."""
    whole = head_of(piece.key)
    if whole is None:
        for at in range(2, min(len(piece.key) - 1, 8)):
            first, second = head_of(piece.key[:at]), head_of(piece.key[at:])
            if first and second and first != second:
                return [(first, piece.part(0, at)), (second, piece.part(at))]
    return [(whole, piece)]


def _rename(columns: list[Column]) -> list[Column]:
    """Settles heads whose meaning depends on the others: 摘要, 合計 beside 金額, two amounts."""
    names = [column.name for column in columns]
    for column in columns:
        if column.name == "summary":
            column.name = "note" if "description" in names else "description"
    if "amount" not in names and "gross_amount" in names:
        columns[names.index("gross_amount")].name = "amount"
    amounts = [column for column in columns if column.name == "amount"]
    for column in amounts[1:]:
        column.name = "gross_amount"
    texts = [column for column in columns if column.name == "description"]
    for column in texts[1:]:
        column.name = "note"
    return columns


def _with_second_line(head: Head, following: list[list[Piece]]) -> Head:
    """The head with its second line, such as （税抜） under 金額, counted in."""
    if not following or not all(
        re.fullmatch(r"[(（].*[)）]|[A-Za-z. /]+", p.key) for p in following[0]
    ):
        return head
    near = min(p.y0 for p in following[0]) - head.y1 < 0.8 * following[0][0].size
    if not near:
        return head
    pieces = (*head.pieces, *following[0])
    return Head(head.columns, pieces, max(p.y1 for p in pieces))


def with_amounts(head: Head, rows: list[list[Piece]]) -> Head:
    """The head with a column of amounts where a reader missed its head: the last, one over all."""
    if head.names & {"amount", "gross_amount"} or not head.pieces[0].is_read:
        return head
    end = max(column.x1 for column in head.columns)
    last = [row[-1] for row in rows if len(row) > 3 and row[-1].x0 > end]
    last = [piece for piece in last if whole_amount(piece.key)]
    if len(last) < 2:
        return head
    right = median(piece.x1 for piece in last)
    if any(abs(piece.x1 - right) > piece.size for piece in last):
        return head
    added = Column("amount", min(piece.x0 for piece in last), right)
    return Head((*head.columns, added), head.pieces, head.y1)


def with_numbers(head: Head, rows: list[list[Piece]], beside: list[Piece]) -> Head:
    """The head with the column of quantities or of prices, if a reader missed just one of them.

    It is then the only column of numbers under no head before the amounts. `beside`: what stands
    on the line of the head.
    """
    missing = {"quantity", "unit_price"} - head.names
    amounts = next((column for column in head.columns if column.name == "amount"), None)
    if len(missing) != 1 or amounts is None or not head.pieces[0].is_read:
        return head
    (name,) = missing
    lines = [row for row in rows if any(_is_under(piece, amounts) for piece in row)]
    loose = [
        piece
        for row in lines
        for piece in row
        if piece.x1 < amounts.x0
        and whole_number(piece.key) is not None
        and all(column.distance(piece) > 2 * piece.size for column in head.columns)
    ]
    if len(loose) < 2 or 2 * len(loose) < len(lines):
        return head
    added = Column(name, min(p.x0 for p in loose), max(p.x1 for p in loose))
    apart = any(abs(piece.x1 - added.x1) > piece.size for piece in loose)
    named = any(
        min(p.x1, added.x1) > max(p.x0, added.x0) and p.evidence().confidence > CLEAR
        for p in beside
    )
    if apart or named:
        return head
    columns = sorted((*head.columns, added), key=lambda column: column.xc)
    return Head(tuple(columns), head.pieces, head.y1)


def _is_under(piece: Piece, column: Column) -> bool:
    return whole_amount(piece.key) is not None and column.distance(piece) < 2 * piece.size


def is_torn(piece: Piece) -> bool:
    """Whether a piece that was read is an amount that lost some of itself: `11,22`, `3,`.

    With a figure and a comma it may be read as anything: `2U,2OOJ`.
    """
    if not piece.is_read or whole_amount(piece.key) is not None:
        return False
    figures = re.fullmatch(r"[-+¥\\▲△]*\d[\d,. ]*円?", piece.key)
    smeared = re.fullmatch(r"[^,]*\d[^,]*,[^,]{3,5}", piece.key)
    return bool(figures) or (bool(smeared) and piece.evidence().confidence < CLEAR)


def fits(piece: Piece, column: str) -> float:
    """What it costs that a piece stands in a column, by what it looks like."""
    key = piece.key
    if column in NUMERIC:
        if column == "quantity":
            good = quantity_and_unit(key) is not None
        elif column == "unit_price":
            good = whole_number(key) is not None
        else:
            good = whole_amount(key) is not None
        return 0.0 if good or key in ("-", "―", "ー") else MISFIT
    if column == "tax_rate":
        if re.search(r"[額計]", key):
            return MISFIT
        return (
            0.0
            if re.fullmatch(
                r"[^\d]{0,5}\d{1,2}%?[^\d]{0,3}|[※*軽]+|非課税|不課税|対象外|課税|免税", key
            )
            else MISFIT
        )
    if column == "unit":
        return 0.0 if len(key) <= 5 and not key[0].isdigit() else MISFIT
    if column == "date":
        is_date = find_date(key) or re.fullmatch(r"\d{1,2}[月/.\-]\d{1,2}日?", key)
        return 0.0 if is_date else MISFIT
    if column in ("number", "code", "slip"):
        return 0.0 if re.fullmatch(r"[A-Za-z0-9\-_/.#]+", key) else MISFIT
    if column in WORDY:
        return 2.5 if whole_amount(key) else 0.0
    return 0.0


def assign(row: list[Piece], columns: tuple[Column, ...]) -> dict[int, list[Piece]]:
    """Pieces of a row by index of column, both from left to right; left-overs under -1."""
    best: dict[tuple[int, int], tuple[float, tuple[int, ...]]] = {(0, 0): (0.0, ())}
    for i, piece in enumerate(row):
        costs = [_cost(piece, column) for column in columns]
        reached: dict[tuple[int, int], tuple[float, tuple[int, ...]]] = {}
        for (_, first), (cost, path) in best.items():
            options = [(-1, first, LEFT_OVER)]
            for c in range(first, len(columns)):
                options.append((c, c, costs[c] + _again(piece, columns[c], c in path)))
            for c, least, price in options:
                state = (i + 1, least)
                total = (cost + price, (*path, c))
                if state not in reached or total[0] < reached[state][0]:
                    reached[state] = total
        best = reached
    _, path = min(best.values(), key=lambda entry: entry[0])
    out: dict[int, list[Piece]] = {}
    for c, piece in zip(path, row, strict=True):
        out.setdefault(c, []).append(piece)
    return out


def _again(piece: Piece, column: Column, is_second: bool) -> float:
    """What it costs more that a column has a piece already: nothing for words and for units."""
    if column.name == "quantity" and is_second and UNIT.fullmatch(piece.key):
        return -MISFIT  # it fits no quantity by itself
    return MISFIT if is_second and column.name not in WORDY else 0.0


def _cost(piece: Piece, column: Column) -> float:
    return min(column.distance(piece) / max(piece.size, 1.0), 20.0) + fits(piece, column.name)


def learn(rows: list[list[Piece]], columns: tuple[Column, ...]) -> None:
    """Teaches the columns where their values stand, from rows assigned by the heads alone."""
    places: dict[int, list[Piece]] = {}
    for row in rows:
        for c, pieces in assign(row, columns).items():
            if c >= 0 and len(pieces) == 1 and not fits(pieces[0], columns[c].name):
                places.setdefault(c, []).append(pieces[0])
    for c, pieces in places.items():
        columns[c].lefts = [piece.x0 for piece in pieces]
        columns[c].rights = [piece.x1 for piece in pieces]
