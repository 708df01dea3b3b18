"""Sums of an invoice: which amount on a page is the total, the tax of a rate, a carry-over.

An amount means what stands before it on its line, else the head of its column. Arithmetic never
chooses: a wrong sum must stay visible to the checks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from docparse.extraction.pieces import Piece, level
from docparse.extraction.sheet import Sheet
from docparse.schemas.values import Read, find_amounts, find_rate, is_money, whole_amount

Basis = Literal["net", "gross", ""]

# Meaning of a label, first match wins. "taxable" is a base of which only the rate is known.
MEANINGS: tuple[tuple[str, str], ...] = (
    ("tendered", r"お?預か?り|お?釣|現金|クレジット|電子マネー|釣銭|Cash|Change"),
    (
        "previous_amount",
        r"(?:前回|前月)(?:ご|御)?(?:請求|残高|未収|繰越)|前(?:回|月)(?:末)?(?:残|請求)|前残",
    ),
    ("payment_received", r"(?:ご|御)?入金|お支払済|領収済|内金|前受金|前払金"),
    ("carry_over", r"繰越|未収残高|差引残高"),
    ("withholding_tax", r"源泉"),
    ("discount", r"値引|割引|クーポン"),
    ("shipping", r"送料|運賃|配送料"),
    (
        "amount_due",
        r"請求(?:合計|金)?(?:金)?額|差引(?:ご|御)?(?:請求|支払)|請求(?:合計|総)|(?:お|ご|御)支払い?(?:合計|金額|額)|振込(?:金)?額|領収(?:金)?額|AmountDue|BalanceDue|(?:今回|今月)(?:ご|御)?請求",
    ),
    ("subtotal", r"(?:今回|今月)(?:お|御)?(?:買上|売上|取引)(?:げ)?(?:額|高|金額)?(?!.*税込)"),
    ("tax", r"消費税|税額|(?:内|うち)税|Tax(?!able|Incl)|VAT|(?<!対象)(?:内|外)税(?:額)?$"),
    ("taxable", r"対象|課税(?:標準|売上|分)|%分"),
    (
        "subtotal",
        r"小計|税抜(?:き)?(?:合計|金額|計|額|価格)?|本体(?:合計|価格|金額)|Sub-?[Tt]otal|合計\(税抜き?\)|税抜",
    ),
    (
        "total",
        r"(?:お)?(?:買上(?:げ)?)?(?:総)?合計|総(?:額|計)|^計|[^小]計$|現計|税込(?:み)?(?:合計|金額|計|額|価格)?|Total|TOTAL|(?:返金|返還)(?:金)?額",
    ),
    ("amount_due", r"^金額$"),
)
PATTERNS = tuple((meaning, re.compile(pattern)) for meaning, pattern in MEANINGS)
HOLE = re.compile(r"[\d,] +[\d,]")
GROUPED, UNGROUPED = re.compile(r"\d,\d{3}"), re.compile(r"\d{4}")
# Longer ones without commas are numbers of something else.
MOST_DIGITS = 9
PROSE = re.compile(r"。|です|ます|未満|ください|いたし")
NET = re.compile(r"税抜|外税|本体|税別|\(抜\)|Excl")
GROSS = re.compile(r"税込|内税|\(込\)|Incl|総額")
# Reach of a label, in heights of the text: along the line (a page has some 65), and of a head over
# its column.
SIDE_REACH, HEAD_REACH = 55.0, 3.2


@dataclass(frozen=True, slots=True)
class Sum:
    """An amount and what it is: `meaning` as above, with the rate and basis that are printed."""

    meaning: str
    rate: Decimal | None
    basis: Basis
    value: int
    piece: Piece
    start: int
    end: int
    label: str
    rate_at: tuple[Piece, Read[Decimal]] | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """The words that say what an amount is: nearest label, labels before it, its column's head."""

    near: str
    near_piece: Piece | None
    before: tuple[Piece, ...]
    heads: tuple[Piece, ...]


def meaning_of(label: str) -> str | None:
    """What a label says of its amount, apart from the rate."""
    return next((name for name, pattern in PATTERNS if pattern.search(label)), None)


def basis_of(label: str) -> Basis:
    """Whether a label says that its amount is without or with tax; "" if it does not tell."""
    net, gross = bool(NET.search(label)), bool(GROSS.search(label))
    return "" if net == gross else "net" if net else "gross"


def find_sums(sheet: Sheet) -> list[Sum]:
    """Every amount of a page whose meaning is printed, from top to bottom."""
    if len(sheet.taken) not in sheet.known:
        sheet.known[len(sheet.taken)] = _find_sums(sheet)
    return sheet.known[len(sheet.taken)]


def _find_sums(sheet: Sheet) -> list[Sum]:
    sums: list[Sum] = []
    grouped = any(GROUPED.search(piece.key) for piece in sheet.pieces)
    for piece in sheet.free():
        if piece.height <= 0:
            continue
        amounts = [a for a in _amounts_of(piece) if _is_clear(piece, a, grouped=grouped)]
        for i, amount in enumerate(amounts):
            start = amounts[i - 1].end if i else 0
            inline = piece.key[start : amount.start]
            # a rate is part of the label: "10%対象 55,400"
            found = _understand(sheet, piece, amount, inline, whole=piece.key[: amount.start])
            if found:
                sums.append(found)
    return _inherit_rates(sums)


def _amounts_of(piece: Piece) -> list[Read[int]]:
    whole = whole_amount(piece.key)
    if whole:
        found = [whole]
    elif len(piece.key) > 80 or PROSE.search(piece.key):
        return []
    else:
        found = [a for a in find_amounts(piece.key) if is_money(piece.key[a.start : a.end])]
    return found


def _is_clear(piece: Piece, amount: Read[int], *, grouped: bool) -> bool:
    """Whether an amount can be one, and if it was read whether it was read whole.

    It has no hole in it, is no digit of something else, lost no comma where others of the page
    have theirs (`grouped`), and has no plus before it, as readers make of a small ▲.
    """
    text = piece.text(amount.start, amount.end)
    if text.isdigit() and len(text) > MOST_DIGITS:
        return False
    if not piece.is_read:
        return True
    bare = len(text) <= 2 and not is_money(text)
    torn = HOLE.search(text) or (grouped and UNGROUPED.search(text))
    return not bare and not torn and not piece.key[: amount.start].endswith("+")


def _understand(
    sheet: Sheet, piece: Piece, amount: Read[int], inline: str, *, whole: str
) -> Sum | None:
    own = inline.strip(":;/()[]【】・、, ")
    if own and meaning_of(own):
        rate = find_rate(inline) or find_rate(whole)
        at_inline = rate is not None and bool(find_rate(inline))
        shift = len(whole) - len(inline) if at_inline else 0
        rate_at = (
            (piece, replace(rate, start=rate.start + shift, end=rate.end + shift)) if rate else None
        )
        if rate is None and meaning_of(own) == "tax":
            rate_at = _rate_before(sheet, piece)
        context = Context(own, piece, (), ())
        return _sum(context, piece, amount, rate_at)
    if len(own) > 12:
        return None
    context = _context(sheet, piece)
    rate_at = _rate_at(context)
    labels = (context.near, *(label.key for label in context.before))
    if rate_at is None and piece.is_read and any(label.endswith("%") for label in labels):
        return None  # of a rate that could not be read
    return _sum(context, piece, amount, rate_at)


def _rate_before(sheet: Sheet, piece: Piece) -> tuple[Piece, Read[Decimal]] | None:
    """The rate that begins the sentence a tax stands in: `8%対象 37,940円 消費税 3,035円`."""
    end = piece
    for other in sheet.left_of(piece, reach=12 * piece.size):
        if end.x0 - other.x1 > 3 * piece.size:
            return None
        rate = find_rate(other.key)
        if rate:
            return other, rate
        end = other
    return None


def _sum(
    context: Context, piece: Piece, amount: Read[int], rate_at: tuple[Piece, Read[Decimal]] | None
) -> Sum | None:
    labels = [context.near, *(head.key for head in context.heads)]
    meanings = [m for m in map(meaning_of, labels) if m]
    if not meanings:
        meanings = [m for m in (meaning_of(p.key) for p in context.before) if m]
    if not meanings and not rate_at:
        return None
    meaning = _settle(meanings)
    bases: list[Basis] = [b for b in map(basis_of, labels) if b]
    basis: Basis = bases[0] if bases else ""
    rate = rate_at[1].value if rate_at else None
    if rate is not None and meaning == "amount_due":
        meaning = "taxable"  # 金額 in a table of rates
    label = " ".join(filter(None, labels))
    return Sum(meaning, rate, basis, amount.value, piece, amount.start, amount.end, label, rate_at)


def _settle(meanings: Sequence[str]) -> str:
    """One meaning of those of the label and the head: 合計 in a column 消費税額 is the tax."""
    first = meanings[0] if meanings else "taxable"
    for other in meanings[1:]:
        if first in ("taxable", "total", "subtotal") and other in (
            "tax",
            "taxable",
            "subtotal",
            "total",
        ):
            if first == "taxable" or other == "tax" or (first == "total" and other != "taxable"):
                return other
            if other == "taxable":
                return "subtotal"
    return first


def _context(sheet: Sheet, piece: Piece) -> Context:
    left = sheet.left_of(piece, reach=SIDE_REACH * piece.size)
    near, near_piece, before, passed = "", None, [], False
    for other in left:
        if whole_amount(other.key) or (find_amounts(other.key) and not meaning_of(other.key)):
            passed = True
            continue
        if not passed and near_piece is None:
            if other.key in ("¥", "\\", "円", ":", "金"):
                continue
            near, near_piece = other.key, other
        else:
            before.append(other)
    heads = _heads(sheet, piece, piece.x0)
    if not heads and not meaning_of(near):
        heads = _heads(sheet, piece, _cell_edge(piece, left))
    if near_piece is not None and _stands_alone(sheet, near_piece, piece):
        before, heads = [], []
    return Context(near, near_piece, tuple(before), tuple(heads))


def _stands_alone(sheet: Sheet, label: Piece, amount: Piece) -> bool:
    """Whether a label is one of a list of labels below each other, with an amount each.

    Then what stands further left, or over the amounts, belongs to something else.
    """
    for other in (
        *sheet.above(label, reach=2.2 * label.size),
        *sheet.below(label, reach=2.2 * label.size),
    ):
        meaning = meaning_of(other.key)
        aligned = (
            abs(other.x0 - label.x0) < 0.6 * label.size
            or abs(other.x1 - label.x1) < 0.6 * label.size
        )
        alike = meaning and meaning != meaning_of(label.key) and not find_rate(other.key)
        if (
            aligned
            and alike
            and not find_rate(label.key)
            and meaning
            in ("subtotal", "total", "tax", "amount_due", "withholding_tax", "discount", "shipping")
        ):
            return True
    return False


def _cell_edge(piece: Piece, left: Sequence[Piece]) -> float:
    """Where the cell of a short amount set to the right may begin, since its head is centred."""
    neighbour = left[0].x1 + piece.size if left else 0.0
    return min(piece.x0, max(neighbour, piece.x0 - 5 * piece.size))


def _heads(sheet: Sheet, piece: Piece, x0: float) -> list[Piece]:
    """Heads over an amount that reaches from `x0`: text above it, but for amounts the nearest."""
    heads: list[Piece] = []
    lowest = piece
    for other in sheet.above(piece, reach=60 * piece.size, x0=x0):
        if not heads and lowest.y0 - other.y1 > HEAD_REACH * piece.size:
            break
        if whole_amount(other.key):
            lowest = other
            continue
        if find_amounts(other.key) and is_money(other.key):
            break
        if heads and not (level(heads[0], other) or heads[-1].y0 - other.y1 < 0.6 * piece.size):
            break
        heads.append(other)
        if len(heads) == 2:
            break
    return [
        head
        for head in heads
        if (meaning_of(head.key) or find_rate(head.key)) and not _heads_row(sheet, head)
    ]


def _heads_row(sheet: Sheet, piece: Piece) -> bool:
    """Whether the next thing on the line of a label is an amount, so that it is no head."""
    beside = sheet.right_of(piece, reach=SIDE_REACH * piece.size)
    return bool(beside) and whole_amount(beside[0].key) is not None


def _rate_at(context: Context) -> tuple[Piece, Read[Decimal]] | None:
    """The rate that holds for an amount: of its label, of its row, of its head."""
    for piece in (context.near_piece, *context.before, *context.heads):
        rate = find_rate(piece.key) if piece else None
        if piece and rate:
            return piece, rate
    return None


def _inherit_rates(sums: list[Sum]) -> list[Sum]:
    """Gives a tax without a rate that of the line over it, where each rated line has such a tax."""
    ordered = sorted(sums, key=lambda s: (s.piece.yc, s.piece.x0))
    pairs = list(_followers(ordered))
    rated = {id(a) for a, _ in pairs}
    bases = [
        s for s in ordered if s.rate is not None and s.meaning in ("taxable", "subtotal", "total")
    ]
    alone = len(bases) == 1 and len(pairs) == 1 and not re.search("内|うち", pairs[0][1].label)
    if not pairs or alone or any(id(base) not in rated for base in bases):
        return ordered
    given = {id(tax): base for base, tax in pairs}
    return [
        replace(s, rate=given[id(s)].rate, rate_at=given[id(s)].rate_at) if id(s) in given else s
        for s in ordered
    ]


def _followers(ordered: Sequence[Sum]) -> Iterator[tuple[Sum, Sum]]:
    """Rated bases with the unrated tax that stands right below, in the same column."""
    for base in ordered:
        if base.rate is None or base.meaning not in ("taxable", "subtotal", "total"):
            continue
        lower = [
            s
            for s in ordered
            if s is not base
            and 0 < s.piece.yc - base.piece.yc < 2.6 * base.piece.size
            and abs(s.piece.x1 - base.piece.x1) < 1.5 * base.piece.size
        ]
        if lower and lower[0].meaning == "tax" and lower[0].rate is None:
            yield base, lower[0]
